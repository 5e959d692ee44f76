"""Tables as files for a spreadsheet: plain rows in, XLSX or CSV out.

Whole or not at all: a file is written to the disk first, row by row, and sent only when it is
complete, so that an error on the way is an error and not a shorter table. What a spreadsheet would
take for a formula gets an apostrophe before it; it can run nothing on whoever opens the file.
"""

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any

import xlsxwriter
from django.http import FileResponse
from django.utils import timezone

# OWASP's list, the full-width signs included. An apostrophe of the text's own gets another, so that
# whoever reads the file can take exactly one off.
_LIKE_A_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")

# What XLSX can hold.
MOST_ROWS = 1_048_576
LONGEST_TEXT = 32_767


class TooLarge(Exception):
    """More than a spreadsheet can hold."""


@dataclass(frozen=True)
class Sheet:
    """A table of text, numbers, dates, instants, booleans and None.

    `notes` stand above it, in XLSX also at the foot of each printed page, beside its number.
    """

    title: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Any]]
    notes: Sequence[str] = ()
    # The foot of a printed page, with &P for its number and &N for how many there are.
    foot: str = "&P / &N"


def safe(text: str) -> str:
    """The text, as nothing that a spreadsheet would calculate."""
    return f"'{text}" if _LIKE_A_FORMULA.match(text) else text


def write_xlsx(sheet: Sheet, file: IO[bytes]) -> None:
    """Raises `TooLarge` rather than leave anything out."""
    with xlsxwriter.Workbook(
        file, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}
    ) as book:
        book.set_properties({"title": sheet.title})
        page = book.add_worksheet()
        bold = book.add_format({"bold": True})
        ruled = book.add_format({"bold": True, "bottom": 1})
        instant = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        head = 0
        if sheet.notes:
            page.write_string(0, 0, safe(sheet.title), bold)
            for head, note in enumerate(sheet.notes, start=1):
                page.write_string(head, 0, safe(note))
            head += 2
        page.set_column(0, 0, 36)
        page.set_column(1, max(len(sheet.columns) - 1, 1), 18)
        page.set_paper(9)  # A4
        page.fit_to_pages(1, 0)
        page.repeat_rows(head)
        page.set_footer(f"&C{sheet.foot}")
        for column, title in enumerate(sheet.columns):
            page.write_string(head, column, safe(title), ruled)
        for number, row in enumerate(sheet.rows, start=head + 1):
            if number >= MOST_ROWS:
                raise TooLarge(f"more than {MOST_ROWS} rows")
            for column, value in enumerate(row):
                if value is None or value == "":
                    continue
                if isinstance(value, bool):
                    page.write_boolean(number, column, value)
                elif isinstance(value, (int, float)):
                    page.write_number(number, column, value)
                elif isinstance(value, datetime):
                    page.write_datetime(number, column, _local(value), instant)
                elif isinstance(value, date):
                    page.write_datetime(number, column, value)
                else:
                    text = safe(str(value))
                    if len(text) > LONGEST_TEXT:
                        raise TooLarge(f"more than {LONGEST_TEXT} characters in a cell")
                    page.write_string(number, column, text)
        if not sheet.notes:
            page.freeze_panes(1, 0)


def write_csv(sheet: Sheet, file: IO[bytes]) -> None:
    """Columns and rows only, with commas, in UTF-8 with a mark by which Excel knows it."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    table = csv.writer(text)
    table.writerow([safe(column) for column in sheet.columns])
    table.writerows([_plain(value) for value in row] for row in sheet.rows)
    text.detach()  # flushed, and the file stays open


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return _local(value).isoformat(sep=" ", timespec="minutes")
    return str(value) if isinstance(value, (int, float, date)) else safe(str(value))


def _local(instant: datetime) -> datetime:
    """By the clock in Helsinki: spreadsheets know no time zones."""
    return timezone.make_naive(instant) if timezone.is_aware(instant) else instant


FORMATS = {
    "xlsx": (write_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "csv": (write_csv, "text/csv; charset=utf-8"),
}


def download(sheet: Sheet, kind: str, *, name: str) -> FileResponse:
    """The table as a file to save: `kind` is "xlsx" or "csv", `name` is without it."""
    write, content_type = FORMATS[kind]
    with ExitStack() as on_the_way:
        file = on_the_way.enter_context(tempfile.TemporaryFile())
        write(sheet, file)
        on_the_way.pop_all()  # whole: now it is the response's to close
    file.seek(0)
    return FileResponse(
        file,
        as_attachment=True,
        filename=f"{name}.{kind}",
        content_type=content_type,
        headers={"Cache-Control": "private, no-store"},
    )
