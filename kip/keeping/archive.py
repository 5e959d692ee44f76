"""The format of a backup: a tar inside age, read and written as a stream.

    database.dump       of pg_dump, its custom format
    files/ab/abcd…      the documents, under the names that their rows have
    manifest.json       the last: format, instant, what each member's SHA-256 is, rows per table
    manifest.hmac       of the manifest, by a key made of SECRET_KEY

age (https://age-encryption.org/v1) encrypts to public keys, in authenticated pieces of 64 KiB: a
byte that is changed, and an end that is cut off, are refused. But whoever has a public key can make
an archive of their own; hence the last member, which only this installation can write.

Memory: one piece at a time, whatever the size. Disk: unpacking takes as much as the archive holds.
"""

import hashlib
import hmac
import io
import json
import os
import tarfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

import pyrage

from kip.exceptions import DomainError

FORMAT = 1
DUMP = "database.dump"
FILES = "files"
MANIFEST = "manifest.json"
SIGNATURE = "manifest.hmac"
PIECE = 1024 * 1024
# Of the manifest: a million files have room in it.
LONGEST_MANIFEST = 256 * 1024 * 1024


class ArchiveRefused(DomainError):
    """This archive is not opened, and why."""


# --- Keys ----------------------------------------------------------------------------------------


def recipients(texts: Iterable[str]) -> list[Any]:
    """Public keys, "age1…". Raises `ArchiveRefused` for what is none, and for none at all."""
    found = []
    for text in texts:
        try:
            found.append(pyrage.x25519.Recipient.from_str(text.strip()))
        except pyrage.RecipientError as error:
            raise ArchiveRefused(
                f"“{text[:80]}” in BACKUP_RECIPIENTS is no public key of age (age1…)."
            ) from error
    if not found:
        raise ArchiveRefused(
            "BACKUP_RECIPIENTS names no public key: nobody could open the backup. Make a pair with"
            " age-keygen, or with: manage.py backup --new-identity FILE"
        )
    return found


def identities(path: Path) -> list[Any]:
    """The secret keys in a file, as age-keygen writes it. Raises `ArchiveRefused`."""
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ArchiveRefused(f"The identity file {path} cannot be read.") from error
    try:
        found = [
            pyrage.x25519.Identity.from_str(line.strip())
            for line in lines
            if line.strip() and not line.startswith("#")
        ]
    except pyrage.IdentityError as error:
        raise ArchiveRefused(f"{path} is no identity file of age.") from error
    if not found:
        raise ArchiveRefused(f"{path} has no identity of age in it.")
    return found


def new_identity(path: Path) -> str:
    """Write a new secret key, readable for its owner only; its public key. Never overwrites."""
    identity = pyrage.x25519.Identity.generate()
    public = str(identity.to_public())
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise ArchiveRefused(f"{path} is there already.") from error
    except OSError as error:
        raise ArchiveRefused(f"{path} cannot be written: {error.strerror}.") from error
    with os.fdopen(handle, "w") as file:
        file.write(f"# public key: {public}\n{identity}\n")
    return public


def fingerprint(secret_key: str) -> str:
    """Says whether two secret keys are the same, and nothing else about them."""
    return _keyed(secret_key, b"fingerprint")[:16]


def _keyed(secret_key: str, what: bytes) -> str:
    key = hashlib.sha256(f"kip.keeping:{secret_key}".encode()).digest()
    return hmac.new(key, what, hashlib.sha256).hexdigest()


# --- Writing -------------------------------------------------------------------------------------


class Writer:
    """Takes the members one by one and knows the hash of each."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.members: dict[str, list[Any]] = {}

    def add(self, name: str, file: IO[bytes], size: int) -> str:
        """Add `size` bytes of a file; their SHA-256."""
        reader = Hashing(file)
        info = tarfile.TarInfo(name)
        info.size = size
        info.mode = 0o600
        self._tar.addfile(info, reader)
        self.members[name] = [size, reader.hexdigest()]
        return reader.hexdigest()

    def finish(self, manifest: dict[str, Any], *, secret_key: str) -> None:
        content = json.dumps({**manifest, "members": self.members}, sort_keys=True).encode()
        for name, part in (
            (MANIFEST, content),
            (SIGNATURE, _keyed(secret_key, content).encode()),
        ):
            info = tarfile.TarInfo(name)
            info.size = len(part)
            info.mode = 0o600
            self._tar.addfile(info, io.BytesIO(part))


class Hashing(io.RawIOBase):
    """A file that knows the hash and the size of what is read from it or written to it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self.size = 0

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self._note(piece)
        return piece

    def write(self, piece: Any) -> int:
        self._file.write(piece)
        self._note(piece)
        return len(piece)

    def _note(self, piece: Any) -> None:
        self._digest.update(piece)
        self.size += len(piece)

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


