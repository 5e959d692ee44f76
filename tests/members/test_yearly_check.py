"""The yearly check: every company is asked, reminded, and waited for until it answers or leaves."""

import threading
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from kip import background
from kip.accounts.models import User
from kip.audit.timeline import entries_of
from kip.desk import desk, my_kip
from kip.exceptions import DomainError, InvalidTransition, NotAllowed
from kip.mail.models import OutboxMail
from members import services
from members.admin import checks
from members.models import CheckedMember, Member, Sector, YearlyCheck
from members.services import checking
from tests.board.test_concurrency import at_once, done
from tests.members.factories import (
    AT,
    DAY,
    NewLetters,
    a_member,
    a_period,
    a_person,
    a_representative,
    a_secretary,
    business_id,
    letters,
)

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate(AT)
ANSWER_BY = TODAY + timedelta(days=28)


def a_company(number: int = 1, primary: User | None = None, **fields: Any) -> Member:
    member = a_member(
        number=number, name=f"Company {number} Oy", business_id=business_id(number), **fields
    )
    a_representative(member, primary or a_person(f"Priita{number} Primary"))
    return member


def primary_of(member: Member) -> User:
    person = member.representatives.get(role="primary", until=None).person
    assert person is not None
    return person


def begin(by: User, *, answer_by: date = ANSWER_BY, at: datetime = AT) -> YearlyCheck:
    return services.begin_check(answer_by=answer_by, by=by, at=at)


def instant(day: date, hour: int = 9) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="kip.accounts.backends.Backend")
    return client


def waited_for(check: YearlyCheck, on: date = TODAY) -> list[str]:
    return [str(row) for row in check.asked.waited_for(on)]


# --- Beginning ------------------------------------------------------------------------------------


def test_every_company_in_force_is_asked_and_its_primary_gets_a_letter() -> None:
    secretary = a_secretary()
    one, two = a_company(1), a_company(2)
    a_company(3, until=TODAY)  # its last day was yesterday
    with NewLetters() as letters:
        check = begin(secretary)
    assert waited_for(check) == [str(one), str(two)]
    assert letters == [("yearly-check-asked", "Priita1"), ("yearly-check-asked", "Priita2")]
    letter = OutboxMail.objects.get(reader=primary_of(one))
    assert letter.link.endswith(reverse("own_check", args=[1]))
    assert "2 March 2027" in letter.text


def test_one_check_runs_at_a_time() -> None:
    secretary = a_secretary()
    check = begin(secretary)
    with pytest.raises(InvalidTransition):
        begin(secretary)
    services.close_check(check_id=check.pk, by=secretary, at=AT)
    begin(secretary)


@pytest.mark.parametrize("days", [0, -1, 366])
def test_the_day_to_answer_by_lies_ahead_and_within_a_year(days: int) -> None:
    with pytest.raises(DomainError) as refused:
        begin(a_secretary(), answer_by=TODAY + timedelta(days=days))
    assert refused.value.field == "answer_by"


def test_only_the_secretary_begins_closes_and_gives_time() -> None:
    secretary, member = a_secretary(), a_company()
    other: dict[str, Any] = {"by": primary_of(member), "at": AT}
    with pytest.raises(NotAllowed):
        services.begin_check(answer_by=ANSWER_BY, **other)
    check = begin(secretary)
    with pytest.raises(NotAllowed):
        services.close_check(check_id=check.pk, **other)
    with pytest.raises(NotAllowed):
        services.give_more_time(check_id=check.pk, answer_by=ANSWER_BY + DAY, **other)
    with pytest.raises(NotAllowed):
        services.enter_answer(member_id=member.pk, **other)


def test_the_page_says_how_many_are_asked_who_gets_mail_and_whom_no_letter_reaches() -> None:
    secretary = a_secretary()
    a_company(1)
    a_company(2, a_person("Pekka Paper", email=None))
    a_company(3, a_person("Ina Inactive", is_active=False))
    client, url = client_of(secretary), reverse("admin:members_yearlycheck_begin")
    page = client.get(url).content.decode()
    assert "3 member companies are asked" in page
    assert "priita1.primary@kip.example" in page
    assert "ina.inactive@kip.example" not in page
    assert "No letter reaches Company 2 Oy: ask it on paper, Kemirantie 1, 67900 Kokkola." in page
    assert "No letter reaches Company 3 Oy" in page
    assert not YearlyCheck.objects.exists()
    day = timezone.localdate() + timedelta(days=14)
    response = client.post(url, {"answer_by": day.isoformat()})
    check = YearlyCheck.objects.get()
    assert response.url == reverse("admin:members_yearlycheck_change", args=[check.pk])
    assert check.answer_by == day
    listed = client.get(f"{response.url}?list=paper").content.decode()
    assert "Company 1 Oy" not in listed
    assert "Company 2 Oy" in listed and "Company 3 Oy" in listed


