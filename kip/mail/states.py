"""How a letter moves: waiting, then accepted by the mail server or given up.

The secretary puts it back in the queue from either end: it was given up, or it never arrived.

What one worker is doing with it at the moment is a claim (`claimed_until`), not a status.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from kip.states import Transitions


class Status(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")


TABLE = Transitions(
    Status.QUEUED,
    {
        Status.QUEUED: {Status.SENT, Status.FAILED},
        Status.FAILED: {Status.QUEUED},
        Status.SENT: {Status.QUEUED},
    },
)


class Outcome(models.TextChoices):
    """How one attempt ended."""

    ACCEPTED = "accepted", _("Accepted by the mail server")
    DEFERRED = "deferred", _("Not taken this time")
    REFUSED = "refused", _("Refused")
    INTERRUPTED = "interrupted", _("Interrupted: whether it went out is not known")
    REQUEUED = "requeued", _("Put back in the queue")
