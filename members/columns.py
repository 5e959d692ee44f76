"""Member companies as rows of a table: what an export writes, and an import reads back.

A cell that says what the export would say of the company today changes nothing; so an export
imports back unchanged, whatever is kept of a company.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from operator import attrgetter
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from kip.sheets import Sheet
from members.models import (
    COMPANY_FIELDS,
    HELD_BY_ONE,
    OWN_FIELDS,
    Member,
    MembershipPeriod,
    Representative,
    RepresentativeRole,
)
from members.registration import (
    InvalidBusinessId,
    InvalidEInvoiceAddress,
    einvoice_address,
    normalise,
)

LABELS = ("sectors", "sites")
# What is read of a person, of each role that one person holds.
PERSON = {
    "given_name": gettext_lazy("%(role)s: given name"),
    "family_name": gettext_lazy("%(role)s: family name"),
    "email": gettext_lazy("%(role)s: e-mail address"),
    "language": gettext_lazy("%(role)s: language"),
}
DAYS = {"since": gettext_lazy("member since"), "left": gettext_lazy("left")}
FACTS = [*COMPANY_FIELDS, *LABELS, *OWN_FIELDS]
COLUMNS = [
    *["number", "since", "left"],
    *FACTS,
    *(f"{role.value}_{name}" for role in HELD_BY_ONE for name in PERSON),
]


def label_of(name: str) -> str:
    """What stands at the head of a column, in the reader's language."""
    if name in DAYS:
        return capfirst(str(DAYS[name]))
    for role in HELD_BY_ONE:
        if name.startswith(f"{role.value}_"):
            text = PERSON[name.removeprefix(f"{role.value}_")]
            return capfirst(str(text) % {"role": RepresentativeRole(role).label})
    return capfirst(str(Member._meta.get_field(name).verbose_name))  # type: ignore[union-attr]


def column_by_heading() -> dict[str, str]:
    """Every column by what may stand at its head: its name, or its label in any language."""
    found = {name.casefold(): name for name in COLUMNS}
    for language, _name in settings.LANGUAGES:
        with override(language):
            found |= {label_of(name).casefold(): name for name in COLUMNS}
    return found


# --- What is known -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Person:
    given_name: str = ""
    family_name: str = ""
    email: str = ""
    language: str = ""


NOBODY = Person()


@dataclass
class Entry:
    """A company as it stands in the register: itself, its memberships, its labels, its people."""

    member: Member
    periods: list[MembershipPeriod] = field(default_factory=list)
    labels: dict[str, list[int]] = field(default_factory=lambda: {name: [] for name in LABELS})
    people: dict[str, Person] = field(default_factory=dict)

    def period(self, on: date) -> MembershipPeriod | None:
        """The membership on a local date, or the next one."""
        reaching = (row for row in self.periods if row.until is None or row.until > on)
        return min(reaching, key=lambda row: row.since, default=None)

    def since(self, on: date) -> date | None:
        period = self.period(on)
        return period.since if period else None

    def left(self, on: date) -> date | None:
        """When the last membership ended, of who is no member and is not to be one."""
        ends = [row.until for row in self.periods if row.until is not None]
        return None if self.period(on) else max(ends, default=None)


def entries(members: models.QuerySet[Member], on: date, *, size: int = 1000) -> Iterator[Entry]:
    """Every one of them, read a thousand at a time with six queries each."""
    rows = members.iterator(size)
    while batch := list(islice(rows, size)):
        found = {member.pk: Entry(member) for member in batch}
        for period in MembershipPeriod.objects.filter(member__in=found).order_by("since"):
            found[period.member_id].periods.append(period)
        for name in LABELS:
            relation = getattr(Member, name).through
            to = name.removesuffix("s")
            pairs = relation.objects.filter(member__in=found)
            for member_id, label_id in pairs.values_list("member_id", f"{to}_id"):
                found[member_id].labels[name].append(label_id)
        roles = Representative.objects.reaching(on).filter(member__in=found, role__in=HELD_BY_ONE)
        people = roles.order_by("since").values_list(
            "member_id", "role", *(f"person__{name}" for name in PERSON)
        )
        for member_id, role, *facts in people:
            person = Person(*(fact or "" for fact in facts))
            found[member_id].people.setdefault(role, person)
        yield from found.values()


