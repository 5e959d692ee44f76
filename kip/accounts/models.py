"""People. A person is one row, known long before (or without ever) signing in."""

from datetime import datetime
from typing import Any, ClassVar

import pghistory
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kip import finding
from kip.audit.retention import Retention
from kip.mail.states import Channel
from kip.ordering import by_person

SECRETARY = "secretary"


class UserQuerySet(models.QuerySet["User"]):
    def apart_from_doubles(self) -> "UserQuerySet":
        """Each person once: not the rows that were merged into another one."""
        return self.filter(double_of=None)


class UserManager(BaseUserManager["User"]):
    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def apart_from_doubles(self) -> UserQuerySet:
        return self.get_queryset().apart_from_doubles()

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


@pghistory.track(
    fields=["given_name", "family_name", "language", "is_active", "is_superuser", "double_of"],
    model_name="UserEvent",
)
class User(AbstractBaseUser, PermissionsMixin):
    """A person: an applicant's contact, a representative, a board member, an expert, the secretary.

    What a person may do is read from dated rows (seats, representatives), never stored here; only
    the secretary is a group.
    """

    PERSONAL: ClassVar[dict[str, Retention]] = {
        "email": Retention.CONTACT,
        "given_name": Retention.CONTACT,
        "family_name": Retention.CONTACT,
        "phone": Retention.CONTACT,
        "postal_address": Retention.CONTACT,
        "last_login": Retention.SIGN_IN,
    }

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
    channel = models.CharField(
        _("is written to by"), max_length=10, choices=Channel.choices, default=Channel.EMAIL
    )
    postal_address = models.TextField(
        _("postal address"),
        max_length=500,
        blank=True,
        help_text=_("The lines under the name: street, postcode and town, country if not Finland."),
    )
    is_active = models.BooleanField(_("may sign in"), default=True)
    known_since = models.DateTimeField(_("known since"), default=timezone.now, editable=False)
    # Only while nobody but the person themself has given this address; then it may be purged.
    began_at = models.DateTimeField(
        _("began by themself at"), null=True, blank=True, editable=False, db_index=True
    )

    # Somebody entered this person twice, and this row was merged into the other one.
    double_of = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="doubles",
        verbose_name=_("the same person as"),
    )

    # Made of personal fields by the database, and gone when they are erased.
    found_by = finding.column("given_name", "family_name", "email")

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["family_name", "given_name", "pk"]
        indexes = [
            models.Index(*by_person(), "id", name="user_finnish_order"),
            finding.index("user_found_by"),
        ]
        constraints = [
            models.CheckConstraint(
                name="user_email_lowercase",
                condition=models.Q(email__isnull=True)
                | models.Q(email=models.functions.Lower("email")),
            ),
            models.CheckConstraint(
                name="user_double_may_not_sign_in",
                condition=models.Q(double_of__isnull=True) | models.Q(is_active=False),
            ),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.email or self._without_a_name()

    def _without_a_name(self) -> str:
        return gettext("Unnamed person") if self.is_active else gettext("Erased person")

    def clean(self) -> None:
        super().clean()
        self.email = self.email.strip().lower() if self.email else None

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.email.strip().lower() if self.email else None
        super().save(*args, **kwargs)

    def get_full_name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def address_may_be_changed(self) -> bool:
        """Whether the secretary may say which e-mail address this person has.

        Only until the person signs in with one: whoever could change it then could sign in as them.
        """
        has_begun = self.last_login or self.has_usable_password() or self.is_staff
        return self.is_active and not has_begun and not self._has_proved_an_address()

    def _has_proved_an_address(self) -> bool:
        return self.emailaddress_set.filter(verified=True).exists()  # type: ignore[attr-defined]

    def get_short_name(self) -> str:
        return self.given_name or self.email or ""

    @cached_property
    def is_secretary(self) -> bool:
        return self.is_active and self.groups.filter(name=SECRETARY).exists()

    @property
    def is_staff(self) -> bool:
        """Who may enter the admin: the secretary, and superusers who look after the machine."""
        return self.is_active and (self.is_superuser or self.is_secretary)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def waiting(self) -> "InvitationQuerySet":
        return self.filter(accepted_at=None)


@pghistory.track(
    fields=["person", "invited_by", "purpose", "about", "valid_until", "accepted_at"],
    model_name="InvitationEvent",
)
class Invitation(models.Model):
    """A personal link, sent to a person's address, with which they prove it and begin to sign in.

    The link is a signed token over `pk` and `nonce` (`kip.accounts.links`): a new link changes the
    nonce, so that older ones stop working. No readable link is stored anywhere.
    """

    person = models.ForeignKey(
        "accounts.User", models.PROTECT, related_name="invitations", verbose_name=_("person")
    )
    invited_by = models.ForeignKey(
        "accounts.User",
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("invited by"),
    )
    # A gettext source in English ("to act for %(about)s in the association"), and the name that
    # stands in it, if one does: `what_for` is read by each reader in their own language.
    purpose = models.CharField(_("what for"), max_length=300)
    about = models.CharField(max_length=200, blank=True, editable=False)
    nonce = models.CharField(max_length=32, editable=False)
    created_at = models.DateTimeField(_("invited at"), editable=False)
    sent_at = models.DateTimeField(_("latest link sent at"), editable=False)
    valid_until = models.DateTimeField(_("link valid until"), editable=False)
    renewals = models.PositiveSmallIntegerField(_("links sent anew"), default=0, editable=False)
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True, editable=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="invitation_valid_after_sent",
                condition=models.Q(valid_until__gt=models.F("sent_at")),
            ),
            models.UniqueConstraint(
                name="invitation_one_waiting_per_purpose",
                fields=["person", "purpose", "about"],
                condition=models.Q(accepted_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.what_for}"

    @property
    def what_for(self) -> str:
        """What the person is invited for, in the reader's language."""
        purpose = gettext(self.purpose)
        return purpose % {"about": self.about} if self.about else purpose

    def is_valid(self, at: datetime) -> bool:
        """Whether the latest link still opens the door at the instant `at`."""
        return self.accepted_at is None and at < self.valid_until


class CacheRow(models.Model):
    """One row of Django's cache, in which the limits on sign-in are counted.

    A model, so that its table is made by a migration and emptied with the rest in tests;
    `kip.accounts.cache` reads and writes it.
    """

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "kip_cache"
        default_permissions = ()

    def __str__(self) -> str:
        return self.cache_key
