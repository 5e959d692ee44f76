"""Numbers without gap or repeat: of members, of resolutions."""

from django.db import connection


def serialise(series: str) -> None:
    """Wait until no other transaction is numbering `series`, and hold it until this one ends.

    The caller then takes the highest number plus one; a rollback gives the number back.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"kip:{series}"])
