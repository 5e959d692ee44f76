"""A status field, its table of transitions, and the database triggers made from that table.

    class State(models.TextChoices): ...
    TABLE = Transitions(State.DRAFT, {State.DRAFT: {State.SUBMITTED}, State.SUBMITTED: set()})

    class Application(StatefulModel):
        TRANSITIONS = TABLE
        status = models.CharField(choices=State.choices, default=State.DRAFT)
        class Meta:
            triggers = status_triggers(TABLE)

Code moves a status with `move_to()`; the triggers refuse every other way, ad-hoc SQL included.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

import pgtrigger
from django.db import InternalError, models
from django.utils.translation import gettext_lazy as _

from kip.exceptions import InvalidTransition


class Transitions:
    """Which status may follow which; the first key of a new row is `initial`."""

    def __init__(self, initial: Any, table: Mapping[Any, set[Any]]) -> None:
        self.initial = str(initial)
        self.table = {str(state): {str(n) for n in following} for state, following in table.items()}

    def allows(self, old: str, new: str) -> bool:
        return str(new) in self.table.get(str(old), set())

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return sorted((old, new) for old, following in self.table.items() for new in following)

    @property
    def final(self) -> set[str]:
        return {state for state, following in self.table.items() if not following}

    @property
    def open(self) -> set[str]:
        return set(self.table) - self.final


def status_triggers(transitions: Transitions, field: str = "status") -> list[pgtrigger.Trigger]:
    """The table as triggers: only its moves, and only its initial status on insert."""
    return [
        pgtrigger.FSM(name=f"{field}_moves", field=field, transitions=transitions.pairs),
        pgtrigger.Protect(
            name=f"{field}_begins",
            operation=pgtrigger.Insert,
            condition=~pgtrigger.Q(**{f"new__{field}": transitions.initial}),
        ),
    ]


@contextmanager
def refused_as_invalid_transition() -> Iterator[None]:
    """The database's refusal, in the words of the house."""
    try:
        yield
    except InternalError as error:
        if "pgtrigger" not in str(error):
            raise
        raise InvalidTransition(
            _("That step is not possible from where this stands now.")
        ) from error


class StatefulModel(models.Model):
    """A model whose `status` moves only along `TRANSITIONS`."""

    TRANSITIONS: ClassVar[Transitions]
    status: Any

    class Meta:
        abstract = True

    def move_to(self, new: str, /, **changes: Any) -> None:
        """Move the status and save `changes` with it. Raises `InvalidTransition`.

        The caller holds the row's lock.
        """
        if not self.TRANSITIONS.allows(self.status, new):
            raise InvalidTransition(
                _("This is “%(status)s”, so that step is not possible any more.")
                % {"status": self.get_status_display()}  # type: ignore[attr-defined]
            )
        self.status = new
        for name, value in changes.items():
            setattr(self, name, value)
        with refused_as_invalid_transition():
            self.save(update_fields=["status", *changes])  # type: ignore[misc]
