"""Append-only tables refuse TRUNCATE too, which row triggers never see."""

from typing import Any

import pgtrigger
from django.db import connections

APPEND_ONLY = "append_only"
# Triggers by these names, on rows that hold personal data, step aside for `redact` and for nothing
# else. It touches only rows that an app hands to it, and words that are no record; the board hands
# over no resolution.
REDACTABLE = {APPEND_ONLY, "immutable", "before_the_system", "words_stand_once_sent"}


def refuse_truncate(*, using: str, **kwargs: Any) -> None:
    """After migrating: every table with an `append_only` trigger refuses to be emptied.

    Idempotent. The trigger's function comes from the migration `0001_guards`.
    """
    tables = [
        model._meta.db_table
        for model, trigger in pgtrigger.registered()
        if trigger.name == APPEND_ONLY
    ]
    with connections[using].cursor() as cursor:
        cursor.execute(
            """
            SELECT quote_ident(relname) FROM pg_class
             WHERE relname = ANY(%s) AND relkind = 'r' AND pg_table_is_visible(oid)
               AND to_regproc('kip_refuse_truncate') IS NOT NULL
               AND NOT EXISTS (
                   SELECT FROM pg_trigger WHERE tgrelid = pg_class.oid
                                            AND tgname = 'kip_refuse_truncate')
            """,
            [tables],
        )
        for (table,) in cursor.fetchall():
            cursor.execute(
                f"CREATE TRIGGER kip_refuse_truncate BEFORE TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION kip_refuse_truncate()"
            )
