"""What waits for the secretary and for applicants."""

from datetime import datetime, time

from django.db.models import Prefetch, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kip.access import allowed
from kip.accounts.models import User
from kip.bylaws.models import Body
from kip.desk import Place, Waiting
from members.completeness import company_tasks
from members.models import (
    HELD_BY_ONE,
    Application,
    Expulsion,
    Member,
    MembershipPeriod,
    MessageKind,
    ProposedChange,
    Representative,
    RepresentativeRole,
)
from members.states import ApplicationStatus, ChangeStatus, ExpulsionStatus


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


def proposed_changes(*, at: datetime) -> list[Waiting]:
    """What companies propose for the register, due when it is to be in force."""
    found = ProposedChange.objects.filter(status=ChangeStatus.PROPOSED)
    return [
        Waiting(
            _("%(change)s: confirm or decline it") % {"change": change},
            reverse("admin:members_proposedchange_change", args=[change.pk]),
            since=change.proposed_at,
            due=end_of(change.effective_on)
            if change.effective_on > timezone.localdate(at)
            else None,
            group=_("Membership"),
        )
        for change in found.select_related("member", "merge_into")
    ]


def left_out(*, user: User, at: datetime) -> list[Waiting]:
    """For the primary representative: what the association does not know of the company yet."""
    today = timezone.localdate(at)
    kept = Representative.objects.in_force(today).filter(
        person=user, role=RepresentativeRole.PRIMARY
    )
    members = Member.objects.filter(pk__in=kept.values("member")).prefetch_related(
        "sectors",
        "sites",
        Prefetch("representatives", Representative.objects.in_force(today), to_attr="now"),
        Prefetch("periods", MembershipPeriod.objects.in_force(today), to_attr="periods_now"),
    )
    waiting = []
    for member in members:
        tasks = company_tasks(member, {row.role for row in member.now})
        number = sum(task.waits for task in tasks)
        if number and member.periods_now:
            text = ngettext(
                "%(company)s: tell the association %(number)d more thing",
                "%(company)s: tell the association %(number)d more things",
                number,
            ) % {"company": member, "number": number}
            url = reverse("own_company", args=[member.number])
            since = member.periods_now[0].recorded_at
            waiting.append(Waiting(text, url, since=since, group=_("Membership")))
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


def expulsions_to_go_on(*, at: datetime) -> list[Waiting]:
    """Members that were heard, or had the time for it: it is to be decided now."""
    found = Expulsion.objects.filter(status__in=[ExpulsionStatus.HEARING, ExpulsionStatus.HEARD])
    return [
        Waiting(
            (
                _("%(expulsion)s: bring it before the board")
                if expulsion.decided_by == Body.BOARD
                else _("%(expulsion)s: put it to the general meeting, and record its decision")
            )
            % {"expulsion": expulsion},
            reverse("admin:members_expulsion_change", args=[expulsion.pk]),
            since=expulsion.answered_at or expulsion.opened_at,
            group=_("Membership"),
        )
        for expulsion in found.select_related("period__member")
        if expulsion.hearing_is_over(at)
    ]


def doubts(*, at: datetime) -> list[Waiting]:
    """Members that may no longer meet the conditions. None is ended by the clock."""
    return [
        Waiting(
            _("%(company)s: the board is to look whether it still meets the conditions")
            % {"company": period.member},
            reverse("admin:members_member_change", args=[period.member_id]),
            since=period.doubted_at,
            group=_("Membership"),
        )
        for period in MembershipPeriod.objects.doubted(timezone.localdate(at))
    ]


def hearings(*, user: User, at: datetime) -> list[Waiting]:
    """For who speaks for a company: what it is asked to answer before it is decided."""
    spoken_for = Representative.objects.in_force_at(at).filter(person=user, role__in=HELD_BY_ONE)
    asked = Expulsion.objects.filter(
        status=ExpulsionStatus.HEARING, period__member__in=spoken_for.values("member")
    )
    return [
        Waiting(
            _("Answer for %(company)s: its expulsion has been proposed")
            % {"company": expulsion.period.member},
            reverse("hearing", args=[expulsion.period.member.number, expulsion.pk]),
            since=expulsion.opened_at,
            due=end_of(expulsion.answer_by),
            group=_("Membership"),
        )
        for expulsion in asked.select_related("period__member")
    ]


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
    if found or allowed("members.keep_register", user, at=at):
        found.append(Place(_("Register of members"), reverse("register")))
    if Application.objects.of(user).exists():
        found.append(Place(_("Your applications"), reverse("applications")))
    return found


def about(*, person: User, user: User, at: datetime) -> list[Place]:
    """For who keeps the register: everything that the person holds, to be settled."""
    if not allowed("members.keep_register", user, at=at):
        return []
    return [Place(_("Has left an employer"), reverse("settle_person", args=[person.pk]))]
