"""The membership fees of a year: what the general meeting decided, and what it is counted with."""

from decimal import Decimal
from typing import Any, ClassVar

import pghistory
import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kip.audit.retention import Retention
from kip.content import InTheReadersLanguage
from kip.states import StatefulModel, status_triggers
from members.models.member import Member
from members.states import FEE_YEAR, FeeYearStatus

NOUGHT = Decimal(0)
# In euros, and more than any bar code has room for.
LARGEST = Decimal("999999.99")


def euros_field(verbose_name: Any, **options: Any) -> Any:
    """An amount from `least` on, which is nought unless it is given."""
    at_least = MinValueValidator(options.pop("least", NOUGHT))
    return models.DecimalField(
        verbose_name,
        max_digits=8,
        decimal_places=2,
        validators=[at_least, MaxValueValidator(LARGEST)],
        **options,
    )


class FeeBasis(models.TextChoices):
    """By what the fee of a company is found."""

    FLAT = "flat", pgettext_lazy("fee", "the same for all")
    HEADCOUNT = "headcount", pgettext_lazy("fee", "by people employed in the Park")
    TURNOVER = "turnover", pgettext_lazy("fee", "by turnover")
    LIST = "list", pgettext_lazy("fee", "a list, company by company")


IN_BANDS = {FeeBasis.HEADCOUNT, FeeBasis.TURNOVER}


@pghistory.track(
    fields=[
        *["year", "basis", "amount", "members_on", "due_on", "decided_on", "decision", "status"],
        *["payee", "iban", "bic"],
    ],
    model_name="FeeYearEvent",
)
class FeeYear(InTheReadersLanguage, StatefulModel):
    """The fees of one calendar year. Once fixed, nothing of it changes any more."""

    TRANSITIONS = FEE_YEAR
    PERSONAL: ClassVar[dict[str, Retention]] = {"decision": Retention.RECORD}
    IMPERSONAL: ClassVar[dict[str, str]] = dict.fromkeys(
        ["vat_note_fi", "vat_note_sv", "vat_note_en", "payee", "iban", "bic"],
        "what stands on every invoice of the year",
    )

    year = models.PositiveSmallIntegerField(
        _("year"),
        unique=True,
        error_messages={"unique": _("The fees of this year are here already.")},
        validators=[MinValueValidator(2006), MaxValueValidator(2199)],
    )
    status = models.CharField(
        _("status"), max_length=10, choices=FeeYearStatus, default=FeeYearStatus.DRAFT
    )
    basis = models.CharField(
        _("basis of the fee"), max_length=10, choices=FeeBasis, default=FeeBasis.FLAT
    )
    amount = euros_field(_("fee in euros"), null=True, blank=True, least=Decimal("0.01"))
    members_on = models.DateField(
        _("owed by members on"),
        help_text=_("Who is a member on this day is billed, and nobody else."),
    )
    due_on = models.DateField(_("due date"))
    decided_on = models.DateField(_("decided on"))
    decision = models.CharField(
        _("decision"),
        max_length=200,
        help_text=_("The general meeting and the section, e.g. “Annual general meeting, § 9”."),
    )
    vat_note_fi = models.CharField(_("note on VAT, in Finnish"), max_length=200, blank=True)
    vat_note_sv = models.CharField(_("note on VAT, in Swedish"), max_length=200, blank=True)
    vat_note_en = models.CharField(_("note on VAT, in English"), max_length=200, blank=True)
    payee = models.CharField(_("payee"), max_length=70)
    iban = models.CharField(_("account number (IBAN)"), max_length=34)
    bic = models.CharField(_("code of the bank (BIC)"), max_length=11)
    fixed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    fixed_at = models.DateTimeField(_("fixed"), null=True, blank=True)

    class Meta:
        verbose_name = _("fees of a year")
        verbose_name_plural = _("fees")
        ordering = ["-year"]
        constraints = [
            models.CheckConstraint(
                name="feeyear_amount_iff_flat",
                condition=Q(basis=FeeBasis.FLAT, amount__isnull=False)
                | (~Q(basis=FeeBasis.FLAT) & Q(amount__isnull=True)),
            ),
            models.CheckConstraint(
                name="feeyear_fixed_iff_dated",
                condition=Q(status=FeeYearStatus.FIXED, fixed_at__isnull=False)
                | Q(status=FeeYearStatus.DRAFT, fixed_at__isnull=True),
            ),
        ]
        triggers = [
            *status_triggers(FEE_YEAR),
            pgtrigger.Protect(
                name="fixed",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__status=FeeYearStatus.FIXED.value),
            ),
        ]

    def __str__(self) -> str:
        return str(_("Fees of %(year)s") % {"year": self.year})

    @property
    def is_draft(self) -> bool:
        return self.status == FeeYearStatus.DRAFT

    @property
    def vat_note(self) -> str:
        return self.in_readers_language("vat_note")


