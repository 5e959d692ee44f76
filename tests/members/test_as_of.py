"""The register as it stood.

Over random histories it is what a naive replay of the acts says; and whatever the services do later
is either not about a day that has been read, or told of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kip.accounts.models import User
from kip.exceptions import DomainError
from members import asof, services
from members.models import FormerFacts, Member, MembershipPeriod, Representative, Resignation
from members.presentation.register import before_it_was_kept, dropped_from_register, register_rows
from members.services.register import change_registered, end_membership, end_roles
from tests.members.factories import (
    FACTS,
    a_member,
    a_period,
    a_person,
    a_representative,
    a_secretary,
    business_id,
    bylaws_with,
)

pytestmark = pytest.mark.django_db

HELSINKI = ZoneInfo("Europe/Helsinki")
# Summer time begins on the ninth of these days.
DAYS = [date(2027, 3, 20) + timedelta(days=n) for n in range(16)]
HOURS = [time(0, 5), time(12), time(23, 55)]
MEMBERS = (1, 2)
PEOPLE = (0, 1, 2)
ROLES = ("primary", "voting", "billing")


def at(day: date, hour: time = time(12)) -> datetime:
    return datetime.combine(day, hour, tzinfo=HELSINKI)


# --- The naive replay: what held on each day, written out day by day ---------------------------


@dataclass
class Known:
    """By day: the companies in the register with their names, and who stands for them."""

    names: dict[int, dict[date, str]] = field(default_factory=dict)
    members: dict[date, set[int]] = field(default_factory=lambda: {day: set() for day in DAYS})
    roles: dict[date, set[tuple[int, int, str]]] = field(
        default_factory=lambda: {day: set() for day in DAYS}
    )

    def register(self, day: date) -> dict[int, str]:
        return {number: self.names[number][day] for number in self.members[day]}


class Refused(Exception):
    pass


@contextmanager
def refused_by_the_rules() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except (DomainError, ValidationError) as error:
        raise Refused from error


@dataclass
class History:
    """The acts carried out in the database and in the replay."""

    people: list[User]
    known: Known = field(default_factory=Known)
    # what was known at the end of each day
    then: dict[date, Known] = field(default_factory=dict)
    rows: dict[int, Member] = field(default_factory=dict)

    def record(self, recorded: date, hour: time, what: str, on: date, **how: Any) -> None:
        with suppress(Refused):
            getattr(self, what)(on, at(recorded, hour), **how)

    def admit(self, since: date, now: datetime, number: int, name: str, **_: Any) -> None:
        if number not in self.rows:
            self.rows[number] = Member.objects.create(
                number=number,
                registered_since=since,
                **{**FACTS, "business_id": "", "name": name},
            )
            self.known.names[number] = dict.fromkeys(DAYS, name)
        period = MembershipPeriod(member=self.rows[number], since=since, recorded_at=now)
        with refused_by_the_rules():
            period.full_clean()
            period.save()
        for day in DAYS:
            if day >= since:
                self.known.members[day].add(number)

    def leave(self, until: date, now: datetime, number: int, **_: Any) -> None:
        period = MembershipPeriod.objects.filter(member__number=number, until=None).first()
        if period is None or self._would_undo_a_role(until, now, number):
            return
        with refused_by_the_rules():
            end_membership(period, until=until, reason="resigned", ground="", by=None, at=now)
        for day in DAYS:
            if day >= until:
                self.known.members[day].discard(number)
        self._no_roles(until, number)

    def rename(self, since: date, now: datetime, number: int, name: str, **_: Any) -> None:
        member = self.rows.get(number)
        # From the day on which it began to say what it says now, it is a correction of that.
        if member is None or member.name == name or since == member.registered_since:
            return
        with refused_by_the_rules():
            change_registered(member, {"name": name}, since=since, at=now)
        member.save()
        for day in DAYS:
            if day >= since:
                self.known.names[number][day] = name

    def appoint(
        self, since: date, now: datetime, number: int, person: int, role: str, **_: Any
    ) -> None:
        if number not in self.rows:
            return
        row = Representative(
            member=self.rows[number],
            person=self.people[person],
            role=role,
            since=since,
            recorded_at=now,
        )
        with refused_by_the_rules():
            row.full_clean()
            row.save()
        for day in DAYS:
            if day >= since:
                self.known.roles[day].add((number, person, role))

    def end(self, until: date, now: datetime, number: int, **_: Any) -> None:
        if number not in self.rows or self._would_undo_a_role(until, now, number):
            return
        end_roles(self.rows[number].representatives.all(), until=until, at=now)
        self._no_roles(until, number)

    def _no_roles(self, until: date, number: int) -> None:
        for day in DAYS:
            if day >= until:
                self.known.roles[day] = {
                    role for role in self.known.roles[day] if role[0] != number
                }

    def _would_undo_a_role(self, until: date, now: datetime, number: int) -> bool:
        """A role that has begun, and would end before it did, is no row any more."""
        begun = Representative.objects.filter(member__number=number, since__lte=now.date())
        return begun.filter(since__gte=until).exists()


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[int, dict[str, Any]]]:
    """Acts by the day on which they are recorded, each about another day."""
    acts = draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "what": st.sampled_from(["admit", "leave", "rename", "appoint", "end"]),
                    "hour": st.sampled_from(HOURS),
                    "on": st.sampled_from(DAYS),
                    "number": st.sampled_from(MEMBERS),
                    "name": st.sampled_from(["Aalto", "Öja", "Wasa"]),
                    "person": st.sampled_from(PEOPLE),
                    "role": st.sampled_from(ROLES),
                }
            ),
            max_size=14,
        )
    )
    days = sorted(
        draw(st.lists(st.integers(0, len(DAYS) - 1), min_size=len(acts), max_size=len(acts)))
    )
    return list(zip(days, acts, strict=True))


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(history=histories())
def test_as_of_is_what_a_replay_says(history: list[tuple[int, dict[str, Any]]]) -> None:
    with transaction.atomic():
        replay = History([a_person(f"Person {n}", email=None) for n in PEOPLE])
        for number in MEMBERS:  # each begins in the register, so that there is something to change
            replay.record(DAYS[0], HOURS[1], "admit", DAYS[0], number=number, name="Aalto")
        for nth, day in enumerate(DAYS):
            for recorded, act in history:
                if recorded == nth:
                    replay.record(DAYS[recorded], **act)
            replay.then[day] = deepcopy(replay.known)
        for day in DAYS:
            _check(replay, day)
        transaction.set_rollback(True)


def _check(replay: History, day: date) -> None:
    ids = {member.pk: number for number, member in replay.rows.items()}
    rows = register_rows(asof.register(day), day, remarked=True)
    now = {row.number: row.name for row in rows}
    assert now == replay.known.register(day)

    # What has no remark could be read on that day, and what could be read is there or dropped.
    then = replay.then[day].register(day)
    assert {row.number: row.name for row in rows if not row.remarks}.items() <= then.items()
    dropped = {period.number for period in asof.dropped_since(day)}
    assert then.keys() - now.keys() <= dropped

    def roles(found: dict[int, list[Representative]], *, unmarked: bool = False) -> set[Any]:
        return {
            (ids[member], replay.people.index(row.person), str(row.role))
            for member, held in found.items()
            for row in held
            if not (unmarked and row.was_recorded_after(day))
        }

    held = asof.representatives(list(ids), day)
    assert roles(held) == replay.known.roles[day]
    held_then = replay.then[day].roles[day]
    assert roles(held, unmarked=True) <= held_then
    gone = roles(asof.representatives_dropped(list(ids), day))
    assert held_then - roles(held) <= gone


# --- What could be read on a day, against what is read of it later ------------------------------

Read = set[tuple[int, str, str]]
ACTS = ["name", "dates", "end", "hand_over", "settle", "resign", "take_back", "merge"]


@dataclass
class Office:
    """The secretary's acts, each by its service; what the rules refuse changes nothing."""

    members: list[Member]
    people: list[User]
    secretary: User

    def carry_out(self, what: str, now: datetime, how: dict[str, Any]) -> None:
        with suppress(DomainError), transaction.atomic():
            getattr(self, what)({"by": self.secretary, "at": now}, **how)

    def name(self, act: dict[str, Any], on: date, until: date | None, **how: Any) -> None:
        member, role = self._member(how), how["role"]
        who = services.Who(email="invoices@kip.example") if role == "billing" else self._who(how)
        services.name_representative(
            member_id=member.pk, role=role, who=who, since=on, until=until, **act
        )

    def dates(self, act: dict[str, Any], on: date, until: date | None, **how: Any) -> None:
        row = self._role(how)
        since = row.since if how["keep"] else on
        services.change_dates(representative_id=row.pk, since=since, until=until, **act)

    def end(self, act: dict[str, Any], on: date, **how: Any) -> None:
        services.end_role(representative_id=self._role(how).pk, until=on, **act)

    def hand_over(self, act: dict[str, Any], on: date, **how: Any) -> None:
        services.hand_over(
            member_id=self._member(how).pk, who=self._who(how), since=on, ground="A letter", **act
        )

    def settle(self, act: dict[str, Any], on: date, **how: Any) -> None:
        row = self._role(how)
        to = None if how["keep"] else self._who(how)
        if row.person is not None:
            services.settle_holdings(
                person_id=row.person.pk, on=on, choices={f"representative:{row.pk}": to}, **act
            )

    def resign(self, act: dict[str, Any], on: date, **how: Any) -> None:
        services.record_resignation(
            member_id=self._member(how).pk,
            channel="meeting",
            statement="Minutes, § 4",
            received_on=min(on, timezone.localdate(act["at"])),
            effective_on=on,
            **act,
        )

    def take_back(self, act: dict[str, Any], **how: Any) -> None:
        for row in Resignation.objects.filter(period__member=self._member(how), status="stands"):
            services.take_back_resignation(resignation_id=row.pk, consent="2027/9", **act)

    def merge(self, act: dict[str, Any], on: date, **how: Any) -> None:
        member = self._member(how)
        into = next(other for other in self.members if other != member)
        services.record_merger(member_id=member.pk, into_id=into.pk, effective_on=on, **act)

    def _member(self, how: dict[str, Any]) -> Member:
        return self.members[how["nth"] % len(self.members)]

    def _who(self, how: dict[str, Any]) -> services.Who:
        return services.Who(email=self.people[how["person"]].email or "")

    def _role(self, how: dict[str, Any]) -> Representative:
        rows = Representative.objects.select_related("person").order_by("pk")
        return rows[how["nth"] % len(rows)]


