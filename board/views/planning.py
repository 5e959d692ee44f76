"""The association's year, as the board reads it and the secretary keeps it."""

from datetime import datetime
from typing import Any

from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from board.forms import MeetingDayForm, PlanForm, SettleForm, TaskForm
from board.models import Anchor, PlannedTask, TaskOutcome, YearPlan, with_progress
from board.services import planning
from board.timetable import Standing, same_weekday
from kip.access import allowed
from kip.mail.confirm import confirm

STANDINGS = {
    Standing.LATE: (gettext_lazy("late"), "wrong"),
    Standing.DUE: (gettext_lazy("due now"), "due"),
    Standing.AHEAD: (gettext_lazy("ahead"), "neutral"),
    Standing.UNDATED: (gettext_lazy("waits for the day of the meeting"), "neutral"),
}


def _asked(request: HttpRequest, permission: str, task: PlannedTask | None = None) -> datetime:
    """Now, for who has the permission; for others these pages do not exist."""
    at = timezone.now()
    if not allowed(permission, request.user, task, at=at):
        raise Http404
    return at


def _trail(request: HttpRequest, plan: YearPlan | None = None) -> list[tuple[str, str]]:
    if request.user.is_secretary:  # type: ignore[union-attr]
        found = [
            (_("The secretary’s desk"), reverse("admin:index")),
            (_("Yearly plans"), reverse("admin:board_yearplan_changelist")),
        ]
    else:
        found = [(_("My KIP"), reverse("my_kip"))]
    if plan is not None:
        found.append((str(plan), reverse("board:plan", args=[plan.year])))
    return found


@require_safe
def latest(request: HttpRequest) -> HttpResponse:
    """This year's plan; without one, the latest there is."""
    at = _asked(request, "board.read_plan")
    this_year = timezone.localdate(at).year
    years = list(YearPlan.objects.values_list("year", flat=True))
    if not years:
        context = {
            "breadcrumb": _trail(request),
            "may_plan": allowed("board.plan", request.user, at=at),
        }
        return render(request, "board/no_plan.html", context)
    return redirect("board:plan", this_year if this_year in years else years[0])


@require_safe
def plan(request: HttpRequest, year: int) -> HttpResponse:
    """The year from its first task to its last, each with where it stands."""
    at = _asked(request, "board.read_plan")
    plan = get_object_or_404(with_progress(YearPlan.objects.all()), year=year)
    today = timezone.localdate(at)
    may_plan = allowed("board.plan", request.user, at=at)
    tasks = plan.tasks.timed().select_related("plan", "responsible", "settled_by")
    rows = [_row(task, today, request, may_plan) for task in tasks]
    context = {
        "title": str(plan),
        "breadcrumb": _trail(request),
        "plan": plan,
        "progress": plan.progress,
        "sections": _sections(rows),
        "late": sum(row["standing"] == Standing.LATE for row in rows),
        "due": sum(row["standing"] == Standing.DUE for row in rows),
        "years": YearPlan.objects.exclude(pk=plan.pk).values_list("year", flat=True),
        "may_plan": may_plan,
    }
    return render(request, "board/plan.html", context)


def _sections(rows: list[dict[str, Any]]) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """What is to be done now, what comes, and what waits for nobody any more."""
    now = {Standing.LATE, Standing.DUE}
    return [
        ("now", _("To be done now"), [row for row in rows if row["standing"] in now]),
        (
            "ahead",
            _("Ahead"),
            [row for row in rows if row["is_open"] and row["standing"] not in now],
        ),
        ("settled", _("Settled"), [row for row in rows if not row["is_open"]]),
    ]


def _row(task: Any, today: Any, request: HttpRequest, may_plan: bool) -> dict[str, Any]:
    is_open = task.outcome == TaskOutcome.OPEN
    standing = task.standing(today) if is_open else None
    if standing is None:
        status, tone = task.get_outcome_display(), "good"
        if task.outcome == TaskOutcome.DROPPED:
            tone = "neutral"
    else:
        status, tone = STANDINGS[standing]
    return {
        "task": task,
        "is_open": is_open,
        "standing": standing,
        "status": status,
        "tone": tone,
        "may_settle": may_plan or task.responsible_id == request.user.pk,
    }


