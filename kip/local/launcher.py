"""The order of a start and of a stop, and honcho's supervisor between them.

    lock .local → PostgreSQL, Valkey → `manage.py prepare` → web, worker, beat → wait for /readyz

The servers are not under the supervisor, because they must be the last to stop.
"""

import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import psutil
from honcho.manager import Manager

from kip.local import processes
from kip.local.environment import environment, given
from kip.local.folder import CHECKOUT, Folder, LocalError
from kip.local.servers import HOST, Postgres, Server, ServerError, Valkey, is_listening, programs

# Set for every process that a launcher starts, to know them again when it was killed.
MARK = "KIP_LAUNCHED_FROM"
SAY_WHAT_IS_NOT_READY_AFTER = 30.0  # seconds

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def say(*lines: str) -> None:
    print(*lines, sep="\n", flush=True)


def _interrupt(number: int, frame: FrameType | None) -> None:
    # Once: a second Ctrl-C must not cut the orderly stop short.
    for each in STOP_SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


# --- Servers ------------------------------------------------------------------------------------


class Addresses:
    """Where the database and the broker are: private servers, or those that the person named."""

    def __init__(self, database_url: str, redis_url: str, running: list[Server]) -> None:
        self.database_url = database_url
        self.redis_url = redis_url
        self.running = running


@contextlib.contextmanager
def private_servers(folder: Folder) -> Iterator[Addresses]:
    """Start what is not named by DATABASE_URL or REDIS_URL; stop it at the end.

    The caller holds the folder's lock.
    """
    running: list[Server] = []
    database_url, redis_url = given("DATABASE_URL"), given("REDIS_URL")
    password = folder.secrets["SERVER_PASSWORD"]
    found = {} if database_url and redis_url else programs(folder.servers)
    if found and folder.lives_elsewhere:
        say(
            f"The servers run as another user, who cannot enter {folder.path}. "
            f"Their data are in {folder.servers}."
        )
    with contextlib.ExitStack() as stack:
        if not redis_url:
            valkey = Valkey(folder.servers / "valkey", password, programs=found["valkey"])
            stack.callback(valkey.stop)
            valkey.start()
            running.append(valkey)
            redis_url = valkey.url
        if not database_url:
            postgres = Postgres(folder.servers / "postgres", password, programs=found["postgres"])
            stack.callback(postgres.stop)
            postgres.start()
            running.append(postgres)
            database_url = postgres.url()
        folder.addresses.touch(mode=0o600)
        folder.addresses.write_text(json.dumps([database_url, redis_url]))
        stack.callback(folder.addresses.unlink, missing_ok=True)
        yield Addresses(database_url, redis_url, running)


def end_leftovers(folder: Folder) -> None:
    """End what a launcher of this folder started before it was killed.

    The caller holds the lock. PostgreSQL is left to `Postgres.start`, which ends it gently.
    """
    os.environ[MARK] = str(folder.path)
    left = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get(MARK) == str(folder.path) and process.name() != "postgres":
                process.terminate()
                left.append(process)
    for process in psutil.wait_procs(left, timeout=5)[1]:
        with contextlib.suppress(psutil.Error):
            process.kill()


# --- The supervisor -----------------------------------------------------------------------------


class Supervisor(Manager):
    """Honcho's manager, which may be told to stop before all its processes have reported."""

    def __init__(self) -> None:
        super().__init__()
        self.stop_wanted = False
        self.first_to_end: str | None = None

    def terminate(self) -> None:
        self.stop_wanted = True
        ended = [name for name, process in self._processes.items() if "returncode" in process]
        self.first_to_end = self.first_to_end or next(iter(ended), None)
        if self.all_started:
            super().terminate()

    @property
    def all_started(self) -> bool:
        return bool(super()._all_started())

    def _all_started(self) -> bool:
        # Asked in every round of honcho's loop. Its own terminate() fails on a process whose
        # number it has not heard yet, and would leave that one behind.
        if self.stop_wanted and self.all_started:
            super().terminate()
        return self.all_started


class Watch(threading.Thread):
    """Says when everything answers, and stops everything when a server has gone."""

    def __init__(
        self, supervisor: Supervisor, servers: list[Server], port: int, ready: list[str]
    ) -> None:
        super().__init__(daemon=True)
        self.supervisor = supervisor
        self.servers = servers
        self.url = f"http://{HOST}:{port}/readyz"
        self.ready = ready
        self.failed: str | None = None

    def run(self) -> None:
        # Quiet until honcho has forked: a fork beside a busy thread may inherit its locks.
        while not self.supervisor.all_started:
            time.sleep(0.05)
        began = time.monotonic()
        is_ready = has_complained = False
        while not self.supervisor.stop_wanted:
            for server in self.servers:
                if not server.is_running:
                    self.failed = f"{server.name} has ended by itself (see {server.log})"
                    self.supervisor.terminate()
                    return
            if not is_ready:
                is_ready, answer = self._ask()
                if is_ready:
                    say("", *self.ready, "")
                elif time.monotonic() - began > SAY_WHAT_IS_NOT_READY_AFTER and not has_complained:
                    has_complained = True
                    say(f"Still waiting for {self.url}: {answer}")
            time.sleep(1.0 if is_ready else 0.2)

    def _ask(self) -> tuple[bool, str]:
        try:
            with urllib.request.urlopen(self.url, timeout=5) as response:
                return response.status == 200, ""
        except urllib.error.HTTPError as error:
            return False, error.read(500).decode(errors="replace")
        except OSError as error:
            return False, str(error)


