"""Letters that come back: noted once, and after enough of them nothing is sent to the address."""

import io
import mailbox
import re
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from kip.accounts.backends import Backend
from kip.accounts.models import User
from kip.audit.models import Ground
from kip.audit.services import redact
from kip.desk import Waiting, desk, my_kip
from kip.exceptions import DomainError, InvalidTransition, NotAllowed
from kip.mail import delivery, posting, receiving, services
from kip.mail.models import Attempt, OutboxMail, StoppedAddress
from kip.mail.receiving import (
    ComeAgain,
    Taken,
    address_proved,
    on_address_stopped,
    receive,
    received,
    try_again,
)
from kip.mail.states import Channel, Outcome, Status
from tests.kip.mail.reports import SERVERS, exchange, gmail, postfix, reply
from tests.kip.mail.stand_ins import AT, Clock, MailServer, Post

pytestmark = pytest.mark.django_db

TOKEN = "a-token-of-at-least-thirty-two-characters"
DAY = timedelta(days=1)


def take(raw: bytes, at: datetime = AT) -> Taken:
    return receive(raw, by=None, at=at)


@pytest.fixture
def sent(letter: Post, mail_server: MailServer, clock: Clock) -> Any:
    """Post a notice and have it sent."""

    def send(key: str = "notice:1", **changes: Any) -> Any:
        mail = letter(key, **changes)
        delivery.deliver(clock=clock)
        mail.refresh_from_db()
        assert mail.status == Status.SENT
        return mail

    return send


@pytest.fixture
def stopped(sent: Any) -> StoppedAddress:
    """No such mailbox, said of two letters."""
    for n in (1, 2):
        take(postfix(of=sent(f"back:{n}").message_id, nth=n))
    return StoppedAddress.objects.get()


@pytest.fixture
def told() -> Iterator[list[dict[str, Any]]]:
    heard: list[dict[str, Any]] = []

    def hear(**news: Any) -> None:
        heard.append(news)

    on_address_stopped.register(hear)
    yield heard
    on_address_stopped._receivers.remove(hear)


# --- One letter ---------------------------------------------------------------------------------


@pytest.mark.parametrize("server", SERVERS)
def test_a_letter_comes_back(server: str, sent: Any) -> None:
    mail = sent()
    assert take(SERVERS[server](of=mail.message_id)) == Taken.BOUNCE
    mail.refresh_from_db()
    assert mail.status == Status.BOUNCED
    assert mail.sent_at is not None
    last = mail.history.get(outcome=Outcome.BOUNCED)
    assert mail.in_words() == f"Came back: {last.answer}"
    assert re.match(r"(550 |552-)?\d\.\d\.\d+", last.answer)


def test_the_same_report_counts_once(sent: Any) -> None:
    mail = sent()
    raw = postfix(of=mail.message_id)
    assert [take(raw), take(b"Received: again\r\n" + raw)] == [Taken.BOUNCE, Taken.KNOWN]
    assert mail.history.filter(outcome=Outcome.BOUNCED).count() == 1
    # Nor does it bring back what was sent once more meanwhile.
    mail.refresh_from_db()
    mail.move_to(Status.QUEUED, sent_at=None)
    mail.move_to(Status.SENT, sent_at=AT)
    assert take(raw) == Taken.KNOWN
    mail.refresh_from_db()
    assert mail.status == Status.SENT


def test_many_reports_of_one_letter_do_not_fill_its_history(sent: Any) -> None:
    mail = sent()
    for nth in range(20):
        take(postfix(of=mail.message_id, nth=nth))
    assert mail.history.filter(outcome=Outcome.BOUNCED).count() == 10
    assert not StoppedAddress.objects.exists()


@pytest.mark.parametrize(
    "raw",
    [
        reply(),
        b"",
        b"\xff\x00" * 5000,
        postfix(to="nobody@kip.example"),
        postfix(to="nobody@kip.example", of="<forged@127.0.0.1>"),
    ],
)
def test_what_is_not_about_a_letter_of_ours_changes_nothing(raw: bytes, sent: Any) -> None:
    mail = sent()
    assert take(raw) == Taken.NOBODYS
    assert [row.outcome for row in mail.history.all()] == [Outcome.ACCEPTED]


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_other_news_of_a_letter_change_nothing(action: str, sent: Any) -> None:
    mail = sent()
    assert take(postfix(of=mail.message_id, action=action)) == Taken.NOBODYS
    mail.refresh_from_db()
    assert mail.status == Status.SENT


