"""The tables of transitions, and what a status may be moved to."""

from itertools import product

import pytest

from board.states import MATTER, MatterStatus
from kip.exceptions import InvalidTransition
from kip.states import Transitions
from members.models import Application
from members.states import APPLICATION, WITH_THE_ASSOCIATION, ApplicationStatus
from tests.members.factories import AT, a_draft

TABLES = [(APPLICATION, ApplicationStatus), (MATTER, MatterStatus)]


@pytest.mark.parametrize(("table", "choices"), TABLES)
def test_a_table_speaks_of_every_status_and_of_no_other(
    table: Transitions, choices: type[MatterStatus]
) -> None:
    assert set(table.table) == set(choices.values)
    assert {new for _old, new in table.pairs} <= set(choices.values)
    reached = {table.initial}
    for _ in choices:
        reached |= {new for old, new in table.pairs if old in reached}
    assert reached == set(choices.values), "every status can be reached"
    assert table.final
    assert table.open | table.final == set(choices.values)


def test_the_applications_way() -> None:
    """The issue's states, told once more: withdrawn from any open state, nothing after the end."""
    way = {
        ("draft", "submitted"),
        ("draft", "lapsed"),
        ("submitted", "information_requested"),
        ("information_requested", "submitted"),
        ("submitted", "before_board"),
        ("information_requested", "before_board"),
        ("before_board", "approved"),
        ("before_board", "rejected"),
    }
    withdrawn = {(state, "withdrawn") for state in APPLICATION.open}
    assert set(APPLICATION.pairs) == way | withdrawn
    assert APPLICATION.final == {"approved", "rejected", "withdrawn", "lapsed"}
    assert set(WITH_THE_ASSOCIATION) == APPLICATION.open - {"draft"}


def test_the_matters_way() -> None:
    ends = {"decided", "closed", "stopped"}
    expected = set(product({"open", "for_meeting"}, ends)) | {("open", "for_meeting")}
    assert set(MATTER.pairs) == expected


@pytest.mark.django_db
@pytest.mark.parametrize("status", sorted(set(ApplicationStatus.values) - {"draft"}))
def test_move_to_keeps_to_the_table(status: str) -> None:
    draft = a_draft()
    if APPLICATION.allows("draft", status):
        ended = AT if status in APPLICATION.final else None
        draft.move_to(status, ended_at=ended, submitted_at=AT)
        assert Application.objects.get().status == status
    else:
        with pytest.raises(InvalidTransition, match="draft"):
            draft.move_to(status)
        assert Application.objects.get().status == "draft"
