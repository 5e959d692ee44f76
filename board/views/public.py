"""What everybody sees of the board: who sits on it now."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from board.models import Seat, SeatKind, Term
from board.words import seat_title


@login_not_required
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """The seats in force now, the chair first."""
    at = timezone.now()
    term = Term.objects.in_force(at).first()
    seats = Seat.objects.of_the_board(at) if term else []
    rank = {"chair": 0, "vice_chair": 1, SeatKind.MEMBER: 2, SeatKind.DEPUTY: 3}
    rows = [
        (seat, seat_title(seat.office or "", seat.kind))
        for seat in sorted(
            seats,
            key=lambda seat: (
                rank[seat.office or seat.kind],
                seat.order or 0,
                seat.person.family_name,
            ),
        )
    ]
    return render(request, "board/board.html", {"rows": rows, "term": term})
