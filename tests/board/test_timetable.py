from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from board.timetable import Standing, Window, around_meeting, in_year, moved, same_weekday

DAYS = st.dates(date(2006, 1, 1), date(2150, 12, 31))
YEARS = st.integers(2006, 2199)


@pytest.mark.parametrize(
    ("today", "standing"),
    [
        (date(2027, 2, 28), Standing.AHEAD),
        (date(2027, 3, 1), Standing.DUE),
        (date(2027, 3, 17), Standing.DUE),
        (date(2027, 3, 18), Standing.LATE),
    ],
)
def test_both_its_days_belong_to_a_window(today: date, standing: Standing) -> None:
    assert Window(date(2027, 3, 1), date(2027, 3, 17)).standing(today) is standing


def test_days_are_counted_back_from_the_meeting_and_on_from_it() -> None:
    meeting = date(2028, 3, 15)
    assert around_meeting(meeting, 28, 14) == Window(date(2028, 2, 16), date(2028, 3, 1))
    assert around_meeting(meeting, -1, -21) == Window(date(2028, 3, 16), date(2028, 4, 5))


def test_a_leap_day_is_the_28th_where_there_is_none() -> None:
    assert in_year(date(2028, 2, 29), 2029) == date(2029, 2, 28)
    assert in_year(date(2028, 2, 29), 2032) == date(2032, 2, 29)


@given(DAYS, DAYS, st.integers(1, 40))
def test_a_window_moved_still_ends_after_it_begins(one: date, other: date, years: int) -> None:
    begins, ends = sorted([one, other])
    window = moved(begins, ends, years)
    assert window.begins_on <= window.ends_on
    assert (window.begins_on.month, window.begins_on.year) == (begins.month, begins.year + years)


def test_the_third_tuesday_of_march_stays_one() -> None:
    assert same_weekday(date(2026, 3, 17), 2027) == date(2027, 3, 16)
    assert same_weekday(date(2027, 3, 16), 2028) == date(2028, 3, 21)


@given(DAYS, YEARS)
def test_the_same_weekday_of_the_same_month(day: date, year: int) -> None:
    found = same_weekday(day, year)
    assert (found.year, found.month, found.weekday()) == (year, day.month, day.weekday())
    nth = (day.day - 1) // 7
    # A fifth Monday that the month does not have that year is its last one.
    assert (found.day - 1) // 7 == nth or (nth == 4 and (found.day - 1) // 7 == 3)
