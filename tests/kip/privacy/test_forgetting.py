from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from kip.accounts import services as accounts
from kip.accounts.models import User
from kip.audit.models import Ground, Redaction
from kip.audit.retention import Retention, declared_models, personal_fields
from kip.audit.services import ERASED, redact
from kip.bylaws.models import Bylaws
from kip.exceptions import DomainError, InvalidTransition, NotAllowed
from kip.mail.models import Attempt, OutboxMail
from kip.mail.services import post, sent_long_ago
from kip.privacy import presentation, services
from kip.privacy.models import UNDONE_WITHIN, DataRequest, Erasure, RequestKind, answer_due
from kip.privacy.periods import months_before
from kip.privacy.services import forgetting
from kip.privacy.states import ErasureStatus, RequestStatus
from tests.board.factories import a_board
from tests.board.test_concurrency import at_once
from tests.members.factories import (
    a_draft,
    a_member,
    a_person,
    a_representative,
    a_secretary,
    bylaws_with,
    occasions_to,
)

pytestmark = pytest.mark.django_db

AT = datetime(2027, 3, 17, 12, 5, tzinfo=UTC)
DAY = timedelta(days=1)
THEN = AT - timedelta(days=1000)
LATER = AT + UNDONE_WITHIN


@pytest.fixture
def secretary():
    return a_secretary()


@pytest.fixture
def anna():
    """Known for three years; stood for nobody."""
    return a_person("Anna Aalto", known_since=THEN)


def names(at=AT):
    return [str(due.person) for due in services.people_due(at=at)]


def planned(person, secretary, ground=Ground.EXPIRED):
    return services.plan_erasure(person=person, ground=ground, by=secretary, at=AT)


# --- Who is due -----------------------------------------------------------------------------------


def test_who_has_had_no_part_for_as_long_as_the_bylaws_say(secretary, anna):
    ended = timezone.localdate(AT) - timedelta(days=100)
    a_representative(a_member(), a_person("Bo Berg", known_since=THEN), "hr", until=ended)
    assert names() == ["Anna Aalto"]
    bylaws_with(by=secretary, contact_months=3)
    assert names() == ["Anna Aalto", "Bo Berg"]
    bylaws_with(by=secretary, contact_months=36, valid_from=timezone.localdate(AT))
    assert names() == []


def test_the_desk_says_in_one_line_who_and_what_is_due(client, secretary, anna):
    from kip.privacy.desk import for_the_secretary

    def said(at):
        return [item.text for item in for_the_secretary(at=at) if "long enough" in item.text]

    with sent_long_ago():
        for key in ("one", "two"):
            post(
                key=key,
                to=secretary,
                template="privacy/mail/answered",
                context={"request": {"answer": ""}},
                why="You get this.",
                at=THEN,
            )
    (item,) = for_the_secretary(at=AT)
    assert item.text == "Kept long enough: 1 person, 2 rows. Choose what is to be erased"
    since, due = timezone.localdate(item.since), timezone.localdate(item.due)
    assert (since.isoformat(), due.isoformat()) == ("2026-06-20", "2026-07-20")
    services.plan_expired(people=[anna.pk], parts=[], by=secretary, at=AT)
    assert said(AT) == ["Kept long enough: 2 rows. Choose what is to be erased"]
    services.plan_expired(people=[], parts=["mail.letters"], by=secretary, at=AT)
    assert said(AT) == said(AT + DAY) == said(LATER - DAY) == []
    services.carry_out_due(at=LATER)
    assert said(LATER) == []
    now = timezone.now()
    bo = a_person("Bo Berg", known_since=now - timedelta(days=1000))
    page = desk_of(client, secretary).get(reverse("admin:accounts_user_data", args=[bo.pk]))
    assert "Kept long enough since " in page.content.decode()


def test_the_day_on_which_the_months_are_over_counts(anna):
    known = timezone.localdate(anna.known_since)
    over = datetime.combine(
        known.replace(year=known.year + 2), time(), tzinfo=timezone.get_current_timezone()
    )
    assert names(over) == ["Anna Aalto"]
    assert names(over - timedelta(minutes=1)) == []


def test_not_who_has_a_part_now_or_will_have(anna):
    a_representative(a_member(), anna, "hr", since=timezone.localdate(AT), until=date(2027, 12, 1))
    assert names() == []


