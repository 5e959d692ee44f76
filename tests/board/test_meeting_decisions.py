"""A decision taken at a meeting: recorded by the secretary, confirmed by whoever presided."""

from datetime import date, timedelta
from typing import Any

import pytest

from board.models import Matter, MeetingRecord
from board.services import matters, resolving, voting
from board.states import MatterStatus
from kip.exceptions import DomainError, InvalidTransition, NotAllowed
from tests.board.factories import (
    AT,
    BoardNow,
    a_matter,
    another_matter,
    standing,
    vote,
)
from tests.members.factories import NewLetters, bylaws_with

pytestmark = pytest.mark.django_db
BOARD = (4, 1)  # members, deputies

TODAY = date(2027, 2, 2)


@pytest.fixture
def matter(board: BoardNow) -> Matter:
    return another_matter(board, for_meeting=True)


def record(board: BoardNow, matter: Matter, present: str = "1234", **facts: Any) -> MeetingRecord:
    """`present`: the places of those present; d is the deputy."""
    seats = {str(n): seat.pk for n, seat in enumerate(board.seats, start=1)}
    seats |= {"d": board.deputy_seats[0].pk}
    facts["recused"] = [seats[place] for place in facts.pop("recused", "")]
    return resolving.record_meeting_decision(
        **{
            "matter_id": matter.pk,
            "meeting": "Board meeting 2/2027",
            "held_on": TODAY,
            "section": "12",
            "carried": True,
            "unanimous": True,
            "present": [seats[place] for place in present],
            "by": board.secretary,
            "at": AT,
            **facts,
        }
    )


def confirm(made: MeetingRecord, by: Any, *, at: Any = AT) -> Any:
    return resolving.confirm_meeting_decision(
        matter_id=made.matter_id, record_id=made.pk, by=by, at=at
    )


def test_a_unanimous_decision_is_recorded_and_confirmed(board: BoardNow, matter: Matter) -> None:
    with NewLetters() as letters:
        made = record(board, matter, dissents="None.")
    assert letters == [("confirm-record", "Chair")]
    with NewLetters() as letters:
        resolution = confirm(made, board.chair)
    matter.refresh_from_db()
    assert (matter.status, resolution.carried) == (MatterStatus.DECIDED, True)
    assert resolution.at_meeting == made
    kept = resolution.record
    assert (kept["procedure"], kept["meeting"], kept["section"], kept["held_on"]) == (
        "meeting",
        "Board meeting 2/2027",
        "12",
        "2027-02-02",
    )
    assert [seat["present"] for seat in kept["seats"]] == [True] * 4 + [False]
    assert {occasion for occasion, _ in letters} == {"decided"}
    with pytest.raises(InvalidTransition):
        confirm(made, board.chair)


def test_an_admission_decided_at_a_meeting(board: BoardNow) -> None:
    matter = a_matter(board, for_meeting=True)
    with pytest.raises(DomainError):
        record(board, matter, carried=False)
    made = record(board, matter, carried=False, reason="It is elsewhere.")
    resolution = confirm(made, board.chair)
    assert resolution.reason == "It is elsewhere."
    assert matter.application is not None
    matter.application.refresh_from_db()
    assert matter.application.status == "rejected"


def test_a_written_vote_can_be_overtaken_by_a_meeting(board: BoardNow) -> None:
    matter = another_matter(board)
    vote(matter, board.people[2], "against")
    record(board, matter)
    with pytest.raises(InvalidTransition):
        vote(matter, board.chair)
    assert standing(matter).matter.status == MatterStatus.FOR_MEETING


@pytest.mark.parametrize(
    "facts",
    [
        {"present": "34d"},  # neither chair nor vice chair
        {"present": "134", "recused": "1"},
        {"present": "1"},  # no quorum
        {"present": "1234", "recused": "234"},
        {"held_on": TODAY + timedelta(days=1)},
        {"held_on": date(2026, 3, 16)},  # this board was not yet elected
        {"unanimous": True, "in_favour": 3},
        {"unanimous": False},  # no votes
        {"unanimous": False, "in_favour": 3, "against": 2},  # more than took part
        {"unanimous": False, "in_favour": 1, "against": 3},  # carried does not follow
        {"unanimous": False, "in_favour": 3, "against": 1, "carried": False},
        {"unanimous": False, "abstained": 4},  # nobody was in favour
    ],
)
def test_what_cannot_have_been_is_not_recorded(
    board: BoardNow, matter: Matter, facts: dict[str, Any]
) -> None:
    with pytest.raises(DomainError):
        record(board, matter, **facts)
    assert not MeetingRecord.objects.exists()


