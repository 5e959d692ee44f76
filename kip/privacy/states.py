"""Where an erasure, and what somebody asks about their data, can stand."""

from django.db import models
from django.utils.translation import pgettext_lazy

from kip.states import Transitions


class ErasureStatus(models.TextChoices):
    PLANNED = "planned", pgettext_lazy("erasure", "planned")
    DONE = "done", pgettext_lazy("erasure", "done")
    UNDONE = "undone", pgettext_lazy("erasure", "taken back")
    STOPPED = "stopped", pgettext_lazy("erasure", "could not be carried out")


ERASURE = Transitions(
    ErasureStatus.PLANNED,
    {
        ErasureStatus.PLANNED: {
            ErasureStatus.DONE,
            ErasureStatus.UNDONE,
            ErasureStatus.STOPPED,
        },
        ErasureStatus.STOPPED: {ErasureStatus.UNDONE},
        ErasureStatus.DONE: set(),
        ErasureStatus.UNDONE: set(),
    },
)


class RequestStatus(models.TextChoices):
    RECEIVED = "received", pgettext_lazy("request about personal data", "waits for an answer")
    DONE = "done", pgettext_lazy("request about personal data", "done")
    PARTLY = "partly", pgettext_lazy("request about personal data", "done in part")
    REFUSED = "refused", pgettext_lazy("request about personal data", "refused")


OUTCOMES = (RequestStatus.DONE, RequestStatus.PARTLY, RequestStatus.REFUSED)

REQUEST = Transitions(
    RequestStatus.RECEIVED,
    {RequestStatus.RECEIVED: set(OUTCOMES), **{outcome: set() for outcome in OUTCOMES}},
)