def test_not_who_has_an_open_application_or_asked_something(secretary):
    applicant = a_person("Olli Other", known_since=THEN)
    a_draft(by=applicant, at=THEN)
    asking = a_person("Kaisa Kysyy", known_since=THEN)
    services.ask(kind=RequestKind.COPY, text="", by=asking, at=AT)
    assert names() == []


def test_old_letters_are_due_and_go_without_those_that_grew_old_meanwhile(secretary, anna):
    accounts.invite(person=anna, purpose="a guest", by=secretary, at=THEN)
    accounts.invite(person=anna, purpose="a member", by=secretary, at=AT - timedelta(days=725))
    OutboxMail.objects.update(status="queued")
    for mail in OutboxMail.objects.all():
        mail.move_to("failed")
    (part,) = services.expired_parts(at=AT)
    assert (part.key, part.count) == ("mail.letters", 1)
    (erasure,) = services.plan_expired(people=[], parts=[part.key], by=secretary, at=AT)
    with pytest.raises(DomainError, match="already"):
        services.plan_expired(people=[], parts=[part.key], by=secretary, at=AT)
    assert services.carry_out_due(at=LATER) == 1
    erasure.refresh_from_db()
    assert erasure.redaction.counts["mail.OutboxMail"] >= 1
    assert erasure.redaction.person is None
    assert OutboxMail.objects.count() == 1


# --- Thirty days ----------------------------------------------------------------------------------


def test_shorter_periods_of_new_bylaws_take_along_nothing_that_nobody_confirmed(secretary, anna):
    def letter(key, months):
        with sent_long_ago():
            return post(
                key=key,
                to=secretary,
                template="privacy/mail/answered",
                context={"request": {"answer": key}},
                why="You get this.",
                at=months_before(AT, months),
            )

    old, younger = letter("old", 30), letter("younger", 18)
    services.plan_expired(people=[], parts=["mail.letters"], by=secretary, at=AT)
    bylaws_with(by=secretary, correspondence_months=12, valid_from=timezone.localdate(AT) + DAY)
    assert services.carry_out_due(at=LATER) == 1
    assert not OutboxMail.objects.filter(pk=old.pk).exists()
    assert OutboxMail.objects.filter(pk=younger.pk).exists()


def test_of_two_records_that_were_merged_the_kept_one_is_erased(secretary, anna):
    kept = a_person("Anna Alto", known_since=THEN)
    erasure = planned(anna, secretary)
    User.objects.filter(pk=anna.pk).update(double_of=kept, is_active=False)
    assert services.carry_out_due(at=LATER) == 0
    erasure.refresh_from_db()
    assert erasure.status == ErasureStatus.STOPPED and "Anna Alto" in erasure.obstacle
    kept.refresh_from_db()
    assert kept.given_name == "Anna"


def test_one_that_fails_holds_up_no_other(secretary, anna, monkeypatch):
    bo = a_person("Bo Berg", known_since=THEN)
    broken, other = planned(anna, secretary), planned(bo, secretary)
    real = forgetting.redact

    def redact(person, **how):
        if person == anna:
            raise RuntimeError("a bug")
        return real(person, **how)

    monkeypatch.setattr(forgetting, "redact", redact)
    assert services.carry_out_due(at=LATER) == 1
    for erasure, status in ((broken, ErasureStatus.STOPPED), (other, ErasureStatus.DONE)):
        erasure.refresh_from_db()
        assert erasure.status == status
    assert "wrong in the program" in broken.obstacle
    assert services.carry_out_due(at=LATER) == 0


def test_a_letter_to_whoever_had_the_address_before_is_not_mine(secretary, anna):
    bo = a_person("Bo Berg")
    other = post(
        key="expelled:1",
        to=bo,
        template="privacy/mail/answered",
        context={"request": {"answer": "A secret."}},
        why="You get this.",
        at=AT,
    )
    shared = bo.email
    User.objects.filter(pk=bo.pk).update(email="bo@elsewhere.example")
    User.objects.filter(pk=anna.pk).update(email=shared)
    anna.refresh_from_db()
    held = services.held_about(person=anna, by=anna, at=AT)
    assert "secret" not in str(held)
    redact(anna, by=secretary, at=AT, ground=Ground.REQUEST)
    other.refresh_from_db()
    assert "secret" in other.text and other.to_address == ERASED


