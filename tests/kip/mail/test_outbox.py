"""Letters are rows first: idempotent, in the reader's language, with nothing secret readable."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.contrib.auth.models import AnonymousUser
from django.core.mail import get_connection
from django.db import InternalError, connection, transaction
from django.template import TemplateSyntaxError
from django.utils.translation import gettext_lazy, override

from kip.accounts.models import User
from kip.audit.models import Ground
from kip.audit.services import redact
from kip.desk import desk
from kip.exceptions import DomainError, InvalidTransition, NotAllowed
from kip.mail import delivery, services
from kip.mail.models import OutboxMail
from kip.mail.states import Outcome, Status
from tests.kip.mail.stand_ins import AT, Clock, MailServer, Post

pytestmark = pytest.mark.django_db


# --- What is written ---------------------------------------------------------------------------


def test_a_letter_says_what_why_and_where_in_both_parts(letter: Post) -> None:
    mail = letter()
    assert mail is not None
    assert mail.subject == "Notice on 24 November 2026"
    for part in (mail.text, mail.html):
        assert "http://127.0.0.1:8000/my/" in part
        assert "Open My KIP" in part
        assert "You get this because you asked." in part
        assert "secretary@kip.example" in part
        assert "Kokkola Industrial Park Association" in part
    assert "To Aino: Satama & Meri Oy.\nA second line." in mail.text
    assert "To Aino: Satama &amp; Meri Oy.<br>A second line." in mail.html
    assert "<li>an extract</li>\n<li>a signature</li>" in mail.html
    assert "\n\n\n" not in mail.text


def test_the_readers_language_and_not_the_writers(letter: Post, reader: User) -> None:
    reader.language = "sv"
    with override("en"):
        mail = letter(why=gettext_lazy("Yes"))
    assert mail is not None
    assert (mail.language, mail.why) == ("sv", "Ja")
    assert mail.subject == "Notice on 24 november 2026"
    assert '<html lang="sv">' in mail.html


def test_an_address_needs_a_language(letter: Post) -> None:
    mail = letter(to="guest@kip.example", language="fi")
    assert mail is not None
    assert (mail.to_address, mail.reader, mail.language) == ("guest@kip.example", None, "fi")
    with pytest.raises(ValueError, match="language"):
        letter("notice:2", to="guest@kip.example")


def test_no_letter_to_a_person_without_an_address(letter: Post, reader: User) -> None:
    reader.email = None
    assert letter() is None
    assert not OutboxMail.objects.exists()


def test_a_template_without_a_body_is_refused(letter: Post) -> None:
    with pytest.raises(TemplateSyntaxError, match="body"):
        letter(template="testing/broken")


def test_the_same_occasion_writes_once_and_spoils_nothing(letter: Post, reader: User) -> None:
    with transaction.atomic():
        first = letter()
        assert letter() is None
        reader.given_name = "Aino-Maria"
        reader.save()
    assert list(OutboxMail.objects.all()) == [first]
    assert User.objects.get(pk=reader.pk).given_name == "Aino-Maria"


# --- The kick ----------------------------------------------------------------------------------


def test_one_kick_for_all_letters_of_a_transaction(
    letter: Post, django_capture_on_commit_callbacks: Any
) -> None:
    @transaction.atomic
    def undone() -> None:
        letter("undone:1")
        raise DomainError("No.")

    with django_capture_on_commit_callbacks() as callbacks:
        with pytest.raises(DomainError):
            undone()
        letter("notice:1")
        with transaction.atomic():
            letter("notice:2")
        letter("notice:3")
    assert callbacks == [services.kick]
    assert OutboxMail.objects.count() == 3


@contextmanager
def nobody_listens() -> Iterator[int]:
    with closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@contextmanager
def silence() -> Iterator[int]:
    """Takes connections and never says a word."""
    with closing(socket.socket()) as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


@contextmanager
def unreachable() -> Iterator[int]:
    """Its queue of connections is full, so that new ones are not even begun."""
    with closing(socket.socket()) as server, closing(socket.socket()) as first:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        waiting = [first, socket.socket(), socket.socket()]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(server.getsockname())
        yield server.getsockname()[1]
        for client in waiting:
            client.close()


@pytest.mark.parametrize("broker", [nobody_listens, silence, unreachable])
def test_an_act_does_not_wait_for_a_dead_broker(
    broker: Any, letter: Post, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with broker() as port:
        monkeypatch.setenv("CELERY_BROKER_WRITE_URL", f"redis://:secret@127.0.0.1:{port}/0")
        begun = time.monotonic()
        services.kick()
        assert time.monotonic() - begun < 1.5
    assert "the sweep will find it" in caplog.text
    assert ":secret@" not in caplog.text


def test_a_living_broker_takes_the_kick(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # A database of the server that no other test looks at.
    broker = f"{os.environ['REDIS_URL'].rpartition('/')[0]}/9"
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", broker)
    with closing(redis.Redis.from_url(broker)) as server:
        server.flushdb()
        services.kick()
        assert server.llen(services.app.conf.task_default_queue) == 1
        server.flushdb()
    assert not caplog.records


# --- Rehearsal ---------------------------------------------------------------------------------


def test_a_rehearsal_tells_the_letters_and_leaves_nothing(
    letter: Post, reader: User, django_capture_on_commit_callbacks: Any
) -> None:
    def act() -> None:
        User.objects.filter(pk=reader.pk).update(given_name="Changed")
        letter("notice:1")
        letter("notice:2", to="guest@kip.example", language="sv")
        letter("notice:2", to="guest@kip.example", language="sv")

    with django_capture_on_commit_callbacks() as callbacks:
        letters = services.rehearse(act)
    assert letters == [
        services.Rehearsed("aino@kip.example", "Aino", "Notice on 24 November 2026"),
        services.Rehearsed("guest@kip.example", "g…@kip.example", "Notice on 24 november 2026"),
    ]
    assert not callbacks
    assert not OutboxMail.objects.exists()
    assert User.objects.get(pk=reader.pk).given_name == "Aino"
    # The keys are free still: the act itself writes what it was said to write.
    assert letter("notice:1") is not None


def test_what_an_act_refuses_its_rehearsal_refuses(letter: Post) -> None:
    def act() -> None:
        letter()
        raise DomainError("No.")

    with pytest.raises(DomainError, match=r"No\."):
        services.rehearse(act)
    assert not OutboxMail.objects.exists()


def test_letters_of_an_invented_past_are_on_file_and_go_to_nobody(
    letter: Post, clock: Clock, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as callbacks, services.sent_long_ago():
        mail = letter(personal={"code": "QX7-429"})
    assert (mail.status, mail.sent_at, mail.personal) == (Status.SENT, AT, {})
    assert not callbacks
    assert delivery.deliver(clock=clock) == 0


# --- Personal values ---------------------------------------------------------------------------

SECRETS = {"code": "QX7-429", "link": "/people/invitation/very-secret-token&x=1/"}


def everything_stored() -> str:
    """All columns of all tables of this app, as SQL shows them."""
    with connection.cursor() as cursor:
        found = []
        for table in ("mail_outboxmail", "mail_attempt"):
            cursor.execute(f"SELECT row_to_json({table})::text FROM {table}")
            found += [row for (row,) in cursor.fetchall()]
    return "\n".join(found)


def test_nobody_reads_a_code_or_a_personal_link_in_the_database(
    letter: Post, mail_server: MailServer, clock: Clock
) -> None:
    mail = letter(personal=SECRETS, link="")
    assert mail is not None
    assert set(mail.personal) == {"code", "link"}
    shown = delivery.as_message(mail).message().as_string()
    for secret in ("QX7-429", "very-secret-token"):
        assert secret not in everything_stored()
        assert secret not in shown
    assert "Your code is [personal code]." in shown
    assert "[personal link]" in shown

    assert delivery.deliver(clock=clock) == 1
    [received] = mail_server.received
    text = received.get_body(("plain",)).get_content()
    html = received.get_body(("html",)).get_content()
    assert "Your code is QX7-429." in text
    assert "http://127.0.0.1:8000/people/invitation/very-secret-token&x=1/" in text
    assert 'href="http://127.0.0.1:8000/people/invitation/very-secret-token&amp;x=1/"' in html
    assert "[[" not in text + html

    mail.refresh_from_db()
    assert mail.personal == {}
    assert "QX7-429" not in everything_stored()


def test_a_server_that_quotes_a_code_does_not_make_it_readable(
    letter: Post, mail_server: MailServer, clock: Clock
) -> None:
    mail_server.answers = ["554 5.7.1 What is QX7-429 supposed to be?"]
    mail = letter(personal=SECRETS, link="")
    delivery.deliver(clock=clock)
    mail.refresh_from_db()
    assert mail.last_error == "554 5.7.1 What is […] supposed to be?"
    assert "QX7-429" not in everything_stored()


def test_letters_sealed_with_a_lost_key_fail_in_plain_words(
    letter: Post, settings: Any, mail_server: MailServer, clock: Clock
) -> None:
    mail = letter(personal=SECRETS, link="")
    settings.SECRET_KEY = "another key, so that nothing sealed before can be opened, ever"
    assert delivery.deliver(clock=clock) == 0
    mail.refresh_from_db()
    assert mail.status == Status.FAILED
    assert mail.in_words() == "Not delivered: The letter cannot be sent as it stands."
    assert not mail_server.received


# --- The database keeps it so ------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE mail_outboxmail SET status = 'failed', sent_at = NULL WHERE key = 'sent'",
        "UPDATE mail_outboxmail SET status = 'sent', sent_at = now() WHERE key = 'failed'",
        "UPDATE mail_outboxmail SET text = 'Other words' WHERE key = 'sent'",
        "UPDATE mail_outboxmail SET to_address = 'x@kip.example' WHERE key = 'failed'",
        'INSERT INTO mail_outboxmail SELECT (jsonb_populate_record(m, \'{"id": 999999,'
        ' "key": "new", "message_id": "<new@kip.example>"}\')).* FROM mail_outboxmail m'
        " WHERE key = 'sent'",
        "UPDATE mail_attempt SET outcome = 'accepted'",
        "DELETE FROM mail_attempt",
    ],
)
def test_ad_hoc_sql_is_refused(
    sql: str, letter: Post, mail_server: MailServer, clock: Clock
) -> None:
    mail_server.answers = ["250 OK", "554 No"]
    letter("sent")
    letter("failed")
    delivery.deliver(clock=clock)
    assert set(OutboxMail.objects.values_list("key", "status")) == {
        ("sent", "sent"),
        ("failed", "failed"),
    }
    with pytest.raises(InternalError, match="pgtrigger"):
        as_if_committed(sql)


@transaction.atomic
def as_if_committed(sql: str = "") -> None:
    """Run ad-hoc SQL, and the checks that wait for the end of a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(f"{sql}; SET CONSTRAINTS ALL IMMEDIATE")


