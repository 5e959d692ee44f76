"""Months, by the calendar."""

import calendar
from datetime import date, datetime, time

from django.utils import timezone


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or earlier if negative; at the latest the month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    month += 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def months_before(at: datetime, months: int) -> datetime:
    """The beginning of the local day so many months ago."""
    return timezone.make_aware(
        datetime.combine(months_after(timezone.localdate(at), -months), time())
    )
