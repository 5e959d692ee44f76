"""News that runs upward, without the lower app knowing who listens.

A lower app owns a named `Hook`; upper apps register in `AppConfig.ready()`. Calling the hook runs
every receiver inside the caller's transaction: one that raises undoes the whole act.
"""

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Hook(Generic[T]):
    """A list of receivers, called in the order in which they were registered."""

    def __init__(self, purpose: str) -> None:
        self.purpose = purpose
        self._receivers: list[Callable[..., T]] = []

    def register(self, receiver: Callable[..., T]) -> Callable[..., T]:
        if receiver not in self._receivers:
            self._receivers.append(receiver)
        return receiver

    def __iter__(self) -> Iterator[Callable[..., T]]:
        return iter(self._receivers)

    def __call__(self, **kwargs: Any) -> list[T]:
        return [receiver(**kwargs) for receiver in self._receivers]
