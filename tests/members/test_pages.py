"""The applicant's and the secretary's pages: bad input loses nothing, each act works once."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kip.accounts.models import User
from kip.documents.models import Document
from members import services
from members.models import Application, Message, Question, Representative
from members.states import ApplicationStatus
from tests.members.factories import (
    a_draft,
    a_member,
    a_pdf,
    a_person,
    a_secretary,
    a_submitted_application,
    business_id,
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
        ("company", {**COMPANY, "name": ""}, "required"),
        ("company", {**COMPANY, "website": "not an address"}, "valid URL"),
        (
            "activities",
            {"activities": "", "location": "Satamatie 3", "active_from": ""},
            "required",
        ),
        ("people", {"contact_given_name": "Satamatie 3", "contact_email": "x"}, "valid email"),
        (
            "people",
            {
                "contact_given_name": "Satamatie 3",
                "contact_family_name": "B",
                "contact_email": "a@b.example",
            },
            "Name who signs",
        ),
        ("agreement", {"agrees": "on"}, "required"),
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
    assert "There is something to mend" in page
    if "Satamatie 3" in typed.values():
        assert "Satamatie 3" in page
    draft.refresh_from_db()
    assert draft.name == "" and draft.activities == ""


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
    assert "required" in client.post(step(draft, "questions"), {}).content.decode()
    client.post(step(draft, "questions"), {f"question_{question.pk}": typed})
    assert draft.answers.get().text.replace("\r\n", "\n") == kept
    assert client.post(check).status_code == 302
    draft.refresh_from_db()
    assert draft.status == ApplicationStatus.SUBMITTED


def test_files_are_added_and_removed_with_the_draft() -> None:
    applicant = a_person()
    draft = a_draft(by=applicant, at=now())
    client = client_of(applicant)
    client.post(step(draft, "documents"), {"uploads": [a_pdf("a.pdf"), a_pdf("b.pdf")]})
    assert Document.objects.count() == 2
    bad = client.post(step(draft, "documents"), {"uploads": SimpleUploadedFile("c.pdf", b"MZ")})
    assert "c.pdf: This is not a kind of file" in bad.content.decode()
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
    Representative.objects.create(member=member, person=contact, role="primary", since=now().date())
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
    portal.post(answer, {"text": "Three.", "uploads": [a_pdf()]})
    again = portal.post(answer, {"text": "Three."}, follow=True)
    assert "There is no question to answer" in again.content.decode()
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
    desk.post(step(application, "company"), COMPANY)
    desk.post(
        step(application, "activities"),
        {"activities": "Steam", "location": "South", "active_from": "1998"},
    )
    people = {
        "contact_given_name": "Pentti",
        "contact_family_name": "Paperi",
        "contact_signs": "on",
    }
    desk.post(step(application, "people"), people)
    desk.post(step(application, "agreement"), {"agrees": "on", "has_authority": "on"})
    check = reverse("application_check", args=[application.public_id])
    assert "the signed form" in desk.get(check).content.decode()
    assert desk.post(check).status_code == 409
    desk.post(step(application, "documents"), {"kind": "signed_form", "uploads": [a_pdf()]})
    assert desk.post(check).status_code == 302
    application.refresh_from_db()
    assert application.status == ApplicationStatus.SUBMITTED
    assert application.applicant is None
    assert occasions_to(secretary) == ["application-arrived"]


def test_withdrawing_asks_once_and_says_who_is_told() -> None:
    applicant, secretary = a_person(), a_secretary()
    application = a_submitted_application(by=applicant, at=now())
    client = client_of(applicant)
    url = reverse("application_withdraw", args=[application.public_id])
    page = client.get(url).content.decode()
    assert secretary.email and secretary.email in page
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
