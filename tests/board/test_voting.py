"""What board members do in a matter, and what the secretary enters for them."""

from datetime import timedelta
from typing import Any

import pytest

from board import documents, waiting, words
from board.models import Entitlement, Matter
from board.services import matters, resolving, terms, voting
from board.states import MatterStatus
from kip.accounts.models import User
from kip.exceptions import DomainError, InvalidTransition, NotAllowed
from members import services as members
from tests.board.factories import (
    AT,
    DEADLINE,
    BoardNow,
    a_board,
    a_matter,
    all_vote,
    another_matter,
    declare,
    standing,
    vote,
)
from tests.members.factories import NewLetters, a_pdf, a_person, bylaws_with

pytestmark = pytest.mark.django_db
BOARD = (4, 2)  # members, deputies

SECOND = timedelta(seconds=1)


@pytest.fixture
def matter(board: BoardNow) -> Matter:
    return another_matter(board)


def part_of(matter: Matter, person: User) -> Entitlement:
    return Entitlement.objects.get(matter=matter, seat__person=person)


# --- Voting -------------------------------------------------------------------------------------


@pytest.mark.parametrize("choice", ["for", "against", "abstain"])
def test_a_member_votes(board: BoardNow, matter: Matter, choice: str) -> None:
    with NewLetters() as letters:
        vote(matter, board.people[2], choice, reason="As discussed.")
    part = part_of(matter, board.people[2])
    assert (part.choice, part.reason, part.cast_at, part.channel) == (
        choice,
        "As discussed.",
        AT,
        "here",
    )
    assert letters == []


def test_a_vote_can_be_changed_until_it_is_declared(board: BoardNow, matter: Matter) -> None:
    all_vote(board, matter, "++++")
    vote(matter, board.people[2], "against", at=AT + SECOND)
    part = part_of(matter, board.people[2])
    assert (part.choice, part.cast_at) == ("against", AT + SECOND)
    declare(matter, board.chair)
    with pytest.raises(InvalidTransition):
        vote(matter, board.people[2], "for")
    assert part_of(matter, board.people[2]).choice == "against"


def test_no_vote_at_the_deadline_or_after(board: BoardNow, matter: Matter) -> None:
    vote(matter, board.chair, at=DEADLINE - SECOND)
    with pytest.raises(InvalidTransition):
        vote(matter, board.vice_chair, at=DEADLINE)


def test_who_has_no_vote(board: BoardNow, matter: Matter) -> None:
    superuser = a_person("Root Root", is_superuser=True)
    for person in (superuser, board.secretary, a_person("Some Stranger"), board.deputies[0]):
        with pytest.raises(NotAllowed):
            vote(matter, person)
    assert not standing(matter).votes


def test_an_inactive_person_has_no_vote(board: BoardNow, matter: Matter) -> None:
    board.people[2].is_active = False
    board.people[2].save()
    with pytest.raises(NotAllowed):
        vote(matter, board.people[2])


def test_who_was_seated_later_has_no_vote_in_what_was_open_before(
    board: BoardNow, matter: Matter
) -> None:
    newcomer = a_person("New Comer")
    terms.seat_person(
        term=board.term, person=newcomer, kind="member", since=AT, by=board.secretary, at=AT
    )
    with pytest.raises(NotAllowed):
        vote(matter, newcomer, at=AT + SECOND)
    assert standing(matter).tally.elected == 4


def test_a_seat_is_gone_at_the_instant_it_ends(board: BoardNow, matter: Matter) -> None:
    ends = AT + timedelta(days=1)
    terms.end_seat(seat_id=board.seats[2].pk, until=ends, by=board.secretary, at=AT)
    vote(matter, board.people[2], at=ends - SECOND)
    for instant in (ends, ends + SECOND):
        with pytest.raises((NotAllowed, InvalidTransition)):
            vote(matter, board.people[2], "against", at=instant)
        with pytest.raises(InvalidTransition):  # the others' matter has stopped with it
            vote(matter, board.people[3], at=instant)
    assert part_of(matter, board.people[2]).choice == "for"


