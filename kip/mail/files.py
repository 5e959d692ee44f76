"""While there is no mail server: every letter is a file that any mail program opens."""

import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage
from django.utils import timezone
from django.utils.text import slugify


class EmlFileBackend(BaseEmailBackend):
    """One `.eml` file for each letter, in the folder `EMAIL_FILE_PATH`.

    A file appears whole or not at all, and the same letter sent twice is one file.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.folder = Path(settings.EMAIL_FILE_PATH)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        self.folder.mkdir(parents=True, exist_ok=True)
        for email_message in email_messages:
            self._write(email_message.message())
        return len(email_messages)

    def _write(self, message: Message) -> None:
        # Readable by its owner only, as a mailbox is: codes and personal links are in it.
        with tempfile.NamedTemporaryFile(
            dir=self.folder, prefix=".writing-", delete=False
        ) as unfinished:
            unfinished.write(message.as_bytes())
        os.replace(unfinished.name, self.folder / file_name(message))


def remove_naming(folder: Path, pattern: str) -> int:
    """Remove the letters that name somebody, in their headers or their words; returns how many."""
    sought = re.compile(pattern, re.IGNORECASE)
    removed = 0
    for path in folder.glob("*.eml") if folder.is_dir() else ():
        letter = message_from_bytes(path.read_bytes())
        if any(sought.search(text) for text in [path.name, *_texts(letter)]):
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _texts(letter: Message) -> Iterator[str]:
    for value in letter.values():
        yield str(make_header(decode_header(value)))
    for part in letter.walk():
        content = part.get_payload(decode=True)
        if part.get_content_maintype() == "text" and isinstance(content, bytes):
            yield content.decode(part.get_content_charset() or "utf-8", errors="replace")


def file_name(message: Message) -> str:
    """When, to whom, about what; the end of it tells letters of the same second apart."""
    written = timezone.localtime(parsedate_to_datetime(message["Date"]))
    # EmailMessage has encoded the subject for the wire; this is the readable one again.
    subject = str(make_header(decode_header(message["Subject"] or "")))
    return (
        "-".join(
            [
                f"{written:%Y%m%d-%H%M%S}",
                re.sub(r"[^\w@.+-]", "_", message["To"] or "nobody")[:60],
                slugify(subject)[:60],
                slugify(message["Message-ID"].partition("@")[0])[-8:],
            ]
        )
        + ".eml"
    )
