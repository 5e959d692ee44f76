"""A mailing from the filtered list to the last letter."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import InternalError, connections
from django.test import Client
from django.urls import reverse

from kip.accounts.models import User
from kip.audit.models import Ground
from kip.audit.services import redact
from kip.bylaws.models import Bylaws
from kip.documents.models import Document
from kip.exceptions import DomainError, InvalidTransition, NotAllowed
from kip.mail import posting
from kip.mail.models import Attempt, OutboxMail, StoppedAddress
from kip.mail.services import send_again
from kip.mail.states import Outcome, Status
from kip.mailings import erasure, services
from kip.mailings.models import Mailing, MailingRecipient
from kip.privacy.periods import months_after
from members.models import Member, Representative
from tests.kip.documents.files import PDF
from tests.members import factories
from tests.members.factories import a_person, a_representative, a_secretary, business_id

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 24, 8, 5, tzinfo=UTC)
WORDS = {"subject_en": "News for {{ name }}", "text_en": "Dear *{{ name }}*"}


@pytest.fixture
def secretary() -> User:
    return a_secretary()


def a_member(number: int, **facts: Any) -> Any:
    return factories.a_member(number=number, business_id=business_id(number), **facts)


def begin(by: User, people: list[User], **changes: Any) -> Mailing:
    what: dict[str, Any] = {
        "audience": "people",
        "rows": [person.pk for person in people],
        "words": WORDS,
        "by": by,
        "at": AT,
    }
    return services.begin_mailing(**(what | changes))


def send(mailing: Mailing, by: User, **changes: Any) -> Mailing:
    number = mailing.recipients.getting_it().count()
    what = {"read": number, "counted": number, "by": by, "at": AT}
    return services.send(mailing_id=mailing.pk, **(what | changes))


def letters(mailing: Mailing) -> Any:
    return OutboxMail.objects.filter(key__startswith=f"mailing:{mailing.pk}:").order_by("pk")


def test_from_the_list_of_members_to_the_letters(secretary: User) -> None:
    """One letter to who stands for two companies, with both as the reason."""
    one, two, other = (a_member(number=n, name=f"C{n} Oy") for n in (1, 2, 3))
    anna = a_person("Anna Both")
    for member in (one, two):
        a_representative(member, anna, "primary")
    a_representative(other, a_person("Olli Other"), "primary")
    client = Client()
    client.force_login(secretary, backend="kip.accounts.backends.Backend")
    write = reverse("admin:mailings_mailing_write", args=["members"])
    listed = client.get(reverse("admin:members_member_changelist"), {"q": "C1"})
    assert f'href="{write}?q=C1"' in listed.content.decode()

    rows = f"{one.pk},{two.pk}"
    cancelled = client.get(write, {"rows": rows, "q": "Oy"}).context["back"]
    assert client.get(cancelled).status_code == 200
    assert cancelled.endswith("?q=Oy")
    page = client.post(
        f"{write}?rows={rows}",
        {"part": "primary", "subject_en": "To {{ company }}", "text_en": "As {{ role }}."},
    )
    mailing = Mailing.objects.get()
    assert page.url == reverse("admin:mailings_mailing_change", args=[mailing.pk])
    [recipient] = mailing.recipients.all()
    assert recipient.person == anna
    send(mailing, secretary)
    assert services.prepare(mailing_id=mailing.pk, at=AT) == 1
    [letter] = letters(mailing)
    assert letter.subject == "To C1 Oy, C2 Oy"
    assert "As primary representative." in letter.text
    assert letter.why == (
        "You get this letter as: primary representative, C1 Oy; primary representative, C2 Oy."
    )


def test_what_is_wrong_stands_beside_the_field_and_nothing_is_lost(secretary: User) -> None:
    person = a_person("Anna A")
    client = Client()
    client.force_login(secretary, backend="kip.accounts.backends.Backend")
    page = client.post(
        reverse("admin:mailings_mailing_write", args=["people"]) + f"?rows={person.pk}",
        {
            "subject_en": "Hello {{ compny }}",
            "text_en": "Typed with care",
            "uploads": SimpleUploadedFile("gates.pdf", b"%PDF-1.4\n%%EOF\n"),
        },
    )
    text = page.content.decode()
    assert "Choose these again, for a browser does not keep files: gates.pdf." in text
    assert "Subject (English)" in text
    assert "There is no field “compny” here." in text and "Typed with care" in text
    assert not Mailing.objects.exists()
    with pytest.raises(DomainError) as refused:
        begin(secretary, [person], words={"subject_en": "x", "text_en": "[x]({{ name }})"})
    assert refused.value.field == "text_en"
    with pytest.raises(DomainError) as refused:
        begin(secretary, [person], words={"subject_fi": "x"})
    assert refused.value.field == "text_fi"
    with pytest.raises(NotAllowed):
        begin(person, [person])


def test_nobody_writes_to_an_empty_list(secretary: User) -> None:
    client = Client()
    client.force_login(secretary, backend="kip.accounts.backends.Backend")
    write = reverse("admin:mailings_mailing_write", args=["members"])
    page = client.get(f"{write}?q=nobody", follow=True)
    assert page.redirect_chain == [(reverse("admin:members_member_changelist") + "?q=nobody", 302)]
    assert "Nobody is in this list." in page.content.decode()


def test_who_is_left_out_and_why(secretary: User) -> None:
    member = a_member(number=1)
    anna, nobody = a_person("Anna A"), a_person("Nils None")
    User.objects.filter(pk=nobody.pk).update(email=None)
    paper = a_person("Paula Paper")
    User.objects.filter(pk=paper.pk).update(channel="letter", postal_address="Katu 1\n67100 K")
    for person in (anna, nobody, paper):
        a_representative(member, person, "safety")
    Representative.objects.create(
        member=member, role="billing", address=anna.email, since=AT.date(), recorded_at=AT
    )
    mailing = begin(secretary, [], audience="members", rows=[member.pk], part="all")
    found = {str(each): each.left_out for each in mailing.recipients.all()}
    assert found == {
        "Anna A": "",
        "Nils None": "no_address",
        "Paula Paper": "",
        anna.email: "double",
    }
    services.leave_out(recipient_id=mailing.recipients.get(person=anna).pk, by=secretary, at=AT)
    assert mailing.recipients.get(person=None).left_out == ""
    services.read_list_again(mailing_id=mailing.pk, by=secretary, at=AT)
    assert mailing.recipients.get(person=anna).left_out == "by_hand"
    client = Client()
    client.force_login(secretary, backend="kip.accounts.backends.Backend")
    page = client.get(reverse("admin:mailings_mailing_change", args=[mailing.pk]))
    assert "Letter on paper: Paula Paper, Katu 1, 67100 K" in page.content.decode()
    preview = reverse("admin:mailings_mailing_preview", args=[mailing.pk])
    on_paper = mailing.recipients.get(person=paper)
    page = client.get(preview, {"recipient": on_paper.pk}).content.decode()
    assert "On paper, to" in page and "<iframe" not in page
    send(mailing, secretary)
    services.prepare(mailing_id=mailing.pk, at=AT)
    found = letters(mailing)
    assert {(each.channel, each.to_address, each.postal_address) for each in found} == {
        ("email", anna.email, ""),
        ("letter", "", "Paula Paper\nKatu 1\n67100 K"),
    }
    assert {each.channel: bool(each.html) for each in found} == {"email": True, "letter": False}


def test_who_reads_on_paper_gets_the_test_copy_by_mail(secretary: User) -> None:
    paper = a_person("Paula Paper")
    User.objects.filter(pk=paper.pk).update(channel="letter", postal_address="Katu 1\n67100 K")
    mailing = begin(secretary, [paper])
    assert services.send_test(mailing_id=mailing.pk, by=secretary, at=AT) == 1
    copy = OutboxMail.objects.get(to_address=secretary.email)
    assert "<em>Paula Paper</em>" in copy.html


def test_an_address_that_letters_come_back_from_gets_none(secretary: User) -> None:
    before, after = a_person("Bea Before"), a_person("Arto After")
    StoppedAddress.objects.create(address=before.email, since=AT)
    mailing = send(begin(secretary, [before, after]), secretary)
    assert mailing.recipients.get(person=before).left_out == "comes_back"
    StoppedAddress.objects.create(address=after.email, since=AT)  # since it was read
    services.prepare(mailing_id=mailing.pk, at=AT)
    assert [each.status for each in letters(mailing)] == ["failed"]


def test_each_reads_their_language_or_the_associations(secretary: User) -> None:
    people = [a_person(f"P{code} X") for code in ("fi", "sv", "en")]
    for person, code in zip(people, ("fi", "sv", "en"), strict=True):
        User.objects.filter(pk=person.pk).update(language=code)
    words = {"subject_fi": "Hei", "text_fi": "Hei", "subject_sv": "Hej", "text_sv": "Hej"}
    mailing = send(begin(secretary, people, words=words), secretary)
    services.prepare(mailing_id=mailing.pk, at=AT)
    assert [(each.subject, each.language) for each in letters(mailing)] == [
        ("Hei", "fi"),
        ("Hej", "sv"),
        ("Hei", "fi"),
    ]


def test_almost_everybody_is_asked_twice(secretary: User) -> None:
    members = [a_member(number=n) for n in range(1, 5)]
    for n, member in enumerate(members):
        a_representative(member, a_person(f"P{n} X"), "primary")
    few = begin(secretary, [], audience="members", rows=[members[0].pk])
    most = begin(secretary, [], audience="members", rows=[each.pk for each in members])
    send(few, secretary, counted=None)
    with pytest.raises(DomainError) as refused:
        send(most, secretary, counted=None)
    assert refused.value.field == "counted"
    client = Client()
    client.force_login(secretary, backend="kip.accounts.backends.Backend")
    page = client.post(reverse("admin:mailings_mailing_send", args=[most.pk]), {"send_at": ""})
    assert page.url == reverse("admin:mailings_mailing_everybody", args=[most.pk])
    client.post(page.url, {"counted": "3", "pressed": "4"})
    for no_hour in ("", "soon", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00"):
        url = f"{page.url}?{urlencode({'send_at': no_hour})}"
        sent = client.post(url, {"counted": "4", "pressed": "4"})
        assert sent.url == reverse("admin:mailings_mailing_send", args=[most.pk])
    most.refresh_from_db()
    assert most.is_draft
    client.post(page.url, {"counted": "4", "pressed": "4"})
    most.refresh_from_db()
    assert most.status == "sending"


def test_nothing_else_goes_than_what_was_read(secretary: User) -> None:
    mailing = begin(secretary, [a_person("Anna A"), a_person("Bo B")])
    with pytest.raises(InvalidTransition):
        send(mailing, secretary, read=1, counted=1)
    send(mailing, secretary)
    with pytest.raises(InvalidTransition):  # a double click
        send(mailing, secretary)
    with pytest.raises(InternalError, match="pgtrigger"):
        Mailing.objects.filter(pk=mailing.pk).update(text_en="Otherwise")


def test_nobody_else_gets_it_than_is_behind_the_list_when_it_is_sent(secretary: User) -> None:
    """A draft may be old: whoever has gone, come or moved since is read first."""
    member = a_member(number=1)
    goes, stays = a_person("Gone G"), a_person("Stay S")
    role = a_representative(member, goes, "safety")
    a_representative(member, stays, "safety")
    mailing = begin(secretary, [], audience="members", rows=[member.pk], part="safety")
    later = AT + timedelta(days=90)

    def refused_until_read_again() -> None:
        with pytest.raises(InvalidTransition, match="read the list again"):
            send(mailing, secretary, at=later)
        services.read_list_again(mailing_id=mailing.pk, by=secretary, at=later)

    Representative.objects.filter(pk=role.pk).update(until=AT.date(), end_recorded_at=AT)
    refused_until_read_again()
    User.objects.filter(pk=stays.pk).update(email="moved@kip.example")
    refused_until_read_again()
    a_representative(member, a_person("New N"), "safety")
    refused_until_read_again()
    User.objects.filter(pk=stays.pk).update(family_name="Spelt-Otherwise")
    send(mailing, secretary, at=later)
    services.prepare(mailing_id=mailing.pk, at=later)
    assert [each.subject for each in letters(mailing)] == [
        "News for Stay Spelt-Otherwise",
        "News for New N",
    ]


def test_at_its_time_nobody_is_added_and_who_has_gone_is_left_out(secretary: User) -> None:
    member = a_member(number=1)
    goes, stays = a_person("Gone G"), a_person("Stay S")
    role = a_representative(member, goes, "safety")
    a_representative(member, stays, "safety")
    mailing = begin(secretary, [], audience="members", rows=[member.pk], part="safety")
    then = AT + timedelta(days=2)
    send(mailing, secretary, send_at=then)
    Representative.objects.filter(pk=role.pk).update(
        until=AT.date() + timedelta(days=1), end_recorded_at=AT
    )
    a_representative(member, a_person("New N"), "safety")
    User.objects.filter(pk=stays.pk).update(email="moved@kip.example")
    services.sweep(at=then - timedelta(minutes=1))
    assert not letters(mailing)
    services.sweep(at=then)
    assert [each.to_address for each in letters(mailing)] == ["moved@kip.example"]
    assert mailing.recipients.get(person=goes).left_out == "gone"


def test_at_its_time_who_shares_an_address_gets_it_when_the_other_does_not(secretary: User) -> None:
    """Left out by hand, or gone: the one who was passed over for the other's sake steps in."""
    member = a_member(number=1)
    anna, olli = a_person("Anna A"), a_person("Olli O")
    roles = [a_representative(member, person, "safety") for person in (anna, olli)]
    for person in (anna, olli):
        Representative.objects.create(
            member=member, role="billing", address=person.email, since=AT.date(), recorded_at=AT
        )
    mailing = begin(secretary, [], audience="members", rows=[member.pk], part="all")
    services.leave_out(recipient_id=mailing.recipients.get(person=anna).pk, by=secretary, at=AT)
    then = AT + timedelta(days=2)
    send(mailing, secretary, send_at=then)
    Representative.objects.filter(pk=roles[1].pk).update(
        until=AT.date() + timedelta(days=1), end_recorded_at=AT
    )
    services.sweep(at=then)
    found = {(row.person, row.address): row.left_out for row in mailing.recipients.all()}
    assert found == {
        (anna, anna.email): "by_hand",
        (None, anna.email): "",
        (olli, olli.email): "gone",
        (None, olli.email): "",
    }
    assert {each.to_address for each in letters(mailing)} == {anna.email, olli.email}