def test_a_forged_report_brings_nothing_back_and_stops_nothing(sent: Any) -> None:
    """It names the address, and of our letters none: noted once, with the latest, and no more."""
    mails = [sent(f"notice:{n}") for n in range(3)]
    raws = [postfix(of=f"<guessed{n}@127.0.0.1>", nth=n) for n in range(9)]
    assert {take(raw) for raw in raws} == {Taken.HEARSAY, Taken.KNOWN}
    assert set(OutboxMail.objects.values_list("status", flat=True)) == {Status.SENT}
    [row] = Attempt.objects.filter(outcome=Outcome.HEARSAY)
    assert (row.mail, row.weight) == (mails[-1], 0)
    assert not StoppedAddress.objects.exists()
    assert take(raws[0], AT + 8 * DAY) == Taken.NOBODYS


def test_who_knows_one_letter_cannot_stop_another_address(sent: Any, secretary: User) -> None:
    for n in range(4):
        own = sent(f"own:{n}")
        assert take(postfix(of=own.message_id, to="secretary@kip.example", nth=n)) == Taken.BOUNCE
    assert not StoppedAddress.objects.exists()
    assert not Attempt.objects.filter(weight__gt=0).exists()


def test_a_report_that_overtakes_the_letter_comes_again(letter: Post) -> None:
    mail = letter()
    OutboxMail.objects.filter(pk=mail.pk).update(claimed_until=AT + DAY, attempts=1)
    with pytest.raises(ComeAgain):
        take(postfix(of=mail.message_id))
    mail.refresh_from_db()
    mail.move_to(Status.SENT, sent_at=AT, claimed_until=None)
    assert take(postfix(of=mail.message_id)) == Taken.BOUNCE


def test_what_is_no_report_is_offered_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(received, "_receivers", [lambda *, raw, at: b"away until" in raw])
    assert take(reply()) == Taken.HOOKED
    assert take(reply("Thanks!")) == Taken.NOBODYS


# --- The address --------------------------------------------------------------------------------


def test_two_letters_without_a_mailbox_stop_the_address(
    sent: Any, told: list[Any], reader: User
) -> None:
    first, second = sent("notice:1"), sent("notice:2")
    take(postfix(of=first.message_id, nth=1))
    assert not StoppedAddress.objects.exists()
    take(postfix(of=second.message_id, nth=2), AT + DAY)
    stopped = StoppedAddress.objects.get()
    assert (stopped.address, stopped.reader, stopped.since) == (reader.email, reader, AT + DAY)
    assert stopped.said == "550 5.1.1 Nobody of that name here"
    assert told == [{"person": reader, "address": reader.email, "at": AT + DAY}]


@pytest.mark.parametrize(
    ("status", "days_apart", "letters", "stops"),
    [
        ("5.4.1", 1, 2, False),
        ("5.4.1", 1, 3, True),
        ("5.4.1", 31, 3, False),  # three, and never within sixty days
        ("5.1.1", 61, 2, False),
        ("5.2.2", 1, 9, False),
        ("5.7.1", 1, 9, False),
        ("4.4.7", 1, 9, False),
    ],
)
def test_what_stops_an_address(
    status: str, days_apart: int, letters: int, stops: bool, sent: Any
) -> None:
    for n in range(letters):
        raw = postfix(of=sent(f"notice:{n}").message_id, status=status, said="No.", nth=n)
        take(raw, AT + n * days_apart * DAY)
    assert StoppedAddress.objects.exists() == stops


@pytest.mark.parametrize(
    ("answer", "stops"),
    [
        ("550 5.1.1 No such user", True),
        ("550 No", False),  # names no class: weighs one, and two of them are not enough
        ("552 5.2.2 Mailbox full", False),
        ("450 4.2.1 Later", False),
    ],
)
def test_a_final_no_of_the_own_server_counts_too(
    answer: str, stops: bool, letter: Post, mail_server: MailServer, clock: Clock, told: list[Any]
) -> None:
    mail_server.refuse_reader = answer
    for n in (1, 2):
        letter(f"notice:{n}")
        delivery.deliver(clock=clock, refused=receiving.refused)
    assert StoppedAddress.objects.exists() == bool(told) == stops


