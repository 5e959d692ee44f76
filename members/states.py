"""Where an application, and what else has a status, can stand, and what may follow what."""

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


class ChangeStatus(models.TextChoices):
    PROPOSED = "proposed", pgettext_lazy("proposed change", "proposed")
    CONFIRMED = "confirmed", pgettext_lazy("proposed change", "confirmed")
    DECLINED = "declined", pgettext_lazy("proposed change", "declined")
    WITHDRAWN = "withdrawn", pgettext_lazy("proposed change", "withdrawn")


CHANGE = Transitions(
    ChangeStatus.PROPOSED,
    {
        ChangeStatus.PROPOSED: {
            ChangeStatus.CONFIRMED,
            ChangeStatus.DECLINED,
            ChangeStatus.WITHDRAWN,
        },
        ChangeStatus.CONFIRMED: set(),
        ChangeStatus.DECLINED: set(),
        ChangeStatus.WITHDRAWN: set(),
    },
)


class ResignationStatus(models.TextChoices):
    STANDS = "stands", pgettext_lazy("resignation", "stands")
    TAKEN_BACK = "taken_back", pgettext_lazy("resignation", "taken back")


# A resignation is never refused (§ 13): it stands from when it is received.
RESIGNATION = Transitions(
    ResignationStatus.STANDS,
    {ResignationStatus.STANDS: {ResignationStatus.TAKEN_BACK}, ResignationStatus.TAKEN_BACK: set()},
)


class ExpulsionStatus(models.TextChoices):
    HEARING = "hearing", pgettext_lazy("expulsion", "the member is heard")
    HEARD = "heard", pgettext_lazy("expulsion", "to be decided")
    BEFORE_BOARD = "before_board", pgettext_lazy("expulsion", "before the board")
    EXPELLED = "expelled", pgettext_lazy("expulsion", "expelled")
    DROPPED = "dropped", pgettext_lazy("expulsion", "dropped")


E = ExpulsionStatus

EXPULSION = Transitions(
    E.HEARING,
    {
        E.HEARING: {E.HEARD, E.DROPPED},
        # A general meeting's decision is recorded from here; the board's comes with its matter.
        E.HEARD: {E.BEFORE_BOARD, E.EXPELLED, E.DROPPED},
        # Back to be decided, when the board's matter closes or stops.
        E.BEFORE_BOARD: {E.EXPELLED, E.DROPPED, E.HEARD},
        E.EXPELLED: set(),
        E.DROPPED: set(),
    },
)


class ImportStatus(models.TextChoices):
    UPLOADED = "uploaded", pgettext_lazy("import", "being checked")
    CHECKED = "checked", pgettext_lazy("import", "checked")
    CONFIRMED = "confirmed", pgettext_lazy("import", "being imported")
    DONE = "done", pgettext_lazy("import", "imported")
    FAILED = "failed", pgettext_lazy("import", "failed")
    DROPPED = "dropped", pgettext_lazy("import", "dropped")
    TAKEN_BACK = "taken_back", pgettext_lazy("import", "taken back")


IMPORT = Transitions(
    ImportStatus.UPLOADED,
    {
        ImportStatus.UPLOADED: {ImportStatus.CHECKED, ImportStatus.FAILED, ImportStatus.DROPPED},
        # The register may have changed since: what was checked can be checked again.
        ImportStatus.CHECKED: {ImportStatus.CONFIRMED, ImportStatus.UPLOADED, ImportStatus.DROPPED},
        ImportStatus.CONFIRMED: {ImportStatus.DONE, ImportStatus.FAILED},
        ImportStatus.FAILED: {ImportStatus.UPLOADED, ImportStatus.DROPPED},
        # What was before the system: a mistake in it is mended by another import.
        ImportStatus.DONE: {ImportStatus.TAKEN_BACK},
        ImportStatus.DROPPED: set(),
        ImportStatus.TAKEN_BACK: set(),
    },
)

# With a worker, or on the way to one.
AT_WORK = {ImportStatus.UPLOADED, ImportStatus.CONFIRMED}


class PairStatus(models.TextChoices):
    LIKELY = "likely", pgettext_lazy("two records", "likely the same")
    APART = "apart", pgettext_lazy("two records", "not the same")
    MERGED = "merged", pgettext_lazy("two records", "merged")


PAIR = Transitions(
    PairStatus.LIKELY,
    {
        PairStatus.LIKELY: {PairStatus.APART, PairStatus.MERGED},
        # The secretary may find out better.
        PairStatus.APART: {PairStatus.MERGED},
        # Undone, within thirty days.
        PairStatus.MERGED: {PairStatus.APART},
    },
)