def test_of_many_that_no_letter_reaches_the_page_says_the_number_and_names_ten() -> None:
    for number in range(1, checks.NAMED + 3):
        a_company(number, a_person(f"Pekka Paper{number}", email=None))
    url = reverse("admin:members_yearlycheck_begin")
    page = client_of(a_secretary()).get(url).content.decode()
    assert page.count(": ask it on paper") == checks.NAMED
    assert f"No letter reaches {checks.NAMED + 2} companies" in page
    assert "under “To be asked on paper”" in page


def test_the_page_costs_the_same_for_one_company_and_for_five() -> None:
    client, counts = client_of(a_secretary()), []
    numbers = iter(range(1, 6))
    for more in (1, 4):
        for _ in range(more):
            a_company(next(numbers))
        client.get(reverse("admin:members_yearlycheck_begin"))
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("admin:members_yearlycheck_begin"))
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 36


# --- Answering ------------------------------------------------------------------------------------


def test_the_primary_says_that_all_is_right_and_the_first_answer_stands() -> None:
    secretary, member = a_secretary(), a_company()
    primary = primary_of(member)
    check = begin(secretary)
    with NewLetters() as letters:
        services.answer_check(member_id=member.pk, by=primary, at=AT + DAY)
        services.enter_answer(member_id=member.pk, by=secretary, at=AT + 2 * DAY)
    assert letters == []
    asked = check.asked.get()
    assert (asked.answered_by, asked.answered_at) == (primary, AT + DAY)
    assert waited_for(check) == []
    assert entries_of(member)[0].sentence == (
        "Priita1 Primary confirmed that what the association knows of the company is right."
    )


def test_who_is_not_primary_does_not_answer() -> None:
    member, deputy = a_company(), a_person("Dora Deputy")
    a_representative(member, deputy, "voting")
    begin(a_secretary())
    with pytest.raises(NotAllowed):
        services.answer_check(member_id=member.pk, by=deputy, at=AT)


def test_without_a_running_check_there_is_nothing_to_answer() -> None:
    secretary, member = a_secretary(), a_company()
    with pytest.raises(InvalidTransition):
        services.answer_check(member_id=member.pk, by=primary_of(member), at=AT)
    check = begin(secretary)
    services.close_check(check_id=check.pk, by=secretary, at=AT)
    with pytest.raises(InvalidTransition):
        services.answer_check(member_id=member.pk, by=primary_of(member), at=AT)
    with pytest.raises(InvalidTransition):
        services.close_check(check_id=check.pk, by=secretary, at=AT)


def test_a_company_looks_through_one_page_mends_it_there_and_confirms() -> None:
    secretary, member = a_secretary(), a_company()
    member.sectors.add(Sector.objects.create(name_fi="M", name_sv="M", name_en="Metals"))
    now, client, url = timezone.now(), client_of(primary_of(member)), "/my/companies/1/check/"
    begin(secretary, at=now, answer_by=timezone.localdate(now) + timedelta(days=28))
    page = client.get(url).content.decode()
    for shown in ("Kemirantie 1", "Metals", "Priita1 Primary", "What is missing", "Name a safety"):
        assert shown in page
    mend = reverse("own_facts", args=[1, "safety"])
    assert f'href="{mend}?check"' in page
    assert client.post(f"{mend}?check", {"headcount": "12", "seveso": "none"}).url == url
    assert client.get(url).content.decode().count("All of this is right") == 1
    assert client.post(url).url == reverse("own_company", args=[1])
    page = client.get(url).content.decode()
    assert "All of this is right" not in page
    assert "Priita1 Primary said on" in page


def test_the_secretary_enters_on_the_same_page_what_came_otherwise() -> None:
    secretary, member = a_secretary(), a_company()
    now, client = timezone.now(), client_of(secretary)
    check = begin(secretary, at=now, answer_by=timezone.localdate(now) + DAY)
    company = reverse("admin:members_member_change", args=[member.pk])
    url = reverse("own_check", args=[1])
    assert url in client.get(company).content.decode()
    assert "The company says that all of this is right" in client.get(url).content.decode()
    assert client.post(url).url == company
    assert check.asked.get().answered_by == secretary
    assert entries_of(member)[0].sentence.endswith(
        "entered the company’s answer to the yearly check."
    )


def test_a_company_that_was_never_asked_has_no_such_page() -> None:
    begin(a_secretary())
    member = a_company()
    assert client_of(primary_of(member)).get("/my/companies/1/check/").status_code == 404


