"""The archive: papers from before the system, added by the secretary and read by those who may.

The row is the queue: `read_texts` takes up what waits for its text to be read.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import reduce
from operator import and_
from typing import Any

from django.core.files import File
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kip import access, finding, pdftext
from kip.audit.acts import act
from kip.background import enqueue
from kip.documents import services
from kip.documents.content import Kind
from kip.documents.models import ArchivedDocument, Document, Readers, TextState
from kip.exceptions import DomainError, save_or_refuse
from kip.hooks import Hook

# receiver(user=User, at=datetime) -> "members" or "board", or "" for nobody.
reads_as: Hook[str] = Hook("As what a person reads the archive.")

# A process that died while reading a text is not waited for any longer.
GIVEN_UP_AFTER = timedelta(minutes=5)
LONGEST_TITLE = 200


@act(gettext_noop("%(who)s added to the archive."))
def add_to_archive(
    *,
    uploads: Sequence[File],
    title: str = "",
    dated: date | None = None,
    year: int,
    body: str,
    kind: str,
    language: str,
    readers: str,
    by: Any,
    at: datetime,
) -> list[ArchivedDocument]:
    """Papers of which the same is known. Without a title each is named as its file is.

    Raises `DocumentRefused`, and `DomainError` on a field: also for a file that is there already,
    because a paper stays for good.
    """
    access.require("documents.keep_archive", by, at=at)
    added = []
    for number, upload in enumerate(uploads, start=1):
        document = services.store(upload=upload, by=by, at=at)
        there = ArchivedDocument.objects.listed().filter(document__sha256=document.sha256)
        if (same := there.exclude(document__file="").first()) is not None:
            raise DomainError(
                _("%(file)s is in the archive already: %(number)s, “%(title)s”.")
                % {"file": document.name, "number": same.reference, "title": same.title},
                field="uploads",
            )
        named = f"{title} ({number})" if title and len(uploads) > 1 else title
        row = ArchivedDocument(
            document=document,
            title=(named or document.name.rpartition(".")[0])[:LONGEST_TITLE],
            dated=dated,
            year=year,
            body=body,
            kind=kind,
            language=language,
            readers=readers,
            text_state=TextState.WAITING if _may_hold_text(document) else TextState.NONE,
        )
        save_or_refuse(row)
        added.append(row)
    enqueue("kip.documents.tasks.read_texts")
    return added


def _may_hold_text(document: Document) -> bool:
    return document.content_type == Kind.PDF.media_type


@act(gettext_noop("%(who)s corrected what the archive says of a paper."))
def correct_archived(*, archived: ArchivedDocument, by: Any, at: datetime) -> ArchivedDocument:
    """Save what was changed of `archived`: what is known of it, never the file or its text."""
    access.require("documents.keep_archive", by, at=at)
    names = ["title", "dated", "year", "body", "kind", "language", "readers"]
    save_or_refuse(archived, update_fields=names)
    return archived


def read_texts(*, at: datetime) -> int:
    """Read the texts that wait, one after another; how many. Called by a task, outside an act."""
    done = 0
    while (archived := _next_to_read(at)) is not None:
        try:
            with archived.document.file.open("rb") as file:
                text = pdftext.text_of(file.read())
            state = TextState.FOUND if text.strip() else TextState.NONE
        except (pdftext.Unreadable, OSError):
            text, state = "", TextState.UNREADABLE
        text = text.strip()
        ArchivedDocument.objects.filter(pk=archived.pk).update(text=text, text_state=state)
        done += 1
    return done


def _next_to_read(at: datetime) -> ArchivedDocument | None:
    """One that nobody reads. Whoever died over it is not followed by another: it is unreadable."""
    waiting = ArchivedDocument.objects.filter(text_state=TextState.WAITING)
    waiting.filter(reading_since__lt=at - GIVEN_UP_AFTER).update(text_state=TextState.UNREADABLE)
    with transaction.atomic():
        found = (
            waiting.filter(reading_since=None)
            .select_for_update(skip_locked=True, of=["self"])
            .listed()
            .order_by("pk")
            .first()
        )
        if found is not None:
            ArchivedDocument.objects.filter(pk=found.pk).update(reading_since=at)
    return found


# --- Reading --------------------------------------------------------------------------------------


def open_to(*, user: Any, at: datetime) -> set[str]:
    """Whose papers this person may read: values of `Readers`, none for who has no part in it."""
    if access.allowed("documents.keep_archive", user, at=at):
        return set(Readers.values)
    if not user.is_active:
        return set()
    kinds = set(reads_as(user=user, at=at)) - {""}
    if Readers.BOARD in kinds:
        return {Readers.BOARD.value, Readers.MEMBERS.value}
    return {Readers.MEMBERS.value} & kinds


def may_read(*, user: Any, document: Document, at: datetime) -> bool:
    """For `kip.documents.services.may_read`."""
    readers = ArchivedDocument.objects.filter(document=document).values_list("readers", flat=True)
    of = readers.first()
    return of is not None and of in open_to(user=user, at=at)


def search(rows: Any, text: str) -> Any:
    """Those in whose title or text every word stands; accents and capitals do not matter."""
    conditions = [each for word in finding.words_of(text) for each in finding.exactly(word)]
    return rows.filter(reduce(and_, conditions, Q()))
