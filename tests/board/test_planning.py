"""The association's year: planned, followed, copied into the next."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from board import waiting
from board.models import Anchor, PlannedTask, TaskOutcome, YearPlan
from board.services import planning
from kip.exceptions import DomainError, InvalidTransition, NotAllowed
from tests.board.factories import BoardNow, a_board
from tests.members.factories import a_person

pytestmark = pytest.mark.django_db

HELSINKI = ZoneInfo("Europe/Helsinki")
MEETING = date(2027, 3, 16)
AT = datetime(2026, 12, 1, 9, tzinfo=HELSINKI)


@pytest.fixture
def board(db: None) -> BoardNow:
    return a_board(3, since=AT - timedelta(days=200))


def a_plan(board: BoardNow, year: int = 2027, **how: Any) -> YearPlan:
    how = {"meeting_on": MEETING if year == 2027 else None, "at": AT} | how
    return planning.begin_plan(year=year, by=board.secretary, **how)


def a_task(board: BoardNow, plan: YearPlan, **facts: Any) -> PlannedTask:
    facts = {
        "what": "Clean the harbour",
        "anchor": Anchor.CALENDAR,
        "begins_on": date(2027, 5, 3),
        "ends_on": date(2027, 5, 7),
    } | facts
    return planning.add_task(plan_id=plan.pk, facts=facts, by=board.secretary, at=AT)


def test_the_usual_year_is_counted_from_the_meeting(board: BoardNow) -> None:
    plan = a_plan(board)
    notice = plan.tasks.timed().get(what="Notice of the annual general meeting")
    assert (notice.from_day, notice.to_day) == (date(2027, 2, 16), date(2027, 3, 2))
    assert notice.window.begins_on == notice.from_day and notice.window.ends_on == notice.to_day


def test_the_database_counts_days_as_the_program_does(board: BoardNow) -> None:
    for task in a_plan(board).tasks.timed().select_related("plan"):
        assert (task.window.begins_on, task.window.ends_on) == (task.from_day, task.to_day)


def test_without_a_day_of_the_meeting_its_tasks_wait(board: BoardNow) -> None:
    plan = a_plan(board, meeting_on=None)
    assert all(
        task.window is None and task.from_day is None
        for task in plan.tasks.timed().filter(anchor=Anchor.MEETING).select_related("plan")
    )
    planning.set_meeting_day(plan_id=plan.pk, meeting_on=MEETING, by=board.secretary, at=AT)
    assert plan.tasks.timed().filter(from_day=None).count() == 0


def test_the_next_year_is_copied_with_times_and_people_and_nothing_done(board: BoardNow) -> None:
    plan = a_plan(board)
    task = a_task(board, plan, responsible=board.people[1], who="the harbour master")
    gone = a_task(board, plan, what="By somebody who left", responsible=a_person("Lea Left"))
    type(gone.responsible)._default_manager.filter(pk=gone.responsible.pk).update(is_active=False)
    planning.settle_task(task_id=task.pk, outcome="done", by=board.secretary, at=AT)

    after = a_plan(board, 2028, copied=plan)

    copy = after.tasks.get(what="Clean the harbour")
    assert (copy.begins_on, copy.ends_on) == (date(2028, 5, 3), date(2028, 5, 7))
    assert (copy.responsible, copy.who) == (board.people[1], "the harbour master")
    assert after.tasks.exclude(outcome=TaskOutcome.OPEN).count() == 0
    assert after.tasks.get(what="By somebody who left").responsible is None
    assert after.tasks.count() == plan.tasks.count()


def test_a_year_is_planned_once(board: BoardNow) -> None:
    a_plan(board)
    with pytest.raises(DomainError) as refused:
        a_plan(board)
    assert refused.value.field == "year"


def test_the_meeting_is_in_its_year(board: BoardNow) -> None:
    with pytest.raises(DomainError):
        a_plan(board, meeting_on=date(2028, 3, 16))


def test_the_desk_says_what_is_due_late_and_done(board: BoardNow) -> None:
    plan = a_plan(board)
    task = a_task(board, plan)

    def desk(day: date) -> dict[str, Any]:
        at = datetime(day.year, day.month, day.day, 8, tzinfo=HELSINKI)
        return {item.text: item for item in waiting.the_year(at=at)}

    plan.tasks.exclude(pk=task.pk).delete()
    assert "Clean the harbour" not in desk(date(2027, 5, 2))
    due = desk(date(2027, 5, 3))["Clean the harbour"]
    assert timezone.localdate(due.due) == date(2027, 5, 7)
    late = desk(date(2027, 5, 9))["Clean the harbour"]
    assert late.due < datetime(2027, 5, 9, 8, tzinfo=HELSINKI)
    assert desk(date(2027, 5, 9))["Yearly plan of 2027: 0 of 1 settled"].progress == (0, 1)

    a_task(board, plan, what="Another", begins_on=date(2027, 11, 1), ends_on=date(2027, 11, 2))
    planning.settle_task(task_id=task.pk, outcome="done", by=board.secretary, at=AT)
    shown = desk(date(2027, 5, 9))
    assert "Clean the harbour" not in shown
    assert shown["Yearly plan of 2027: 1 of 2 settled"].progress == (1, 2)


def test_in_autumn_the_next_year_waits_to_be_planned(board: BoardNow) -> None:
    a_plan(board)

    def texts(day: date) -> list[str]:
        at = datetime(day.year, day.month, day.day, 8, tzinfo=HELSINKI)
        return [item.text for item in waiting.the_year(at=at)]

    assert "Make the plan of 2028" not in texts(date(2027, 9, 30))
    assert "Make the plan of 2028" in texts(date(2027, 10, 1))
    a_plan(board, 2028)
    assert "Make the plan of 2028" not in texts(date(2027, 10, 1))


def test_who_is_named_for_a_task_finds_and_settles_it(board: BoardNow, client: Client) -> None:
    plan = a_plan(board)
    plan.tasks.all().delete()
    task = a_task(board, plan, responsible=board.people[2])
    at = datetime(2027, 5, 4, 8, tzinfo=HELSINKI)
    assert [item.text for item in waiting.tasks_of(user=board.people[2], at=at)] == [task.what]
    assert waiting.tasks_of(user=board.people[1], at=at) == []
    with pytest.raises(NotAllowed):
        planning.settle_task(task_id=task.pk, outcome="done", by=board.people[1], at=at)

    client.force_login(board.people[2])
    page = reverse("board:settle_task", args=[task.pk])
    client.post(page, {"outcome": "dropped", "note": "Done by the town."})
    task.refresh_from_db()
    assert (task.outcome, task.note, task.settled_by) == (
        TaskOutcome.DROPPED,
        "Done by the town.",
        board.people[2],
    )
    with pytest.raises(InvalidTransition):
        planning.settle_task(task_id=task.pk, outcome="done", by=board.secretary, at=at)
    planning.reopen_task(task_id=task.pk, by=board.secretary, at=at)
    with pytest.raises(InvalidTransition):
        planning.reopen_task(task_id=task.pk, by=board.secretary, at=at)


def test_only_the_secretary_plans(board: BoardNow) -> None:
    plan = a_plan(board)
    task = a_task(board, plan, responsible=board.chair)
    who = {"by": board.chair, "at": AT}
    for refused in (
        lambda: planning.begin_plan(year=2029, **who),
        lambda: planning.set_meeting_day(plan_id=plan.pk, meeting_on=None, **who),
        lambda: planning.add_task(plan_id=plan.pk, facts={}, **who),
        lambda: planning.change_task(task_id=task.pk, facts={}, **who),
        lambda: planning.remove_task(task_id=task.pk, **who),
    ):
        with pytest.raises(NotAllowed):
            refused()


def test_a_time_is_told_one_way_and_kept_as_typed(board: BoardNow, client: Client) -> None:
    plan = a_plan(board)
    client.force_login(board.secretary)
    page = reverse("board:add_task", args=[plan.year])
    typed = {"what": "Paint the gate", "anchor": "calendar"}
    answer = client.post(page, typed | {"begins_on": "2027-06-10", "ends_on": "2027-06-01"})
    assert "It ends before it begins: give a later day." in answer.text
    assert "Paint the gate" in answer.text and "2027-06-10" in answer.text
    answer = client.post(page, typed | {"anchor": "meeting", "begins_days": "3", "ends_days": "9"})
    assert "give a smaller number of days" in answer.text
    assert "Give the day." in client.post(page, typed | {"begins_on": "2027-06-10"}).text
    # What was typed for the other way of telling the time is forgotten.
    client.post(
        page,
        typed
        | {"anchor": "meeting", "begins_days": "-3", "ends_days": "-9", "begins_on": "2027-06-10"},
    )
    task = plan.tasks.get(what="Paint the gate")
    assert (task.begins_on, task.begins_days, task.ends_days) == (None, -3, -9)


@pytest.mark.parametrize("year", [1, 2025, 2029, 9999])
def test_a_task_of_another_age_is_a_slip(board: BoardNow, year: int) -> None:
    plan = a_plan(board)
    day = {"begins_on": date(min(year, 2027), 5, 3), "ends_on": date(max(year, 2027), 5, 4)}
    with pytest.raises(DomainError, match="Give a day of 2027"):
        a_task(board, plan, **day)
    beside = a_task(board, plan, begins_on=date(2026, 12, 1), ends_on=date(2028, 1, 31))
    with pytest.raises(DomainError, match="Give a day of 2027"):
        planning.change_task(task_id=beside.pk, facts=day, by=board.secretary, at=AT)


def test_a_task_is_changed_and_taken_off(board: BoardNow, client: Client) -> None:
    task = a_task(board, a_plan(board))
    client.force_login(board.secretary)
    client.post(
        reverse("board:change_task", args=[task.pk]),
        {
            "what": "Clean the quay",
            "anchor": "calendar",
            "begins_on": "2027-05-03",
            "ends_on": "2027-05-03",
        },
    )
    task.refresh_from_db()
    assert (task.what, task.ends_on) == ("Clean the quay", date(2027, 5, 3))
    client.post(reverse("board:remove_task", args=[task.pk]))
    assert not PlannedTask.objects.filter(pk=task.pk).exists()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE board_plannedtask SET ends_on = begins_on - 1 WHERE anchor = 'calendar'",
        "UPDATE board_plannedtask SET ends_days = begins_days + 1 WHERE anchor = 'meeting'",
        "UPDATE board_plannedtask SET begins_on = '2027-01-01' WHERE anchor = 'meeting'",
        "UPDATE board_plannedtask SET outcome = 'done'",
        "UPDATE board_yearplan SET meeting_on = '2026-12-31'",
        "INSERT INTO board_yearplan (year, made_at) SELECT year, now() FROM board_yearplan",
        "DELETE FROM board_plannedtaskevent",
    ],
)
def test_the_database_refuses(sql: str, board: BoardNow) -> None:
    a_plan(board)
    with pytest.raises(Exception, match=r"constraint|append_only|pgtrigger"):  # noqa: SIM117
        with connection.cursor() as cursor:
            cursor.execute(sql)


def test_two_plans_of_a_year_at_once_are_one(board: BoardNow) -> None:
    a_plan(board)
    with pytest.raises(IntegrityError):
        YearPlan.objects.create(year=2027, made_at=AT)