def test_whatever_is_kept_for_a_time_has_a_part_that_ends_it():
    """Of each model with such a field, but for what goes with its letter or its application."""
    rules = Bylaws.objects.in_force_at(AT)
    ended = {
        part.rows.model
        for found in services.expired(at=AT, rules=rules)
        for each in found
        for part in each.parts
    }
    for_a_time = {Retention.CORRESPONDENCE, Retention.APPLICATION}
    kept = {
        model for model in declared_models() if for_a_time & set(personal_fields(model).values())
    }
    assert kept - ended == {Attempt}


def test_confirmed_today_done_in_thirty_days(secretary, anna):
    erasure = planned(anna, secretary)
    assert erasure.due_at == LATER
    assert services.carry_out_due(at=LATER - timedelta(seconds=1)) == 0
    assert services.carry_out_due(at=LATER) == 1
    anna.refresh_from_db()
    erasure.refresh_from_db()
    assert (str(anna), anna.email, anna.is_active) == ("Erased person", None, False)
    assert erasure.redaction.by == secretary
    assert services.carry_out_due(at=LATER) == 0
    assert Redaction.objects.count() == 1
    assert names(LATER) == []


def test_taken_back_in_time_and_not_afterwards(secretary, anna):
    erasure = planned(anna, secretary)
    services.undo_erasure(erasure_id=erasure.pk, by=secretary, at=AT)
    assert services.carry_out_due(at=LATER) == 0
    anna.refresh_from_db()
    assert str(anna) == "Anna Aalto"
    again = planned(anna, secretary)
    services.carry_out_due(at=LATER)
    with pytest.raises(InvalidTransition):
        services.undo_erasure(erasure_id=again.pk, by=secretary, at=LATER)


def test_who_got_a_role_meanwhile_is_not_erased_and_the_desk_says_so(secretary, anna):
    erasure = planned(anna, secretary)
    a_representative(a_member(), anna, "primary", since=timezone.localdate(AT))
    assert services.carry_out_due(at=LATER) == 0
    erasure.refresh_from_db()
    assert erasure.status == ErasureStatus.STOPPED
    assert "stands for a member company" in erasure.obstacle
    anna.refresh_from_db()
    assert anna.email
    from kip.privacy.desk import for_the_secretary

    assert any("could not be carried out" in item.text for item in for_the_secretary(at=LATER))
    services.undo_erasure(erasure_id=erasure.pk, by=secretary, at=LATER)
    assert for_the_secretary(at=LATER) == []


def test_who_was_invited_meanwhile_has_a_part_again(secretary, anna):
    erasure = planned(anna, secretary)
    accounts.invite(person=anna, purpose="a member", by=secretary, at=AT)
    services.carry_out_due(at=LATER)
    erasure.refresh_from_db()
    assert (erasure.status, "too early" in erasure.obstacle) == (ErasureStatus.STOPPED, True)


def test_whoever_confirmed_it_must_still_be_the_secretary(secretary, anna):
    erasure = planned(anna, secretary)
    a_secretary("Sini Successor")
    accounts.end_secretary(person=secretary, by=accounts_superuser(), at=AT)
    services.carry_out_due(at=LATER)
    erasure.refresh_from_db()
    assert erasure.status == ErasureStatus.STOPPED


def accounts_superuser():
    from kip.accounts.models import User

    return User.objects.create_superuser("root@kip.example")


def test_a_worker_killed_half_way_leaves_everything_as_it_was(secretary, anna, monkeypatch):
    erasure = planned(anna, secretary)
    from kip.audit.services import erasing

    def killed(*args, **kwargs):
        raise SystemExit

    with monkeypatch.context() as broken:
        broken.setattr(erasing, "forget_mentions", killed)
        with pytest.raises(SystemExit):
            services.carry_out_due(at=LATER)
    anna.refresh_from_db()
    erasure.refresh_from_db()
    assert (str(anna), erasure.status) == ("Anna Aalto", ErasureStatus.PLANNED)
    assert services.carry_out_due(at=LATER) == 1


@pytest.mark.django_db(transaction=True)
def test_taken_back_in_the_very_moment_it_is_due(secretary, anna):
    """One of both, whole: she is there and it is undone, or she is gone and it was too late."""
    for n in range(5):
        address = f"bo{n}@kip.example"
        bo = a_person("Bo Berg", known_since=THEN, email=address)
        erasure = planned(bo, secretary)
        undo, _carried = at_once(
            lambda pk=erasure.pk: services.undo_erasure(erasure_id=pk, by=secretary, at=LATER),
            lambda: services.carry_out_due(at=LATER),
        )
        erasure.refresh_from_db()
        bo.refresh_from_db()
        if isinstance(undo, InvalidTransition):
            assert (erasure.status, bo.email) == (ErasureStatus.DONE, None)
        else:
            assert (erasure.status, bo.email) == (ErasureStatus.UNDONE, address)


