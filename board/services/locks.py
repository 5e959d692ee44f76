"""The one order in which the board locks rows: application, then matter.

Terms, seats and offices are locked before both, and only so far that new rows may still cite them.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from board.models import Matter
from board.standing import Standing
from kip.accounts.models import User
from kip.exceptions import InvalidTransition, NotAllowed
from members.models import Application


def lock_matter(matter_id: int) -> Matter:
    """Lock a matter, and before it the application it is about."""
    application_id = Matter.objects.values_list("application", flat=True).get(pk=matter_id)
    if application_id is not None:
        Application.objects.select_for_update().get(pk=application_id)
    return (
        Matter.objects.select_for_update(of=["self"])
        .select_related("term", "application")
        .get(pk=matter_id)
    )


def check_not_recused(standing: Standing, by: User) -> None:
    """Whoever declared a conflict of interest takes no part (§ 37). Raises `NotAllowed`."""
    if standing.is_recused(by):
        raise NotAllowed(_("You declared a conflict of interest and take no part in this matter."))


def lock_standing(matter_id: int, at: datetime) -> Standing:
    """Lock a pending matter of a board that still sits. Raises `InvalidTransition`."""
    standing = Standing(lock_matter(matter_id), at)
    if not standing.matter.is_pending:
        raise InvalidTransition(
            _("This matter is “%(status)s”; nothing more can be done in it.")
            % {"status": standing.matter.get_status_display()}
        )
    if standing.board_has_changed:
        raise InvalidTransition(
            _("The board has changed since this matter was opened; the board now takes it up anew.")
        )
    return standing
