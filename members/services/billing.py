"""Invoices as documents and on their way to who pays, and reminders of what is overdue."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.db.models import Count, Max, Q
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from kip.access import require
from kip.accounts.models import User
from kip.audit.acts import act
from kip.background import enqueue
from kip.documents import services as documents
from kip.exceptions import DomainError, NotAllowed
from kip.mail.services import way_to
from kip.mail.states import Channel
from kip.pdf import pdf
from members.letters import fees as letters
from members.models import (
    FeeBasis,
    FeeReminder,
    FeeYear,
    Invoice,
    Representative,
    RepresentativeRole,
    come_back_since,
)
from members.models.invoices import WHY_LENGTH
from members.references import bar_code, grouped

log = logging.getLogger(__name__)

# A company is not reminded of the same invoice again within this time.
REMINDED_AGAIN = timedelta(days=7)


# --- The document ---------------------------------------------------------------------------------


def invoices_pdf(invoices: Sequence[Invoice]) -> bytes:
    """The invoices as one PDF, each in its company's language. Rows with `fee_year` and `member`.

    Raises `DomainError`, see `kip.pdf.pdf`.
    """
    one = invoices[0] if len(invoices) == 1 else None
    with override(one.language if one else None):
        title = str(one) if one else _("Invoices")
    data = {
        "title": title,
        "association": invoices[0].fee_year.payee,
        "language": invoices[0].language,
        "invoices": [_as_data(invoice) for invoice in invoices],
    }
    return pdf("members/invoice.typ", data)


def _as_data(invoice: Invoice) -> dict[str, Any]:
    year = invoice.fee_year
    with override(invoice.language):
        facts = [
            (_("Invoice number"), str(invoice.number)),
            (_("Date"), formats.date_format(invoice.invoiced_on)),
            (_("Due date"), formats.date_format(invoice.due_on)),
            (_("Reference number"), grouped(invoice.reference)),
            (_("Your business ID"), invoice.business_id),
        ]
        amount = formats.number_format(invoice.amount, 2, use_l10n=True, force_grouping=True)
        code = bar_code(
            account=year.iban, amount=invoice.amount, number=invoice.reference, due=invoice.due_on
        )
        return {
            "language": invoice.language,
            "title": _("Invoice"),
            "sender": [year.payee, settings.SECRETARY_EMAIL or ""],
            "to": [invoice.billed_name, *invoice.billed_address.splitlines()],
            "facts": [fact for fact in facts if fact[1]],
            "columns": [_("What is billed"), _("Euros")],
            "what": _("Membership fee for %(year)s") % {"year": year.year},
            "why": basis_in_words(invoice),
            "decided": f"{year.decision}, {formats.date_format(year.decided_on)}",
            "vat": year.vat_note,
            "amount": amount,
            "total": _("To be paid, euros"),
            "payment": [
                (_("Payee"), year.payee),
                (_("Account (IBAN)"), grouped(year.iban)),
                (_("Bank (BIC)"), year.bic),
                (_("Reference number"), grouped(invoice.reference)),
                (_("Due date"), formats.date_format(invoice.due_on)),
                (_("Euros"), amount),
            ],
            "payment_title": _("How to pay"),
            "code_title": _("Virtual bar code"),
            "code": code,
        }


def basis_in_words(invoice: Invoice) -> str:
    """Why the fee is what it is, in the reader's language; empty where it is the same for all."""
    if invoice.counted is None:
        return ""
    number = formats.number_format(invoice.counted, 0, use_l10n=True, force_grouping=True)
    if invoice.fee_year.basis == FeeBasis.HEADCOUNT:
        return _("People employed in the Park: %(number)s") % {"number": number}
    return _("Turnover in euros: %(number)s") % {"number": number}


# --- By mail --------------------------------------------------------------------------------------


def payers(members: Iterable[int], *, at: datetime) -> dict[int, list[Representative]]:
    """Of each company, to whom its invoices go, by mail or on paper: who is for billing, else the
    primary representative. Whom no letter reaches is not among them.
    """
    rows = Representative.objects.in_force_at(at).filter(
        member__in=members, role__in=[RepresentativeRole.BILLING, RepresentativeRole.PRIMARY]
    )
    found: dict[int, list[Representative]] = {}
    for row in rows.select_related("person").annotate(stopped_since=come_back_since()):
        if _is_reached(row, at=at):
            found.setdefault(row.member_id, []).append(row)
    billing = RepresentativeRole.BILLING
    return {
        member_id: [row for row in group if row.role == billing] or group
        for member_id, group in found.items()
    }


def _is_reached(row: Any, *, at: datetime) -> bool:
    """Whether a letter arrives; not at an address that letters come back from."""
    channel = way_to(row.person, at=at).channel if row.person else Channel.EMAIL
    return channel == Channel.LETTER or (channel == Channel.EMAIL and row.stopped_since is None)


def to_send(fee_year: FeeYear, *, with_einvoice: bool = False) -> Any:
    """Invoices that have not gone; those for e-invoicing are the bank's to carry."""
    rows = fee_year.invoices.in_force().filter(sent_at=None, asked_at=None)
    return rows if with_einvoice else rows.filter(einvoice_address="")


