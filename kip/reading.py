"""Tables from files: the bytes of an XLSX or a CSV in, plain rows out. Written by `kip.sheets`.

Row by row and never whole, so that a file costs no more than its limits: what is too large to be
somebody's table is refused before it is read in.
"""

import codecs
import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from openpyxl import load_workbook

from kip.sheets import safe

MOST_ROWS = 20_000
MOST_COLUMNS = 100
LONGEST_CELL = 32_767
# The sheet itself is read as a stream; whatever else the file holds is read at once.
LARGEST_SHEET = 100 * 1024 * 1024
LARGEST_OTHER = 32 * 1024 * 1024


class Reason(StrEnum):
    """Why a file is no table."""

    BROKEN = "broken"
    TOO_LARGE = "too_large"
    TOO_MANY_ROWS = "too_many_rows"
    CELL_TOO_LONG = "cell_too_long"


class Unreadable(Exception):
    """This file cannot be read as a table."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Row(NamedTuple):
    """A row that is not empty: its number as spreadsheets count, and its cells as text.

    Dates are ISO 8601, numbers are without a decimal point where they are whole.
    """

    line: int
    cells: Sequence[str]


def is_xlsx(content: bytes) -> bool:
    return content.startswith(b"PK\x03\x04")


def rows(content: bytes) -> Iterator[Row]:
    """The rows of the first sheet, at most `MOST_ROWS`, empty ones counted. Raises `Unreadable`."""
    read = _xlsx if is_xlsx(content) else _csv
    try:
        for line, values in enumerate(read(content), start=1):
            if line > MOST_ROWS:
                raise Unreadable(Reason.TOO_MANY_ROWS)
            cells = [_text(value) for value in values]
            if any(cells):
                yield Row(line, cells)
    except Unreadable:
        raise
    except Exception as error:
        # A broken file makes zipfile, expat, openpyxl and csv raise a dozen kinds of error, which
        # all mean the same to a person.
        raise Unreadable(Reason.BROKEN) from error


def _xlsx(content: bytes) -> Iterator[Sequence[Any]]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for part in package.infolist():
            is_sheet = part.filename.lower().startswith("xl/worksheets/")
            if part.file_size > (LARGEST_SHEET if is_sheet else LARGEST_OTHER):
                raise Unreadable(Reason.TOO_LARGE)
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what a file says of its size need not be so
        yield from sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True)
    finally:
        book.close()


def _csv(content: bytes) -> Iterator[Sequence[Any]]:
    text = _decoded(content)
    delimiter = _delimiter(text)
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
        yield row[:MOST_COLUMNS]


def _delimiter(text: str) -> str:
    """Of comma, semicolon and tab the one that stands equally often in most of the first lines.

    Titles may stand above a table, and commas in the cells of one that is divided by semicolons.
    """
    start = re.sub(r'"[^"]*"', "", text[:100_000]).splitlines()[:50]

    def steadiness(mark: str) -> tuple[int, int]:
        counts = Counter(count for line in start if (count := line.count(mark)))
        count, lines = max(counts.items(), key=lambda item: item[::-1], default=(0, 0))
        return lines, count

    return max(",;\t", key=steadiness)


def _decoded(content: bytes) -> str:
    """As UTF-8, as Excel's “Unicode text”, or as Excel writes CSV on a Nordic Windows."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16")
    if b"\0" in content:
        raise Unreadable(Reason.BROKEN)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        is_a_day = (value.hour, value.minute, value.second) == (0, 0, 0)
        return (value.date() if is_a_day else value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value)
    if len(text) > LONGEST_CELL:
        raise Unreadable(Reason.CELL_TOO_LONG)
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    return text[1:] if text.startswith("'") and safe(text[1:]) == text else text
