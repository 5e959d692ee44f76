"""What waits for the secretary and for applicants."""

from datetime import datetime, time

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kip.accounts.models import User
from kip.desk import Place, Waiting
from members.models import Application, Member, MessageKind
from members.states import ApplicationStatus


def end_of(day: object) -> datetime:
    """The last minute of a local day, as an instant."""
    return timezone.make_aware(datetime.combine(day, time(23, 59)))  # type: ignore[arg-type]


def for_the_secretary(*, at: datetime) -> list[Waiting]:
    """Applications to check: those that arrived, those answered, those whose answer is overdue;
    and those from paper that are still to be entered.
    """
    waiting = []
    to_do = Application.objects.filter(
        Q(status__in=[ApplicationStatus.SUBMITTED, ApplicationStatus.INFORMATION_REQUESTED])
        | Q(status=ApplicationStatus.DRAFT, entered_by__isnull=False)
    )
    for application in to_do.prefetch_related("messages"):
        url = reverse("admin:members_application_change", args=[application.pk])
        company, due = {"company": application.name}, None
        if application.is_draft:
            text = (
                _("Continue to enter the application of %(company)s") % company
                if application.name
                else _("Continue to enter the application that came on paper or by phone")
            )
            since = application.saved_at
            url = reverse("application", args=[application.public_id])
        elif application.status == ApplicationStatus.SUBMITTED:
            answers = [m for m in application.messages.all() if m.kind == MessageKind.ANSWER]
            text = (
                _("%(company)s has answered: check the application")
                if answers
                else _("%(company)s has applied: check the application")
            ) % company
            since = answers[-1].written_at if answers else application.submitted_at or at
        elif overdue := [m for m in application.messages.all() if m.is_overdue(at)]:
            text = _("%(company)s has not answered your question in time") % company
            since, due = overdue[-1].written_at, end_of(overdue[-1].due)
        else:
            continue
        waiting.append(Waiting(text, url, since=since, due=due, group=_("Applications")))
    return waiting


def for_the_applicant(*, user: User, at: datetime) -> list[Waiting]:
    """Drafts to finish and questions to answer."""
    waiting = []
    own = Application.objects.filter(applicant=user).prefetch_related("messages")
    for application in own.filter(
        status__in=[ApplicationStatus.DRAFT, ApplicationStatus.INFORMATION_REQUESTED]
    ):
        url = reverse("application", args=[application.public_id])
        requests = [
            m
            for m in application.messages.all()
            if m.kind == MessageKind.REQUEST and not m.answered_at
        ]
        if application.is_draft:
            text, since, due = _("Continue your application"), application.begun_at, None
        elif requests:
            text = _("Answer the secretary’s question")
            since, due = requests[-1].written_at, end_of(requests[-1].due)
        else:
            continue
        waiting.append(Waiting(text=text, url=url, since=since, due=due, group=_("Membership")))
    return waiting


def places(*, user: User, at: datetime) -> list[Place]:
    """The pages of an applicant, and of who stands for member companies."""
    companies = Member.objects.represented_by(user, timezone.localdate(at))
    found = [
        Place(
            _("Your company: %(company)s") % {"company": member},
            reverse("own_company", args=[member.number]),
        )
        for member in companies
    ]
    if Application.objects.of(user).exists():
        found.append(Place(_("Your applications"), reverse("applications")))
    return found
