"""What people ask about their data, and what they are answered."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kip.access import require
from kip.accounts.models import User
from kip.audit.acts import act
from kip.exceptions import DomainError
from kip.privacy import letters
from kip.privacy.models import ONE_AT_A_TIME, Channel, DataRequest, RequestKind, answer_due
from kip.privacy.states import OUTCOMES, REQUEST, RequestStatus


@act(gettext_noop("%(who)s asked about their personal data."))
def ask(*, kind: str, text: str, by: User, at: datetime) -> DataRequest:
    """A person asks for correction, erasure, a copy, or objects. Answered within a month.

    Raises `DomainError` on "text" when a correction or objection does not say what it is about, on
    "kind" while the same is being handled: another correction may be about something else.
    """
    require("privacy.ask", by, by, at=at)
    return _receive(
        person=by, kind=kind, text=text, channel=Channel.HERE, received_at=at, by=by, at=at
    )


@act(gettext_noop("%(who)s entered what a person asked about their personal data."))
def enter_request(
    *,
    person: User,
    kind: str,
    text: str,
    channel: str,
    received_at: datetime,
    by: User,
    at: datetime,
) -> DataRequest:
    """What came by phone, mail or letter; its month counts from when it came.

    Raises as `ask` does, and on "received_at" for a day that is still to come.
    """
    require("privacy.handle", by, person, at=at)
    if received_at > at:
        raise DomainError(_("This day is still to come."), field="received_at")
    return _receive(
        person=person,
        kind=kind,
        text=text,
        channel=channel,
        received_at=received_at,
        by=by,
        at=at,
    )


def _receive(
    *,
    person: User,
    kind: str,
    text: str,
    channel: str,
    received_at: datetime,
    by: User,
    at: datetime,
) -> DataRequest:
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if kind in (RequestKind.CORRECTION, RequestKind.OBJECTION) and not text.strip():
        raise DomainError(_("Write what it is about."), field="text")
    same = DataRequest.objects.filter(person=person, kind=kind, status__in=REQUEST.open)
    if kind not in ONE_AT_A_TIME:
        same = same.filter(text=text)
    if same.exists():
        raise DomainError(_("This has been asked for already, and is being handled."), field="kind")
    request = DataRequest.objects.create(
        person=person,
        kind=kind,
        text=text,
        channel=channel,
        entered_by=by,
        received_at=received_at,
        due=answer_due(received_at),
    )
    letters.received(request, at=at)
    return request


@act(gettext_noop("%(who)s answered what a person asked about their personal data."))
def answer_request(
    *, request_id: int, outcome: str, answer: str, by: User, at: datetime
) -> DataRequest:
    """Tell the person what was done; a refusal, whole or in part, says why (article 12(4)).

    Raises `DomainError` on "answer" for a refusal without a reason, `InvalidTransition` when it has
    been answered.
    """
    require("privacy.handle", by, at=at)
    request = (
        DataRequest.objects.select_for_update(of=["self"])
        .select_related("person")
        .get(pk=request_id)
    )
    if outcome not in OUTCOMES:
        raise DomainError(_("Say what was done."), field="outcome")
    if outcome != RequestStatus.DONE and not answer.strip():
        raise DomainError(_("Say why: the person has a right to know."), field="answer")
    request.move_to(outcome, answer=answer, answered_by=by, answered_at=at)
    letters.answered(request, at=at)
    return request
