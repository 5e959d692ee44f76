"""Terms, seats and offices: who sits, at which instant, and what stops when that ends."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone

from board import documents
from board.models import Matter, Office, Seat, Term
from board.services import matters, terms, voting
from board.states import MatterStatus
from kip.accounts.models import User
from kip.audit.timeline import entries_of
from kip.exceptions import DomainError, InvalidTransition, NotAllowed
from tests.board.factories import (
    AT,
    DEADLINE,
    ELECTED_AT,
    BoardNow,
    a_board,
    a_matter,
    all_vote,
    another_matter,
    declare,
    standing,
    vote,
)
from tests.members.factories import NewLetters, a_pdf, a_person, occasions_to

pytestmark = pytest.mark.django_db
BOARD = (3, 1)  # members, deputies

SECOND = timedelta(seconds=1)
NEXT = AT + timedelta(days=7)  # the next annual meeting
LATER = NEXT + timedelta(days=14)


def next_board(board: BoardNow, size: int = 2) -> BoardNow:
    return a_board(
        size, secretary=board.secretary, since=NEXT, elected="The next meeting", tag=" II"
    )


def test_a_new_term_ends_the_one_before_with_its_seats_and_offices(board: BoardNow) -> None:
    now = next_board(board)
    assert set(Term.objects.in_force(NEXT - SECOND)) == {board.term}
    assert set(Term.objects.in_force(NEXT)) == {now.term}
    assert set(Seat.objects.in_force(NEXT - SECOND)) == {*board.seats, *board.deputy_seats}
    assert set(Seat.objects.in_force(NEXT)) == set(now.seats)
    assert [office.seat for office in Office.objects.in_force(NEXT).order_by("kind")] == now.seats


def test_ends_that_were_foreseen_are_brought_forward(board: BoardNow) -> None:
    """A seat that was to end after the term ends with it, and its person can be seated anew."""
    later = NEXT + timedelta(days=30)
    terms.end_seat(seat_id=board.seats[2].pk, until=later, by=board.secretary, at=AT)
    now = next_board(board)
    seat = terms.seat_person(
        term=now.term,
        person=board.people[2],
        kind="member",
        since=NEXT,
        by=board.secretary,
        at=NEXT,
    )
    assert Seat.objects.get(pk=board.seats[2].pk).until == NEXT
    assert seat.since == NEXT


def test_what_is_added_to_a_term_ends_with_it(board: BoardNow) -> None:
    next_board(board)  # recorded ahead
    seat = terms.seat_person(
        term=board.term,
        person=a_person("Late Comer"),
        kind="member",
        since=AT,
        by=board.secretary,
        at=AT,
    )
    office = terms.give_office(
        seat_id=seat.pk, kind="vice_chair", since=AT + SECOND, by=board.secretary, at=AT
    )
    assert (seat.until, office.until) == (NEXT, NEXT)


def test_nobody_is_seated_in_a_term_that_is_over(board: BoardNow) -> None:
    next_board(board)
    with pytest.raises(DomainError):
        terms.seat_person(
            term=board.term,
            person=a_person("Late Comer"),
            kind="member",
            since=NEXT,
            by=board.secretary,
            at=NEXT,
        )
    with pytest.raises(DomainError):
        terms.give_office(
            seat_id=board.seats[2].pk, kind="chair", since=NEXT, by=board.secretary, at=NEXT
        )


def test_terms_and_seats_do_not_overlap(board: BoardNow) -> None:
    with pytest.raises(DomainError):
        terms.begin_term(elected="Twice", since=ELECTED_AT, by=board.secretary, at=AT)
    with pytest.raises(DomainError):
        terms.seat_person(
            term=board.term, person=board.chair, kind="member", since=AT, by=board.secretary, at=AT
        )
    with pytest.raises(DomainError):  # the place of the first deputy is taken
        terms.seat_person(
            term=board.term,
            person=a_person("Other Deputy"),
            kind="deputy",
            order=1,
            since=AT,
            by=board.secretary,
            at=AT,
        )


def test_a_deputy_has_an_order_and_no_office(board: BoardNow) -> None:
    with pytest.raises(DomainError):
        terms.seat_person(
            term=board.term,
            person=a_person("Other Deputy"),
            kind="deputy",
            since=AT,
            by=board.secretary,
            at=AT,
        )
    with pytest.raises(DomainError):
        terms.give_office(
            seat_id=board.deputy_seats[0].pk, kind="chair", since=AT, by=board.secretary, at=AT
        )


@pytest.mark.parametrize("act", ["begin_term", "seat_person", "end_seat", "give_office"])
def test_only_the_secretary_records_them(board: BoardNow, act: str) -> None:
    arguments = {
        "begin_term": {"elected": "A coup", "since": AT},
        "seat_person": {
            "term": board.term,
            "person": board.secretary,
            "kind": "member",
            "since": AT,
        },
        "end_seat": {"seat_id": board.seats[1].pk, "until": AT},
        "give_office": {"seat_id": board.seats[1].pk, "kind": "chair", "since": AT},
    }[act]
    for by in (board.chair, a_person("Root Root", is_superuser=True)):
        with pytest.raises(NotAllowed):
            getattr(terms, act)(by=by, at=AT, **arguments)


def test_who_is_seated_is_invited(board: BoardNow) -> None:
    newcomer, silent = a_person("New Comer"), a_person("No Mail", email=None)
    for person in (newcomer, silent):
        terms.seat_person(
            term=board.term, person=person, kind="member", since=AT, by=board.secretary, at=AT
        )
    assert occasions_to(newcomer) == ["invitation"]
    assert occasions_to(silent) == []


def test_an_office_changes_hands_at_an_instant(board: BoardNow) -> None:
    matter = another_matter(board)
    all_vote(board, matter)
    terms.give_office(seat_id=board.seats[1].pk, kind="chair", since=AT, by=board.secretary, at=AT)
    held = {(office.kind, office.seat) for office in Office.objects.in_force(AT)}
    assert held == {("chair", board.seats[1])}, "who becomes chair is vice chair no longer"
    before = {office.seat for office in Office.objects.in_force(AT - SECOND)}
    assert before == set(board.seats[:2])
    with pytest.raises(NotAllowed):
        declare(matter, board.chair)
    assert declare(matter, board.people[1]).carried


def test_a_seat_ends_once(board: BoardNow) -> None:
    terms.end_seat(seat_id=board.seats[2].pk, until=AT, by=board.secretary, at=AT)
    for until in (AT, AT + SECOND, NEXT):
        with pytest.raises(InvalidTransition):
            terms.end_seat(seat_id=board.seats[2].pk, until=until, by=board.secretary, at=NEXT)
    assert Seat.objects.get(pk=board.seats[2].pk).until == AT


def test_a_seat_does_not_end_before_it_begins(board: BoardNow) -> None:
    with pytest.raises(DomainError):
        terms.end_seat(seat_id=board.seats[2].pk, until=ELECTED_AT, by=board.secretary, at=AT)


# --- What stops ---------------------------------------------------------------------------------


@pytest.mark.parametrize("whose", ["member", "deputy"])
def test_an_entitled_seat_that_ends_stops_what_is_open(board: BoardNow, whose: str) -> None:
    matter, for_meeting = another_matter(board), another_matter(board, for_meeting=True)
    decided = another_matter(board)
    all_vote(board, decided)
    declare(decided, board.chair)
    vote(matter, board.people[2])
    seat = board.seats[2] if whose == "member" else board.deputy_seats[0]
    with NewLetters() as letters:
        terms.end_seat(seat_id=seat.pk, until=AT, by=board.secretary, at=AT)
    for stopped in (matter, for_meeting):
        stopped.refresh_from_db()
        assert (stopped.status, stopped.ended_at) == (MatterStatus.STOPPED, AT)
    assert letters == [("matter-stopped", "Siiri")] * 2
    decided.refresh_from_db()
    assert decided.status == MatterStatus.DECIDED
    assert standing(matter).votes, "the vote stays on file"
    with pytest.raises(InvalidTransition):
        vote(matter, board.chair)


def test_a_seat_that_is_to_end_stops_nothing_yet(board: BoardNow) -> None:
    matter = another_matter(board)
    terms.end_seat(seat_id=board.seats[2].pk, until=NEXT, by=board.secretary, at=AT)
    vote(matter, board.people[2], at=NEXT - SECOND)
    with pytest.raises(InvalidTransition):
        vote(matter, board.chair, at=NEXT)  # though no job has run


def test_the_new_board_takes_it_up_anew(board: BoardNow) -> None:
    matter = a_matter(board)
    all_vote(board, matter)
    now = next_board(board)
    matter.refresh_from_db()
    assert matter.status == MatterStatus.STOPPED
    with pytest.raises(InvalidTransition):
        declare(matter, board.chair, at=NEXT)

    again = {"matter_id": matter.pk, "deadline": LATER, "at": NEXT}
    with pytest.raises(NotAllowed):
        matters.take_up_anew(by=now.chair, **again)
    with NewLetters() as letters:
        anew = matters.take_up_anew(by=board.secretary, **again)
    assert letters == [("matter-opened", "Chair"), ("matter-opened", "Vice")]
    assert (anew.takes_up, anew.application, anew.term) == (matter, matter.application, now.term)
    assert anew.application is not None
    anew.application.refresh_from_db()
    assert anew.application.decision_by == timezone.localdate(LATER), "what the applicant is told"
    counted = standing(anew, NEXT).tally
    assert (counted.taking_part, counted.elected) == (0, 2)
    with pytest.raises(InvalidTransition):
        matters.take_up_anew(by=board.secretary, **again)
    with pytest.raises(NotAllowed):
        vote(anew, board.people[2], at=NEXT)
    all_vote(now, anew, at=NEXT)
    assert declare(anew, now.chair, at=NEXT).carried


def test_papers_follow_a_matter_from_board_to_board(board: BoardNow) -> None:
    matter = another_matter(board, papers=[a_pdf()])
    paper = matter.papers.get().document
    voting.declare_conflict(matter_id=matter.pk, by=board.people[2], at=AT)
    for year, tag in [(1, " II"), (2, " III")]:
        since = AT + timedelta(days=365 * year)
        now = a_board(2, secretary=board.secretary, since=since, elected=f"AGM{tag}", tag=tag)
        matter = matters.take_up_anew(
            matter_id=matter.pk, deadline=since + timedelta(days=9), by=board.secretary, at=since
        )
        assert [row.document for row in matter.papers.all()] == [paper]
        assert documents.may_read(user=now.chair, document=paper, at=since)
        assert not documents.may_read(user=board.people[2], document=paper, at=since)


def test_only_what_stopped_is_taken_up_anew(board: BoardNow) -> None:
    matter = another_matter(board)
    with pytest.raises(InvalidTransition):
        matters.take_up_anew(matter_id=matter.pk, deadline=DEADLINE, by=board.secretary, at=AT)
    assert Matter.objects.count() == 1


def seated(board: BoardNow, term: Term, person: User) -> Seat:
    return terms.seat_person(
        term=term, person=person, kind="member", since=term.since, by=board.secretary, at=AT
    )


@pytest.mark.parametrize("what", ["seat", "term"])
def test_the_invitation_is_taken_back_with_the_seat(board: BoardNow, what: str) -> None:
    """Unless its receiver sits on the board otherwise."""
    newcomer = a_person("New Comer")
    EmailAddress.objects.filter(user=newcomer).delete()  # not proved yet: a link is needed
    ahead = terms.begin_term(elected="AGM 2027", since=NEXT, by=board.secretary, at=AT)
    seats = [seated(board, ahead, person) for person in (newcomer, board.people[2])]
    by: Any = {"by": board.secretary, "at": AT + SECOND}
    with NewLetters() as letters:
        if what == "term":
            terms.take_back_term(term_id=ahead.pk, **by)
        else:
            for seat in seats:
                terms.take_back_seat(seat_id=seat.pk, **by)
    assert letters == [("invitation-taken-back", "New")]
    assert not newcomer.invitations.exists()
    assert board.people[2].invitations.exists()


def test_a_term_between_two_others_is_taken_back(board: BoardNow) -> None:
    """The board before goes on until the one after begins, with its seats and offices."""
    between = terms.begin_term(elected="A slip", since=NEXT, by=board.secretary, at=AT)
    terms.begin_term(elected="AGM 2028", since=LATER, by=board.secretary, at=AT)
    terms.take_back_term(term_id=between.pk, by=board.secretary, at=AT)
    board.term.refresh_from_db()
    assert board.term.until == LATER
    for model in (Seat, Office):
        assert set(model.objects.values_list("until", flat=True)) == {LATER}


def test_an_ended_seat_gets_no_office(board: BoardNow) -> None:
    terms.end_seat(seat_id=board.seats[2].pk, until=AT, by=board.secretary, at=AT)
    with pytest.raises(InvalidTransition):
        terms.give_office(
            seat_id=board.seats[2].pk, kind="chair", since=AT, by=board.secretary, at=AT
        )


def test_the_history_of_a_term_names_who_sits_on_it(board: BoardNow) -> None:
    terms.end_seat(seat_id=board.seats[1].pk, until=AT, by=board.secretary, at=AT)
    changes = {line for entry in entries_of(board.term, *board.seats) for line in entry.changes}
    assert f"Seat on the board: {board.people[2]}" in changes
    assert f"Office: chair, {board.chair}" in changes
    assert f"Vice chair, {board.vice_chair} – Until: 2 February 2027, 11:00" in changes


def test_a_term_that_has_not_begun_is_taken_back(board: BoardNow) -> None:
    """A slip of the pen does not end the board, and the right term can be recorded."""
    far = AT + timedelta(days=36500)
    mistaken = terms.begin_term(elected="AGM 2127", since=far, by=board.secretary, at=AT)
    terms.take_back_term(term_id=mistaken.pk, by=board.secretary, at=AT)
    board.term.refresh_from_db()
    assert board.term.until is None
    assert not Seat.objects.filter(term=board.term, until__isnull=False).exists()
    terms.begin_term(elected="AGM 2027", since=AT + timedelta(days=9), by=board.secretary, at=AT)
    with pytest.raises(InvalidTransition):
        terms.take_back_term(term_id=board.term.pk, by=board.secretary, at=AT)
