"""Who may handle personal data: the secretary, and everyone their own."""

from typing import Any

import rules

from kip.access import Case
from kip.accounts.permissions import is_secretary


@rules.predicate
def is_themself(user: Any, case: Case | None = None) -> bool:
    return bool(user.is_authenticated and case is not None and case.obj == user)


rules.add_perm("privacy.handle", is_secretary)
rules.add_perm("privacy.read_data_of", is_secretary | is_themself)
rules.add_perm("privacy.ask", is_secretary | is_themself)
