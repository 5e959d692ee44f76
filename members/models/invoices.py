"""What a company owes for a year, and what was paid of it."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import BooleanField, F, Func, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kip.audit.retention import Retention
from kip.states import StatefulModel, status_triggers
from members.models.fees import NOUGHT, FeeYear, euros_field
from members.models.member import Member
from members.states import BANK_FILE, INVOICE, BankFileStatus, InvoiceStatus

WHY_LENGTH = 300


class HasACheckDigit(Func):
    """Whether a text is a Finnish reference number; the function is the database's own."""

    function = "members_reference_holds"
    output_field = BooleanField()


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    def with_paid(self, on: date | None = None) -> "InvoiceQuerySet":
        """With `paid`, in euros, by the end of a local date where one is given."""
        payments = Payment.objects.filter(invoice=OuterRef("pk"))
        if on is not None:
            payments = payments.filter(booked_on__lte=on)
        total = payments.order_by().values("invoice").annotate(total=Sum("amount")).values("total")
        return self.annotate(
            paid=Coalesce(Subquery(total), Value(NOUGHT), output_field=models.DecimalField())
        )

    def in_force(self) -> "InvoiceQuerySet":
        return self.filter(status=InvoiceStatus.ISSUED)

    def unpaid(self) -> "InvoiceQuerySet":
        """Those of which something is still owed. With `paid`."""
        return self.in_force().with_paid().filter(paid__lt=F("amount"))  # type: ignore[misc]

    def overdue(self, on: date) -> "InvoiceQuerySet":
        """Those that were due before a local date."""
        return self.unpaid().filter(due_on__lt=on)

    def owed(self, on: date) -> "InvoiceQuerySet":
        """Those that were overdue on a local date, by what had been booked and credited by then."""
        then = self.filter(Q(credited_on__isnull=True) | Q(credited_on__gt=on), due_on__lt=on)
        return then.with_paid(on).filter(paid__lt=F("amount"))  # type: ignore[misc]


@pghistory.track(
    fields=["fee_year", "member", "number", "amount", "due_on", "status", "sent_at"],
    model_name="InvoiceEvent",
)
class Invoice(StatefulModel):
    """What a company owes for a year. What was billed never changes: a wrong one is credited."""

    TRANSITIONS = INVOICE
    IMPERSONAL: ClassVar[dict[str, str]] = {
        "billed_name": "the name of a company",
        "billed_address": "the postal address of a company",
        "einvoice_address": "the e-invoice address of a company",
    }

    fee_year = models.ForeignKey(FeeYear, models.PROTECT, related_name="invoices")
    member = models.ForeignKey(Member, models.PROTECT, related_name="invoices")
    number = models.PositiveIntegerField(_("invoice number"), unique=True)
    reference = models.CharField(_("reference number"), max_length=20, unique=True)
    status = models.CharField(
        _("status"), max_length=10, choices=InvoiceStatus, default=InvoiceStatus.ISSUED
    )
    invoiced_on = models.DateField(_("date of the invoice"))
    due_on = models.DateField(_("due date"))
    amount = euros_field(_("amount in euros"), least=Decimal("0.01"))
    # The number of people or of euros by which the band was found.
    counted = models.PositiveBigIntegerField(_("number"), null=True, blank=True)

    # As they stood when it was made out.
    language = models.CharField(_("language"), max_length=2)
    billed_name = models.CharField(_("company"), max_length=200)
    billed_address = models.TextField(_("postal address"), blank=True)
    business_id = models.CharField(_("business ID"), max_length=40, blank=True)
    einvoice_address = models.CharField(_("e-invoice address"), max_length=40, blank=True)
    einvoice_operator = models.CharField(_("e-invoice operator"), max_length=40, blank=True)

    document = models.OneToOneField(
        "documents.Document", models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Asked to go by mail, and gone: a worker makes the PDFs.
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    asked_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(_("sent"), null=True)
    # Of one that was asked to go and could not.
    why_not_sent = models.CharField(
        _("why it was not sent"), max_length=WHY_LENGTH, blank=True, default=""
    )

    credited_on = models.DateField(_("credited on"), null=True, blank=True)
    reason = models.CharField(_("why it was credited"), max_length=300, blank=True)

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                name="invoice_one_in_force",
                fields=["fee_year", "member"],
                condition=Q(status=InvoiceStatus.ISSUED),
                violation_error_message=_("This company has an invoice for the year already."),
            ),
            models.CheckConstraint(
                name="invoice_reference_holds", condition=Q(HasACheckDigit(F("reference")))
            ),
            models.CheckConstraint(name="invoice_asks_for_money", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="invoice_credited_iff_dated",
                condition=Q(status=InvoiceStatus.ISSUED, credited_on__isnull=True, reason="")
                | (Q(status=InvoiceStatus.CREDITED, credited_on__isnull=False) & ~Q(reason="")),
            ),
        ]
        indexes = [
            models.Index(
                name="invoice_to_send",
                fields=["asked_at"],
                condition=Q(asked_at__isnull=False, sent_at__isnull=True),
            )
        ]
        triggers = [
            *status_triggers(INVOICE),
            pgtrigger.ReadOnly(
                name="immutable",
                fields=[
                    *["fee_year", "number", "reference", "invoiced_on", "due_on", "amount"],
                    *["counted", "language", "billed_name", "billed_address", "business_id"],
                    *["einvoice_address", "einvoice_operator"],
                ],
            ),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return str(_("Invoice %(number)s") % {"number": self.number})

    @property
    def is_credited(self) -> bool:
        return self.status == InvoiceStatus.CREDITED

    @property
    def owed(self) -> Decimal:
        """Euros not paid yet; less than nought when too much was paid. Of a row `with_paid`."""
        return self.amount - self.paid  # type: ignore[attr-defined, no-any-return]


class PaymentSource(models.TextChoices):
    HAND = "hand", pgettext_lazy("payment", "entered by hand")
    FILE = "file", pgettext_lazy("payment", "a bank’s file")


@pghistory.track(
    fields=["status", "name", "payments", "booked"],
    model_name="BankFileEvent",
)
class BankFile(StatefulModel):
    """A bank's file: shown first, booked when somebody has read it. Who paid is not kept of it."""

    TRANSITIONS = BANK_FILE
    IMPERSONAL: ClassVar[dict[str, str]] = {"name": "the name of a file"}

    name = models.CharField(_("file"), max_length=120)
    status = models.CharField(
        _("status"), max_length=10, choices=BankFileStatus, default=BankFileStatus.READ
    )
    # [line, day, euros, reference, archive id] of each payment that is not booked; none of a file
    # that was dropped.
    entries = models.JSONField(default=list)
    payments = models.PositiveIntegerField(_("payments"), default=0)
    booked = models.PositiveIntegerField(_("booked"), default=0)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("uploaded by")
    )
    uploaded_at = models.DateTimeField(_("uploaded"))
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("file of a bank")
        verbose_name_plural = _("files of banks")
        ordering = ["-uploaded_at", "-pk"]
        triggers = status_triggers(BANK_FILE)

    def __str__(self) -> str:
        return self.name


