"""What is put into an archive comes back as it was; what is not whole is refused."""

import contextlib
import hashlib
import io
import os
import re
import signal
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pyrage
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from kip.documents import services as documents
from kip.exceptions import DomainError
from kip.keeping import archive, databases, services
from kip.keeping.models import Backup, Problem
from kip.keeping.services import backing_up, restoring
from kip.sheets import Sheet, write_xlsx
from tests.members.factories import AT, a_secretary
from tests.stack import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


def a_document(text: str = "minutes") -> Any:
    file = io.BytesIO()
    write_xlsx(Sheet(text, ["a"], [[text]]), file)
    upload = SimpleUploadedFile(f"{text}.xlsx", file.getvalue())
    return documents.store(upload=upload, by=None, at=AT)


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, str]:
    identity = tmp_path / "identity.txt"
    return identity, archive.new_identity(identity)


def made(tmp_path: Path, keys: tuple[Path, str], **more: Any) -> Path:
    backup = services.make_backup(folder=tmp_path / "out", to=[keys[1]], at=AT, **more)
    return tmp_path / "out" / backup.name


def plain_dump(name: str) -> list[str]:
    """Everything in a database as SQL, without what is another at each run."""
    with Path(os.devnull).open() as nothing:
        program = databases._program("pg_dump")
        found = databases.parameters(name)
        text = subprocess.run(
            [program, "--no-owner", "--no-privileges", f"--dbname={name}"],
            stdin=nothing,
            capture_output=True,
            check=True,
            text=True,
            env={
                "PGHOST": found["host"],
                "PGPORT": found["port"],
                "PGUSER": found["user"],
                "PGPASSWORD": found["password"],
            },
        ).stdout
    # PostgreSQL writes the casts of its own constraints otherwise once they were read back.
    casts = re.compile(r"::character varying|::text|\[\]|[()]")
    return sorted(
        casts.sub("", line) if "ARRAY[" in line else line
        for line in text.splitlines()
        if not line.startswith(("--", "\\"))
    )


@contextlib.contextmanager
def as_another_installation(monkeypatch: pytest.MonkeyPatch, data: Path) -> Iterator[str]:
    """An empty database and an empty folder, as on a fresh machine."""
    with databases.scratch("kip_fresh") as name:
        monkeypatch.setitem(settings.DATABASES["default"], "NAME", name)
        monkeypatch.setattr(settings, "DATA_DIR", data)
        yield name


