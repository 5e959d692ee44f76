"""The bylaws: versions by the day they come into force, never edited."""

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from kip.bylaws.models import Bylaws
from kip.bylaws.services import ensure_first_version
from kip.exceptions import NotAllowed
from tests.members.factories import a_person, a_secretary, bylaws_with

pytestmark = pytest.mark.django_db


def test_an_association_begins_with_a_version() -> None:
    first = Bylaws.objects.get()
    ensure_first_version()
    assert Bylaws.objects.get() == first
    assert (first.board_quorum, first.board_majority) == ("at_least_half", "more_than_half")
    assert not first.early_closing, "off unless the association says otherwise"
    assert first.purpose
    assert first.admission


def test_the_version_in_force_is_the_newest_that_had_come_into_force() -> None:
    secretary = a_secretary()
    first = Bylaws.objects.get()
    spring = bylaws_with(by=secretary, valid_from=date(2027, 3, 17))
    mended = bylaws_with(by=secretary, valid_from=date(2027, 3, 17))
    # Recorded later, and of older force: it does not overrule what came into force after it.
    older = bylaws_with(by=secretary, valid_from=date(2026, 1, 1))
    assert [first.version, spring.version, mended.version, older.version] == [1, 2, 3, 4]
    for on, expected in [
        (date(2025, 12, 31), first),
        (date(2026, 1, 1), older),
        (date(2027, 3, 16), older),
        (date(2027, 3, 17), mended),
        (date(2030, 1, 1), mended),
    ]:
        assert Bylaws.objects.in_force(on) == expected, on


def test_a_day_begins_at_midnight_in_helsinki() -> None:
    bylaws = bylaws_with(by=a_secretary(), valid_from=date(2027, 3, 17))
    midnight = datetime(2027, 3, 16, 22, 0, tzinfo=UTC)
    assert Bylaws.objects.in_force_at(midnight) == bylaws
    assert Bylaws.objects.in_force_at(midnight.replace(hour=21)) != bylaws


def test_only_the_secretary_records_a_version() -> None:
    for by in (a_person("Other One"), a_person("Root Root", is_superuser=True)):
        with pytest.raises(NotAllowed):
            bylaws_with(by=by)


@pytest.mark.parametrize(
    "rules",
    [
        {"board_quorum": "number"},
        {"board_quorum_number": 3},
        {"board_quorum": "number", "board_quorum_number": 0},
        {"board_majority": "whatever"},
        {"written_procedure": "perhaps"},
        {"decision_days": 0},
        {"decision_days": 91},
        {"purpose_fi": ""},
    ],
)
def test_what_is_no_rule_is_refused(rules: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        bylaws_with(by=a_secretary(), **rules)
    assert Bylaws.objects.count() == 1


@pytest.mark.parametrize("language", ["en", "fi", "sv"])
def test_purpose_and_criteria_are_read_in_ones_language(language: str) -> None:
    bylaws = Bylaws.objects.get()
    with override(language):
        assert bylaws.purpose == getattr(bylaws, f"purpose_{language}")
        assert bylaws.admission == getattr(bylaws, f"admission_{language}")