def test_at_its_time_two_have_changed_addresses(secretary: User) -> None:
    anna, olli = a_person("Anna A"), a_person("Olli O")
    mailing = begin(secretary, [anna, olli])
    send(mailing, secretary, send_at=AT + timedelta(hours=1))
    mine, theirs = anna.email, olli.email
    for person, address in ((anna, None), (olli, mine), (anna, theirs)):
        User.objects.filter(pk=person.pk).update(email=address)
    services.sweep(at=AT + timedelta(hours=1))
    assert {each.reader: each.to_address for each in letters(mailing)} == {
        anna: theirs,
        olli: mine,
    }


def test_of_a_list_of_people_too_the_one_who_was_kept_gets_it(secretary: User) -> None:
    double, kept = a_person("Anna Double"), a_person("Anna Kept")
    company, other = a_member(number=1), a_member(number=2)
    a_representative(company, a_person("Olli O"), "primary")
    of_people = begin(secretary, [double])
    of_companies = begin(secretary, [], audience="members", rows=[company.pk])
    for mailing in (of_people, of_companies):
        send(mailing, secretary, send_at=AT + timedelta(hours=1))
    User.objects.filter(pk=double.pk).update(is_active=False, double_of=kept)
    Representative.objects.update(member=other)
    Member.objects.filter(pk=company.pk).update(double_of=other)
    services.sweep(at=AT + timedelta(hours=1))
    assert [each.reader for each in letters(of_people)] == [kept]
    assert letters(of_companies).count() == 1


