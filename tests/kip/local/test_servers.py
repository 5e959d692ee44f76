"""PostgreSQL and Valkey as one copy of the program has them, in a folder with a difficult name."""

import contextlib
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis

from kip.local.servers import HOST, Postgres, ServerError, Valkey, is_listening, programs


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    # Not pytest's tmp_path, which nobody else may enter: as root, the servers run as another user.
    with tempfile.TemporaryDirectory(prefix="kip å space ") as name:
        os.chmod(name, 0o711)
        yield Path(name)


@pytest.fixture(scope="module")
def bin(folder: Path) -> dict[str, Path]:
    return programs(folder)


@pytest.fixture(scope="module")
def postgres(folder: Path, bin: dict[str, Path]) -> Iterator[Postgres]:
    server = Postgres(folder / "postgres", "hush-hush", programs=bin["postgres"], durable=False)
    server.start()
    yield server
    server.stop()


def _ask(postgres: Postgres, query: str) -> object:
    with contextlib.closing(psycopg2.connect(postgres.url())) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchone()[0] if cursor.description else None


def test_the_database_knows_finnish_letters(postgres: Postgres) -> None:
    assert _ask(postgres, "SELECT lower('ÅÄÖ')") == "åäö"
    assert _ask(postgres, "SHOW server_encoding") == "UTF8"


def test_the_database_wants_its_password_and_listens_on_this_machine_only(
    postgres: Postgres,
) -> None:
    with pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(host=HOST, port=postgres.port, user="kip", password="", dbname="kip")
    assert _ask(postgres, "SHOW listen_addresses") == "127.0.0.1"
    assert _ask(postgres, "SHOW unix_socket_directories") == ""


def test_the_data_are_there_at_the_next_start(postgres: Postgres) -> None:
    _ask(postgres, "CREATE TABLE kept AS SELECT 7 AS number")
    postgres.stop()
    assert not postgres.is_running
    postgres.start()
    assert _ask(postgres, "SELECT number FROM kept") == 7


def test_a_server_that_a_killed_launcher_left_is_replaced(
    postgres: Postgres, bin: dict[str, Path]
) -> None:
    assert postgres.process is not None
    left_behind = psutil.Process(postgres.process.pid)
    second = Postgres(postgres.folder, postgres.password, programs=bin["postgres"], durable=False)
    second.start()
    try:
        assert postgres.process.wait(5) == 0, "stopped gently"
        assert not left_behind.is_running()
        assert _ask(second, "SELECT 1") == 1
    finally:
        second.stop()
        postgres.start()


def test_killing_it_does_not_prevent_the_next_start(postgres: Postgres) -> None:
    assert postgres.process is not None
    postgres.process.kill()
    postgres.process.wait()
    assert (postgres.folder / "postmaster.pid").exists()
    postgres.start()
    assert _ask(postgres, "SELECT 1") == 1


def test_a_stale_pid_file_that_names_another_living_program_does_not_either(
    postgres: Postgres,
) -> None:
    postgres.stop()
    owner = postgres.folder.stat().st_uid
    as_owner = {"user": owner} if os.geteuid() == 0 else {}
    other = subprocess.Popen(["sleep", "60"], **as_owner)
    pid_file = postgres.folder / "postmaster.pid"
    try:
        pid_file.write_text(
            f"{other.pid}\n{postgres.folder}\n{int(time.time())}\n5432\n\n{HOST}\n  12  0\nready\n"
        )
        os.chown(pid_file, owner, -1)
        postgres.start()
        assert other.poll() is None, "the other program is left alone"
    finally:
        other.kill()
        other.wait()


def test_half_a_cluster_is_made_anew(folder: Path, bin: dict[str, Path]) -> None:
    (folder / "half").mkdir()
    (folder / "half" / "base").mkdir()
    server = Postgres(folder / "half", "hush", programs=bin["postgres"], durable=False)
    server.start()
    assert server.is_running
    server.stop()


def test_the_broker_wants_its_password_and_comes_back_on_its_port(
    folder: Path, bin: dict[str, Path]
) -> None:
    broker = Valkey(folder / "valkey", "hush-hush", programs=bin["valkey"])
    with pytest.raises(ServerError), socket.create_server((HOST, 0)) as taken:
        Valkey(
            folder / "valkey", "hush", programs=bin["valkey"], port=taken.getsockname()[1]
        ).start()
    broker.start()
    try:
        assert redis.Redis.from_url(broker.url).ping()
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(HOST, broker.port).ping()
        command = psutil.Process(broker.process.pid).cmdline() if broker.process else []
        assert not any("hush" in part for part in command)
    finally:
        broker.stop()
    assert not is_listening(broker.port)
