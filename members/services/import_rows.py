"""What one row of a table would do to the register today. Reads, and writes nothing."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kip.accounts.models import User
from members import columns
from members.columns import (
    COLUMNS,
    DAYS,
    FACTS,
    PERSON,
    Entry,
    FactReader,
    Labels,
    Person,
    one_line,
    whole,
)
from members.models import (
    HELD_BY_ONE,
    REGISTERED_FIELDS,
    Application,
    ImportRun,
    Member,
    Outcome,
)
from members.registration import (
    InvalidBusinessId,
    InvalidEInvoiceAddress,
    einvoice_address,
    normalise,
    registration_key,
)

# Without these the register cannot say who a new member is.
NEEDED = ["name", "country", "business_id", "domicile"]
LONGEST_PROBLEM = 300
FINNISH_POSTCODE = re.compile(r"[0-9]{5}")
# "#N/A", "#REF!", "#PUUTTUU!", "#NAMN?"; and "####", for a column too narrow for its number.
SPREADSHEET_ERROR = re.compile(r"#N/A|#[^\W_/]+(?:/0)?[!?]|##+")
ONE_LINED = {*DAYS, *(f"{role.value}_{name}" for role in HELD_BY_ONE for name in PERSON)}

NO_COUNTRY = gettext_lazy("Write the two letters of the country, e.g. FI or SE.")


@dataclass
class Plan:
    """What one row would do. `changes` are (cell, column, before, after), `errors` (cell, column,
    what is wrong); a cell is named as spreadsheets do, like "C17".
    """

    line: int
    company: str
    entry: Entry | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    since: date | None = None
    people: dict[str, Person] = field(default_factory=dict)
    changes: list[tuple[str, str, str, str]] = field(default_factory=list)
    errors: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def whose(self) -> int | None:
        """The number of the member that it changes."""
        return self.entry.member.number if self.entry else None

    @property
    def outcome(self) -> str:
        if self.errors:
            return Outcome.WRONG
        if self.entry is None:
            return Outcome.NEW
        return Outcome.CHANGED if self.changes else Outcome.UNCHANGED


def cell_name(line: int, place: int) -> str:
    """As spreadsheets name it, like "AB17"."""
    letters, place = "", place + 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{line}"


class Planner:
    """Knows all of the register, so that no row asks the database."""

    def __init__(self, run: ImportRun, where: dict[str, int], today: date) -> None:
        self.run, self.where, self.today = run, where, today
        self.labels = Labels()
        self.facts = FactReader(self.labels)
        self.says = {name: columns.says(name, self.labels, today) for name in COLUMNS}
        self.names = {name: columns.label_of(name) for name in COLUMNS}
        self.by_number: dict[str, Entry] = {}
        self.by_key: dict[str, Entry] = {}
        members = Member.objects.order_by("number")
        # A double is written to by nobody: its number, or its business ID, by whose it is.
        self.doubles: dict[str, tuple[int, int]] = {}
        for double, key, kept in members.exclude(double_of=None).values_list(
            "number", "registration_key", "double_of__number"
        ):
            self.doubles |= {str(double): (double, kept), key: (double, kept)}
        self.doubles.pop("", None)
        for entry in columns.entries(members.apart_from_doubles(), today):
            self.by_number[str(entry.member.number)] = entry
            if entry.member.registration_key:
                self.by_key[entry.member.registration_key] = entry
        applications = Application.objects.with_the_association()
        self.applying = set(applications.values_list("registration_key", flat=True)) - {""}
        self.known_addresses = set(User.objects.values_list("email", flat=True))
        self.lines: dict[Any, int] = {}
        self.namesakes: dict[str, tuple[tuple[str, str], int]] = {}

    def plan(self, line: int, cells: Any) -> Plan:
        texts = {
            name: cells[place] if place < len(cells) else "" for name, place in self.where.items()
        }
        texts |= {name: one_line(texts[name]) for name in ONE_LINED & set(texts)}
        row = Plan(line, company=one_line(texts.get("name", "")))
        for name, text in texts.items():
            if SPREADSHEET_ERROR.fullmatch(text):
                self._wrong(
                    row, name, _("The spreadsheet shows an error here: write what is meant.")
                )
        if row.errors:
            return row
        number = whole(one_line(texts.get("number", "")))
        number = number.lstrip("0") or number
        key = "" if number else self._key(texts)
        if whose := self.doubles.get(number or key):
            self._wrong(
                row,
                "number" if number else "business_id",
                _("This is a double, number %(double)d: the company is number %(kept)d.")
                % {"double": whose[0], "kept": whose[1]},
            )
            return row
        if number:
            row.entry = self.by_number.get(number)
            if row.entry is None:
                self._wrong(
                    row,
                    "number",
                    _("No member has this number. Leave it empty for a new company: it gets one."),
                )
                return row
        elif key:
            row.entry = self.by_key.get(key)
        if row.entry is not None:
            row.company = row.company or row.entry.member.name
        self._plan_facts(row, texts)
        self._plan_membership(row, texts)
        self._plan_people(row, texts)
        self._refuse_twice(row, texts)
        return row

    def _key(self, texts: dict[str, str]) -> str:
        register, number = texts.get("register", ""), texts.get("business_id", "")
        return registration_key(self._country(None, texts), register, one_line(number))

    def _country(self, entry: Entry | None, texts: dict[str, str]) -> str:
        known = entry.member.country if entry else "FI"
        return one_line(texts.get("country", "")).upper() or known

    def _wrong(self, row: Plan, name: str, problem: str) -> None:
        name = name if name in self.where else next(iter(self.where))
        cell = cell_name(row.line, self.where[name])
        row.errors.append((cell, self.names[name], problem[:LONGEST_PROBLEM]))

    def _changes(self, row: Plan, name: str, before: str, after: str) -> None:
        cell = cell_name(row.line, self.where[name])
        row.changes.append((cell, self.names[name], before, after))

    def _now(self, row: Plan, name: str) -> str:
        """What the cell says of the company as it stands."""
        if row.entry is None:
            return ""
        return self.says[name](row.entry)

    def _plan_facts(self, row: Plan, texts: dict[str, str]) -> None:
        for name in FACTS:
            text = texts.get(name, "")
            now = self._now(row, name)
            if name not in texts or text == now:
                continue
            try:
                value = self.facts.read(name, text, country=self._country(row.entry, texts))
            except ValidationError as error:
                problem = NO_COUNTRY if name == "country" else " ".join(error.messages)
                self._wrong(row, name, str(problem))
                continue
            if value != columns.before(row.entry, name) or row.entry is None:
                row.facts[name] = value
                self._changes(row, name, now, columns.as_text(name, value, self.labels))
        self._check_facts(row)

    def _check_facts(self, row: Plan) -> None:
        def of(name: str) -> Any:
            return row.facts.get(name, columns.before(row.entry, name))

        new = row.entry is None
        needed = [*NEEDED, *(["register"] if of("country") != "FI" else [])]
        wrong = {column for _cell, column, _problem in row.errors}
        for name in needed:
            if (new or name in row.facts) and not of(name) and self.names[name] not in wrong:
                self._wrong(row, name, _("This cannot be left empty."))
        if "country" in row.facts and not (of("country").isalpha() and len(of("country")) == 2):
            self._wrong(row, "country", str(NO_COUNTRY))
        if {"country", "register", "business_id"} & set(row.facts) and of("business_id"):
            self._check_number(row, of)
        postcode = row.facts.get("postcode")
        if postcode and of("country") == "FI" and not FINNISH_POSTCODE.fullmatch(postcode):
            self._wrong(row, "postcode", _("A Finnish postcode has five digits, like 67900."))
        if {"einvoice_address", "einvoice_operator"} & set(row.facts):
            self._check_einvoice(row, of)
        if (
            row.entry is not None
            and set(REGISTERED_FIELDS) & set(row.facts)
            and self.run.effective_on < row.entry.member.registered_since
        ):
            name = next(name for name in REGISTERED_FIELDS if name in row.facts)
            since = row.entry.member.registered_since
            self._wrong(
                row,
                name,
                _("The register has said what it says now since %(day)s: give a later day.")
                % {"day": formats.date_format(since)},
            )

    def _check_number(self, row: Plan, of: Callable[[str], Any]) -> None:
        try:
            normalise(of("country"), of("business_id"))
        except InvalidBusinessId:
            self._wrong(
                row, "business_id", _("This is not a Finnish business ID: check the digits.")
            )
            return
        key = registration_key(of("country"), of("register"), of("business_id"))
        other = self.by_key.get(key)
        if other is not None and other is not row.entry:
            self._wrong(
                row,
                "business_id",
                _("%(company)s, member number %(number)d, has this number.")
                % {"company": other.member, "number": other.member.number},
            )
        elif other is None and key in self.applying:
            self._wrong(row, "business_id", _("An application of this company is open."))

    def _check_einvoice(self, row: Plan, of: Callable[[str], Any]) -> None:
        address, operator = of("einvoice_address"), of("einvoice_operator")
        if bool(address) != bool(operator):
            self._wrong(
                row,
                "einvoice_operator" if address else "einvoice_address",
                _("An e-invoice needs both: the address, and the operator that carries it there."),
            )
        elif address:
            try:
                einvoice_address(address)
            except InvalidEInvoiceAddress:
                self._wrong(
                    row,
                    "einvoice_address",
                    _("This is not an e-invoice address: check the digits."),
                )

    def _plan_membership(self, row: Plan, texts: dict[str, str]) -> None:
        ends = texts.get("left", "")
        if ends and not self._says_day(ends, self._now(row, "left")):
            self._wrong(row, "left", _("An import ends no membership."))
        text = texts.get("since", "")
        if text == self._now(row, "since") and row.entry is not None:
            return
        period = row.entry.period(self.today) if row.entry else None
        if not text:
            if row.entry is None:
                self._wrong(row, "since", _("Say since when the company is a member."))
            elif period is not None and "since" in texts:
                self._wrong(row, "since", _("An import ends no membership."))
            return
        try:
            since = columns.read_day(text)
        except ValidationError as error:
            self._wrong(row, "since", " ".join(error.messages))
            return
        if period is not None:
            if since != period.since:
                self._wrong(
                    row,
                    "since",
                    _("The company is a member since %(day)s, and an import does not change that.")
                    % {"day": formats.date_format(period.since)},
                )
            return
        left = row.entry.left(self.today) if row.entry else None
        if left is not None and since < left:
            self._wrong(
                row,
                "since",
                _("The company was a member until %(day)s: give that day or a later one.")
                % {"day": formats.date_format(left)},
            )
            return
        row.since = since
        self._changes(row, "since", "", since.isoformat())

    def _says_day(self, text: str, day: str) -> bool:
        try:
            return columns.read_day(text).isoformat() == day
        except ValidationError:
            return False

    def _plan_people(self, row: Plan, texts: dict[str, str]) -> None:
        for role in HELD_BY_ONE:
            columns_of = {name: f"{role.value}_{name}" for name in PERSON}
            person = Person(**{name: texts.get(of, "") for name, of in columns_of.items()})
            now = (row.entry.people.get(role.value) if row.entry else None) or Person()
            names = (person.given_name, person.family_name)
            email = person.email.lower()
            known = (one_line(now.given_name), one_line(now.family_name))
            if not email and (not any(names) or names == known):
                continue  # nobody is named: whoever it is stays
            if email and email == now.email:
                continue  # a person's name and language are their own
            if row.since is None and (row.entry is None or row.entry.period(self.today) is None):
                if row.entry is not None:
                    first = next(of for of in columns_of.values() if texts.get(of))
                    self._wrong(row, first, _("The company is not a member: nobody stands for it."))
                continue
            self._check_person(row, columns_of, person, email)
            row.people[role.value] = Person(*names, email, person.language.lower() or "fi")
            for of in columns_of.values():
                if texts.get(of, "") != self._now(row, of) and of in self.where:
                    self._changes(row, of, self._now(row, of), texts.get(of, ""))

    def _check_person(
        self, row: Plan, columns_of: dict[str, str], person: Person, email: str
    ) -> None:
        if email:
            try:
                validate_email(email)
            except ValidationError as error:
                self._wrong(row, columns_of["email"], " ".join(error.messages))
        if not person.family_name and email not in self.known_addresses:
            self._wrong(row, columns_of["family_name"], _("Give the name of this person."))
        if email and any(names := (person.given_name, person.family_name)):
            theirs, line = self.namesakes.setdefault(email, (names, row.line))
            if theirs != names:
                self._wrong(
                    row,
                    columns_of["email"],
                    _("This is the address of %(person)s in row %(line)d.")
                    % {"person": " ".join(theirs).strip(), "line": line},
                )
        if person.language.lower() not in {"", "fi", "sv", "en"}:
            self._wrong(row, columns_of["language"], _("Write fi, sv or en."))
        for name in ("given_name", "family_name"):
            if len(getattr(person, name)) > 100:
                self._wrong(row, columns_of[name], _("At most 100 characters."))

    def _refuse_twice(self, row: Plan, texts: dict[str, str]) -> None:
        """A company may stand in one row, and a business ID be given to one company."""
        same: set[Any] = {row.entry.member.pk} if row.entry else set()
        if row.entry is None or {"country", "register", "business_id"} & set(row.facts):
            of = {
                name: row.facts.get(name, columns.before(row.entry, name))
                for name in ("country", "register", "business_id")
            }
            same |= {registration_key(of["country"], of["register"], of["business_id"])} - {""}
        first = min((self.lines.setdefault(one, row.line) for one in same), default=row.line)
        if first != row.line:
            self._wrong(
                row,
                "number" if texts.get("number") else "business_id",
                _("The same company as in row %(line)d.") % {"line": first},
            )
