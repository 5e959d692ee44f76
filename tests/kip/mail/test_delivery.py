"""Delivery against a real mail server that answers as it is told."""

import contextlib
import threading
import time
from typing import Any

import pytest
from django.db import connections

from kip.celery import app
from kip.local.servers import free_port
from kip.mail import delivery, tasks
from kip.mail.models import OutboxMail
from kip.mail.states import Outcome, Status
from tests.kip.mail.stand_ins import AT, Clock, MailServer, Post

pytestmark = pytest.mark.django_db

A_MINUTE = 60


def test_the_clock_sweeps_each_minute() -> None:
    sweep = app.conf.beat_schedule["sweep-mail"]
    assert sweep == {"task": tasks.sweep.name, "schedule": 60.0}


def outcomes(mail: OutboxMail) -> list[str]:
    return list(mail.history.values_list("outcome", flat=True))


def test_what_arrives(letter: Post, mail_server: MailServer, clock: Clock) -> None:
    mail = letter()
    assert delivery.deliver(clock=clock) == 1
    assert delivery.deliver(clock=clock) == 0
    [received] = mail_server.received
    assert {name: received[name] for name in ("From", "To", "Reply-To", "Subject")} == {
        "From": "KIP <kip@kip.example>",
        "To": "aino@kip.example",
        "Reply-To": "secretary@kip.example",
        "Subject": "Notice on 24 November 2026",
    }
    assert received["Message-ID"] == mail.message_id
    assert received["Message-ID"].endswith("@127.0.0.1>")
    assert received["Auto-Submitted"] == "auto-generated"
    assert received["Content-Language"] == "en"
    assert received["Date"].datetime == AT
    assert [part.get_content_type() for part in received.iter_parts()] == [
        "text/plain",
        "text/html",
    ]
    mail.refresh_from_db()
    assert (mail.status, mail.sent_at, mail.claimed_until) == (Status.SENT, AT, None)
    assert mail.in_words() == "Accepted by the mail server on 24 November 2026 at 10:05"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            "451 4.7.1 Greylisted",
            "Not taken: 451 4.7.1 Greylisted. Will be tried again on 24 November 2026 at 10:06",
        ),
        (
            "drop",
            "Not taken: The mail server could not be reached or broke off the connection. "
            "Will be tried again on 24 November 2026 at 10:06",
        ),
    ],
)
def test_a_temporary_no_is_tried_again(
    answer: str, words: str, letter: Post, mail_server: MailServer, clock: Clock
) -> None:
    mail_server.answers = [answer]
    mail = letter()
    assert delivery.deliver(clock=clock) == 0
    mail.refresh_from_db()
    assert mail.in_words() == words
    clock.passes(A_MINUTE - 1)
    assert delivery.deliver(clock=clock) == 0
    clock.passes(1)
    assert delivery.deliver(clock=clock) == 1
    assert outcomes(mail) == [Outcome.DEFERRED, Outcome.ACCEPTED]


def test_a_final_no_is_a_visible_failure(
    letter: Post, mail_server: MailServer, clock: Clock
) -> None:
    mail_server.answers = ["554 5.7.1 Looks like spam"]
    mail, other = letter("notice:1"), letter("notice:2")
    # One that is refused holds up nobody else.
    assert delivery.deliver(clock=clock) == 1
    mail.refresh_from_db()
    other.refresh_from_db()
    assert (mail.status, other.status) == (Status.FAILED, Status.SENT)
    assert mail.in_words() == "Not delivered: 554 5.7.1 Looks like spam"
    assert list(OutboxMail.objects.failed()) == [mail]
    clock.passes(7 * 24 * 3600)
    assert delivery.deliver(clock=clock) == 0


@pytest.mark.parametrize(
    ("answer", "status"),
    [("550 5.1.1 No such mailbox", Status.FAILED), ("450 4.2.0 Mailbox busy", Status.QUEUED)],
)
def test_an_answer_about_the_reader(
    answer: str, status: str, letter: Post, mail_server: MailServer, clock: Clock
) -> None:
    mail_server.refuse_reader = answer
    mail = letter()
    delivery.deliver(clock=clock)
    mail.refresh_from_db()
    assert (mail.status, mail.last_error) == (status, answer)


