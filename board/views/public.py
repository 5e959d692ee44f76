"""What everybody sees of the board: who sits on it now. The board itself sees any day."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from board import asof
from board.models import Seat, SeatKind, Term
from board.words import seat_title
from kip.access import allowed
from kip.forms import DayForm

RANK = {"chair": 0, "vice_chair": 1, SeatKind.MEMBER: 2, SeatKind.DEPUTY: 3}


@login_not_required
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """The seats in force, the chair first: now, or for the board and the secretary at the end of
    a day: `?on=2025-03-31`. For others that address is nothing.
    """
    now = timezone.now()
    form = DayForm.of(request)
    may_look_back = allowed("board.read_matter", request.user, at=now)
    if form.is_bound and not may_look_back:
        raise Http404
    at = now if form.is_today else asof.end_of(form.day)
    term = Term.objects.in_force(at).first()
    seats = asof.seats(at) if term else []
    rows = [
        (seat, seat_title(seat.office or "", seat.kind), _remark(seat, at))
        for seat in sorted(seats, key=lambda seat: RANK[seat.office or seat.kind])
    ]
    context = {"rows": rows, "term": term}
    if may_look_back:
        context |= {"form": form, "dropped": [_dropped(seat) for seat in asof.seats_dropped(at)]}
    return render(request, "board/board.html", context)


def _remark(seat: Seat, at: object) -> str:
    if seat.brought_in_by_id is not None:
        return _("from before the system")
    if seat.recorded_at is None or seat.recorded_at <= at:
        return ""
    return _("recorded on %(day)s") % {"day": _day(seat.recorded_at)}


def _dropped(seat: Seat) -> str:
    return _("%(who)s: ended on %(ended)s, recorded on %(recorded)s") % {
        "who": seat.person,
        "ended": _day(seat.until),
        "recorded": _day(seat.end_recorded_at),
    }


def _day(instant: object) -> str:
    return formats.date_format(timezone.localdate(instant))
