"""When a task of the association's year falls due. Pure arithmetic of local dates."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Standing(StrEnum):
    """Where an open task stands on a day."""

    UNDATED = "undated"  # it waits for the day of the general meeting to be known
    AHEAD = "ahead"
    DUE = "due"
    LATE = "late"


@dataclass(frozen=True)
class Window:
    """The local dates from which and until which something is to be done, both included."""

    begins_on: date
    ends_on: date

    def standing(self, today: date) -> Standing:
        if today < self.begins_on:
            return Standing.AHEAD
        return Standing.DUE if today <= self.ends_on else Standing.LATE


def around_meeting(meeting_on: date, begins: int, ends: int) -> Window:
    """A window told in days before the meeting; negative numbers are days after it."""
    return Window(meeting_on - timedelta(days=begins), meeting_on - timedelta(days=ends))


def in_year(day: date, year: int) -> date:
    """The same day of another year; 29 February is the 28th where the year has none."""
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)


def moved(begins_on: date, ends_on: date, years: int) -> Window:
    """The same window so many years later; one that reaches over New Year still does."""
    return Window(
        in_year(begins_on, begins_on.year + years), in_year(ends_on, ends_on.year + years)
    )


def same_weekday(meeting_on: date, year: int) -> date:
    """The day of a meeting that is held on, say, the third Tuesday of March, in another year."""
    first = date(year, meeting_on.month, 1)
    nth = (meeting_on.day - 1) // 7
    days = (meeting_on.weekday() - first.weekday()) % 7 + 7 * nth
    found = first + timedelta(days=days)
    return found if found.month == first.month else found - timedelta(days=7)
