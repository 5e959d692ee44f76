"""The fees of a year: prepared, fixed as invoices, credited; and who owes something.

What a member owes is the general meeting's to decide; here it is counted and billed. An unpaid fee
ends nothing by itself. A row of `FeeYear` is locked before its invoices.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Max, Subquery
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext

from kip.access import require
from kip.accounts.models import User
from kip.audit.acts import act
from kip.bylaws.models import Bylaws
from kip.exceptions import DomainError, InvalidTransition, save_or_refuse
from kip.numbering import serialise
from kip.ordering import Finnish
from members.models import (
    IN_BANDS,
    FeeBand,
    FeeBasis,
    FeeValue,
    FeeYear,
    Invoice,
    Member,
    Representative,
    RepresentativeRole,
)
from members.references import InvalidNumber, Why, bic, iban, reference_for
from members.states import FeeYearStatus, InvoiceStatus

# What a year says; the rest is the program's.
FEE_YEAR_FIELDS = [
    *["year", "basis", "amount", "members_on", "due_on", "decided_on", "decision"],
    *["payee", "iban", "bic", "vat_note_fi", "vat_note_sv", "vat_note_en"],
]

NOT_AN_IBAN: dict[Why, Promise] = {
    Why.SIGNS: gettext_lazy("An account number has letters and digits only."),
    Why.LENGTH: gettext_lazy("This account number is too short or too long."),
    Why.CHECK_DIGIT: gettext_lazy("This account number has a wrong digit."),
    Why.COUNTRY: gettext_lazy("An account number begins with its country, like FI."),
}
NOT_A_BIC: dict[Why, Promise] = {
    Why.LENGTH: gettext_lazy("The code of a bank has 8 or 11 signs."),
    Why.SIGNS: gettext_lazy("This is not the code of a bank."),
}

# From the decision on, to the last day on which a fee may fall due.
LONGEST_TO_PAY = timedelta(2 * 366)

# A band's upper end, and its fee.
Band = tuple[int | None, Decimal]


@act(gettext_noop("%(who)s prepared the fees of a year."))
def draft_fees(
    *,
    facts: Mapping[str, Any],
    bands: Sequence[Band] = (),
    fee_year_id: int | None = None,
    by: User,
    at: datetime,
) -> FeeYear:
    """What the general meeting decided for a year; one `fee_year_id` not fixed yet is changed.

    `facts` by name of `FEE_YEAR_FIELDS`. Raises `DomainError` on the field that is wrong;
    `InvalidTransition` when the year is fixed.
    """
    require("members.keep_fees", by, at=at)
    row = _drafted(fee_year_id) if fee_year_id is not None else FeeYear()
    for name in FEE_YEAR_FIELDS:
        if name in facts:
            setattr(row, name, facts[name])
    row.iban = _number(iban, row.iban, "iban", NOT_AN_IBAN)
    row.bic = _number(bic, row.bic, "bic", NOT_A_BIC)
    if row.basis == FeeBasis.FLAT:
        if row.amount is None:
            raise DomainError(_("Give the fee."), field="amount")
    else:
        row.amount = None
    if row.decided_on > timezone.localdate(at):
        raise DomainError(_("The decision is not made yet."), field="decided_on")
    if row.due_on < row.decided_on:
        raise DomainError(_("Give a day after the decision."), field="due_on")
    _check_due(row.due_on, row.decided_on)
    if row.basis in IN_BANDS:
        _check_bands(bands)
    save_or_refuse(row)
    row.bands.all().delete()
    if row.basis in IN_BANDS:
        FeeBand.objects.bulk_create(
            FeeBand(fee_year=row, up_to=up_to, amount=amount) for up_to, amount in bands
        )
    return row


def _check_due(due_on: date, decided_on: date) -> None:
    """A year that was mistyped would stay on the invoices for good."""
    if due_on > decided_on + LONGEST_TO_PAY:
        raise DomainError(_("That day is too far ahead."), field="due_on")


def _number(read: Any, text: str, field: str, reasons: Mapping[Why, Promise]) -> str:
    try:
        return str(read(text))
    except InvalidNumber as error:
        raise DomainError(reasons.get(error.why, _("Fill this in.")), field=field) from error


def _check_bands(bands: Sequence[Band]) -> None:
    """Upwards, and the topmost without an end: else there is a company without a fee."""
    if not bands or bands[-1][0] is not None:
        raise DomainError(
            _("The last band is for everything above: begin its line with “+”."), field="bands"
        )
    ends = [up_to for up_to, _amount in bands[:-1]]
    if None in ends or sorted(set(ends)) != ends:  # type: ignore[type-var]
        raise DomainError(_("Each band goes further up than the one before it."), field="bands")


def _drafted(fee_year_id: int) -> FeeYear:
    row = FeeYear.objects.select_for_update().get(pk=fee_year_id)
    if not row.is_draft:
        raise InvalidTransition(_("These fees are fixed: nothing of them changes any more."))
    return row


@act(gettext_noop("%(who)s entered values for the fees of a year."))
def enter_values(
    *, fee_year_id: int, values: Mapping[int, Decimal | None], by: User, at: datetime
) -> None:
    """By member: people, euros of turnover, or (of a list) the fee; None takes the value back."""
    require("members.keep_fees", by, at=at)
    row = _drafted(fee_year_id)
    if row.basis == FeeBasis.FLAT:
        raise DomainError(_("The fee is the same for all."))
    kept = {value.member_id: value for value in row.values.filter(member__in=values)}
    for member_id, typed in values.items():
        value = kept.get(member_id)
        if typed is None:
            if value is not None:
                value.delete()
            continue
        value = value or FeeValue(fee_year=row, member_id=member_id)
        before = value.number, value.amount
        is_list = row.basis == FeeBasis.LIST
        value.number, value.amount = (None, typed) if is_list else (int(typed), None)
        if (value.number, value.amount) != before:
            save_or_refuse(value)


@dataclass(frozen=True)
class Line:
    """What a company is to pay: the number by which it was found, and euros; or why not yet."""

    member: Member
    counted: int | None = None
    amount: Decimal | None = None
    why_not: str = ""


def fee_lines(fee_year: FeeYear, members: Iterable[Member] | None = None) -> list[Line]:
    """Each member on the year's day, or those given, by name. Three queries."""
    if members is None:
        members = billed_members(fee_year)
    bands = list(fee_year.bands.all()) if fee_year.basis in IN_BANDS else []
    values = {value.member_id: value for value in fee_year.values.all()}
    return [_line(fee_year, member, values.get(member.pk), bands) for member in members]


