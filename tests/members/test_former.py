"""Memberships from before the system, from a table; and how any such table goes its way."""

import io
from datetime import date
from time import process_time
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import InternalError, transaction

from kip import sheets
from kip.accounts.models import User
from kip.exceptions import DomainError
from kip.mail.models import OutboxMail
from members import asof, services
from members.models import FormerFacts, ImportRun, Member, MembershipPeriod
from members.presentation.register import register_rows
from members.states import ImportStatus
from tests.members.factories import AT, a_member, a_secretary, business_id

pytestmark = pytest.mark.django_db


@pytest.fixture
def secretary() -> User:
    return a_secretary()


def table(*rows: dict[str, Any]) -> bytes:
    names = list(dict.fromkeys(name for row in rows for name in row))
    file = io.BytesIO()
    sheets.write_csv(
        sheets.Sheet("", names, ([row.get(name, "") for name in names] for row in rows)), file
    )
    return file.getvalue()


def before(kind: str, *rows: dict[str, Any], by: User, content: bytes | None = None) -> ImportRun:
    """Uploaded."""
    return services.upload_import(
        upload=SimpleUploadedFile("past.csv", table(*rows) if content is None else content),
        effective_on=AT.date(),
        tells=False,
        kind=kind,
        by=by,
        at=AT,
    )


def looked_through(
    kind: str, *rows: dict[str, Any], by: User, content: bytes | None = None
) -> ImportRun:
    run = before(kind, *rows, by=by, content=content)
    services.work_on_import(run_id=run.pk, at=AT)
    run.refresh_from_db()
    return run


def brought_in(
    kind: str, *rows: dict[str, Any], by: User, answers: dict[str, int] | None = None
) -> ImportRun:
    run = looked_through(kind, *rows, by=by)
    if answers:
        services.answer_questions(run_id=run.pk, answers=answers, by=by, at=AT)
        services.work_on_import(run_id=run.pk, at=AT)
    services.confirm_import(run_id=run.pk, by=by, at=AT)
    services.work_on_import(run_id=run.pk, at=AT)
    run.refresh_from_db()
    assert run.status == ImportStatus.DONE, run.reason
    return run


def problems(run: ImportRun) -> list[tuple[str, str]]:
    return [(cell, text) for row in run.rows.all() for cell, _column, text in row.errors]


LEFT = {
    "name": "Entinen Oy",
    "business_id": business_id(5),
    "domicile": "Kokkola",
    "since": "2006-01-02",
    "until": "31.12.2011",
    "reason": "erosi",
    "ground": "Letter of November 2011",
}


def test_a_member_that_left_long_ago(secretary: User) -> None:
    a_member(number=7, business_id=business_id(1), joined=date(2020, 1, 1))
    brought_in("memberships", LEFT, by=secretary)
    member = Member.objects.get(number=8)
    period = member.periods.get()
    assert (period.since, period.until) == (date(2006, 1, 2), date(2011, 12, 31))
    assert (period.end_reason, period.end_ground) == ("resigned", "Letter of November 2011")
    on = date(2007, 6, 1)
    [row] = register_rows(asof.register(on), on, remarked=True)
    assert row.name == "Entinen Oy" and "From before the system" in row.remarks
    assert not Member.objects.in_force(AT.date()).filter(pk=member.pk).exists()
    assert not OutboxMail.objects.exists()


def test_a_member_of_today_had_another_name(secretary: User) -> None:
    member = a_member(number=7, name="Nykyinen Oy", business_id=business_id(5))
    member.periods.all().delete()
    member.registered_since = date(2020, 1, 1)
    member.save()
    rows = [{**LEFT, "since": "2013-01-01", "until": "2019-01-01", "name": "Nykyinen Oy"}, LEFT]
    brought_in("memberships", *rows, by=secretary)
    assert Member.objects.count() == 1
    then, later = date(2010, 1, 1), date(2015, 1, 1)
    assert [row.name for row in asof.register(then)] == ["Entinen Oy"]
    assert [row.name for row in asof.register(later)] == ["Nykyinen Oy"]
    spans = FormerFacts.objects.order_by("since").values_list("since", "until")
    assert list(spans) == [
        (date(2006, 1, 2), date(2013, 1, 1)),
        (date(2013, 1, 1), date(2020, 1, 1)),
    ]


