"""People. A person is one row, known long before (or without ever) signing in."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

SECRETARY = "secretary"


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str | None, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_superuser=True, **fields)

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email=(email or "").lower())

    def secretaries(self) -> models.QuerySet["User"]:
        return self.filter(is_active=True, groups__name=SECRETARY)


class User(AbstractBaseUser, PermissionsMixin):
    """A person: an applicant's contact, a representative, a board member, an expert, the secretary.

    What a person may do is read from dated rows (seats, representatives), never stored here; only
    the secretary is a group.
    """

    email = models.EmailField(_("e-mail address"), unique=True, null=True, blank=True)
    given_name = models.CharField(_("given name"), max_length=100, blank=True)
    family_name = models.CharField(_("family name"), max_length=100, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    language = models.CharField(
        _("language"),
        max_length=2,
        choices=[("fi", "suomi"), ("sv", "svenska"), ("en", "English")],
        default="fi",
    )
    is_active = models.BooleanField(_("may sign in"), default=True)
    known_since = models.DateTimeField(_("known since"), default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["family_name", "given_name", "pk"]
        constraints = [
            models.CheckConstraint(
                name="user_email_lowercase",
                condition=models.Q(email__isnull=True)
                | models.Q(email=models.functions.Lower("email")),
            )
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.email or _("Unnamed person")

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.email.strip().lower() if self.email else None
        super().save(*args, **kwargs)

    def get_full_name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    def get_short_name(self) -> str:
        return self.given_name or self.email or ""

    @cached_property
    def is_secretary(self) -> bool:
        return self.is_active and self.groups.filter(name=SECRETARY).exists()

    @property
    def is_staff(self) -> bool:
        """Who may enter the admin: the secretary, and superusers who look after the machine."""
        return self.is_active and (self.is_superuser or self.is_secretary)
