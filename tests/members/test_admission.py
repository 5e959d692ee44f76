"""An application on its way: submitted, asked about, withdrawn, decided."""

from datetime import date, timedelta
from typing import Any

import pytest

from kip.accounts.models import User
from kip.exceptions import DomainError, InvalidTransition, NotAllowed
from kip.mail.models import OutboxMail
from members import services
from members.models import Application, Member, MessageKind
from tests.members.factories import (
    AT,
    CONTACT,
    DAY,
    SIGNATORY,
    NewLetters,
    a_draft,
    a_member,
    a_paper_draft,
    a_pdf,
    a_person,
    a_representative,
    a_secretary,
    a_submitted_application,
    business_id,
)

pytestmark = pytest.mark.django_db

TODAY = date(2027, 2, 2)


@pytest.fixture
def secretary() -> User:
    return a_secretary()


@pytest.fixture
def application(secretary: User) -> Application:
    return a_submitted_application()


def applicant_of(application: Application) -> User:
    assert application.applicant is not None
    return application.applicant


# --- Submitting ---------------------------------------------------------------------------------


def test_a_submitted_application_is_received_and_told_of(secretary: User) -> None:
    draft = a_draft()
    a_person("Other One")
    with NewLetters() as letters:
        assert services.submit(application_id=draft.pk, by=applicant_of(draft), at=AT)
    draft.refresh_from_db()
    assert (draft.status, draft.submitted_at) == ("submitted", AT)
    assert letters == [
        ("application-arrived", "Siiri"),
        ("application-received", "Anni"),
        ("application-received", CONTACT["email"]),
    ]


def a_company_already_here(how: str) -> str:
    """Makes it, and answers with the given name of its contact."""
    if how == "member":
        kaisa = a_person("Kaisa Kontakti")
        a_representative(a_member(), kaisa, "primary", since=date(2020, 1, 1))
        return "Kaisa"
    first = a_submitted_application(by=a_person("First One"))
    if how == "asked":
        services.request_information(
            application_id=first.pk,
            text="?",
            due=TODAY + 7 * DAY,
            by=User.objects.secretaries().get(),
            at=AT,
        )
    return "First"


@pytest.mark.parametrize("how", ["member", "submitted", "asked"])
def test_a_company_that_is_here_already_is_not_submitted(secretary: User, how: str) -> None:
    contact = a_company_already_here(how)
    draft = a_draft(business_id=business_id().replace("-", ""))
    named = [] if how == "member" else [("already-here", CONTACT["email"])]
    for expected in (
        [("already-here", contact), *named, ("already-here-secretary", "Siiri")],
        [],  # pressed again: nobody is told twice
    ):
        with NewLetters() as letters:
            assert not services.submit(application_id=draft.pk, by=applicant_of(draft), at=AT)
        assert letters == expected
    draft.refresh_from_db()
    assert (draft.status, draft.submitted_at) == ("draft", None)


def test_drafts_and_ended_applications_block_nobody(secretary: User) -> None:
    a_draft(by=a_person("First One"))
    ended = a_submitted_application(by=a_person("Second One"))
    services.withdraw(application_id=ended.pk, by=secretary, at=AT)
    a_member(joined=date(2010, 1, 1), until=TODAY)  # a member no longer
    draft = a_draft(by=a_person("Third One"))
    assert services.submit(application_id=draft.pk, by=applicant_of(draft), at=AT)


def test_the_same_number_in_another_country_is_another_company(secretary: User) -> None:
    a_member(country="SE", register="Bolagsverket")
    assert a_submitted_application().status == "submitted"


GERMAN = {"country": "DE", "register": "Amtsgericht München", "business_id": "HRB 12345"}


def test_another_registers_number_is_another_company(secretary: User) -> None:
    a_member(**GERMAN)
    a_submitted_application(by=a_person("First One"), **{**GERMAN, "register": "Amtsgericht Hof"})
    here = a_draft(by=a_person("Second One"), **{**GERMAN, "business_id": "hrb-12345"})
    assert not services.submit(application_id=here.pk, by=applicant_of(here), at=AT)