def test_nothing_is_voted_on_that_goes_to_a_meeting(board: BoardNow) -> None:
    matter = another_matter(board, for_meeting=True)
    with pytest.raises(InvalidTransition):
        vote(matter, board.chair)


# --- Entered by the secretary -------------------------------------------------------------------


def enter(matter: Matter, seat: Any, *, by: User, **more: Any) -> Entitlement:
    facts = {"choice": "for", "channel": "phone", "source_note": "Called at 9.", **more}
    return voting.enter_vote(matter_id=matter.pk, seat_id=seat.pk, by=by, at=AT, **facts)


def test_the_secretary_enters_a_vote_with_its_source(board: BoardNow, matter: Matter) -> None:
    with NewLetters() as letters:
        enter(
            matter,
            board.seats[2],
            channel="mail",
            source=a_pdf(),
            source_note="",
            by=board.secretary,
        )
    part = part_of(matter, board.people[2])
    assert (part.choice, part.channel) == ("for", "mail")
    assert part.source is not None
    assert letters == [("vote-entered", "Third")]


def test_the_member_is_told_each_time(board: BoardNow, matter: Matter) -> None:
    enter(matter, board.seats[2], by=board.secretary)
    with NewLetters() as letters:
        voting.enter_vote(
            matter_id=matter.pk,
            seat_id=board.seats[2].pk,
            choice="against",
            channel="phone",
            source_note="Called again.",
            by=board.secretary,
            at=AT + SECOND,
        )
    assert letters == [("vote-entered", "Third")]
    assert part_of(matter, board.people[2]).choice == "against"


@pytest.mark.parametrize("without", [{"channel": "mail"}, {"channel": "phone", "source_note": ""}])
def test_no_vote_is_entered_without_its_source(
    board: BoardNow, matter: Matter, without: dict[str, str]
) -> None:
    with pytest.raises(DomainError):
        enter(matter, board.seats[2], by=board.secretary, **without)


def test_only_the_secretary_enters_votes_and_only_for_those_who_have_one(
    board: BoardNow, matter: Matter
) -> None:
    with pytest.raises(NotAllowed):
        enter(matter, board.seats[2], by=board.chair)
    with pytest.raises(NotAllowed):
        enter(matter, board.deputy_seats[0], by=board.secretary)
    voting.declare_conflict(matter_id=matter.pk, by=board.people[2], at=AT)
    with pytest.raises(NotAllowed):
        enter(matter, board.seats[2], by=board.secretary)


# --- Conflicts of interest ----------------------------------------------------------------------


def test_who_declares_a_conflict_takes_no_part(board: BoardNow, matter: Matter) -> None:
    vote(matter, board.people[2])
    with NewLetters() as letters:
        voting.declare_conflict(
            matter_id=matter.pk, ground="My employer.", by=board.people[2], at=AT
        )
    part = part_of(matter, board.people[2])
    assert (part.choice, part.cast_at, part.recused_at, part.ground) == (
        "",
        None,
        AT,
        "My employer.",
    )
    now = standing(matter)
    assert now.tally.elected == 4, "counts in the base of the quorum"
    assert now.tally.taking_part == 0
    # The first deputy fills the seat, and is told; nobody else is.
    assert letters == [("deputy-steps-in", "Deputy1")]
    assert list(now.acting_for) == [board.deputy_seats[0].pk]

    for act in (
        lambda: vote(matter, board.people[2]),
        lambda: matters.send_to_meeting(matter_id=matter.pk, by=board.people[2], at=AT),
    ):
        with pytest.raises(NotAllowed):
            act()
    with pytest.raises(InvalidTransition):
        voting.declare_conflict(matter_id=matter.pk, by=board.people[2], at=AT)


