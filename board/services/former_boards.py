"""Boards from before the system, from a table: terms of office, who sat, and which offices."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from board.models import Office, OfficeKind, Seat, SeatKind, Term
from kip.accounts.models import User
from members.columns import one_line, read_day, whole
from members.models import ImportRun, Outcome
from members.services.import_kinds import (
    Column,
    FormerKind,
    PastRow,
    People,
    Say,
    choice_reader,
    forget_people,
    make_people,
    overlap,
    span,
    wrong,
)

MEMBER, DEPUTY = SeatKind.MEMBER.value, SeatKind.DEPUTY.value
_ROLES = {
    OfficeKind.CHAIR.value: ["chair", "chairman", "puheenjohtaja", "ordförande"],
    OfficeKind.VICE_CHAIR.value: [
        *["vice chair", "vice chairman", "varapuheenjohtaja", "vice ordförande"],
        *["viceordförande", "vice_chair"],
    ],
    MEMBER: ["member", "jäsen", "varsinainen jäsen", "medlem", "ledamot", "ordinarie medlem"],
    DEPUTY: ["deputy", "deputy member", "varajäsen", "suppleant", "ersättare"],
}


def _read_email(text: str) -> str:
    email = one_line(text).lower()
    validate_email(email)
    return email


def _read_order(text: str) -> int:
    digits = whole(one_line(text))
    if not digits.isdecimal() or not 1 <= int(digits) <= 99:
        raise ValidationError(_("Write a whole number from 1 to 99."))
    return int(digits)


class FormerBoards(FormerKind):
    """One row for each seat. Rows with the same term make one board."""

    key = "boards"
    title = gettext_lazy("Boards before the system")
    brings_in = ("board.Office", "board.Seat", "board.Term")
    leads_to = "admin:board_term_changelist"
    named_by = "family_name"
    columns = (
        Column("term_from", gettext_lazy("term from"), "2009-03-17", read=read_day, needed=True),
        Column("term_until", gettext_lazy("term until"), "2010-03-16", read=read_day, needed=True),
        Column("elected", gettext_lazy("elected"), "Annual general meeting, 17 March 2009"),
        Column("given_name", gettext_lazy("given name"), "Maija", longest=100, needed=True),
        Column("family_name", gettext_lazy("family name"), "Malli", longest=100, needed=True),
        Column("email", gettext_lazy("e-mail address"), read=_read_email, longest=254),
        Column("role", gettext_lazy("role"), "chair", read=choice_reader(_ROLES), needed=True),
        Column("order", gettext_lazy("order of the deputy"), read=_read_order),
        Column("organisation", gettext_lazy("company"), "Esimerkki Oy"),
        Column("since", gettext_lazy("seat from"), read=read_day),
        Column("until", gettext_lazy("seat until"), read=read_day),
    )

    def notes(self) -> list[str]:
        return [
            *super().notes(),
            _("One row for each seat. A term lasts until the day on which the next one begins."),
            _("Role: chair, vice chair, member or deputy."),
            _("Seat from and until: only if it was shorter than the term."),
            _("The e-mail address serves to recognise a person, and is not kept."),
        ]

    def judge(
        self,
        run: ImportRun,
        rows: Sequence[PastRow],
        where: Mapping[str, int],
        *,
        at: datetime,
        say: Say,
    ) -> None:
        past, people = _Past(), People(rows, run)
        for row in rows:
            row.company = f"{row.values['given_name']} {row.values['family_name']}".strip()
            if row.errors:
                continue
            self._judge_days(row, where, past, timezone.localdate(at))
            key, row.whose = people.whose(row)
            row.values["person"] = row.whose or key
            if not row.errors:
                self._judge_seat(row, where, past)
            who = past.names.get(row.whose or 0) or _("not known yet")
            row.changes.append(("", _("Person"), "", who))
            say(row.line)
        run.questions = list(people.asked.values())

    def _judge_days(
        self, row: PastRow, where: Mapping[str, int], past: "_Past", today: date
    ) -> None:
        values = row.values
        since, until = values["term_from"], values["term_until"]
        if until <= since:
            problem = _("The end must come after the beginning.")
            return wrong(row, self, where, "term_until", problem)
        if until > today:
            problem = _("This lies in the future, and is not from before the system.")
            return wrong(row, self, where, "term_until", problem)
        values["since"], values["until"] = values["since"] or since, values["until"] or until
        if values["until"] <= values["since"]:
            problem = _("The end must come after the beginning.")
            return wrong(row, self, where, "until", problem)
        for name in ("since", "until"):
            if not since <= values[name] <= until:
                problem = _("This is outside the term: %(span)s.") % {"span": span(since, until)}
                return wrong(row, self, where, name, problem)
        if (found := past.term_in_the_way(since, until)) is not None:
            problem = _("Another term overlaps with this one: %(term)s.") % {"term": found}
            return wrong(row, self, where, "term_from", problem)
        past.terms.append((since, until, span(since, until), True))

    def _judge_seat(self, row: PastRow, where: Mapping[str, int], past: "_Past") -> None:
        values = row.values
        since, until, term = values["since"], values["until"], values["term_from"]
        kind = DEPUTY if values["role"] == DEPUTY else MEMBER
        seat = _Held(since, until, row.line, (kind, values["role"]))
        if (there := _in_the_way(past.seats[values["person"]], since, until)) is not None:
            if there.line is None and there.same_as(seat):
                row.known = True
                return
            problem = _("This person has a seat then already: %(where)s.") % {"where": there}
            return wrong(row, self, where, "family_name", problem)
        if kind == DEPUTY:
            order = values["order"] or past.next_order(term, since, until)
            values["order"] = order
            places = past.deputies[term, order]
            if (there := _in_the_way(places, since, until)) is not None:
                problem = _("Another deputy has this place in the order: %(where)s.")
                return wrong(row, self, where, "order", problem % {"where": there})
            places.append(seat)
        elif values["role"] != MEMBER:
            offices = past.offices[values["role"]]
            if (there := _in_the_way(offices, since, until)) is not None:
                problem = _("Somebody else holds this office then: %(where)s.")
                return wrong(row, self, where, "role", problem % {"where": there})
            offices.append(seat)
        past.seats[values["person"]].append(seat)

    def write(
        self, run: ImportRun, plans: Sequence[Any], *, by: User, at: datetime, say: Say
    ) -> None:
        rows: list[PastRow] = [row for row in plans if row.outcome == Outcome.NEW]
        terms = {
            timezone.localdate(term.since): term
            for term in Term.objects.exclude(brought_in_by=None)
        }
        people: dict[Any, User] = dict(
            User.objects.in_bulk([row.whose for row in rows if row.whose])
        )
        made = make_people(
            ((row.values["person"], row) for row in rows if row.whose is None), by=by, at=at
        )
        people |= made
        seats: list[Seat] = []
        offices: list[Office] = []
        for row in rows:
            values = row.values
            if values["term_from"] not in terms:
                terms[values["term_from"]] = _new_term(values, run)
            is_deputy = values["role"] == DEPUTY
            seat = Seat(
                term=terms[values["term_from"]],
                person=people[values["person"]],
                kind=DEPUTY if is_deputy else MEMBER,
                order=values["order"] if is_deputy else None,
                organisation=values["organisation"],
                since=_midnight(values["since"]),
                until=_midnight(values["until"]),
                brought_in_by=run,
            )
            seats.append(seat)
            if values["role"] in OfficeKind.values:
                offices.append(
                    Office(
                        seat=seat,
                        kind=values["role"],
                        since=seat.since,
                        until=seat.until,
                        brought_in_by=run,
                    )
                )
            say(row.line)
        Seat.objects.bulk_create(seats, batch_size=500)
        Office.objects.bulk_create(offices, batch_size=500)
        run.made = {"people": [person.pk for person in made.values()]}

    def take_back(self, run: ImportRun, *, by: User, at: datetime) -> None:
        """People whom only this import knows go too."""
        super().take_back(run, by=by, at=at)
        forget_people(run.made.get("people", []))


def _new_term(values: Mapping[str, Any], run: ImportRun) -> Term:
    term = Term(
        elected=values["elected"]
        or _("Board of %(span)s") % {"span": span(values["term_from"], values["term_until"])},
        since=_midnight(values["term_from"]),
        until=_midnight(values["term_until"]),
        brought_in_by=run,
    )
    term.save()
    return term


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


@dataclass
class _Held:
    """A seat or office, of the board as it is on record, or of a row of the table."""

    since: date
    until: date | None
    line: int | None = None
    what: tuple[str, str] = ("", "")

    def same_as(self, other: "_Held") -> bool:
        return (self.since, self.until, self.what) == (other.since, other.until, other.what)

    def __str__(self) -> str:
        days = span(self.since, self.until)
        return (
            days
            if self.line is None
            else _("%(span)s, row %(line)d")
            % {
                "span": days,
                "line": self.line,
            }
        )


def _in_the_way(held: Iterable[_Held], since: date, until: date | None) -> _Held | None:
    return next((row for row in held if overlap(since, until, row.since, row.until)), None)


@dataclass
class _Past:
    """The boards on record, and those in the rows so far."""

    # From, until, its name, and whether it is from before the system and may get more seats.
    terms: list[tuple[date, date | None, str, bool]] = field(default_factory=list)
    seats: defaultdict[Any, list[_Held]] = field(default_factory=lambda: defaultdict(list))
    offices: defaultdict[str, list[_Held]] = field(default_factory=lambda: defaultdict(list))
    deputies: defaultdict[tuple[date, int], list[_Held]] = field(
        default_factory=lambda: defaultdict(list)
    )
    names: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for term in Term.objects.all():
            since, until = _days(term)
            self.terms.append((since, until, str(term), term.brought_in_by_id is not None))
        offices: dict[int, str] = {}
        for office in Office.objects.select_related("seat"):
            since, until = _days(office)
            self.offices[office.kind].append(_Held(since, until))
            if office.brought_in_by_id is not None:
                offices[office.seat_id] = office.kind
        for seat in Seat.objects.select_related("term", "person"):
            since, until = _days(seat)
            what = (seat.kind, offices.get(seat.pk, seat.kind))
            held = _Held(since, until, what=what)
            self.seats[seat.person_id].append(held)
            self.names[seat.person_id] = str(seat.person)
            if seat.order is not None:
                self.deputies[timezone.localdate(seat.term.since), seat.order].append(held)
        self.names |= {person.pk: str(person) for person in User.objects.apart_from_doubles()}

    def term_in_the_way(self, since: date, until: date) -> str | None:
        for start, end, _says, may_be_same in self.terms:
            if (start, end) == (since, until) and may_be_same:
                return None
        for start, end, says, _may in self.terms:
            if overlap(since, until, start, end):
                return says
        return None

    def next_order(self, term: date, since: date, until: date) -> int:
        return next(
            order
            for order in range(1, 1000)
            if _in_the_way(self.deputies[term, order], since, until) is None
        )


def _days(row: Any) -> tuple[date, date | None]:
    """The local dates of a row that holds by instants; a day counts as a whole."""
    since, until = timezone.localdate(row.since), None
    if row.until is not None:
        end = timezone.localtime(row.until)
        until = end.date() if end.time() == time() else end.date() + timedelta(days=1)
    return since, until