def _only_while_drafted(operation: Any, row: str) -> pgtrigger.Trigger:
    """What a fixed year was counted with stays as it was."""
    return pgtrigger.Trigger(
        name=f"only_while_drafted_{row.lower()}",
        when=pgtrigger.Before,
        operation=operation,
        func=pgtrigger.Func(
            "IF EXISTS (SELECT 1 FROM members_feeyear"
            f" WHERE id = {row}.fee_year_id AND status = 'fixed') THEN"
            " RAISE EXCEPTION 'pgtrigger: the fees of this year are fixed'; END IF;"
            f" RETURN {row};"
        ),
    )


ONLY_WHILE_DRAFTED = [
    _only_while_drafted(pgtrigger.Insert | pgtrigger.Update, "NEW"),
    _only_while_drafted(pgtrigger.Delete, "OLD"),
]


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.DeleteEvent(),
    fields=["fee_year", "up_to", "amount"],
    model_name="FeeBandEvent",
)
class FeeBand(models.Model):
    """The fee of companies whose number is `up_to` or less, and more than in the band below."""

    fee_year = models.ForeignKey(FeeYear, models.PROTECT, related_name="bands")
    # Empty in the topmost band, which has no end.
    up_to = models.PositiveBigIntegerField(_("up to"), null=True, blank=True)
    amount = euros_field(_("fee in euros"))

    class Meta:
        verbose_name = _("band of fees")
        verbose_name_plural = _("bands of fees")
        ordering = ["fee_year", F("up_to").asc(nulls_last=True)]
        constraints = [
            models.UniqueConstraint(
                name="feeband_once", fields=["fee_year", "up_to"], nulls_distinct=False
            )
        ]
        triggers = ONLY_WHILE_DRAFTED

    def __str__(self) -> str:
        return f"{'+' if self.up_to is None else self.up_to}: {self.amount}"


@pghistory.track(fields=["fee_year", "member", "number", "amount"], model_name="FeeValueEvent")
class FeeValue(models.Model):
    """What the secretary entered of a company for the year: its number, or (of a list) its fee."""

    fee_year = models.ForeignKey(FeeYear, models.PROTECT, related_name="values")
    member = models.ForeignKey(Member, models.PROTECT, related_name="+")
    number = models.PositiveBigIntegerField(_("number"), null=True, blank=True)
    amount = euros_field(_("fee in euros"), null=True, blank=True)

    class Meta:
        verbose_name = _("value for the fees")
        verbose_name_plural = _("values for the fees")
        ordering = ["fee_year", "member"]
        constraints = [
            models.UniqueConstraint(name="feevalue_once", fields=["fee_year", "member"]),
            models.CheckConstraint(
                name="feevalue_is_a_number_or_an_amount",
                condition=Q(number__isnull=False, amount__isnull=True)
                | Q(number__isnull=True, amount__isnull=False),
            ),
        ]
        triggers = ONLY_WHILE_DRAFTED

    def __str__(self) -> str:
        return f"{self.member}: {self.number if self.amount is None else self.amount}"
