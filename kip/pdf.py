"""Documents as PDF/UA-1, the PDF that a screen reader can read: plain data in, bytes out.

typst sets them, by a template in `templates/`, with the fonts that it brings along, and refuses
what would not be accessible. It works in a process of its own, which sees neither secrets nor the
database and gives its memory back: ten thousand rows take it more than half a gigabyte.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kip.exceptions import DomainError

TYPESETTER = """
import json, sys, typst
sys.stdout.buffer.write(typst.compile(**json.load(sys.stdin.buffer)))
"""
SECONDS = 60
# So many are set at a time, by all processes together, for the sake of memory.
AT_ONCE = 2
_NO_GLYPH = re.compile(r'the text `"(?P<text>.+?)"` could not be displayed')


class MissingGlyph(DomainError):
    """The fonts do not have a character of `text`, a piece of what was to be set."""

    def __init__(self, text: str) -> None:
        super().__init__(
            _("The PDF cannot show “%(text)s”. Take the XLSX instead.") % {"text": text}
        )
        self.text = text


class NotNow(DomainError):
    """It takes too long, or others are being set."""


def pdf(template: str, data: Mapping[str, Any]) -> bytes:
    """The template, e.g. "members/register.typ", filled in with `data`: strings, numbers, lists.

    It reads them as `json(bytes(sys.inputs.data))`; "title" is needed, and "language" is the
    reader's unless it is given. Data are never read as typst's markup.

    Raises `MissingGlyph` for a character that the fonts do not have, e.g. a Chinese one; `NotNow`
    when it takes longer than `SECONDS`, and while `AT_ONCE` others are being set.
    """
    root = settings.BASE_DIR / "templates"
    job = {
        "input": str(root / template),
        "root": str(root),
        "format": "pdf",
        "pdf_standards": ["ua-1"],
        "ignore_system_fonts": True,
        "sys_inputs": {"data": json.dumps({"language": (get_language() or "en")[:2], **data})},
    }
    try:
        with _a_turn():
            done = subprocess.run(
                [sys.executable, "-I", "-c", TYPESETTER],
                input=json.dumps(job).encode(),
                capture_output=True,
                timeout=SECONDS,
                env={"LC_ALL": "C.UTF-8"},
                check=False,
            )
    except subprocess.TimeoutExpired as error:  # by then it has been stopped
        raise NotNow(_("The PDF takes too long. Take the XLSX instead.")) from error
    if done.returncode == 0:
        return done.stdout
    refusal = done.stderr.decode(errors="replace")
    if missing := _NO_GLYPH.search(refusal):
        raise MissingGlyph(missing["text"])
    raise RuntimeError(f"typst did not set {template}:\n{refusal[-2000:]}")


@contextmanager
def _a_turn() -> Iterator[None]:
    """One of `AT_ONCE` places, which PostgreSQL gives back should this process be killed."""
    with connection.cursor() as cursor:
        for place in range(AT_ONCE):
            key = [f"kip:pdf:{place}"]
            cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", key)
            if cursor.fetchone()[0]:
                break
        else:
            raise NotNow(
                _(
                    "Other PDFs are being made just now. Try again in a moment, or take the XLSX"
                    " instead."
                )
            )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", key)