@pytest.mark.parametrize("both", [False, True])
def test_at_its_time_two_have_been_merged(secretary: User, both: bool) -> None:
    """The one who was kept gets it, once, whoever of them was in the list."""
    member = a_member(number=1)
    double, kept = a_person("Anna Double"), a_person("Anna Kept")
    for person in [double, kept][: 1 + both]:
        a_representative(member, person, "safety")
    mailing = begin(secretary, [], audience="members", rows=[member.pk], part="safety")
    send(mailing, secretary, send_at=AT + timedelta(hours=1))
    User.objects.filter(pk=double.pk).update(is_active=False, double_of=kept)
    Representative.objects.filter(person=double).delete() if both else (
        Representative.objects.filter(person=double).update(person=kept)
    )
    services.sweep(at=AT + timedelta(hours=1))
    assert [(each.reader, each.to_address) for each in letters(mailing)] == [(kept, kept.email)]
    assert [row.person for row in mailing.recipients.all()] == [kept]


def test_who_was_left_out_by_hand_stays_so_at_another_address(secretary: User) -> None:
    anna = a_person("Anna A")
    mailing = begin(secretary, [anna, a_person("Olli O")])
    services.leave_out(recipient_id=mailing.recipients.get(person=anna).pk, by=secretary, at=AT)
    User.objects.filter(pk=anna.pk).update(email="moved@kip.example")
    services.read_list_again(mailing_id=mailing.pk, by=secretary, at=AT)
    assert mailing.recipients.get(person=anna).left_out == "by_hand"


