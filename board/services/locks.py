"""The one order in which the board locks rows: application, member company, matter.

Terms, seats and offices are locked after companies and before matters, and only so far that new
rows may still cite them. Whoever holds seats waits for no company any more: what somebody else
holds just then is left to the association's clock.
"""

from datetime import datetime

from django.db.models import Model
from django.utils.translation import gettext as _

from board.models import Matter
from board.standing import Standing
from kip.accounts.models import User
from kip.exceptions import InvalidTransition, NotAllowed
from members.models import Application, Member


def _lock(matter_id: int, *, skip_locked: bool) -> Matter | None:
    about = Matter.objects.values_list("application", "expulsion__period__member")
    application_id, member_id = about.get(pk=matter_id)
    rows: list[tuple[type[Model], int | None]] = [
        (Application, application_id),
        (Member, member_id),
    ]
    for model, pk in rows:
        if pk is not None:
            found = model._default_manager.select_for_update(skip_locked=skip_locked).filter(pk=pk)
            if not list(found.values_list("pk")):
                return None
    return (
        Matter.objects.select_for_update(of=["self"], skip_locked=skip_locked)
        .with_subject()
        .select_related("term")
        .filter(pk=matter_id)
        .first()
    )


def lock_matter(matter_id: int) -> Matter:
    """Lock a matter, and before it the application or member company that it is about."""
    matter = _lock(matter_id, skip_locked=False)
    assert matter is not None
    return matter


def lock_matter_if_free(matter_id: int) -> Matter | None:
    """The same without waiting: None when somebody else holds a part of it."""
    return _lock(matter_id, skip_locked=True)


def lock_what_pends() -> list[int]:
    """Lock what the pending matters are about, for who is to lock seats and stop them: their ids.

    A matter that is opened meanwhile is stopped by the association's clock.
    """
    pending = list(
        Matter.objects.pending()
        .order_by("pk")
        .values_list("pk", "application", "expulsion__period__member")
    )
    for model, place in ((Application, 1), (Member, 2)):
        pks = [row[place] for row in pending if row[place] is not None]
        list(
            model._default_manager.select_for_update()
            .filter(pk__in=pks)
            .order_by("pk")
            .values_list("pk")
        )
    return [row[0] for row in pending]


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
