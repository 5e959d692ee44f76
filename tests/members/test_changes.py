"""Changes in the register: proposed by a company, confirmed or declined by the secretary."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kip import desk
from kip.accounts.models import User
from kip.audit.timeline import entries_of
from kip.exceptions import DomainError, InvalidTransition, NotAllowed
from kip.mail.models import OutboxMail
from members import services
from members.models import Member, ProposedChange, Representative
from members.services.changes import people_in_merger
from members.states import ChangeStatus
from tests.members.factories import (
    AT,
    DAY,
    NewLetters,
    a_member,
    a_pdf,
    a_person,
    a_representative,
    a_secretary,
    a_submitted_application,
    business_id,
)

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate(AT)
LATER = TODAY + timedelta(days=30)


def a_kept_member(**fields: Any) -> tuple[Member, User]:
    """A company and its primary representative."""
    member = a_member(**fields)
    primary = a_person(f"Priita{member.number} Primary")
    a_representative(member, primary)
    return member, primary


def propose(member: Member, by: User, on: date = TODAY, at: Any = AT, **facts: Any) -> Any:
    return services.propose_change(member_id=member.pk, facts=facts, effective_on=on, by=by, at=at)


def merge(member: Member, into: Member, by: User, on: date = TODAY, at: Any = AT) -> Any:
    return services.propose_merger(
        member_id=member.pk, into_id=into.pk, effective_on=on, by=by, at=at
    )


def settle(change: ProposedChange, by: User, on: date | None = None, at: Any = AT) -> Any:
    return services.confirm_change(
        change_id=change.pk, effective_on=on or change.effective_on, by=by, at=at
    )


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="kip.accounts.backends.Backend")
    return client


# --- Other facts --------------------------------------------------------------------------------


def test_nothing_changes_before_it_is_confirmed_and_then_nothing_is_lost() -> None:
    secretary = a_secretary()
    member, primary = a_kept_member()
    with NewLetters() as letters:
        change = propose(member, primary, name="Höyry Oy", domicile="Kokkola")
    assert letters == [("change-proposed", "Siiri")]
    assert change.facts == {"name": "Höyry Oy"}  # the domicile is as it was
    member.refresh_from_db()
    assert member.name == "Höyry & Co Oy"
    assert [item.text for item in desk.desk(at=AT) if item.group == "Membership"] == [
        "Höyry & Co Oy: change in the register: confirm or decline it"
    ]

    with NewLetters() as letters:
        settle(change, secretary, on=TODAY - DAY, at=AT + DAY)
    assert letters == [("change-confirmed", "Priita1")]
    assert "Höyry & Co Oy → Höyry Oy" in OutboxMail.objects.latest("pk").text
    member.refresh_from_db()
    assert (member.name, member.registered_since) == ("Höyry Oy", TODAY - DAY)
    former = member.former_facts.get()
    assert (former.name, former.since, former.until) == (
        "Höyry & Co Oy",
        date(2006, 1, 1),
        TODAY - DAY,
    )
    assert former.recorded_at == AT + DAY
    assert [entry.sentence for entry in entries_of(member)][:2] == [
        "Siiri Secretary confirmed a change in the register.",
        "Priita1 Primary proposed a change in the register.",
    ]
    assert "Name of the company: Höyry & Co Oy → Höyry Oy" in entries_of(member)[0].changes
    assert not [item for item in desk.desk(at=AT) if item.group == "Membership"]


@pytest.mark.parametrize(
    ("facts", "on", "field"),
    [
        ({}, TODAY, None),
        ({"name": "Höyry & Co Oy"}, TODAY, None),
        ({"name": ""}, TODAY, "name"),
        ({"business_id": "1234567-8"}, TODAY, "business_id"),
        ({"business_id": business_id(1)}, TODAY, "business_id"),  # another member's
        ({"country": "SE", "business_id": "556012-5790"}, TODAY, "register"),
        ({"name": "X Oy"}, date(2005, 12, 31), "effective_on"),
        ({"name": "X Oy"}, TODAY + timedelta(days=400), "effective_on"),
    ],
)
def test_what_cannot_be_proposed_is_said_beside_its_field(
    facts: dict[str, str], on: date, field: str | None
) -> None:
    member, primary = a_kept_member()
    a_member(number=2, business_id=business_id(1))
    with pytest.raises(DomainError) as refused:
        propose(member, primary, on, **facts)
    assert refused.value.field == field


def test_one_change_at_a_time_until_it_is_settled_or_taken_back() -> None:
    member, primary = a_kept_member()
    into = a_member(number=2, business_id=business_id(2))
    change = propose(member, primary, name="A Oy")
    with pytest.raises(DomainError, match="waits to be settled"):
        propose(member, primary, name="B Oy")
    with pytest.raises(DomainError, match="waits to be settled"):
        merge(member, into, primary)
    services.withdraw_change(change_id=change.pk, by=primary, at=AT)
    second = propose(member, primary, name="B Oy")
    services.decline_change(change_id=second.pk, reply="Not yet.", by=a_secretary(), at=AT)
    for act in (services.withdraw_change,):
        with pytest.raises(InvalidTransition):
            act(change_id=second.pk, by=primary, at=AT)
    assert propose(member, primary, name="C Oy").status == ChangeStatus.PROPOSED


def test_a_company_goes_by_one_name_so_a_future_one_waits_for_its_day() -> None:
    member, primary = a_kept_member()
    secretary = a_secretary()
    change = propose(member, primary, LATER, name="Tuleva Oy")

    def due_at(at: datetime) -> datetime | None:
        (item,) = (item for item in desk.desk(at=at) if item.group == "Membership")
        return item.due

    due = due_at(AT)
    assert due is not None
    for days in (0, 1, 30):  # on that day, and when it is overdue
        on_the_day = timezone.make_aware(datetime.combine(LATER + timedelta(days=days), time(9)))
        assert due_at(on_the_day) == due
    with pytest.raises(DomainError, match="confirm it then") as refused:
        settle(change, secretary)
    assert refused.value.field == "effective_on"
    change.refresh_from_db()
    assert change.status == ChangeStatus.PROPOSED
    settle(change, secretary, at=AT + timedelta(days=30))
    member.refresh_from_db()
    assert (member.name, member.registered_since) == ("Tuleva Oy", LATER)


def test_a_decline_says_why_and_changes_nothing() -> None:
    member, primary = a_kept_member()
    change = propose(member, primary, business_id=business_id(4))
    with NewLetters() as letters:
        services.decline_change(change_id=change.pk, reply="Ask PRH.", by=a_secretary(), at=AT)
    assert letters == [("change-declined", "Priita1")]
    assert "Ask PRH." in OutboxMail.objects.latest("pk").text
    member.refresh_from_db()
    assert member.business_id == business_id() and not member.former_facts.exists()


def test_a_number_that_an_applicant_has_is_refused_to_the_secretary_only() -> None:
    """Who applies is nobody's affair; the secretary sees it when confirming."""
    member, primary = a_kept_member()
    a_submitted_application(by=a_person("Anni A"), business_id=business_id(3))
    change = propose(member, primary, business_id=business_id(3))
    with pytest.raises(DomainError) as refused:
        settle(change, a_secretary())
    assert refused.value.field == "business_id"


