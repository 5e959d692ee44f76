"""A worker is told after the commit, one at a time does it, and others see how far it is."""

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from kip import background
from kip.accounts.models import User

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_worker_is_told_once_it_is_certain(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []

    def without_a_broker(task: str, args: Any, **how: Any) -> None:
        told.append((task, args))
        raise ConnectionError

    monkeypatch.setattr(background.app, "send_task", without_a_broker)
    with transaction.atomic():
        background.enqueue("a.task", 7)
        assert not told
    assert told == [("a.task", (7,))]


def elsewhere(what: Any) -> Any:
    """What it is by another connection."""
    found: list[Any] = []

    def look() -> None:
        try:
            found.append(what())
        finally:
            connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    return found[0]


def is_free() -> bool:
    with background.alone("test:1") as is_alone:
        return is_alone


def test_one_at_a_time() -> None:
    with background.alone("test:1") as is_alone:
        assert is_alone and not elsewhere(is_free)
    assert elsewhere(is_free)


def test_others_see_how_far_it_is() -> None:
    person = User.objects.create_user("somebody@kip.example", given_name="Before")
    with transaction.atomic(), background.Progress(person, "given_name") as say:
        User.objects.exists()
        say("After")
        say("Too soon to say more")
        assert elsewhere(lambda: User.objects.get(pk=person.pk).given_name) == "After"
