"""How a letter moves: waiting, then accepted by the mail server or given up.

It may come back later, from a mail server further on. The secretary puts it back in the queue from
any of these ends. A letter that a person stopped before it left stays unsent.

What one worker is doing with it at the moment is a claim (`claimed_until`), not a status.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from kip.states import Transitions


class Status(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    STOPPED = "stopped", _("Stopped")
    BOUNCED = "bounced", _("Came back")


TABLE = Transitions(
    Status.QUEUED,
    {
        Status.QUEUED: {Status.SENT, Status.FAILED, Status.STOPPED},
        Status.FAILED: {Status.QUEUED},
        Status.SENT: {Status.QUEUED, Status.BOUNCED},
        Status.BOUNCED: {Status.QUEUED},
    },
)


class Channel(models.TextChoices):
    """How a person is written to."""

    EMAIL = "email", _("e-mail")
    LETTER = "letter", _("letter on paper")


class Outcome(models.TextChoices):
    """How one attempt ended."""

    ACCEPTED = "accepted", _("Accepted by the mail server")
    DEFERRED = "deferred", _("Not taken this time")
    REFUSED = "refused", _("Refused")
    INTERRUPTED = "interrupted", _("Interrupted: whether it went out is not known")
    REQUEUED = "requeued", _("Put back in the queue")
    BOUNCED = "bounced", _("Came back")
    HEARSAY = "hearsay", _("Came back, says a report that does not name this letter")
    HELD = "held", _("Not sent: letters to this address come back")
