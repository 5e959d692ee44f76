"""What goes wrong around the outbox, on the real thing: web, worker and broker as processes.

Letters come from a real act: asking for a sign-in code at the web.
"""

import signal
import time
from email.message import EmailMessage
from typing import Any

import pytest
from celery import Celery

from tests.kip.mail.stand_ins import ask_for_a_code, fill_in
from tests.stack import Stack, wait_for


def sweep(stack: Stack) -> None:
    """What beat does each minute."""
    with Celery(broker=stack.broker.url) as app:
        app.send_task("kip.mail.tasks.sweep", queue="kip")


def letters(stack: Stack, *addresses: str) -> list[dict[str, Any]]:
    return stack.sql(
        "SELECT * FROM mail_outboxmail WHERE to_address = ANY(%s) ORDER BY id", [list(addresses)]
    )


def message_ids(messages: list[EmailMessage]) -> list[str]:
    return [str(message["Message-ID"]) for message in messages]


def test_a_stopped_broker_delays_mail_and_nothing_else(stack: Stack) -> None:
    address = "broker-stopped@kip.example"
    stack.stop_broker()
    assert ask_for_a_code(stack, address) < 2
    [waiting] = letters(stack, address)
    assert waiting["status"] == "queued"
    assert not stack.mails(address)
    who = {"login": "secretary@kip.example", "password": stack.demo_password}
    assert fill_in(stack, "/accounts/login/", **who)[0] == "/admin/"

    stack.start_broker()
    wait_for(stack.is_ready)
    sweep(stack)
    [arrived] = wait_for(lambda: stack.mails(address))
    assert arrived["Message-ID"] == waiting["message_id"]


def test_a_killed_worker_repeats_one_letter_at_most(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_LEASE_SECONDS", "2")
    addresses = [f"worker-killed-{n}@kip.example" for n in range(3)]
    with stack.smtp() as sink:
        sink.delay = 10  # long enough to be killed in, on the slowest machine
        for address in addresses:
            ask_for_a_code(stack, address)
        wait_for(lambda: sink.attempts)
        stack.kill_worker(signal.SIGKILL)
        sink.delay = 0
        stack.start_worker(EMAIL_URL=sink.url)
        # The lease may run out before or after the new worker stands.
        for _minute in range(20):
            sweep(stack)
            if all(row["status"] == "sent" for row in letters(stack, *addresses)):
                break
            time.sleep(1)
        assert all(row["status"] == "sent" for row in letters(stack, *addresses))

        arrived = message_ids(sink.accepted)
        assert set(arrived) == {row["message_id"] for row in letters(stack, *addresses)}
        assert len(arrived) <= len(addresses) + 1
        interrupted = stack.sql("SELECT mail_id FROM mail_attempt WHERE outcome = 'interrupted'")
        assert [row["mail_id"] for row in interrupted] == [letters(stack, *addresses)[0]["id"]]


def test_a_mail_server_that_says_not_now_and_one_that_says_no(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_RETRY_SECONDS", "1,1")
    later, never = "not-now@kip.example", "never@kip.example"
    with stack.smtp() as sink:
        sink.answers.extend(["451 4.7.1 Come back later", "554 5.7.1 Never", "250 Accepted"])
        ask_for_a_code(stack, later)
        wait_for(lambda: letters(stack, later)[0]["last_error"])
        ask_for_a_code(stack, never)
        wait_for(lambda: letters(stack, never)[0]["status"] == "failed")
        time.sleep(1)
        sweep(stack)
        wait_for(lambda: letters(stack, later)[0]["status"] == "sent")
        assert [row["last_error"] for row in letters(stack, never)] == ["554 5.7.1 Never"]
        assert message_ids(sink.accepted) == [letters(stack, later)[0]["message_id"]]
