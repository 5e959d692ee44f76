"""Each letter of admission on real rows, in each language: whole, to its reader, with its link."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace as Rows

import pytest
from django.template import engines
from django.urls import reverse

from kip.accounts import services as accounts
from kip.accounts.models import User
from kip.documents.models import Document
from kip.mail.models import OutboxMail
from members.letters import application as letters
from members.models import (
    Application,
    ApplicationDocument,
    ApplicationPerson,
    Member,
    Message,
    MessageKind,
)

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)  # past midnight in Helsinki


@pytest.fixture(autouse=True)
def unresolved_variables_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines["django"].engine, "string_if_invalid", "⟦%s⟧")


@pytest.fixture(params=["en", "fi", "sv"])
def rows(request: pytest.FixtureRequest) -> Rows:
    def person(name: str) -> User:
        return User.objects.create_user(
            f"{name}@kip.example", given_name=name.title(), language=request.param
        )

    secretary, applicant, contact = person("secretary"), person("applicant"), person("contact")
    accounts.make_secretary(person=secretary, by=None, at=AT)
    application = Application.objects.create(
        applicant=applicant,
        name="Höyry & Co Oy",
        business_id="9000001-1",
        domicile="Kokkola",
        begun_at=AT,
        saved_at=AT,
        submitted_at=AT,
        decision_by=date(2026, 12, 24),
        resolution="2026/17",
        reason="Its site is in Kalajoki.\n\nIt may move.",
        language=request.param,
    )
    ApplicationPerson.objects.create(
        application=application, role="contact", given_name="Kaisa", email="kaisa@hoyry.example"
    )
    application.ended_at = AT  # not saved: only what has ended may be dated so
    asked = {"application": application, "written_at": AT, "author": secretary}
    return Rows(
        language=request.param,
        application=application,
        secretary=secretary,
        contact=contact,
        member=Member.objects.create(number=23, name=application.name, registered_since=AT.date()),
        question=Message.objects.create(
            kind=MessageKind.REQUEST, text="From when on?", due=date(2026, 12, 4), **asked
        ),
        answer=Message.objects.create(kind=MessageKind.ANSWER, text="From May on.", **asked),
    )


Write = Callable[[Rows], None]


def approved(rows: Rows, invited: Sequence[User] = (), not_invited: Sequence[User] = ()) -> None:
    letters.approved(rows.application, rows.member, invited=invited, not_invited=not_invited, at=AT)


TO_APPLICANT: dict[str, tuple[Write, list[str]]] = {
    "application_received": (lambda r: letters.application_received(r.application, at=AT), []),
    "information_requested": (
        lambda r: letters.information_requested(r.question, at=AT),
        ["From when on?"],
    ),
    "information_reminder": (
        lambda r: letters.information_reminder(r.question, occasion="soon", at=AT),
        ["From when on?"],
    ),
    "information_overdue": (
        lambda r: letters.information_reminder(r.question, occasion="overdue", at=AT),
        ["From when on?"],
    ),
    "before_the_board": (lambda r: letters.before_the_board(r.application, at=AT), []),
    "withdrawn": (lambda r: letters.withdrawn(r.application, at=AT), []),
    "approved": (lambda r: approved(r, invited=[r.contact, r.secretary]), ["2026/17", "23"]),
    "approved, one invited": (
        lambda r: approved(r, invited=[r.contact], not_invited=[r.secretary]),
        ["Contact", "Secretary"],
    ),
    "approved, nobody invited": (lambda r: approved(r, not_invited=[r.contact]), ["Contact"]),
    "draft_withdrawn": (lambda r: letters.draft_withdrawn(r.application, at=AT), []),
    "rejected": (
        lambda r: letters.rejected(r.application, at=AT),
        ["2026/17", "Its site is in Kalajoki.\n\nIt may move."],
    ),
    "draft_reminder": (
        lambda r: letters.draft_reminder(r.application, lapses_on=date(2026, 12, 8), at=AT),
        [],
    ),
}
TO_SECRETARY: dict[str, tuple[Write, list[str]]] = {
    "application_arrived": (lambda r: letters.application_arrived(r.application, at=AT), []),
    "already_with_the_association": (
        lambda r: letters.already_with_the_association(r.application, [], at=AT),
        ["Applicant", "9000001-1"],
    ),
    "answer_received": (lambda r: letters.answer_received(r.answer, at=AT), ["From May on."]),
    "withdrawn": TO_APPLICANT["withdrawn"],
    "approved": TO_APPLICANT["approved"],
    "approved, one invited": TO_APPLICANT["approved, one invited"],
    "rejected": TO_APPLICANT["rejected"],
    "documents_added": (
        lambda r: letters.documents_added(
            r.application,
            [ApplicationDocument(pk=1, document=Document(name="map.pdf"))],
            by=r.contact,
            at=AT,
        ),
        ["Contact", "map.pdf"],
    ),
}


def only_letter_to(address: str, rows: Rows) -> OutboxMail:
    mail = OutboxMail.objects.get(to_address=address)
    assert mail.language == rows.language
    assert mail.subject.strip()
    assert rows.application.name in mail.subject
    assert rows.application.name in mail.text
    assert not re.search(r"[⟦⟧{}%]|\bNone\b", mail.subject + mail.text), mail.text
    assert "&amp; Co" in mail.html
    assert "⟦" not in mail.html
    return mail


@pytest.mark.parametrize("name", TO_APPLICANT)
def test_to_the_applicant(rows: Rows, name: str) -> None:
    write, facts = TO_APPLICANT[name]
    write(rows)
    mail = only_letter_to("applicant@kip.example", rows)
    assert mail.link.endswith(reverse("application", args=[rows.application.public_id]))
    assert [fact for fact in facts if fact not in mail.text] == []


@pytest.mark.parametrize("name", TO_SECRETARY)
def test_to_the_secretary(rows: Rows, name: str) -> None:
    write, facts = TO_SECRETARY[name]
    write(rows)
    mail = only_letter_to("secretary@kip.example", rows)
    path = reverse("admin:members_application_change", args=[rows.application.pk])
    assert mail.link.endswith(path)
    assert [fact for fact in facts if fact not in mail.text] == []


TO_THE_NAMED_CONTACT = TO_APPLICANT.keys() - {
    *["information_reminder", "information_overdue", "draft_reminder", "draft_withdrawn"]
}


@pytest.mark.parametrize("name", sorted(TO_THE_NAMED_CONTACT))
def test_to_the_contact_at_another_address(rows: Rows, name: str) -> None:
    write, facts = TO_APPLICANT[name]
    write(rows)
    mail = only_letter_to("kaisa@hoyry.example", rows)
    assert not mail.link, "the page is the applicant's"
    assert [fact for fact in facts if fact not in mail.text] == []


@pytest.mark.parametrize("address", ["", "Applicant@kip.example"])
@pytest.mark.parametrize("name", sorted(TO_APPLICANT))
def test_a_contact_who_is_the_applicant_gets_no_second_letter(
    rows: Rows, name: str, address: str
) -> None:
    rows.application.people.update(email=address)
    write, _facts = TO_APPLICANT[name]
    write(rows)
    known = ["applicant@kip.example", "secretary@kip.example"]
    assert not OutboxMail.objects.exclude(to_address__in=known).exists()


def test_the_companys_contact_is_not_told_who_applies(rows: Rows) -> None:
    contacts = [letters.Reader(rows.contact), letters.Reader(rows.contact)]
    letters.already_with_the_association(rows.application, contacts, at=AT)
    mail = only_letter_to("contact@kip.example", rows)
    assert not mail.link
    assert not re.search(r"Applicant|applicant@", mail.text)


@pytest.mark.parametrize("write", [letters.withdrawn, letters.application_received])
def test_nobody_to_tell_when_it_came_on_paper(rows: Rows, write: Callable[..., None]) -> None:
    rows.application.applicant = None
    write(rows.application, at=AT)
    assert not OutboxMail.objects.exclude(to_address="secretary@kip.example").exists()


def test_dates_are_those_of_helsinki(rows: Rows) -> None:
    letters.application_received(rows.application, at=AT)
    text = OutboxMail.objects.get(to_address="applicant@kip.example").text
    arrived = (AT + timedelta(hours=2)).day
    assert re.search(rf"\b{arrived}\.? \w+ 2026", text)
    assert not re.search(r"\b24\.? \w+ 2026", text)
