from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from kip.accounts.models import User
from kip.exceptions import DomainError
from members.erasure import personal_rows
from members.models import Application, ApplicationPerson, PersonRole
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

    part, invoices, _imports, *_merges = personal_rows(person=anna, at=LATER)
    assert set(part.rows) == set(found)
    assert not invoices.rows


def test_not_while_the_application_is_open(anna):
    named(application_by(anna, ended=False))
    with pytest.raises(DomainError, match="still open"):
        personal_rows(person=anna, at=LATER)


def test_not_while_the_person_stands_for_a_company_or_is_to(anna):
    member = a_member()
    today = timezone.localdate(LATER)
    for fields in (
        {"person": anna, "role": "primary", "since": today + timedelta(days=9)},
        {"person": None, "role": "billing", "address": "anna@kip.example", "since": today},
    ):
        row = a_representative(member, **fields)
        with pytest.raises(DomainError, match="stands for a member company"):
            personal_rows(person=anna, at=LATER)
        row.delete()


def test_the_address_of_invoices_of_once_goes(anna):
    row = a_representative(
        a_member(), None, "billing", address="anna@kip.example", until=timezone.localdate(AT)
    )
    _named, invoices, _imports, *_merges = personal_rows(person=anna, at=LATER)
    assert (list(invoices.rows), invoices.delete) == ([row], True)
