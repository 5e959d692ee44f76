"""One private PostgreSQL and Valkey for the whole session, started before Django's settings load.

With pytest-xdist the controller starts them and the workers inherit the addresses; pytest-django
then gives each worker a database of its own, a copy of one that was migrated once. With
DATABASE_URL or REDIS_URL set, that server is used instead (the database's user needs the right to
create databases).
"""

import fcntl
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest

from kip.local.servers import Postgres, Valkey, programs

DEMO_PASSWORD = "spruce-harbour-lantern"

pytest_plugins = ["tests.stack"]

_session = ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    worker = getattr(config, "workerinput", {}).get("workerid", "")
    if not worker:
        _start_servers()
    data = Path(os.environ["KIP_TEST_FOLDER"]) / "data" / worker
    (data / "static").mkdir(parents=True)
    os.environ |= {
        "DEBUG": "false",
        "SECRET_KEY": "only-for-tests-" + "0123456789" * 4,
        "ALLOWED_HOSTS": "127.0.0.1,localhost,testserver",
        "SITE_URL": "http://127.0.0.1:8000",
        "DATA_DIR": str(data),
        "DEMO_ALLOWED": "true",
        "DEMO_PASSWORD": DEMO_PASSWORD,
        "EMAIL_URL": "",
        "DJANGO_SETTINGS_MODULE": "kip.settings",
    }
    _adjust_settings()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Workers of pytest-xdist must not load settings before they have a DATA_DIR of their own."""
    if not hasattr(session.config, "workerinput"):
        os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def pytest_unconfigure(config: pytest.Config) -> None:
    made = Path(os.environ.get("KIP_TEST_FOLDER", "")) / "migrated.name"
    if not hasattr(config, "workerinput") and made.is_file():
        on_the_server(f'DROP DATABASE IF EXISTS "{made.read_text()}"')
    _session.close()


def _start_servers() -> None:
    # Short and traversable for the unprivileged user who runs the servers when we are root.
    folder = Path(tempfile.mkdtemp(prefix="kip-tests-"))
    folder.chmod(0o711)
    _session.callback(shutil.rmtree, folder, ignore_errors=True)
    os.environ["KIP_TEST_FOLDER"] = str(folder)
    password = secrets.token_urlsafe(16)
    found = programs(folder)
    if not os.environ.get("DATABASE_URL"):
        postgres = Postgres(
            folder / "postgres", password, programs=found["postgres"], durable=False
        )
        postgres.start()
        _session.callback(postgres.stop)
        os.environ["DATABASE_URL"] = postgres.url()
    if not os.environ.get("REDIS_URL"):
        valkey = Valkey(folder / "valkey", password, programs=found["valkey"])
        valkey.start()
        _session.callback(valkey.stop)
        os.environ["REDIS_URL"] = valkey.url


def _adjust_settings() -> None:
    """What no environment variable says: no collected static files, and quick password hashes."""
    from django.conf import settings

    settings.STORAGES["staticfiles"] = {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def migrated() -> str:
    """The name of a database that is migrated and empty, to be copied.

    Migrating takes half a minute: whoever comes first does it, the others wait.
    """
    folder = Path(os.environ["KIP_TEST_FOLDER"])
    name = f"kip_migrated_{folder.name[-8:].lower()}"
    with (folder / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = folder / "migrated.name"
        if not made.exists():
            url = urlsplit(os.environ["DATABASE_URL"])
            on_the_server(f'CREATE DATABASE "{name}"')
            subprocess.run(
                [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
                cwd=Path(__file__).parent.parent,
                env=os.environ | {"DATABASE_URL": url._replace(path=f"/{name}").geturl()},
                check=True,
            )
            made.write_text(name)
    return name


def on_the_server(statement: str) -> None:
    with closing(psycopg2.connect(os.environ["DATABASE_URL"])) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None, request: pytest.FixtureRequest
) -> None:
    """A database for tests is a copy, unless one is kept from before (`--reuse-db`)."""
    from django.conf import settings

    if not request.config.getvalue("reuse_db"):
        test = settings.DATABASES["default"].setdefault("TEST", {})
        test["TEMPLATE"] = request.getfixturevalue("migrated")


@pytest.fixture(autouse=True)
def english() -> None:
    """A request leaves its reader's language behind in the thread."""
    from django.utils import translation

    translation.activate("en")