def test_who_sits_on_the_board_is_refused_with_the_reason():
    board = a_board(3)
    with pytest.raises(DomainError, match="sits on the board: end the seat first"):
        planned(board.people[1], board.secretary, Ground.REQUEST)
    assert not Erasure.objects.exists()


def test_only_the_secretary_and_once(secretary, anna):
    with pytest.raises(NotAllowed):
        planned(anna, anna, Ground.REQUEST)
    planned(anna, secretary)
    with pytest.raises(DomainError, match="planned already"):
        planned(anna, secretary)


# --- Requests -------------------------------------------------------------------------------------


def test_a_request_is_answered_within_a_month(secretary, anna):
    request = services.ask(kind=RequestKind.CORRECTION, text="Ahola.", by=anna, at=AT)
    assert request.due.isoformat() == "2027-04-17"
    assert answer_due(datetime(2027, 1, 31, 12, tzinfo=UTC)).isoformat() == "2027-02-28"
    with pytest.raises(DomainError, match="already"):
        services.ask(kind=RequestKind.CORRECTION, text="Ahola.", by=anna, at=AT)
    with pytest.raises(DomainError, match="Say why"):
        services.answer_request(
            request_id=request.pk, outcome=RequestStatus.REFUSED, answer=" ", by=secretary, at=AT
        )
    services.answer_request(
        request_id=request.pk, outcome=RequestStatus.DONE, answer="", by=secretary, at=AT
    )
    assert occasions_to(anna) == [
        "datarequest-received",
        "datarequest-answered",
    ]
    with pytest.raises(InvalidTransition):
        services.answer_request(
            request_id=request.pk, outcome=RequestStatus.DONE, answer="", by=secretary, at=AT
        )


def test_another_correction_may_be_sent_and_one_erasure_is_enough(anna, client):
    for text in ("Ahola.", "The phone, too."):
        services.ask(kind=RequestKind.CORRECTION, text=text, by=anna, at=AT)
    client.force_login(anna, backend="kip.accounts.backends.Backend")
    page = reverse("my_data_ask")
    assert "You need not ask for it again" not in client.get(page).content.decode()
    services.ask(kind=RequestKind.ERASURE, text="All.", by=anna, at=AT)
    with pytest.raises(DomainError, match="already"):
        services.ask(kind=RequestKind.ERASURE, text="Really.", by=anna, at=AT)
    assert "erasure. You need not ask for it again" in client.get(page).content.decode()


def test_a_correction_says_what_is_wrong(anna):
    with pytest.raises(DomainError) as refused:
        services.ask(kind=RequestKind.CORRECTION, text="", by=anna, at=AT)
    assert refused.value.field == "text"


def test_one_that_came_otherwise_counts_from_when_it_came(secretary, anna):
    request = services.enter_request(
        person=anna,
        kind=RequestKind.ERASURE,
        text="",
        channel="letter",
        received_at=AT - timedelta(days=3),
        by=secretary,
        at=AT,
    )
    assert request.due.isoformat() == "2027-04-14"
    # The letter that says so is of today.
    assert OutboxMail.objects.get(key=f"datarequest-received:{request.pk}").created_at == AT
    with pytest.raises(NotAllowed):
        services.enter_request(
            person=secretary,
            kind=RequestKind.ERASURE,
            text="",
            channel="letter",
            received_at=AT,
            by=anna,
            at=AT,
        )


# --- Somebody's own data --------------------------------------------------------------------------


def test_my_data_are_mine_and_whole(secretary, anna, client):
    accounts.invite(person=anna, purpose="a guest", by=secretary, at=AT)
    a_representative(a_member(name="Oma Oy"), anna, "hr", since=date(2026, 1, 1))
    other = a_person("Olli Other", phone="+358 50 111222")
    client.force_login(anna, backend="kip.accounts.backends.Backend")
    held = client.get("/my/data/my-data.json").json()["held"]
    assert held[0]["name"] == "Person"
    text = str(held)
    assert "anna.aalto@kip.example" in text and "Oma Oy" in text
    assert other.family_name not in text and other.phone not in text
    assert "/people/invitation/" not in text
    with pytest.raises(NotAllowed):
        services.held_about(person=other, by=anna, at=AT)
    assert client.get("/my/data/my-data.pdf").content.startswith(b"%PDF")


