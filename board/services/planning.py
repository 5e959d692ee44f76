"""The association's year: planned, followed, and copied into the next one."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from board.models import Anchor, PlannedTask, Seat, TaskOutcome, YearPlan
from board.timetable import moved
from kip.access import require
from kip.accounts.models import User
from kip.audit.acts import act
from kip.exceptions import DomainError, InvalidTransition, save_or_refuse

CALENDAR, MEETING = Anchor.CALENDAR, Anchor.MEETING

SECRETARY = gettext_noop("the secretary")
BOARD = gettext_noop("the board")

# The year of such an association, to begin with: (what, who, told by, from, until). Of the
# calendar, from and until are (month, day); of the meeting, days before it.
STANDARD_YEAR: list[tuple[str, str, Anchor, Any, Any]] = [
    (gettext_noop("Ask the companies for missing contacts"), SECRETARY, CALENDAR, (1, 2), (2, 28)),
    (gettext_noop("Annual report and accounts"), gettext_noop("the board and the treasurer"),
     MEETING, 75, 40),
    (gettext_noop("Invite candidates for the board"), SECRETARY, MEETING, 60, 30),
    (gettext_noop("Draft voting list"), SECRETARY, MEETING, 45, 30),
    (gettext_noop("Audit, or inspection of operations"), gettext_noop("the auditor"),
     MEETING, 40, 28),
    (gettext_noop("Resolve on the meeting and its agenda"), BOARD, MEETING, 40, 28),
    (gettext_noop("Notice of the annual general meeting"), SECRETARY, MEETING, 28, 14),
    (gettext_noop("Reminders, sign-up and proxies"), SECRETARY, MEETING, 14, 1),
    (gettext_noop("Annual general meeting"), BOARD, MEETING, 0, 0),
    (gettext_noop("Tell the results of the elections"), SECRETARY, MEETING, 0, -7),
    (gettext_noop("Examine and approve the minutes"), gettext_noop("the two examiners"),
     MEETING, -1, -21),
    (gettext_noop("Notify the register of associations (PRH) of the chair and the signers"),
     SECRETARY, MEETING, -1, -30),
    (gettext_noop("The board sets its roles for the term"), BOARD, MEETING, -1, -45),
    (gettext_noop("Renew the conveners of the working groups"), BOARD, MEETING, -1, -45),
    (gettext_noop("Fee invoices"), SECRETARY, MEETING, -7, -45),
    (gettext_noop("ECSPP meeting in spring"), BOARD, CALENDAR, (4, 1), (5, 31)),
    (gettext_noop("ECSPP meeting in September"), BOARD, CALENDAR, (9, 1), (9, 30)),
    (gettext_noop("Strategy, plan and budget for the next year"), BOARD,
     CALENDAR, (10, 1), (11, 30)),
    (gettext_noop("Kokkola Material Week"), SECRETARY, CALENDAR, (11, 1), (11, 30)),
    (gettext_noop("Plan of the next year"), SECRETARY, CALENDAR, (12, 1), (12, 20)),
]  # fmt: skip


@act(gettext_noop("%(who)s made the plan of a year."))
def begin_plan(
    *,
    year: int,
    meeting_on: date | None = None,
    copied: YearPlan | None = None,
    by: User,
    at: datetime,
) -> YearPlan:
    """Plan a year: like another one, or with the tasks that every such association has.

    Copied are the tasks with their times, people included; those that fell away are copied as well,
    since each year has its own reasons. `meeting_on` is the day of the annual general meeting.
    Raises `DomainError` on "year" when that year has its plan, on "meeting_on" for another year.
    """
    require("board.plan", by, at=at)
    plan = YearPlan(year=year, meeting_on=meeting_on, made_at=at)
    if YearPlan.objects.filter(year=year).exists():
        raise DomainError(
            _("The year %(year)d has its plan already.") % {"year": year}, field="year"
        )
    save_or_refuse(plan)
    tasks = _standard(plan) if copied is None else _like(copied, plan)
    PlannedTask.objects.bulk_create(tasks)
    return plan


def _standard(plan: YearPlan) -> list[PlannedTask]:
    tasks = []
    for what, who, anchor, begins, ends in STANDARD_YEAR:
        task = PlannedTask(plan=plan, what=_(what), who=_(who), anchor=anchor)
        if anchor == CALENDAR:
            task.begins_on, task.ends_on = date(plan.year, *begins), date(plan.year, *ends)
        else:
            task.begins_days, task.ends_days = begins, ends
        tasks.append(task)
    return tasks


def _like(copied: YearPlan, plan: YearPlan) -> list[PlannedTask]:
    tasks = []
    for earlier in copied.tasks.select_related("responsible").order_by("pk"):
        task = PlannedTask(
            plan=plan,
            what=earlier.what,
            who=earlier.who,
            responsible=earlier.responsible if _still_there(earlier.responsible) else None,
            anchor=earlier.anchor,
            begins_days=earlier.begins_days,
            ends_days=earlier.ends_days,
        )
        if earlier.begins_on is not None and earlier.ends_on is not None:
            window = moved(earlier.begins_on, earlier.ends_on, plan.year - copied.year)
            task.begins_on, task.ends_on = window.begins_on, window.ends_on
        tasks.append(task)
    return tasks


def _still_there(person: User | None) -> bool:
    return person is not None and person.is_active


@act(gettext_noop("%(who)s set the day of the annual general meeting in the plan."))
def set_meeting_day(*, plan_id: int, meeting_on: date | None, by: User, at: datetime) -> YearPlan:
    """Everything counted from the meeting moves with it. Raises `DomainError` on "meeting_on"."""
    require("board.plan", by, at=at)
    plan = YearPlan.objects.select_for_update().get(pk=plan_id)
    plan.meeting_on = meeting_on
    save_or_refuse(plan)
    return plan


@act(gettext_noop("%(who)s added a task to the plan of a year."))
def add_task(*, plan_id: int, facts: dict[str, Any], by: User, at: datetime) -> PlannedTask:
    """`facts` are fields of `PlannedTask`: what, who, responsible, and its time.

    Raises `DomainError` for a time that ends before it begins, or is years away from the plan.
    """
    require("board.plan", by, at=at)
    task = PlannedTask(plan=YearPlan.objects.get(pk=plan_id), **facts)
    _check_days(task)
    _save(task)
    return task


@act(gettext_noop("%(who)s changed a task in the plan of a year."))
def change_task(*, task_id: int, facts: dict[str, Any], by: User, at: datetime) -> PlannedTask:
    """As for `add_task`; whether it is done stays as it is."""
    require("board.plan", by, at=at)
    task = _locked(task_id)
    for name, value in facts.items():
        setattr(task, name, value)
    _check_days(task)
    _save(task)
    return task


@act(gettext_noop("%(who)s took a task off the plan of a year."))
def remove_task(*, task_id: int, by: User, at: datetime) -> None:
    """What was never meant to stand there. What only falls away this year is settled instead."""
    require("board.plan", by, at=at)
    _locked(task_id).delete()


@act(gettext_noop("%(who)s settled a task of the year."))
def settle_task(
    *, task_id: int, outcome: str, note: str = "", by: User, at: datetime
) -> PlannedTask:
    """It is done, or not needed this year. By the secretary, or the person who does it.

    Raises `InvalidTransition` when it is settled already.
    """
    task = _locked(task_id)
    require("board.settle_task", by, task, at=at)
    if task.outcome != TaskOutcome.OPEN:
        raise InvalidTransition(_("This task is settled already."))
    task.outcome = TaskOutcome(outcome)
    task.note, task.settled_at, task.settled_by = note, at, by
    _save(task)
    return task


@act(gettext_noop("%(who)s opened a task of the year again."))
def reopen_task(*, task_id: int, by: User, at: datetime) -> PlannedTask:
    """Raises `InvalidTransition` when it is open."""
    task = _locked(task_id)
    require("board.settle_task", by, task, at=at)
    if task.outcome == TaskOutcome.OPEN:
        raise InvalidTransition(_("This task is open."))
    task.outcome, task.settled_at, task.settled_by = TaskOutcome.OPEN, None, None
    _save(task)
    return task


def who_may_be_responsible(besides: int | None, *, at: datetime | None = None) -> Any:
    """The secretaries, who sits on the board now, and whoever it is already."""
    seats = Seat.objects.in_force(at or timezone.now()).values("person")
    secretaries = User.objects.secretaries().values("pk")
    return User.objects.get_queryset().filter(
        Q(pk__in=seats) | Q(pk__in=secretaries) | Q(pk=besides)
    )


def _check_days(task: PlannedTask) -> None:
    """A task may begin in the year before or end in the year after; further away is a slip."""
    for name in ("begins_on", "ends_on"):
        day = getattr(task, name)
        if day is not None and abs(day.year - task.plan.year) > 1:
            raise DomainError(
                _("Give a day of %(year)d, or of the year before or after it.")
                % {"year": task.plan.year},
                field=name,
            )


def _locked(task_id: int) -> PlannedTask:
    return (
        PlannedTask.objects.select_for_update(of=("self",)).select_related("plan").get(pk=task_id)
    )


def _save(task: PlannedTask) -> None:
    # In a transaction of its own, so that a refusal by the database spoils nothing else.
    with transaction.atomic():
        save_or_refuse(task)
