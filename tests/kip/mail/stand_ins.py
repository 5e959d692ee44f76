"""What the tests of mail stand on: an instant, a clock that is told, a server that is told."""

import asyncio
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

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        await asyncio.sleep(self.delay)
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer == "drop":
            server.transport.abort()
        if answer.startswith("250"):
            self.received.append(message_from_bytes(envelope.content, policy=default))
        return answer