def test_a_large_check_begins_quickly_and_the_clock_writes_its_letters(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    """The worker is told once; with a broker that is down the clock does the same, each once."""
    secretary = a_secretary()
    for number in range(1, 6):
        a_company(number)
    monkeypatch.setattr(checking, "WRITTEN_AT_ONCE", 4)
    monkeypatch.setattr(checks, "WRITTEN_AT_ONCE", 4)
    page = client_of(secretary).get(reverse("admin:members_yearlycheck_begin")).content.decode()
    assert "within some minutes" in page and "No mail goes out" not in page
    sent: list[str] = []
    monkeypatch.setattr(background.app, "send_task", lambda name, **_how: sent.append(name))
    with django_capture_on_commit_callbacks(execute=True):
        begin(secretary)
    assert sent == ["members.tasks.remind_of_check"] and letters() == []
    services.answer_check(
        member_id=Member.objects.get(number=3).pk, by=User.objects.get(given_name="Priita3"), at=AT
    )
    for _again in range(2):
        services.remind_of_check(at=AT)
    asked = [("yearly-check-asked", f"Priita{number}") for number in (1, 2, 4, 5)]
    assert sorted(letters()) == asked


def test_two_that_begin_at_once_are_one_check_and_one_letter_each(transactional_db: None) -> None:
    people = [a_secretary("Siiri Secretary"), a_secretary("Sirkka Secretary")]
    for number in range(1, 6):
        a_company(number)
    answers = at_once(*(lambda by=by: begin(by) for by in people * 2))
    assert done(answers) == 1
    check = YearlyCheck.objects.get()
    assert check.asked.count() == 5
    assert sorted(letters()) == [("yearly-check-asked", f"Priita{n}") for n in range(1, 6)]


def test_two_answers_at_once_are_one(transactional_db: None) -> None:
    secretary, member = a_secretary(), a_company()
    primary = primary_of(member)
    begin(secretary)
    start = threading.Barrier(2)

    def answer(act: Any, by: User) -> None:
        try:
            start.wait()
            act(member_id=member.pk, by=by, at=AT)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=answer, args=args)
        for args in ((services.answer_check, primary), (services.enter_answer, secretary))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answered = [
        e for e in entries_of(member) if "yearly check" in e.sentence or "right" in e.sentence
    ]
    assert len(answered) == 2  # begun, and answered once


# --- Reminding ------------------------------------------------------------------------------------


def reminded(day: date) -> list[tuple[str, str]]:
    with NewLetters() as letters:
        services.remind_of_check(at=instant(day))
        services.remind_of_check(at=instant(day, 10))
    return letters


def test_who_has_not_answered_is_reminded_a_week_before_and_the_day_after() -> None:
    secretary, one = a_secretary(), a_company(1)
    a_company(2)
    begin(secretary)
    services.answer_check(member_id=one.pk, by=primary_of(one), at=AT)
    assert reminded(ANSWER_BY - 8 * DAY) == []
    assert reminded(ANSWER_BY - 7 * DAY) == [("yearly-check-soon", "Priita2")]
    assert reminded(ANSWER_BY) == []
    assert reminded(ANSWER_BY + DAY) == [("yearly-check-late", "Priita2")]
    assert reminded(ANSWER_BY + 30 * DAY) == []


@pytest.mark.parametrize("late_by", [0, 1, 5])
def test_a_run_that_was_missed_is_made_good(late_by: int) -> None:
    a_company()
    begin(a_secretary())
    assert len(reminded(ANSWER_BY + DAY + late_by * DAY)) == 1  # and not the one before besides


def test_a_check_begun_within_the_week_is_not_reminded_of_before_its_day() -> None:
    a_company()
    begin(a_secretary(), answer_by=TODAY + 7 * DAY)
    assert reminded(TODAY) == reminded(TODAY + 7 * DAY) == []
    assert len(reminded(TODAY + 8 * DAY)) == 1


def test_who_becomes_primary_meanwhile_is_asked_too() -> None:
    secretary = a_secretary()
    member = a_company(1, a_person("Pekka Paper", email=None))
    begin(secretary)
    assert reminded(TODAY + DAY) == []
    member.representatives.update(until=TODAY + 2 * DAY, end_recorded_at=AT)
    a_representative(member, a_person("Nina New"), since=TODAY + 2 * DAY)
    assert reminded(TODAY + DAY) == []
    assert reminded(TODAY + 2 * DAY) == [("yearly-check-asked", "Nina")]
    assert reminded(ANSWER_BY - 7 * DAY) == [("yearly-check-soon", "Nina")]


