"""Resignation (§ 13): never refused, effective by the bylaws, and what ends with it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import rules
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kip.access import allowed
from kip.accounts.models import User
from kip.audit.timeline import entries_of
from kip.desk import desk
from kip.exceptions import DomainError, InvalidTransition, NotAllowed
from kip.mail.models import OutboxMail
from members import services
from members.models import Member, Representative, Resignation
from members.services.register import end_roles
from tests.board.test_concurrency import at_once, done, letters_twice
from tests.members.factories import (
    AT,
    DAY,
    NewLetters,
    a_member,
    a_pdf,
    a_person,
    a_representative,
    a_secretary,
    bylaws_with,
)

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate(AT)


@pytest.fixture
def secretary() -> User:
    return a_secretary()


@pytest.fixture
def primary() -> User:
    return a_person("Pia Primary")


@pytest.fixture
def member(primary: User) -> Member:
    member = a_member()
    a_representative(member, primary)
    a_representative(member, a_person("Vera Voting"), "voting")
    a_representative(member, a_person("Heikki Hr"), "hr")
    return member


def with_delay(days: int, by: User) -> None:
    bylaws_with(by=by, resignation_delay_days=days)


def resign(member: Member, by: User, at: datetime = AT, **more: Any) -> Resignation:
    facts = {"has_authority": True, **more}
    return services.resign(member_id=member.pk, by=by, at=at, **facts)


def record(member: Member, by: User, at: datetime = AT, **more: Any) -> Resignation:
    facts = {"channel": "letter", "received_on": TODAY, "has_authority": True, **more}
    return services.record_resignation(member_id=member.pk, by=by, at=at, **facts)


def take_back(row: Resignation, by: User, at: datetime = AT, consent: str = "2027/9") -> None:
    services.take_back_resignation(resignation_id=row.pk, consent=consent, by=by, at=at)


def is_member(member: Member, on: date) -> bool:
    return Member.objects.in_force(on).filter(pk=member.pk).exists()


def roles(member: Member, on: date) -> list[str]:
    rows = Representative.objects.in_force(on).filter(member=member)
    return sorted(rows.values_list("role", flat=True))


def test_it_takes_effect_when_it_is_received(member: Member, primary: User) -> None:
    row = resign(member, primary)
    assert (row.channel, row.received_on, row.effective_on) == ("here", TODAY, TODAY)
    period = member.periods.get()
    assert (period.until, period.end_reason) == (TODAY, "resigned")
    assert is_member(member, TODAY - DAY) and not is_member(member, TODAY)
    assert roles(member, TODAY - DAY) == ["hr", "primary", "voting"]
    assert roles(member, TODAY) == []


def test_it_takes_effect_after_the_delay_of_the_bylaws(
    member: Member, primary: User, secretary: User
) -> None:
    with_delay(30, secretary)
    row = resign(member, primary)
    assert row.effective_on == TODAY + timedelta(30)
    assert is_member(member, row.effective_on - DAY) and not is_member(member, row.effective_on)


@pytest.mark.parametrize(
    ("days", "possible"), [(29, False), (30, True), (200, True), (365, True), (366, False)]
)
def test_a_later_day_within_a_year_can_be_asked(
    member: Member, primary: User, secretary: User, days: int, possible: bool
) -> None:
    with_delay(30, secretary)
    asked = TODAY + timedelta(days)
    if possible:
        assert resign(member, primary, effective_on=asked).effective_on == asked
    else:
        with pytest.raises(DomainError) as refused:
            resign(member, primary, effective_on=asked)
        assert refused.value.field == "effective_on"
        assert member.periods.get().until is None


def test_the_delay_counts_by_the_bylaws_of_the_day_on_which_it_was_received(
    member: Member, secretary: User
) -> None:
    with_delay(10, secretary)
    bylaws_with(by=secretary, valid_from=TODAY, resignation_delay_days=90)
    row = record(member, secretary, received_on=TODAY - DAY)
    assert row.effective_on == TODAY + timedelta(9)


def test_whoever_joined_today_can_leave(primary: User) -> None:
    member = a_member(joined=TODAY)
    a_representative(member, primary, since=TODAY)
    assert resign(member, primary).effective_on == TODAY + DAY


@pytest.mark.parametrize("instant", ["2027-03-27T21:59", "2027-03-27T22:00", "2027-03-28T21:00"])
def test_it_ends_at_midnight_in_helsinki_across_summer_time(
    member: Member, primary: User, secretary: User, instant: str
) -> None:
    """28 March 2027 has 23 hours: its midnights are at 22:00 and 21:00 UTC."""
    resign(member, primary, effective_on=date(2027, 3, 28))
    at = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    before = instant < "2027-03-27T22:00"
    assert allowed("members.read_own_company", primary, member, at=at) is before


@pytest.mark.parametrize("role", ["hr", "billing", "general", "deputy"])
def test_only_who_speaks_for_the_company_resigns_here(member: Member, role: str) -> None:
    other = a_person("Otto Other")
    a_representative(member, other, role)
    with pytest.raises(NotAllowed):
        resign(member, other)
    other_company = a_member(number=2, business_id="9000001-8")
    a_representative(other_company, other)
    with pytest.raises(NotAllowed):
        resign(member, other)


def test_who_no_longer_stands_for_it_cannot_resign(member: Member) -> None:
    former = a_person("Forma Former")
    a_representative(a_member(number=2, business_id="9000001-8"), former, until=TODAY)
    with pytest.raises(NotAllowed):
        resign(Member.objects.get(number=2), former)


def test_authority_is_stated_or_on_paper(member: Member, primary: User) -> None:
    with pytest.raises(DomainError) as refused:
        resign(member, primary, has_authority=False)
    assert refused.value.field == "has_authority"
    row = resign(member, primary, has_authority=False, letter=a_pdf("letter.pdf"))
    assert row.document is not None and row.document.name == "letter.pdf"


def test_the_secretary_records_a_letter_and_minutes(member: Member, secretary: User) -> None:
    for wrong, field in [
        ({"received_on": TODAY + DAY}, "received_on"),
        ({"received_on": date(2005, 12, 31)}, "received_on"),
        ({"has_authority": False}, "has_authority"),
        ({"channel": "meeting", "statement": " "}, "statement"),
    ]:
        with pytest.raises(DomainError) as refused:
            record(member, secretary, **wrong)
        assert refused.value.field == field
    row = record(
        member,
        secretary,
        channel="meeting",
        statement="Annual general meeting, § 14",
        has_authority=False,
        received_on=TODAY - 3 * DAY,
    )
    assert row.effective_on == TODAY - 3 * DAY
    assert not is_member(member, TODAY - 3 * DAY) and is_member(member, TODAY - 4 * DAY)


def test_only_the_secretary_records_one(member: Member, primary: User) -> None:
    for other in (primary, a_person("Root Root", is_superuser=True)):
        with pytest.raises(NotAllowed):
            record(member, other)


def test_once_is_enough(member: Member, primary: User, secretary: User) -> None:
    resign(member, primary, effective_on=TODAY + timedelta(10))
    with pytest.raises(InvalidTransition, match="ends already"):
        resign(member, primary)
    with pytest.raises(InvalidTransition):
        record(member, secretary)
    assert Resignation.objects.count() == 1


def test_who_is_no_member_cannot_resign(secretary: User) -> None:
    member = a_member(until=date(2020, 1, 1))
    with pytest.raises(InvalidTransition, match="not a member"):
        record(member, secretary)


def test_who_is_told(member: Member, primary: User, secretary: User) -> None:
    with NewLetters() as letters:
        resign(member, primary, effective_on=TODAY + timedelta(10))
    everybody = [("resigned", name) for name in ("Heikki", "Pia", "Siiri", "Vera")]
    assert letters == everybody


def test_it_stands_in_the_timeline(member: Member, primary: User) -> None:
    resign(member, primary)
    newest = entries_of(member)[0]
    assert newest.sentence == "Pia Primary resigned the membership of the company."
    assert newest.at == AT


# --- Taking it back ------------------------------------------------------------------------------


def test_it_is_taken_back_with_the_boards_consent(
    member: Member, primary: User, secretary: User
) -> None:
    ended_before = a_representative(
        member, a_person("Eino Earlier"), "safety", until=TODAY + timedelta(5)
    )
    row = resign(member, primary, effective_on=TODAY + timedelta(10))
    with pytest.raises(DomainError) as refused:
        take_back(row, secretary, consent=" ")
    assert refused.value.field == "consent"
    with pytest.raises(NotAllowed):
        take_back(row, primary)
    with NewLetters() as letters:
        take_back(row, secretary, AT + DAY)
    told = [("resignation-taken-back", name) for name in ("Heikki", "Pia", "Vera")]
    assert letters == told
    row.refresh_from_db()
    assert (row.status, row.consent, row.taken_back_by) == ("taken_back", "2027/9", secretary)
    period = member.periods.get()
    assert (period.until, period.end_reason, period.end_ground) == (None, "", "")
    assert roles(member, TODAY + timedelta(20)) == ["hr", "primary", "voting"]
    ended_before.refresh_from_db()
    assert ended_before.until == TODAY + timedelta(5)
    again = resign(member, primary, AT + DAY)
    assert again.pk != row.pk


def test_who_was_named_meanwhile_goes_on_too(
    member: Member, primary: User, secretary: User
) -> None:
    row = resign(member, primary, effective_on=TODAY + timedelta(10))
    services.name_representative(
        member_id=member.pk,
        role="safety",
        who=services.Who(email="sari@hoyry.example", given_name="Sari", family_name="Safety"),
        since=TODAY + DAY,
        by=primary,
        at=AT,
    )
    assert "safety" not in roles(member, row.effective_on)
    take_back(row, secretary)
    assert "safety" in roles(member, row.effective_on)


def test_a_role_that_was_to_end_by_itself_later_does_so_on_its_own_day(
    member: Member, primary: User, secretary: User
) -> None:
    ends, own_end = TODAY + timedelta(10), TODAY + timedelta(40)
    safe = a_representative(member, a_person("Eino E"), "safety", until=own_end)
    row = resign(member, primary, effective_on=ends)
    named = services.name_representative(
        member_id=member.pk,
        role="environment",
        who=services.Who(email="yrjo@hoyry.example", given_name="Yrjö", family_name="Y"),
        since=TODAY + DAY,
        until=own_end,
        by=primary,
        at=AT,
    )
    shortened = services.name_representative(
        member_id=member.pk,
        role="communications",
        who=services.Who(email="yrjo@hoyry.example", given_name="Yrjö", family_name="Y"),
        since=TODAY + DAY,
        until=own_end,
        by=primary,
        at=AT,
    )
    services.change_dates(
        representative_id=shortened.pk,
        since=shortened.since,
        until=TODAY + timedelta(5),
        by=primary,
        at=AT,
    )
    assert {"safety", "environment"} <= {*roles(member, ends - DAY)} and roles(member, ends) == []
    take_back(row, secretary)
    for role in (safe, named):
        role.refresh_from_db()
        assert (role.until, role.planned_until) == (own_end, None)
    assert roles(member, own_end - DAY) == ["environment", "hr", "primary", "safety", "voting"]
    assert roles(member, own_end) == ["hr", "primary", "voting"]


def test_the_database_refuses_a_planned_end_that_is_no_later(member: Member) -> None:
    rows = member.representatives.filter(role="hr")
    for wrong in (
        {"planned_until": TODAY},
        {"until": TODAY, "end_recorded_at": AT, "planned_until": TODAY},
    ):
        named = pytest.raises(IntegrityError, match="representative_planned_end_is_later")
        with named, transaction.atomic():
            rows.update(**wrong)


# --- Where the invoices go -----------------------------------------------------------------------


def billing_letters(member: Member) -> list[tuple[str, str, str]]:
    rows = OutboxMail.objects.filter(key__contains=":billing:").order_by("pk")
    return [(mail.to_address, mail.subject, mail.language) for mail in rows]


def test_where_the_invoices_go_is_told_once_in_the_language_of_the_company(
    member: Member, primary: User, secretary: User
) -> None:
    User.objects.filter(pk=primary.pk).update(language="en")
    address = "laskut@hoyry.example"
    for since, until in ((TODAY - 9 * DAY, TODAY + 5 * DAY), (TODAY + 5 * DAY, None)):
        a_representative(member, None, "billing", address=address, since=since, until=until)
    a_representative(member, None, "billing", address="vanha@hoyry.example", until=TODAY - DAY)
    row = resign(member, primary, effective_on=TODAY + timedelta(10))
    ends = f"The invoices of {member}: its membership ends"
    assert billing_letters(member) == [(address, ends, "en")]
    text = OutboxMail.objects.get(key__contains=":billing:").text
    assert "still invoiced to this address" in text and str(primary) not in text
    take_back(row, secretary)
    goes_on = f"The invoices of {member}: its membership goes on"
    assert billing_letters(member)[1:] == [(address, goes_on, "en")]
    resign(member, primary, effective_on=TODAY + timedelta(10))
    assert [subject for _to, subject, _in in billing_letters(member)] == [ends, goes_on, ends]


@pytest.mark.parametrize(("hours", "possible"), [(-1, True), (0, False)])
def test_until_it_takes_effect(
    member: Member, primary: User, secretary: User, hours: int, possible: bool
) -> None:
    row = resign(member, primary, effective_on=date(2027, 3, 1))
    midnight = datetime(2027, 2, 28, 22, tzinfo=UTC) + timedelta(hours=hours)
    if possible:
        take_back(row, secretary, midnight)
    else:
        with pytest.raises(InvalidTransition):
            take_back(row, secretary, midnight)


def test_twice_is_refused(member: Member, primary: User, secretary: User) -> None:
    row = resign(member, primary, effective_on=TODAY + timedelta(10))
    take_back(row, secretary)
    with pytest.raises(InvalidTransition):
        take_back(row, secretary)


def test_the_database_refuses_one_without_authority_or_consent(
    member: Member, primary: User
) -> None:
    row = resign(member, primary, effective_on=TODAY + timedelta(10))
    for wrong, constraint in (
        ({"has_authority": False}, "resignation_by_authority_or_on_paper"),
        ({"effective_on": TODAY + timedelta(366)}, "resignation_at_once_or_within_a_year"),
        ({"effective_on": TODAY - DAY}, "resignation_at_once_or_within_a_year"),
        ({"status": "taken_back", "taken_back_at": AT}, "resignation_taken_back_with_consent"),
    ):
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            Resignation.objects.filter(pk=row.pk).update(**wrong)


# --- Doubts --------------------------------------------------------------------------------------


def test_a_doubt_stands_on_the_desk_until_it_is_settled(
    member: Member, primary: User, secretary: User
) -> None:
    def on_the_desk() -> list[str]:
        return [item.text for item in desk(at=AT) if "conditions" in item.text]

    which: dict[str, Any] = {"member_id": member.pk, "at": AT}
    for other in (primary, a_person("Root Root", is_superuser=True)):
        with pytest.raises(NotAllowed):
            services.doubt_membership(doubt="Closed its plant.", by=other, **which)
    with pytest.raises(InvalidTransition):
        services.settle_doubt(by=secretary, **which)
    services.doubt_membership(doubt="Closed its plant.", by=secretary, **which)
    assert len(on_the_desk()) == 1
    assert is_member(member, TODAY + timedelta(10_000)), "no timer ends it"
    services.settle_doubt(by=secretary, **which)
    assert on_the_desk() == []


# --- Two at once ---------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_resignations_at_once_are_one(member: Member, primary: User, secretary: User) -> None:
    answers = at_once(
        *(lambda: resign(member, primary) for _ in range(5)),
        *(lambda: record(member, secretary) for _ in range(5)),
    )
    assert done(answers) == 1
    assert Resignation.objects.count() == 1
    assert letters_twice() == []


# --- The pages -----------------------------------------------------------------------------------


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="kip.accounts.backends.Backend")
    return client


def test_the_page_says_what_ends_and_takes_the_reader_home(member: Member, primary: User) -> None:
    client = client_of(primary)
    path = reverse("resign", args=[member.number])
    page = client.get(path).content.decode()
    for expected in ("Heikki Hr, Pia Primary, Vera Voting", "The membership ends today."):
        assert expected in page
    refused = client.post(path, {"statement": "We move."})
    assert refused.status_code == 200
    assert "may sign for the company" in refused.content.decode()
    assert "We move." in refused.content.decode()
    gone = client.post(path, {"has_authority": "on"})
    assert gone.headers["Location"] == reverse("my_kip")
    assert client.get(reverse("own_company", args=[member.number])).status_code == 404
    assert client.get(path).status_code == 404


def test_a_later_day_keeps_the_page_of_the_company(member: Member, primary: User) -> None:
    later = timezone.localdate() + timedelta(20)
    path = reverse("resign", args=[member.number])
    done = client_of(primary).post(path, {"has_authority": "on", "effective_on": later.isoformat()})
    assert done.headers["Location"] == reverse("own_company", args=[member.number])


def test_the_secretary_records_and_takes_back(member: Member, secretary: User) -> None:
    client = client_of(secretary)
    path = reverse("admin:members_resignation_record", args=[member.pk])
    today = timezone.localdate()
    refused = client.post(path, {"channel": "meeting", "received_on": today.isoformat()})
    assert "at which meeting" in refused.content.decode()
    client.post(
        path,
        {
            "channel": "letter",
            "received_on": today.isoformat(),
            "effective_on": (today + timedelta(9)).isoformat(),
            "letter": a_pdf("letter.pdf"),
        },
    )
    row = Resignation.objects.get()
    page = client.get(reverse("admin:members_resignation_change", args=[row.pk])).content.decode()
    assert "letter.pdf" in page
    take_back_path = reverse("admin:members_resignation_take_back", args=[row.pk])
    client.post(take_back_path, {"consent": "resolution 2027/9"})
    row.refresh_from_db()
    assert row.status == "taken_back"
    assert member.periods.get().until is None


def test_the_page_of_the_company_offers_what_the_rule_allows(
    member: Member, primary: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = reverse("own_company", args=[member.number])
    resign_page = reverse("resign", args=[member.number])
    assert resign_page in client_of(primary).get(page).content.decode()
    monkeypatch.setitem(rules.permissions.permissions, "members.resign", rules.always_deny)
    assert resign_page not in client_of(primary).get(page).content.decode()


def test_a_role_that_was_held_on_no_day_does_not_end_twice(member: Member, secretary: User) -> None:
    """Found by the histories of test_as_of: an end recorded late, and another one before it."""
    late = a_representative(member, a_person("Late Comer"), "safety", since=TODAY + 9 * DAY, at=AT)
    for until in (TODAY + 5 * DAY, TODAY + 3 * DAY):
        end_roles(member.representatives.all(), until=until, at=AT + 12 * DAY)
    late.refresh_from_db()
    assert (late.until, late.planned_until) == (late.since, None)
