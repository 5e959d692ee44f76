"""Who may alter history. The role is the person's own (`is_secretary`): audit imports no app."""

from typing import Any

import rules

from kip.access import Case


@rules.predicate
def is_secretary(user: Any, case: Case | None = None) -> bool:
    return bool(user.is_authenticated and user.is_secretary)


rules.add_perm("audit.redact", is_secretary)