def test_who_may() -> None:
    member, primary = a_kept_member()
    _other, of_another = a_kept_member(number=2, business_id=business_id(2))
    voting, root = a_person("Veera V"), a_person("Root R", is_superuser=True)
    a_representative(member, voting, "voting")
    for by in (voting, of_another, root):
        with pytest.raises(NotAllowed):
            propose(member, by, name="X Oy")
        with pytest.raises(NotAllowed):
            merge(member, _other, by)
    change = propose(member, primary, name="X Oy")
    for by in (primary, voting, root):
        with pytest.raises(NotAllowed):
            settle(change, by)
        with pytest.raises(NotAllowed):
            services.decline_change(change_id=change.pk, reply="No.", by=by, at=AT)
        with pytest.raises(NotAllowed):
            services.record_change(
                member_id=member.pk, facts={"name": "Y"}, effective_on=TODAY, by=by, at=AT
            )
    with pytest.raises(NotAllowed):
        services.withdraw_change(change_id=change.pk, by=of_another, at=AT)


def test_the_secretary_records_what_is_known_otherwise_in_one_act() -> None:
    secretary = a_secretary()
    member, _primary = a_kept_member()
    with NewLetters() as letters:
        services.record_change(
            member_id=member.pk,
            facts={"domicile": "Vaasa"},
            effective_on=TODAY,
            ground="The trade register",
            upload=a_pdf(),
            by=secretary,
            at=AT,
        )
    assert letters == [("change-confirmed", "Priita1")]
    member.refresh_from_db()
    assert member.domicile == "Vaasa"
    assert entries_of(member)[0].sentence == "Siiri Secretary recorded a change in the register."


# --- Mergers ------------------------------------------------------------------------------------


