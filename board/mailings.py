"""Whom of the board a mailing can go to."""

from collections.abc import Collection, Iterator
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from board.models import OfficeKind, Seat, SeatKind
from kip.mailings.audiences import Audience, Candidate, Facts, Field


def seats() -> Audience:
    """The seats of a list that hold today."""
    return Audience(
        key="board",
        model=Seat,
        candidates=_candidates,
        why=lambda facts: _("%(seat)s of the board") % {"seat": _seat(facts)},
        reaches_most=lambda ids, part, at: len(ids) * 2 > Seat.objects.in_force(at).count(),
        fields={
            "seat": Field(
                gettext_lazy("seat or office"),
                lambda facts: ", ".join(dict.fromkeys(_seat(each) for each in facts)),
            )
        },
    )


def _candidates(ids: Collection[int], part: str, at: datetime) -> Iterator[Candidate]:
    for seat in Seat.objects.of_the_board(at).filter(pk__in=ids).order_by("pk"):
        yield Candidate({"office": seat.office or "", "kind": seat.kind}, seat.person)


def _seat(facts: Facts) -> str:
    """In the language of the moment."""
    for kinds, name in ((OfficeKind, "office"), (SeatKind, "kind")):
        if (value := facts.get(name)) in kinds.values:
            return str(kinds(value).label)
    return ""
