"""What the tests of mail stand on: an instant, a clock that is told, a server that is told."""

import asyncio
import http.cookiejar
import re
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

AT = datetime(2026, 11, 24, 8, 5, tzinfo=UTC)
# The fixture `letter`: posts one, with the keyword arguments of `post` that differ.
Post = Callable[..., Any]


class Clock:
    """An instant that moves only when it is told to."""

    def __init__(self) -> None:
        self.now = AT

    def __call__(self) -> datetime:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class MailServer:
    """Accepts, unless `answers` says otherwise for the next letters; "drop" breaks the connection.

    `refuse_reader` is the answer to every RCPT; `delay` is in seconds, before the answer to DATA.
    """

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.senders: list[str] = []  # of the envelopes
        self.answers: list[str] = []
        self.refuse_reader = ""
        self.delay = 0.0

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if self.refuse_reader:
            return self.refuse_reader
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        await asyncio.sleep(self.delay)
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer == "drop":
            server.transport.abort()
        if answer.startswith("250"):
            self.senders.append(envelope.mail_from)
            self.received.append(message_from_bytes(envelope.content, policy=default))
        return answer


def fill_in(stack: Any, path: str, **fields: str) -> tuple[str, float]:
    """Send the form of the page at `path`. Returns where that led, and how many seconds it took."""
    browser = urllib.request.build_opener(
        urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    )
    with browser.open(stack.url(path), timeout=10) as response:
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', response.read().decode())
    assert found
    form = urllib.parse.urlencode({"csrfmiddlewaretoken": found[1], **fields}).encode()
    begun = time.monotonic()
    with browser.open(stack.url(path), data=form, timeout=30) as response:
        return urllib.parse.urlsplit(response.url).path, time.monotonic() - begun


def ask_for_a_code(stack: Any, address: str) -> float:
    """Ask for a code to sign in, which writes a letter. Returns how many seconds that took."""
    led_to, seconds = fill_in(stack, "/accounts/login/code/", email=address)
    assert led_to == "/accounts/login/code/confirm/"
    return seconds
