"""Payments of fees: by hand, or from a bank's file that somebody has read first."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.files import File
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, pgettext_lazy

from kip import reading
from kip.access import require
from kip.accounts.models import User
from kip.audit.acts import act
from kip.documents import services as documents
from kip.documents.content import Kind
from kip.exceptions import DomainError, InvalidTransition, save_or_refuse
from members import bankfile
from members.bankfile import Paid, Reason
from members.models import BankFile, FeeYear, Invoice, Payment, PaymentSource
from members.models.fees import NOUGHT
from members.services.fees import locked_invoice
from members.services.import_plan import REFUSALS
from members.states import BankFileStatus


@act(gettext_noop("%(who)s entered a payment."))
def record_payment(
    *, invoice_id: int, amount: Decimal, booked_on: date, more: bool = False, by: User, at: datetime
) -> Payment:
    """The whole or a part of what a company owes, as the account says; beyond that only where
    `more` says so, since it is mostly a slip.
    """
    require("members.keep_fees", by, at=at)
    locked_invoice(invoice_id)
    invoice = Invoice.objects.with_paid().select_related("fee_year").get(pk=invoice_id)
    if invoice.is_credited:
        raise InvalidTransition(_("This invoice was credited: nothing is owed on it."))
    if booked_on > timezone.localdate(at):
        raise DomainError(_("That day has not come yet."), field="booked_on")
    if booked_on.year < invoice.fee_year.year - 1:
        raise DomainError(_("That day is too long ago."), field="booked_on")
    if amount <= 0:
        raise DomainError(_("Give an amount of more than nought."), field="amount")
    if amount > invoice.owed and not more:
        raise DomainError(_("This is more than is owed."), field="amount")
    payment = Payment(
        invoice=invoice,
        amount=amount,
        booked_on=booked_on,
        source=PaymentSource.HAND,
        by=by,
        recorded_at=at,
    )
    save_or_refuse(payment)
    return payment


@act(gettext_noop("%(who)s took back a payment that was entered."))
def take_back_payment(*, payment_id: int, reason: str, by: User, at: datetime) -> Payment:
    """It stays on file, with a row that takes it back; `InvalidTransition` the second time."""
    require("members.keep_fees", by, at=at)
    payment = Payment.objects.get(pk=payment_id)
    invoice = locked_invoice(payment.invoice_id)
    if payment.reverses_id is not None or Payment.objects.filter(reverses=payment).exists():
        raise InvalidTransition(_("This was taken back already."))
    if not reason.strip():
        raise DomainError(_("Say why it is taken back."), field="reason")
    reversal = Payment(
        invoice=invoice,
        amount=-payment.amount,
        booked_on=payment.booked_on,
        source=PaymentSource.HAND,
        reverses=payment,
        reason=reason.strip(),
        by=by,
        recorded_at=at,
    )
    save_or_refuse(reversal)
    return reversal


# --- A bank's file --------------------------------------------------------------------------------

NO_FILE: dict[Reason, Promise] = {
    Reason.NOT_A_BANKS: gettext_lazy(
        "This is no file of payments: take the reference payments, a camt.054 or a CSV from the"
        " bank."
    ),
    Reason.ACCOUNT: gettext_lazy(
        "This file is of the account %(detail)s, to which no fees are to be paid."
    ),
    Reason.NO_COLUMN: gettext_lazy("A column is missing: %(detail)s."),
    Reason.LENGTH: gettext_lazy("Row %(line)d has %(detail)s signs instead of 90."),
    Reason.RECORD: gettext_lazy("Row %(line)d is nothing that belongs in such a file."),
    Reason.DAY: gettext_lazy("Row %(line)d: “%(detail)s” is no day."),
    Reason.AMOUNT: gettext_lazy("Row %(line)d: “%(detail)s” is no clear amount."),
    Reason.CURRENCY: gettext_lazy("Row %(line)d is not in euros."),
    Reason.NO_SUM: gettext_lazy("The sum at the end is missing: the file is not whole."),
    Reason.COUNT: gettext_lazy("Row %(line)d says %(detail)s payments, and there are others."),
    Reason.SUM: gettext_lazy("Row %(line)d says %(detail)s euros, and the payments are others."),
    Reason.NOTHING: gettext_lazy("There is no payment in this file."),
    Reason.XML: gettext_lazy("This file is damaged or incomplete: fetch it again."),
}
COLUMN_NAMES: dict[str, Promise] = {
    "booked_on": gettext_lazy("the day"),
    "amount": gettext_lazy("the amount"),
    "reference": gettext_lazy("the reference"),
}


class Match(TextChoices):
    """What a payment of a file is to an invoice."""

    EQUAL = "equal", pgettext_lazy("payment in a file", "pays it all")
    PART = "part", pgettext_lazy("payment in a file", "pays a part")
    OVER = "over", pgettext_lazy("payment in a file", "more than is owed")
    PAID = (
        "paid",
        pgettext_lazy("payment in a file", "nothing is owed any more: booked only if ticked"),
    )
    BACK = "back", pgettext_lazy("payment in a file", "takes back")
    CREDITED = "credited", pgettext_lazy("payment in a file", "the invoice was credited")
    UNKNOWN = "unknown", pgettext_lazy("payment in a file", "no invoice has this reference")
    BOOKED = "booked", pgettext_lazy("payment in a file", "booked already")


# What is booked when somebody confirms it.
BOOKS = {Match.EQUAL, Match.PART, Match.OVER, Match.BACK}
# What is booked only where somebody says so: it may have been entered by hand before.
ASKED = {Match.PAID}
# What somebody may still have to see to when the rest is booked.
LEFT = ASKED | {Match.CREDITED, Match.UNKNOWN}


@dataclass(frozen=True)
class Matched:
    """A payment of a file, what it is for, and by how much it is more than is owed."""

    paid: Paid
    match: Match
    invoice: Invoice | None = None
    over: Decimal = NOUGHT


@act(gettext_noop("%(who)s uploaded a bank’s file of payments."))
def read_bank_file(*, upload: File, by: User, at: datetime) -> BankFile:
    """Its payments, to be looked at. Raises `DomainError` on "upload": which row, and why."""
    require("members.keep_fees", by, at=at)
    if upload.size > settings.DOCUMENT_MAX_BYTES:
        raise DomainError(
            _("This file is larger than %(limit)d MB: divide it into parts.")
            % {"limit": settings.DOCUMENT_MAX_BYTES // documents.MB},
            field="upload",
        )
    upload.seek(0)
    content = upload.read()
    try:
        if reading.is_xlsx(content) and documents.check(upload) is not Kind.XLSX:
            raise reading.Unreadable(reading.Reason.BROKEN)
        accounts = set(FeeYear.objects.values_list("iban", flat=True))
        found = bankfile.read(content, accounts=accounts)
    except bankfile.Refused as refused:
        detail = refused.detail
        if refused.reason == Reason.NO_COLUMN:
            headings = ", ".join(bankfile.COLUMNS[detail])
            detail = f"{COLUMN_NAMES[detail]} ({headings})"
        text = str(NO_FILE[refused.reason]) % {"line": refused.line, "detail": detail}
        raise DomainError(text, field="upload") from refused
    except reading.Unreadable as unreadable:
        raise DomainError(REFUSALS[unreadable.reason], field="upload") from unreadable
    except DomainError as refused:
        raise DomainError(refused.message, field="upload") from refused
    return BankFile.objects.create(
        name=(upload.name or "")[-120:],
        entries=[
            [row.line, row.booked_on.isoformat(), str(row.amount), row.reference, row.archive_id]
            for row in found
        ],
        payments=len(found),
        by=by,
        uploaded_at=at,
    )


def matched(bank_file: BankFile) -> list[Matched]:
    """What booking the file would do now, payment by payment; of one that was booked, what was left
    out. Two queries.
    """
    entries = [
        Paid(line, date.fromisoformat(day), Decimal(amount), reference, archive_id)
        for line, day, amount, reference, archive_id in bank_file.entries
    ]
    rows = Invoice.objects.with_paid().select_related("member", "fee_year")
    invoices = {
        row.reference: row for row in rows.filter(reference__in={e.reference for e in entries})
    }
    named = Payment.objects.filter(archive_id__in={entry.archive_id for entry in entries})
    booked = set(named.values_list("archive_id", flat=True))
    coming: Counter[str] = Counter()
    found = []
    for paid in entries:
        invoice = invoices.get(paid.reference)
        match = _match(paid, invoice, booked, coming)
        over = NOUGHT
        if match == Match.OVER:
            over = paid.amount - (invoice.owed - coming[paid.reference])  # type: ignore[union-attr]
        if match in BOOKS:
            coming[paid.reference] += paid.amount  # type: ignore[assignment]
        if match in BOOKS | ASKED:
            booked.add(paid.archive_id)
        found.append(Matched(paid, match, invoice, over))
    return found


def _match(
    paid: Paid, invoice: Invoice | None, booked: set[str], coming: Mapping[str, Any]
) -> Match:
    if paid.archive_id in booked:
        return Match.BOOKED
    if invoice is None:
        return Match.UNKNOWN
    if paid.amount < 0:
        return Match.BACK
    if invoice.is_credited:
        return Match.CREDITED
    owed = invoice.owed - coming[paid.reference]
    if owed <= 0:
        return Match.PAID
    if paid.amount == owed:
        return Match.EQUAL
    return Match.PART if paid.amount < owed else Match.OVER


def fingerprint(rows: list[Matched]) -> str:
    """Of all that the preview shows."""
    said = [
        [
            *[row.paid.archive_id, str(row.paid.amount), row.match.value, str(row.over)],
            row.invoice and row.invoice.pk,
        ]
        for row in rows
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]


def _entry(paid: Paid) -> list[Any]:
    """As it is kept once the rest is booked: a reference that is no number may name somebody."""
    known = re.fullmatch(r"(RF)?[0-9]*", paid.reference)
    day, amount = paid.booked_on.isoformat(), str(paid.amount)
    return [paid.line, day, amount, paid.reference if known else "", paid.archive_id]


@act(gettext_noop("%(who)s booked the payments of a bank’s file."))
def book_bank_file(
    *, bank_file_id: int, read: str, also: Collection[str] = (), by: User, at: datetime
) -> BankFile:
    """What the preview with the fingerprint `read` shows, all of it or nothing; of what is for
    invoices that owe nothing, the payments whose archive ids are in `also`. What is not booked
    stays with the file, to be seen.

    Raises `DomainError` when something else would be booked now.
    """
    require("members.keep_fees", by, at=at)
    row = _locked(bank_file_id)
    references = [entry[3] for entry in row.entries]
    list(Invoice.objects.select_for_update().filter(reference__in=references).order_by("pk"))
    found = matched(row)
    if fingerprint(found) != read:
        raise DomainError(_("The payments have changed since you looked: look again."))
    books = [
        each
        for each in found
        if each.match in BOOKS or (each.match in ASKED and each.paid.archive_id in also)
    ]
    if row.status == BankFileStatus.READ and not books:
        raise DomainError(_("There is nothing to book in this file."))
    left = [_entry(each.paid) for each in found if each not in books and each.match in LEFT]
    row.move_to(BankFileStatus.BOOKED, entries=left, booked=len(books), ended_at=at)
    Payment.objects.bulk_create(
        Payment(
            invoice=each.invoice,
            amount=each.paid.amount,
            booked_on=each.paid.booked_on,
            source=PaymentSource.FILE,
            archive_id=each.paid.archive_id,
            bank_file=row,
            by=by,
            recorded_at=at,
        )
        for each in books
    )
    return row


@act(gettext_noop("%(who)s dropped a bank’s file."))
def drop_bank_file(*, bank_file_id: int, by: User, at: datetime) -> None:
    """Nothing of it is booked."""
    require("members.keep_fees", by, at=at)
    _locked(bank_file_id).move_to(BankFileStatus.DROPPED, entries=[], ended_at=at)


def _locked(bank_file_id: int) -> BankFile:
    return BankFile.objects.select_for_update(of=["self"]).get(pk=bank_file_id)