def _read(day: date, members: list[Member]) -> tuple[set[int], Read, set[int], Read, Read]:
    """Of a day: the members and the roles; those of them without a remark; the roles dropped."""
    periods, ids = list(asof.register(day)), [member.pk for member in members]

    def roles(found: dict[int, list[Representative]], *, unmarked: bool = False) -> Read:
        return {
            (member, str(row.person or row.address), str(row.role))
            for member, rows in found.items()
            for row in rows
            if not (unmarked and row.was_recorded_after(day))
        }

    held = asof.representatives(ids, day)
    return (
        {period.member_id for period in periods},
        roles(held),
        {period.member_id for period in periods if not period.was_recorded_after(day)},
        roles(held, unmarked=True),
        roles(asof.representatives_dropped(ids, day)),
    )


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    history=st.lists(
        st.tuples(
            st.sampled_from(range(len(DAYS))),
            st.sampled_from(ACTS),
            st.fixed_dictionaries(
                {
                    "on": st.sampled_from(DAYS),
                    "until": st.none() | st.sampled_from(DAYS),
                    "nth": st.integers(0, 7),
                    "person": st.sampled_from(PEOPLE),
                    "role": st.sampled_from(["primary", "voting", "hr", "billing"]),
                    "keep": st.booleans(),
                }
            ),
        ),
        min_size=4,
        max_size=10,
    )
)
def test_what_was_read_on_a_day_is_read_of_it_ever_after_or_the_change_is_told(
    history: list[tuple[int, str, dict[str, Any]]],
) -> None:
    """Whatever is done since, by any act: no reading of a day differs from one on it in silence."""
    with transaction.atomic():
        office = _an_office()
        then = {}
        for nth, day in enumerate(DAYS):
            for recorded, what, how in history:
                if recorded == nth:
                    office.carry_out(what, at(day), how)
            then[day] = _read(day, office.members)
        for day in DAYS:
            members_then, roles_then, *_rest = then[day]
            members, roles, members_unmarked, roles_unmarked, dropped = _read(day, office.members)
            assert members_unmarked <= members_then
            left = {period.member_id for period in asof.dropped_since(day)}
            assert members_then - members <= left
            assert roles_unmarked <= roles_then
            assert roles_then - roles <= dropped
        transaction.set_rollback(True)


