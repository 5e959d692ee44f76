"""The association's own clock: each reminder once, and none lost by a run that was missed."""

from datetime import timedelta

import pytest

from board.models import Matter
from board.services import terms, voting
from board.services.reminding import remind
from board.states import MatterStatus
from tests.board.factories import AT, DEADLINE, BoardNow, all_vote, another_matter, vote
from tests.members.factories import NewLetters

pytestmark = pytest.mark.django_db
BOARD = (3, 1)  # members, deputies

HALF = AT + (DEADLINE - AT) / 2
LAST = DEADLINE - timedelta(days=1)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def sent(*runs: object) -> list[tuple[str, str]]:
    with NewLetters() as letters:
        for at in runs:
            remind(at=at)  # type: ignore[arg-type]
    return letters


def keys() -> list[str]:
    from kip.mail.models import OutboxMail

    found = OutboxMail.objects.filter(key__startswith="vote-reminder").values_list("key", flat=True)
    return [key.split(":")[2] for key in found]


def test_those_who_have_not_voted_are_reminded_twice(board: BoardNow) -> None:
    matter = another_matter(board)
    vote(matter, board.vice_chair)
    assert sent(AT, HALF - SECOND) == []
    assert sent(HALF, HALF, HALF + DAY) == [("vote-reminder", "Chair"), ("vote-reminder", "Third")]
    vote(matter, board.chair, at=HALF)
    assert sent(LAST - SECOND) == []
    assert sent(LAST, LAST + SECOND, DEADLINE - SECOND) == [("vote-reminder", "Third")]
    assert sorted(keys()) == ["half", "half", "last"]


@pytest.mark.parametrize("run", [HALF + DAY, LAST + SECOND])
def test_a_run_that_was_missed_loses_none_and_doubles_none(board: BoardNow, run: object) -> None:
    another_matter(board)
    assert len(sent(run, run)) == 3


def test_a_matter_open_for_a_day_is_not_reminded_of_at_once(board: BoardNow) -> None:
    another_matter(board, deadline=AT + DAY)
    assert sent(AT, AT + DAY / 2 - SECOND) == []
    assert len(sent(AT + DAY / 2, AT + DAY - SECOND)) == 3


def test_who_is_away_or_recused_is_not_reminded_but_the_deputy_is(board: BoardNow) -> None:
    matter = another_matter(board)
    voting.declare_conflict(matter_id=matter.pk, by=board.vice_chair, at=AT)
    voting.mark_absent(matter_id=matter.pk, seat_id=board.seats[2].pk, by=board.secretary, at=AT)
    assert sent(HALF) == [("vote-reminder", "Chair"), ("vote-reminder", "Deputy1")]


def test_a_vote_without_a_quorum_lapses_at_the_deadline(board: BoardNow) -> None:
    matter = another_matter(board)
    vote(matter, board.chair)
    remind(at=DEADLINE - SECOND)
    assert Matter.objects.get().status == MatterStatus.OPEN
    letters = sent(DEADLINE, DEADLINE + SECOND)
    assert Matter.objects.get().status == MatterStatus.FOR_MEETING
    assert [occasion for occasion, _ in letters] == ["for-meeting"] * 5


def test_whoever_presides_is_reminded_to_declare(board: BoardNow) -> None:
    matter = another_matter(board)
    all_vote(board, matter, "++.")
    assert sent(DEADLINE, DEADLINE + DAY) == [("declare-ready", "Chair")]
    assert sent(DEADLINE + 3 * DAY, DEADLINE + 4 * DAY) == [("declare-again-1", "Chair")]
    assert sent(DEADLINE + 10 * DAY) == [("declare-again-3", "Chair")]
    assert Matter.objects.get().status == MatterStatus.OPEN, "the program never declares"


def test_a_seat_that_was_to_end_stops_its_matters_when_it_does(board: BoardNow) -> None:
    matter = another_matter(board)
    terms.end_seat(seat_id=board.seats[2].pk, until=HALF, by=board.secretary, at=AT)
    assert sent(HALF - SECOND) == []
    assert sent(HALF, HALF) == [("matter-stopped", "Siiri")]
    matter.refresh_from_db()
    assert matter.status == MatterStatus.STOPPED