def billed_members(fee_year: FeeYear) -> Any:
    """Who was a member on the day that the year names."""
    members = Member.objects.in_force(fee_year.members_on).apart_from_doubles()
    return members.order_by(Finnish("name"), "pk")


def _line(
    fee_year: FeeYear, member: Member, value: FeeValue | None, bands: Sequence[FeeBand]
) -> Line:
    if fee_year.basis == FeeBasis.FLAT:
        return Line(member, None, fee_year.amount)
    if fee_year.basis == FeeBasis.LIST:
        if value is None or value.amount is None:
            return Line(member, why_not=_("Its fee is not entered."))
        return Line(member, None, value.amount)
    number = value.number if value is not None else None
    if number is None and fee_year.basis == FeeBasis.HEADCOUNT:
        number = member.headcount
    if number is None:
        if fee_year.basis == FeeBasis.HEADCOUNT:
            return Line(member, why_not=_("The number of its people is not known."))
        return Line(member, why_not=_("Its turnover is not known."))
    for band in bands:
        if band.up_to is None or number <= band.up_to:
            return Line(member, number, band.amount)
    return Line(member, number, why_not=_("No band is for this number."))


@act(gettext_noop("%(who)s fixed the fees of a year, and billed the members."))
def fix_fees(*, fee_year_id: int, by: User, at: datetime) -> FeeYear:
    """The billing list becomes invoices, one for each member that has something to pay.

    Nothing is sent. Raises `DomainError` while a company's fee is not known.
    """
    require("members.keep_fees", by, at=at)
    row = _drafted(fee_year_id)
    found = fee_lines(row)
    if unknown := sum(1 for line in found if line.why_not):
        raise DomainError(
            ngettext(
                "%(number)d company cannot be billed yet: enter what is missing.",
                "%(number)d companies cannot be billed yet: enter what is missing.",
                unknown,
            )
            % {"number": unknown}
        )
    if not any(line.amount for line in found):
        raise DomainError(_("Nobody has anything to pay."))
    row.move_to(FeeYearStatus.FIXED, fixed_by=by, fixed_at=at)
    _bill(row, [line for line in found if line.amount], due_on=row.due_on, at=at)
    return row