def two_members() -> tuple[Member, User, Member, User]:
    member, primary = a_kept_member(name="Pieni Oy")
    into, receiver = a_kept_member(number=2, name="Suuri Oy", business_id=business_id(2))
    return member, primary, into, receiver


def roles_of(member: Member, on: date) -> set[tuple[str, str]]:
    rows = Representative.objects.in_force(on).filter(member=member).select_related("person")
    return {(str(row.person or row.address), row.role) for row in rows}


def test_a_merger_moves_the_people_and_ends_the_membership_on_its_day() -> None:
    secretary = a_secretary()
    member, primary, into, receiver = two_members()
    voter, safe = a_person("Veera Voter"), a_person("Saara Safe")
    a_representative(member, voter, "voting")
    a_representative(member, safe, "safety", until=LATER + DAY)
    a_representative(member, receiver, "general")
    a_representative(into, receiver, "general")
    a_representative(member, None, "billing", address="laskut@pieni.example")
    a_representative(member, safe, "hr", since=LATER + 2 * DAY)
    with NewLetters() as letters:
        change = merge(member, into, primary, LATER)
    assert letters == [("change-proposed", "Siiri")]

    with NewLetters() as letters:
        settle(change, secretary)
    assert [letter for letter in letters if letter[0].startswith("merged")] == [
        ("merged", "Priita1"),
        ("merged", "Priita2"),
        ("merged", "Saara"),
        ("merged", "Veera"),
        ("merged", "laskut@pieni.example"),
        ("merged-into", "Priita2"),
    ]
    period = member.periods.get()
    to_billing = OutboxMail.objects.get(to_address="laskut@pieni.example")
    assert to_billing.subject == f"The invoices of {member}: it becomes part of {into}"
    assert f"invoices for {into} come to this address too" in " ".join(to_billing.text.split())
    assert (period.until, period.end_reason, period.end_ground) == (
        LATER,
        "merged",
        "Suuri Oy (2)",
    )
    # Nothing until that day, and with it everything, no job having run.
    assert len(roles_of(member, LATER - DAY)) == 5
    assert roles_of(into, LATER - DAY) == {
        ("Priita2 Primary", "primary"),
        ("Priita2 Primary", "general"),
    }
    assert roles_of(member, LATER) == set()
    assert roles_of(into, LATER) == {
        ("Priita2 Primary", "primary"),  # theirs: the other's primary is primary no longer
        ("Priita2 Primary", "general"),
        ("Veera Voter", "voting"),
        ("Saara Safe", "safety"),
        ("laskut@pieni.example", "billing"),
    }
    assert ("Saara Safe", "safety") not in roles_of(into, LATER + DAY)
    assert ("Saara Safe", "hr") in roles_of(into, LATER + 2 * DAY)
    for company in (member, into):
        sentences = [entry.sentence for entry in entries_of(company)]
        assert "Siiri Secretary confirmed a change in the register." in sentences


def test_what_moves_ends_with_the_membership_that_receives_it() -> None:
    secretary = a_secretary()
    member, _primary, into, _receiver = two_members()
    safe = a_person("Saara Safe")
    a_representative(member, safe, "safety")
    services.record_resignation(
        member_id=into.pk,
        channel="letter",
        received_on=TODAY,
        effective_on=LATER + 9 * DAY,
        has_authority=True,
        by=secretary,
        at=AT,
    )
    services.record_merger(
        member_id=member.pk, into_id=into.pk, effective_on=LATER, by=secretary, at=AT
    )
    assert ("Saara Safe", "safety") in roles_of(into, LATER + 8 * DAY)
    assert roles_of(into, LATER + 9 * DAY) == set()


def test_an_end_that_came_with_the_own_resignation_does_not_move() -> None:
    secretary = a_secretary()
    member, _primary, into, _receiver = two_members()
    safe, hired = a_person("Saara Safe"), a_person("Hilla Hired")
    a_representative(member, safe, "safety")
    a_representative(member, hired, "hr", until=LATER + 30 * DAY)
    services.record_resignation(
        member_id=member.pk,
        channel="letter",
        received_on=TODAY,
        effective_on=LATER + 9 * DAY,
        has_authority=True,
        by=secretary,
        at=AT,
    )
    services.record_merger(
        member_id=member.pk, into_id=into.pk, effective_on=LATER, by=secretary, at=AT
    )
    assert {("Saara Safe", "safety"), ("Hilla Hired", "hr")} <= roles_of(into, LATER + 29 * DAY)
    assert ("Saara Safe", "safety") in roles_of(into, LATER + 300 * DAY)
    assert ("Hilla Hired", "hr") not in roles_of(into, LATER + 30 * DAY)


