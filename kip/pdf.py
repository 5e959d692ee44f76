"""Documents as PDF/UA-1, the PDF that a screen reader can read: plain data in, bytes out.

typst sets them, by a template in `templates/`, with the fonts that it brings along, and refuses
what would not be accessible. It works in a process of its own, which sees neither secrets nor the
database and gives its memory back: ten thousand rows take it more than half a gigabyte.
"""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kip.exceptions import DomainError

TYPESETTER = """
import json, sys, typst
sys.stdout.buffer.write(typst.compile(**json.load(sys.stdin.buffer)))
"""
SECONDS = 60
_NO_GLYPH = re.compile(r'the text `"(?P<text>.+?)"` could not be displayed')


def pdf(template: str, data: Mapping[str, Any]) -> bytes:
    """The template, e.g. "members/register.typ", filled in with `data`: strings, numbers, lists.

    It reads them as `json(bytes(sys.inputs.data))`; "title" is needed, and "language" is the
    reader's unless it is given. Data are never read as typst's markup.

    Raises `DomainError` for a character that the fonts do not have, e.g. a Chinese one.
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
    done = subprocess.run(
        [sys.executable, "-I", "-c", TYPESETTER],
        input=json.dumps(job).encode(),
        capture_output=True,
        timeout=SECONDS,
        env={"LC_ALL": "C.UTF-8"},
        check=False,
    )
    if done.returncode == 0:
        return done.stdout
    refusal = done.stderr.decode(errors="replace")
    if missing := _NO_GLYPH.search(refusal):
        raise DomainError(
            _("The PDF cannot show “%(text)s”. Take the XLSX instead.") % missing.groupdict()
        )
    raise RuntimeError(f"typst did not set {template}:\n{refusal[-2000:]}")
