"""An act of the association: one transaction, one sentence in the history.

    @act(gettext_noop("%(who)s cast a vote."))
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
from django.db import connection, transaction

P = ParamSpec("P")
R = TypeVar("R")


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
            if _inside_an_act():
                with transaction.atomic():
                    return service(*args, **kwargs)
            with (
                transaction.atomic(),
                pghistory.context(
                    act=sentence, user=by.pk if by is not None else None, at=at.isoformat()
                ),
            ):
                result = service(*args, **kwargs)
            if connection.in_atomic_block and not connection.needs_rollback:
                _forget_the_act()
            return result

        return wrapper

    return decorate


def current_act() -> Any:
    """What is the same for as long as one act lasts, and for no other; None outside of any."""
    current = getattr(pghistory.runtime._tracker, "value", None)
    return current.id if current is not None and "act" in current.metadata else None


def _inside_an_act() -> bool:
    return current_act() is not None


def _forget_the_act() -> None:
    """What the rest of a longer transaction changes is not this act's doing.

    PostgreSQL keeps the settings to the transaction's end. An act that fails needs no such care:
    rolling back to its savepoint brings the earlier settings back.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('pghistory.context_id', '', true),"
            " set_config('pghistory.context_metadata', '', true)"
        )
