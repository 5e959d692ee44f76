from datetime import UTC, datetime, timedelta

import pytest

from kip.tags import age, due, whole

NOON = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)  # 12:00 in Helsinki


@pytest.mark.parametrize(
    ("since", "words"),
    [
        (NOON, "since today"),
        (
            NOON - timedelta(hours=11, minutes=59),
            "since today",
        ),  # 00:01 the same local day
        (
            NOON - timedelta(hours=12, minutes=1),
            "since yesterday",
        ),  # 23:59 the day before
        (NOON - timedelta(days=2), "for 2 days"),
        (NOON + timedelta(days=1), "since today"),
    ],
)
def test_age_counts_local_days(since: datetime, words: str) -> None:
    assert age(since, NOON) == words


@pytest.mark.parametrize(
    ("by", "words"),
    [
        (NOON + timedelta(hours=11), "due today"),
        (NOON + timedelta(hours=12, minutes=1), "due tomorrow"),
        (NOON + timedelta(days=9), "due in 9 days"),
        (NOON - timedelta(minutes=1), "was due today"),
        (NOON - timedelta(days=1), "1 day late"),
        (NOON - timedelta(days=3), "3 days late"),
    ],
)
def test_due_counts_local_days(by: datetime, words: str) -> None:
    assert due(by, NOON) == words


def test_a_number_with_a_hyphen_stays_on_one_line() -> None:
    assert (
        whole("It looks like 1234567-1, e-mail")
        == "It looks like 1234567\N{NON-BREAKING HYPHEN}1, e-mail"
    )
