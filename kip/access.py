"""Who may do what: named permissions, asked with the instant at which authority is read.

Each app registers predicates in its `permissions.py`:

    rules.add_perm("board.vote", has_vote)        # a predicate of (user, Case)

`rules` is asked and not `user.has_perm`, which says yes to every superuser: a superuser looks after
the machine and has no vote.
"""

from datetime import datetime
from typing import Any, NamedTuple

import rules
from django.utils.translation import gettext as _

from kip.exceptions import NotAllowed


class Case(NamedTuple):
    """What is asked about, and at which instant the dated rows are read."""

    obj: Any
    at: datetime


def allowed(permission: str, by: Any, obj: Any = None, *, at: datetime) -> bool:
    """Whether this person has the permission at the instant `at`."""
    return bool(by is not None and by.is_active and rules.has_perm(permission, by, Case(obj, at)))


def require(permission: str, by: Any, obj: Any = None, *, at: datetime) -> None:
    """Raise `NotAllowed` unless this person has the permission at the instant `at`."""
    if not allowed(permission, by, obj, at=at):
        raise NotAllowed(_("You are not entitled to do this."))
