"""Acts about personal data: what is held, what is asked about it, what must be forgotten.

`holding`     what is held about a person, for them to read
`asking`      requests, answered within a month
`forgetting`  what has been kept long enough; erasures confirmed, taken back, carried out
"""

from kip.privacy.services.asking import answer_request, ask, enter_request
from kip.privacy.services.forgetting import (
    Due,
    Expired,
    carry_out,
    carry_out_due,
    expired,
    expired_parts,
    long_enough,
    part_of,
    parts_by_key,
    people_due,
    plan_erasure,
    plan_expired,
    ties,
    undo_erasure,
    why_not,
)
from kip.privacy.services.holding import Held, called, held_about, records_of

__all__ = [
    "Due",
    "Expired",
    "Held",
    "answer_request",
    "ask",
    "called",
    "carry_out",
    "carry_out_due",
    "enter_request",
    "expired",
    "expired_parts",
    "held_about",
    "long_enough",
    "part_of",
    "parts_by_key",
    "people_due",
    "plan_erasure",
    "plan_expired",
    "records_of",
    "ties",
    "undo_erasure",
    "why_not",
]
