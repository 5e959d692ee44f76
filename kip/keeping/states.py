"""From a handover that was asked for to one that is gone again."""

from django.db import models
from django.utils.translation import pgettext_lazy

from kip.states import Transitions


class HandoverStatus(models.TextChoices):
    ASKED = "asked", pgettext_lazy("handover bundle", "being made")
    READY = "ready", pgettext_lazy("handover bundle", "ready")
    FAILED = "failed", pgettext_lazy("handover bundle", "failed")
    GONE = "gone", pgettext_lazy("handover bundle", "removed")


HANDOVER = Transitions(
    HandoverStatus.ASKED,
    {
        HandoverStatus.ASKED: {HandoverStatus.READY, HandoverStatus.FAILED},
        HandoverStatus.READY: {HandoverStatus.GONE},
        HandoverStatus.FAILED: set(),
        HandoverStatus.GONE: set(),
    },
)