def test_old_letters_go_with_their_history(
    letter: Post, mail_server: MailServer, clock: Clock
) -> None:
    letter("sent")
    delivery.deliver(clock=clock)
    letter("waiting")
    OutboxMail.objects.older_than(AT).delete()
    assert OutboxMail.objects.count() == 2
    OutboxMail.objects.older_than(AT + timedelta(days=1)).delete()
    as_if_committed()
    assert [mail.key for mail in OutboxMail.objects.all()] == ["waiting"]


def test_letters_to_an_address_that_was_never_verified_go_with_it(
    letter: Post, reader: User, mail_server: MailServer, clock: Clock
) -> None:
    letter()
    delivery.deliver(clock=clock)
    reader.delete()
    as_if_committed()
    assert everything_stored() == ""


def test_erasing_a_person_erases_their_letters(
    letter: Post, reader: User, secretary: User, mail_server: MailServer, clock: Clock
) -> None:
    letter("notice:1")
    letter("notice:2", to="Aino@kip.example", language="fi")
    kept = letter("notice:3", to=secretary)
    delivery.deliver(clock=clock)
    redact(reader, by=secretary, at=AT, ground=Ground.REQUEST)
    as_if_committed()
    assert list(OutboxMail.objects.all()) == [kept]
    assert "aino" not in everything_stored().lower()


