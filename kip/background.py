"""What services need that leave work to a worker: told once it is certain, done by one at a time,
and watched while it goes on. The row is the queue; a sweep finds what the broker has lost.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

from django.db import connection, connections, models, transaction

from kip.celery import app

log = logging.getLogger(__name__)


def enqueue(task: str, *arguments: Any) -> None:
    """Tell a worker of a task once the transaction is committed. Never raises."""

    def tell() -> None:
        try:
            app.send_task(task, args=arguments, retry=False)
        except Exception as error:
            log.warning("The broker did not take %s; the sweep will find it: %s", task, error)

    transaction.on_commit(tell, robust=True)


@contextmanager
def alone(key: str) -> Iterator[bool]:
    """Whether nobody else works on it now. Whoever dies lets go of it, with its connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [f"kip:{key}"])
        (is_alone,) = cursor.fetchone()
    try:
        yield is_alone
    finally:
        if is_alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [f"kip:{key}"])


class Progress:
    """Says in these columns of a row how far a long act is, while its transaction shows nothing to
    others yet: by a connection of its own, at most twice a second.
    """

    def __init__(self, row: models.Model, *columns: str) -> None:
        table = connection.ops.quote_name(row._meta.db_table)
        values = ", ".join(f"{connection.ops.quote_name(column)} = %s" for column in columns)
        self.statement = f"UPDATE {table} SET {values} WHERE id = %s"
        self.row = row
        self.said_at = 0.0

    def __enter__(self) -> Callable[..., None]:
        self.connection: Any = connections[connection.alias].copy()
        return self.say

    def say(self, *values: int) -> None:
        if monotonic() - self.said_at < 0.5:
            return
        self.said_at = monotonic()
        with self.connection.cursor() as cursor:
            cursor.execute(self.statement, [*values, self.row.pk])

    def __exit__(self, *error: object) -> None:
        self.connection.close()
