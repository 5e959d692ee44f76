"""Fees in words: where an invoice stands, and the billing list as a table."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kip.sheets import Sheet
from members import services
from members.models import FeeBasis, FeeYear, Invoice
from members.references import grouped
from members.services.fees import Line


def euros(amount: Any) -> str:
    return f"{formats.number_format(amount, 2, use_l10n=True, force_grouping=True)} €"


def stands(invoice: Any, on: date) -> tuple[str, str]:
    """Where an invoice (`with_paid`) stands on a local date, in words, and the tone of that."""
    if invoice.is_credited:
        return _("credited"), "neutral"
    owed = invoice.owed
    if owed < 0:
        return _("%(euros)s too much paid") % {"euros": euros(-owed)}, "due"
    if not owed:
        return _("paid"), "good"
    days = (on - invoice.due_on).days
    rest = {"euros": euros(owed), "days": days}
    if days > 0:
        late = ngettext(
            "%(euros)s overdue, for %(days)d day", "%(euros)s overdue, for %(days)d days", days
        )
        return late % rest, "wrong"
    if invoice.paid:
        return _("%(euros)s still to be paid") % rest, "sea"
    return _("not paid, not due yet"), "sea"


def basis_of(year: FeeYear) -> list[tuple[str, str]]:
    """How the fee is found, line by line."""
    if year.basis == FeeBasis.FLAT:
        return [(_("Fee"), euros(year.amount))]
    found = [(_("Basis of the fee"), year.get_basis_display())]
    below = None
    for band in year.bands.all():
        first = 0 if below is None else below + 1
        number = formats.number_format(first, 0, use_l10n=True, force_grouping=True)
        if band.up_to is None:
            label = _("%(number)s or more") % {"number": number}
        else:
            end = formats.number_format(band.up_to, 0, use_l10n=True, force_grouping=True)
            label = f"{number}–{end}"
        found.append((label, euros(band.amount)))
        below = band.up_to
    return found


def sums(year: FeeYear) -> list[tuple[str, str]]:
    """What was billed, paid and is owed of a fixed year, in words; what was credited is no part."""
    nought = Decimal(0)
    rows = list(year.invoices.in_force().with_paid().values_list("amount", "paid"))
    over = sum((max(paid - amount, nought) for amount, paid in rows), nought)
    found = [
        (_("Billed"), sum((amount for amount, _paid in rows), nought)),
        (_("Paid"), sum((paid for _amount, paid in rows), nought)),
        (_("Still owed"), sum((max(amount - paid, nought) for amount, paid in rows), nought)),
    ]
    if over:
        found.append((_("Too much paid"), over))
    return [(words, euros(amount)) for words, amount in found]


def pdf_response(invoice: Invoice) -> HttpResponse:
    """The very file that was sent; of one that was not, made now. Raises `DomainError`."""
    document = invoice.document
    if document is not None and not document.is_erased:
        with document.file.open() as file:
            content = file.read()
    else:
        content = services.invoices_pdf([invoice])
    return as_pdf(content, f"invoice-{invoice.fee_year.year}-{invoice.number}")


def as_pdf(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.pdf"',
            "Cache-Control": "private, no-store",
        },
    )


def draft_sheet(year: FeeYear, lines: Iterable[Line]) -> Sheet:
    """Who would be billed, and why somebody cannot be yet."""
    return Sheet(
        title=str(year),
        columns=[
            *[_("Member number"), _("Company"), _("Business ID"), _("Number"), _("Euros")],
            *[_("E-invoice address"), _("E-invoice operator"), _("Cannot be billed yet")],
        ],
        rows=(
            [
                *[line.member.number, line.member.name, line.member.business_id],
                *[line.counted, line.amount],
                *[line.member.einvoice_address, line.member.einvoice_operator, line.why_not],
            ]
            for line in lines
        ),
    )


def invoice_sheet(year: FeeYear, invoices: Iterable[Any], on: date) -> Sheet:
    """The invoices of a year, for whoever makes e-invoices or books them."""

    def rows() -> Iterator[list[Any]]:
        for row in invoices:
            yield [
                *[row.number, row.member.number, row.billed_name, row.business_id],
                *[row.billed_address.replace("\n", ", "), row.einvoice_address],
                *[row.einvoice_operator, row.invoiced_on, row.due_on],
                *[grouped(row.reference), row.counted, row.amount, row.paid, stands(row, on)[0]],
            ]

    return Sheet(
        title=str(year),
        columns=[
            *[_("Invoice number"), _("Member number"), _("Company"), _("Business ID")],
            *[_("Postal address"), _("E-invoice address"), _("E-invoice operator"), _("Date")],
            *[_("Due date"), _("Reference number"), _("Number"), _("Euros"), _("Paid"), _("State")],
        ],
        rows=rows(),
    )