def supervise(
    commands: dict[str, list[str]], env: dict[str, str], watch_for: list[Server], port: int,
    ready: list[str],
) -> int:  # fmt: skip
    """Run the commands until one ends or somebody stops us. Returns the exit status."""
    supervisor = Supervisor()
    for name, command in commands.items():
        supervisor.add_process(name, "exec " + shlex.join(command), env=env, cwd=str(CHECKOUT))
    watch = Watch(supervisor, watch_for, port, ready)
    watch.start()
    supervisor.loop()
    if supervisor.returncode in {130, 143}:
        return 0
    what = watch.failed or f"{supervisor.first_to_end} has ended by itself"
    say("", f"{what}: everything else was stopped too. The lines above say why.")
    return 1


# --- The commands -------------------------------------------------------------------------------


def chosen_port() -> int:
    text = given("PORT") or "8000"
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= 65535:
        raise LocalError(f"PORT={text} is not a port number. Try PORT=8123 make run.")
    if is_listening(int(text)):
        raise LocalError(
            f"Port {text} is in use by another program. Choose another: PORT=8123 make run."
        )
    return int(text)


def run(folder: Folder, *, debug: bool = False) -> int:
    """Start everything and stay until stopped. Returns the exit status."""
    for number in STOP_SIGNALS:
        signal.signal(number, _interrupt)
    os.umask(0o077)
    if not folder.lock():
        raise LocalError(
            f"KIP already runs from this folder (process {folder.holder()}). Stop that copy first, "
            "or make another checkout: each has its own data, and PORT=8123 keeps them apart."
        )
    end_leftovers(folder)
    port = chosen_port()
    say("Starting PostgreSQL and Valkey …")
    try:
        with private_servers(folder) as at:
            env = environment(
                folder,
                database_url=at.database_url,
                redis_url=at.redis_url,
                port=port,
                debug=debug,
            )
            _prepare(folder, env)
            say("Starting web, worker and beat …")
            signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
            status = supervise(_commands(folder, port, debug), env, at.running, port, _ready(env))
            say("Stopping the servers …")
    except KeyboardInterrupt:
        status = 0
    if status == 0:
        say("Stopped. The data are kept.")
    return status


def _commands(folder: Folder, port: int, debug: bool) -> dict[str, list[str]]:
    return {
        "web": processes.web_reloading(port) if debug else processes.web(port),
        "worker": processes.worker_reloading() if debug else processes.worker(),
        "beat": processes.beat(folder.beat_schedule),
    }


def _prepare(folder: Folder, env: dict[str, str]) -> None:
    """Migrate, collect static files, and load the demo once, into our own database only."""
    wants_demo = env["DEMO_ALLOWED"] == "true" and not folder.demo_loaded.exists()
    arguments = ["--demo"] if wants_demo else []
    # Its own session, as for the servers: Ctrl-C reaches us, and we end it.
    process = subprocess.Popen(
        processes.manage("prepare", *arguments), cwd=CHECKOUT, env=env, start_new_session=True
    )
    try:
        status = process.wait()
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        raise
    if status != 0:
        raise LocalError("The database or the static files could not be prepared: see above.")
    if wants_demo:
        folder.demo_loaded.touch()


def _ready(env: dict[str, str]) -> list[str]:
    lines = [f"KIP is ready at {env['SITE_URL']}/"]
    if env["DEMO_ALLOWED"] == "true":
        from kip.local.demo import SIGN_INS

        width = max(len(address) for address, _ in SIGN_INS)
        lines += ["", "Demo sign-ins, at " + env["SITE_URL"] + "/accounts/login/"]
        lines += [f"  {address:<{width}}  {who}" for address, who in SIGN_INS]
        lines += [f"  password for all of them: {env['DEMO_PASSWORD']}"]
    if not given("EMAIL_URL"):
        lines += ["", f"Mail is written to {Path(env['DATA_DIR']) / 'mail'} as .eml files."]
    return [*lines, "Ctrl-C stops everything and keeps the data."]


def manage(folder: Folder, arguments: list[str]) -> int:
    """Run a management command on the private servers, starting them when no copy runs."""
    port = int(given("PORT") or "8000")
    if folder.lock():
        signal.signal(signal.SIGTERM, _interrupt)
        end_leftovers(folder)
        with private_servers(folder) as at:
            env = environment(
                folder, database_url=at.database_url, redis_url=at.redis_url, port=port
            )
            return _foreground(processes.manage(*arguments), env)
    for _ in range(100):
        if folder.addresses.exists():
            break
        time.sleep(0.1)
    else:
        raise LocalError("Another copy is starting or stopping. Try again in a moment.")
    database_url, redis_url = json.loads(folder.addresses.read_text())
    env = environment(
        folder,
        database_url=given("DATABASE_URL") or database_url,
        redis_url=given("REDIS_URL") or redis_url,
        port=port,
    )
    return _foreground(processes.manage(*arguments), env)


def _foreground(command: list[str], env: dict[str, Any]) -> int:
    process = subprocess.Popen(command, cwd=CHECKOUT, env=env)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # the command got it as well, and ends, or (a shell) does not


def clean(folder: Folder) -> int:
    """Remove `.local` with its data, wherever they are."""
    if not folder.lock():
        raise LocalError(f"KIP runs (process {folder.holder()}). Stop it first.")
    folder.remove()
    return 0


def main(arguments: list[str]) -> int:
    command, *rest = arguments or ["help"]
    try:
        folder = Folder()
        match command:
            case "run":
                return run(folder)
            case "dev":
                return run(folder, debug=True)
            case "manage":
                return manage(folder, rest)
            case "clean":
                return clean(folder)
    except (LocalError, ServerError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    print("python -m kip.local run | dev | manage COMMAND … | clean", file=sys.stderr)
    return 2
