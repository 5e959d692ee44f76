"""What PostgreSQL refuses of the register, whoever asks and past every form."""

from datetime import date, timedelta
from typing import Any

import pytest

from kip.accounts.models import User
from members.models import (
    CheckedMember,
    CompanyPair,
    Expulsion,
    Member,
    MembershipPeriod,
    PersonPair,
    ProposedChange,
    Representative,
    Resignation,
    YearlyCheck,
)
from tests.board.test_database import also_refused, refused
from tests.members.factories import (
    AT,
    DAY,
    FACTS,
    a_member,
    a_period,
    a_person,
    a_representative,
    business_id,
)

pytestmark = pytest.mark.django_db

SINCE = date(2020, 1, 1)
ADDRESS = "invoices@hoyry.example"


@pytest.fixture
def member(db: None) -> Member:
    return a_member()


@pytest.fixture
def person(db: None) -> User:
    return a_person("Pia Primary")


# --- Who stands for a company ---------------------------------------------------------------------


@pytest.mark.parametrize("role", ["primary", "voting"])
def test_one_primary_and_one_voting_at_a_time(member: Member, person: User, role: str) -> None:
    a_representative(member, person, role, since=SINCE, until=SINCE + 9 * DAY)
    other = a_person("Olli Other")
    for since, until in ((SINCE - DAY, SINCE + DAY), (SINCE + 8 * DAY, None)):
        also_refused(
            lambda since=since, until=until: a_representative(
                member, other, role, since=since, until=until
            ),
            "representative_one_primary_one_voting",
        )
    a_representative(member, other, role, since=SINCE + 9 * DAY)
    a_representative(member, other, "deputy", since=SINCE)
    a_representative(member, person, "deputy", since=SINCE)


def test_nobody_has_a_role_twice_at_a_time(member: Member, person: User) -> None:
    a_representative(member, person, "hr", since=SINCE)
    also_refused(
        lambda: a_representative(member, person, "hr", since=SINCE + DAY),
        "representative_each_role_once",
    )


@pytest.mark.parametrize("again", [ADDRESS, ADDRESS.upper(), "Invoices@hoyry.example"])
def test_no_address_stands_for_a_company_twice_at_a_time(member: Member, again: str) -> None:
    a_representative(member, None, "billing", address=ADDRESS, since=SINCE)
    also_refused(
        lambda: a_representative(member, None, "billing", address=again, since=SINCE + DAY),
        "representative_each_address_once|representative_address_lowercase",
    )


def test_an_address_is_in_lower_case(member: Member) -> None:
    a_representative(member, None, "billing", address=ADDRESS)
    refused(
        "UPDATE members_representative SET address = upper(address)",
        match="representative_address_lowercase",
    )


def test_a_role_does_not_end_before_it_begins(member: Member, person: User) -> None:
    row = a_representative(member, person, "hr", since=SINCE)
    refused(
        "UPDATE members_representative SET until = %s, end_recorded_at = %s WHERE id = %s",
        *(SINCE - DAY, AT, row.pk),
        match="representative_ends_after_it_begins",
    )


def test_somebody_or_a_billing_address_stands_for_a_company(member: Member, person: User) -> None:
    row = a_representative(member, person, "hr")
    for changed in (
        {"person": None},
        {"address": ADDRESS},
        {"person": None, "address": ADDRESS},
        {"role": "billing", "address": ADDRESS},
    ):
        also_refused(
            lambda changed=changed: Representative.objects.filter(pk=row.pk).update(**changed),
            "representative_is_a_person_or_a_billing_address",
        )


# --- The register ---------------------------------------------------------------------------------


def test_no_company_is_a_member_twice_at_a_time(member: Member) -> None:
    also_refused(lambda: a_period(member, since=SINCE), "membership_periods_do_not_overlap")
    MembershipPeriod.objects.update(until=SINCE, end_recorded_at=AT, end_reason="resigned")
    a_period(member, since=SINCE)
    refused(
        "UPDATE members_membershipperiod SET until = since, end_recorded_at = now(),"
        " end_reason = 'other' WHERE until IS NULL",
        match="membershipperiod_ends_after_it_begins",
    )


