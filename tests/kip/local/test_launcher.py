"""What the launcher decides before and while it runs; the whole of `make run` is run by hand."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kip.local import folder as folders
from kip.local.environment import environment
from kip.local.folder import CHECKOUT, Folder, LocalError
from kip.local.launcher import MARK, chosen_port, end_leftovers, main
from kip.local.servers import HOST, free_port


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    monkeypatch.setattr(folders, "ELSEWHERE", tmp_path / "elsewhere")
    return Folder(tmp_path / "å space")


def _environment(folder: Folder) -> dict[str, str]:
    return environment(folder, database_url="postgresql://x", redis_url="redis://x", port=8123)


@pytest.fixture
def nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "SITE_URL", "DATA_DIR", "PORT"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("nothing_given")
class TestEnvironment:
    def test_the_private_database_may_hold_demo_sign_ins(self, folder: Folder) -> None:
        env = _environment(folder)
        assert env["DEMO_ALLOWED"] == "true"
        assert env["DEMO_PASSWORD"] == folder.secrets["DEMO_PASSWORD"]
        assert env["SITE_URL"] == "http://127.0.0.1:8123"
        assert env["DEBUG"] == "false"

    def test_a_real_database_may_not_whatever_is_set(
        self, folder: Folder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DATABASE_URL", "postgresql://db.example/kip")
        monkeypatch.setenv("DEMO_ALLOWED", "true")
        monkeypatch.setenv("DEMO_PASSWORD", "known to everybody")
        env = _environment(folder)
        assert env["DEMO_ALLOWED"] == "false"
        assert "DEMO_PASSWORD" not in env

    def test_what_is_given_wins(self, folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SITE_URL", "https://kip.example")
        assert _environment(folder)["SITE_URL"] == "https://kip.example"

    def test_the_secrets_outlive_a_restart_and_are_for_the_owner_only(self, folder: Folder) -> None:
        first = folder.secrets
        assert Folder(folder.path).secrets == first
        assert len(first["SECRET_KEY"]) >= 50
        assert (folder.path / "secrets.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("nothing_given")
class TestPort:
    @pytest.mark.parametrize("text", ["0", "99999", "eighty", "-1", "８"])
    def test_nonsense_is_refused(self, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PORT", text)
        with pytest.raises(LocalError, match="is not a port number"):
            chosen_port()

    def test_one_in_use_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with socket.create_server((HOST, 0)) as taken:
            monkeypatch.setenv("PORT", str(taken.getsockname()[1]))
            with pytest.raises(LocalError, match="is in use"):
                chosen_port()


def test_a_second_copy_on_the_same_folder_is_refused(folder: Folder) -> None:
    hold = "import sys, time; from pathlib import Path; from kip.local.folder import Folder\n"
    hold += "it = Folder(Path(sys.argv[1])); print(it.lock(), flush=True); time.sleep(60)"
    command = [sys.executable, "-c", hold, str(folder.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        assert not folder.lock()
        assert folder.holder() == str(other.pid)
        other.kill()
        other.wait()
        assert folder.lock(), "a killed copy leaves nothing in the way"


def test_what_a_killed_launcher_left_is_ended(folder: Folder) -> None:
    others = [str(folder.path), str(folder.path.parent), ""]
    ours, another, unmarked = (
        subprocess.Popen(["sleep", "60"], env=os.environ | {MARK: value}) for value in others
    )
    try:
        end_leftovers(folder)
        assert ours.poll() is not None
        assert another.poll() is None
        assert unmarked.poll() is None
    finally:
        os.environ.pop(MARK, None)
        for process in (another, unmarked):
            process.kill()
            process.wait()


class TestSupervisor:
    """In a process of its own, as the supervisor takes over the signals."""

    PROGRAM = (
        "import os, sys; from kip.local.launcher import supervise\n"
        "commands = {'web': ['sh', '-c', sys.argv[1]], 'worker': ['sleep', '60']}\n"
        "sys.exit(supervise(commands, dict(os.environ), [], int(sys.argv[2]), ['ready']))"
    )

    def _start(self, web: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-c", self.PROGRAM, web, str(free_port())],
            stdout=subprocess.PIPE,
            text=True,
            cwd=CHECKOUT,
        )

    @pytest.mark.parametrize("status", [0, 3])
    def test_one_that_ends_by_itself_ends_all_and_is_named(self, status: int) -> None:
        with self._start(f"exit {status}") as supervisor:
            said = supervisor.communicate(timeout=20)[0]
        assert supervisor.returncode == 1
        assert "web has ended by itself" in said
        assert "worker stopped" in said

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_a_signal_is_a_good_end(self, number: signal.Signals) -> None:
        with self._start("exec sleep 60") as supervisor:
            assert supervisor.stdout is not None
            while "started" not in supervisor.stdout.readline():
                pass
            supervisor.send_signal(number)
            said = supervisor.communicate(timeout=20)[0]
        assert supervisor.returncode == 0
        assert "web stopped" in said and "worker stopped" in said

    def test_a_signal_in_the_first_instant_leaves_nobody_behind(self) -> None:
        marker = f"60.{time.time_ns()}"
        with self._start(f"exec sleep {marker}") as supervisor:
            time.sleep(0.4)
            supervisor.send_signal(signal.SIGTERM)
            supervisor.communicate(timeout=20)
        time.sleep(0.2)
        found = subprocess.run(["pgrep", "-f", f"sleep {marker}"], stdout=subprocess.PIPE)
        assert found.stdout == b""


def test_unknown_commands_are_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fly"]) == 2
    assert "run | dev | manage" in capsys.readouterr().err