def write(out: IO[bytes], to: Sequence[Any], fill: Callable[[Writer], None]) -> None:
    """An archive for the recipients `to`, whose members `fill` adds.

    The tar goes through a pipe to age, so that neither is ever whole in memory or readable on disk.
    """
    read_end, write_end = os.pipe()
    failed: list[BaseException] = []

    def pack() -> None:
        try:
            with (
                os.fdopen(write_end, "wb") as pipe,
                tarfile.open(fileobj=pipe, mode="w|", bufsize=PIECE) as tar,
            ):
                fill(Writer(tar))
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=pack)
    thread.start()
    try:
        with os.fdopen(read_end, "rb") as pipe:
            pyrage.encrypt_io(pipe, out, list(to))
    finally:
        thread.join()
    if failed:
        raise failed[0]


# --- Reading -------------------------------------------------------------------------------------


def unpack(
    file: IO[bytes], keys: Sequence[Any], folder: Path, *, secret_keys: Sequence[str]
) -> dict[str, Any]:
    """Open an archive into an empty folder, and look at every byte; its manifest.

    `manifest["is_ours"]` says whether it was made under one of our `secret_keys`.

    Raises `ArchiveRefused` for what was altered, cut, or is not meant for these keys; then what was
    unpacked is nothing to be used.
    """
    members: dict[str, list[Any]] = {}
    kept: dict[str, bytes] = {}
    try:
        with _opened(file, keys) as plain, tarfile.open(fileobj=plain, mode="r|") as tar:
            for member in tar:
                _take(tar, member, folder, members, kept)
    except tarfile.TarError as error:
        raise ArchiveRefused("This archive is damaged.") from error
    return _checked(members, kept, secret_keys)


@contextmanager
def _opened(file: IO[bytes], keys: Sequence[Any]) -> Iterator[IO[bytes]]:
    """The tar inside. What is read is authentic; that nothing is missing is known at the end."""
    read_end, write_end = os.pipe()
    failed: list[Exception] = []

    def decrypt() -> None:
        try:
            with os.fdopen(write_end, "wb") as pipe:
                pyrage.decrypt_io(file, pipe, list(keys))
        except Exception as error:
            failed.append(error)

    thread = threading.Thread(target=decrypt)
    thread.start()
    broken: Exception | None = None
    try:
        with os.fdopen(read_end, "rb") as pipe:
            try:
                yield pipe
                while pipe.read(PIECE):  # the padding after the last member is checked too
                    pass
            except (tarfile.TarError, ArchiveRefused) as error:
                broken = error
    finally:
        thread.join()
    if failed and not isinstance(failed[0], BrokenPipeError):
        raise _refusal(failed[0]) from failed[0]
    if broken is not None:
        raise broken


def _refusal(error: Exception) -> ArchiveRefused:
    said = str(error).lower()
    if isinstance(error, pyrage.DecryptError) and "no matching keys" in said:
        return ArchiveRefused(
            "This identity does not open the archive: it was encrypted for other keys."
        )
    return ArchiveRefused(f"This archive was altered, or is not whole ({error}).")


def _take(
    tar: tarfile.TarFile,
    member: tarfile.TarInfo,
    folder: Path,
    members: dict[str, list[Any]],
    kept: dict[str, bytes],
) -> None:
    name = member.name
    path = PurePosixPath(name)
    source = tar.extractfile(member) if member.isreg() else None
    if source is None or path.is_absolute() or ".." in path.parts or str(path) != name:
        raise ArchiveRefused(f"“{name[:80]}” has no place in a backup.")
    if name in members or name in kept:
        raise ArchiveRefused(f"“{name[:80]}” is in the archive twice.")
    if name in (MANIFEST, SIGNATURE):
        if member.size > LONGEST_MANIFEST:
            raise ArchiveRefused("The manifest is too long.")
        kept[name] = source.read()
        return
    if name != DUMP and path.parts[0] != FILES:
        raise ArchiveRefused(f"“{name[:80]}” has no place in a backup.")
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest = hashlib.sha256()
    with target.open("xb") as out:
        while piece := source.read(PIECE):
            digest.update(piece)
            out.write(piece)
    members[name] = [member.size, digest.hexdigest()]


def _checked(
    members: dict[str, list[Any]], kept: dict[str, bytes], secret_keys: Sequence[str]
) -> dict[str, Any]:
    content = kept.get(MANIFEST)
    if content is None or SIGNATURE not in kept:
        raise ArchiveRefused("This archive has no manifest.")
    try:
        manifest: dict[str, Any] = json.loads(content)
        known, version = manifest["members"], manifest["format"]
        made_with = manifest["secret_key"]
    except (ValueError, KeyError, TypeError) as error:
        raise ArchiveRefused("The manifest cannot be read.") from error
    if version != FORMAT:
        raise ArchiveRefused(
            f"This archive has format {version}; this program reads format {FORMAT}."
        )
    if known != members:
        wrong = sorted(name for name in {*known, *members} if known.get(name) != members.get(name))
        raise ArchiveRefused(f"Not what its manifest says: {', '.join(wrong[:5])}.")
    ours = [key for key in secret_keys if fingerprint(key) == made_with]
    if ours and not hmac.compare_digest(_keyed(ours[0], content).encode(), kept[SIGNATURE]):
        raise ArchiveRefused("The manifest was not written by this installation.")
    return {**manifest, "is_ours": bool(ours)}
