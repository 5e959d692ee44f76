"""Where an application can stand, and what may follow what."""

from django.db import models
from django.utils.translation import pgettext_lazy

from kip.states import Transitions


class ApplicationStatus(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("application", "draft")
    SUBMITTED = "submitted", pgettext_lazy("application", "submitted")
    INFORMATION_REQUESTED = (
        "information_requested",
        pgettext_lazy("application", "more information requested"),
    )
    BEFORE_BOARD = "before_board", pgettext_lazy("application", "before the board")
    APPROVED = "approved", pgettext_lazy("application", "approved")
    REJECTED = "rejected", pgettext_lazy("application", "rejected")
    WITHDRAWN = "withdrawn", pgettext_lazy("application", "withdrawn")
    LAPSED = "lapsed", pgettext_lazy("application", "lapsed")


S = ApplicationStatus

APPLICATION = Transitions(
    S.DRAFT,
    {
        S.DRAFT: {S.SUBMITTED, S.WITHDRAWN, S.LAPSED},
        S.SUBMITTED: {S.INFORMATION_REQUESTED, S.BEFORE_BOARD, S.WITHDRAWN},
        S.INFORMATION_REQUESTED: {S.SUBMITTED, S.BEFORE_BOARD, S.WITHDRAWN},
        S.BEFORE_BOARD: {S.APPROVED, S.REJECTED, S.WITHDRAWN},
        S.APPROVED: set(),
        S.REJECTED: set(),
        S.WITHDRAWN: set(),
        S.LAPSED: set(),
    },
)

# With the association now: a second application of the same company is refused.
WITH_THE_ASSOCIATION = {S.SUBMITTED, S.INFORMATION_REQUESTED, S.BEFORE_BOARD}
