"""The applicant's and the secretary's pages: bad input loses nothing, each act works once."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kip.accounts.models import User
from kip.documents.models import Document
from kip.exceptions import DomainError, NotAllowed
from members import services
from members.completeness import STEP_TITLES
from members.models import Application, Message, Question
from members.services import reminding
from members.states import ApplicationStatus
from tests.members.factories import (
    CONTACT,
    a_draft,
    a_member,
    a_paper_draft,
    a_pdf,
    a_period,
    a_person,
    a_representative,
    a_secretary,
    a_submitted_application,
    business_id,
    fill_in,
    occasions_to,
)

pytestmark = pytest.mark.django_db


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="kip.accounts.backends.Backend")
    return client


def now() -> Any:
    return timezone.now()


def step(application: Application, key: str) -> str:
    return reverse("application_step", args=[application.public_id, key])


COMPANY = {
    "name": "Uusi Oy",
    "country": "FI",
    "business_id": business_id(5),
    "legal_form": "limited company",
    "domicile": "Kokkola",
    "street": "Satamatie 3",
    "postcode": "67900",
    "city": "Kokkola",
}


@pytest.mark.parametrize(
    ("key", "typed", "said"),
    [
        ("company", {**COMPANY, "business_id": "1234567-8"}, "not a Finnish business ID"),
        ("company", {**COMPANY, "business_id": "0000000-0"}, "not a Finnish business ID"),
        ("company", {**COMPANY, "country": "SE", "business_id": "556000-1"}, "Name the register"),
        ("company", {**COMPANY, "name": ""}, "Fill in “Name of the company”."),
        ("company", {**COMPANY, "website": "not an address"}, "Write a web address"),
        ("company", {**COMPANY, "postcode": "6790"}, "five digits"),
        ("company", {**COMPANY, "postcode": "٦٧٩٠٠"}, "five digits"),
        (
            "activities",
            {"activities": "", "location": "Satamatie 3", "active_from": ""},
            "Answer the question “What does the company do in the Park?”.",
        ),
        ("people", {"contact_given_name": "Satamatie 3"}, "Write an e-mail address"),
        (
            "people",
            {
                "contact_given_name": "Satamatie 3",
                "contact_family_name": "B",
                "contact_email": "a@b.example",
            },
            "Name who signs",
        ),
        (
            "people",
            {"contact_signs": "on", "signatory_family_name": "Satamatie 3"},
            "Untick this, or empty the fields below.",
        ),
        ("agreement", {"agrees": "on"}, "Tick this if it is so"),
        # “Save and come back later” checks what is filled in.
        ("company", {"later": "1", "country": "FI", "business_id": "1234567-8"}, "check digit"),
        ("company", {"later": "1", "country": "FI", "postcode": "6790"}, "five digits"),
        ("people", {"later": "1", "contact_email": "x"}, "Write an e-mail address"),
    ],
)
def test_bad_input_is_said_beside_it_and_loses_nothing(
    key: str, typed: dict[str, str], said: str
) -> None:
    applicant = a_person()
    draft = services.begin_application(by=applicant, at=now())
    response = client_of(applicant).post(step(draft, key), typed)
    page = response.content.decode()
    assert response.status_code == 200
    assert said in page
    assert "There is something to mend" in page and "This field is required" not in page
    if "Satamatie 3" in typed.values():
        assert "Satamatie 3" in page
    draft.refresh_from_db()
    assert draft.name == "" and draft.activities == ""


@pytest.mark.parametrize(
    ("typed", "possible"),
    [
        ("+358 (0)40-123 45", True),
        ("040123", True),
        ("1234", False),
        ("call the office", False),
        ("040 123 456 x 7", False),
        ("٠٤٠١٢٣", False),
    ],
)
def test_a_phone_number_is_of_digits(typed: str, possible: bool) -> None:
    applicant = a_person()
    draft = services.begin_application(by=applicant, at=now())
    people = {"later": "1", "contact_phone": typed, "contact_signs": "on"}
    page = client_of(applicant).post(step(draft, "people"), people)
    assert page.status_code == (302 if possible else 200)
    assert possible or "Write a phone number with digits" in page.content.decode()


def test_a_foreign_postcode_is_as_its_country_has_it() -> None:
    applicant = a_person()
    draft = services.begin_application(by=applicant, at=now())
    typed = {**COMPANY, "country": "SE", "business_id": "5", "register": "R", "postcode": "SE-411"}
    assert client_of(applicant).post(step(draft, "company"), typed).status_code == 302


def test_who_comes_back_later_finds_what_was_filled_in() -> None:
    Question.objects.create(
        kind="number", label_fi="V", label_sv="S", label_en="Shifts", required=True
    )
    applicant = a_person(email="anni@kip.example")
    draft = services.begin_application(by=applicant, at=now())
    client = client_of(applicant)
    overview = reverse("application", args=[draft.public_id])
    some: dict[str, dict[str, str]] = {
        "company": {"name": "Uusi Oy", "country": "SE", "business_id": "556000"},
        "activities": {"location": "South"},
        "people": {"contact_given_name": "Aino", "contact_email": "a@b.example"},
        "questions": {},
        "agreement": {"agrees": "on"},
    }
    for key, typed in some.items():
        assert "Save and come back later" in client.get(step(draft, key)).content.decode()
        page = client.post(step(draft, key), {**typed, "later": "1"}, follow=True)
        assert page.request["PATH_INFO"] == overview, key
        assert "Saved. You can continue at any time." in page.content.decode()
        page = client.get(step(draft, key)).content.decode()
        assert all(value in page for value in typed.values())
    page = client.get(overview).content.decode()
    for lacking in ("register", "legal form", "contact, signs for the company", "Shifts"):
        assert lacking in page
    assert client.post(reverse("application_check", args=[draft.public_id])).status_code == 409
    named = {"contact_given_name": "A", "contact_family_name": "B", "contact_signs": "on"}
    client.post(step(draft, "people"), {**named, "later": "1"})
    assert "the contact’s e-mail address" in client.get(overview).content.decode()


def test_one_wrong_field_does_not_lose_the_others_for_who_comes_back_later() -> None:
    applicant = a_person()
    draft = a_draft(by=applicant, at=now())
    client = client_of(applicant)
    typed = {**COMPANY, "business_id": "1234567-8", "website": "?", "later": "1"}
    page = client.post(step(draft, "company"), typed).content.decode()
    assert "Saved, except for what is marked below." in page
    assert 'value="1234567-8"' in page and "not a Finnish business ID" in page
    people = {"contact_given_name": "Aino", "contact_email": "x", "contact_signs": "on"}
    client.post(step(draft, "people"), {**people, "later": "1"})
    draft.refresh_from_db()
    assert (draft.name, draft.street, draft.business_id) == ("Uusi Oy", "Satamatie 3", "")
    contact = draft.people.get(role="contact")
    assert (contact.given_name, contact.email) == ("Aino", CONTACT["email"])


def test_who_signs_now_keeps_nothing_of_who_signed_before() -> None:
    draft = a_draft()
    typed = {"contact_given_name": "Aino", "contact_family_name": "Aalto", "contact_email": "x"}
    client_of(draft.applicant).post(
        step(draft, "people"), {**typed, "contact_signs": "on", "later": "1"}
    )
    signatory = draft.people.get(role="signatory")
    assert (str(signatory), signatory.email) == ("Aino Aalto", "")


@pytest.mark.parametrize("pressed", [{}, {"later": "1"}, {"add": "1"}])
def test_a_chosen_file_is_kept_whatever_is_pressed(pressed: dict[str, str]) -> None:
    applicant = a_person()
    draft = a_draft(by=applicant, at=now())
    client = client_of(applicant)
    answer = client.post(step(draft, "documents"), {"uploads": [a_pdf()], **pressed})
    assert answer.status_code == 302 and draft.documents.count() == 1
    back = step(draft, "documents") + "?back=check"
    onward = client.post(back, pressed | {"uploads": [a_pdf("b.pdf", b"b")]}).headers["Location"]
    check = reverse("application_check", args=[draft.public_id])
    overview = reverse("application", args=[draft.public_id])
    assert onward == {"later": overview, "add": back}.get(next(iter(pressed), ""), check)


def test_the_overview_leads_to_the_first_step_that_lacks_something() -> None:
    applicant = a_person()
    draft = services.begin_application(by=applicant, at=now())
    client = client_of(applicant)
    overview = reverse("application", args=[draft.public_id])

    def onward() -> str:
        page = client.get(overview)
        return page.context["onward"]

    page = client.get(overview).content.decode()
    assert "Fill in the application" in page and ">optional<" in page
    assert onward() == step(draft, "company")
    fill_in(draft, by=applicant, at=now())
    assert onward() == reverse("application_check", args=[draft.public_id])
    client.post(step(draft, "agreement"), {"later": "1"})
    assert onward() == step(draft, "agreement")
    page = client.get(overview).content.decode()
    assert "Continue the application" in page and "Application of Höyry &amp; Co Oy" in page


def test_what_is_checked_stands_in_the_order_of_the_steps() -> None:
    Question.objects.create(kind="text", label_fi="V", label_sv="S", label_en="Shifts")
    applicant = a_person()
    draft = a_draft(by=applicant, at=now())
    services.save_answers(
        application_id=draft.pk,
        answers={Question.objects.get().pk: "three"},
        by=applicant,
        at=now(),
    )
    page = client_of(applicant).get(reverse("application_check", args=[draft.public_id]))
    assert [section.step for section in page.context["sections"]] == list(STEP_TITLES)
    assert all("?back=check" in section.url for section in page.context["sections"])


@pytest.mark.parametrize("key", ["documents", "agreement"])
def test_what_is_wrong_stands_above_the_text_of_a_step(key: str) -> None:
    applicant = a_person()
    draft = services.begin_application(by=applicant, at=now())
    page = client_of(applicant).post(step(draft, key), {"add": "1"}).content.decode()
    main = page.split("</h1>")[1]
    assert main.split("<div", 1)[1].lstrip().startswith('class="error-summary"')
    assert main.count("error-summary-title") == 2  # the one summary, and its name


def test_the_contact_who_signs_is_not_named_twice() -> None:
    applicant = a_person()
    draft = a_draft(by=applicant, at=now(), people={"contact": CONTACT, "signatory": CONTACT})
    page = client_of(applicant).get(step(draft, "people"))
    assert page.content.decode().count("Kontakti") == 1


def test_each_step_leads_to_the_next_and_can_be_continued_elsewhere() -> None:
    applicant = a_person()
    at_home, at_work = client_of(applicant), client_of(applicant)
    at_home.post(reverse("application_begin"))
    draft = Application.objects.get()
    response = at_home.post(step(draft, "company"), COMPANY)
    assert response.headers["Location"] == step(draft, "activities")
    assert "Uusi Oy" in at_work.get(step(draft, "company")).content.decode()
    foreign = {**COMPANY, "country": "SE", "business_id": " se 556000 ", "register": "Bolagsverket"}
    response = at_work.post(step(draft, "company") + "?back=check", foreign)
    assert response.headers["Location"] == reverse("application_check", args=[draft.public_id])
    draft.refresh_from_db()
    assert (draft.country, draft.business_id, draft.register) == ("SE", "SE 556000", "Bolagsverket")


def test_the_register_is_not_called_optional() -> None:
    applicant = a_person()
    draft = services.begin_application(by=applicant, at=now())
    page = client_of(applicant).get(step(draft, "company")).content.decode()
    assert "Register (for a foreign company)" in page
    assert page.count("(optional)") == 2


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("text", "three", "three"),
        ("long_text", "three\nfour", "three\nfour"),
        ("yes_no", "no", "no"),
        ("number", "12", "12"),
    ],
)
def test_the_association_asks_questions_of_its_own(kind: str, typed: str, kept: str) -> None:
    applicant = a_person()
    question = Question.objects.create(
        kind=kind, label_fi="Vuorot", label_sv="Skift", label_en="Shifts", required=True
    )
    draft = a_draft(by=applicant, at=now())
    client = client_of(applicant)
    check = reverse("application_check", args=[draft.public_id])
    assert "Still needed: Shifts" in client.get(check).content.decode()
    assert "There is something" in client.post(step(draft, "questions"), {}).content.decode()
    client.post(step(draft, "questions"), {f"question_{question.pk}": typed})
    assert draft.answers.get().text.replace("\r\n", "\n") == kept
    assert client.post(check).status_code == 302
    draft.refresh_from_db()
    assert draft.status == ApplicationStatus.SUBMITTED


def test_files_are_added_and_removed_with_the_draft() -> None:
    applicant = a_person()
    draft = a_draft(by=applicant, at=now())
    client = client_of(applicant)
    two = [a_pdf("a.pdf"), a_pdf("b.pdf")]
    page = client.post(step(draft, "documents"), {"uploads": two, "add": "1"}, follow=True)
    assert page.request["PATH_INFO"] == step(draft, "documents")
    assert "The files were added." in page.content.decode()
    assert Document.objects.count() == 2
    nothing = client.post(step(draft, "documents"), {"add": "1"})
    assert "Choose a file first." in nothing.content.decode()
    bad = client.post(step(draft, "documents"), {"uploads": SimpleUploadedFile("c.pdf", b"MZ")})
    assert "c.pdf: This is not a kind of file" in bad.content.decode()
    assert "None of the files" not in bad.content.decode()
    two = [a_pdf("d.pdf"), SimpleUploadedFile("c.pdf", b"MZ")]
    bad = client.post(step(draft, "documents"), {"uploads": two})
    assert "None of the files was added." in bad.content.decode()
    assert Document.objects.count() == 2
    row = draft.documents.first()
    assert row is not None
    url = reverse("application_remove_document", args=[draft.public_id, row.pk])
    client.post(url)
    client.post(url)  # a second press
    assert Document.objects.count() == 1


def test_submitting_twice_submits_once() -> None:
    applicant = a_person()
    secretary = a_secretary()
    draft = a_draft(by=applicant, at=now())
    client = client_of(applicant)
    url = reverse("application_check", args=[draft.public_id])
    assert client.post(url).status_code == 302
    assert client.post(url).status_code == 302
    assert occasions_to(applicant) == ["application-received"]
    assert occasions_to(secretary) == ["application-arrived"]


def test_a_company_that_is_here_already_is_told_one_neutral_thing() -> None:
    """Whether it is a member or has applied, the answer is to the letter the same."""
    secretary = a_secretary()
    member = a_member(business_id=business_id(1), name="Jäsen Oy")
    contact = a_person("Joni Jäsen")
    a_representative(member, contact, "primary", since=now().date())
    a_submitted_application(by=a_person("Eka Eka"), at=now(), business_id=business_id(2))
    stranger = a_person("Vieras Vieras")
    said = set()
    for number in (1, 2):
        draft = a_draft(by=stranger, at=now(), business_id=business_id(number))
        url = reverse("application_check", args=[draft.public_id])
        page = client_of(stranger).post(url).content.decode()
        said.add(page.split('role="alert"')[1].split("</p>")[0])
        draft.refresh_from_db()
        assert draft.status == ApplicationStatus.DRAFT
    assert len(said) == 1 and "already with the association" in said.pop()
    assert "already-here" in occasions_to(contact)
    assert occasions_to(secretary).count("already-here-secretary") == 2


def test_the_secretary_is_led_to_the_company_that_is_here_already() -> None:
    secretary = a_secretary()
    member = a_member(number=7, business_id=business_id(1), name="Jäsen Oy")
    other = a_submitted_application(at=now(), business_id=business_id(2), name="Eka Oy")
    for number, path, said in [
        (1, reverse("admin:members_member_change", args=[member.pk]), "Jäsen Oy, member number 7"),
        (2, reverse("admin:members_application_change", args=[other.pk]), "Application of Eka Oy"),
    ]:
        draft = a_paper_draft(by=secretary, at=now(), business_id=business_id(number))
        check = reverse("application_check", args=[draft.public_id])
        page = client_of(secretary).post(check).content.decode()
        assert f'<a href="{path}">{said}</a>' in page


def test_a_nameless_applicant_has_one_address() -> None:
    secretary = a_secretary()
    nameless = a_person("", email="nobody@kip.example")
    draft = services.begin_application(by=nameless, at=now())
    path = reverse("admin:members_application_change", args=[draft.pk])
    page = client_of(secretary).get(path).content.decode()
    assert "nobody@kip.example</dd>" in page and "nobody@kip.example, " not in page


def test_the_secretary_asks_and_the_applicant_answers_with_a_file() -> None:
    applicant, secretary = a_person(), a_secretary()
    application = a_submitted_application(by=applicant, at=now())
    desk = client_of(secretary)
    ask = reverse("admin:members_application_ask", args=[application.pk])
    page = desk.get(ask).content.decode()
    assert applicant.email and applicant.email in page  # who will get mail
    assert Message.objects.count() == 0  # a rehearsal leaves nothing
    past = desk.post(ask, {"text": "Which shifts?", "due": "2020-01-01"})
    assert "at least until tomorrow" in past.content.decode()
    assert "Which shifts?" in past.content.decode()
    desk.post(ask, {"text": "Which shifts?", "due": "2099-01-01"})
    answer = reverse("application_answer", args=[application.public_id])
    portal = client_of(applicant)
    assert "Which shifts?" in portal.get(answer).content.decode()
    assert portal.post(answer, {"text": "Three.", "uploads": [a_pdf()]}).status_code == 302
    assert portal.post(answer, {"text": "Three."}).status_code == 302  # a second press
    assert "no question to answer" in portal.get(answer, follow=True).content.decode()
    late = portal.post(answer, {"text": "No: four, since May."})
    assert late.status_code == 409
    assert "no question to answer any more" in late.content.decode()
    assert "No: four, since May." in late.content.decode(), "what was typed is not lost"
    assert list(Message.objects.values_list("kind", flat=True)) == ["request", "answer"]
    assert application.documents.count() == 1


def test_notes_are_the_secretarys_own() -> None:
    applicant, secretary = a_person(), a_secretary()
    application = a_submitted_application(by=applicant, at=now())
    url = reverse("admin:members_application_note", args=[application.pk])
    client_of(secretary).post(url, {"text": "Called them."})
    page = reverse("application", args=[application.public_id])
    assert "Called them." not in client_of(applicant).get(page).content.decode()
    page = reverse("admin:members_application_change", args=[application.pk])
    assert "Called them." in client_of(secretary).get(page).content.decode()


def test_a_note_that_is_refused_is_not_lost() -> None:
    secretary = a_secretary()
    application = a_submitted_application(at=now())
    desk, url = (
        client_of(secretary),
        reverse("admin:members_application_note", args=[application.pk]),
    )
    empty = desk.post(url, {"text": " "})
    assert "required" in empty.content.decode() and "Höyry" in empty.content.decode()
    assert desk.get(url).status_code == 302
    # Between opening the page and pressing the button the secretary was relieved of the office.
    root = a_person("Root Root", is_superuser=True)
    refused = client_of(root).post(url, {"text": "Called them."})
    assert refused.status_code == 409
    assert "Called them." in refused.content.decode()
    assert "not entitled" in refused.content.decode()


@pytest.mark.parametrize("model", ["application", "member", "question"])
@pytest.mark.parametrize("garbage", ["²", "9" * 30, "x", "-1"])
def test_what_is_no_id_is_no_page(model: str, garbage: str) -> None:
    path = reverse(f"admin:members_{model}_change", args=[garbage])
    assert client_of(a_secretary()).get(path).status_code == 404


def test_a_second_press_begins_no_second_draft() -> None:
    applicant = a_person()
    client = client_of(applicant)
    url = reverse("application_begin")
    first, again = client.post(url), client.post(url)
    assert first.headers["Location"] == again.headers["Location"]
    draft = Application.objects.get()
    client.post(step(draft, "activities"), {"activities": "a", "location": "b", "active_from": "c"})
    client.post(url)
    assert Application.objects.count() == 2, "another company may be applied for at once"


def test_what_was_submitted_says_why_it_cannot_be_edited() -> None:
    applicant = a_person()
    application = a_submitted_application(by=applicant, at=now())
    page = client_of(applicant).post(step(application, "company"), COMPANY, follow=True)
    assert "cannot be edited" in page.content.decode()


def test_two_people_do_not_share_an_address() -> None:
    applicant = a_person()
    draft = services.begin_application(by=applicant, at=now())
    people = {
        "contact_given_name": "Kaisa",
        "contact_family_name": "Kontakti",
        "contact_email": "office@hoyry.example",
        "signatory_given_name": "Sanna",
        "signatory_family_name": "Signeeraa",
        "signatory_email": "Office@hoyry.example",
    }
    client = client_of(applicant)
    page = client.post(step(draft, "people"), people).content.decode()
    assert "Use another address, or leave it empty" in page.split('for="id_signatory_email"')[1]
    assert "Signeeraa" in page
    assert not draft.people.exists()
    assert client.post(step(draft, "people"), {**people, "signatory_email": ""}).status_code == 302
    assert draft.people.count() == 2


def stages_of(application: Application, person: User) -> tuple[list[str], str]:
    page = client_of(person).get(reverse("application", args=[application.public_id]))
    progress = page.context["progress"]
    return [where for _stage, where in progress.stages], str(progress.by or "")


def test_by_when_is_never_a_day_that_has_passed() -> None:
    """Seven days for checking count from the submission, or from the latest answer."""
    applicant, secretary = a_person(), a_secretary()
    today, day = timezone.localdate(), timedelta(days=1)
    application = a_submitted_application(by=applicant, at=now() - 8 * day)
    assert stages_of(application, applicant) == (["done", "now", "ahead", "ahead"], "")
    which = {"application_id": application.pk, "by": secretary}
    services.request_information(text="?", due=today + day, at=now() - 7 * day, **which)
    services.answer_request(
        application_id=application.pk, text="!", by=applicant, at=now() - 2 * day
    )
    assert stages_of(application, applicant)[1] == str(today + 5 * day)
    services.put_before_board(decision_by=today - day, at=now() - 2 * day, **which)
    assert stages_of(application, applicant)[1] == ""
    services.expect_decision(decision_by=today, at=now(), **which)
    assert stages_of(application, applicant)[1] == str(today)


def test_what_ended_on_the_way_has_no_way_ahead() -> None:
    applicant, secretary = a_person(), a_secretary()
    reached: dict[str, Application] = {
        "draft": a_draft(by=applicant, at=now()),
        "submitted": a_submitted_application(by=applicant, at=now(), business_id=business_id(1)),
        "checked": a_submitted_application(by=applicant, at=now(), business_id=business_id(2)),
    }
    services.put_before_board(
        application_id=reached["checked"].pk, decision_by=None, by=secretary, at=now()
    )
    for application in reached.values():
        services.withdraw(application_id=application.pk, by=applicant, at=now())
    assert {name: stages_of(application, applicant) for name, application in reached.items()} == {
        "draft": ([], ""),
        "submitted": (["done"], ""),
        "checked": (["done", "done"], ""),
    }


def test_what_is_said_of_an_application_on_paper_is_true() -> None:
    """Nobody in the company reads mail, and no page says that somebody will."""
    secretary = a_secretary()
    draft = a_paper_draft(by=secretary, at=now(), language="sv")
    desk = client_of(secretary)
    nobody = "Nobody in the company gets mail: tell them by phone or letter."
    check = reverse("application_check", args=[draft.public_id])
    page = desk.get(check).content.decode()
    assert nobody in page and "<dd>svenska</dd>" in page
    desk.post(check)
    for path in (
        reverse("admin:members_application_ask", args=[draft.pk]),
        reverse("admin:members_application_withdraw", args=[draft.pk]),
    ):
        page = desk.get(path).content.decode()
        assert nobody in page
        assert "reminder goes out" not in page and "applicant is asked" not in page
    page = desk.get(reverse("application", args=[draft.public_id])).content.decode()
    assert "You will get mail" not in page
    with_mail = a_paper_draft(
        by=secretary, at=now(), email="k@hoyry.example", business_id=business_id(3)
    )
    page = desk.get(reverse("application_check", args=[with_mail.public_id])).content.decode()
    assert nobody not in page and "the contact gets a receipt" in page


# --- The register -------------------------------------------------------------------------------


def test_the_register_knows_who_is_a_member_today() -> None:
    today, day = timezone.localdate(), timedelta(days=1)
    first = date(2001, 1, 1)
    periods = {
        "In Oy": [(first, None)],
        "Leaving Oy": [(first, today + 30 * day)],
        "Returned Oy": [(first, date(2005, 5, 5)), (date(2010, 10, 10), None)],
        "Left Oy": [(first, date(2005, 5, 5)), (date(2010, 10, 10), date(2015, 12, 15))],
    }
    for number, (name, (earliest, *later)) in enumerate(periods.items(), start=1):
        member = a_member(
            number=number,
            name=name,
            business_id=business_id(number),
            joined=earliest[0],
            until=earliest[1],
        )
        for joined, until in later:
            a_period(member, since=joined, until=until)
    page = client_of(a_secretary()).get(reverse("admin:members_member_changelist"))
    rows = {m.name: (m.since, m.left) for m in page.context["cl"].result_list}
    assert rows == {
        "In Oy": (first, None),
        "Leaving Oy": (first, None),
        "Returned Oy": (date(2010, 10, 10), None),
        "Left Oy": (None, date(2015, 12, 15)),
    }
    public = Client().get("/en/members/").context["page_obj"]
    assert [(entry["name"], entry["since"].year) for entry in public] == [
        ("In Oy", 2001),
        ("Leaving Oy", 2001),
        ("Returned Oy", 2010),
    ]


def test_who_stood_for_a_company_is_apart_from_who_does() -> None:
    member = a_member()
    today = timezone.localdate()
    for name, since, until in [
        ("Old Hand", date(2006, 1, 1), date(2019, 8, 1)),
        ("New Hand", date(2019, 8, 1), None),
    ]:
        a_representative(member, a_person(name), "primary", since=since, until=until)
    assert today > date(2019, 8, 1)
    path = reverse("admin:members_member_change", args=[member.pk])
    page = client_of(a_secretary()).get(path).content.decode()
    present, former = page.split("Former representatives")
    assert "New Hand" in present and "Old Hand" not in present
    assert "Old Hand" in former and "1 August 2019" in former


def test_a_companys_people_see_it() -> None:
    member = a_member(number=7, name="Jäsen Oy")
    insider, former = a_person("Ines Insider"), a_person("Former One")
    since = date(2020, 1, 1)
    a_representative(member, insider, "voting", since=since)
    a_representative(member, former, "primary", since=since, until=date(2021, 1, 1))
    path = reverse("own_company", args=[7])
    mine = client_of(insider)
    assert path in mine.get(reverse("my_kip")).content.decode()
    page = mine.get(path).content.decode()
    assert "Jäsen Oy" in page and "Ines Insider" in page and "oting representative" in page
    assert "2006" in page and "secretary@kip.example" in page
    assert "Former One" not in page
    for person in (former, a_person("Other One"), a_secretary()):
        assert client_of(person).get(path).status_code == 404
    assert mine.get(reverse("own_company", args=[10**30])).status_code == 404


# --- Questions ----------------------------------------------------------------------------------

QUESTION = {
    "kind": "text",
    "label_fi": "Vuorot",
    "label_sv": "Skift",
    "label_en": "Shifts",
    "help_fi": "",
    "help_sv": "",
    "help_en": "",
    "order": "1",
    "asked": "on",
}


def test_the_list_of_questions_says_what_it_is_for_and_what_is_asked() -> None:
    desk = client_of(a_secretary())
    register = reverse("admin:members_question_changelist")
    assert (
        "that the association adds to its application form" in desk.get(register).content.decode()
    )
    assert "Nothing matches." in desk.get(register, {"asked__exact": "0"}).content.decode()
    desk.post(reverse("admin:members_question_add"), QUESTION)
    page = desk.get(register).content.decode()
    assert "icon-yes" not in page
    assert "icon-no" not in page
    assert '<td class="field-required">no</td>' in page


def test_what_is_wrong_in_a_form_of_the_admin_is_linked_to_its_field() -> None:
    add = reverse("admin:members_question_add")
    page = client_of(a_secretary()).post(add, {**QUESTION, "label_sv": ""}).content.decode()
    assert '<a href="#id_label_sv">Fill in “Question in Swedish”.</a>' in page
    assert "errornote" not in page


def test_a_member_from_before_kip_has_no_empty_cells() -> None:
    member = a_member()
    url = reverse("admin:members_member_change", args=[member.pk])
    page = client_of(a_secretary()).get(url).content.decode()
    assert "still a member" in page
    assert "<td></td>" not in page


def test_the_way_to_a_confirmation_page_ends_in_its_title() -> None:
    url = reverse("admin:members_member_correct", args=[a_member().pk])
    page = client_of(a_secretary()).get(url).content.decode()
    trail = page.split('class="breadcrumbs"')[1].split("</div>")[0]
    assert trail.strip().endswith("Correct the facts")


def test_every_public_page_leads_to_the_bylaws() -> None:
    assert 'href="/en/bylaws/"' in Client().get("/en/members/").content.decode()


def test_a_question_that_was_answered_keeps_its_words() -> None:
    secretary, applicant = a_secretary(), a_person()
    desk = client_of(secretary)
    desk.post(reverse("admin:members_question_add"), QUESTION)
    question = Question.objects.get()
    url = reverse("admin:members_question_change", args=[question.pk])
    draft = a_draft(by=applicant, at=now())
    services.save_answers(
        application_id=draft.pk, answers={question.pk: "3"}, by=applicant, at=now()
    )
    assert desk.post(url, {**QUESTION, "label_en": "How many shifts"}).status_code == 302
    services.submit(application_id=draft.pk, by=applicant, at=now())
    asked = {**QUESTION, "label_en": "How many shifts"}
    for changed in ({"label_sv": "Hur många skift"}, {"kind": "number"}):
        page = desk.post(url, {**asked, **changed})
        assert page.status_code == 200
        assert "Switch it off, and add the new one" in page.content.decode()
    with pytest.raises(DomainError):
        services.change_question(
            question_id=question.pk, facts={"label_en": "Else"}, by=secretary, at=now()
        )
    desk.post(url, {**asked, "help_en": "As a number", "asked": ""})
    question.refresh_from_db()
    assert (question.label_en, question.kind) == ("How many shifts", "text")
    assert (question.help_en, question.asked) == ("As a number", False)
    page = desk.get(url).content.decode()
    assert "Siiri Secretary added a question to the application form." in page
    assert "Siiri Secretary changed a question of the application form." in page


def test_only_the_secretary_asks_questions() -> None:
    root = a_person("Root Root", is_superuser=True)
    assert client_of(root).get(reverse("admin:members_question_add")).status_code == 403
    for by in (root, a_person("Other One")):
        with pytest.raises(NotAllowed):
            services.add_question(facts=QUESTION, by=by, at=now())
    assert not Question.objects.exists()


def test_a_reminder_does_not_follow_an_answer() -> None:
    """Whoever holds the application first is first: the clock looks again under its lock."""
    application = a_submitted_application(at=now())
    secretary = a_secretary()
    request = services.request_information(
        application_id=application.pk,
        text="?",
        due=timezone.localdate() + timedelta(days=1),
        by=secretary,
        at=now(),
    )
    assert application.applicant is not None
    services.answer_request(
        application_id=application.pk, text="!", by=application.applicant, at=now()
    )
    reminding._remind_of_request(
        application_id=application.pk, request_id=request.pk, by=None, at=now()
    )
    assert "information-reminder" not in occasions_to(application.applicant)


def test_the_secretary_enters_an_application_from_paper() -> None:
    """For a company without e-mail: the same steps, the signed form, and nobody to write to."""
    secretary = a_secretary()
    desk = client_of(secretary)
    assert (
        "Begin to enter it" in desk.get(reverse("admin:members_application_enter")).content.decode()
    )
    assert not Application.objects.exists()
    desk.post(reverse("admin:members_application_enter"))
    application = Application.objects.get()
    overview = reverse("application", args=[application.public_id])
    on_the_desk = desk.get(reverse("admin:index")).content.decode()
    assert overview in on_the_desk and "came on paper or by phone" in on_the_desk
    assert [url for _text, url in desk.get(overview).context["breadcrumb"]] == [
        reverse("admin:index"),
        reverse("admin:members_application_changelist"),
    ]
    desk.post(step(application, "company"), COMPANY)
    desk.post(
        step(application, "activities"),
        {"activities": "Steam", "location": "South", "active_from": "1998"},
    )
    people = {
        "contact_given_name": "Pentti",
        "contact_family_name": "Paperi",
        "language": "sv",
        "contact_signs": "on",
    }
    desk.post(step(application, "people"), people)
    desk.post(step(application, "agreement"), {"agrees": "on", "has_authority": "on"})
    check = reverse("application_check", args=[application.public_id])
    assert "the signed form" in desk.get(check).content.decode()
    page = desk.get(step(application, "documents")).content.decode()
    assert "Save and continue" in page
    nothing = desk.post(step(application, "documents"), {"kind": "signed_form"})
    assert "Choose a file first." in nothing.content.decode()
    later = desk.post(step(application, "documents"), {"kind": "signed_form", "later": "1"})
    assert later.headers["Location"] == overview
    assert "E-mail address (optional)" in desk.get(step(application, "people")).content.decode()
    assert desk.post(check).status_code == 409
    desk.post(step(application, "documents"), {"kind": "signed_form", "uploads": [a_pdf()]})
    assert (
        "Continue to enter the application of Uusi Oy"
        in desk.get(reverse("admin:index")).content.decode()
    )
    assert desk.post(check).status_code == 302
    assert "Continue to enter" not in desk.get(reverse("admin:index")).content.decode()
    application.refresh_from_db()
    assert application.status == ApplicationStatus.SUBMITTED
    assert (application.applicant, application.language) == (None, "sv")
    assert occasions_to(secretary) == ["application-arrived"]


def test_withdrawing_asks_once_and_says_who_is_told() -> None:
    applicant, secretary = a_person(), a_secretary()
    application = a_submitted_application(by=applicant, at=now())
    client = client_of(applicant)
    url = reverse("application_withdraw", args=[application.public_id])
    page = client.get(url).content.decode()
    assert str(secretary) in page
    application.refresh_from_db()
    assert application.is_open
    response = client.post(url)
    assert [str(m) for m in get_messages(response.wsgi_request)] == [
        "The application has been withdrawn."
    ]
    again = client.post(url)
    assert again.status_code == 302
    assert occasions_to(applicant).count("application-withdrawn") == 1


def test_a_person_without_an_application_begins_with_the_address(client: Client) -> None:
    response = client.post("/en/apply/", {"email": "Uusi.Ihminen@Example.ORG"})
    assert response.headers["Location"].startswith(reverse("account_confirm_login_code"))
    person = User.objects.get()
    assert person.email == "uusi.ihminen@example.org"
    assert client.post("/en/apply/", {"email": "no address"}).status_code == 200