def test_taken_back_it_is_a_draft_again(secretary: User) -> None:
    mailing = send(begin(secretary, [a_person("A A")]), secretary, send_at=AT + timedelta(1))
    services.take_back(mailing_id=mailing.pk, by=secretary, at=AT)
    services.sweep(at=AT + timedelta(days=3))
    mailing.refresh_from_db()
    assert mailing.is_draft and not letters(mailing)
    services.discard_mailing(mailing_id=mailing.pk, by=secretary, at=AT)
    assert not Mailing.objects.exists()


def test_stopped_half_way(secretary: User) -> None:
    """What has left stays sent, what a worker holds goes, the rest says that it was stopped."""
    people = [a_person(f"P{n} X") for n in range(4)]
    mailing = send(begin(secretary, people), secretary)
    services.prepare(mailing_id=mailing.pk, at=AT)
    sent, held, *_rest = letters(mailing)
    sent.move_to(Status.SENT, sent_at=AT)
    OutboxMail.objects.filter(pk=held.pk).update(claimed_until=AT + timedelta(minutes=5))
    assert services.stop_mailing(mailing_id=mailing.pk, by=secretary, at=AT) == 2
    assert [each.status for each in letters(mailing)] == ["sent", "queued", "stopped", "stopped"]
    # The mail server gave back what the worker held: it stays unsent too.
    OutboxMail.objects.filter(pk=held.pk).update(claimed_until=None)
    services.sweep(at=AT + timedelta(minutes=1))
    held.refresh_from_db()
    assert held.in_words() == "Stopped before it left"
    client = Client()
    client.force_login(secretary, backend="kip.accounts.backends.Backend")
    page = client.get(reverse("admin:mailings_mailing_change", args=[mailing.pk]))
    assert "3 letters were not sent, and stay unsent." in page.content.decode()


