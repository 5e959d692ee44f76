"""The folder `.local`: everything that one copy of the program keeps on this machine."""

import fcntl
import hashlib
import json
import os
import secrets
import shutil
from functools import cached_property
from pathlib import Path
from typing import IO

from kip.local import servers

CHECKOUT = Path(__file__).resolve().parent.parent.parent
# Where root's servers live when the checkout is out of their user's reach.
ELSEWHERE = Path("/var/lib/kip-local")
# Words that are easy to read from a screen and to type; four of them are 44 bits.
SYLLABLES = [a + b for a in "bdfghjklmnprstv" for b in ("a", "e", "i", "o", "u", "y")]


class LocalError(Exception):
    """The program cannot start. The text says why, and what to do about it."""


def _pronounceable() -> str:
    words = ("".join(secrets.choice(SYLLABLES) for _ in range(3)) for _ in range(3))
    return "-".join(words)


class Folder:
    """One `.local`. Making it creates the folder; `lock()` makes it ours."""

    def __init__(self, path: Path = CHECKOUT / ".local") -> None:
        self.path = path
        try:
            path.mkdir(exist_ok=True)
            # Others may pass through, which the servers' user must, but not look around.
            path.chmod(0o711)
        except PermissionError as error:
            raise LocalError(
                f"{path} cannot be written. It may have been made by another user (root?): run "
                "as that user, or let that user remove it with `make clean`."
            ) from error
        self._lock: IO[str] | None = None

    @cached_property
    def servers(self) -> Path:
        """The folder of the servers' data: here, or where their user can reach it."""
        inside = self.path / "servers"
        chosen = inside
        if not servers.is_within_reach(self.path):
            name = hashlib.sha256(str(self.path).encode()).hexdigest()[:12]
            chosen = ELSEWHERE / name
        for folder in (chosen.parent, chosen):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o711)
        return chosen

    @property
    def lives_elsewhere(self) -> bool:
        return self.servers.parent != self.path

    @property
    def addresses(self) -> Path:
        """The servers' addresses, while a copy runs: for `make shell` and its like."""
        return self.path / "addresses.json"

    @property
    def demo_loaded(self) -> Path:
        return self.servers / "demo-loaded"

    @property
    def beat_schedule(self) -> Path:
        return self.path / "beat-schedule"

    @cached_property
    def secrets(self) -> dict[str, str]:
        """Made at the first start and kept, so that sessions and sign-ins outlive a restart."""
        path = self.path / "secrets.json"
        if not path.exists():
            made = {
                "SECRET_KEY": secrets.token_urlsafe(50),
                "SERVER_PASSWORD": secrets.token_urlsafe(24),
                "DEMO_PASSWORD": _pronounceable(),
            }
            path.touch(mode=0o600)
            path.write_text(json.dumps(made, indent=2) + "\n")
        kept: dict[str, str] = json.loads(path.read_text())
        return kept

    @cached_property
    def backup_keys(self) -> tuple[Path, str]:
        """The file with the secret key that opens backups, and the public key that makes them."""
        import pyrage

        path = self.path / "backup-identity.txt"
        if not path.exists():
            identity = pyrage.x25519.Identity.generate()
            path.touch(mode=0o600)
            path.write_text(f"{identity}\n")
        identity = pyrage.x25519.Identity.from_str(path.read_text().strip())
        return path, str(identity.to_public())

    def lock(self) -> bool:
        """Take the folder for this process; False when another process has it.

        The kernel drops the lock with the process, however that ends, so no stale file can be in
        the way. A POSIX lock, because it is not inherited by the processes we start.
        """
        file = (self.path / "lock").open("a+")
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._lock = file
        return True

    def holder(self) -> str:
        return (self.path / "lock").read_text().strip() or "unknown"

    def remove(self) -> None:
        shutil.rmtree(self.servers)
        shutil.rmtree(self.path)
