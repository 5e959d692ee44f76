"""An archive into the place of what there is, or into an empty place.

Everything is unpacked, checked and restored beside what there is first. Only then are they changed
over by renaming, the databases in one transaction and the folders inside it: whatever interrupts
the work before leaves the old ones whole and in use. They are kept, under another name.
"""

import contextlib
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections
from django.utils import timezone
from psycopg2 import sql

from kip.exceptions import DomainError
from kip.keeping import archive, databases
from kip.keeping.services import backing_up
from kip.keeping.services.backing_up import Found, documents_folder
from kip.keeping.services.leftovers import RESTORE, sweep_restores, workplace


@dataclass
class Restored:
    """What is there now, and under which names what was there before."""

    manifest: dict[str, Any]
    problems: Found = field(default_factory=list)
    old_database: str = ""
    old_folder: str = ""


def restore_backup(
    *,
    path: Path,
    identity: Path,
    overwrite: str = "",
    made_elsewhere: bool = False,
    by: None = None,
    at: datetime,
) -> Restored:
    """Restore an archive into the configured database and `DATA_DIR/documents`.

    What is not empty is replaced only if `overwrite` is the database's name; what was not made
    under our SECRET_KEY is restored only if it may be `made_elsewhere`.

    Raises `DomainError`: then nothing was changed.
    """
    connections.close_all()
    name = settings.DATABASES["default"]["NAME"]
    folder = documents_folder()
    is_empty = databases.is_empty(name)
    has_files = folder.is_dir() and any(folder.iterdir())
    if not (is_empty and not has_files) and overwrite != name:
        what = "The database" if not is_empty else f"The folder {folder}"
        raise DomainError(
            f"{what} is not empty. To replace what is there, say so with the database’s name:"
            f" --overwrite {name}"
        )
    if others := databases.others_connected(name):
        raise DomainError(
            f"{others} sessions are open in the database {name}: stop web, worker and beat first."
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    sweep_restores(folder.parent, _new(name))
    with workplace(folder.parent, RESTORE) as unpacked:
        manifest = backing_up.unpacked(
            path=path, identity=identity, folder=unpacked, made_elsewhere=made_elsewhere
        )
        files = unpacked / archive.FILES
        files.mkdir(exist_ok=True)
        if is_empty:
            return _into_the_empty(manifest, unpacked, name, at)
        return _beside_and_over(manifest, unpacked, name, at)


def _into_the_empty(manifest: dict[str, Any], unpacked: Path, name: str, at: datetime) -> Restored:
    """The files first, then the database, which comes whole or not at all: no row without one."""
    moved = _change_over_folder(unpacked / archive.FILES, at)
    try:
        backing_up.restore_dump(unpacked / archive.DUMP, name=name)
    except BaseException:
        _back(moved)
        raise
    problems = _files_compared(manifest, name)
    return Restored(manifest, problems, old_folder=str(moved or ""))


def _new(name: str) -> str:
    """How what is restored beside the database of that name is called, until it takes its place."""
    return f"{name}_restored"


def _beside_and_over(manifest: dict[str, Any], unpacked: Path, name: str, at: datetime) -> Restored:
    old = f"{name}_before_{timezone.localtime(at):%Y%m%d%H%M%S}"
    with databases.scratch(_new(name)) as new:
        backing_up.restore_dump(unpacked / archive.DUMP, name=new)
        problems = backing_up.compared(manifest, unpacked, name=new)
        with (
            contextlib.closing(databases.connect(databases.MAINTENANCE)) as connection,
            connection.cursor() as cursor,
        ):
            for before, after in ((name, old), (new, name)):
                cursor.execute(
                    sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                        sql.Identifier(before), sql.Identifier(after)
                    )
                )
            moved = _change_over_folder(unpacked / archive.FILES, at)
            try:
                connection.commit()
            except BaseException:
                _back(moved)
                raise
    return Restored(manifest, problems, old_database=old, old_folder=str(moved or ""))


def _change_over_folder(files: Path, at: datetime) -> Path | None:
    """The unpacked files in the place of the documents; where those are now, if there were any."""
    folder = documents_folder()
    old: Path | None = None
    if folder.is_dir():
        old = folder.with_name(f"documents-before-{timezone.localtime(at):%Y%m%d%H%M%S}")
        folder.rename(old)
    files.rename(folder)
    if old is not None and not any(old.iterdir()):
        old.rmdir()
        return None
    return old


def _back(old: Path | None) -> None:
    """Undo `_change_over_folder`."""
    folder = documents_folder()
    shutil.rmtree(folder)
    if old is not None:
        old.rename(folder)


def _files_compared(manifest: dict[str, Any], name: str) -> Found:
    with tempfile.TemporaryDirectory() as empty:
        link = Path(empty) / archive.FILES
        link.symlink_to(documents_folder(), target_is_directory=True)
        return backing_up.compared(manifest, Path(empty), name=name)
