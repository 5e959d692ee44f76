"""Expulsion (§ 14–15): the member is heard; the general meeting's decision is recorded."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kip.accounts.models import User
from kip.desk import desk, my_kip
from kip.documents.services import document_for
from kip.exceptions import DomainError, InvalidTransition, NotAllowed
from kip.mail.models import OutboxMail
from members import services
from members.models import Expulsion, Member
from tests.board.test_concurrency import at_once, done
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
ANSWER_BY = TODAY + timedelta(14)
AFTERWARDS = AT + timedelta(15)


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
    a_representative(member, a_person("Heikki Hr"), "hr")
    return member


def open_case(member: Member, by: User, **more: Any) -> Expulsion:
    facts = {"ground": "obligations", "facts": "Dumps.", "answer_by": ANSWER_BY, "at": AT, **more}
    return services.open_expulsion(member_id=member.pk, by=by, **facts)


def decide(row: Expulsion, by: User, carried: bool = True, **more: Any) -> None:
    at = more.pop("at", AFTERWARDS)
    facts = {
        "meeting": "Extraordinary meeting, § 5",
        "held_on": timezone.localdate(at),
        "reasons": "It dumped.",
        **more,
    }
    services.record_meeting_expulsion(expulsion_id=row.pk, carried=carried, by=by, at=at, **facts)


def answer(row: Expulsion, by: User, at: Any = AT, **more: Any) -> None:
    services.answer_hearing(expulsion_id=row.pk, answer="We did not.", by=by, at=at, **more)


def test_the_member_is_heard_and_answers(member: Member, primary: User, secretary: User) -> None:
    with NewLetters() as letters:
        row = open_case(member, secretary, paper=a_pdf("report.pdf"))
    assert letters == [("hearing", "Pia")], "not to who does not speak for it"
    assert (row.status, row.decided_by) == ("hearing", "meeting")
    hearing = reverse("hearing", args=[member.number, row.pk])
    assert hearing in [item.url for item in my_kip(user=primary, at=AT)]
    with NewLetters() as letters:
        answer(row, primary, paper=a_pdf("photo.pdf"))
    assert letters == [("hearing-answered", "Siiri")]
    row.refresh_from_db()
    assert (row.status, row.answer, row.answered_by) == ("heard", "We did not.", primary)
    with pytest.raises(InvalidTransition, match="answered already"):
        answer(row, secretary)


def test_only_the_secretary_opens_one(member: Member, primary: User) -> None:
    for other in (primary, a_person("Root Root", is_superuser=True)):
        with pytest.raises(NotAllowed):
            open_case(member, other)


@pytest.mark.parametrize("answer_by", [None, TODAY, TODAY - DAY])
def test_it_is_heard_first_with_time_to_answer(
    member: Member, secretary: User, answer_by: date | None
) -> None:
    with pytest.raises(DomainError) as refused:
        open_case(member, secretary, answer_by=answer_by)
    assert refused.value.field == "answer_by"


def test_unpaid_fees_need_no_hearing(member: Member, primary: User, secretary: User) -> None:
    row = open_case(member, secretary, ground="fees", answer_by=None)
    assert row.status == "heard"
    answer(row, primary)  # and yet it may answer
    decide(row, secretary, at=AT + DAY)
    row.refresh_from_db()
    assert row.status == "expelled"


def test_one_case_at_a_time(member: Member, secretary: User) -> None:
    open_case(member, secretary)
    with pytest.raises(InvalidTransition, match="open already"):
        open_case(member, secretary)


def test_nothing_is_decided_before_the_hearing_is_over(
    member: Member, primary: User, secretary: User
) -> None:
    row = open_case(member, secretary)
    for days in (0, 14):
        with pytest.raises(InvalidTransition, match="may answer until"):
            decide(row, secretary, at=AT + timedelta(days))
    decide(row, secretary, at=AT + timedelta(15))
    row.refresh_from_db()
    assert row.status == "expelled"


def test_a_meeting_could_not_decide_before_either(member: Member, secretary: User) -> None:
    row = open_case(member, secretary)
    for held_on in (TODAY - DAY, ANSWER_BY, TODAY + timedelta(16)):
        with pytest.raises(DomainError) as refused:
            decide(row, secretary, held_on=held_on)
        assert refused.value.field == "held_on"


def test_a_late_answer_is_read_until_it_is_decided(
    member: Member, primary: User, secretary: User
) -> None:
    row = open_case(member, secretary)
    answer(row, primary, AFTERWARDS)
    decide(row, secretary)
    with pytest.raises(DomainError):
        answer(row, secretary, AFTERWARDS)


def test_the_member_is_expelled_with_reasons(
    member: Member, primary: User, secretary: User
) -> None:
    row = open_case(member, secretary)
    with pytest.raises(DomainError) as refused:
        decide(row, secretary, reasons=" ")
    assert refused.value.field == "reasons"
    with NewLetters() as letters:
        decide(row, secretary)
    assert letters == [("expelled", "Heikki"), ("expelled", "Pia")]
    period = member.periods.get()
    assert period.until == timezone.localdate(AFTERWARDS)
    assert (period.end_reason, period.end_ground) == ("expelled", "Extraordinary meeting, § 5")
    assert not member.representatives.in_force_at(AFTERWARDS).exists()
    with pytest.raises(DomainError):
        decide(row, secretary)


def test_where_the_invoices_go_is_told_that_it_ends_and_not_why(
    member: Member, secretary: User
) -> None:
    a_representative(member, None, "billing", address="laskut@hoyry.example")
    row = open_case(member, secretary)
    decide(row, secretary)
    mail = OutboxMail.objects.get(to_address="laskut@hoyry.example")
    row.refresh_from_db()
    assert mail.subject == f"The invoices of {member}: its membership ends"
    assert row.reasons not in mail.text and "expelled" not in mail.text


def test_the_member_is_not_expelled(member: Member, secretary: User) -> None:
    row = open_case(member, secretary)
    with NewLetters() as letters:
        decide(row, secretary, carried=False, reasons="")
    assert letters == [("not-expelled", "Pia")]
    row.refresh_from_db()
    assert (row.status, row.resolution) == ("dropped", "Extraordinary meeting, § 5")
    assert member.periods.get().until is None
    open_case(member, secretary)


def test_the_board_does_not_decide_what_is_the_meetings(member: Member, secretary: User) -> None:
    row = open_case(member, secretary)
    with pytest.raises(InvalidTransition, match="general meeting"):
        services.put_expulsion_before_board(expulsion_id=row.pk, by=secretary, at=AFTERWARDS)


def test_the_rules_of_the_day_it_was_opened_hold(member: Member, secretary: User) -> None:
    row = open_case(member, secretary)
    bylaws_with(by=secretary, valid_from=TODAY + DAY, expulsion_decided_by="board")
    decide(row, secretary)
    row.refresh_from_db()
    assert row.status == "expelled"


def test_it_is_dropped(member: Member, primary: User, secretary: User) -> None:
    row = open_case(member, secretary)
    with pytest.raises(NotAllowed):
        services.drop_expulsion(expulsion_id=row.pk, by=primary, at=AT)
    services.drop_expulsion(expulsion_id=row.pk, reasons="Mended.", by=secretary, at=AT)
    with pytest.raises(InvalidTransition):
        services.drop_expulsion(expulsion_id=row.pk, by=secretary, at=AT)


def test_a_membership_that_ended_meanwhile_is_not_ended_again(
    member: Member, primary: User, secretary: User
) -> None:
    row = open_case(member, secretary)
    services.resign(member_id=member.pk, has_authority=True, by=primary, at=AT + DAY)
    with pytest.raises(InvalidTransition, match="ended already"):
        decide(row, secretary)
    assert member.periods.get().end_reason == "resigned"


def test_a_resignation_ahead_does_not_stop_it(
    member: Member, primary: User, secretary: User
) -> None:
    row = open_case(member, secretary)
    resignation = services.resign(
        member_id=member.pk,
        has_authority=True,
        effective_on=TODAY + timedelta(100),
        by=primary,
        at=AT,
    )
    decide(row, secretary)
    assert member.periods.get().end_reason == "expelled"
    with pytest.raises(InvalidTransition):
        services.take_back_resignation(
            resignation_id=resignation.pk, consent="x", by=secretary, at=AFTERWARDS
        )


def test_the_desk_tells_when_it_can_be_decided(member: Member, secretary: User) -> None:
    row = open_case(member, secretary)
    url = reverse("admin:members_expulsion_change", args=[row.pk])
    assert url not in [item.url for item in desk(at=AT)]
    assert url in [item.url for item in desk(at=AFTERWARDS)], "no timer ended it"
    row.refresh_from_db()
    assert row.status == "hearing"


def test_who_reads_the_papers(member: Member, primary: User, secretary: User) -> None:
    row = open_case(member, secretary, paper=a_pdf("report.pdf"))
    assert row.document is not None
    stranger = a_person("Sven Stranger")
    a_representative(a_member(number=2, business_id="9000001-8"), stranger)
    colleague = User.objects.get(given_name="Heikki")
    assert document_for(pk=row.document.pk, user=primary, at=AT) == row.document
    for other in (stranger, colleague):
        with pytest.raises(NotAllowed):
            document_for(pk=row.document.pk, user=other, at=AT)


def test_the_database_refuses_what_the_law_does(member: Member, secretary: User) -> None:
    row = open_case(member, secretary)
    rows = Expulsion.objects.filter(pk=row.pk)
    for wrong, constraint in (
        ({"answer_by": None}, "expulsion_heard_but_for_fees"),
        ({"ended_at": AT}, "expulsion_ended_iff_dated"),
    ):
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            rows.update(**wrong)
    rows.update(status="heard")
    reasoned = pytest.raises(IntegrityError, match="expulsion_states_its_reasons")
    with reasoned, transaction.atomic():
        rows.update(status="expelled", ended_at=AT, resolution="§ 5", reasons="")


@pytest.mark.django_db(transaction=True)
def test_decided_and_dropped_and_resigned_at_once(
    member: Member, primary: User, secretary: User
) -> None:
    row = open_case(member, secretary)
    at_once_answers = at_once(
        *(lambda: decide(row, secretary) for _ in range(4)),
        *(
            lambda: services.drop_expulsion(expulsion_id=row.pk, by=secretary, at=AFTERWARDS)
            for _ in range(4)
        ),
        lambda: services.resign(member_id=member.pk, has_authority=True, by=primary, at=AFTERWARDS),
    )
    row.refresh_from_db()
    assert not row.is_open
    assert done(at_once_answers) in {1, 2}
    reason = member.periods.get().end_reason
    assert (row.status == "expelled") == (reason == "expelled")


# --- The pages -----------------------------------------------------------------------------------


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="kip.accounts.backends.Backend")
    return client


def test_the_pages(member: Member, primary: User, secretary: User) -> None:
    desk_client, own_client = client_of(secretary), client_of(primary)
    path = reverse("admin:members_expulsion_open", args=[member.pk])
    services.doubt_membership(member_id=member.pk, doubt="Closed.", by=secretary, at=AT)
    assert "Closed." in desk_client.get(path).content.decode(), "the doubt is the first draft"
    facts = {"ground": "conditions", "facts": "Closed its plant.", "answer_by": ""}
    assert "The member is heard" in desk_client.post(path, facts).content.decode()
    tomorrow = timezone.localdate() + DAY
    desk_client.post(path, facts | {"answer_by": tomorrow.isoformat()})
    row = Expulsion.objects.get()
    own = own_client.get(reverse("own_company", args=[member.number])).content.decode()
    hearing = reverse("hearing", args=[member.number, row.pk])
    assert hearing in own
    assert "Closed its plant." in own_client.get(hearing).content.decode()
    own_client.post(reverse("answer_hearing", args=[member.number, row.pk]), {"answer": "Not so."})
    row.refresh_from_db()
    assert row.status == "heard"
    decide_path = reverse("admin:members_expulsion_decide", args=[row.pk])
    change = desk_client.get(reverse("admin:members_expulsion_change", args=[row.pk]))
    assert decide_path in change.content.decode()
    page = desk_client.get(decide_path).content.decode()
    assert "Heikki Hr, Pia Primary" in page
    data = {"meeting": "AGM, § 9", "held_on": timezone.localdate().isoformat(), "carried": "yes"}
    assert "State the reasons" in desk_client.post(decide_path, data).content.decode()
    desk_client.post(decide_path, data | {"reasons": "It closed."})
    row.refresh_from_db()
    assert row.status == "expelled"
    assert own_client.get(hearing).status_code == 404
    member_page = desk_client.get(reverse("admin:members_member_change", args=[member.pk]))
    assert reverse("admin:members_expulsion_change", args=[row.pk]) in member_page.content.decode()


def test_another_company_reads_nothing_of_it(member: Member, secretary: User) -> None:
    row = open_case(member, secretary)
    stranger = a_person("Sven Stranger")
    other = a_member(number=2, business_id="9000001-8")
    a_representative(other, stranger)
    client = client_of(stranger)
    for name in ("hearing", "answer_hearing"):
        for number in (member.number, other.number):
            assert client.get(reverse(name, args=[number, row.pk])).status_code == 404
    assert client.get(reverse("resign", args=[member.number])).status_code == 404