def test_a_foreign_company_that_returns_is_known_again(secretary: User) -> None:
    before = a_member(number=7, until=date(2020, 1, 1), **GERMAN)
    elsewhere = {**GERMAN, "register": "Amtsgericht Hof"}
    other = admit(a_submitted_application(by=a_person("First One"), **elsewhere), secretary)
    assert other.number == 8
    typed = {**GERMAN, "business_id": "HRB-12345"}
    again = admit(a_submitted_application(by=a_person("Second One"), **typed), secretary)
    assert again == before


# --- Asking and answering -----------------------------------------------------------------------


def ask(application: Application, by: User, *, days: int = 10, at: Any = AT) -> Any:
    due = TODAY + timedelta(days=days)
    return services.request_information(
        application_id=application.pk, text="From when on?", due=due, by=by, at=at
    )


def test_the_secretary_asks_and_the_applicant_answers(
    secretary: User, application: Application
) -> None:
    with NewLetters() as letters:
        request = ask(application, secretary)
    assert letters == [
        ("information-requested", "Anni"),
        ("information-requested", CONTACT["email"]),
    ]
    application.refresh_from_db()
    assert application.status == "information_requested"
    with pytest.raises(InvalidTransition):
        ask(application, secretary)

    with NewLetters() as letters:
        services.answer_request(
            application_id=application.pk,
            text="From May.",
            uploads=[a_pdf("plan.pdf")],
            by=applicant_of(application),
            at=AT + DAY,
        )
    assert letters == [("answer-received", "Siiri")]
    application.refresh_from_db()
    request.refresh_from_db()
    assert (application.status, request.answered_at) == ("submitted", AT + DAY)
    assert application.returned_at == AT + DAY
    assert application.documents.count() == 1
    with pytest.raises(InvalidTransition):
        services.answer_request(
            application_id=application.pk, text="Again.", by=applicant_of(application), at=AT
        )
    ask(application, secretary)  # ⇄


def test_a_question_leaves_time_to_answer(secretary: User, application: Application) -> None:
    for days in (0, -1):
        with pytest.raises(DomainError) as refused:
            ask(application, secretary, days=days)
        assert refused.value.field == "due"
    ask(application, secretary, days=1)


def test_who_does_not_ask_answer_or_note(secretary: User, application: Application) -> None:
    strangers = [a_person("Other One"), a_person("Root Root", is_superuser=True)]
    for by in [*strangers, applicant_of(application)]:
        with pytest.raises(NotAllowed):
            ask(application, by)
        with pytest.raises(NotAllowed):
            services.add_note(application_id=application.pk, text="Hm.", by=by, at=AT)
        with pytest.raises(NotAllowed):
            services.put_before_board(
                application_id=application.pk, decision_by=TODAY, by=by, at=AT
            )
    ask(application, secretary)
    for by in strangers:
        with pytest.raises(NotAllowed):
            services.answer_request(application_id=application.pk, text="Me.", by=by, at=AT)


def test_what_is_sent_twice_is_one(secretary: User, application: Application) -> None:
    second = timedelta(seconds=2)
    for text, at in [("Hm.", AT), ("Hm.", AT + second), ("Ah.", AT + second), ("Hm.", AT + DAY)]:
        services.add_note(application_id=application.pk, text=text, by=secretary, at=at)
    assert [m.text for m in application.messages.all()] == ["Hm.", "Ah.", "Hm."]
    ask(application, secretary)
    with NewLetters() as letters:
        first, again = (
            services.answer_request(
                application_id=application.pk,
                text="May.",
                by=applicant_of(application),
                at=AT + 2 * DAY + wait,
            )
            for wait in (second, 2 * second)
        )
    assert first == again
    assert letters == [("answer-received", "Siiri")]


def test_a_private_note_is_the_secretarys(secretary: User, application: Application) -> None:
    with NewLetters() as letters:
        services.add_note(application_id=application.pk, text="Hm.", by=secretary, at=AT)
    assert letters == []
    assert application.messages.get().kind == MessageKind.NOTE
    assert not application.messages.seen_by_applicant().exists()