# --- Sending again -----------------------------------------------------------------------------


def test_the_secretary_sends_again_what_was_given_up(
    letter: Post,
    secretary: User,
    reader: User,
    mail_server: MailServer,
    clock: Clock,
    django_capture_on_commit_callbacks: Any,
) -> None:
    mail = letter()
    assert mail is not None
    mail_server.refuse_reader = "550 5.1.1 No such mailbox"
    delivery.deliver(clock=clock)
    [item] = [item for item in desk(at=AT) if item.group == "Mail that failed"]
    assert "aino@kip.example" in item.text
    assert str(mail.pk) in item.url

    for other in (reader, AnonymousUser(), None):
        with pytest.raises(NotAllowed):
            services.send_again(mail_id=mail.pk, by=other, at=AT)
    # The test is one transaction, and that has its kick: forget it, as a commit would.
    connection.run_on_commit.clear()
    with django_capture_on_commit_callbacks() as callbacks:
        services.send_again(mail_id=mail.pk, by=secretary, at=AT + timedelta(hours=1))
    assert callbacks == [services.kick]
    with pytest.raises(InvalidTransition):
        services.send_again(mail_id=mail.pk, by=secretary, at=AT)

    mail_server.refuse_reader = ""
    clock.passes(3600)
    assert delivery.deliver(clock=clock) == 1
    assert mail_server.received[0]["Message-ID"] == mail.message_id
    assert list(mail.history.values_list("outcome", "by")) == [
        (Outcome.REFUSED, None),
        (Outcome.REQUEUED, secretary.pk),
        (Outcome.ACCEPTED, None),
    ]
    assert not any(item.group == "Mail that failed" for item in desk(at=AT))