@act(gettext_noop("%(who)s had the invoices of a year sent."))
def ask_to_send(*, fee_year_id: int, with_einvoice: bool = False, by: User, at: datetime) -> int:
    """Invoices that have not gone yet go, each once; a worker makes their PDFs.

    How many. Those that no letter reaches wait, to be printed. Raises `DomainError` for none.
    """
    require("members.keep_fees", by, at=at)
    year = FeeYear.objects.select_for_update(no_key=True).get(pk=fee_year_id)
    rows = list(to_send(year, with_einvoice=with_einvoice).select_for_update(of=["self"]))
    reached = payers([row.member_id for row in rows], at=at)
    goes = [row.pk for row in rows if row.member_id in reached]
    if not goes:
        raise DomainError(_("There is no invoice that could be sent."))
    Invoice.objects.filter(pk__in=goes).update(asked_by=by, asked_at=at, why_not_sent="")
    enqueue("members.tasks.send_invoices")
    return len(goes)


def send_asked_invoices(*, at: datetime) -> None:
    """What was asked for and has not gone. Called by a task, outside an act: each by itself, so
    that a worker that is stopped leaves the rest to the next one, and none goes twice.
    """
    asked = Invoice.objects.filter(asked_at__isnull=False, sent_at=None).order_by("asked_at", "pk")
    for invoice_id, by_id in list(asked.values_list("pk", "asked_by")):
        by = User.objects.get(pk=by_id)
        with override(by.language):
            try:
                send_invoice(invoice_id=invoice_id, by=by, at=at)
            except NotAllowed:
                _leave(invoice_id, _("Whoever had it sent may not do so any more: send it anew."))
            except DomainError as error:  # e.g. a sign that the fonts do not have
                _leave(invoice_id, str(error))


def _leave(invoice_id: int, why: str) -> None:
    """It does not go until somebody asks for it again; its row says why."""
    log.warning("Invoice %s was not sent: %s", invoice_id, why)
    Invoice.objects.filter(pk=invoice_id, sent_at=None).update(
        asked_by=None, asked_at=None, why_not_sent=why[:WHY_LENGTH]
    )


@act(gettext_noop("%(who)s sent an invoice."))
def send_invoice(*, invoice_id: int, by: User, at: datetime) -> None:
    """Make its PDF, keep it, and write the letters. One that is in another worker's hands, has
    gone or was credited is left alone. Raises `DomainError` when it reaches nobody.
    """
    require("members.keep_fees", by, at=at)
    held = Invoice.objects.select_for_update(of=["self"], skip_locked=True)
    invoice = (
        held.select_related("member", "fee_year")
        .filter(pk=invoice_id, sent_at=None, credited_on=None)
        .first()
    )
    if invoice is None:
        return
    reached = payers([invoice.member_id], at=at).get(invoice.member_id, [])
    if not reached:
        raise DomainError(
            _("No letter reaches %(company)s: print its invoice.")
            % {"company": invoice.billed_name}
        )
    name = f"invoice-{invoice.fee_year.year}-{invoice.number}.pdf"
    upload = ContentFile(invoices_pdf([invoice]), name=name)
    invoice.document = documents.store(upload=upload, by=by, at=at)
    invoice.sent_at = at
    invoice.save(update_fields=["document", "sent_at"])
    for payer in reached:
        letters.invoice(invoice, payer, at=at)


# --- Reminders ------------------------------------------------------------------------------------


def to_remind(fee_year: FeeYear, *, at: datetime) -> list[Invoice]:
    """What is overdue and was not reminded of lately: invoices with `paid`, `reminded` (how often)
    and `payers` (to whom the reminder would go; nobody: by letter).
    """
    rows = (
        fee_year.invoices.overdue(timezone.localdate(at))
        .annotate(reminded=Count("reminders"), reminded_at=Max("reminders__sent_at"))
        .filter(Q(reminded_at=None) | Q(reminded_at__lte=at - REMINDED_AGAIN))
        .select_related("member", "fee_year", "document")
        .order_by("due_on", "number")
    )
    found: list[Any] = list(rows)
    reached = payers([row.member_id for row in found], at=at)
    for row in found:
        row.payers = reached.get(row.member_id, [])
    return found


@act(gettext_noop("%(who)s had unpaid fees reminded of."))
def remind_of_fees(*, fee_year_id: int, by: User, at: datetime) -> int:
    """A reminder to each company whose fee is overdue, with what is still owed. How many.

    Nothing does this but a person. Raises `DomainError` when there is nobody to remind.
    """
    require("members.keep_fees", by, at=at)
    year = FeeYear.objects.select_for_update(no_key=True).get(pk=fee_year_id)
    goes = [row for row in to_remind(year, at=at) if row.payers]  # type: ignore[attr-defined]
    if not goes:
        raise DomainError(_("There is nobody to remind now."))
    for invoice in goes:
        nth = invoice.reminded + 1  # type: ignore[attr-defined]
        FeeReminder.objects.create(invoice=invoice, nth=nth, by=by, sent_at=at)
        for payer in invoice.payers:  # type: ignore[attr-defined]
            letters.reminder(invoice, payer, nth=nth, at=at)
    return len(goes)