def _an_office() -> Office:
    """Two companies, each with a primary and a voting representative and somebody in HR."""
    secretary = a_secretary()
    bylaws_with(by=secretary, resignation_delay_days=0)
    people = [a_person(f"Person{n} Some") for n in PEOPLE]
    members = [
        a_member(number=number, name=f"Yritys {number} Oy", business_id=business_id(number))
        for number in MEMBERS
    ]
    for nth, member in enumerate(members):
        for role, person in zip(("primary", "voting", "hr"), people[nth:] + people, strict=False):
            a_representative(member, person, role)
    return Office(members, people, secretary)


# --- Single days, as a reader would ask ---------------------------------------------------------


def test_a_name_of_then_is_read_and_ordered_as_of_then() -> None:
    öja = a_member(name="Öja Oy", number=1, business_id="9000000-3")
    a_member(name="Zeta Oy", number=2, business_id="9000001-1")
    change_registered(öja, {"name": "Aalto Oy"}, since=date(2027, 5, 1), at=at(date(2027, 4, 1)))
    öja.save()
    assert [row.name for row in asof.register(date(2027, 4, 30))] == ["Zeta Oy", "Öja Oy"]
    assert [row.name for row in asof.register(date(2027, 5, 1))] == ["Aalto Oy", "Zeta Oy"]