def test_more_time_means_reminders_anew() -> None:
    secretary = a_secretary()
    a_company()
    check = begin(secretary)
    assert len(reminded(ANSWER_BY + DAY)) == 1
    later = ANSWER_BY + 20 * DAY
    more: dict[str, Any] = {"check_id": check.pk, "by": secretary, "at": instant(ANSWER_BY + DAY)}
    with pytest.raises(DomainError) as refused:
        services.give_more_time(answer_by=ANSWER_BY, **more)
    assert refused.value.field == "answer_by"
    services.give_more_time(answer_by=later, **more)
    assert reminded(ANSWER_BY + 2 * DAY) == []
    assert reminded(later - 7 * DAY) == [("yearly-check-soon", "Priita1")]
    assert reminded(later + DAY) == [("yearly-check-late", "Priita1")]


def test_nobody_is_reminded_of_a_closed_check() -> None:
    secretary = a_secretary()
    a_company()
    services.close_check(check_id=begin(secretary).pk, by=secretary, at=AT)
    assert reminded(ANSWER_BY + DAY) == []


def test_a_run_with_nothing_to_write_costs_the_same_however_many_are_waited_for() -> None:
    for number in range(1, 5):
        a_company(number)
    begin(a_secretary())
    with CaptureQueriesContext(connection) as captured:
        services.remind_of_check(at=AT)
    assert len(captured) <= 3


# --- Leaving meanwhile, and where it stands -------------------------------------------------------


def test_a_company_that_leaves_is_not_waited_for() -> None:
    secretary, member = a_secretary(), a_company(1)
    a_company(2)
    check = begin(secretary)
    member.periods.update(until=TODAY + 5 * DAY, end_recorded_at=AT, end_reason="resigned")
    assert len(waited_for(check, TODAY + 4 * DAY)) == 2
    assert waited_for(check, TODAY + 5 * DAY) == ["Company 2 Oy"]
    assert reminded(ANSWER_BY + DAY) == [("yearly-check-late", "Priita2")]
    a_period(member, since=TODAY + 40 * DAY)
    assert len(waited_for(check, TODAY + 40 * DAY)) == 2  # a member again, and asked once


def test_the_desk_shows_how_it_stands_until_it_is_closed() -> None:
    secretary, one = a_secretary(), a_company(1)
    two = a_company(2)
    check = begin(secretary)
    services.answer_check(member_id=one.pk, by=primary_of(one), at=AT)

    def stands() -> list[tuple[str, Any]]:
        url = reverse("admin:members_yearlycheck_change", args=[check.pk])
        return [(item.text, item.progress) for item in desk(at=AT) if item.url == url]

    assert stands() == [("Yearly check of 2027: 1 of 2 companies have answered", (1, 2))]
    services.enter_answer(member_id=two.pk, by=secretary, at=AT)
    assert stands() == [("Yearly check of 2027: every company has answered, close it", (2, 2))]
    services.close_check(check_id=check.pk, by=secretary, at=AT)
    assert stands() == []


def test_the_desk_and_the_checks_page_carry_a_bar_and_links() -> None:
    secretary, member = a_secretary(), a_company()
    now, client = timezone.now(), client_of(secretary)
    check = begin(secretary, at=now, answer_by=timezone.localdate(now) + DAY)
    assert '<progress class="bar" value="0" max="1"' in client.get("/admin/").content.decode()
    page = client.get(reverse("admin:members_yearlycheck_change", args=[check.pk])).content.decode()
    assert "0 of 1 company has answered" in page
    assert reverse("own_check", args=[member.number]) in page
    services.enter_answer(member_id=member.pk, by=secretary, at=now)
    url = reverse("admin:members_yearlycheck_change", args=[check.pk])
    assert "Siiri Secretary" in client.get(f"{url}?list=answered").content.decode()


def test_my_kip_and_the_companys_page_say_that_it_waits() -> None:
    secretary, member = a_secretary(), a_company()
    primary, voter = primary_of(member), a_person("Vera Voting")
    a_representative(member, voter, "voting")
    now = timezone.now()
    begin(secretary, at=now, answer_by=timezone.localdate(now) + DAY)
    url = reverse("own_check", args=[1])

    def waits(person: User) -> tuple[bool, bool]:
        page = client_of(person).get(reverse("own_company", args=[1])).content.decode()
        return any(item.url == url for item in my_kip(user=person, at=now)), url in page

    assert waits(primary) == (True, True)
    assert waits(voter) == (False, False)
    services.answer_check(member_id=member.pk, by=primary, at=now)
    assert waits(primary) == (False, False)


def test_asked_rows_are_kept_when_the_check_is_closed() -> None:
    secretary = a_secretary()
    a_company()
    services.close_check(check_id=begin(secretary).pk, by=secretary, at=AT)
    assert CheckedMember.objects.count() == 1