def test_a_question_unanswered_is_reminded_of(secretary: User, application: Application) -> None:
    ask(application, secretary, days=10)
    for day, expected in [
        (0, []),
        (6, []),
        (7, [("information-reminder", "Anni")]),
        (8, []),
        (10, []),
        (11, [("information-reminder", "Anni")]),
        (30, []),
    ]:
        with NewLetters() as letters:
            services.remind_and_lapse(at=AT + day * DAY)
        assert letters == expected, day


def test_a_run_that_was_missed_sends_one_reminder(
    secretary: User, application: Application
) -> None:
    ask(application, secretary, days=10)
    with NewLetters() as letters:
        for day in (20, 21):
            services.remind_and_lapse(at=AT + day * DAY)
    assert letters == [("information-reminder", "Anni")]


def test_a_short_question_is_not_reminded_of_on_its_own_day(
    secretary: User, application: Application
) -> None:
    ask(application, secretary, days=2)
    with NewLetters() as letters:
        services.remind_and_lapse(at=AT + timedelta(minutes=10))
    assert letters == []
    with NewLetters() as letters:
        services.remind_and_lapse(at=AT + DAY)
    assert letters == [("information-reminder", "Anni")]


def test_what_was_answered_is_not_reminded_of(secretary: User, application: Application) -> None:
    ask(application, secretary, days=10)
    services.answer_request(
        application_id=application.pk, text="May.", by=applicant_of(application), at=AT
    )
    with NewLetters() as letters:
        services.remind_and_lapse(at=AT + 9 * DAY)
    assert letters == []


# --- Withdrawing --------------------------------------------------------------------------------


def test_an_application_is_withdrawn(secretary: User, application: Application) -> None:
    which = {"application_id": application.pk, "at": AT}
    for by in (a_person("Other One"), a_person("Root Root", is_superuser=True)):
        with pytest.raises(NotAllowed):
            services.withdraw(by=by, **which)
    with NewLetters() as letters:
        services.withdraw(by=applicant_of(application), **which)
    application.refresh_from_db()
    assert (application.status, application.ended_at) == ("withdrawn", AT)
    assert letters == [
        ("application-withdrawn", "Anni"),
        ("application-withdrawn", "Siiri"),
        ("application-withdrawn", CONTACT["email"]),
    ]
    with pytest.raises(InvalidTransition):
        services.withdraw(by=applicant_of(application), **which)


def test_a_draft_is_withdrawn_without_a_word(secretary: User) -> None:
    draft = a_draft()
    with NewLetters() as letters:
        services.withdraw(application_id=draft.pk, by=applicant_of(draft), at=AT)
    assert letters == []


def test_an_applicant_hears_of_a_draft_that_the_secretary_withdraws(secretary: User) -> None:
    draft = a_draft()
    with NewLetters() as letters:
        services.withdraw(application_id=draft.pk, by=secretary, at=AT)
    assert letters == [("draft-withdrawn", "Anni")]


# --- Adding documents ---------------------------------------------------------------------------


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, User]]:
    """Who was told by the hook that something was added to what."""
    found: list[tuple[int, User]] = []
    monkeypatch.setattr(
        services.on_document_added,
        "_receivers",
        [lambda application, by, at: found.append((application.pk, by))],
    )
    return found


def test_a_document_added_on_the_way_is_told_of(
    secretary: User, application: Application, heard: list[tuple[int, User]]
) -> None:
    a_secretary("Sami Secretary")
    applicant = applicant_of(application)
    for by, told in [(applicant, ["Sami", "Siiri"]), (secretary, ["Sami"])]:
        with NewLetters() as letters:
            services.add_documents(
                application_id=application.pk, uploads=[a_pdf("map.pdf")], by=by, at=AT
            )
        assert letters == [("documents-added", name) for name in told]
    assert heard == [(application.pk, applicant), (application.pk, secretary)]
    assert "map.pdf" in OutboxMail.objects.filter(key__startswith="documents-added")[0].text


def test_a_document_of_a_draft_is_nobodys_news(
    secretary: User, heard: list[tuple[int, User]]
) -> None:
    draft = a_draft()
    with NewLetters() as letters:
        services.add_documents(
            application_id=draft.pk, uploads=[a_pdf()], by=applicant_of(draft), at=AT
        )
    assert (letters, heard) == ([], [])


