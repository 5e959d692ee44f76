"""What is kept of a company, written and corrected."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kip.access import require
from kip.accounts.models import User
from kip.audit.acts import act
from kip.exceptions import ChangedMeanwhile, DomainError, InvalidTransition
from kip.numbering import serialise
from members.completeness import missing_facts
from members.models import COMPANY_FIELDS, Application, Company, Member
from members.registration import InvalidBusinessId, normalise, registration_key
from members.services.locks import locked
from members.services.news import on_facts_corrected
from members.states import WITH_THE_ASSOCIATION

# For who changes facts without a page that showed them: all of them are meant.
NOTHING_READ: Mapping[str, Any] = MappingProxyType({})


def set_facts(company: Company, facts: Mapping[str, Any], names: Collection[str]) -> None:
    """Part of an act: `facts` by field name, of those `names`; unsaved.

    The business ID is kept in the one form in which companies are compared. Raises `DomainError`
    for a Finnish one whose check digit is wrong.
    """
    for name, value in facts.items():
        if name not in names:
            raise ValueError(f"{name} is not a field of the form")
        setattr(company, name, value)
    if not company.business_id:
        return
    company.country = company.country.strip().upper()
    try:
        company.business_id = normalise(company.country, company.business_id)
    except InvalidBusinessId as error:
        raise DomainError(
            _("This is not a Finnish business ID: check the digits."), field="business_id"
        ) from error


def meant(row: Company, facts: Mapping[str, Any], read: Mapping[str, Any]) -> dict[str, Any]:
    """Part of an act: of `facts`, those that this person changed; `read` is what they had read.

    A fact that is as it was read is nobody's wish, even where the row has become another since.
    Raises `ChangedMeanwhile` on the field that somebody else has changed otherwise.
    """
    changed = {}
    for name, fact in facts.items():
        if name in read:
            if _comparable(fact) == _comparable(read[name]):
                continue
            now = _comparable(getattr(row, name))
            if now not in (_comparable(read[name]), _comparable(fact)):
                text = _(
                    "Somebody else has changed this since you opened the page. It is now: "
                    "“%(now)s”. If what you wrote is right, save once more."
                )
                raise ChangedMeanwhile(text % {"now": _in_words(row, name)}, field=name, now=now)
        changed[name] = fact
    return changed


def _comparable(fact: Any) -> Any:
    if hasattr(fact, "all"):
        fact = fact.all()
    if isinstance(fact, str):
        return "\n".join(fact.splitlines()).strip()
    if isinstance(fact, Iterable):
        return sorted(row.pk for row in fact)
    return fact


def _in_words(row: Company, name: str) -> str:
    value = getattr(row, f"get_{name}_display", lambda: getattr(row, name))()
    if hasattr(value, "all"):
        value = ", ".join(str(label) for label in value.all())
    return _("empty") if value is None or value == "" else str(value)


def same_company(
    company: Company, on: date, *, but: Company
) -> tuple[list[Application], list[Member]]:
    """Who else has this registration: open applications, and members on a local date."""
    key = registration_key(company.country, company.register, company.business_id)
    # Applications are read before members: one that is approved between the two reads is seen.
    applications = Application.objects.with_the_association().filter(registration_key=key)
    members = Member.objects.in_force(on).filter(registration_key=key)
    return (
        [row for row in applications.select_related("applicant") if row != but],
        [row for row in members if row != but],
    )


@act(gettext_noop("%(who)s corrected the facts of the company."))
def correct_application(
    *,
    application_id: int,
    facts: Mapping[str, Any],
    read: Mapping[str, Any] = NOTHING_READ,
    by: User,
    at: datetime,
) -> Application:
    """The secretary corrects what a submitted application says of the company.

    Possible until it is decided; `facts` by field name, of which those are left alone that are as
    they were `read`. Who votes on it reads it again. Raises `ChangedMeanwhile`, or `DomainError` on
    the field that would be empty, or on "business_id" when it is wrong or another's.
    """
    application = locked(application_id)
    require("members.handle_applications", by, at=at)
    if application.status not in WITH_THE_ASSOCIATION:
        raise InvalidTransition(
            _("Only an application that is with the association can be corrected.")
        )
    before = application.facts()
    _correct(application, meant(application, facts, read))
    applications, members = same_company(application, timezone.localdate(at), but=application)
    _refuse_anothers([*applications, *members])
    names = [name for name, fact in application.facts().items() if fact != before[name]]
    if names:
        application.save(update_fields=names)
        on_facts_corrected(application=application, names=names, by=by, at=at)
    return application


@act(gettext_noop("%(who)s corrected the facts of the company."))
def correct_member(
    *,
    member_id: int,
    facts: Mapping[str, Any],
    read: Mapping[str, Any] = NOTHING_READ,
    by: User,
    at: datetime,
) -> Member:
    """The secretary corrects what the association knows of a member company, of today or once.

    `facts` by field name, of which those are left alone that are as they were `read`. Raises
    `ChangedMeanwhile`, or `DomainError` on the field that would be empty, or on "business_id" when
    it is wrong or another's.
    """
    require("members.handle_applications", by, at=at)
    member = Member.objects.select_for_update().get(pk=member_id)
    _correct(member, meant(member, facts, read))
    refuse_anothers_number(member, at=at)
    member.save(update_fields=COMPANY_FIELDS)
    return member


def _correct(company: Company, facts: Mapping[str, Any]) -> None:
    set_facts(company, facts, COMPANY_FIELDS)
    missing = missing_facts(company)
    if missing:
        raise DomainError(_("This cannot be left empty."), field=missing[0])
    _one_at_a_time(company)


def _one_at_a_time(company: Company) -> None:
    key = registration_key(company.country, company.register, company.business_id)
    serialise(f"company:{key}")


def refuse_anothers_number(member: Member, *, at: datetime) -> None:
    """Part of an act: the number that the member is to have is no other company's, here or once.

    Raises `DomainError` on "business_id".
    """
    _one_at_a_time(member)
    today = timezone.localdate(at)
    applications, members = same_company(member, today, but=member)
    if not Member.objects.in_force(today).filter(pk=member.pk).exists():
        applications = []  # a company that was a member once may apply again
    key = registration_key(member.country, member.register, member.business_id)
    once = Member.objects.filter(registration_key=key).exclude(pk=member.pk)
    _refuse_anothers([*applications, *members, *once])


def _refuse_anothers(others: list[Any]) -> None:
    if not others:
        return
    text = (
        _("%(company)s, member number %(number)d, has this number.")
        % {"company": others[0], "number": others[0].number}
        if isinstance(others[0], Member)
        else _("The application of %(company)s has this number.") % {"company": others[0]}
    )
    raise DomainError(text, field="business_id")