class Labels:
    """The lists of sectors and sites, by id and by name in any language."""

    def __init__(self) -> None:
        self.names: dict[str, dict[int, str]] = {}
        self.ids: dict[str, dict[str, int]] = {}
        for name in LABELS:
            rows = list(Member._meta.get_field(name).related_model.objects.all())  # type: ignore[union-attr]
            self.names[name] = {row.pk: str(row) for row in rows}
            self.ids[name] = {
                one_line(text).casefold(): row.pk
                for row in rows
                for text in (row.name_fi, row.name_sv, row.name_en)
            }

    def text(self, name: str, ids: Iterable[int]) -> str:
        wanted = set(ids)
        return "; ".join(text for pk, text in self.names[name].items() if pk in wanted)

    def read(self, name: str, text: str) -> list[int]:
        """Raises `ValidationError` for what is not on the list."""
        words = [word for part in re.split(r"[;\n]", text) if (word := one_line(part))]
        if unknown := [word for word in words if word.casefold() not in self.ids[name]]:
            raise ValidationError(_("Not on the list: %(words)s.") % {"words": ", ".join(unknown)})
        return sorted({self.ids[name][word.casefold()] for word in words})


def says(name: str, labels: Labels, on: date) -> Callable[[Entry], str]:
    """What the cells of a column say, each of its company."""
    if name == "since":
        return lambda entry: _iso(entry.since(on))
    if name == "left":
        return lambda entry: _iso(entry.left(on))
    if name in LABELS:
        return lambda entry: as_text(name, entry.labels[name], labels)
    role, _, of_person = name.partition("_")
    if role in HELD_BY_ONE:
        return lambda entry: getattr(entry.people.get(role, NOBODY), of_person)
    fact = attrgetter(name)
    return lambda entry: as_text(name, fact(entry.member), labels)


def as_text(name: str, value: Any, labels: Labels) -> str:
    """What a cell says of a fact with this value."""
    if name in LABELS:
        return labels.text(name, value)
    return "" if value is None else tidy(str(value))


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def tidy(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


# --- Out -----------------------------------------------------------------------------------------


def as_sheet(
    members: models.QuerySet[Member], on: date, *, title: str, notes: Sequence[str] = ()
) -> Sheet:
    """Companies with all their columns, in the order of the rows; read while it is written."""
    labels = Labels()
    # Numbers and days stay what they are, for whoever goes on with them in the spreadsheet.
    typed: dict[str, Callable[[Entry], Any]] = {
        "number": lambda entry: entry.member.number,
        "headcount": lambda entry: entry.member.headcount,
        "since": lambda entry: entry.since(on),
        "left": lambda entry: entry.left(on),
    }
    cells = [typed.get(name) or says(name, labels, on) for name in COLUMNS]
    return Sheet(
        title=title,
        columns=[label_of(name) for name in COLUMNS],
        rows=([cell(entry) for cell in cells] for entry in entries(members, on)),
        notes=notes,
    )


# --- In ------------------------------------------------------------------------------------------


# What web pages and mail programs leave in a text, and nobody sees.
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u2060\ufeff]")
_DAY = re.compile(
    r"(?:(?P<y>[0-9]{4})-(?P<m>[0-9]{1,2})-(?P<d>[0-9]{1,2})"
    r"|(?P<D>[0-9]{1,2})\. ?(?P<M>[0-9]{1,2})\. ?(?P<Y>[0-9]{4}))"
    r"(?:[T ][0-9]{1,2}[:.][0-9]{2}(?:[:.][0-9]{2}(?:\.[0-9]+)?)?)?"
)
_SERIAL = re.compile(r"([1-9][0-9]{4})(?:[.,][0-9]+)?")
_WHOLE = re.compile(r"([0-9]+(?: [0-9]{3})*)(?:[.,]0{1,2})?")


