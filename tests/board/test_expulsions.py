"""Expulsions that the board decides, and seats that end with a membership."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from board.models import Matter, Office, Resolution, Seat
from board.presentation import suggested_grounds
from board.services import matters, resolving, terms, voting
from board.states import MatterStatus
from kip.accounts.models import User
from kip.desk import desk
from kip.documents.services import document_for
from kip.exceptions import DomainError, InvalidTransition, NotAllowed
from members import services as members
from members.models import Expulsion, Member
from tests.board.factories import (
    AT,
    BoardNow,
    a_board,
    all_vote,
    another_matter,
    declare,
    standing,
    vote,
)
from tests.board.test_concurrency import at_once, done, letters_twice
from tests.members.factories import (
    NewLetters,
    a_member,
    a_pdf,
    a_person,
    a_representative,
    business_id,
    bylaws_with,
)

pytestmark = pytest.mark.django_db
BOARD = (3, 1)  # members, deputies
DAY = timedelta(days=1)
TODAY = timezone.localdate(AT)
DEADLINE = AT + timedelta(days=14)


@pytest.fixture
def member(board: BoardNow) -> Member:
    return prepared(board)


def prepared(board: BoardNow, number: int = 1) -> Member:
    bylaws_with(by=board.secretary, expulsion_decided_by="board")
    member = a_member(number=number, name=f"Höyry {number} Oy", business_id=business_id(number))
    a_representative(member, a_person(f"Pia{number} Primary"))
    return member


def a_case(board: BoardNow, member: Member, **more: Any) -> Expulsion:
    facts = {"ground": "fees", "facts": "Unpaid.", "answer_by": None, "at": AT, **more}
    return members.open_expulsion(member_id=member.pk, by=board.secretary, **facts)


def bring(board: BoardNow, case: Expulsion, at: datetime = AT, **more: Any) -> Matter:
    return matters.bring_expulsion(
        expulsion_id=case.pk, deadline=at + timedelta(days=14), by=board.secretary, at=at, **more
    )


def a_seat(board: BoardNow, member: Member, name: str = "Saku Seated", **more: Any) -> Seat:
    facts = {"kind": "member", "since": AT - DAY, "at": AT - DAY, **more}
    return terms.seat_person(
        term=board.term, person=a_person(name), member=member, by=board.secretary, **facts
    )


def resign(member: Member, by: User, days: int = 0, at: datetime = AT) -> Any:
    return members.record_resignation(
        member_id=member.pk,
        channel="letter",
        received_on=timezone.localdate(at),
        effective_on=timezone.localdate(at) + timedelta(days),
        has_authority=True,
        by=by,
        at=at,
    )


def stop_at(board: BoardNow) -> None:
    terms.end_seat(seat_id=board.seats[2].pk, until=AT, by=board.secretary, at=AT)


def test_the_board_expels(board: BoardNow, member: Member) -> None:
    matter = bring(board, a_case(board, member))
    assert (str(matter), matter.kind) == ("Expulsion of Höyry 1 Oy", "expulsion")
    all_vote(board, matter)
    with pytest.raises(DomainError) as refused:
        declare(matter, board.chair)
    assert refused.value.field == "reason"
    with NewLetters() as letters:
        resolution = declare(matter, board.chair, reason="It owes two years’ fees.")
    assert ("expelled", "Pia1") in letters
    case = Expulsion.objects.get()
    assert (case.status, case.reasons) == ("expelled", "It owes two years’ fees.")
    assert resolution.reference in case.resolution
    assert resolution.reason == "It owes two years’ fees."
    period = member.periods.get()
    assert (period.until, period.end_reason) == (TODAY, "expelled")
    assert not member.representatives.in_force(TODAY).exists()


def test_the_board_does_not_expel(board: BoardNow, member: Member) -> None:
    matter = bring(board, a_case(board, member))
    all_vote(board, matter, "---")
    declare(matter, board.chair)
    case = Expulsion.objects.get()
    assert case.status == "dropped" and Resolution.objects.get().reference in case.resolution
    assert member.periods.get().until is None


def test_a_meeting_of_the_board_expels(board: BoardNow, member: Member) -> None:
    matter = bring(board, a_case(board, member), for_meeting=True)
    facts: dict[str, Any] = {
        "matter_id": matter.pk,
        "meeting": "Meeting 4/2027",
        "held_on": TODAY,
        "section": "7",
        "carried": True,
        "unanimous": True,
        "present": [seat.pk for seat in board.seats],
        "by": board.secretary,
        "at": AT,
    }
    with pytest.raises(DomainError) as refused:
        resolving.record_meeting_decision(**facts)
    assert refused.value.field == "reason"
    record = resolving.record_meeting_decision(**facts, reason="Unpaid.")
    resolving.confirm_meeting_decision(
        matter_id=matter.pk, record_id=record.pk, by=board.chair, at=AT
    )
    assert Expulsion.objects.get().status == "expelled"


def test_not_before_the_member_was_heard(board: BoardNow, member: Member) -> None:
    case = a_case(board, member, ground="harm", answer_by=TODAY + 7 * DAY)
    with pytest.raises(InvalidTransition):
        bring(board, case)
    assert bring(board, case, AT + 8 * DAY).is_open


def test_it_is_before_the_board_once(board: BoardNow, member: Member) -> None:
    case = a_case(board, member)
    matter = bring(board, case)
    with pytest.raises(InvalidTransition):
        bring(board, case)
    with pytest.raises(IntegrityError), transaction.atomic():
        Matter.objects.filter(pk=matter.pk).update(expulsion=None)


def test_closing_brings_it_back(board: BoardNow, member: Member) -> None:
    case = a_case(board, member)
    matter = bring(board, case)
    matters.close_matter(matter_id=matter.pk, by=board.secretary, at=AT)
    case.refresh_from_db()
    assert case.status == "heard"
    again = bring(board, case)
    assert again.takes_up is None


def test_stopping_brings_it_back_and_it_is_taken_up_anew(board: BoardNow, member: Member) -> None:
    case = a_case(board, member)
    first = bring(board, case)
    voting.declare_conflict(matter_id=first.pk, ground="Kin", by=board.people[1], at=AT)
    stop_at(board)
    case.refresh_from_db()
    assert case.status == "heard"
    assert [item.url for item in desk(at=AT) if "Expulsion" in item.text] == [
        reverse("admin:members_expulsion_change", args=[case.pk])
    ]
    again = bring(board, case)
    assert again.takes_up == first
    assert standing(again).is_recused(board.people[1]), "a conflict holds in the whole question"


def test_taking_up_anew_puts_it_before_the_board(board: BoardNow, member: Member) -> None:
    case = a_case(board, member)
    matter = bring(board, case)
    stop_at(board)
    again = matters.take_up_anew(matter_id=matter.pk, deadline=DEADLINE, by=board.secretary, at=AT)
    case.refresh_from_db()
    assert (case.status, again.expulsion) == ("before_board", case)


def test_dropping_it_closes_the_matter(board: BoardNow, member: Member) -> None:
    case = a_case(board, member)
    matter = bring(board, case)
    members.drop_expulsion(expulsion_id=case.pk, by=board.secretary, at=AT)
    matter.refresh_from_db()
    assert matter.status == MatterStatus.CLOSED
    with pytest.raises(InvalidTransition):
        vote(matter, board.chair)


def test_a_conflict_is_suggested_to_who_comes_from_the_member(
    board: BoardNow, member: Member
) -> None:
    seated = a_seat(board, member)
    a_representative(member, board.people[1], "hr")
    matter = bring(board, a_case(board, member))
    now = standing(matter)
    for seat_id, expected in [
        (seated.pk, ["It is about your company."]),
        (board.seats[1].pk, ["It is about your company."]),
        (board.seats[2].pk, []),
    ]:
        assert suggested_grounds(now, now.entitlements[seat_id]) == expected


def test_the_board_reads_the_case(board: BoardNow, member: Member) -> None:
    case = a_case(board, member, paper=a_pdf("report.pdf"))
    assert case.document is not None
    with pytest.raises(NotAllowed):
        document_for(pk=case.document.pk, user=board.chair, at=AT)
    matter = bring(board, case)
    assert document_for(pk=case.document.pk, user=board.chair, at=AT) == case.document
    voting.declare_conflict(matter_id=matter.pk, by=board.people[1], at=AT)
    with pytest.raises(NotAllowed):
        document_for(pk=case.document.pk, user=board.people[1], at=AT)
    client = Client()
    client.force_login(board.chair, backend="kip.accounts.backends.Backend")
    page = client.get(reverse("board:matter", args=[matter.pk])).content.decode()
    assert "Unpaid." in page and "report.pdf" in page
    assert "Expulsion of Höyry 1 Oy" in client.get(reverse("board:matters")).content.decode()


def test_only_the_secretary_brings_it(board: BoardNow, member: Member) -> None:
    case = a_case(board, member)
    with pytest.raises(NotAllowed):
        matters.bring_expulsion(expulsion_id=case.pk, deadline=DEADLINE, by=board.chair, at=AT)


# --- Seats end with the membership ---------------------------------------------------------------


def test_a_seat_ends_with_the_membership(board: BoardNow, member: Member) -> None:
    seat = a_seat(board, member)
    terms.give_office(
        seat_id=seat.pk, kind="vice_chair", since=AT - DAY, by=board.secretary, at=AT - DAY
    )
    told = members.ends_with_membership(member=member, on=TODAY + 10 * DAY)
    assert "Saku Seated" in str(told)
    matter = another_matter(board)
    resign(member, board.secretary, days=10)
    midnight = datetime(2027, 2, 11, 22, tzinfo=UTC)
    seat.refresh_from_db()
    assert seat.until == midnight
    assert not Office.objects.in_force(midnight).filter(seat=seat).exists()
    matter.refresh_from_db()
    assert matter.is_open, "until the seat ends"


def test_now_means_now_and_the_boards_matters_stop(board: BoardNow, member: Member) -> None:
    seat = a_seat(board, member)
    matter = another_matter(board)
    with NewLetters() as letters:
        resign(member, board.secretary, days=0)
    assert ("matter-stopped", "Siiri") in letters
    assert ("membership-ends", "Chair") in letters
    seat.refresh_from_db()
    matter.refresh_from_db()
    assert (seat.until, matter.status) == (AT, MatterStatus.STOPPED)


def test_a_seat_that_has_not_begun_goes(board: BoardNow, member: Member) -> None:
    seat = a_seat(board, member, since=AT + 20 * DAY)
    other = a_seat(board, a_member(number=9, business_id=business_id(9)), "Olli Other")
    with NewLetters() as letters:
        resign(member, board.secretary, days=10)
    assert ("invitation-taken-back", "Saku") in letters or letters
    assert not Seat.objects.filter(pk=seat.pk).exists()
    other.refresh_from_db()
    assert other.until is None


def test_taken_back_the_seat_goes_on(board: BoardNow, member: Member) -> None:
    seat = a_seat(board, member)
    terms.give_office(
        seat_id=seat.pk, kind="vice_chair", since=AT - DAY, by=board.secretary, at=AT - DAY
    )
    resignation = resign(member, board.secretary, days=10)
    members.take_back_resignation(
        resignation_id=resignation.pk, consent="2027/9", by=board.secretary, at=AT
    )
    seat.refresh_from_db()
    assert seat.until is None
    assert Office.objects.in_force(AT + 30 * DAY).filter(seat=seat).exists()


def test_taken_back_a_seat_keeps_the_end_that_it_had(board: BoardNow, member: Member) -> None:
    seat = a_seat(board, member)
    terms.end_seat(seat_id=seat.pk, until=AT + 20 * DAY, by=board.secretary, at=AT)
    resignation = resign(member, board.secretary, days=10)
    seat.refresh_from_db()
    assert seat.until is not None and seat.until < AT + 20 * DAY
    members.take_back_resignation(
        resignation_id=resignation.pk, consent="2027/9", by=board.secretary, at=AT
    )
    seat.refresh_from_db()
    assert (seat.until, seat.planned_until) == (AT + 20 * DAY, None)


def test_an_office_given_away_meanwhile_stays_there(board: BoardNow, member: Member) -> None:
    seat = a_seat(board, member)
    terms.give_office(
        seat_id=seat.pk, kind="vice_chair", since=AT - DAY, by=board.secretary, at=AT - DAY
    )
    resignation = resign(member, board.secretary, days=10)
    terms.give_office(
        seat_id=board.seats[2].pk,
        kind="vice_chair",
        since=AT + 20 * DAY,
        by=board.secretary,
        at=AT,
    )
    members.take_back_resignation(
        resignation_id=resignation.pk, consent="2027/9", by=board.secretary, at=AT
    )
    holders = Office.objects.in_force(AT + 30 * DAY).filter(kind="vice_chair")
    assert [office.seat_id for office in holders] == [board.seats[2].pk]


# --- Many at once --------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_expulsions_resignations_and_the_boards_change_at_once() -> None:
    """Companies before seats before matters; who holds seats waits for no company."""
    board = a_board(3)
    companies = [prepared(board, number) for number in (1, 2, 3)]
    for company in companies:
        a_seat(board, company, f"Saku{company.number} Seated")
    found = [bring(board, a_case(board, company)) for company in companies]
    later = AT + timedelta(hours=1)
    for matter in found:
        for person in Seat.objects.filter(term=board.term).select_related("person"):
            vote(matter, person.person, at=AT)
    answers = at_once(
        *(lambda m=m: declare(m, board.chair, at=later, reason="Unpaid.") for m in found * 2),
        *(lambda c=c: resign(c, board.secretary, at=later) for c in companies * 2),
        lambda: terms.end_seat(
            seat_id=board.seats[2].pk, until=later, by=board.secretary, at=later
        ),
        lambda: another_matter(board, at=later, deadline=later + DAY),
    )
    assert done(answers) >= len(companies)
    for company in companies:
        assert company.periods.get().until == TODAY
    assert not Seat.objects.in_force(later).filter(member__isnull=False).exists()
    assert [o for o, _address in letters_twice() if o in {"expelled", "resigned"}] == []
