"""One board per module, since electing one for every test would take most of the time.

Models are imported inside: this file is read before the settings are known.
"""

import copy
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="module")
def elected(request: Any, django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """The module's `BOARD` (members, deputies), in a transaction that its tests run inside."""
    from django.db import transaction

    from tests.board.factories import a_board

    with django_db_blocker.unblock(), transaction.atomic():
        yield a_board(*request.module.BOARD)
        transaction.set_rollback(True)


@pytest.fixture
def board(elected: Any, db: None) -> Any:
    """A board in office; what a test does to it is undone after the test."""
    return copy.deepcopy(elected)