def test_no_mail_server_for_two_days(
    letter: Post, mail_server: MailServer, settings: Any, clock: Clock
) -> None:
    settings.EMAIL_PORT = free_port()
    mail, other = letter("notice:1"), letter("notice:2")
    delivery.deliver(clock=clock)
    # The server is away for all alike: the second letter does not spend an attempt on it.
    assert OutboxMail.objects.filter(attempts=0).get() == other
    other.delete()
    begun = clock.now
    for wait in settings.MAIL_RETRY_SECONDS:
        mail.refresh_from_db()
        assert mail.status == Status.QUEUED
        clock.passes(wait)
        delivery.deliver(clock=clock)
    mail.refresh_from_db()
    assert mail.status == Status.FAILED
    assert outcomes(mail) == [Outcome.DEFERRED] * 9
    assert 40 <= (clock.now - begun).total_seconds() / 3600 <= 50


def test_a_killed_workers_letter_is_sent_when_its_lease_is_over(
    letter: Post, mail_server: MailServer, settings: Any, clock: Clock
) -> None:
    mail = letter()
    claimed = delivery._claim(clock())
    assert claimed == mail
    clock.passes(settings.MAIL_LEASE_SECONDS - 1)
    assert delivery.deliver(clock=clock) == 0
    clock.passes(1)
    assert delivery.deliver(clock=clock) == 1
    assert outcomes(mail) == [Outcome.INTERRUPTED, Outcome.ACCEPTED]
    # The worker was only slow: what it says now changes nothing.
    delivery._record(claimed, delivery.Result(Outcome.DEFERRED, "late"), clock())
    mail.refresh_from_db()
    assert (mail.status, mail.last_error) == (Status.SENT, "")


def test_a_letter_that_kills_every_worker_is_given_up(
    letter: Post, settings: Any, clock: Clock
) -> None:
    mail = letter()
    for _attempt in range(len(settings.MAIL_RETRY_SECONDS) + 1):
        assert delivery._claim(clock()) == mail
        clock.passes(settings.MAIL_LEASE_SECONDS)
    assert delivery._claim(clock()) is None
    mail.refresh_from_db()
    assert mail.in_words() == "Not delivered: The program was stopped in the middle of sending."


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_send_each_letter_once(
    letter: Post, mail_server: MailServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each thread stands for a process of its own.
    monkeypatch.setattr(delivery, "_one_in_hand", contextlib.nullcontext())
    written = {letter(f"notice:{n}").message_id for n in range(12)}
    together = threading.Barrier(3)
    accepted = []

    def work() -> None:
        together.wait()
        accepted.append(delivery.deliver(clock=clock))
        connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(accepted) == 12
    assert sorted(mail["Message-ID"] for mail in mail_server.received) == sorted(written)


@pytest.mark.django_db(transaction=True)
def test_a_process_has_one_letter_in_hand_whatever_its_threads(
    letter: Post, mail_server: MailServer, clock: Clock
) -> None:
    mail_server.delay = 0.2
    letter("notice:1")
    letter("notice:2")

    def work() -> None:
        delivery.deliver(clock=clock)
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    in_hand = []
    while any(thread.is_alive() for thread in threads):
        in_hand.append(OutboxMail.objects.filter(claimed_until__isnull=False).count())
        time.sleep(0.02)
    assert max(in_hand) == 1
    assert len(mail_server.received) == 2


@pytest.mark.django_db(transaction=True)
def test_the_same_occasion_from_two_sides_at_once_is_one_letter(letter: Post) -> None:
    together = threading.Barrier(4)
    results = []

    def work() -> None:
        together.wait()
        results.append(letter())
        connections.close_all()

    writers = [threading.Thread(target=work) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len([result for result in results if result is not None]) == 1
    assert OutboxMail.objects.count() == 1