def test_a_fact_that_is_empty_stays_empty() -> None:
    member = a_member(domicile="")
    change_registered(
        member, {"domicile": "Kokkola"}, since=date(2027, 5, 1), at=at(date(2027, 4, 1))
    )
    member.save()
    assert asof.register(date(2027, 4, 30))[0].domicile == ""
    assert asof.register(date(2027, 5, 1))[0].domicile == "Kokkola"


def test_who_left_and_came_back_has_two_memberships() -> None:
    member = a_member(joined=date(2020, 1, 1), until=date(2022, 1, 1))
    a_period(member, since=date(2025, 1, 1))
    since = {
        day.year: [row.since.year for row in asof.register(day)]
        for day in (date(2019, 6, 1), date(2021, 6, 1), date(2023, 6, 1), date(2026, 6, 1))
    }
    assert since == {2019: [], 2021: [2020], 2023: [], 2026: [2025]}


def test_what_was_recorded_later_says_when() -> None:
    early = at(date(2026, 12, 1))
    old = a_member(number=1, name="Vanha Oy", business_id="9000000-3")
    left = Member.objects.create(
        number=2,
        registered_since=date(2006, 1, 1),
        **{**FACTS, "business_id": "9000003-8", "name": "Entinen Oy"},
    )
    for member in (old, left):
        MembershipPeriod.objects.filter(member=member).delete()
        MembershipPeriod.objects.create(member=member, since=date(2006, 1, 1), recorded_at=early)
    new = Member.objects.create(
        number=3,
        registered_since=date(2027, 1, 10),
        **{**FACTS, "business_id": "9000001-1", "name": "Uusi Oy"},
    )
    recorded = at(date(2027, 2, 15))
    MembershipPeriod.objects.create(member=new, since=date(2027, 1, 10), recorded_at=recorded)
    change_registered(old, {"name": "Vaihdettu Oy"}, since=date(2027, 1, 20), at=recorded)
    old.save()
    end_membership(
        left.periods.get(),
        until=date(2027, 1, 5),
        reason="resigned",
        ground="",
        by=None,
        at=recorded,
    )
    on = date(2027, 1, 31)
    rows = {row.name: row.remarks for row in register_rows(asof.register(on), on, remarked=True)}
    assert rows == {
        "Uusi Oy": ["Membership recorded on 15 February 2027"],
        "Vaihdettu Oy": ["Facts recorded on 15 February 2027"],
    }
    assert dropped_from_register(on) == [
        "Entinen Oy: the membership ended on 5 January 2027, recorded on 15 February 2027"
    ]
    assert dropped_from_register(date(2027, 2, 15)) == []
    assert before_it_was_kept(date(2020, 1, 1)) == (
        "The register has been kept here since 1 December 2026: all of this was recorded later."
    )
    assert not before_it_was_kept(on)


def test_a_role_that_began_after_an_end_found_out_later_is_told_of() -> None:
    """The membership had ended on the first; on the fifth somebody was named all the same."""
    ended, named, found_out = (at(date(2027, 4, day)) for day in (1, 5, 9))
    member = a_member()
    a_representative(member, a_person("Noora Named"), "hr", since=named.date(), at=named)
    end_membership(
        member.periods.get(), until=ended.date(), reason="other", ground="", by=None, at=found_out
    )
    for day, told in [(4, []), (5, ["Noora Named"]), (8, ["Noora Named"]), (9, [])]:
        on = date(2027, 4, day)
        assert asof.representatives([member.pk], on) == {member.pk: []}
        dropped = asof.representatives_dropped([member.pk], on)[member.pk]
        assert [str(row.person) for row in dropped] == told


def test_roles_stand_in_their_order_then_by_name() -> None:
    member = a_member()
    for name, role in [("Öivi", "voting"), ("Wilma", "deputy"), ("Vesa", "deputy")]:
        a_representative(member, a_person(f"X {name}", email=None), role)
    a_representative(member, role="billing", address="invoices@kip.example")
    found = asof.representatives([member.pk], date(2027, 2, 2))[member.pk]
    assert [str(row).split(",")[0] for row in found] == [
        "X Öivi",
        "X Vesa",
        "X Wilma",
        "invoices@kip.example",
    ]
    voters = asof.representatives([member.pk], date(2027, 2, 2), roles=asof.VOTERS)[member.pk]
    assert [row.role for row in voters] == ["voting", "deputy", "deputy"]


def test_former_facts_never_reach_the_day_of_the_change() -> None:
    member = a_member()
    change_registered(
        member, {"name": "Toinen Oy"}, since=date(2027, 5, 1), at=at(date(2027, 4, 1))
    )
    assert FormerFacts.objects.get().until == member.registered_since == date(2027, 5, 1)
