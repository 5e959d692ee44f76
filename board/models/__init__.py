"""The board: who sits on it and when, the matters before it, and what it resolved.

`terms`        terms of office, seats, offices
`deciding`     each seat's part in a matter, and what was decided at a meeting
`matters`      the questions put to the board, and their papers
`resolutions`  what was declared, never altered
`planning`     the association's year: what is to be done, when, by whom
`resolutions`  what was declared, or resolved before the system, never altered

Each knows those above it. What points further down names its model by a string.
"""

from board.models.deciding import (
    KEPT_AFTER_DECISION,
    Entitlement,
    MeetingRecord,
    VoteChannel,
    VoteChoice,
    kept_after_decision,
    waiting_records,
)
from board.models.matters import (
    Matter,
    MatterDocument,
    MatterKind,
    MatterQuerySet,
    proposed_admission,
    proposed_expulsion,
)
from board.models.planning import (
    Anchor,
    PlannedTask,
    PlannedTaskQuerySet,
    TaskOutcome,
    YearPlan,
    with_progress,
)
from board.models.resolutions import Body, FormerResolution, Resolution
from board.models.terms import (
    OVERLAPS,
    Dated,
    DatedQuerySet,
    InstantRange,
    Office,
    OfficeKind,
    Seat,
    SeatKind,
    SeatQuerySet,
    Term,
)

__all__ = [
    "KEPT_AFTER_DECISION",
    "OVERLAPS",
    "Anchor",
    "Body",
    "Dated",
    "DatedQuerySet",
    "Entitlement",
    "FormerResolution",
    "InstantRange",
    "Matter",
    "MatterDocument",
    "MatterKind",
    "MatterQuerySet",
    "MeetingRecord",
    "Office",
    "OfficeKind",
    "PlannedTask",
    "PlannedTaskQuerySet",
    "Resolution",
    "Seat",
    "SeatKind",
    "SeatQuerySet",
    "TaskOutcome",
    "Term",
    "VoteChannel",
    "VoteChoice",
    "YearPlan",
    "kept_after_decision",
    "proposed_admission",
    "proposed_expulsion",
    "waiting_records",
    "with_progress",
]
