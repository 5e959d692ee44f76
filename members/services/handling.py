"""The secretary's and the applicant's part, until the application is decided."""

from collections.abc import Iterable
from datetime import date, datetime

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kip.access import require
from kip.accounts.models import User
from kip.audit.acts import act
from kip.exceptions import DomainError
from members.letters import application as letters
from members.models import Application, DocumentKind, Message, MessageKind
from members.services.drafting import attach
from members.services.locks import PRESSED_AGAIN, locked
from members.services.news import on_application_withdrawn
from members.states import ApplicationStatus


@act(gettext_noop("%(who)s withdrew the application."))
def withdraw(*, application_id: int, by: User, at: datetime) -> None:
    """The applicant, or the secretary on its behalf, takes the application back.

    Possible until it is decided; an open matter of the board is closed with it.
    """
    application = locked(application_id)
    require("members.withdraw", by, application, at=at)
    was_draft = application.is_draft
    application.move_to(ApplicationStatus.WITHDRAWN, ended_at=at)
    on_application_withdrawn(application=application, by=by, at=at)
    if not was_draft:
        letters.withdrawn(application, at=at)
    elif by != application.applicant:
        letters.draft_withdrawn(application, at=at)


@act(gettext_noop("%(who)s asked the applicant for information."))
def request_information(
    *, application_id: int, text: str, due: date, by: User, at: datetime
) -> Message:
    """The secretary asks the applicant, to be answered by the local date `due`."""
    application = locked(application_id)
    require("members.handle_applications", by, at=at)
    if due <= timezone.localdate(at):
        raise DomainError(_("Give the applicant at least until tomorrow."), field="due")
    application.move_to(ApplicationStatus.INFORMATION_REQUESTED)
    request = Message.objects.create(
        application=application,
        kind=MessageKind.REQUEST,
        text=text,
        author=by,
        written_at=at,
        due=due,
    )
    letters.information_requested(request, at=at)
    return request


@act(gettext_noop("%(who)s answered the secretary's question."))
def answer_request(
    *, application_id: int, text: str, uploads: Iterable[UploadedFile] = (), by: User, at: datetime
) -> Message:
    """The applicant answers; the application goes back to the secretary.

    The same answer sent twice is one. Raises `InvalidTransition` when there is no question (any
    more).
    """
    application = locked(application_id)
    require("members.answer", by, application, at=at)
    if (sent := _just_written(application, MessageKind.ANSWER, text, by, at)) is not None:
        return sent
    application.move_to(ApplicationStatus.SUBMITTED, returned_at=at)
    application.messages.filter(kind=MessageKind.REQUEST, answered_at=None).update(answered_at=at)
    answer = Message.objects.create(
        application=application, kind=MessageKind.ANSWER, text=text, author=by, written_at=at
    )
    attach(application, uploads, DocumentKind.ATTACHMENT, by, at)
    letters.answer_received(answer, at=at)
    return answer


@act(gettext_noop("%(who)s wrote a private note."))
def add_note(*, application_id: int, text: str, by: User, at: datetime) -> None:
    """A note that only the secretary sees. The same note sent twice is one."""
    require("members.handle_applications", by, at=at)
    application = locked(application_id)
    if _just_written(application, MessageKind.NOTE, text, by, at) is None:
        Message.objects.create(
            application=application, kind=MessageKind.NOTE, text=text, author=by, written_at=at
        )


def _just_written(
    application: Application, kind: str, text: str, by: User, at: datetime
) -> Message | None:
    """The latest message, when it is these very words of this person, written a moment ago."""
    latest = application.messages.filter(written_at__gt=at - PRESSED_AGAIN).last()
    again = latest is not None and (latest.kind, latest.text, latest.author_id) == (
        kind,
        text,
        by.pk,
    )
    return latest if again else None
