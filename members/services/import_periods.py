"""Memberships from before the system, from a table: of companies that are members still, and of
those that left.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kip.accounts.models import User
from members.columns import one_line, read_day, whole
from members.models import (
    EndReason,
    FormerFacts,
    ImportRun,
    Member,
    MembershipPeriod,
    Outcome,
)
from members.registration import InvalidBusinessId, normalise, registration_key
from members.services.import_kinds import (
    Candidate,
    Column,
    FormerKind,
    PastRow,
    Question,
    Say,
    choice_reader,
    overlap,
    span,
    wrong,
)
from members.services.import_rows import NO_COUNTRY

FACTS = ("name", "domicile", "country", "register", "business_id")


def _read_country(text: str) -> str:
    return one_line(text).upper()


_read_reason = choice_reader(
    {
        EndReason.RESIGNED: ["resigned", "eronnut", "erosi", "utträtt", "utträdde"],
        EndReason.EXPELLED: ["expelled", "erotettu", "utesluten", "uteslöts"],
        EndReason.MERGED: ["merged", "sulautunut", "fusionerad"],
        EndReason.OTHER: ["other", "muu", "annan", "annat"],
    }
)


class Memberships(FormerKind):
    """One row for each membership. A company is known by its number, its ID, or else its name."""

    key = "memberships"
    title = gettext_lazy("Memberships before the system")
    brings_in = ("members.FormerFacts", "members.MembershipPeriod")
    leads_to = "admin:members_member_changelist"
    named_by = "name"
    columns = (
        Column("name", gettext_lazy("name of the company"), "Esimerkki Oy", needed=True),
        Column("country", gettext_lazy("country"), "FI", read=_read_country, longest=2),
        Column("register", gettext_lazy("register"), longest=100),
        Column("business_id", gettext_lazy("business ID"), "1234567-1", longest=40),
        Column("domicile", gettext_lazy("domicile"), "Kokkola", longest=100),
        Column("since", gettext_lazy("from"), "2006-05-01", read=read_day, needed=True),
        Column("until", gettext_lazy("until"), "2012-12-31", read=read_day),
        Column("reason", gettext_lazy("why it ended"), "resigned", read=_read_reason),
        Column("ground", gettext_lazy("ground"), "Letter of 30 November 2012", longest=300),
    )

    def notes(self) -> list[str]:
        return [
            *super().notes(),
            _("One row for each membership, under the name that the company had then."),
            _("“Until” is the first day on which it was no member; empty if it is one."),
            _("Why it ended: resigned, expelled, merged or other."),
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
        register = _Register()
        for row in rows:
            self._read_number(row, where)
        # A name alone means the company of that name that has an ID in the table, if it is one.
        ids: defaultdict[str, set[str]] = defaultdict(set)
        for row in rows:
            ids[row.company.casefold()] |= {row.values["key"]} - {""}
        asked: dict[str, Question] = {}
        for row in rows:
            name, key = row.company.casefold(), row.values["key"]
            if not key and len(ids[name]) == 1:
                key = row.values["key"] = next(iter(ids[name]))
            if key in register.doubles:
                problem = _("This company is on record twice: use the one that is kept.")
                wrong(row, self, where, "business_id", problem)
            company = key or name
            if (member := register.by_key.get(key)) is not None:
                row.whose = member.pk
            elif candidates := register.namesakes(name, key):
                asked[company] = {
                    "key": company,
                    "says": _("%(company)s: is it one of these companies?")
                    % {"company": row.company},
                    "candidates": candidates,
                }
                row.whose = run.answers.get(company) or None
            row.values["company"] = row.whose or company
            self._judge_span(row, where, register, timezone.localdate(at))
            if row.whose is not None:
                number = _("number %(number)d in the register") % {
                    "number": register.numbers[row.whose]
                }
                row.changes.append(("", _("Company"), "", number))
            say(row.line)
        run.questions = list(asked.values())

    def _read_number(self, row: PastRow, where: Mapping[str, int]) -> None:
        values = row.values
        values["country"] = values["country"] or "FI"
        number = values["business_id"]
        if values["country"] == "FI" and number:
            try:
                number = values["business_id"] = normalise("FI", whole(number))
            except InvalidBusinessId:
                problem = _("This is not a Finnish business ID: check the digits.")
                wrong(row, self, where, "business_id", problem)
                number = ""
        elif not (values["country"].isalpha() and len(values["country"]) == 2):
            wrong(row, self, where, "country", str(NO_COUNTRY))
        values["key"] = registration_key(values["country"], values["register"], number)

    def _judge_span(
        self, row: PastRow, where: Mapping[str, int], register: "_Register", today: date
    ) -> None:
        since, until = row.values["since"], row.values["until"]
        if since is None:
            return
        if until is not None and until <= since:
            problem = _("The end must come after the beginning.")
            return wrong(row, self, where, "until", problem)
        for name in ("since", "until"):
            if row.values[name] is not None and row.values[name] > today:
                problem = _("This lies in the future, and is not from before the system.")
                return wrong(row, self, where, name, problem)
        for name in ("reason", "ground"):
            if row.values[name] and until is None:
                wrong(row, self, where, "until", _("Say when the membership ended."))
                break
        held = register.held[row.values["company"]]
        for start, end, line in held:
            if (start, end) == (since, until) and line is None:
                row.known = True
                return
            if overlap(since, until, start, end):
                says = {"span": span(start, end), "line": line}
                problem = (
                    _("The register says already that it was a member: %(span)s.") % says
                    if line is None
                    else _("Row %(line)d says already that it was a member: %(span)s.") % says
                )
                return wrong(row, self, where, "since", problem)
        held.append((since, until, row.line))

    def write(
        self, run: ImportRun, plans: Sequence[Any], *, by: User, at: datetime, say: Say
    ) -> None:
        companies: defaultdict[Any, list[PastRow]] = defaultdict(list)
        for row in plans:
            if row.outcome == Outcome.NEW:
                companies[row.values["company"]].append(row)
        number = Member.objects.aggregate(last=Max("number"))["last"] or 0
        known = Member.objects.in_bulk([key for key in companies if isinstance(key, int)])
        made: list[int] = []
        former: list[FormerFacts] = []
        periods: list[MembershipPeriod] = []
        for company, rows in companies.items():
            rows.sort(key=lambda row: row.values["since"])
            member = known.get(company)
            if member is None:
                number += 1
                member = _as_member(rows, number)
                member.save()
                made.append(member.pk)
            former += _facts_then(member, rows, run, at)
            periods += [_as_period(member, row, run, at) for row in rows]
            say(rows[-1].line)
        FormerFacts.objects.bulk_create(former, batch_size=500)
        MembershipPeriod.objects.bulk_create(periods, batch_size=500)
        run.made = {"members": made}

    def take_back(self, run: ImportRun, *, by: User, at: datetime) -> None:
        """The companies that it made go too; a later membership of one refuses that."""
        super().take_back(run, by=by, at=at)
        Member.objects.filter(pk__in=run.made.get("members", [])).delete()


class _Register:
    """What the register says, so that no row asks the database."""

    def __init__(self) -> None:
        members = list(Member.objects.apart_from_doubles().order_by("number"))
        self.numbers = {each.pk: each.number for each in members}
        self.by_key = {each.registration_key: each for each in members if each.registration_key}
        self._by_name: defaultdict[str, list[Member]] = defaultdict(list)
        for each in members:
            self._by_name[each.name.casefold()].append(each)
        doubles = Member.objects.exclude(double_of=None)
        self.doubles = set(doubles.values_list("registration_key", flat=True)) - {""}
        # By the id of a member, or by what a company without one is known by in the table: from,
        # until, and in which row, if it is one of the table's.
        self.held: defaultdict[Any, list[tuple[date, date | None, int | None]]] = defaultdict(list)
        for period in MembershipPeriod.objects.all():
            self.held[period.member_id].append((period.since, period.until, None))

    def namesakes(self, name: str, key: str) -> list[Candidate]:
        """Of two that have an ID each, the ID says that they are not the same."""
        return [
            {
                "pk": each.pk,
                "says": _("%(company)s, number %(number)d, %(id)s")
                % {
                    "company": each.name,
                    "number": each.number,
                    "id": each.business_id or each.domicile or "–",
                },
            }
            for each in self._by_name[name]
            if not (key and each.registration_key)
        ]


def _facts(row: PastRow) -> dict[str, Any]:
    return {name: row.values[name] for name in FACTS}


def _as_member(rows: Sequence[PastRow], number: int) -> Member:
    """A company that the register does not know, as its last membership says it."""
    facts = _facts(rows[-1])
    since = rows[-1].values["since"]
    for row in reversed(rows):
        if _facts(row) != facts:
            break
        since = row.values["since"]
    member = Member(number=number, registered_since=since, **facts)
    member.registration_key = rows[-1].values["key"]
    return member


def _as_period(member: Member, row: PastRow, run: ImportRun, at: datetime) -> MembershipPeriod:
    until = row.values["until"]
    return MembershipPeriod(
        member=member,
        since=row.values["since"],
        until=until,
        recorded_at=at,
        end_recorded_at=at if until else None,
        end_reason=(row.values["reason"] or EndReason.OTHER) if until else "",
        end_ground=row.values["ground"],
        brought_in_by=run,
    )


def _facts_then(
    member: Member, rows: Sequence[PastRow], run: ImportRun, at: datetime
) -> list[FormerFacts]:
    """What the register would have said before it says what it says, without a gap.

    Of days of which the register says something already, nothing is added.
    """
    first = min(
        [member.registered_since, *member.former_facts.values_list("since", flat=True)]
        if member.pk
        else [member.registered_since]
    )
    spans: list[tuple[dict[str, Any], date]] = []
    for row in rows:
        facts = {name: value or getattr(member, name) for name, value in _facts(row).items()}
        if row.values["since"] < first and not (spans and spans[-1][0] == facts):
            spans.append((facts, row.values["since"]))
    now = {name: getattr(member, name) for name in FACTS}
    if [facts for facts, _since in spans] in ([], [now]):
        return []
    ends = [since for _facts, since in spans[1:]] + [first]
    return [
        FormerFacts(
            member=member,
            since=since,
            until=until,
            recorded_at=at,
            end_recorded_at=at,
            brought_in_by=run,
            **facts,
        )
        for (facts, since), until in zip(spans, ends, strict=True)
    ]