@act(gettext_noop("%(who)s billed one more member."))
def bill_one(
    *, fee_year_id: int, member_id: int, amount: Decimal, due_on: date, by: User, at: datetime
) -> Invoice:
    """Of fixed fees: a company that joined later, or whose invoice was credited.

    Raises `DomainError` when it has an invoice for the year, or the day has passed.
    """
    require("members.keep_fees", by, at=at)
    row = FeeYear.objects.select_for_update(no_key=True).get(pk=fee_year_id)
    if row.is_draft:
        raise InvalidTransition(_("These fees are not fixed yet."))
    member = Member.objects.get(pk=member_id)
    if row.invoices.in_force().filter(member=member).exists():
        raise DomainError(_("This company has an invoice for the year already."), field="member")
    if due_on < timezone.localdate(at):
        raise DomainError(_("Give a day that has not passed."), field="due_on")
    _check_due(due_on, max(row.decided_on, timezone.localdate(at)))
    (invoice,) = _bill(row, [Line(member, None, amount)], due_on=due_on, at=at)
    return invoice


def _bill(row: FeeYear, found: Sequence[Line], *, due_on: date, at: datetime) -> list[Invoice]:
    serialise("invoice-number")
    last = Invoice.objects.aggregate(last=Max("number"))["last"] or 0
    today = timezone.localdate(at)
    languages = _languages([line.member for line in found], today, at=at)
    return Invoice.objects.bulk_create(
        Invoice(
            fee_year=row,
            member=line.member,
            number=number,
            # The year first, so that who reads a bank statement sees what it is for.
            reference=reference_for(f"{row.year}{number:05}"),
            invoiced_on=today,
            due_on=due_on,
            amount=line.amount or Decimal(0),
            counted=line.counted,
            language=languages[line.member.pk],
            billed_name=line.member.name,
            billed_address=_postal_lines(line.member),
            business_id=line.member.business_id,
            einvoice_address=line.member.einvoice_address,
            einvoice_operator=line.member.einvoice_operator,
        )
        for number, line in enumerate(found, start=last + 1)
    )


def _postal_lines(member: Member) -> str:
    town = f"{member.postcode} {member.city}".strip()
    return "\n".join(part for part in (member.street, town) if part)


def _languages(members: Sequence[Member], on: date, *, at: datetime) -> dict[int, str]:
    """The language of each company's primary representative, else of the association."""
    own = Bylaws.objects.in_force_at(at).record_language
    primaries = Representative.objects.in_force(on).filter(
        member__in=members, role=RepresentativeRole.PRIMARY, person__isnull=False
    )
    found = dict(primaries.values_list("member", "person__language"))
    return {member.pk: found.get(member.pk) or own for member in members}


@act(gettext_noop("%(who)s credited an invoice."))
def credit_invoice(*, invoice_id: int, reason: str, by: User, at: datetime) -> Invoice:
    """Nothing is owed on it any more. What was paid stays on file, to be given back."""
    require("members.keep_fees", by, at=at)
    invoice = locked_invoice(invoice_id)
    if not reason.strip():
        raise DomainError(_("Say why it is credited."), field="reason")
    invoice.move_to(
        InvoiceStatus.CREDITED, credited_on=timezone.localdate(at), reason=reason.strip()
    )
    return invoice


def locked_invoice(invoice_id: int) -> Invoice:
    """The invoice, held until the act is over."""
    rows = Invoice.objects.select_for_update(of=["self"]).select_related("member", "fee_year")
    return rows.get(pk=invoice_id)


# --- Who owes -------------------------------------------------------------------------------------


def owes_on(member: Member, on: date) -> bool:
    """Whether a fee of the company was overdue on a local date."""
    return Invoice.objects.owed(on).filter(member=member).exists()


def without_vote(on: date) -> Any:
    """The members that have no vote on a local date because a fee is overdue: none, unless the
    bylaws of that day say so. Rows of `Member`, read in one query.
    """
    versions = Bylaws.objects.filter(valid_from__lte=on).order_by("-valid_from", "-version")
    owing = Member.objects.filter(pk__in=Invoice.objects.owed(on).values("member"))
    excludes = Subquery(versions.values("unpaid_excludes_from_voting")[:1])
    return owing.alias(excludes=excludes).filter(excludes=True)