def test_a_namesake_is_asked_about(secretary: User) -> None:
    member = a_member(number=7, name="Entinen Oy")
    member.periods.all().delete()
    row = {**LEFT, "business_id": ""}
    run = looked_through("memberships", row, by=secretary)
    [question] = run.unanswered
    assert [each["pk"] for each in question["candidates"]] == [member.pk]
    brought_in("memberships", row, by=secretary, answers={question["key"]: member.pk})
    assert member.periods.get().until == date(2011, 12, 31)


def test_wrong_rows_say_why(secretary: User) -> None:
    run = looked_through(
        "memberships",
        LEFT,
        {**LEFT, "since": "2010-01-01", "until": "2012-01-01"},
        {**LEFT, "name": "B Oy", "business_id": "1234567-0"},
        {**LEFT, "name": "C Oy", "business_id": "", "until": "2006-01-02"},
        {**LEFT, "name": "D Oy", "business_id": "", "until": ""},
        {**LEFT, "name": "E Oy", "business_id": "", "since": "#N/A"},
        {**LEFT, "name": "", "business_id": ""},
        by=secretary,
    )
    assert run.wrong == 6
    texts = [text for _cell, text in problems(run)]
    assert texts[0].startswith("Row 2 says already that it was a member")
    with pytest.raises(DomainError, match="Mend what is wrong"):
        services.confirm_import(run_id=run.pk, by=secretary, at=AT)


def test_it_stays_as_it_came_but_for_an_end(secretary: User) -> None:
    brought_in(
        "memberships",
        LEFT,
        {**LEFT, "since": "2012-05-01", "until": "", "reason": "", "ground": ""},
        by=secretary,
    )
    ended, open_ = MembershipPeriod.objects.order_by("since")
    for change in ({"until": date(2010, 1, 1)}, {"end_ground": "x"}, {"since": date(2000, 1, 1)}):
        with pytest.raises(InternalError, match="before the system"), transaction.atomic():
            MembershipPeriod.objects.filter(pk=ended.pk).update(**change)
    with pytest.raises(InternalError, match="before the system"), transaction.atomic():
        open_.delete()
    open_.until, open_.end_recorded_at, open_.end_reason = AT.date(), AT, "resigned"
    open_.save()


def test_it_can_be_taken_back(secretary: User) -> None:
    run = brought_in("memberships", LEFT, by=secretary)
    services.take_back_import(run_id=run.pk, by=secretary, at=AT)
    assert not Member.objects.exists() and not MembershipPeriod.objects.exists()


def test_what_somebody_refers_to_stays(secretary: User) -> None:
    run = brought_in("memberships", LEFT, by=secretary)
    member = Member.objects.get()
    later = MembershipPeriod.objects.create(member=member, since=AT.date(), recorded_at=AT)
    with pytest.raises(DomainError, match="refers to it"):
        services.take_back_import(run_id=run.pk, by=secretary, at=AT)
    assert set(member.periods.all()) > {later}


def test_three_thousand_rows_are_shown_soon(secretary: User) -> None:
    rows = [{**LEFT, "name": f"C{n} Oy", "business_id": business_id(n)} for n in range(3000)]
    run = before("memberships", *rows, by=secretary)
    began = process_time()
    services.work_on_import(run_id=run.pk, at=AT)
    assert process_time() - began < 5  # of this process; a busy machine is no fault of it
    run.refresh_from_db()
    assert (run.new, run.wrong) == (3000, 0)