def test_a_recused_chair_does_not_say_who_is_away(board: BoardNow, matter: Matter) -> None:
    voting.declare_conflict(matter_id=matter.pk, by=board.chair, at=AT)
    with pytest.raises(NotAllowed):
        voting.mark_absent(matter_id=matter.pk, seat_id=board.seats[2].pk, by=board.chair, at=AT)


def test_a_conflict_can_be_taken_back(board: BoardNow, matter: Matter) -> None:
    with pytest.raises(InvalidTransition):
        voting.take_back_conflict(matter_id=matter.pk, by=board.people[2], at=AT)
    voting.declare_conflict(matter_id=matter.pk, by=board.people[2], at=AT)
    vote(matter, board.deputies[0], "against")
    voting.take_back_conflict(matter_id=matter.pk, by=board.people[2], at=AT)
    now = standing(matter)
    assert not now.acting_for
    assert now.tally.against == 0, "the deputy's vote stays on file and counts for nothing"
    assert part_of(matter, board.deputies[0]).choice == "against"
    vote(matter, board.people[2])


def test_after_the_deadline_a_conflict_is_not_taken_back(board: BoardNow, matter: Matter) -> None:
    all_vote(board, matter, "++..")
    voting.declare_conflict(matter_id=matter.pk, by=board.people[2], at=AT)
    with pytest.raises(InvalidTransition):
        voting.take_back_conflict(matter_id=matter.pk, by=board.people[2], at=DEADLINE)


def test_with_both_presiders_recused_it_goes_to_a_meeting(board: BoardNow, matter: Matter) -> None:
    voting.declare_conflict(matter_id=matter.pk, by=board.chair, at=AT)
    assert standing(matter).matter.is_open
    with NewLetters() as letters:
        voting.declare_conflict(matter_id=matter.pk, by=board.vice_chair, at=AT)
    assert standing(matter).matter.status == MatterStatus.FOR_MEETING
    everyone = [*board.people, *board.deputies, board.secretary]
    told = [name for occasion, name in letters if occasion == "for-meeting"]
    assert sorted(told) == sorted(person.given_name for person in everyone)


# --- Absence and deputies -----------------------------------------------------------------------


def absent(matter: Matter, seat: Any, by: User) -> None:
    voting.mark_absent(matter_id=matter.pk, seat_id=seat.pk, by=by, at=AT)


def test_deputies_step_in_in_their_order(board: BoardNow, matter: Matter) -> None:
    with NewLetters() as first:
        absent(matter, board.seats[3], board.secretary)
    with NewLetters() as second:
        voting.declare_conflict(matter_id=matter.pk, by=board.people[2], at=AT)
    assert first == [("deputy-steps-in", "Deputy1"), ("marked-absent", "Fourth")]
    assert second == [("deputy-steps-in", "Deputy2")]
    for deputy in board.deputies:
        vote(matter, deputy)
    assert standing(matter).tally.in_favour == 2


def test_the_next_deputy_steps_in_for_one_who_is_recused_too(
    board: BoardNow, matter: Matter
) -> None:
    absent(matter, board.seats[3], board.secretary)
    with NewLetters() as letters:
        voting.declare_conflict(matter_id=matter.pk, by=board.deputies[0], at=AT)
    assert letters == [("deputy-steps-in", "Deputy2")]
    vote(matter, board.deputies[1])


@pytest.mark.parametrize("who", ["secretary", "chair", "vice_chair"])
def test_who_marks_somebody_absent(board: BoardNow, matter: Matter, who: str) -> None:
    absent(matter, board.seats[2], getattr(board, who))
    part = part_of(matter, board.people[2])
    assert part.absent_since == AT
    with pytest.raises(NotAllowed):
        vote(matter, board.people[2])


