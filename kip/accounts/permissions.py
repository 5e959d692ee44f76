"""The one role that is a group. Every other role is a dated row of the app that knows it."""

from typing import Any

import rules

from kip.access import Case


@rules.predicate
def is_secretary(user: Any, case: Case | None = None) -> bool:
    return bool(user.is_authenticated and user.is_secretary)
