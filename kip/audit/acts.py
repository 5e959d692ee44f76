"""An act of the association: one transaction, one sentence in the history.

    @act(_("%(who)s cast a vote."))
    def cast_vote(*, matter_id, vote, by, at): ...

Everything that changes inside carries who did it, when (the service's `at`) and that sentence.
An act called by another act belongs to the outer one.
"""

import functools
from collections.abc import Callable
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

import pghistory
import pghistory.runtime
from django.db import transaction

P = ParamSpec("P")
R = TypeVar("R")


def _inside_an_act() -> bool:
    current = getattr(pghistory.runtime._tracker, "value", None)
    return current is not None and "act" in current.metadata


def act(sentence: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Run a service in one transaction and stamp what it changes.

    `sentence` is a gettext source with `%(who)s`, marked with `gettext_noop`. The service must be
    called with keyword arguments `by` (a User, or None for the association's own clock) and `at`
    (an aware datetime).
    """

    def decorate(service: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(service)
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
            by: Any = kwargs["by"]
            at: Any = kwargs["at"]
            if not isinstance(at, datetime) or at.tzinfo is None:
                raise TypeError(f"{service.__name__}: `at` must be an aware datetime")
            with transaction.atomic():
                if _inside_an_act():
                    return service(*args, **kwargs)
                with pghistory.context(
                    act=sentence, user=by.pk if by is not None else None, at=at.isoformat()
                ):
                    return service(*args, **kwargs)

        return wrapper

    return decorate
