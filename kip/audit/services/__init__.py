"""The one act that may alter history.

`erasing`   what an app keeps of a person goes, in rows, history, outbox and files
`mentions`  and so does their name wherever somebody else's row says it
"""

from kip.audit.services.erasing import (
    PersonalRows,
    erase_rows,
    erased_elsewhere,
    foresee,
    redact,
    redactions,
    refusals,
)
from kip.audit.services.mentions import ERASED, known_as, pattern_of

__all__ = [
    "ERASED",
    "PersonalRows",
    "erase_rows",
    "erased_elsewhere",
    "foresee",
    "known_as",
    "pattern_of",
    "redact",
    "redactions",
    "refusals",
]
