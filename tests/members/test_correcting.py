"""The secretary corrects what is kept of a company: checked as it was when it was filled in."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from kip.audit.timeline import entries_of
from kip.exceptions import DomainError, InvalidTransition, NotAllowed
from members import services
from members.models import Application, Member
from tests.members.factories import (
    AT,
    FACTS,
    NewLetters,
    a_draft,
    a_member,
    a_person,
    a_secretary,
    a_submitted_application,
    business_id,
)

pytestmark = pytest.mark.django_db


def correct(company: Application | Member, facts: dict[str, Any], by: Any, at: Any = AT) -> Any:
    if isinstance(company, Member):
        return services.correct_member(member_id=company.pk, facts=facts, by=by, at=at)
    return services.correct_application(application_id=company.pk, facts=facts, by=by, at=at)


def a_company(kind: str) -> Application | Member:
    return a_member() if kind == "member" else a_submitted_application()


@pytest.mark.parametrize("kind", ["application", "member"])
def test_a_correction_is_kept_and_stands_in_the_history(kind: str) -> None:
    company, secretary = a_company(kind), a_secretary()
    with NewLetters() as letters:
        correct(company, {"name": "Höyry Oy", "city": "Karleby"}, secretary)
    assert letters == []
    company.refresh_from_db()
    assert (company.name, company.city, company.street) == ("Höyry Oy", "Karleby", FACTS["street"])
    entry = entries_of(company)[0]
    assert entry.sentence == "Siiri Secretary corrected the facts of the company."
    assert "Town: Kokkola → Karleby" in entry.changes


@pytest.mark.parametrize("kind", ["application", "member"])
@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"business_id": "1234567-8"}, "business_id"),
        ({"name": ""}, "name"),
        ({"activities": ""}, "activities"),
        ({"country": "SE", "business_id": "556012-5790"}, "register"),
        ({"business_id": business_id(1)}, "business_id"),  # a member's
        ({"business_id": business_id(2)}, "business_id"),  # an applicant's
    ],
)
def test_what_cannot_be_kept_is_said_beside_its_field(
    kind: str, facts: dict[str, str], field: str
) -> None:
    company, secretary = a_company(kind), a_secretary()
    a_member(number=8, name="Jäsen Oy", business_id=business_id(1))
    a_submitted_application(by=a_person("Eka Eka"), business_id=business_id(2))
    with pytest.raises(DomainError) as refused:
        correct(company, facts, secretary)
    assert refused.value.field == field
    company.refresh_from_db()
    assert company.facts() == FACTS | {"register": "", "website": "", "parent_company": ""}


def test_a_company_that_left_may_be_the_one_that_applies_again() -> None:
    secretary = a_secretary()
    left = a_member(until=date(2015, 1, 1), business_id=business_id(1))
    application = a_submitted_application(business_id=business_id(2))
    assert correct(left, {"business_id": business_id(2)}, secretary).business_id == business_id(2)
    assert correct(application, {"name": "Höyry Oy"}, secretary).name == "Höyry Oy"
    with pytest.raises(DomainError):  # but two rows of the register are two companies
        correct(
            a_member(number=2, business_id=business_id(3)),
            {"business_id": business_id(2)},
            secretary,
        )


def test_only_what_is_with_the_association_is_corrected_and_only_by_the_secretary() -> None:
    secretary, applicant = a_secretary(), a_person("Anni Applicant")
    with pytest.raises(InvalidTransition):
        correct(a_draft(by=applicant), {"name": "X"}, secretary)
    application = a_submitted_application(by=applicant)
    for by in (applicant, a_person("Root Root", is_superuser=True)):
        for company in (application, a_member(number=by.pk, business_id="")):
            with pytest.raises(NotAllowed):
                correct(company, {"name": "X"}, by)
    with pytest.raises(ValueError, match="status"):
        correct(application, {"status": "approved"}, secretary)


@pytest.mark.parametrize("kind", ["application", "member"])
def test_the_page_leads_to_it_and_loses_nothing(kind: str) -> None:
    company = a_company(kind)
    desk = Client()
    desk.force_login(a_secretary(), backend="kip.accounts.backends.Backend")
    path = reverse(f"admin:members_{kind}_correct", args=[company.pk])
    here = reverse(f"admin:members_{kind}_change", args=[company.pk])
    assert path in desk.get(here).content.decode()
    page = desk.get(path).content.decode()
    assert "Makes steam." in page and "No mail goes out." in page
    typed = {**FACTS, "name": "Höyry Oy", "business_id": "1234567-8"}
    page = desk.post(path, typed).content.decode()
    assert "not a Finnish business ID" in page and "Höyry Oy" in page
    page = desk.post(path, {**typed, "business_id": FACTS["business_id"]}, follow=True)
    assert page.request["PATH_INFO"] == here
    assert "The facts have been corrected." in page.content.decode()
    company.refresh_from_db()
    assert company.name == "Höyry Oy"
    assert "<dd>Finland</dd>" in page.content.decode()