def test_what_waits_when_an_address_is_stopped_is_given_up(
    sent: Any, letter: Post, mail_server: MailServer, clock: Clock
) -> None:
    back = [sent(f"back:{n}") for n in (1, 2)]
    waiting = letter("later:1")
    code = letter("later:2", personal={"code": "QX7-429"})
    for n, mail in enumerate(back):
        take(postfix(of=mail.message_id, nth=n))
    for mail, status in ((waiting, Status.FAILED), (code, Status.QUEUED)):
        mail.refresh_from_db()
        assert mail.status == status
    assert [row.outcome for row in waiting.history.all()] == [Outcome.HELD]


def test_one_letter_that_comes_back_again_and_again_stops_nothing(sent: Any) -> None:
    mail = sent()
    for n in range(5):
        take(postfix(of=mail.message_id, nth=n))
    assert not StoppedAddress.objects.exists()


def test_letters_to_a_stopped_address_are_written_and_not_sent(
    letter: Post, stopped: StoppedAddress, mail_server: MailServer, clock: Clock
) -> None:
    before = len(mail_server.received)
    mail = letter("later:1")
    other = letter("later:2", to="Aino@Kip.example", language="fi")
    code = letter("later:3", personal={"code": "QX7-429", "link": "/x/"}, asked_for=True)
    assert delivery.deliver(clock=clock) == 1
    assert [got["Message-ID"] for got in mail_server.received[before:]] == [code.message_id]
    for held in (mail, other):
        held.refresh_from_db()
        assert held.status == Status.FAILED
        assert held.in_words() == (
            "Not delivered: Letters to this address come back, so sending to it has stopped."
        )
        assert [row.outcome for row in held.history.all()] == [Outcome.HELD]


def test_the_secretary_has_it_tried_again(
    letter: Post,
    sent: Any,
    stopped: StoppedAddress,
    secretary: User,
    reader: User,
    mail_server: MailServer,
    clock: Clock,
) -> None:
    held = letter("later:1")
    with pytest.raises(InvalidTransition, match="to be tried again"):
        services.send_again(mail_id=held.pk, by=secretary, at=AT)
    for other in (reader, None, User.objects.create_superuser("root@kip.example")):
        with pytest.raises(NotAllowed):
            try_again(stopped_id=stopped.pk, by=other, at=AT + DAY)
    try_again(stopped_id=stopped.pk, by=secretary, at=AT + DAY)
    with pytest.raises(InvalidTransition):
        try_again(stopped_id=stopped.pk, by=secretary, at=AT + DAY)
    held.refresh_from_db()
    assert held.status == Status.FAILED
    services.send_again(mail_id=held.pk, by=secretary, at=AT)
    assert delivery.deliver(clock=clock) == 1
    # It is counted from the beginning.
    take(postfix(of=held.message_id, nth=5), AT + 2 * DAY)
    assert not StoppedAddress.objects.filter(until=None).exists()
    take(postfix(of=sent("later:2").message_id, nth=6), AT + 2 * DAY)
    assert StoppedAddress.objects.filter(until=None).count() == 1


def test_whoever_types_the_code_has_the_address(stopped: StoppedAddress, letter: Post) -> None:
    address_proved(address="AINO@kip.example", by=None, at=AT + DAY)
    stopped.refresh_from_db()
    assert (stopped.until, stopped.ended_by) == (AT + DAY, None)
    assert letter("later:1").status == Status.QUEUED


def test_a_code_to_a_stopped_address_arrives_and_proves_it(
    client: Client,
    stopped: StoppedAddress,
    reader: User,
    mail_server: MailServer,
    django_capture_on_commit_callbacks: Any,
) -> None:
    client.post(reverse("account_request_login_code"), {"email": reader.email})
    delivery.deliver()
    text = mail_server.received[-1].get_body(("plain",)).get_content()
    [code] = re.findall(r"\b\d{4}-\d{4}\b", text)
    assert StoppedAddress.objects.filter(until=None).exists()
    client.post(reverse("account_confirm_login_code"), {"code": code})
    assert not StoppedAddress.objects.filter(until=None).exists()


