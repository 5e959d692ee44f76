"""What waits for the secretary and for applicants."""

from collections.abc import Collection
from datetime import date, datetime, time

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, Min, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kip.access import allowed
from kip.accounts.models import User
from kip.bylaws.models import Body
from kip.desk import Place, Waiting
from members.completeness import company_tasks
from members.likeness import Likeness
from members.models import (
    HELD_BY_ONE,
    Application,
    CheckedMember,
    CompanyPair,
    Expulsion,
    ImportRun,
    Member,
    MemberSector,
    MembershipPeriod,
    MemberSite,
    Message,
    MessageKind,
    PersonPair,
    ProposedChange,
    Representative,
    RepresentativeRole,
    YearlyCheck,
    come_back_since,
)
from members.services import everything_held
from members.services.importing import KEPT_FOR
from members.states import (
    ApplicationStatus,
    ChangeStatus,
    ExpulsionStatus,
    ImportStatus,
    PairStatus,
)


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
    said = Message.objects.filter(application=OuterRef("pk")).order_by("-pk")
    overdue = said.filter(
        kind=MessageKind.REQUEST, answered_at=None, due__lt=timezone.localdate(at)
    )
    to_do = to_do.annotate(
        told_at=Subquery(said.filter(kind=MessageKind.ANSWER).values("written_at")[:1]),
        asked_at=Subquery(overdue.values("written_at")[:1]),
        asked_by=Subquery(overdue.values("due")[:1]),
    )
    for application in to_do:
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
            text = (
                _("%(company)s has answered: check the application")
                if application.told_at
                else _("%(company)s has applied: check the application")
            ) % company
            since = application.told_at or application.submitted_at or at
        elif application.asked_at:
            text = _("%(company)s has not answered your question in time") % company
            since, due = application.asked_at, end_of(application.asked_by)
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
            if change.effective_on > timezone.localdate(change.proposed_at)
            else None,  # of what has been so already
            group=_("Membership"),
        )
        for change in found.select_related("member", "merge_into")
    ]


def doubles(*, at: datetime) -> list[Waiting]:
    """Companies and people that are likely on record twice: one line for each kind."""
    counted = [
        kind._default_manager.filter(status=PairStatus.LIKELY)
        .exclude(likenesses=[Likeness.NAMED])  # which the secretary is looking at
        .order_by()
        .values(kind=Value(kind._meta.model_name))
        .annotate(number=Count("pk"), since=Min("found_at"))
        for kind in (CompanyPair, PersonPair)
    ]
    return [
        Waiting(
            (
                ngettext(
                    "%(number)d pair of records may be one company: compare them",
                    "%(number)d pairs of records may each be one company: compare them",
                    row["number"],
                )
                if row["kind"] == CompanyPair._meta.model_name
                else ngettext(
                    "%(number)d pair of records may be one person: compare them",
                    "%(number)d pairs of records may each be one person: compare them",
                    row["number"],
                )
            )
            % {"number": row["number"]},
            reverse(f"admin:members_{row['kind']}_changelist"),
            since=row["since"],
            group=_("Membership"),
        )
        for row in counted[0].union(counted[1], all=True)
        if row["number"]
    ]


def imports(*, at: datetime) -> list[Waiting]:
    """Tables that were checked or have failed, until they are imported or dropped; due when KIP
    forgets them (`KEPT_FOR`).
    """
    waiting = []
    left = (ImportStatus.CHECKED, ImportStatus.FAILED)
    for run in ImportRun.objects.filter(status__in=left):
        if run.status == ImportStatus.FAILED:
            text = _("%(file)s was not imported: see why")
        elif run.wrong:
            text = ngettext(
                "%(file)s has %(number)d row that is wrong: mend it, and upload it again",
                "%(file)s has %(number)d rows that are wrong: mend them, and upload it again",
                run.wrong,
            )
        elif run.unanswered:
            text = _("%(file)s names who may be known already: say who")
        elif run.writes:
            text = _("%(file)s has been checked: import it, or drop it")
        else:
            text = _("%(file)s has nothing new: drop it")
        waiting.append(
            Waiting(
                text % {"file": run, "number": run.wrong},
                reverse("admin:members_importrun_change", args=[run.pk]),
                since=run.ended_at or run.uploaded_at,
                due=run.uploaded_at + KEPT_FOR,
                group=_("Membership"),
            )
        )
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


def leaving(*, at: datetime) -> list[Waiting]:
    """Members that were heard, or had the time for it, whose expulsion is to be decided now; and
    members that may no longer meet the conditions. None is ended by the clock.
    """
    today = timezone.localdate(at)
    cases = Expulsion.objects.filter(
        Q(status=ExpulsionStatus.HEARD) | Q(status=ExpulsionStatus.HEARING, answer_by__lt=today)
    ).values_list("decided_by", "pk", "period__member__name", Coalesce("answered_at", "opened_at"))
    doubts = MembershipPeriod.objects.doubted(today).values_list(
        Value(""), "member", "member__name", "doubted_at"
    )
    texts = {
        Body.BOARD: _("Expulsion of %(company)s: bring it before the board"),
        Body.MEETING: _(
            "Expulsion of %(company)s: put it to the general meeting, and record its decision"
        ),
        "": _("%(company)s: the board is to look whether it still meets the conditions"),
    }
    return [
        Waiting(
            texts[decided_by] % {"company": name},
            reverse(f"admin:members_{'expulsion' if decided_by else 'member'}_change", args=[pk]),
            since=since,
            group=_("Membership"),
        )
        for decided_by, pk, name, since in cases.order_by().union(doubts.order_by())
    ]