def begin(request: HttpRequest) -> HttpResponse:
    """Plan a year, most often the next one like this one."""
    _asked(request, "board.plan")
    latest = YearPlan.objects.first()
    year = latest.year + 1 if latest is not None else timezone.localdate().year
    asked = request.GET.get("year", "")
    if asked.isdecimal() and len(asked) == 4:
        year = int(asked)
    initial = {"year": year, "copied": latest, "meeting_on": _foreseen(latest, year)}
    return confirm(
        request,
        title=_("Plan a year"),
        act_text=_("Make the plan"),
        form=PlanForm(request.POST or None, initial=initial),
        consequences=[
            _("Tasks are copied with their times and people. None of them is done yet."),
            _("What is told by the calendar falls on the same days of the new year."),
            _("What is told by the general meeting moves with its day."),
        ],
        act=lambda data: planning.begin_plan(by=request.user, at=timezone.now(), **data),  # type: ignore[arg-type]
        done=lambda plan: _("The year %(year)d is planned.") % {"year": plan.year},
        back=reverse("admin:board_yearplan_changelist"),
        onward=lambda plan: reverse("board:plan", args=[plan.year]),
        context={"breadcrumb": _trail(request), "letters": None},
    )


def _foreseen(latest: YearPlan | None, year: int) -> Any:
    """The same weekday of the month as last time, to be looked at."""
    if latest is None or latest.meeting_on is None or not 2006 <= year <= 2199:
        return None
    return same_weekday(latest.meeting_on, year)


def meeting_day(request: HttpRequest, year: int) -> HttpResponse:
    """When the annual general meeting is."""
    _asked(request, "board.plan")
    plan = get_object_or_404(YearPlan, year=year)
    counted = plan.tasks.filter(anchor=Anchor.MEETING).count()
    return _of_plan(
        request,
        plan,
        title=_("Day of the annual general meeting"),
        act_text=_("Set the day"),
        form=MeetingDayForm(request.POST or None, initial={"meeting_on": plan.meeting_on}),
        consequences=[
            _("Tasks whose time is counted from the meeting move with it: %(number)d.")
            % {"number": counted}
        ],
        act=lambda data: planning.set_meeting_day(
            plan_id=plan.pk,
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
            **data,
        ),
        done=gettext_lazy("The day is set."),
    )


def add(request: HttpRequest, year: int) -> HttpResponse:
    _asked(request, "board.plan")
    plan = get_object_or_404(YearPlan, year=year)
    return _of_plan(
        request,
        plan,
        title=_("Add a task to the year"),
        act_text=_("Add the task"),
        form=TaskForm(request.POST or None, initial={"anchor": Anchor.CALENDAR}),
        act=lambda data: planning.add_task(
            plan_id=plan.pk,
            facts=data,
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
        ),
        done=gettext_lazy("The task is in the plan."),
    )


def change(request: HttpRequest, pk: int) -> HttpResponse:
    task = _task(request, pk, "board.plan")
    return _of_plan(
        request,
        task.plan,
        title=_("Change a task of the year"),
        lead=task.what,
        act_text=_("Save the task"),
        form=TaskForm(request.POST or None, instance=task),
        act=lambda data: planning.change_task(
            task_id=pk,
            facts=data,
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
        ),
        done=gettext_lazy("The task is changed."),
    )


def remove(request: HttpRequest, pk: int) -> HttpResponse:
    task = _task(request, pk, "board.plan")
    return _of_plan(
        request,
        task.plan,
        title=_("Take a task off the plan"),
        lead=task.what,
        act_text=_("Take it off"),
        consequences=[
            _("It is gone from this year’s plan, and is not copied into the next one."),
            _("If it is only not needed this year, settle it so instead."),
        ],
        danger=True,
        act=lambda data: planning.remove_task(
            task_id=pk,
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
        ),
        done=gettext_lazy("The task is off the plan."),
    )


def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Done, or not needed this year."""
    task = _task(request, pk, "board.settle_task")
    return _of_plan(
        request,
        task.plan,
        title=_("Settle a task of the year"),
        lead=task.what,
        act_text=_("Settle the task"),
        form=SettleForm(request.POST or None, initial={"outcome": TaskOutcome.DONE}),
        sample={"outcome": TaskOutcome.DONE},
        act=lambda data: planning.settle_task(
            task_id=pk,
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
            **data,
        ),
        done=gettext_lazy("The task is settled."),
    )


def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    task = _task(request, pk, "board.settle_task")
    return _of_plan(
        request,
        task.plan,
        title=_("Open a task of the year again"),
        lead=task.what,
        act_text=_("Open it again"),
        consequences=[_("It waits to be done again; the note stays.")],
        act=lambda data: planning.reopen_task(
            task_id=pk,
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
        ),
        done=gettext_lazy("The task is open again."),
    )


def _task(request: HttpRequest, pk: int, permission: str) -> PlannedTask:
    task = get_object_or_404(PlannedTask.objects.select_related("plan", "responsible"), pk=pk)
    _asked(request, permission, task)
    return task


def _of_plan(
    request: HttpRequest, plan: YearPlan, *, form: BaseForm | None = None, **page: Any
) -> HttpResponse:
    """The acts of a plan write no letters and lead back to it."""
    return confirm(
        request,
        form=form,
        back=reverse("board:plan", args=[plan.year]),
        context={"breadcrumb": _trail(request, plan), "letters": None},
        **page,
    )