def test_a_letter_has_its_date_and_subject_and_is_whole_in_the_files(anna, client, monkeypatch):
    answer = "Word by word. " * 40
    with sent_long_ago():
        letter = post(
            key="long",
            to=anna,
            template="privacy/mail/answered",
            context={"request": {"answer": answer}},
            why="You get this.",
            at=THEN,
        )
    client.force_login(anna, backend="kip.accounts.backends.Backend")
    page = client.get(reverse("my_data")).content.decode()
    assert f"20 June 2024, 15:05, {letter.subject}</h3>" in page
    assert answer.strip() not in page
    (letters,) = [
        held
        for held in client.get(reverse("my_data_json")).json()["held"]
        if held["name"] == "Letter"
    ]
    assert letters["rows"][0]["Written"] == THEN.isoformat()
    assert letters["rows"][0]["Subject"] == letter.subject
    set_as = []
    monkeypatch.setattr(presentation, "pdf", lambda _name, data: set_as.append(data) or b"%PDF")
    client.get(reverse("my_data_pdf"))
    (texts,) = [part["rows"] for part in set_as[0]["sections"] if part["name"] == "Letter"]
    assert letter.subject in texts[0]["title"]
    assert answer.strip() in dict(texts[0]["facts"])["Text"]


# --- What the secretary types --------------------------------------------------------------------


def desk_of(client, secretary):
    client.force_login(secretary, backend="kip.accounts.backends.Backend")
    return client


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "9999-12-31", "2027-02-30", ""])
def test_a_day_that_cannot_be_is_told_beside_the_field(client, secretary, anna, day):
    typed = {"kind": "copy", "text": "by letter", "channel": "letter", "received_on": day}
    page = reverse("admin:accounts_user_data_enter", args=[anna.pk])
    response = desk_of(client, secretary).post(page, typed | {"once": "a"})
    assert response.context["form"].errors.keys() == {"received_on"}
    assert "by letter" in response.content.decode()
    assert not DataRequest.objects.exists()


@pytest.mark.parametrize("chosen", ["", "person=²", "person=99999999999999999999", "part=nothing"])
def test_a_batch_of_nobody_is_not_offered(client, secretary, chosen):
    response = desk_of(client, secretary).get(f"{reverse('admin:privacy_erasure_plan')}?{chosen}")
    assert response.headers["Location"] == reverse("admin:privacy_erasure_due")


def test_what_is_planned_already_is_shown_and_not_offered_again(client, secretary, anna):
    erasure = planned(anna, secretary)
    page = reverse("admin:accounts_user_data_erase", args=[anna.pk])
    response = desk_of(client, secretary).get(page)
    own = reverse("admin:privacy_erasure_change", args=[erasure.pk])
    assert response.headers["Location"] == own


def test_a_batch_says_what_goes_of_whom_and_its_page_how_many_rows(client, secretary, anna):
    with sent_long_ago():
        post(
            key="old",
            to=secretary,
            template="privacy/mail/answered",
            context={"request": {"answer": ""}},
            why="You get this.",
            at=THEN,
        )
    desk_of(client, secretary)
    url = f"{reverse('admin:privacy_erasure_plan')}?person={anna.pk}&part=mail.letters"
    page = client.get(url).content.decode()
    assert reverse("admin:accounts_user_data_erase", args=[anna.pk]) in page
    assert "What stays: votes" in page
    client.post(url, {"once": "1"})
    erasure = Erasure.objects.get(part="mail.letters")
    own = reverse("admin:privacy_erasure_change", args=[erasure.pk])
    response = client.get(own)
    assert ("Rows to be erased", "1") in response.context["facts"]
    services.undo_erasure(erasure_id=erasure.pk, by=secretary, at=timezone.now())
    page = client.get(own).content.decode()
    assert "State: " in page and "empty" not in page.lower()


def test_of_many_it_says_whom_a_refusal_is_about(secretary, anna):
    bo = a_person("Bo Berg", known_since=AT)
    with pytest.raises(DomainError, match=r"^Bo Berg: "):
        services.plan_expired(people=[anna.pk, bo.pk], parts=[], by=secretary, at=AT)
    assert not Erasure.objects.exists()


def test_a_form_says_once_what_to_mend(client, anna):
    client.force_login(anna, backend="kip.accounts.backends.Backend")
    page = client.post(reverse("my_data_ask"), {"kind": "correction", "text": ""})
    assert page.content.decode().count('id="error-summary-title"') == 1