def test_a_letter_of_a_stopped_mailing_that_a_person_sends_again_goes(secretary: User) -> None:
    mailing = send(begin(secretary, [a_person("A A"), a_person("B B")]), secretary)
    services.prepare(mailing_id=mailing.pk, at=AT)
    failed, held = letters(mailing)
    failed.move_to(Status.FAILED)
    send_again(mail_id=failed.pk, by=secretary, at=AT)  # before: it stays unsent as well
    failed.refresh_from_db()
    failed.move_to(Status.FAILED)
    OutboxMail.objects.filter(pk=held.pk).update(claimed_until=AT + timedelta(minutes=5))
    then = AT + timedelta(minutes=1)
    services.stop_mailing(mailing_id=mailing.pk, by=secretary, at=then)
    send_again(mail_id=failed.pk, by=secretary, at=then + timedelta(minutes=1))
    Attempt.objects.create(mail=failed, at=then + timedelta(minutes=2), outcome=Outcome.DEFERRED)
    OutboxMail.objects.filter(pk=held.pk).update(claimed_until=None)
    services.sweep(at=then + timedelta(minutes=3))
    assert [each.status for each in letters(mailing)] == ["queued", "stopped"]


def test_one_that_cannot_go_on_holds_up_no_other(
    secretary: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from kip.mailings.services import sending

    anna = a_person("Anna A")
    going = send(begin(secretary, [anna]), secretary)
    one, other = (
        send(begin(secretary, [anna]), secretary, send_at=AT + timedelta(hours=hours))
        for hours in (1, 2)
    )
    kept = sending._keep_to_those_read

    def keep(mailing: Mailing, *, at: datetime) -> None:
        if mailing.pk == one.pk:
            raise ValueError("broken")
        kept(mailing, at=at)

    monkeypatch.setattr(sending, "_keep_to_those_read", keep)
    services.sweep(at=AT + timedelta(hours=3))
    one.refresh_from_db()
    assert one.status == "scheduled" and f"Mailing {one.pk} cannot go on" in caplog.text
    assert letters(other).count() == letters(going).count() == 1


@pytest.fixture
def on_paper() -> User:
    return a_person(
        "Paula Paper", email=None, channel="letter", postal_address="Katu 1\n67100 Kokkola"
    )


def test_stopped_while_letters_wait_for_the_post(secretary: User, on_paper: User) -> None:
    mailing = send(begin(secretary, [on_paper, a_person("A A")]), secretary)
    services.prepare(mailing_id=mailing.pk, at=AT)
    letters(mailing).get(channel="email").move_to(Status.SENT, sent_at=AT)
    services.sweep(at=AT)
    mailing.refresh_from_db()
    assert mailing.status == "sent"
    client = Client()
    client.force_login(secretary, backend="kip.accounts.backends.Backend")
    change, stop = (
        reverse(f"admin:mailings_mailing_{name}", args=[mailing.pk]) for name in ("change", "stop")
    )
    assert f'href="{stop}"' in client.get(change).content.decode()
    client.post(stop)
    assert [each.status for each in letters(mailing)] == ["stopped", "sent"]
    page = client.get(change).content.decode()
    assert "1 letter was not sent, and stays unsent." in page and f'href="{stop}"' not in page


def test_when_nothing_waits_nothing_is_stopped(secretary: User, on_paper: User) -> None:
    mailing = send(begin(secretary, [on_paper]), secretary)
    services.sweep(at=AT)
    posting.mark_posted(
        mail_ids=[letters(mailing).get().pk], posted_on=AT.date(), by=secretary, at=AT
    )
    with pytest.raises(InvalidTransition):
        services.stop_mailing(mailing_id=mailing.pk, by=secretary, at=AT)
    mailing.refresh_from_db()
    assert mailing.status == "sent"


def test_a_letter_written_anew_is_the_mailings(secretary: User, on_paper: User) -> None:
    mailing = send(begin(secretary, [on_paper]), secretary)
    services.sweep(at=AT)
    User.objects.filter(pk=on_paper.pk).update(postal_address="Uusi tie 2\n67100 Kokkola")
    anew = posting.write_anew(mail_id=letters(mailing).get().pk, by=secretary, at=AT)
    assert mailing.recipients.get().mail == anew
    services.stop_mailing(mailing_id=mailing.pk, by=secretary, at=AT)
    anew.refresh_from_db()
    assert anew.status == Status.STOPPED


def test_stopped_while_it_is_prepared(secretary: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kip.mailings.services.sending.BATCH", 1)
    people = [a_person(f"P{n} X") for n in range(3)]
    mailing = send(begin(secretary, people), secretary)
    from kip.mailings.services import sending

    assert sending._write_batch(mailing.pk, {}, at=AT) == 1
    services.stop_mailing(mailing_id=mailing.pk, by=secretary, at=AT)
    assert services.prepare(mailing_id=mailing.pk, at=AT) == 0
    assert [each.status for each in letters(mailing)] == ["stopped"]


def test_resumed_after_a_kill_nobody_is_written_to_twice(
    secretary: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kip.mailings.services.sending.BATCH", 2)
    mailing = send(begin(secretary, [a_person(f"P{n} X") for n in range(5)]), secretary)
    from kip.mailings.services import sending

    sending._write_batch(mailing.pk, {}, at=AT)  # and then the worker was killed
    # Its letters were committed, and what it noted of them was not: the key alone protects.
    MailingRecipient.objects.update(mail=None)
    services.sweep(at=AT)
    services.sweep(at=AT)
    assert letters(mailing).count() == 5
    assert not mailing.recipients.filter(mail=None).exists()
    for letter in letters(mailing):
        letter.move_to(Status.SENT, sent_at=AT)
    services.sweep(at=AT)
    mailing.refresh_from_db()
    assert mailing.status == "sent"


@pytest.mark.django_db(transaction=True)
def test_prepared_by_two_workers_at_once(secretary: User) -> None:
    mailing = send(begin(secretary, [a_person(f"P{n} X") for n in range(30)]), secretary)
    failed: list[BaseException] = []

    def work() -> None:
        try:
            services.prepare(mailing_id=mailing.pk, at=AT)
        except BaseException as error:
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert letters(mailing).count() == 30


def test_ten_thousand_are_prepared_in_time(secretary: User) -> None:
    User.objects.bulk_create(
        User(email=f"p{n}@many.example", given_name=f"Given{n}", family_name="Many")
        for n in range(10_000)
    )
    rows = list(User.objects.filter(family_name="Many").values_list("pk", flat=True))
    mailing = send(begin(secretary, [], rows=rows), secretary)
    begun = time.process_time()
    assert services.prepare(mailing_id=mailing.pk, at=AT) == 10_000
    # Of this process; how long the database takes besides is the machine's affair (3 s alone).
    assert time.process_time() - begun < 8
    assert letters(mailing).values("to_address").distinct().count() == 10_000


def test_a_test_copy_goes_to_oneself_alone(secretary: User) -> None:
    mailing = begin(secretary, [a_person("Anna A")])
    assert services.send_test(mailing_id=mailing.pk, by=secretary, at=AT) == 1
    copy = OutboxMail.objects.get(key__startswith="mailing-test:")
    assert (copy.to_address, copy.subject) == (secretary.email, "Test: News for Anna A")
    assert mailing.is_draft


@pytest.mark.parametrize("discarded", [False, True])
def test_what_a_test_copy_has_attached_stays(secretary: User, discarded: bool) -> None:
    uploads = [SimpleUploadedFile(f"{name}.pdf", PDF) for name in ("kept", "gone")]
    mailing = begin(secretary, [a_person("Anna A")], uploads=uploads)
    gone = mailing.attachments.get(name="gone.pdf")
    what = {"mailing_id": mailing.pk, "words": WORDS, "by": secretary, "at": AT}
    services.change_mailing(**what, without=[gone])  # no letter has it
    services.send_test(mailing_id=mailing.pk, by=secretary, at=AT)
    if discarded:
        services.discard_mailing(mailing_id=mailing.pk, by=secretary, at=AT)
    else:
        services.change_mailing(**what, without=list(mailing.attachments.all()))
        assert not mailing.attachments.exists()
    copy = OutboxMail.objects.get(key__startswith="mailing-test:")
    assert [document.name for document in copy.attachments.all()] == ["kept.pdf"]
    assert not Document.objects.filter(pk=gone.pk).exists()


def test_the_preview_is_what_is_sent(secretary: User) -> None:
    person = a_person("Anna <b>A")
    mailing = begin(secretary, [person])
    client = Client()
    client.force_login(secretary, backend="kip.accounts.backends.Backend")
    page = client.get(reverse("admin:mailings_mailing_html", args=[mailing.pk]))
    send(mailing, secretary)
    services.prepare(mailing_id=mailing.pk, at=AT)
    assert page.content.decode() == letters(mailing)[0].html
    assert "sandbox" in page.headers["Content-Security-Policy"]
    assert "Anna &lt;b&gt;A" in letters(mailing)[0].html


def test_an_erasure_reaches_the_recipients(secretary: User) -> None:
    person = a_person("Anna Erased")
    mailing = send(begin(secretary, [person, a_person("Bo B")]), secretary)
    services.prepare(mailing_id=mailing.pk, at=AT)
    redact(person, by=secretary, at=AT, ground=Ground.values[0])
    assert [str(each) for each in mailing.recipients.all()] == ["Bo B"]
    assert letters(mailing).count() == 1


def test_recipients_of_what_was_never_sent_expire_too(secretary: User) -> None:
    person, rules = a_person("Anna A"), Bylaws.objects.in_force_at(AT)
    draft = begin(secretary, [person])
    scheduled = send(begin(secretary, [person]), secretary, send_at=AT + timedelta(days=300))

    def due(*, months: int, days: int = 0) -> set[int]:
        day = months_after(AT.date(), months) + timedelta(days=days)
        at = datetime.combine(day, AT.timetz())
        (expired,) = erasure.expired(at=at, rules=rules)
        found = {row.mailing_id for part in expired.parts for row in part.rows}
        assert (expired.count, expired.oldest) == (len(found), AT if found else None)
        return found

    months = rules.correspondence_months
    assert due(months=months, days=-1) == set()
    assert due(months=months, days=1) == {draft.pk}
    assert due(months=months, days=302) == {draft.pk, scheduled.pk}


def test_a_title_says_what_is_filled_in(secretary: User) -> None:
    person = a_person("A A")
    mailing = begin(
        secretary, [person], words={"subject_en": "News for {{ given_name }}", "text_en": "x"}
    )
    assert str(mailing) == "News for [given name]"


def test_from_the_preview_on_to_sending(secretary: User) -> None:
    words = WORDS | {"subject_fi": "Uutisia", "text_fi": "Hei"}
    file = SimpleUploadedFile("gates.pdf", PDF)
    mailing = begin(secretary, [a_person("A A")], words=words, uploads=[file])
    client = Client()
    client.force_login(secretary, backend="kip.accounts.backends.Backend")
    preview = reverse("admin:mailings_mailing_preview", args=[mailing.pk])
    send_url = reverse("admin:mailings_mailing_send", args=[mailing.pk])
    page = client.get(preview, {"language": "fi"}).content.decode()
    assert "gates.pdf" in page and f'href="{send_url}"' in page
    assert '<strong aria-current="true">Finnish</strong>' in page
    send(mailing, secretary, send_at=AT + timedelta(1))
    assert send_url not in client.get(preview).content.decode()
    waits = client.get(reverse("admin:mailings_mailing_change", args=[mailing.pk]))
    assert "Set to go out by" in waits.content.decode()
    assert "Sent by" not in waits.content.decode()


def test_the_list_says_where_a_mailing_begins(secretary: User) -> None:
    client = Client()
    client.force_login(secretary, backend="kip.accounts.backends.Backend")
    page = client.get(reverse("admin:mailings_mailing_changelist")).content.decode()
    assert "A mailing begins at one of these lists" in page
    for name in ("members_member", "members_representative", "board_seat", "accounts_user"):
        assert f'<a href="{reverse(f"admin:{name}_changelist")}">' in page