def of_letters(at: datetime) -> list[Waiting]:
    """What of the desk is about mail."""
    return [item for item in desk(at=at) if "/mail/" in item.url]


def test_what_waits_for_whom(stopped: StoppedAddress, reader: User, sent: Any) -> None:
    [item] = of_letters(AT)
    assert item.text == "Letters to aino@kip.example come back: sending to it has stopped"
    assert item.url == reverse("admin:mail_stoppedaddress_change", args=[stopped.pk])
    [own] = my_kip(user=Backend().get_user(reader.pk), at=AT)
    assert own.text == "Our letters to you come back: check your address"
    # With another address, there is nothing to settle.
    reader.email = "aino@firma.example"
    reader.save()
    assert of_letters(AT) == [] == my_kip(user=Backend().get_user(reader.pk), at=AT)
    mail = sent("new:1")
    take(gmail(of=mail.message_id, to="aino@firma.example"))
    [item] = of_letters(AT)
    assert item.text == "1 letter to aino@firma.example came back"
    assert "aino%40firma.example" in item.url
    assert of_letters(AT + 31 * DAY) == []


def test_an_erasure_forgets_the_address(
    stopped: StoppedAddress, reader: User, secretary: User
) -> None:
    redact(reader, by=secretary, at=AT, ground=Ground.REQUEST)
    assert not StoppedAddress.objects.exists()
    assert not Attempt.objects.exists()


# --- The database keeps it so ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE mail_stoppedaddress SET address = 'other@kip.example'",
        "UPDATE mail_stoppedaddress SET since = now()",
        "INSERT INTO mail_stoppedaddress (address, since, said)"
        " SELECT address, since, '' FROM mail_stoppedaddress",
        "INSERT INTO mail_stoppedaddress (address, since, said) VALUES ('Aino@x.fi', now(), '')",
        "UPDATE mail_stoppedaddress SET until = since - interval '1 day'",
        "UPDATE mail_stoppedaddress SET ended_by_id = reader_id",
        "INSERT INTO mail_attempt (mail_id, at, outcome, answer, report, weight)"
        " SELECT mail_id, at, outcome, '', report, 0 FROM mail_attempt WHERE report <> ''",
        "INSERT INTO mail_attempt (mail_id, at, outcome, answer, report, weight)"
        " SELECT id, now(), 'accepted', '', 'x', 1 FROM mail_outboxmail",
    ],
)
def test_ad_hoc_sql_is_refused(sql: str, stopped: StoppedAddress) -> None:
    with (
        pytest.raises((DatabaseError, IntegrityError)),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


@pytest.mark.django_db(transaction=True)
def test_the_same_report_from_two_at_once_counts_once(sent: Any) -> None:
    _at_once([postfix(of=sent("notice:1").message_id)] * 4)
    assert Attempt.objects.filter(outcome=Outcome.BOUNCED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_letters_that_come_back_at_once_stop_the_address(sent: Any, told: list[Any]) -> None:
    _at_once([postfix(of=sent(f"notice:{n}").message_id, nth=n) for n in range(4)])
    assert StoppedAddress.objects.count() == 1
    assert len(told) == 1


def _at_once(raws: list[bytes]) -> None:
    together = threading.Barrier(len(raws))
    wrong: list[Exception] = []

    def one(raw: bytes) -> None:
        try:
            together.wait(10)
            take(raw)
        except Exception as error:
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=[raw]) for raw in raws]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not wrong


# --- How messages get here ------------------------------------------------------------------------


def hand_over(client: Client, raw: bytes, token: str = TOKEN, **headers: Any) -> Any:
    return client.post(
        reverse("receive_mail"),
        data=raw,
        content_type="message/rfc822",
        headers={"Authorization": f"Bearer {token}", **headers},
    )


@pytest.fixture
def listening(settings: Any) -> Iterator[Client]:
    settings.MAIL_RECEIVE_TOKEN = TOKEN
    cache.clear()
    yield Client(enforce_csrf_checks=True)
    cache.clear()


