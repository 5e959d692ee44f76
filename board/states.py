"""Where a matter can stand, and what may follow what."""

from django.db import models
from django.utils.translation import pgettext_lazy

from kip.states import Transitions


class MatterStatus(models.TextChoices):
    OPEN = "open", pgettext_lazy("matter", "open for votes")
    FOR_MEETING = "for_meeting", pgettext_lazy("matter", "to be taken up at a meeting")
    DECIDED = "decided", pgettext_lazy("matter", "decided")
    CLOSED = "closed", pgettext_lazy("matter", "closed without a decision")
    STOPPED = "stopped", pgettext_lazy("matter", "stopped: the board has changed")


S = MatterStatus

MATTER = Transitions(
    S.OPEN,
    {
        S.OPEN: {S.FOR_MEETING, S.DECIDED, S.CLOSED, S.STOPPED},
        S.FOR_MEETING: {S.DECIDED, S.CLOSED, S.STOPPED},
        S.DECIDED: set(),
        S.CLOSED: set(),
        S.STOPPED: set(),
    },
)
