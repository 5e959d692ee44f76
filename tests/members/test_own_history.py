"""What a company's own people read of what happened to it; and page by page, as the secretary."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kip.accounts.models import User
from members import services
from members.models import CompanyPair, Member, Representative
from tests.members.factories import (
    a_member,
    a_person,
    a_representative,
    a_secretary,
    business_id,
)

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def secretary() -> User:
    return a_secretary()


@pytest.fixture
def member() -> Member:
    return a_member()


@pytest.fixture
def primary(member: Member) -> User:
    return person_of(member, "Priita Primary", "primary")


@pytest.fixture
def billing(member: Member) -> User:
    return person_of(member, "Berta Billing", "billing")


def person_of(member: Member, name: str, role: str, **dates: Any) -> User:
    person = a_person(name)
    a_representative(member, person, role, **dates)
    return person


def page(reader: User, address: str) -> str:
    client = Client()
    client.force_login(reader, backend="kip.accounts.backends.Backend")
    return client.get(address).content.decode()


def own(reader: User) -> str:
    return page(reader, reverse("own_history", args=[1]))


def test_an_expulsion_is_told_to_who_speaks_for_the_company(
    member: Member, primary: User, billing: User, secretary: User
) -> None:
    now = timezone.now()
    services.open_expulsion(
        member_id=member.pk,
        ground="harm",
        facts="Facts.",
        answer_by=timezone.localdate(now) + 14 * DAY,
        by=secretary,
        at=now,
    )
    said = "opened"
    assert said in page(secretary, reverse("admin:members_member_history", args=[member.pk]))
    assert said in own(primary)
    assert said not in own(billing)
    waits = "It has been proposed to expel the company."
    assert waits in page(primary, reverse("own_company", args=[1]))
    assert waits not in page(billing, reverse("own_company", args=[1]))


def test_what_another_company_proposes_is_its_own(
    member: Member, primary: User, secretary: User
) -> None:
    other = a_member(number=2, name="Other Oy", business_id=business_id(1))
    theirs = person_of(other, "Otto Other", "primary")
    now = timezone.now()
    change = services.propose_merger(
        member_id=other.pk,
        into_id=member.pk,
        effective_on=timezone.localdate(now) + 30 * DAY,
        by=theirs,
        at=now,
    )
    assert "Otto Other" not in own(primary)
    assert "Otto Other" in page(theirs, reverse("own_history", args=[2]))
    services.decline_change(change_id=change.pk, reply="No.", by=secretary, at=now)
    assert "declined a change" not in own(primary)
    assert "declined a change" in page(theirs, reverse("own_history", args=[2]))


def test_that_two_records_may_be_one_company_is_the_secretarys(
    member: Member, primary: User, secretary: User
) -> None:
    other = a_member(number=2, name="Other Oy", business_id=business_id(1))
    services.compare(
        kind=CompanyPair, one_id=member.pk, other_id=other.pk, by=secretary, at=timezone.now()
    )
    assert "Siiri Secretary" not in own(primary)


def test_why_a_role_ended_is_told_to_whoever_had_it(
    member: Member, primary: User, billing: User, secretary: User
) -> None:
    heir = services.Who(email="nina@kip.example", given_name="Nina", family_name="New")
    services.hand_over(
        member_id=member.pk,
        who=heir,
        since=timezone.localdate(),
        ground="Has vanished",
        by=secretary,
        at=timezone.now(),
    )
    nina = User.objects.get(email="nina@kip.example")
    assert "Nina New" in own(nina)
    for reader in (nina, billing):
        assert "Has vanished" not in own(reader)
    assert "Has vanished" in own(secretary)


def test_who_stood_or_is_to_stand_is_told_to_who_keeps_the_people(
    member: Member, primary: User, billing: User
) -> None:
    today = timezone.localdate()
    person_of(member, "Fanny Former", "hr", until=today)
    person_of(member, "Futu Future", "hr", since=today + 5 * DAY)
    person_of(member, "Nora Now", "safety")
    for name in ("Fanny Former", "Futu Future", "Nora Now"):
        assert name in own(primary)
    text = own(billing)
    assert "Nora Now" in text
    assert "Fanny Former" not in text
    assert "Futu Future" not in text
    role = Representative.objects.get(member=member, person__given_name="Nora")
    Representative.objects.filter(pk=role.pk).update(until=today, end_recorded_at=timezone.now())
    assert "Nora Now" not in own(billing)


@pytest.mark.parametrize("by_secretary", [False, True])
def test_a_long_history_is_read_page_by_page(
    member: Member, primary: User, secretary: User, by_secretary: bool
) -> None:
    now = timezone.now()
    for n in range(60):
        services.keep_own_facts(
            member_id=member.pk, facts={"headcount": n + 1000}, by=primary, at=now + n * DAY
        )
    name, key = ("admin:members_member_history", member.pk) if by_secretary else ("own_history", 1)
    address = reverse(name, args=[key])
    first, second = (page(secretary, f"{address}?page={n}") for n in (1, 2))
    assert ("1059" in first, "1001 → 1002" in first) == (True, False)
    assert ("1059" in second, "1001 → 1002" in second) == (False, True)
    assert "?page=2" in first
