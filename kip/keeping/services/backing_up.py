"""The database and the files into one encrypted archive, and a look whether it comes back.

The order: nobody may write documents while the database's snapshot is taken and the files are given
a second name (a hard link) beside it, which takes a moment. A file is on disk before its row is
committed, never changes, and goes only after its row has gone: so every row of the snapshot has its
file, and an erasure meanwhile takes away the first name alone. The dump reads that same snapshot.
"""

import contextlib
import errno
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

import psycopg2
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_noop

from kip.audit.acts import act
from kip.exceptions import DomainError
from kip.keeping import archive, databases
from kip.keeping.models import Backup, Problem
from kip.keeping.services.leftovers import SCRATCH, STAGING, VERIFY, sweep_backups, workplace

SUFFIX = ".tar.age"
NAME = re.compile(r"kip-\d{8}-\d{6}\.tar\.age")
# How long the snapshot waits for whoever is storing a document, and how often it tries.
LOCK_SECONDS, LOCK_TRIES = 5, 12

Found = list[list[str]]


@dataclass
class Looked:
    """What was found when an archive was opened and restored: its manifest, and what differs."""

    manifest: dict[str, Any]
    problems: Found = field(default_factory=list)


def documents_folder() -> Path:
    return Path(settings.DATA_DIR) / "documents"


# --- Making --------------------------------------------------------------------------------------


def make_backup(
    *,
    folder: Path,
    to: Sequence[str],
    identity: Path | None = None,
    by: None = None,
    at: datetime,
) -> Backup:
    """Write an archive for the public keys `to` into `folder`; with the `identity` that opens it,
    open it again, restore it into a scratch database, and compare.

    The archive has its name only when it is whole. Needs free space for one dump besides.

    Raises `DomainError` when there is none in the end; a backup in which something is wrong is made
    all the same, and says so in `problems`.
    """
    keys = archive.recipients(to)
    if databases.is_empty(settings.DATABASES["default"]["NAME"]):
        raise DomainError("There is nothing to back up: the database is empty.")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise DomainError(f"{folder} cannot be made: {error.strerror}.") from error
    sweep_backups(folder)
    path = folder / f"kip-{timezone.localtime(at):%Y%m%d-%H%M%S}{SUFFIX}"
    if path.exists():
        raise DomainError(f"{path} is there already.")
    partial = path.with_name(f"{path.name}.partial")
    problems: Found = []
    try:
        with databases.at_work(partial.name), partial.open("xb") as out:
            partial.chmod(0o600)
            with (
                _snapshot(folder) as (snapshot, facts, staged),
                _dump(folder, snapshot) as dump,
            ):
                archive.write(
                    out, keys, lambda writer: _fill(writer, dump, staged, facts, problems, at)
                )
            out.flush()
            os.fsync(out.fileno())
        os.replace(partial, path)
    except FileExistsError as error:
        raise DomainError(f"{partial} is there: is another backup at work?") from error
    except OSError as error:
        partial.unlink(missing_ok=True)
        if error.errno == errno.ENOSPC:
            raise DomainError(f"There is no room left in {folder}.") from error
        where = error.filename or folder
        raise DomainError(f"{where} cannot be read or written: {error.strerror}.") from error
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    backup = record_backup(path=path, problems=problems, by=by, at=at)
    if identity is not None:
        backup = verify_backup(path=path, identity=identity, by=by, at=max(at, timezone.now()))
    return backup


@contextlib.contextmanager
def _snapshot(folder: Path) -> Iterator[tuple[str, dict[str, Any], list[tuple[str, str, Path]]]]:
    """A snapshot to dump, what is in it, and its files (name, SHA-256, where it lies now)."""
    with (
        workplace(folder, STAGING) as staging,
        contextlib.closing(databases.connect()) as reader,
    ):
        reader.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with _nobody_stores_documents(), reader.cursor() as cursor:
            cursor.execute("SELECT pg_export_snapshot()")
            snapshot = cursor.fetchone()[0]
            staged = [
                (name, sha256, _second_name(name, staging / str(number)))
                for number, (name, sha256) in enumerate(databases.documents(reader))
            ]
        facts = {
            "tables": databases.counts(reader),
            "triggers": databases.triggers(reader),
            "server": reader.server_version,
            "migrations": _migrations(reader),
        }
        yield snapshot, facts, staged