def test_who_does_not_mark_absent_and_whom(board: BoardNow, matter: Matter) -> None:
    for by in (board.people[2], board.deputies[0], a_person("Some Stranger")):
        with pytest.raises(NotAllowed):
            absent(matter, board.seats[3], by)
    vote(matter, board.people[3])
    with pytest.raises(InvalidTransition):
        absent(matter, board.seats[3], board.secretary)


def test_who_is_back_has_the_vote_again(board: BoardNow, matter: Matter) -> None:
    here = {"matter_id": matter.pk, "seat_id": board.seats[2].pk, "by": board.secretary, "at": AT}
    with pytest.raises(InvalidTransition):
        voting.mark_present(**here)
    absent(matter, board.seats[2], board.secretary)
    vote(matter, board.deputies[0], "against")
    voting.mark_present(**here)
    vote(matter, board.people[2])
    now = standing(matter)
    assert (now.tally.in_favour, now.tally.against) == (1, 0)
    with pytest.raises(NotAllowed):
        vote(matter, board.deputies[0])


# --- To a meeting -------------------------------------------------------------------------------


@pytest.mark.parametrize("who", [0, 1, 3])
def test_any_member_sends_it_to_a_meeting(board: BoardNow, matter: Matter, who: int) -> None:
    with NewLetters() as letters:
        matters.send_to_meeting(matter_id=matter.pk, by=board.people[who], at=AT)
    assert standing(matter).matter.status == MatterStatus.FOR_MEETING
    assert len(letters) == 4 + 2 + 1
    with pytest.raises(InvalidTransition):
        matters.send_to_meeting(matter_id=matter.pk, by=board.chair, at=AT)


def test_a_deputy_and_strangers_do_not(board: BoardNow, matter: Matter) -> None:
    for by in (board.deputies[0], a_person("Some Stranger")):
        with pytest.raises(NotAllowed):
            matters.send_to_meeting(matter_id=matter.pk, by=by, at=AT)


# --- Bringing before the board, and the written procedure -----------------------------------------


def test_bringing_an_application_before_the_board(board: BoardNow) -> None:
    with NewLetters() as letters:
        matter = a_matter(board)
    opened = [("matter-opened", person.given_name) for person in board.people]
    mine = [pair for pair in letters if pair[0] in {"matter-opened", "before-the-board"}]
    assert sorted(mine) == sorted(
        [
            *opened,
            ("before-the-board", "Anni"),
            ("before-the-board", "kaisa@hoyry.example"),
        ]
    )
    assert set(standing(matter).entitlements) == {
        seat.pk for seat in [*board.seats, *board.deputy_seats]
    }
    assert str(matter.application and matter.application.status) == "before_board"
    with pytest.raises(InvalidTransition):
        a_matter(board, application=matter.application)
    assert Matter.objects.count() == 1


def test_only_the_secretary_puts_things_before_the_board(board: BoardNow) -> None:
    for by in (board.chair, a_person("Root Root", is_superuser=True)):
        with pytest.raises(NotAllowed):
            matters.open_matter(title="A", proposal="B", deadline=DEADLINE, by=by, at=AT)


def test_a_deadline_lies_ahead(board: BoardNow) -> None:
    with pytest.raises(DomainError):
        another_matter(board, deadline=AT)


def test_without_a_board_nothing_is_put_before_it(board: BoardNow) -> None:
    with pytest.raises(DomainError):
        another_matter(board, at=board.term.since - SECOND)


@pytest.mark.parametrize("how", ["forbidden", "at a meeting"])
def test_what_goes_straight_to_a_meeting(board: BoardNow, how: str) -> None:
    if how == "forbidden":
        bylaws_with(written_procedure="forbidden", by=board.secretary)
    with NewLetters() as letters:
        matter = another_matter(board, for_meeting=how == "at a meeting")
    assert matter.status == MatterStatus.FOR_MEETING
    assert {occasion for occasion, _ in letters} == {"for-meeting"}
    assert len(letters) == 4 + 2 + 1