def test_access_moves_at_midnight_in_helsinki() -> None:
    member, primary, into, _receiver = two_members()
    safe = a_person("Saara Safe")
    a_representative(member, safe, "safety")
    day = date(2027, 3, 29)  # the day after summer time begins
    settle(merge(member, into, primary, day), a_secretary())
    midnight = datetime(2027, 3, 29, tzinfo=timezone.get_default_timezone())
    for at, there in ((midnight - timedelta(seconds=1), member), (midnight, into)):
        found = Member.objects.represented_by(safe, timezone.localdate(at))
        assert list(found) == [there]


def test_in_a_merger_only_one_is_primary_at_a_time() -> None:
    member, primary, into, _receiver = two_members()
    into.representatives.update(until=LATER, end_recorded_at=AT)
    moves = people_in_merger(member, into, on=TODAY)
    assert [move.goes_on for move in moves] == [False]  # somebody has it until later
    moves = people_in_merger(member, into, on=LATER)
    assert [(move.role.person, move.goes_on, move.since) for move in moves] == [
        (primary, True, LATER)
    ]


@pytest.mark.parametrize("case", ["itself", "not in force", "left", "before it joined"])
def test_a_merger_needs_two_members(case: str) -> None:
    member, primary, into, _receiver = two_members()
    on = TODAY
    if case == "itself":
        into = member
    elif case == "not in force":
        into = a_member(number=3, business_id="", until=date(2020, 1, 1))
    elif case == "left":
        member.periods.update(until=TODAY, end_recorded_at=AT, end_reason="resigned")
    else:
        on = date(2006, 1, 1)
    with pytest.raises(DomainError) as refused:
        merge(member, into, primary, on)
    expected = "into" if case in {"itself", "not in force"} else "effective_on"
    assert refused.value.field == expected


def test_what_was_possible_when_proposed_may_not_be_when_confirmed() -> None:
    member, primary, into, _receiver = two_members()
    change = merge(member, into, primary, LATER)
    into.periods.update(until=TODAY, end_recorded_at=AT, end_reason="resigned")
    with pytest.raises(DomainError):
        settle(change, a_secretary())
    change.refresh_from_db()
    assert change.status == ChangeStatus.PROPOSED
    assert member.periods.get().until is None


# --- Two at once --------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_who_propose_at_once_and_two_who_settle_at_once() -> None:
    secretary = a_secretary()
    member, primary, into, _receiver = two_members()

    def at_once(*acts: Any) -> list[str]:
        def one(act: Any) -> str:
            try:
                act()
                return "done"
            except DomainError:
                return "refused"
            finally:
                connection.close()

        with ThreadPoolExecutor(len(acts)) as pool:
            return sorted(pool.map(one, acts))

    assert at_once(
        lambda: propose(member, primary, name="A Oy"), lambda: merge(member, into, primary)
    ) == ["done", "refused"]
    change = ProposedChange.objects.get()
    assert at_once(
        lambda: settle(change, secretary),
        lambda: services.withdraw_change(change_id=change.pk, by=primary, at=AT),
        lambda: services.decline_change(change_id=change.pk, reply="No.", by=secretary, at=AT),
    ) == ["done", "refused", "refused"]


@pytest.mark.django_db(transaction=True)
def test_two_companies_that_merge_into_each_other_do_not_wait_for_each_other() -> None:
    secretary = a_secretary()
    member, primary, into, receiver = two_members()
    changes = [merge(member, into, primary), merge(into, member, receiver)]

    def one(change: ProposedChange) -> str:
        try:
            settle(change, secretary)
            return "done"
        except DomainError:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(one, changes)) == ["done", "refused"]


# --- The pages ----------------------------------------------------------------------------------

FORM = {
    "name": "Höyry Oy",
    "country": "FI",
    "business_id": business_id(),
    "legal_form": "limited company",
    "domicile": "Kokkola",
    "effective_on": "2027-01-15",
}


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> datetime:
    monkeypatch.setattr(timezone, "now", lambda: AT)
    return AT