@pghistory.track(
    pghistory.InsertEvent(),
    fields=["invoice", "amount", "booked_on", "source", "reverses", "reason"],
    model_name="PaymentEvent",
)
class Payment(models.Model):
    """Money that came for an invoice; less than nought takes back what was booked before.

    Accounting material, which the Accounting Act has kept as it is: no erasure changes it.
    """

    PERSONAL: ClassVar[dict[str, Retention]] = {"reason": Retention.RECORD}

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="payments")
    amount = models.DecimalField(_("amount in euros"), max_digits=12, decimal_places=2)
    booked_on = models.DateField(_("booked on"))
    source = models.CharField(_("how it is known"), max_length=10, choices=PaymentSource)
    # The bank's own name for it: no payment is booked twice, from whichever file.
    archive_id = models.CharField(_("archive ID"), max_length=60, blank=True)
    bank_file = models.ForeignKey(
        BankFile, models.PROTECT, null=True, blank=True, related_name="booked_payments"
    )
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversal"
    )
    reason = models.CharField(_("why it was taken back"), max_length=300, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("entered by")
    )
    recorded_at = models.DateTimeField(_("entered"))

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["booked_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="payment_booked_once", fields=["archive_id"], condition=~Q(archive_id="")
            ),
            models.CheckConstraint(name="payment_of_something", condition=~Q(amount=0)),
            models.CheckConstraint(
                name="payment_from_a_file_iff_named",
                condition=Q(source=PaymentSource.HAND, archive_id="", bank_file__isnull=True)
                | (Q(source=PaymentSource.FILE, bank_file__isnull=False) & ~Q(archive_id="")),
            ),
            # Only a bank takes back money without naming the payment.
            models.CheckConstraint(
                name="payment_taken_back_with_a_reason",
                condition=(
                    Q(reverses__isnull=True, reason="") & (Q(amount__gt=0) | Q(source="file"))
                )
                | (Q(reverses__isnull=False, source="hand") & ~Q(reason="")),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.booked_on}: {self.amount} €"


class FeeReminder(models.Model):
    """Somebody had a company reminded of an invoice."""

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="reminders")
    nth = models.PositiveSmallIntegerField(_("reminder"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(_("sent"))

    class Meta:
        verbose_name = _("reminder of a fee")
        verbose_name_plural = _("reminders of fees")
        ordering = ["invoice", "nth"]
        constraints = [models.UniqueConstraint(name="feereminder_once", fields=["invoice", "nth"])]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.invoice}: {self.nth}"
