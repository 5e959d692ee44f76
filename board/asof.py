"""The board as it sat at the end of a local date, from dated rows.

Seats say from when until when they hold; when that was recorded, their history says.
"""

from datetime import date, datetime, time
from typing import Any

from django.apps import apps
from django.db.models import Min, OuterRef, QuerySet, Subquery
from django.utils import timezone

from board.models import Seat
from kip.ordering import by_person


def end_of(day: date) -> datetime:
    """The last instant of a local date."""
    return timezone.make_aware(datetime.combine(day, time.max))


def seats(at: datetime) -> QuerySet[Seat]:
    """The seats that held at an instant, each with its person and `office`, and as `recorded_at`
    the instant at which it was recorded.
    """
    return (
        Seat.objects.of_the_board(at)
        .annotate(recorded_at=_first_said())
        .order_by("order", *by_person("person__"), "pk")
    )


def seats_dropped(at: datetime) -> QuerySet[Seat]:
    """The seats that had ended by an instant, recorded only after it, at `end_recorded_at`."""
    return (
        Seat.objects.filter(since__lte=at, until__lte=at)
        .annotate(recorded_at=_first_said(), end_recorded_at=_first_said(until=OuterRef("until")))
        .filter(recorded_at__lte=at, end_recorded_at__gt=at)
        .select_related("person")
        .order_by(*by_person("person__"), "pk")
    )


def _first_said(**what: Any) -> Subquery:
    history = apps.get_model("board", "SeatEvent")._default_manager
    said = history.filter(pgh_obj=OuterRef("pk"), **what).order_by().values("pgh_obj")
    return Subquery(said.annotate(first=Min("pgh_created_at")).values("first"))
