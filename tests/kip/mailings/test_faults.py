"""A mailing and what goes wrong around it, on the real thing: worker and broker as processes."""

import signal
import time
from typing import Any

import pytest
from celery import Celery

from tests.stack import Stack, wait_for

BEGIN = """
from django.utils import timezone
from kip.accounts.models import User
from kip.mailings import services
by, at = User.objects.get(email="secretary@kip.example"), timezone.now()
people = [
    User.objects.create_user(f"{name}-{{n}}@many.example", given_name=f"N{{n}}").pk
    for n in range({number})
]
words = {{"subject_en": "To {{{{ given_name }}}}", "text_en": "Dear {{{{ given_name }}}}"}}
mailing = services.begin_mailing(audience="people", rows=people, words=words, by=by, at=at)
services.send(mailing_id=mailing.pk, read={number}, counted={number}, by=by, at=at)
print("MAILING", mailing.pk)
"""
STOP = """
from django.utils import timezone
from kip.accounts.models import User
from kip.mailings import services
by, at = User.objects.get(email="secretary@kip.example"), timezone.now()
services.stop_mailing(mailing_id={pk}, by=by, at=at)
"""


def begin(stack: Stack, name: str, number: int) -> int:
    code = BEGIN.replace("{name}", name).format(number=number)
    said = stack.manage("shell", "-v", "0", "-c", code)
    return int(said.split("MAILING ")[1].split()[0])


def sweep(stack: Stack) -> None:
    """What beat does each minute."""
    with Celery(broker=stack.broker.url) as app:
        app.send_task("kip.mailings.tasks.sweep", queue="kip")
        app.send_task("kip.mail.tasks.sweep", queue="kip")


def letters(stack: Stack, mailing: int) -> list[dict[str, Any]]:
    return stack.sql(
        "SELECT * FROM mail_outboxmail WHERE key LIKE %s ORDER BY id", [f"mailing:{mailing}:%"]
    )


def test_a_killed_worker_and_a_person_who_stops_it(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody gets it twice beyond one for the killed process; the rest says that it was stopped."""
    monkeypatch.setenv("MAIL_LEASE_SECONDS", "2")
    with stack.smtp() as sink:
        sink.delay = 0.2
        mailing = begin(stack, "killed", 40)
        wait_for(lambda: len(sink.attempts) >= 3)
        stack.kill_worker(signal.SIGKILL)
        sink.delay = 0.5
        stack.start_worker(EMAIL_URL=sink.url)
        before = len(sink.attempts)
        time.sleep(2)
        sweep(stack)
        wait_for(lambda: len(sink.attempts) >= before + 3)
        stack.manage("shell", "-v", "0", "-c", STOP.format(pk=mailing))
        time.sleep(3)  # what a worker held has gone by now
        sweep(stack)
        wait_for(lambda: not [r for r in letters(stack, mailing) if r["status"] == "queued"])

        rows = letters(stack, mailing)
        sent = {row["message_id"] for row in rows if row["status"] == "sent"}
        arrived = [str(message["Message-ID"]) for message in sink.accepted]
        assert len(rows) == 40
        assert {row["status"] for row in rows} == {"sent", "stopped"}
        assert sent == set(arrived)
        assert len(arrived) <= len(set(arrived)) + 1


def test_a_stopped_broker_delays_a_mailing_and_nothing_else(stack: Stack) -> None:
    stack.stop_broker()
    mailing = begin(stack, "brokerless", 3)
    assert not letters(stack, mailing)
    stack.start_broker()
    wait_for(stack.is_ready)
    sweep(stack)
    wait_for(lambda: [r["status"] for r in letters(stack, mailing)] == ["sent"] * 3)
    sweep(stack)
    wait_for(
        lambda: (
            stack.sql("SELECT status FROM mailings_mailing WHERE id = %s", [mailing])
            == [{"status": "sent"}]
        )
    )