# --- Deciding -----------------------------------------------------------------------------------


def admit(application: Application, by: User, *, at: Any = AT) -> Member:
    services.put_before_board(
        application_id=application.pk, decision_by=TODAY + 14 * DAY, by=by, at=at
    )
    return services.approve_application(
        application_id=application.pk, resolution="2027/3", by=by, at=at
    )


def test_only_what_is_before_the_board_is_decided(
    secretary: User, application: Application
) -> None:
    with pytest.raises(InvalidTransition):
        services.approve_application(
            application_id=application.pk, resolution="2027/3", by=secretary, at=AT
        )
    with pytest.raises(InvalidTransition):
        services.reject_application(
            application_id=application.pk, resolution="2027/3", reason="No.", by=secretary, at=AT
        )
    admit(application, secretary)
    with pytest.raises(InvalidTransition):
        services.withdraw(application_id=application.pk, by=secretary, at=AT)


def test_people_who_are_known_are_not_made_twice(secretary: User, application: Application) -> None:
    kaisa = a_person("Kaisa Kontakti", email=CONTACT["email"])
    people = User.objects.count()
    with NewLetters() as letters:
        member = admit(application, secretary)
    assert User.objects.count() == people + 1, "only Sanna was not known"
    assert member.representatives.get(role="primary").person == kaisa
    assert [name for occasion, name in letters if occasion == "invitation"] == ["Kaisa", "Sanna"]
    # Kaisa can sign in already, and gets no personal link; Sanna gets hers.
    assert OutboxMail.objects.get(reader=kaisa).personal == {}
    sanna = OutboxMail.objects.get(to_address=SIGNATORY["email"])
    assert set(sanna.personal) == {"link"}


NAMESAKE = {"given_name": "kaisa", "family_name": "Kontakti ", "email": ""}


@pytest.mark.parametrize(
    ("contact", "signatory"),
    [
        (CONTACT, CONTACT),
        (CONTACT, NAMESAKE),
        (CONTACT, {**CONTACT, "email": "KAISA@hoyry.example"}),
    ],
)
def test_one_person_in_both_roles_is_invited_once(
    secretary: User, contact: dict[str, str], signatory: dict[str, str]
) -> None:
    application = a_submitted_application(people={"contact": contact, "signatory": signatory})
    with NewLetters() as letters:
        member = admit(application, secretary)
    assert [row.person.given_name for row in member.representatives.all()] == ["Kaisa", "Kaisa"]
    assert member.representatives.values("person").distinct().count() == 1
    assert len([1 for occasion, _ in letters if occasion == "invitation"]) == 1
    told = OutboxMail.objects.get(
        reader=applicant_of(application), key__startswith="application-approved"
    )
    assert "Kaisa Kontakti gets mail that says" in told.text
    assert "cannot be invited" not in told.text


def test_one_person_without_an_address_is_one_person(secretary: User) -> None:
    draft = a_paper_draft(by=secretary, people={"contact": NAMESAKE, "signatory": NAMESAKE})
    services.submit(application_id=draft.pk, by=secretary, at=AT)
    member = admit(draft, secretary)
    assert member.representatives.values("person").distinct().count() == 1


@pytest.mark.parametrize(
    ("signatory", "said"),
    [
        (SIGNATORY, ["Kaisa Kontakti and Sanna Signeeraa each get mail of their own"]),
        (
            {**SIGNATORY, "email": ""},
            ["Kaisa Kontakti gets mail that says", "Sanna Signeeraa cannot be invited"],
        ),
    ],
)
def test_the_applicant_is_told_who_is_invited(
    secretary: User, signatory: dict[str, str], said: list[str]
) -> None:
    application = a_submitted_application(people={"contact": CONTACT, "signatory": signatory})
    admit(application, secretary)
    for reader in (applicant_of(application).email, CONTACT["email"]):
        told = OutboxMail.objects.get(to_address=reader, key__startswith="application-approved")
        assert [sentence for sentence in said if sentence not in told.text] == []


