from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from kip.accounts.models import User
from members.erasure import personal_rows, why_not
from members.models import Application, ApplicationPerson, PersonRole, Representative
from members.states import ApplicationStatus
from tests.members.factories import a_member, a_representative

AT = datetime(2026, 3, 17, 12, 5, tzinfo=UTC)
LATER = AT + timedelta(days=800)


@pytest.fixture
def anna(db):
    return User.objects.create_user("anna@kip.example", given_name="Anna", family_name="Aalto")


def named(application, role=PersonRole.CONTACT, **who):
    return ApplicationPerson.objects.create(
        application=application,
        role=role,
        **({"given_name": "Anna", "family_name": "Aalto", "email": ""} | who),
    )


def application_by(person, *, ended=True):
    application = Application.objects.create(applicant=person, begun_at=AT, saved_at=AT)
    if ended:
        application.move_to(ApplicationStatus.LAPSED, ended_at=AT)
    return application


def test_whom_an_applicant_named_is_found_by_address_and_by_name(anna):
    other = User.objects.create_user("bo@kip.example")
    mine, theirs = application_by(anna), application_by(other)
    found = [
        named(mine),
        named(mine, PersonRole.SIGNATORY, given_name="A.", email="Anna@kip.example"),
        named(theirs, email="anna@kip.example"),
    ]
    named(theirs, PersonRole.SIGNATORY)  # a namesake, in somebody else's application

    rows = rows_of(anna)
    assert set(rows[ApplicationPerson].rows) == set(found)
    assert not rows[Representative].rows


def test_not_while_the_application_is_open(anna):
    named(application_by(anna, ended=False))
    assert "still open" in " ".join(why_not(person=anna, at=LATER))


def test_not_while_the_person_stands_for_a_company_or_is_to(anna):
    member = a_member()
    today = timezone.localdate(LATER)
    for fields in (
        {"person": anna, "role": "primary", "since": today + timedelta(days=9)},
        {"person": None, "role": "billing", "address": "anna@kip.example", "since": today},
    ):
        row = a_representative(member, **fields)
        assert "stands for a member company" in " ".join(why_not(person=anna, at=LATER))
        row.delete()
    assert why_not(person=anna, at=LATER) == []


def test_the_address_of_invoices_of_once_goes(anna):
    row = a_representative(
        a_member(), None, "billing", address="anna@kip.example", until=timezone.localdate(AT)
    )
    invoices = rows_of(anna)[Representative]
    assert (list(invoices.rows), invoices.delete) == ([row], True)


def rows_of(person):
    return {part.rows.model: part for part in personal_rows(person=person, at=LATER)}