def test_the_secretary_sends_again_what_did_not_arrive(
    letter: Post, secretary: User, mail_server: MailServer, clock: Clock
) -> None:
    mail = letter()
    assert mail is not None
    with pytest.raises(InvalidTransition):
        services.send_again(mail_id=mail.pk, by=secretary, at=AT)  # it waits
    delivery.deliver(clock=clock)
    services.send_again(mail_id=mail.pk, by=secretary, at=AT)
    mail.refresh_from_db()
    assert (mail.status, mail.sent_at) == (Status.QUEUED, None)
    assert delivery.deliver(clock=clock) == 1
    first, second = mail_server.received
    assert (first["Message-ID"], first["Date"]) == (second["Message-ID"], second["Date"])
    assert [part.get_payload() for part in first.get_payload()] == [
        part.get_payload() for part in second.get_payload()
    ]


def test_a_code_that_was_sent_is_not_sent_again(
    letter: Post, secretary: User, mail_server: MailServer, clock: Clock
) -> None:
    mail = letter(personal={"code": "QX7-429", "link": "/people/very-secret/"}, link="")
    assert mail is not None
    delivery.deliver(clock=clock)
    with pytest.raises(services.PersonalValuesGone):
        services.send_again(mail_id=mail.pk, by=secretary, at=AT)
    mail.refresh_from_db()
    assert mail.status == Status.SENT


def test_tests_never_reach_a_real_mail_server() -> None:
    assert "smtp" not in type(get_connection()).__module__
