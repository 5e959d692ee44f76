"""Where a person stands in the board's papers, for `kip.audit.services.redact`."""

from datetime import datetime

from django.utils.translation import gettext as _

from board.models import Seat
from kip.accounts.models import User
from kip.audit.services import PersonalRows
from kip.exceptions import DomainError


def personal_rows(*, person: User, at: datetime) -> list[PersonalRows]:
    """Nothing: votes and resolutions are the association's record, kept for good (§ 31, § 35).

    Raises `DomainError` for who sits on the board: the seat has to end first.
    """
    if Seat.objects.in_force(at).filter(person=person).exists():
        raise DomainError(_("This person sits on the board: end the seat first."))
    return []
