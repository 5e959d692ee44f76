"""Two records beside each other: what each says, and where they differ."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from kip.accounts.models import User
from members.models import KEPT_BY_ITSELF, REGISTERED_FIELDS, Member, Representative
from members.presentation.company import country_name, facts_of, label_of
from members.services import everything_held


class Compared(NamedTuple):
    """One fact, as either record has it: the lines of each."""

    name: str
    first: list[str]
    second: list[str]

    @property
    def sides(self) -> tuple[list[str], list[str]]:
        return self.first, self.second

    @property
    def differs(self) -> bool:
        """Whether both say something, and not the same."""
        return any(self.first) and any(self.second) and self.first != self.second


def compared_companies(first: Member, second: Member) -> list[Compared]:
    parts = ("periods", "former_facts", "representatives__person", "sectors", "sites")
    found = Member.objects.select_related("logo").prefetch_related(*parts)
    both = found.in_bulk([first.pk, second.pk])
    return _side_by_side(_lines_of(both[first.pk]), _lines_of(both[second.pk]))


def compared_people(first: User, second: User, *, at: datetime) -> list[Compared]:
    roles = Representative.objects.filter(
        person__in=[first, second], until__lte=timezone.localdate(at)
    )
    ended = list(roles.select_related("member").order_by("since", "pk"))
    return _side_by_side(*(_lines_of_person(person, ended, at) for person in (first, second)))


Lines = dict[str, list[str]]


def named(record: Member | User) -> str:
    """By what no other record is meant."""
    if isinstance(record, Member):
        return _("%(company)s, number %(number)s") % {"company": record, "number": record.number}
    if record.email:
        return _("%(person)s, %(address)s") % {"person": record, "address": record.email}
    return _("%(person)s, without an address") % {"person": record}


def _side_by_side(first: Lines, second: Lines) -> list[Compared]:
    """What at least one of the two says."""
    return [
        Compared(name, first[name], second[name])
        for name in first
        if any(first[name]) or any(second[name])
    ]


def _lines_of(company: Member) -> Lines:
    """Of a company with everything that is prefetched for it."""
    lines = {_("Member number"): [str(company.number)]}
    lines[_("Membership")] = [_range(row.since, row.until) for row in company.periods.all()]
    for name, value in facts_of(company, *REGISTERED_FIELDS):
        lines[name] = [value]
    lines[label_of(company, "country")] = [country_name(company.country)]
    lines[_("Earlier names")] = [row.name for row in company.former_facts.all()]
    lines[_("Representatives")] = [
        f"{row.person or row.address}, {row.get_role_display()}: {_range(row.since, row.until)}"
        for row in sorted(company.representatives.all(), key=lambda row: (row.since, row.pk))
    ]
    for name, value in facts_of(company, *KEPT_BY_ITSELF, "sectors", "sites"):
        lines[name] = [value]
    lines[_("Logo")] = [company.logo.name] if company.logo else []
    return lines


def _lines_of_person(person: User, ended: Iterable[Representative], at: datetime) -> Lines:
    held = everything_held(person, at=at)
    return {
        _("Number of the record"): [str(person.pk)],
        _("Name"): [person.get_full_name()],
        _("E-mail address"): [person.email or ""],
        _("Phone"): [person.phone],
        _("Language"): [person.get_language_display()],
        _("Last signed in"): [_instant(person.last_login)],
        _("Known since"): [_instant(person.known_since)],
        _("Holds now, or will"): [f"{each.text}: {_range(each.since, None)}" for each in held],
        _("Held earlier"): [
            f"{row.member}: {row.get_role_display()}: {_range(row.since, row.until)}"
            for row in ended
            if row.person_id == person.pk
        ],
    }


def _instant(at: datetime | None) -> str:
    return formats.date_format(timezone.localtime(at), "DATETIME_FORMAT") if at else ""


def _range(since: date, until: date | None) -> str:
    end = formats.date_format(until) if until else ""
    return f"{formats.date_format(since)} – {end}".strip()