def test_without_a_chair_it_goes_straight_to_a_meeting(board: BoardNow) -> None:
    since = AT - timedelta(days=1)
    headless = a_board(3, secretary=board.secretary, since=since, tag=" II", with_chair=False)
    assert another_matter(headless).status == MatterStatus.FOR_MEETING


def test_unanimity_broken_sends_it_to_a_meeting(board: BoardNow) -> None:
    bylaws_with(written_procedure="unanimous", by=board.secretary)
    matter = another_matter(board)
    vote(matter, board.chair)
    vote(matter, board.vice_chair)
    vote(matter, board.people[2], "abstain")
    assert standing(matter).matter.status == MatterStatus.FOR_MEETING
    with pytest.raises(InvalidTransition):
        resolving.declare(matter_id=matter.pk, carried=True, by=board.chair, at=AT)


def test_unanimity_carries(board: BoardNow) -> None:
    bylaws_with(written_procedure="unanimous", by=board.secretary)
    matter = another_matter(board)
    all_vote(board, matter)
    assert declare(matter, board.chair).carried


def test_votes_are_hidden_until_it_is_decided(board: BoardNow) -> None:
    assert standing(another_matter(board)).votes_are_shown
    bylaws_with(votes_hidden=True, by=board.secretary)
    matter, closed = another_matter(board), another_matter(board)
    all_vote(board, matter)
    assert not standing(matter).votes_are_shown
    declare(matter, board.chair)
    assert standing(matter).votes_are_shown
    matters.close_matter(matter_id=closed.pk, by=board.secretary, at=AT)
    assert not standing(closed).votes_are_shown, "it was never decided"


def test_the_mail_in_which_a_vote_came_is_hidden_with_the_vote(board: BoardNow) -> None:
    bylaws_with(votes_hidden=True, by=board.secretary)
    matter = another_matter(board)
    part = enter(
        matter, board.seats[2], channel="mail", source=a_pdf(), source_note="", by=board.secretary
    )
    assert part.source is not None

    def reads(person: User) -> bool:
        return documents.may_read(user=person, document=part.source, at=AT)

    assert reads(board.people[2]), "its sender"
    assert not reads(board.chair)
    for person in (board.chair, board.vice_chair, board.people[3]):
        vote(matter, person)
    declare(matter, board.chair)
    assert reads(board.chair)
    assert not reads(a_person("Some Stranger"))


def test_who_is_recused_reads_no_papers(board: BoardNow) -> None:
    matter = another_matter(board, papers=[a_pdf()])
    paper = matter.papers.get().document
    voting.declare_conflict(matter_id=matter.pk, by=board.people[2], at=AT)
    assert documents.may_read(user=board.chair, document=paper, at=AT)
    assert not documents.may_read(user=board.people[2], document=paper, at=AT)


def test_a_conflict_holds_in_the_whole_question(board: BoardNow, matter: Matter) -> None:
    """Before the board that takes the matter up anew too, and for the papers of the one before."""
    someone = board.people[2]
    voting.declare_conflict(matter_id=matter.pk, ground="My employer.", by=someone, at=AT)
    terms.end_seat(seat_id=board.seats[3].pk, until=AT + SECOND, by=board.secretary, at=AT + SECOND)
    later = AT + 2 * SECOND
    anew = matters.take_up_anew(
        matter_id=matter.pk, deadline=DEADLINE, by=board.secretary, at=later
    )
    now = standing(anew, later)
    assert now.recusals[board.seats[2].pk].ground == "My employer."
    with pytest.raises(InvalidTransition):  # what stands on file there cannot be undone here
        voting.take_back_conflict(matter_id=anew.pk, by=someone, at=later)
    assert standing(anew, later).is_recused(someone)
    assert not standing(anew, later).has_vote(board.seats[2].pk)
    assert not standing(anew, later).is_recused(board.chair)


