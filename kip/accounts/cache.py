"""Django's database cache, made safe for limits that count across processes.

Django's own backend may let two processes `add` the same key (it reads, then writes), lets a
reader delete what another has just written, and past 300 rows throws away a third of them, so that
whoever fills it unlocks every sign-in. Here one SQL statement decides, and only what has expired
is thrown away.
"""

import base64
import pickle
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache as DjangoDatabaseCache
from django.db import connections, router

# Seconds between two clean-ups by the same process.
_CLEAN_EVERY = timedelta(minutes=10)


class DatabaseCache(DjangoDatabaseCache):
    _table: str
    _cleaned = datetime.min.replace(tzinfo=UTC)

    def get_many(self, keys: Any, version: int | None = None) -> dict[str, Any]:
        by_key = {self.make_and_validate_key(key, version=version): key for key in keys}
        rows = self._run(
            "SELECT cache_key, value FROM {table} WHERE cache_key = ANY(%s) AND expires > now()",
            [list(by_key)],
        )
        return {by_key[key]: pickle.loads(base64.b64decode(value)) for key, value in rows}

    def has_key(self, key: str, version: int | None = None) -> bool:
        return bool(self.get_many([key], version=version))

    def clear(self) -> None:
        self._run("DELETE FROM {table} RETURNING 1", [])

    def _base_set(
        self, mode: str, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT
    ) -> bool:
        self._clean()
        until = self.get_backend_timeout(timeout)
        expires = (
            datetime.max.replace(tzinfo=UTC)
            if until is None
            else datetime.fromtimestamp(until, UTC)
        )
        if mode == "touch":
            return bool(
                self._run(
                    "UPDATE {table} SET expires = %s WHERE cache_key = %s AND expires > now()"
                    " RETURNING 1",
                    [expires, key],
                )
            )
        stored = base64.b64encode(pickle.dumps(value, self.pickle_protocol)).decode()
        only_if_gone = " WHERE {table}.expires <= now()" if mode == "add" else ""
        return bool(
            self._run(
                "INSERT INTO {table} (cache_key, value, expires) VALUES (%s, %s, %s)"
                " ON CONFLICT (cache_key) DO UPDATE"
                " SET value = excluded.value, expires = excluded.expires"
                + only_if_gone
                + " RETURNING 1",
                [key, stored, expires],
            )
        )

    def _clean(self) -> None:
        now = datetime.now(UTC)
        if now - self._cleaned >= _CLEAN_EVERY:
            type(self)._cleaned = now
            self._run(
                "DELETE FROM {table} WHERE cache_key IN (SELECT cache_key FROM {table}"
                " WHERE expires <= now() FOR UPDATE SKIP LOCKED) RETURNING 1",
                [],
            )

    def _run(self, sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
        connection = connections[router.db_for_write(self.cache_model_class)]
        with connection.cursor() as cursor:
            cursor.execute(sql.replace("{table}", connection.ops.quote_name(self._table)), params)
            return cursor.fetchall()
