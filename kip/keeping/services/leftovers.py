"""Where a backup, a look into one and a restore do their work, and what they left when killed.

All of it can be read by whoever reads the disk: none of it may outlive the work.
"""

import contextlib
import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from kip.keeping import databases

log = logging.getLogger(__name__)

STAGING, VERIFY, RESTORE = ".staging-", ".verify-", ".restore-"
PARTIAL = ".partial"
# The database into which an archive is restored to look at it.
SCRATCH = "kip_verify"


@contextlib.contextmanager
def workplace(parent: Path, prefix: str) -> Iterator[Path]:
    """An empty folder, removed afterwards; if whoever made it is killed, by the next sweep."""
    folder = parent / f"{prefix}{os.urandom(6).hex()}"
    with databases.at_work(folder.name):
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def sweep_backups(folder: Path) -> None:
    """Remove what backups, and looks into them, left behind in their folder and beside the
    database; what somebody works on stays.
    """
    for pattern in (f"{STAGING}*", f"{VERIFY}*", f"kip-*{PARTIAL}"):
        _remove(folder, pattern)
    databases.drop_leftovers(SCRATCH)


def sweep_restores(folder: Path, new_database: str) -> None:
    """The same of restores: `new_database` is the prefix of what they restore into."""
    _remove(folder, f"{RESTORE}*")
    databases.drop_leftovers(new_database)


def _remove(folder: Path, pattern: str) -> None:
    for left in folder.glob(pattern):
        with databases.at_work(left.name) as nobody_else:
            if not nobody_else:
                continue
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                with contextlib.suppress(OSError):
                    left.unlink()
            if left.exists():
                log.warning("%s was left behind and cannot be removed: remove it", left)
