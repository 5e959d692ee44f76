"""What the association wrote to a company, for who speaks for it after its readers have gone."""

from typing import Any

import pytest
from django.db import InternalError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kip.accounts.models import User
from kip.audit import services as audit
from kip.audit.models import Ground
from kip.mail.models import OutboxMail
from members import services
from members.models import Member, Representative
from tests.members.factories import (
    DAY,
    a_member,
    a_person,
    a_representative,
    a_secretary,
    business_id,
)

pytestmark = pytest.mark.django_db
NOW = timezone.now()
TODAY = timezone.localdate(NOW)


@pytest.fixture
def secretary() -> User:
    return a_secretary()


@pytest.fixture
def member(secretary: User) -> Member:
    """A company to whose contact the association wrote, before another one came."""
    member = a_member()
    before = a_person("Fanny Former")
    a_representative(member, before, until=TODAY - DAY)
    a_representative(member, a_person("Priita Primary"), since=TODAY - DAY)
    for role in ("voting", "billing", "hr"):
        a_representative(member, a_person(f"Reader {role.title()}"), role)
    declined(member, "Ask PRH first.", by=before, secretary=secretary)
    return member


def declined(member: Member, reply: str, *, by: User, secretary: User) -> None:
    """A letter to the contact of a company."""
    then = NOW - 3 * DAY
    change = services.propose_change(
        member_id=member.pk,
        facts={"name": "Uusi Oy"},
        effective_on=timezone.localdate(then),
        by=by,
        at=then,
    )
    services.decline_change(change_id=change.pk, reply=reply, by=secretary, at=then)


def papers(role: str) -> str:
    person = Representative.objects.in_force(TODAY).get(member__number=1, role=role).person
    client = Client()
    client.force_login(person, backend="kip.accounts.backends.Backend")
    return client.get(reverse("own_papers", args=[1])).content.decode()


@pytest.mark.parametrize(
    ("role", "reads"), [("primary", True), ("voting", True), ("billing", False), ("hr", False)]
)
def test_who_speaks_for_the_company_reads_what_was_written_to_it(
    member: Member, role: str, reads: bool
) -> None:
    text = papers(role)
    assert ("Ask PRH first." in text) == reads
    assert ("Fanny Former" in text) == reads  # to whom


def test_not_what_was_written_to_another_company(member: Member, secretary: User) -> None:
    other = a_member(number=2, name="Other Oy", business_id=business_id(1))
    theirs = a_person("Otto Other")
    a_representative(other, theirs)
    declined(other, "Words to another company.", by=theirs, secretary=secretary)
    assert "Words to another company." not in papers("primary")


def test_not_what_is_its_readers_own(member: Member, secretary: User) -> None:
    """Codes and personal links are nobody else's, nor is the ground on which a role was ended."""
    services.hand_over(
        member_id=member.pk,
        who=services.Who(email="nina@kip.example", given_name="Nina", family_name="New"),
        since=TODAY,
        ground="Has vanished",
        by=secretary,
        at=NOW,
    )
    text = papers("primary")
    assert OutboxMail.objects.filter(text__contains="Has vanished").exists()
    assert "Has vanished" not in text
    personal = OutboxMail.objects.filter(key__startswith="invitation")
    assert personal.exists()
    assert set(personal.values_list("about", flat=True)) == {""}


def test_what_was_written_to_the_other_record_of_the_same_company(
    member: Member, secretary: User
) -> None:
    double = a_member(number=2, name="Höyry Twice Oy", business_id=business_id(1))
    theirs = a_person("Otto Other")
    a_representative(double, theirs)
    declined(double, "Words to the double.", by=theirs, secretary=secretary)
    Member.objects.filter(pk=double.pk).update(double_of=member)
    assert "Words to the double." in papers("voting")


def test_an_erased_readers_letters_are_gone_from_there_too(member: Member, secretary: User) -> None:
    gone = User.objects.get(given_name="Fanny")
    audit.redact(gone, by=secretary, at=NOW, ground=Ground.REQUEST)
    assert "Ask PRH first." not in papers("primary")


def test_the_database_keeps_what_a_letter_is_about(member: Member) -> None:
    letter: Any = OutboxMail.objects.get(about=member.in_letters)
    with pytest.raises(InternalError, match="Cannot update"), transaction.atomic():
        OutboxMail.objects.filter(pk=letter.pk).update(about="")