def test_somebody_who_may_not_sign_in_does_not_stop_the_board(
    secretary: User, application: Application
) -> None:
    a_person("Kaisa Kontakti", email=CONTACT["email"], is_active=False)
    with NewLetters() as letters:
        admit(application, secretary)
    assert [name for occasion, name in letters if occasion == "invitation"] == ["Sanna"]


def test_a_member_is_one_from_its_local_day_on(secretary: User, application: Application) -> None:
    from datetime import UTC, datetime

    late = datetime(2027, 2, 2, 22, 30, tzinfo=UTC)  # 00:30 on the 3rd in Helsinki
    member = admit(application, secretary, at=late)
    assert member.periods.get().since == date(2027, 2, 3)
    assert not Member.objects.in_force(date(2027, 2, 2)).exists()
    assert Member.objects.in_force(date(2027, 2, 3)).get() == member


def test_a_company_that_returns_keeps_its_number(secretary: User) -> None:
    before = a_member(number=7, joined=date(2006, 1, 1), until=date(2020, 1, 1), name="Old Name Oy")
    a_member(number=22, business_id=business_id(1))
    former = a_representative(before, a_person("Old Hand"), "primary", since=date(2010, 1, 1))
    member = admit(a_submitted_application(), secretary)
    assert (member.pk, member.number, member.name) == (before.pk, 7, "Höyry & Co Oy")
    assert [(p.since, p.until) for p in member.periods.all()] == [
        (date(2006, 1, 1), date(2020, 1, 1)),
        (TODAY, None),
    ]
    former.refresh_from_db()
    assert former.until == TODAY, "who stood for it before does so no longer"
    newest = admit(
        a_submitted_application(by=a_person("Anni Other"), business_id=business_id(2)), secretary
    )
    assert newest.number == 23


def test_a_company_without_e_mail_is_admitted_too(secretary: User) -> None:
    draft = a_paper_draft(by=secretary)
    services.submit(application_id=draft.pk, by=secretary, at=AT)
    with NewLetters() as letters:
        member = admit(draft, secretary)
    assert letters == [("application-approved", "Siiri")]
    assert member.representatives.count() == 2
    told = OutboxMail.objects.get(key__startswith="application-approved").text
    assert "Kaisa Kontakti could not be invited" in told
    assert "tell the company of the decision by letter or phone" in told


def test_the_companys_people_get_its_language(secretary: User) -> None:
    draft = a_paper_draft(by=secretary, language="sv")
    services.submit(application_id=draft.pk, by=secretary, at=AT)
    member = admit(draft, secretary)
    assert {row.person.language for row in member.representatives.all()} == {"sv"}
    applicant = a_person("Anni Applicant", language="fi")
    application = a_submitted_application(by=applicant, business_id=business_id(1))
    member = admit(application, secretary)
    assert {row.person.language for row in member.representatives.all()} == {"fi"}
    to_contact = OutboxMail.objects.filter(to_address=CONTACT["email"])
    assert set(to_contact.values_list("language", flat=True)) == {"fi"}


def test_a_day_is_expected_put_off_and_taken_back(
    secretary: User, application: Application
) -> None:
    services.put_before_board(application_id=application.pk, decision_by=None, by=secretary, at=AT)
    application.refresh_from_db()
    assert (application.decision_by, application.before_board_at) == (None, AT)
    assert "at a meeting" in OutboxMail.objects.filter(key__startswith="before-the-board")[0].text
    for day in (TODAY, None):
        services.expect_decision(application_id=application.pk, decision_by=day, by=None, at=AT)
        application.refresh_from_db()
        assert application.decision_by == day


def test_the_reason_is_told_to_the_applicant(secretary: User, application: Application) -> None:
    services.put_before_board(application_id=application.pk, decision_by=TODAY, by=secretary, at=AT)
    with NewLetters() as letters:
        services.reject_application(
            application_id=application.pk,
            resolution="2027/3",
            reason="Its site is elsewhere.",
            by=secretary,
            at=AT,
        )
    assert letters == [
        ("application-rejected", "Anni"),
        ("application-rejected", "Siiri"),
        ("application-rejected", CONTACT["email"]),
    ]
    letter = OutboxMail.objects.get(
        reader=applicant_of(application), key__startswith="application-rejected"
    )
    assert "Its site is elsewhere." in letter.text