@pytest.mark.parametrize(
    "facts",
    [
        {"in_favour": 2, "against": 2, "carried": True},  # ties go with whoever presided
        {"in_favour": 2, "against": 2, "carried": False},
        {"in_favour": 3, "against": 1},
        {"present": "13", "in_favour": 1, "abstained": 1},
        {"present": "12d", "in_favour": 2, "against": 1},
        {"abstained": 4, "carried": False},
        {"present": "1234d", "in_favour": 4},
    ],
)
def test_what_can_have_been_is_recorded(
    board: BoardNow, matter: Matter, facts: dict[str, Any]
) -> None:
    assert record(board, matter, **{"unanimous": False, **facts}).pk


def test_deputies_fill_seats_and_add_none(board: BoardNow, matter: Matter) -> None:
    with pytest.raises(DomainError):
        record(board, matter, "1234d", unanimous=False, in_favour=5)


def test_nobody_who_declared_a_conflict_takes_part(board: BoardNow, matter: Matter) -> None:
    voting.declare_conflict(matter_id=matter.pk, by=board.people[2], at=AT)
    with pytest.raises(DomainError) as refused:
        record(board, matter)
    assert refused.value.field == "recused"
    assert record(board, matter, recused="3").pk
    voting.take_back_conflict(matter_id=matter.pk, by=board.people[2], at=AT)
    assert record(board, matter).pk


def test_only_the_secretary_records(board: BoardNow, matter: Matter) -> None:
    with pytest.raises(NotAllowed):
        record(board, matter, by=board.chair)


def test_a_record_that_was_replaced_is_not_confirmed(board: BoardNow, matter: Matter) -> None:
    wrong = record(board, matter, section="11")
    right = record(board, matter, section="12")
    with pytest.raises(InvalidTransition):
        confirm(wrong, board.chair)
    wrong.refresh_from_db()
    assert wrong.withdrawn_at == AT, "it stays on file"
    assert confirm(right, board.chair).at_meeting == right


def test_the_vice_chair_confirms_when_the_chair_took_no_part(
    board: BoardNow, matter: Matter
) -> None:
    with NewLetters() as letters:
        made = record(board, matter, "1234", recused="1")
    assert letters == [("confirm-record", "Vice")]
    for person in (board.chair, board.people[2], board.secretary):
        with pytest.raises(NotAllowed):
            confirm(made, person)
    assert confirm(made, board.vice_chair).carried


def test_a_conflict_declared_after_the_meeting_keeps_from_confirming(
    board: BoardNow, matter: Matter
) -> None:
    made = record(board, matter)
    voting.declare_conflict(matter_id=matter.pk, by=board.chair, at=AT)
    with pytest.raises(NotAllowed):
        confirm(made, board.chair)
    with pytest.raises(NotAllowed):
        confirm(made, board.vice_chair)  # did not preside by what is recorded
    anew = record(board, matter, recused="1")
    resolution = confirm(anew, board.vice_chair)
    assert resolution.carried
    assert [seat["recused"] for seat in resolution.record["seats"]].count(True) == 1


def test_a_meeting_decides_by_the_bylaws_of_its_day(board: BoardNow, matter: Matter) -> None:
    under = standing(matter).bylaws
    bylaws_with(by=board.secretary, valid_from=TODAY, board_majority="three_quarters")
    yesterday = {
        "held_on": TODAY - timedelta(days=1),
        "unanimous": False,
        "in_favour": 2,
        "against": 1,
    }
    made = record(board, matter, "123", **yesterday)
    assert confirm(made, board.chair).bylaws == under
    other = another_matter(board, for_meeting=True)
    with pytest.raises(DomainError):
        record(board, other, "123", **{**yesterday, "held_on": TODAY})


def test_a_matter_that_ended_has_no_meeting(board: BoardNow) -> None:
    matter = another_matter(board)
    matters.close_matter(matter_id=matter.pk, by=board.secretary, at=AT)
    with pytest.raises(InvalidTransition):
        record(board, matter)
