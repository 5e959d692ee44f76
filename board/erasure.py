"""Where a person stands in the board's papers, for `kip.audit` and `kip.privacy`."""

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from board.models import Entitlement, Seat
from kip.accounts.models import User
from kip.audit.retention import Retention
from kip.audit.services import PersonalRows
from kip.privacy.services import Held


def personal_rows(*, person: User, at: datetime) -> list[PersonalRows]:
    """Nothing: votes and resolutions are the association's record, kept for good (§ 31, § 35)."""
    return []


def why_not(*, person: User, at: datetime) -> list[str]:
    """Who sits on the board, or is to: the seat has to end first."""
    seats = Seat.objects.filter(person=person).filter(Q(until=None) | Q(until__gt=at))
    return [_("This person sits on the board: end the seat first.")] if seats.exists() else []


def ties(*, at: datetime) -> list[tuple[int, datetime | None]]:
    """Seats on the board."""
    return list(Seat.objects.values_list("person_id", "until"))


def records(*, person: User, at: datetime) -> list[Held]:
    """Seats, and the person's own part in what the board decided."""
    parts = (
        Entitlement.objects.filter(seat__person=person)
        .exclude(choice="", recused_at=None)
        .select_related("matter__application", "matter__expulsion__period__member")
    )
    return [
        Held(
            _("Seats on the board"),
            Retention.RECORD,
            [
                [
                    (_("Term of office"), str(seat.term)),
                    (_("Seat"), seat.get_kind_display()),
                    (_("Since"), seat.since),
                    (_("Until"), seat.until),
                ]
                for seat in Seat.objects.filter(person=person).select_related("term")
            ],
        ),
        Held(
            _("Your part in the board’s decisions"),
            Retention.RECORD,
            [
                [
                    (_("Matter"), str(part.matter)),
                    (_("Vote"), part.get_choice_display()),
                    (_("Reason"), part.reason),
                    (_("Vote cast"), part.cast_at),
                    (_("Conflict of interest declared"), part.recused_at),
                    (_("Ground"), part.ground),
                ]
                for part in parts
            ],
        ),
    ]
