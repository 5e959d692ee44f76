"""The association's own clock: what is done by itself when its time has come."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext_noop

from kip.audit.acts import act
from members.letters import application as letters
from members.models import (
    DRAFT_LAPSES_AFTER,
    DRAFT_REMINDER_BEFORE,
    Application,
    Message,
    MessageKind,
)
from members.services.locks import locked
from members.states import ApplicationStatus

REQUEST_REMINDER_BEFORE = timedelta(days=3)


def remind_and_lapse(*, at: datetime) -> None:
    """Remind of questions unanswered and drafts untouched, and let drafts lapse after 90 days.

    Everything due by `at` is done, so a run that was missed is made good by the next; the letters'
    keys keep each from going out twice.
    """
    today = timezone.localdate(at)
    open_requests = Message.objects.filter(
        kind=MessageKind.REQUEST,
        answered_at=None,
        application__status=ApplicationStatus.INFORMATION_REQUESTED,
        due__lte=today + REQUEST_REMINDER_BEFORE,
    )
    for request in open_requests:
        if timezone.localdate(request.written_at) != today:  # else it has just gone out itself
            _remind_of_request(
                application_id=request.application_id, request_id=request.pk, by=None, at=at
            )

    for application_id in Application.objects.drafts_to_remind(at).values_list("pk", flat=True):
        _remind_of_draft(application_id=application_id, by=None, at=at)
    for application_id in Application.objects.drafts_to_lapse(at).values_list("pk", flat=True):
        _lapse(application_id=application_id, by=None, at=at)


@act(gettext_noop("%(who)s reminded the applicant of the secretary's question."))
def _remind_of_request(*, application_id: int, request_id: int, by: None, at: datetime) -> None:
    """Under the application's lock: an answer that is just arriving comes before or after it."""
    application = locked(application_id)
    request = application.messages.filter(pk=request_id, answered_at=None).first()
    if request is None or application.status != ApplicationStatus.INFORMATION_REQUESTED:
        return
    request.application = application
    is_overdue = request.due is not None and request.due < timezone.localdate(at)
    letters.information_reminder(request, occasion="overdue" if is_overdue else "soon", at=at)


@act(gettext_noop("%(who)s reminded the applicant of the untouched draft."))
def _remind_of_draft(*, application_id: int, by: None, at: datetime) -> None:
    application = locked(application_id)
    if Application.objects.drafts_to_remind(at).filter(pk=application_id).exists():
        application.reminded_at = at
        application.save(update_fields=["reminded_at"])
        lapses_at = max(application.saved_at + DRAFT_LAPSES_AFTER, at + DRAFT_REMINDER_BEFORE)
        letters.draft_reminder(application, lapses_on=timezone.localdate(lapses_at), at=at)


@act(gettext_noop("%(who)s let an untouched draft lapse."))
def _lapse(*, application_id: int, by: None, at: datetime) -> None:
    application = locked(application_id)
    if Application.objects.drafts_to_lapse(at).filter(pk=application_id).exists():
        application.move_to(ApplicationStatus.LAPSED, ended_at=at)
