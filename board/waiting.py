"""What waits for the secretary and for board members."""

from datetime import date, datetime, time, timedelta
from typing import Any, cast

from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from board.models import (
    Matter,
    MatterKind,
    MeetingRecord,
    PlannedTask,
    Seat,
    YearPlan,
    waiting_records,
    with_progress,
)
from board.standing import Standing, standings
from board.states import MATTER, MatterStatus
from kip.access import allowed
from kip.accounts.models import User
from kip.bylaws.models import Body
from kip.desk import Place, Waiting
from members.models import Application, Expulsion
from members.services import NextAct
from members.states import ApplicationStatus

# The next year is planned from October on.
PLANNED_FROM_MONTH = 10
# Of tasks that are due or late; the plan's page has them all.
TASKS_SHOWN = 20


def _url(matter: Matter) -> str:
    return reverse("board:matter", args=[matter.pk])


def for_the_secretary(*, at: datetime) -> list[Waiting]:
    """Matters open and their deadlines, decisions to record, matters to take up anew."""
    waiting = []
    group = _("Matters before the board")
    unfinished = Matter.objects.filter(
        Q(status__in=MATTER.open) | Q(status=MatterStatus.STOPPED, taken_up_by=None)
    ).exclude(
        Q(application__status__in=[ApplicationStatus.WITHDRAWN, ApplicationStatus.APPROVED])
        # One that is to be decided anew is on the desk as such.
        | Q(status=MatterStatus.STOPPED, kind=MatterKind.EXPULSION)
    )
    recorded = MeetingRecord.objects.filter(matter=OuterRef("pk"), withdrawn_at=None)
    matters = (
        unfinished.with_subject()
        .select_related("term")
        .annotate(recorded_at=Subquery(recorded.values("recorded_at")[:1]))
    )
    for standing in standings(matters, at):
        matter, presider, due = standing.matter, standing.presider, None
        since = matter.opened_at
        if matter.status == MatterStatus.STOPPED:
            text, since = _("%(matter)s: take up anew with the new board"), matter.ended_at or at
        elif matter.is_open:
            due = matter.deadline
            text = (
                _("%(matter)s: waits to be declared by %(name)s")
                if standing.tally.may_be_declared and presider is not None
                else _("%(matter)s: the board votes")
            )
        elif matter.recorded_at:  # type: ignore[attr-defined]
            since = matter.recorded_at  # type: ignore[attr-defined]
            text = _("%(matter)s: whoever presided is to confirm what you recorded")
        else:
            text = _("%(matter)s: record what the meeting decides")
        text %= {"matter": matter, "name": presider}
        waiting.append(Waiting(text, _url(matter), since=since, due=due, group=group))
    return waiting


def the_year(*, at: datetime) -> list[Waiting]:
    """How far this year's plan is, what is due or late, and in autumn the plan of the next."""
    today = timezone.localdate(at)
    group = _("The year")
    plans = {plan.year: plan for plan in with_progress(YearPlan.objects.all())[:10]}
    if not plans:
        return []
    waiting = []
    if (plan := plans.get(today.year)) is not None and plan.settled < plan.in_all:
        waiting.append(
            Waiting(
                f"{plan}: {plan.progress}",
                reverse("board:plan", args=[plan.year]),
                since=plan.made_at,
                group=group,
                progress=(plan.settled, plan.in_all),
            )
        )
    waiting += [
        _task_that_waits(task, reverse("board:plan", args=[task.plan.year]), group)
        for task in PlannedTask.objects.asking(today).select_related("plan")[:TASKS_SHOWN]
    ]
    year = today.year + 1 if today.month >= PLANNED_FROM_MONTH else today.year
    if year not in plans:
        waiting.append(
            Waiting(
                _("Make the plan of %(year)d") % {"year": year},
                f"{reverse('board:begin_plan')}?year={year}",
                since=_start_of(date(year - 1, PLANNED_FROM_MONTH, 1)),
                due=_start_of(date(year, 1, 1)),
                group=group,
            )
        )
    return waiting