@contextlib.contextmanager
def _nobody_stores_documents() -> Iterator[None]:
    """Who would add or remove a document waits a moment."""
    with contextlib.closing(databases.connect()) as guard:
        for tried in range(LOCK_TRIES):
            try:
                with guard.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = %s", [f"{LOCK_SECONDS}s"])
                    cursor.execute("LOCK TABLE documents_document IN SHARE MODE")
                break
            except psycopg2.errors.LockNotAvailable as error:
                guard.rollback()
                if tried + 1 == LOCK_TRIES:
                    raise DomainError("Documents are being stored without a pause.") from error
        yield
        guard.rollback()


def _second_name(name: str, second: Path) -> Path:
    """The stored file by a name that an erasure does not take away; a copy where no link can be."""
    first = documents_folder() / name
    try:
        os.link(first, second)
    except FileNotFoundError:
        pass  # said when it is read
    except OSError:
        shutil.copyfile(first, second)
    return second


def _migrations(connection: Any) -> dict[str, str]:
    """The newest migration of each app."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, max(name) FROM django_migrations GROUP BY app ORDER BY app")
        return dict(cursor.fetchall())


@contextlib.contextmanager
def _dump(folder: Path, snapshot: str) -> Iterator[IO[bytes]]:
    """The database as it is in the snapshot, in a file without a name."""
    with tempfile.TemporaryFile(dir=folder) as dump:
        databases.run(
            "pg_dump",
            *("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"),
            *(f"--exclude-table-data=public.{table}" for table in databases.WITHOUT_ROWS),
            name=settings.DATABASES["default"]["NAME"],
            stdout=dump,
        )
        dump.seek(0)
        yield dump


def _fill(
    writer: archive.Writer,
    dump: IO[bytes],
    staged: list[tuple[str, str, Path]],
    facts: dict[str, Any],
    problems: Found,
    at: datetime,
) -> None:
    writer.add(archive.DUMP, dump, os.fstat(dump.fileno()).st_size)
    for name, sha256, path in staged:
        try:
            with path.open("rb") as file:
                found = writer.add(f"{archive.FILES}/{name}", file, os.fstat(file.fileno()).st_size)
        except FileNotFoundError:
            problems.append([Problem.NO_FILE.value, name])
            continue
        if found != sha256:
            problems.append([Problem.OTHER_FILE.value, name])
    writer.finish(
        {
            "format": archive.FORMAT,
            "made_at": at.isoformat(),
            "site": settings.SITE_URL,
            "secret_key": archive.fingerprint(settings.SECRET_KEY),
            "settings": settings_that_are_set(),
            "problems": problems,
            **facts,
        },
        secret_key=settings.SECRET_KEY,
    )


def settings_that_are_set() -> list[str]:
    """The names of the environment variables that the settings read and that are set; no value."""
    source = (settings.BASE_DIR / "kip" / "settings.py").read_text()
    names = re.findall(r"\b(?:env\.\w+|_required)\(\s*\"([A-Z_]+)\"", source)
    return sorted({name for name in names if os.environ.get(name)})


# --- Looking whether it comes back ---------------------------------------------------------------


def look_into(*, path: Path, identity: Path, folder: Path, name: str) -> Looked:
    """Unpack an archive into `folder`, restore its database into the empty one of that `name`, and
    compare both with the manifest, and the files with the rows.

    Raises `DomainError` for an archive that is refused; then nothing was restored.
    """
    looked = Looked(unpacked(path=path, identity=identity, folder=folder))
    restore_dump(folder / archive.DUMP, name=name)
    looked.problems = compared(looked.manifest, folder, name=name)
    return looked


def unpacked(
    *, path: Path, identity: Path, folder: Path, made_elsewhere: bool = False
) -> dict[str, Any]:
    """Every byte of the archive, authentic and whole, in `folder`; its manifest.

    Raises `DomainError`, also for one that was not made under a key of ours, unless it may be
    `made_elsewhere`: what is in it acts as the database's owner when it is restored.
    """
    keys = archive.identities(identity)
    try:
        file = path.open("rb")
    except OSError as error:
        raise DomainError(f"{path} cannot be read: {error.strerror}.") from error
    with file:
        try:
            manifest = archive.unpack(
                file,
                keys,
                folder,
                secret_keys=[settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS],
            )
        except OSError as error:
            raise DomainError(f"{folder}: {error.strerror}.") from error
    if not manifest["is_ours"] and not made_elsewhere:
        raise archive.ArchiveRefused(
            "It was not made under this SECRET_KEY, so who made it cannot be told: everybody who"
            " has the public key can make an archive. Give the key it was made under in SECRET_KEY"
            " or SECRET_KEY_FALLBACKS. If you know otherwise who made it, restore it with"
            " --made-elsewhere."
        )
    return manifest


def restore_dump(dump: Path, *, name: str) -> None:
    """All of it, in one transaction, or nothing."""
    with dump.open("rb") as file:
        databases.run(
            "pg_restore",
            *("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"),
            name=name,
            stdin=file,
        )


def compared(manifest: dict[str, Any], folder: Path, *, name: str) -> Found:
    """What the restored database and the unpacked files have otherwise than they should."""
    problems: Found = []
    with contextlib.closing(databases.connect(name)) as connection:
        counted = databases.counts(connection)
        for table in sorted({*counted, *manifest["tables"]}):
            before, after = manifest["tables"].get(table), counted.get(table)
            if before != after:
                problems.append([Problem.ROWS.value, f"{table} ({before} → {after})"])
        guards = databases.triggers(connection)
        if guards != manifest["triggers"]:
            problems.append([Problem.TRIGGERS.value, f"{manifest['triggers']} → {guards}"])
        for stored, sha256 in databases.documents(connection):
            member = manifest["members"].get(f"{archive.FILES}/{stored}")
            if member is None or not (folder / archive.FILES / stored).is_file():
                problems.append([Problem.NO_FILE.value, stored])
            elif member[1] != sha256:
                problems.append([Problem.OTHER_FILE.value, stored])
    return problems


def verify_backup(*, path: Path, identity: Path, by: None = None, at: datetime) -> Backup:
    """Open an archive and restore it, into a scratch database and folder that go afterwards.

    That is noted, if the configured database is KIP's: an archive can be tried anywhere.

    Raises `DomainError` for what cannot be opened or restored, and for what others may have made.
    """
    sweep_backups(path.parent)
    with workplace(path.parent, VERIFY) as folder, databases.scratch(SCRATCH) as name:
        looked = look_into(path=path, identity=identity, folder=folder, name=name)
    made_at = datetime.fromisoformat(looked.manifest["made_at"])
    if databases.is_empty(settings.DATABASES["default"]["NAME"]):
        return Backup(made_at=made_at, **_facts_of(path, looked.problems, at))
    return record_backup(
        path=path,
        problems=looked.problems,
        verified=True,
        by=by,
        at=at,
        made_at=made_at,
    )


@act(gettext_noop("%(who)s made a backup."))
def record_backup(
    *,
    path: Path,
    problems: Found,
    verified: bool = False,
    made_at: datetime | None = None,
    by: None,
    at: datetime,
) -> Backup:
    """What the desk and the list of backups show. An archive is known by its hash."""
    facts = _facts_of(path, problems, at if verified else None)
    backup, _made = Backup.objects.update_or_create(
        sha256=sha256_of(path),
        defaults=facts,
        create_defaults={"made_at": made_at or at, **facts},
    )
    return backup


def _facts_of(path: Path, problems: Found, tried_at: datetime | None) -> dict[str, Any]:
    return {
        "name": path.name[:120],
        "place": str(path.resolve().parent)[:300],
        "size": path.stat().st_size,
        "problems": problems,
        "verified_at": None if problems else tried_at,
    }


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# --- Keeping so many days ------------------------------------------------------------------------


def remove_old(*, folder: Path, days: int, by: None = None, at: datetime) -> list[str]:
    """Remove the archives in `folder` that are older than so many days; their names.

    Never the newest that was verified (if none was: the newest), however old it is, nor anything by
    another name.
    """
    paths = sorted(path for path in folder.glob(f"kip-*{SUFFIX}") if NAME.fullmatch(path.name))
    verified = Backup.objects.verified().filter(name__in=[path.name for path in paths]).first()
    kept = verified.name if verified else paths[-1].name if paths else ""
    oldest = timezone.localtime(at - timedelta(days=days))
    removed = []
    for path in paths:
        if path.name[4:19] < f"{oldest:%Y%m%d-%H%M%S}" and path.name != kept:
            path.unlink()
            removed.append(path.name)
    gone = Backup.objects.filter(name__in=removed, place=str(folder.resolve()), removed_at=None)
    gone.update(removed_at=at)
    return removed
