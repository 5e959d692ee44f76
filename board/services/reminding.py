"""The association's own clock, for the board.

Everything due by `at` is done, so that a run that was missed is made good by the next one; the
letters' keys keep each from going out twice.
"""

from datetime import datetime, timedelta

from django.utils.translation import gettext_noop

from board import letters
from board.models import Matter
from board.services import matters
from board.services.locks import lock_matter
from board.services.voting import settle
from board.standing import Standing
from board.states import MatterStatus
from kip.audit.acts import act

LAST_REMINDER_BEFORE = timedelta(days=1)
DECLARE_AGAIN_EVERY = timedelta(days=3)


def remind(*, at: datetime) -> None:
    """Remind those who have not voted, and whoever is to declare; see that what is over ends."""
    for matter_id in Matter.objects.pending().values_list("pk", flat=True).order_by("pk"):
        matters.stop(matter_id=matter_id, by=None, at=at)
        _look_after(matter_id=matter_id, by=None, at=at)


@act(gettext_noop("%(who)s noted that the matter cannot be decided in writing."))
def _look_after(*, matter_id: int, by: None, at: datetime) -> None:
    standing = Standing(lock_matter(matter_id), at)
    matter = standing.matter
    if matter.status != MatterStatus.OPEN:
        return
    settle(matter, at=at)
    if not matter.is_open:
        return
    for occasion in _due_reminders(matter, at):
        for seat_id in standing.tally.waiting:
            letters.vote_reminder(standing.entitlements[seat_id], occasion=occasion, at=at)
    times = (at - _outcome_stands_since(standing)) // DECLARE_AGAIN_EVERY
    if standing.tally.may_be_declared and times > 0:
        letters.ready_to_declare(standing, occasion=f"again-{times}", at=at)


def _outcome_stands_since(standing: Standing) -> datetime:
    """Since everyone has been heard, or since the deadline."""
    if standing.tally.waiting:
        return standing.matter.deadline
    words = [
        moment
        for part in standing.entitlements.values()
        for moment in (part.cast_at, part.recused_at, part.absent_since)
        if moment is not None
    ]
    return min(max(words, default=standing.matter.deadline), standing.matter.deadline)


def _due_reminders(matter: Matter, at: datetime) -> list[str]:
    """Half-time and one day before the deadline. Of two that were missed only the last is sent.

    A matter open for less than two days has one reminder, at half-time.
    """
    half_time = matter.opened_at + (matter.deadline - matter.opened_at) / 2
    if not half_time <= at < matter.deadline:
        return []
    return ["last"] if at >= matter.deadline - LAST_REMINDER_BEFORE else ["half"]
