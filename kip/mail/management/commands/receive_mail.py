"""Take in messages that a mail server hands over: which of our letters came back.

From a pipe (one message), or from files, mailboxes and Maildirs that are named.
"""

import logging
import mailbox
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from kip.mail import receiving
from kip.mail.dsn import READ_BYTES

# What a mail server understands as: keep the message, and try again later (sysexits.h).
TEMPORARY = 75

log = logging.getLogger(__name__)

# A message as it came, and what to do when it was taken.
Message = tuple[bytes, Callable[[], None]]


class Command(BaseCommand):
    help = (
        "Take in messages (RFC 5322): one from standard input, or those of the files, mbox files"
        " and Maildirs named. Ends with 0 when all were taken, with 75 when one is to come again."
        " What was taken from a Maildir is marked as read there, and passed over next time."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", nargs="*", type=Path, help="a file, mbox or Maildir")
        parser.add_argument(
            "--delete",
            action="store_true",
            help="delete from a Maildir what was taken, instead of marking it as read",
        )

    def handle(self, *args: Any, path: list[Path], delete: bool, **options: Any) -> None:
        for each in path:
            if not each.exists():
                raise CommandError(f"{each} does not exist.")
        became: Counter[str] = Counter()
        left = 0
        for raw, taken in _messages(path, delete=delete):
            try:
                became[receiving.receive(raw, by=None, at=timezone.now())] += 1
            except receiving.ComeAgain:
                left += 1
            except Exception as error:  # the database is away, or one message is our mistake
                log.error("A message could not be taken in: %s", type(error).__name__)
                log.debug("How that came", exc_info=error)
                left += 1
            else:
                taken()
        if path:
            counted = ", ".join(f"{number} {what}" for what, number in sorted(became.items()))
            self.stdout.write(counted or "nothing new")
        if left:
            raise CommandError(f"To come again: {left}", returncode=TEMPORARY)


def _messages(paths: list[Path], *, delete: bool) -> Iterator[Message]:
    if not paths:
        yield _whole(sys.stdin.buffer.read), _nothing
    for path in paths:
        if (path / "new").is_dir():
            yield from _of_maildir(path, delete=delete)
        elif path.is_dir():
            yield from ((_beginning(file), _nothing) for file in sorted(path.iterdir()))
        elif _beginning(path)[:5] == b"From ":
            box = mailbox.mbox(path, create=False)
            yield from ((box.get_bytes(key)[:READ_BYTES], _nothing) for key in box.iterkeys())
        else:
            yield _beginning(path), _nothing


def _of_maildir(path: Path, *, delete: bool) -> Iterator[Message]:
    """What is unread; `taken` marks it as read, or deletes it."""
    box = mailbox.Maildir(path, create=False)
    for key in sorted(box.keys()):
        message = box.get_message(key)
        if "S" in message.get_flags():
            continue

        def taken(key: str = key, message: mailbox.MaildirMessage = message) -> None:
            if delete:
                box.discard(key)
                return
            message.set_subdir("cur")
            message.add_flag("S")
            box[key] = message

        yield box.get_bytes(key)[:READ_BYTES], taken


def _beginning(path: Path) -> bytes:
    if not path.is_file():
        return b""
    with path.open("rb") as file:
        return file.read(READ_BYTES)


def _whole(read: Callable[[int], bytes]) -> bytes:
    """The beginning, with the rest read and forgotten: a pipe that is closed early is an error to
    the mail server.
    """
    raw = read(READ_BYTES)
    while read(READ_BYTES):
        pass
    return raw


def _nothing() -> None:
    """What is in a file stays there."""