def test_by_http_with_the_token(listening: Client, sent: Any) -> None:
    mail = sent()
    for became in ("bounce", "known"):
        answer = hand_over(listening, postfix(of=mail.message_id))
        assert (answer.status_code, answer.content) == (200, f"{became}\n".encode())
    mail.refresh_from_db()
    assert mail.status == Status.BOUNCED
    assert listening.get(reverse("receive_mail")).status_code == 405


def test_a_body_that_was_not_read_is_not_taken(listening: Client) -> None:
    """In chunks it comes without a length; what was taken would not be sent again."""
    for length, status in (("", 411), ("many", 411), ("0", 400)):
        answer = hand_over(listening, b"", **{"Content-Length": length})
        assert answer.status_code == status


@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x", "ä" * 40])
def test_by_http_without_it(token: str, listening: Client, sent: Any) -> None:
    mail = sent()
    answer = hand_over(listening, postfix(of=mail.message_id), token.encode().decode("latin-1"))
    assert answer.status_code == 401
    mail.refresh_from_db()
    assert mail.status == Status.SENT


def test_who_guesses_is_slowed_down_and_the_mail_server_is_not(listening: Client) -> None:
    answers = [hand_over(listening, b"x", "wrong").status_code for _ in range(21)]
    assert answers == [401] * 20 + [429]
    assert hand_over(listening, b"x").status_code == 200


@pytest.mark.parametrize("token", ["", TOKEN])
def test_there_is_no_such_page_while_no_token_is_set(token: str, client: Client) -> None:
    assert hand_over(client, postfix(), token).status_code == 404


