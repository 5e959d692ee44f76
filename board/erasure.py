"""Where a person stands in the board's papers, for `kip.audit.services.redact`."""

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from board.models import Seat
from kip.accounts.models import User
from kip.audit.services import PersonalRows


def personal_rows(*, person: User, at: datetime) -> list[PersonalRows]:
    """Nothing: votes and resolutions are the association's record, kept for good (§ 31, § 35)."""
    return []


def why_not(*, person: User, at: datetime) -> list[str]:
    """Who sits on the board, or is to: the seat has to end first."""
    seats = Seat.objects.filter(person=person).filter(Q(until=None) | Q(until__gt=at))
    return [_("This person sits on the board: end the seat first.")] if seats.exists() else []