def test_the_register_said_one_thing_on_a_day(member: Member) -> None:
    facts: dict[str, Any] = {
        **{name: FACTS[name] for name in ("name", "country", "business_id")},
        "recorded_at": AT,
        "end_recorded_at": AT,
    }
    member.former_facts.create(since=SINCE, until=SINCE + 9 * DAY, **facts)
    also_refused(
        lambda: member.former_facts.create(since=SINCE + 8 * DAY, until=SINCE + 20 * DAY, **facts),
        "former_facts_do_not_overlap",
    )
    member.former_facts.create(since=SINCE + 9 * DAY, until=SINCE + 20 * DAY, **facts)


def test_one_change_waits_at_a_time(member: Member, person: User) -> None:
    def propose() -> ProposedChange:
        return ProposedChange.objects.create(
            member=member,
            facts={"name": "Uusi Oy"},
            effective_on=SINCE,
            proposed_by=person,
            proposed_at=AT,
        )

    propose()
    also_refused(propose, "proposed_change_one_at_a_time")


# --- Leaving, and the yearly check ----------------------------------------------------------------


def test_one_resignation_stands(member: Member, person: User) -> None:
    def resign() -> Resignation:
        return Resignation.objects.create(
            period=member.periods.get(),
            channel="here",
            received_on=SINCE,
            effective_on=SINCE,
            has_authority=True,
            recorded_by=person,
            recorded_at=AT,
        )

    resign()
    also_refused(resign, "resignation_one_stands")


def test_one_expulsion_is_open(member: Member, person: User) -> None:
    def open_one() -> Expulsion:
        return Expulsion.objects.create(
            period=member.periods.get(),
            ground="harm",
            facts="Harmed.",
            decided_by="board",
            opened_by=person,
            opened_at=AT,
            answer_by=SINCE,
        )

    open_one()
    also_refused(open_one, "expulsion_one_open")


def test_one_yearly_check_runs_and_asks_each_company_once(member: Member, person: User) -> None:
    def begin() -> YearlyCheck:
        return YearlyCheck.objects.create(begun_by=person, begun_at=AT, answer_by=SINCE)

    first = begin()
    also_refused(begin, "yearly_check_one_open")
    asked = {"yearly_check": first, "member": member}
    CheckedMember.objects.create(**asked)
    also_refused(lambda: CheckedMember.objects.create(**asked), "checked_member_once")
    YearlyCheck.objects.update(closed_at=AT + timedelta(1))
    begin()


# --- Records that are there twice -----------------------------------------------------------------


@pytest.mark.parametrize("kind", [CompanyPair, PersonPair])
def test_what_becomes_of_a_pair(kind: Any, member: Member, person: User) -> None:
    if kind is CompanyPair:
        first, second = member, a_member(number=2, business_id=business_id(1))
        third = a_member(number=3, business_id=business_id(2))
    else:
        first, second, third = person, a_person("Pia Double"), a_person("Third One")
    name = kind._meta.model_name
    found = {"found_at": AT, "likenesses": []}
    also_refused(
        lambda: kind.objects.create(first=second, second=first, **found), f"{name}_older_first"
    )
    also_refused(
        lambda: kind.objects.create(first=first, second=first, **found), f"{name}_older_first"
    )
    row = kind.objects.create(first=first, second=second, **found)
    also_refused(lambda: kind.objects.create(first=first, second=second, **found), f"{name}_once")
    settled = {"settled_by": person, "settled_at": AT}
    rows = kind.objects.filter(pk=row.pk)
    for wrong, constraint in (
        ({"status": "apart"}, "settled_iff_dated"),
        ({"settled_at": AT}, "settled_iff_dated"),
        ({"status": "merged", **settled}, "merged_into_one_of_the_two"),
        ({"status": "merged", "kept": third, **settled}, "merged_into_one_of_the_two"),
        ({"status": "apart", "kept": first, **settled}, "merged_into_one_of_the_two"),
    ):
        also_refused(lambda wrong=wrong: rows.update(**wrong), f"{name}_{constraint}")
    rows.update(status="merged", kept=first, **settled)


def test_a_double_does_not_sign_in(person: User) -> None:
    double = a_person("Pia Double")
    also_refused(
        lambda: User.objects.filter(pk=double.pk).update(double_of=person),
        "user_double_may_not_sign_in",
    )
    User.objects.filter(pk=double.pk).update(double_of=person, is_active=False)
    also_refused(
        lambda: User.objects.filter(pk=double.pk).update(is_active=True),
        "user_double_may_not_sign_in",
    )