def tasks_of(*, user: User, at: datetime) -> list[Waiting]:
    """What of the year somebody is to do who is named for it."""
    tasks = PlannedTask.objects.asking(timezone.localdate(at)).filter(responsible=user)
    return [
        _task_that_waits(task, reverse("board:settle_task", args=[task.pk]), _("The year"))
        for task in tasks.select_related("plan")[:TASKS_SHOWN]
    ]


def _task_that_waits(task: Any, url: str, group: str) -> Waiting:
    text = f"{task.what} ({task.who})" if task.who else task.what
    # Due until the end of its last day.
    due = _start_of(task.to_day + timedelta(days=1)) - timedelta(minutes=1)
    return Waiting(text, url, since=_start_of(task.from_day), due=due, group=group)


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def for_the_board(*, user: User, at: datetime) -> list[Waiting]:
    """Votes to cast, resolutions to declare, decisions of meetings to confirm."""
    seat = Seat.objects.in_force(at).filter(person=user).first()
    if seat is None:
        return []
    waiting = []
    group = _("The board")
    pending = (
        Matter.objects.pending()
        .entitling(user)
        .with_subject()
        .select_related("term")
        .prefetch_related(waiting_records())
    )
    for standing in standings(pending, at):
        matter = standing.matter
        since, due = matter.opened_at, cast("datetime | None", matter.deadline)
        if (
            matter.is_open
            and seat.pk in standing.tally.waiting
            and not standing.poll.deadline_passed
        ):
            text = _("Vote: %(matter)s")
        elif matter.is_open and _is_to_declare(standing, seat):
            text = _("Declare the resolution: %(matter)s")
        elif _is_to_confirm(standing, seat):
            text = _("Confirm the decision of the meeting: %(matter)s")
            since, due = matter.waiting_records[0].recorded_at, None
        else:
            continue
        waiting.append(
            Waiting(text % {"matter": matter}, _url(matter), since=since, due=due, group=group)
        )
    return waiting


def _is_to_declare(standing: Standing, seat: Seat) -> bool:
    presider = standing.presider
    return standing.tally.may_be_declared and presider is not None and presider.seat_id == seat.pk


def _is_to_confirm(standing: Standing, seat: Seat) -> bool:
    return any(standing.confirms(record, seat.pk) for record in standing.matter.waiting_records)


def acts_on_application(*, application: Application, user: User, at: datetime) -> list[NextAct]:
    """What the secretary can do with an application that is the board's affair."""
    if application.status in {
        ApplicationStatus.SUBMITTED,
        ApplicationStatus.INFORMATION_REQUESTED,
    } and allowed("board.prepare", user, at=at):
        url = reverse("board:bring", args=[application.pk])
        return [NextAct(_("Bring before the board"), url)]
    matter = Matter.objects.filter(application=application).order_by("-opened_at").first()
    return [NextAct(_("Open the board’s matter"), _url(matter))] if matter else []


def acts_on_expulsion(*, expulsion: Expulsion, user: User, at: datetime) -> list[NextAct]:
    """What the secretary can do with an expulsion that the board decides."""
    if (
        expulsion.decided_by == Body.BOARD
        and expulsion.hearing_is_over(at)
        and allowed("board.prepare", user, at=at)
    ):
        url = reverse("board:bring_expulsion", args=[expulsion.pk])
        return [NextAct(_("Bring before the board"), url)]
    matter = Matter.objects.filter(expulsion=expulsion).order_by("-opened_at").first()
    return [NextAct(_("Open the board’s matter"), _url(matter))] if matter else []


def places(*, user: User, at: datetime) -> list[Place]:
    """The board's matters and its year, for those who may read them."""
    if allowed("board.read_matter", user, at=at):
        return [
            Place(_("Matters before the board"), reverse("board:matters")),
            Place(_("The association’s year"), reverse("board:latest_plan")),
            Place(_("Register of members"), reverse("register")),
        ]
    if allowed("board.read_plan", user, at=at):
        return [Place(_("The association’s year"), reverse("board:latest_plan"))]
    return []