def test_a_fresh_machine_gets_the_same(
    tmp_path: Path, keys: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    a_secretary()
    stored = [a_document(text) for text in ("minutes", "plan")]
    ours = settings.DATABASES["default"]["NAME"]
    path = made(tmp_path, keys, identity=keys[0])
    backup = Backup.objects.get()
    assert backup.verified_at and not backup.problems
    assert backup.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert path.stat().st_mode & 0o777 == 0o600
    Backup.objects.all().delete()  # noted after the snapshot
    before = plain_dump(ours)

    with as_another_installation(monkeypatch, tmp_path / "fresh") as name:
        restored = services.restore_backup(path=path, identity=keys[0], at=AT)
        assert not restored.problems and restored.manifest["is_ours"]
        after = plain_dump(name)
        sequences = ("SELECT pg_catalog.setval('public.keeping_backup",)
        assert [row for row in after if not row.startswith(sequences)] == [
            row for row in before if not row.startswith(sequences)
        ]
        with (
            contextlib.closing(databases.connect(name)) as other,
            other.cursor() as cursor,
            pytest.raises(psycopg2.Error, match=r"(?i)truncate|append"),
        ):
            cursor.execute("TRUNCATE audit_redaction")
    for document in stored:
        file = tmp_path / "fresh" / "documents" / document.file.name
        assert hashlib.sha256(file.read_bytes()).hexdigest() == document.sha256
    assert not list((tmp_path / "fresh").glob(".restore-*"))


def test_it_can_be_tried_where_there_is_no_kip(
    tmp_path: Path, keys: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made(tmp_path, keys)
    with as_another_installation(monkeypatch, tmp_path / "fresh") as name:
        out = io.StringIO()
        call_command("verify_backup", str(path), identity=keys[0], stdout=out)
        assert "comes back as it was" in out.getvalue()
        assert databases.is_empty(name)
        with pytest.raises(DomainError, match="nothing to back up"):
            made(tmp_path, keys)


def test_what_was_altered_is_refused_and_nothing_is_touched(
    tmp_path: Path, keys: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    a_document()
    path = made(tmp_path, keys)
    whole = path.read_bytes()
    other = tmp_path / "other.txt"
    archive.new_identity(other)
    wrong = tmp_path / "wrong.tar.age"
    with as_another_installation(monkeypatch, tmp_path / "fresh") as name:

        def refused(content: bytes, identity: Path = keys[0]) -> str:
            wrong.write_bytes(content)
            with pytest.raises(DomainError) as error:
                services.restore_backup(path=wrong, identity=identity, at=AT)
            assert databases.is_empty(name)
            assert not (tmp_path / "fresh" / "documents").exists()
            return str(error.value)

        step = max(1, len(whole) // 40)
        for place in [*range(0, len(whole), step), len(whole) - 1]:
            flipped = bytearray(whole)
            flipped[place] ^= 1
            assert "altered" in refused(bytes(flipped)) or place < 300
        for length in (0, 100, len(whole) // 2, len(whole) - 1, len(whole) - 65552):
            refused(whole[: max(length, 0)])
        assert "altered" in refused(whole + b"x")
        assert "This identity does not open" in refused(whole, other)
        for text in forged(whole, keys):
            assert refused(text)
        services.restore_backup(path=path, identity=keys[0], at=AT)


def forged(whole: bytes, keys: tuple[Path, str]) -> Iterator[bytes]:
    """What somebody who knows the public key can make of it."""
    plain = pyrage.decrypt(whole, archive.identities(keys[0]))
    to = archive.recipients([keys[1]])
    members = {}
    with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
        for member in tar:
            members[member.name] = tar.extractfile(member).read()  # type: ignore[union-attr]
    file = next(name for name in members if name.startswith("files/"))

    def packed(changed: list[tuple[str, bytes]]) -> bytes:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as tar:
            for name, content in changed:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        return pyrage.encrypt(out.getvalue(), to)

    yield packed(list({**members, file: b"another file"}.items()))  # a member swapped
    yield packed([(name, text) for name, text in members.items() if name != file])
    yield packed([*members.items(), ("files/more", b"x")])
    yield packed([*members.items(), (file, members[file])])
    yield packed([*members.items(), ("files/../../etc", b"x")])
    yield packed([(name, text) for name, text in members.items() if name != archive.MANIFEST])
    # With a manifest that fits, which only this installation could have signed.
    digest = hashlib.sha256(b"another file").hexdigest()
    before = hashlib.sha256(members[file]).hexdigest()
    manifest = (
        members[archive.MANIFEST]
        .replace(before.encode(), digest.encode())
        .replace(f"[{len(members[file])}, ".encode(), b"[12, ")
    )
    yield packed(list({**members, file: b"another file", archive.MANIFEST: manifest}.items()))


def test_what_others_may_have_made_is_refused(
    tmp_path: Path, keys: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as theirs:
        theirs.setattr(settings, "SECRET_KEY", "the key of another installation" * 2)
        path = made(tmp_path, keys)
    with pytest.raises(CommandError, match="cannot be told"):
        call_command("verify_backup", str(path), identity=keys[0])
    assert Backup.objects.get().verified_at is None
    out, said = io.StringIO(), io.StringIO()
    with monkeypatch.context() as with_their_key:
        with_their_key.setattr(
            settings, "SECRET_KEY_FALLBACKS", ["the key of another installation" * 2]
        )
        services.verify_backup(path=path, identity=keys[0], at=AT)
    assert Backup.objects.get().verified_at
    with as_another_installation(monkeypatch, tmp_path / "fresh") as name:
        with pytest.raises(CommandError, match="SECRET_KEY_FALLBACKS"):
            call_command("restore", str(path), identity=keys[0])
        assert databases.is_empty(name) and not list((tmp_path / "fresh").iterdir())
        more = {"stdout": out, "stderr": said}
        call_command("restore", str(path), "--made-elsewhere", identity=keys[0], **more)
        assert "another SECRET_KEY" in said.getvalue() and not databases.is_empty(name)


def test_what_is_not_empty_is_not_overwritten_by_accident(
    tmp_path: Path, keys: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = a_document()
    path = made(tmp_path, keys)
    with as_another_installation(monkeypatch, tmp_path / "fresh") as name:
        services.restore_backup(path=path, identity=keys[0], at=AT)
        for wrong in ("", "yes"):
            with pytest.raises(DomainError, match="not empty"):
                services.restore_backup(path=path, identity=keys[0], overwrite=wrong, at=AT)
        with contextlib.closing(databases.connect(name)), pytest.raises(DomainError, match="stop"):
            services.restore_backup(path=path, identity=keys[0], overwrite=name, at=AT)

        # Interrupted at the last step: the old ones are whole, and in use.
        marked = tmp_path / "fresh" / "documents" / "marked"
        marked.write_bytes(b"the old folder")

        def interrupted(*args: Any) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(restoring, "_change_over_folder", interrupted)
            with pytest.raises(KeyboardInterrupt):
                services.restore_backup(path=path, identity=keys[0], overwrite=name, at=AT)
        assert marked.exists() and not databases.is_empty(name)

        restored = services.restore_backup(path=path, identity=keys[0], overwrite=name, at=AT)
        try:
            assert not marked.exists() and (Path(restored.old_folder) / "marked").exists()
            assert (tmp_path / "fresh" / "documents" / stored.file.name).exists()
            assert not databases.is_empty(restored.old_database)
            assert not databases.is_empty(name)
        finally:
            databases.drop(restored.old_database)


def test_a_lost_file_and_an_erasure_meanwhile(
    tmp_path: Path, keys: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is said; the other is no loss: the snapshot has the row, and the archive its file."""
    lost, discarded = a_document("lost"), a_document("discarded")
    Path(lost.file.path).unlink()
    dump = backing_up._dump

    def meanwhile(*args: Any) -> Any:
        documents.discard(document=type(discarded).objects.get(pk=discarded.pk), by=None, at=AT)
        assert not Path(discarded.file.path).exists()
        return dump(*args)

    monkeypatch.setattr(backing_up, "_dump", meanwhile)
    path = made(tmp_path, keys, identity=keys[0])
    backup = Backup.objects.get()
    assert backup.problems == [[Problem.NO_FILE, lost.file.name]]
    assert backup.verified_at is None and lost.file.name in backup.found[0]
    assert not list(path.parent.glob(".*"))


@contextlib.contextmanager
def stuck(folder: Path, *command: str, **environment: str) -> Iterator[None]:
    """A real process whose `pg_dump` or `pg_restore` never ends; killed when it is left."""
    programs = folder / "programs"
    programs.mkdir()
    for name in ("pg_dump", "pg_restore"):
        (programs / name).write_text(
            f"#!/bin/sh\ntest $1 = --version && echo '{name} (PostgreSQL) 99' || sleep 600\n"
        )
        (programs / name).chmod(0o700)
    database = settings.DATABASES["default"]
    process = subprocess.Popen(
        [sys.executable, "manage.py", *command],
        env={
            **os.environ,
            "DATABASE_URL": "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(
                **database
            ),
            "DATA_DIR": str(settings.DATA_DIR),
            "PG_PROGRAMS": str(programs),
            **environment,
        },
        cwd=settings.BASE_DIR,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
        assert process.poll() is None
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def leaves_nothing(
    process: Any, place: Path, pattern: str, database: str, again: Callable[[], Any]
) -> None:
    """The process works in such a folder, and such a database: doing the like `again` leaves it
    alone until it is killed, and then clears away what it left.
    """

    def left() -> tuple[set[Path], set[str]]:
        with (
            contextlib.closing(databases.connect(databases.MAINTENANCE)) as other,
            other.cursor() as cursor,
        ):
            cursor.execute("SELECT datname FROM pg_database WHERE datname ^@ %s", [database])
            named = {name for (name,) in cursor.fetchall()} if database else set()
        return set(place.glob(pattern)), named

    def is_at_work() -> bool:
        folders, named = left()
        return any(any(each.iterdir()) for each in folders) and bool(named) == bool(database)

    def has_gone() -> bool:
        """PostgreSQL takes a moment to see it."""
        with databases.at_work(next(iter(before[0])).name) as nobody_else:
            return nobody_else

    with process:
        wait_for(is_at_work, within=60)
        before = left()
        again()
        assert left() == before
    wait_for(has_gone)
    assert left() == before
    again()
    assert left() == (set(), set())
    assert not list(place.glob("*.partial"))


@pytest.mark.parametrize("what", ["backup", "verify_backup"])
def test_nothing_is_left_of_a_backup_that_is_killed(
    what: str, tmp_path: Path, keys: tuple[Path, str]
) -> None:
    a_document()
    path = made(tmp_path, keys)
    arguments = ["--to", str(path.parent)] if what == "backup" else [str(path)]
    leaves_nothing(
        stuck(tmp_path, what, *arguments, f"--identity={keys[0]}", BACKUP_RECIPIENTS=keys[1]),
        path.parent,
        ".staging-*" if what == "backup" else ".verify-*",
        "" if what == "backup" else "kip_verify_",
        lambda: services.verify_backup(path=path, identity=keys[0], at=AT),
    )


def test_nothing_is_left_of_a_restore_that_is_killed(
    tmp_path: Path, keys: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made(tmp_path, keys)
    with as_another_installation(monkeypatch, tmp_path / "fresh") as name:
        said = {"path": path, "identity": keys[0], "overwrite": name}
        services.restore_backup(**said, at=AT)
        days = iter((AT + timedelta(days=1), AT + timedelta(days=2)))

        def again() -> None:
            databases.drop(services.restore_backup(**said, at=next(days)).old_database)

        leaves_nothing(
            stuck(tmp_path, "restore", str(path), f"--identity={keys[0]}", f"--overwrite={name}"),
            tmp_path / "fresh",
            ".restore-*",
            f"{name}_restored_",
            again,
        )


def test_the_commands(tmp_path: Path, keys: tuple[Path, str], settings: Any, capsys: Any) -> None:
    out = io.StringIO()
    with pytest.raises(CommandError, match="BACKUP_RECIPIENTS names no public key"):
        call_command("backup", stdout=out)
    settings.BACKUP_RECIPIENTS = [keys[1]]
    settings.BACKUP_DIR = tmp_path / "out"
    settings.BACKUP_IDENTITY = str(keys[0])
    call_command("backup", keep=30, stdout=out)
    assert "Verified" in out.getvalue()
    nowhere = tmp_path / "identity.txt" / "more"  # below a file
    for command in (
        ("backup", "--to", str(nowhere)),
        ("backup", "--new-identity", str(nowhere)),
        ("handover", str(nowhere)),
    ):
        with pytest.raises(CommandError, match="cannot be"):
            call_command(*command, stdout=out)
    (path,) = settings.BACKUP_DIR.iterdir()
    backup = Backup.objects.get()
    Backup.objects.update(verified_at=None)
    call_command("verify_backup", str(path), stdout=out)
    assert Backup.objects.get().verified_at
    assert settings.SECRET_KEY.encode() not in path.read_bytes()
    with pytest.raises(CommandError, match="--overwrite"):
        call_command("restore", str(path), stdout=out)
    later = backup.made_at + timedelta(days=90)
    newer = path.with_name(
        f"kip-{timezone.localtime(later - timedelta(days=1)):%Y%m%d-%H%M%S}.tar.age"
    )
    older = path.with_name("kip-20200101-000000.tar.age")
    for each in (newer, older, path.with_name("notes.txt")):
        each.write_bytes(b"x")
    assert services.remove_old(folder=settings.BACKUP_DIR, days=30, at=later) == [older.name]
    assert path.exists()  # the last that was verified
    connection.close()