def test_the_outcome_of_the_deadline_stands_whoever_holds_office_later(
    board: BoardNow, matter: Matter
) -> None:
    """Two against two, and the chair's vote decides: the chair's of the deadline."""
    for person, choice in zip(board.people, ["for", "for", "against", "against"], strict=True):
        vote(matter, person, choice)
    after = DEADLINE + SECOND
    assert standing(matter, after).tally.outcome == "carried"
    terms.give_office(
        seat_id=board.seats[2].pk, kind="chair", since=after, by=board.secretary, at=after
    )
    now = standing(matter, after + SECOND)
    assert now.tally.outcome == "carried"
    # Who declares it is whoever has the office by then.
    assert now.presider is not None and now.presider.seat_id == board.seats[2].pk


def test_a_vote_that_is_over_is_not_undone(board: BoardNow, matter: Matter) -> None:
    for person, choice in zip(board.people, ["for", "for", "for", "against"], strict=True):
        vote(matter, person, choice)
    with pytest.raises(InvalidTransition):
        matters.send_to_meeting(matter_id=matter.pk, by=board.people[3], at=AT)
    with pytest.raises(InvalidTransition):
        voting.declare_conflict(matter_id=matter.pk, by=board.people[3], at=DEADLINE)
    matters.send_to_meeting(matter_id=matter.pk, by=board.chair, at=DEADLINE)


def test_what_is_declared_must_be_what_the_votes_say(board: BoardNow, matter: Matter) -> None:
    for person in board.people:
        vote(matter, person)
    with pytest.raises(InvalidTransition):
        resolving.declare(matter_id=matter.pk, carried=False, reason="No.", by=board.chair, at=AT)
    assert resolving.declare(matter_id=matter.pk, carried=True, by=board.chair, at=AT).carried


def test_a_vote_cast_here_is_not_entered_over(board: BoardNow, matter: Matter) -> None:
    vote(matter, board.people[2], reason="As before.")
    with pytest.raises(DomainError):
        voting.enter_vote(
            matter_id=matter.pk,
            seat_id=board.seats[2].pk,
            choice="against",
            channel="phone",
            source_note="Called",
            by=board.secretary,
            at=AT,
        )
    assert standing(matter).votes[board.seats[2].pk].reason == "As before."


# --- What reaches those who vote ------------------------------------------------------------------


def test_who_votes_hears_of_corrected_facts(board: BoardNow) -> None:
    matter = a_matter(board)
    assert matter.application_id is not None
    correct = {"application_id": matter.application_id, "by": board.secretary, "at": AT}
    with NewLetters() as letters:
        members.correct_application(facts={"city": "Karleby"}, **correct)
        members.correct_application(facts={"city": "Karleby"}, **correct)  # nothing new
    assert {kind for kind, _ in letters} == {"facts-corrected"}
    assert len(letters) == len(board.people)


def test_a_quorum_out_of_reach_comes_back_with_who_was_marked_absent(
    board: BoardNow, matter: Matter
) -> None:
    away = [*board.deputy_seats, *board.seats[1:]]
    vote(matter, board.chair)
    by = {"by": board.secretary, "at": AT}
    for seat in away:
        voting.mark_absent(matter_id=matter.pk, seat_id=seat.pk, **by)
    matter.refresh_from_db()
    assert matter.status == MatterStatus.OPEN
    assert "the quorum cannot be reached as it stands" in words.missing(standing(matter))
    for seat in away:
        voting.mark_present(matter_id=matter.pk, seat_id=seat.pk, **by)
    all_vote(board, matter)
    assert declare(matter, board.chair).carried


def test_the_desk_says_whom_a_matter_waits_for(board: BoardNow, matter: Matter) -> None:
    def said() -> list[str]:
        return [item.text for item in waiting.for_the_secretary(at=AT)]

    assert said() == ["A site tour: the board votes"]
    all_vote(board, matter)
    assert said() == [f"A site tour: waits to be declared by {board.chair}"]