def yearly_check(*, at: datetime) -> list[Waiting]:
    """How the yearly check stands; it goes on until it is closed."""
    return [
        Waiting(
            (
                _("%(check)s: %(progress)s")
                if check.waited_for
                else _("%(check)s: every company has answered, close it")
            )
            % {"check": check, "progress": check.progress},
            reverse("admin:members_yearlycheck_change", args=[check.pk]),
            since=check.begun_at,
            due=end_of(check.answer_by),
            group=_("Membership"),
            progress=(check.answered, check.asked_in_all),
        )
        for check in YearlyCheck.objects.running().with_progress(timezone.localdate(at))
    ]


def for_the_company(*, user: User, at: datetime) -> list[Waiting]:
    """For who stands for companies: the yearly check and what each has not told yet, to its primary
    representative; and what it is asked to answer before it is expelled, to who speaks for it.
    """
    today = timezone.localdate(at)
    spoken_for = dict[int, set[str]]()
    own = Representative.objects.in_force(today).filter(person=user, role__in=HELD_BY_ONE)
    for member_id, role in own.values_list("member", "role"):
        spoken_for.setdefault(member_id, set()).add(role)
    if not spoken_for:
        return []
    kept = [pk for pk, roles in spoken_for.items() if RepresentativeRole.PRIMARY in roles]
    return [
        *_checks(kept, today),
        *_left_out(kept, today),
        *_hearings(spoken_for),
        *_letters_come_back(spoken_for, user, today),
    ]


def _checks(kept: Collection[int], today: date) -> list[Waiting]:
    """These companies, where they have not answered the yearly check."""
    asked = CheckedMember.objects.running().waited_for(today).filter(member__in=kept)
    return [
        Waiting(
            _("%(company)s: look through what the association knows") % {"company": row.member},
            reverse("own_check", args=[row.member.number]),
            since=row.yearly_check.begun_at,
            due=end_of(row.yearly_check.answer_by),
            group=_("Membership"),
        )
        for row in asked.select_related("member", "yearly_check")
    ]


def _left_out(kept: Collection[int], today: date) -> list[Waiting]:
    """What these companies have not told, but for those that are no members."""
    of_it = {"member": OuterRef("pk")}
    members = Member.objects.filter(pk__in=kept).annotate(
        # Also who is named for a later day: nothing is asked for that has been told.
        roles=ArraySubquery(Representative.objects.reaching(today).filter(**of_it).values("role")),
        has_labels=Exists(MemberSector.objects.filter(**of_it))
        & Exists(MemberSite.objects.filter(**of_it)),
        recorded_at=Subquery(
            MembershipPeriod.objects.in_force(today).filter(**of_it).values("recorded_at")[:1]
        ),
    )
    waiting = []
    for member in members.exclude(recorded_at=None):
        tasks = company_tasks(member, roles=member.roles, has_labels=member.has_labels)
        if number := sum(task.waits for task in tasks):
            text = ngettext(
                "%(company)s: tell the association %(number)d more thing",
                "%(company)s: tell the association %(number)d more things",
                number,
            ) % {"company": member, "number": number}
            url = reverse("own_company", args=[member.number])
            waiting.append(Waiting(text, url, since=member.recorded_at, group=_("Membership")))
    return waiting


def _hearings(spoken_for: Collection[int]) -> list[Waiting]:
    asked = Expulsion.objects.filter(status=ExpulsionStatus.HEARING, period__member__in=spoken_for)
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


def _letters_come_back(spoken_for: dict[int, set[str]], user: User, today: date) -> list[Waiting]:
    """Others of these companies who cannot be reached: for who keeps the people, and for the voting
    representative where that is the one who cannot be.
    """
    rows = Representative.objects.in_force(today).filter(member__in=spoken_for)
    waiting: dict[tuple[int, str], Waiting] = {}
    for row in (
        rows.exclude(person=user)
        .annotate(come_back_since=come_back_since())
        .exclude(come_back_since=None)
        .select_related("member", "person")
        .order_by("pk")
    ):
        keeps = RepresentativeRole.PRIMARY in spoken_for[row.member_id]
        if keeps or row.role == RepresentativeRole.PRIMARY:
            who = str(row.person or row.address)
            waiting[row.member_id, who] = Waiting(
                _("%(company)s: letters to %(person)s come back, check the address")
                % {"company": row.member, "person": who},
                reverse("company_people", args=[row.member.number]),
                since=row.come_back_since,
                group=_("Membership"),
            )
    return list(waiting.values())


def places(*, user: User, at: datetime) -> list[Place]:
    """The pages of an applicant, and of who stands for member companies."""
    companies = list(Member.objects.represented_by(user, timezone.localdate(at)))
    found = [
        Place(
            _("Your company: %(company)s") % {"company": member},
            reverse("own_company", args=[member.number]),
        )
        for member in companies
    ]
    if len(companies) == 1:  # of several, each page leads to its own
        papers = reverse("own_papers", args=[companies[0].number])
        found.append(Place(_("Our documents, and mail from the association"), papers))
    if found or allowed("members.keep_register", user, at=at):
        found.append(Place(_("Register of members"), reverse("register")))
    if Application.objects.of(user).exists():
        found.append(Place(_("Your applications"), reverse("applications")))
    return found


def held(*, person: User, at: datetime) -> list[str]:
    """What a person holds now, or will by what is recorded, and since when."""
    return [
        f"{each.text}: {formats.date_format(each.since)} –"
        for each in everything_held(person, at=at)
    ]


def about(*, person: User, user: User, at: datetime) -> list[Place]:
    """For who keeps the register: everything that the person holds, to be settled."""
    if person.double_of_id or not allowed("members.keep_register", user, at=at):
        return []
    return [
        Place(_("Has left an employer"), reverse("settle_person", args=[person.pk])),
        Place(
            _("Is on record twice"), reverse("admin:members_personpair_compare", args=[person.pk])
        ),
    ]