def test_a_letter_of_many_megabytes_is_taken_and_one_of_more_is_not(
    listening: Client, sent: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = sent()
    large = postfix(of=mail.message_id).replace(b"Hi.", b"x" * 5_000_000)
    assert hand_over(listening, large).content == b"bounce\n"
    monkeypatch.setattr("kip.mail.views.MOST_BYTES", 1000)
    assert hand_over(listening, large).status_code == 413


def test_one_that_is_to_come_again_says_so(listening: Client, letter: Post) -> None:
    mail = letter()
    OutboxMail.objects.filter(pk=mail.pk).update(claimed_until=AT + DAY, attempts=1)
    answer = hand_over(listening, postfix(of=mail.message_id))
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")


def test_from_a_pipe(sent: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    mail = sent()
    raw = postfix(of=mail.message_id)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
    call_command("receive_mail")
    mail.refresh_from_db()
    assert mail.status == Status.BOUNCED


def test_from_files_an_mbox_and_a_maildir(sent: Any, tmp_path: Path) -> None:
    mails = [sent(f"notice:{n}", to=f"a{n}@x.example", language="fi") for n in range(5)]
    raws = [postfix(of=mail.message_id, to=mail.to_address, nth=n) for n, mail in enumerate(mails)]
    (tmp_path / "one.eml").write_bytes(raws[0])
    box = mailbox.mbox(tmp_path / "box")
    maildir = mailbox.Maildir(tmp_path / "Maildir")
    for raw in raws[1:3]:
        box.add(raw)
    box.close()
    for raw in raws[3:]:
        maildir.add(raw)
    paths = [str(tmp_path / name) for name in ("one.eml", "box", "Maildir")]
    out = io.StringIO()
    call_command("receive_mail", *paths, stdout=out)
    assert out.getvalue() == "5 bounce\n"
    assert OutboxMail.objects.came_back().count() == 5
    # Only the Maildir remembers, and forgets when told to.
    out = io.StringIO()
    call_command("receive_mail", *paths, stdout=out)
    assert out.getvalue() == "3 known\n"
    assert [file.name[-4:] for file in (tmp_path / "Maildir" / "cur").iterdir()] == [":2,S"] * 2
    maildir.add(raws[3])
    call_command("receive_mail", str(tmp_path / "Maildir"), "--delete", stdout=io.StringIO())
    assert len(list((tmp_path / "Maildir").rglob("*S"))) == 2
    assert not list((tmp_path / "Maildir" / "new").iterdir())


def test_what_cannot_be_taken_now_stays_with_the_mail_server(
    letter: Post, sent: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting, other = letter("notice:1"), None
    OutboxMail.objects.filter(pk=waiting.pk).update(claimed_until=AT + DAY, attempts=1)
    other = sent("notice:2")
    maildir = mailbox.Maildir(tmp_path / "Maildir")
    for n, mail in enumerate([waiting, other]):
        maildir.add(exchange(of=mail.message_id) if n else postfix(of=mail.message_id))
    with pytest.raises(CommandError) as refused:
        call_command("receive_mail", str(tmp_path / "Maildir"), stdout=io.StringIO())
    assert refused.value.returncode == 75
    other.refresh_from_db()
    assert other.status == Status.BOUNCED  # the rest is not held up
    assert len(list((tmp_path / "Maildir" / "new").iterdir())) == 1

    def away(*args: Any, **kwargs: Any) -> None:
        raise DatabaseError("the database is away")

    monkeypatch.setattr("kip.mail.receiving.receive", away)
    with pytest.raises(CommandError) as refused:
        call_command("receive_mail", str(tmp_path / "Maildir"), stdout=io.StringIO())
    assert refused.value.returncode == 75


def test_the_envelope_says_where_letters_come_back_to(
    settings: Any, letter: Post, mail_server: MailServer, clock: Clock
) -> None:
    settings.BOUNCE_ADDRESS = "bounces@kip.example"
    letter()
    delivery.deliver(clock=clock)
    assert mail_server.senders == ["bounces@kip.example"]
    [got] = mail_server.received
    assert (got["From"], got["Reply-To"]) == (
        "KIP <kip@kip.example>",
        "secretary@kip.example",
    )


def test_the_page_of_an_address_that_was_never_proved_lets_it_be_changed(
    client: Client, secretary: User, stopped: StoppedAddress, reader: User
) -> None:
    client.force_login(secretary)
    page = reverse("admin:mail_stoppedaddress_change", args=[stopped.pk])
    change = reverse("admin:accounts_user_address", args=[reader.pk])
    assert change in client.get(page).content.decode()
    client.post(change, {"email": "aino@firma.example", "once": "a"})
    assert change not in client.get(page).content.decode()
    assert of_letters(AT) == []


def test_who_is_written_to_on_paper_now_gets_there_what_came_back(
    client: Client, letter: Post, secretary: User, stopped: StoppedAddress, reader: User
) -> None:
    client.force_login(secretary)
    held, code = letter("later:1"), letter("later:2", personal={"code": "QX7-429"})
    page = reverse("admin:mail_stoppedaddress_change", args=[stopped.pk])
    anew = reverse("admin:mail_outboxmail_write_anew", args=[held.pk])
    of_held = reverse("admin:mail_outboxmail_change", args=[held.pk])
    assert "set to letter on paper" in client.get(page).content.decode()
    assert anew not in client.get(page).content.decode()
    shown = client.get(of_held).content.decode()
    assert "It cannot be sent again" in shown
    assert "/send-again/" not in shown
    reader.channel, reader.postal_address = Channel.LETTER, "Tehtaantie 1\n67900 Kokkola"
    reader.save()
    assert of_letters(AT) == []
    assert "written to on paper now" in client.get(page).content.decode()
    assert client.get(page).content.decode().count("/write-anew/") == 3  # not the code
    assert anew in client.get(of_held).content.decode()
    with pytest.raises(DomainError, match="never put on paper"):
        posting.write_anew(mail_id=code.pk, by=secretary, at=AT)
    assert "The e-mail stays unsent." in client.get(anew).content.decode()
    client.post(anew, {"once": "a"})
    [waits] = OutboxMail.objects.to_post()
    assert waits.postal_address == "Aino\nTehtaantie 1\n67900 Kokkola"
    assert (waits.channel, waits.html, waits.reader) == (Channel.LETTER, "", reader)
    assert "Satama & Meri Oy" in waits.text
    assert "Open My KIP:\n127.0.0.1:8000/my" in waits.text
    assert "Questions? Write to" in waits.text
    assert "Answer this letter" not in waits.text
    assert anew not in client.get(page).content.decode()
    held.refresh_from_db()
    assert held.status == Status.FAILED
    with pytest.raises(InvalidTransition):
        posting.write_anew(mail_id=held.pk, by=secretary, at=AT)
