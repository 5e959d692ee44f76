"""Files: checked on the way in, authorised on the way out."""

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from kip import access
from kip.audit.acts import act
from kip.documents.content import Kind, Reason, Refused, identify
from kip.documents.models import Document
from kip.documents.names import safe_name
from kip.exceptions import DomainError, NotAllowed
from kip.hooks import Hook

# receiver(user=User, document=Document, at=datetime) -> bool: whether this person may read it.
# One yes is enough; nobody answering means no.
may_read: Hook[bool] = Hook("Who may read a document, asked of the apps that it belongs to.")

MB = 1024 * 1024
# A file that belongs to no row is left alone this long: its transaction may still be running.
ORPHAN_AGE = timedelta(hours=24)


class DocumentRefused(DomainError):
    """This file cannot be kept, and why."""


_REFUSALS: dict[Reason, Promise | str] = {
    Reason.EMPTY: gettext_lazy("This file is empty: choose the file again."),
    Reason.UNKNOWN: gettext_lazy(
        "This is not a kind of file that can be added: save it as PDF, PNG, JPEG, DOCX or XLSX."
    ),
    Reason.DAMAGED: gettext_lazy(
        "This file is damaged or incomplete: open it on your device, save it anew and choose it"
        " again."
    ),
    Reason.OLD_OFFICE: gettext_lazy(
        "This file is in an older Office format or protected by a password: save it as DOCX, XLSX"
        " or PDF without a password."
    ),
    Reason.LOCKED: gettext_lazy(
        "This file is protected by a password: save it without the password."
    ),
    Reason.MACROS: gettext_lazy(
        "This file holds macros (small programs): save it as DOCX or XLSX without macros, or as"
        " PDF."
    ),
    Reason.BOMB: gettext_lazy(
        "This file would become far too large when opened: make it smaller, or save it as PDF."
    ),
}


def check(upload: File) -> Kind:
    """What kind of file this is, by its content. Raises `DocumentRefused` and says how to mend it.

    Forms check with it before anything is stored; `store` checks again.
    """
    if upload.size > settings.DOCUMENT_MAX_BYTES:
        raise DocumentRefused(
            _("This file is larger than %(limit)d MB: make it smaller, or divide it into parts.")
            % {"limit": settings.DOCUMENT_MAX_BYTES // MB}
        )
    try:
        return identify(cast(BinaryIO, upload.file))
    except Refused as refused:
        raise DocumentRefused(_REFUSALS[refused.reason]) from refused


@act(gettext_noop("%(who)s added a document."))
def store(*, upload: File, by: Any, at: datetime) -> Document:
    """Keep a file. Whether `by` may add one here is for the act that calls this one to check.

    The file is on disk before the row is committed, so that no row ever lacks its file; a file
    whose transaction is undone later is found by `sweep`.

    Raises `DocumentRefused` for what is not a PDF, PNG, JPEG, DOCX or XLSX of at most
    `settings.DOCUMENT_MAX_BYTES` bytes.
    """
    kind = check(upload)
    document = Document(
        name=safe_name(upload.name or "", kind),
        content_type=kind.media_type,
        size=upload.size,
        sha256=_sha256(upload),
        uploaded_by=by,
        uploaded_at=at,
    )
    document.file.save(document.name, upload, save=False)
    try:
        document.save(force_insert=True)
    except BaseException:
        document.file.delete(save=False)
        raise
    return document


def _sha256(upload: File) -> str:
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return digest.hexdigest()


@act(gettext_noop("%(who)s removed a document."))
def discard(*, document: Document, by: Any, at: datetime) -> None:
    """Remove a document that nothing points at any more, and its file once that is certain.

    Whether `by` may do so is for the act that calls this one to check.
    """
    storage, name = document.file.storage, document.file.name
    document.delete()
    if name:
        transaction.on_commit(partial(storage.delete, name))


def document_for(*, pk: uuid.UUID, user: Any, at: datetime) -> Document:
    """The document, for somebody who may read it at `at`: the secretary, or whom an app names.

    Raises `Document.DoesNotExist`; `NotAllowed`.
    """
    document = Document.objects.get(pk=pk)
    if access.allowed("documents.read_any", user, document, at=at):
        return document
    if user.is_active and any(may_read(user=user, document=document, at=at)):
        return document
    raise NotAllowed(_("This document is not open to you."))


@dataclass(frozen=True)
class Swept:
    """What a sweep found: files removed that belonged to no row, and rows without their file."""

    removed: list[str]
    lost: list[str]


def sweep(*, at: datetime) -> Swept:
    """Remove the files of transactions that were undone, and name the documents without a file."""
    storage = Document._meta.get_field("file").storage
    stored = set(_files(storage))
    known = set(Document.objects.exclude(file="").values_list("file", flat=True))
    orphans = [
        name
        for name in sorted(stored - known)
        if at - storage.get_modified_time(name) >= ORPHAN_AGE
    ]
    for name in orphans:
        storage.delete(name)
    # A row committed since the folder was read has its file all the same.
    lost = sorted(name for name in known - stored if not storage.exists(name))
    return Swept(removed=orphans, lost=lost)


def _files(storage: Storage, folder: str = "") -> Iterator[str]:
    if not storage.exists(folder or "."):
        return
    folders, files = storage.listdir(folder)
    for name in files:
        yield f"{folder}/{name}" if folder else name
    for name in folders:
        yield from _files(storage, f"{folder}/{name}" if folder else name)
