"""The application form: saved at every step, complete before it is submitted."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from kip.exceptions import DomainError, InvalidTransition, NotAllowed
from members import services
from members.completeness import is_complete, steps
from members.models import Application, Question, QuestionKind
from tests.members.factories import (
    AT,
    DAY,
    FACTS,
    NewLetters,
    a_draft,
    a_paper_draft,
    a_pdf,
    a_person,
    a_secretary,
    fill_in,
)

pytestmark = pytest.mark.django_db


def lacking(application: Application) -> set[str]:
    application = Application.objects.get(pk=application.pk)
    return {step.key for step in steps(application) if not step.is_complete}


def test_a_draft_is_saved_step_by_step_until_it_is_complete() -> None:
    by = a_person("Anni Applicant")
    with NewLetters() as letters:
        application = services.begin_application(by=by, at=AT)
        assert lacking(application) == {"company", "activities", "people", "agreement"}
        fill_in(application, by=by, at=AT + DAY)
    assert letters == []
    assert lacking(application) == set()
    assert (application.begun_at, application.saved_at) == (AT, AT + DAY)
    assert (application.status, application.applicant) == ("draft", by)


@pytest.mark.parametrize(
    "blank",
    [
        *["name", "business_id", "legal_form", "domicile", "street", "postcode", "city"],
        *["activities", "location", "active_from", "agrees", "has_authority"],
    ],
)
def test_what_is_missing_is_not_submitted(blank: str) -> None:
    draft = a_draft(**{blank: False if blank in {"agrees", "has_authority"} else ""})
    assert not is_complete(draft)
    assert draft.applicant is not None
    with pytest.raises(DomainError):
        services.submit(application_id=draft.pk, by=draft.applicant, at=AT)
    assert Application.objects.get().status == "draft"


@pytest.mark.parametrize("optional", ["website", "parent_company", "register"])
def test_what_is_optional_may_be_missing(optional: str) -> None:
    assert is_complete(a_draft(**{optional: ""}))


def test_a_foreign_company_names_its_register() -> None:
    swedish = {"country": "SE", "business_id": "556012-5790"}
    draft = a_draft(**swedish)
    assert lacking(draft) == {"company"}
    assert draft.applicant is not None
    fill_in(draft, by=draft.applicant, **swedish, register="Bolagsverket")
    assert is_complete(draft)


def test_the_business_id_is_kept_in_one_form() -> None:
    draft = a_draft(business_id="FI 12345671")
    assert draft.business_id == "1234567-1"
    assert draft.applicant is not None
    with pytest.raises(DomainError) as refused:
        services.save_draft(
            application_id=draft.pk,
            facts={"business_id": "1234567-8"},
            by=draft.applicant,
            at=AT,
        )
    assert refused.value.field == "business_id"
    draft.refresh_from_db()
    assert draft.business_id == "1234567-1"


def test_the_associations_own_questions_are_answered() -> None:
    question = Question.objects.create(
        kind=QuestionKind.TEXT,
        label_fi="Miksi?",
        label_sv="Varför?",
        label_en="Why?",
        required=True,
    )
    draft = a_draft()
    assert lacking(draft) == {"questions"}
    assert draft.applicant is not None
    for text, lacks in (("", {"questions"}), ("Because.", set())):
        services.save_answers(
            application_id=draft.pk, answers={question.pk: text}, by=draft.applicant, at=AT
        )
        assert lacking(draft) == lacks
    question.asked = False
    question.save()
    assert draft.answers.get().text == "Because."


def test_nobody_else_touches_a_draft() -> None:
    draft = a_draft()
    others = [a_person("Other One"), a_person("Root Root", is_superuser=True), a_secretary()]
    acts: list[tuple[Any, dict[str, Any]]] = [
        (services.save_draft, {"facts": {"name": "Mine"}}),
        (services.save_people, {"people": {}}),
        (services.save_answers, {"answers": {}}),
        (services.remove_document, {"document_id": 1}),
        (services.submit, {}),
    ]
    for by, (act, more) in product(others, acts):
        with pytest.raises(NotAllowed):
            act(application_id=draft.pk, by=by, at=AT, **more)
    draft.refresh_from_db()
    assert draft.name == FACTS["name"]


def test_documents_are_added_and_taken_off_while_it_is_a_draft() -> None:
    draft = a_draft()
    by = draft.applicant
    assert by is not None
    which = {"application_id": draft.pk, "by": by, "at": AT + DAY}
    services.add_documents(uploads=[a_pdf("one.pdf"), a_pdf("two.pdf")], **which)
    one, _two = draft.documents.all()
    services.remove_document(document_id=one.pk, **which)
    assert draft.documents.count() == 1
    draft.refresh_from_db()
    assert draft.saved_at == AT + DAY
    with pytest.raises(NotAllowed):
        services.add_documents(
            application_id=draft.pk, uploads=[a_pdf()], by=a_person("Other One"), at=AT
        )


def test_a_submitted_application_is_no_draft_any_more() -> None:
    draft = a_draft()
    by = draft.applicant
    assert by is not None
    which = {"application_id": draft.pk, "by": by, "at": AT}
    services.submit(**which)
    for act in (
        lambda: services.save_draft(facts={"name": "New"}, **which),
        lambda: services.save_people(people={}, **which),
        lambda: services.submit(**which),
    ):
        with pytest.raises(InvalidTransition):
            act()
    services.add_documents(uploads=[a_pdf()], **which)  # may be added until it is decided
    services.withdraw(**which)
    with pytest.raises(InvalidTransition):
        services.add_documents(uploads=[a_pdf()], **which)


def test_only_fields_of_the_form_are_saved() -> None:
    draft = a_draft()
    assert draft.applicant is not None
    with pytest.raises(ValueError, match="status"):
        services.save_draft(
            application_id=draft.pk, facts={"status": "approved"}, by=draft.applicant, at=AT
        )


# --- From paper ---------------------------------------------------------------------------------


def test_a_whole_application_is_entered_from_paper_with_the_signed_form() -> None:
    secretary = a_secretary()
    with pytest.raises(NotAllowed):
        services.begin_on_behalf(by=a_person("Other One"), at=AT)
    draft = a_paper_draft(by=secretary, signed=False)
    assert lacking(draft) == {"documents"}
    services.add_documents(
        application_id=draft.pk, uploads=[a_pdf()], kind="attachment", by=secretary, at=AT
    )
    assert lacking(draft) == {"documents"}
    services.add_documents(
        application_id=draft.pk, uploads=[a_pdf()], kind="signed_form", by=secretary, at=AT
    )
    with NewLetters() as letters:
        assert services.submit(application_id=draft.pk, by=secretary, at=AT)
    assert letters == [("application-arrived", "Siiri")], "the company has no e-mail"
    draft.refresh_from_db()
    assert (draft.status, draft.applicant, draft.entered_by) == ("submitted", None, secretary)


def test_a_contact_with_e_mail_follows_it_online() -> None:
    secretary = a_secretary()
    known = a_person("Kaisa Kontakti", email="kaisa@hoyry.example")
    draft = a_paper_draft(by=secretary, email="KAISA@hoyry.example")
    with NewLetters() as letters:
        services.submit(application_id=draft.pk, by=secretary, at=AT)
    draft.refresh_from_db()
    assert draft.applicant == known, "nobody is made twice"
    assert letters == [("application-arrived", "Siiri"), ("application-received", "Kaisa")]


# --- Untouched ----------------------------------------------------------------------------------


def test_an_untouched_draft_is_reminded_of_and_lapses_after_90_days() -> None:
    draft = a_draft()
    second = timedelta(seconds=1)
    for run, letters_then, status in [
        (AT + 76 * DAY - second, [], "draft"),
        (AT + 76 * DAY, [("draft-reminder", "Anni")], "draft"),
        (AT + 77 * DAY, [], "draft"),
        (AT + 90 * DAY - second, [], "draft"),
        (AT + 90 * DAY, [], "lapsed"),
        (AT + 91 * DAY, [], "lapsed"),
    ]:
        with NewLetters() as letters:
            services.remind_and_lapse(at=run)
        draft.refresh_from_db()
        assert (letters, draft.status) == (letters_then, status), run
    assert draft.ended_at == AT + 90 * DAY


def test_no_draft_lapses_without_its_two_weeks_notice() -> None:
    """The clock stood still for 100 days: the reminder comes first, and once."""
    draft = a_draft()
    for run, status in [(100, "draft"), (101, "draft"), (113, "draft"), (114, "lapsed")]:
        services.remind_and_lapse(at=AT + run * DAY)
        draft.refresh_from_db()
        assert draft.status == status, run
    with NewLetters() as letters:
        services.remind_and_lapse(at=AT + 200 * DAY)
    assert letters == []


def test_a_draft_taken_up_again_begins_anew() -> None:
    draft = a_draft()
    services.remind_and_lapse(at=AT + 80 * DAY)
    assert draft.applicant is not None
    services.save_draft(
        application_id=draft.pk, facts={"city": "Kokkola"}, by=draft.applicant, at=AT + 85 * DAY
    )
    services.remind_and_lapse(at=AT + 120 * DAY)
    draft.refresh_from_db()
    assert draft.status == "draft"
    with NewLetters() as letters:
        services.remind_and_lapse(at=AT + (85 + 76) * DAY)
    assert letters == [("draft-reminder", "Anni")]


def test_of_a_paper_draft_the_secretary_is_reminded() -> None:
    a_paper_draft(by=a_secretary())
    with NewLetters() as letters:
        services.remind_and_lapse(at=AT + 80 * DAY)
    assert letters == [("draft-reminder", "Siiri")]