def test_from_the_companys_page_to_the_register(now: datetime) -> None:
    desk_client = client_of(a_secretary())
    member, primary = a_kept_member()
    client = client_of(primary)
    path = reverse("propose_change", args=[1])
    page = client.get(path).content.decode()
    assert "Höyry &amp; Co Oy" in page and "Propose the change" in page
    wrong = client.post(path, {**FORM, "business_id": "1234567-8"}).content.decode()
    assert "not a Finnish business ID" in wrong and "Höyry Oy" in wrong
    same = client.post(path, {**FORM, "name": member.name}).content.decode()
    assert "This is what the register says already" in same
    done = client.post(path, {**FORM, "upload": a_pdf("extract.pdf")}, follow=True)
    page = done.content.decode()
    assert "your proposal that the register says something else from 15 January 2027" in page
    papers = client.get(reverse("own_papers", args=[1])).content.decode()
    assert "extract.pdf" in papers
    assert client.get(path).status_code == 302  # one at a time

    change = ProposedChange.objects.get()
    assert change.document is not None
    assert client.get(change.document.get_absolute_url()).status_code == 200
    here = reverse("admin:members_proposedchange_change", args=[change.pk])
    page = desk_client.get(here).content.decode()
    assert "<td>Höyry &amp; Co Oy</td><td>Höyry Oy</td>" in page
    confirm = reverse("admin:members_proposedchange_confirm", args=[change.pk])
    assert confirm in page
    assert primary.email in desk_client.get(confirm).content.decode()
    done = desk_client.post(confirm, {"effective_on": "2027-01-16", "reply": ""}, follow=True)
    page = done.content.decode()
    assert "The change is confirmed." in page
    assert "<td>Höyry &amp; Co Oy</td><td>Höyry Oy</td>" in page  # from what is kept of before
    assert desk_client.get(confirm).status_code == 302
    assert "Höyry Oy" in client.get(reverse("own_company", args=[1])).content.decode()


def test_a_merger_by_name_number_or_business_id(now: datetime) -> None:
    desk_client = client_of(a_secretary())
    member, primary, into, _receiver = two_members()
    client, path = client_of(primary), reverse("propose_merger", args=[1])
    typed = {"effective_on": "2027-03-01"}
    for nobody in ("Olematon", "9999999999999", "0"):
        page = client.post(path, {**typed, "into": nobody}).content.decode()
        assert "No company is known by this" in page and nobody in page
    assert "cannot merge into itself" in client.post(path, {**typed, "into": "1"}).content.decode()
    for known in ("suuri oy", "2", into.business_id):
        page = client.post(path, {**typed, "into": known}, follow=True).content.decode()
        assert "the company merges into Suuri Oy on 1 March 2027" in page
        change = ProposedChange.objects.get(status=ChangeStatus.PROPOSED)
        back = reverse("withdraw_change", args=[1, change.pk])
        assert back in page
        assert "has been taken back" in client.post(back, follow=True).content.decode()
    change = merge(member, into, primary)
    page = desk_client.get(
        reverse("admin:members_proposedchange_confirm", args=[change.pk])
    ).content.decode()
    assert "ends; at Suuri Oy this is Priita2 Primary, primary representative" in page


def test_the_secretary_records_from_the_same_pages(now: datetime) -> None:
    desk_client = client_of(a_secretary())
    member, _primary, into, _receiver = two_members()
    home = reverse("admin:members_member_change", args=[member.pk])
    path = reverse("propose_change", args=[1])
    assert path in desk_client.get(home).content.decode()
    assert "Record the change" in desk_client.get(path).content.decode()
    done = desk_client.post(path, FORM, follow=True)
    assert done.request["PATH_INFO"] == home
    assert "The change is recorded." in done.content.decode()
    into.refresh_from_db()
    done = desk_client.post(
        reverse("propose_merger", args=[1]),
        {"into": "2", "effective_on": "2027-02-01"},
        follow=True,
    )
    assert "The change is recorded." in done.content.decode()
    assert member.periods.get().end_reason == "merged"


def test_another_companys_change_is_nobodys_here() -> None:
    member, primary, _into, receiver = two_members()
    change = propose(member, primary, name="X Oy")
    client = client_of(receiver)
    assert client.get(reverse("withdraw_change", args=[1, change.pk])).status_code == 404
    assert client.get(reverse("withdraw_change", args=[2, change.pk])).status_code == 404
    root = client_of(a_person("Root R", is_superuser=True))
    admin = [reverse(f"admin:members_proposedchange_{n}", args=[change.pk]) for n in ("confirm",)]
    for path in admin:
        assert root.post(path, {"effective_on": "2027-01-01"}).status_code in {200, 302, 403}
    change.refresh_from_db()
    assert change.status == ChangeStatus.PROPOSED
