"""What is known of any company, whether it applies or is a member."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.registration import registration_key


class Company(models.Model):
    """What the association knows of a company, whether it applies or is a member."""

    IMPERSONAL: ClassVar[dict[str, str]] = {"name": "the name of a company"}

    name = models.CharField(_("name of the company"), max_length=200, blank=True)
    country = models.CharField(
        _("country of registration"),
        max_length=2,
        default="FI",
        help_text=_("The two letters of the country, e.g. FI or SE."),
    )
    business_id = models.CharField(
        _("business ID"),
        max_length=40,
        blank=True,
        help_text=_("In Finland like 1234567-1; elsewhere the number in the company's register."),
    )
    register = models.CharField(
        _("register"),
        max_length=100,
        blank=True,
        help_text=_("Only for a foreign company: the register that gave the number."),
    )
    # By what the same company is found again, however its number was typed; set on saving.
    registration_key = models.TextField(default="", blank=True, editable=False)
    legal_form = models.CharField(_("legal form"), max_length=60, blank=True)
    domicile = models.CharField(_("domicile"), max_length=100, blank=True)
    street = models.CharField(_("street address"), max_length=200, blank=True)
    postcode = models.CharField(_("postcode"), max_length=12, blank=True)
    city = models.CharField(_("town"), max_length=100, blank=True)
    website = models.URLField(_("website"), blank=True)
    parent_company = models.CharField(_("parent company"), max_length=200, blank=True)
    activities = models.TextField(_("activities in the Park"), blank=True)
    location = models.CharField(_("where in the Park"), max_length=200, blank=True)
    active_from = models.CharField(
        _("since when, or from when"),
        max_length=60,
        blank=True,
        help_text=_("E.g. “since 1998” or “from 1 March 2027”."),
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name or str(_("Company without a name yet"))

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.registration_key = registration_key(self.country, self.register, self.business_id)
        saved = kwargs.get("update_fields")
        if saved is not None and {"country", "register", "business_id"} & set(saved):
            kwargs["update_fields"] = {*saved, "registration_key"}
        super().save(*args, **kwargs)

    @property
    def postal_address(self) -> str:
        return ", ".join(
            part for part in (self.street, f"{self.postcode} {self.city}".strip()) if part
        )

    @property
    def envelope(self) -> list[str]:
        """The lines on an envelope to somebody there."""
        where = f"{self.postcode} {self.city}".strip()
        return [line for line in (self.name, self.street, where) if line]

    def facts(self) -> dict[str, str]:
        """The facts by field name, to be copied from an application to its member."""
        return {name: getattr(self, name) for name in COMPANY_FIELDS}


COMPANY_FIELDS = [field.name for field in Company._meta.local_fields if field.editable]