def one_line(text: str) -> str:
    """The text with plain spaces, one between two words, and with nothing that nobody sees."""
    return " ".join(_INVISIBLE.sub("", text).split())


def whole(text: str) -> str:
    """The digits of a whole number as spreadsheets write it: "12.0", "12,00", "1 200".

    Other text as it stands.
    """
    found = _WHOLE.fullmatch(text)
    return found[1].replace(" ", "") if found else text


def read_day(text: str) -> date:
    """A day as a spreadsheet has it, or as Finns write it. Raises `ValidationError`.

    A cell that lost its format holds the days since 30 December 1899 (ECMA-376, 18.17.4.1); a time
    of day that comes along is nobody's meaning.
    """
    day = None
    if serial := _SERIAL.fullmatch(text):
        day = date(1899, 12, 30) + timedelta(int(serial[1]))
    elif found := _DAY.fullmatch(text):
        year, month, of_month = (found[a] or found[b] for a, b in ("yY", "mM", "dD"))
        with suppress(ValueError):
            day = date(int(year), int(month), int(of_month))
    if day is None or not 1900 <= day.year <= 2199:
        raise ValidationError(_("Write the day like 2027-05-01 or 1.5.2027."))
    return day


def _read_postcode(text: str, country: str) -> str:
    """Spreadsheets take the zeros before 00100; other countries' codes are shorter."""
    return whole(text).zfill(5) if country == "FI" and whole(text).isdecimal() else text


def _read_headcount(text: str) -> str:
    """Not left to the field, to which 1.000 is one and to a Finn a thousand."""
    digits = whole(text)
    if digits and not digits.isdecimal():
        raise ValidationError(_("Write a whole number in digits, like 1200."))
    return digits


def _read_einvoice_address(text: str) -> str:
    """Spreadsheets take the zeros before 0037 too, where an OVT number begins."""
    digits = whole(text)
    for address in [f"00{digits}", text] if re.fullmatch(r"37[0-9]{8,13}", digits) else [text]:
        with suppress(InvalidEInvoiceAddress):
            return einvoice_address(address)
    return text


def _reader(name: str) -> Callable[[str], Any]:
    model_field: Any = Member._meta.get_field(name)
    assume = {"assume_scheme": "https"} if isinstance(model_field, models.URLField) else {}
    return model_field.formfield(required=False, **assume).clean


class FactReader:
    """Reads cells as the fields of a member company do. Raises `ValidationError`."""

    def __init__(self, labels: Labels) -> None:
        self.labels = labels
        self._readers: Mapping[str, Callable[[str], Any]] = {
            name: _reader(name) for name in [*COMPANY_FIELDS, *OWN_FIELDS]
        }

    def read(self, name: str, text: str, *, country: str) -> Any:
        """The value of a cell, as it is kept. `country` is the company's: it says what a postcode
        and a business ID are.
        """
        if name in LABELS:
            return self.labels.read(name, text)
        if not isinstance(Member._meta.get_field(name), models.TextField):
            text = one_line(text)
        if name == "country":
            text = text.upper()
        elif name == "postcode":
            text = _read_postcode(text, country)
        elif name == "business_id":
            with suppress(InvalidBusinessId):  # told by who plans the row
                text = normalise(country, text)
        elif name == "headcount":
            text = _read_headcount(text)
        elif name == "einvoice_address":
            text = _read_einvoice_address(text)
        return self._readers[name](text)


# Of whom nothing is known yet.
NOT_KNOWN = Member()


def before(entry: Entry | None, name: str) -> Any:
    """The value that a fact has, as `FactReader.read` gives it."""
    if name in LABELS:
        return sorted(entry.labels[name]) if entry else []
    return getattr(entry.member if entry else NOT_KNOWN, name)
