"""Tables for a spreadsheet: complete, and nothing in them runs."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from openpyxl import load_workbook

from kip import sheets
from kip.sheets import Sheet, TooLarge, download, safe

ROW = ["Öja Ab", 7, date(2027, 2, 2), datetime(2027, 7, 1, 9, 30, tzinfo=UTC), True, None]


def xlsx(sheet: Sheet) -> Any:
    file = io.BytesIO()
    sheets.write_xlsx(sheet, file)
    return load_workbook(io.BytesIO(file.getvalue())).active


def csv_of(sheet: Sheet) -> list[list[str]]:
    file = io.BytesIO()
    sheets.write_csv(sheet, file)
    return list(csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig"))))


def test_values_keep_their_kinds() -> None:
    sheet = Sheet("T", ["A", "B", "C", "D", "E", "F"], [ROW])
    head, row = xlsx(sheet).iter_rows(values_only=True)
    assert head == ("A", "B", "C", "D", "E", "F")
    # 9:30 UTC is 12:30 in a Finnish summer
    assert [str(value) for value in row] == [
        *["Öja Ab", "7", "2027-02-02 00:00:00", "2027-07-01 12:30:00", "True", "None"]
    ]
    assert csv_of(sheet)[1] == ["Öja Ab", "7", "2027-02-02", "2027-07-01 12:30", "true", ""]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+358 40", "-1", "@SUM(A1)", "\tx", "\rx", "\n=x", "＝1", "＋1", "－1", "＠x", "'=1"],
)
def test_no_cell_is_a_formula(text: str) -> None:
    sheet = Sheet("T", ["A"], [[text]])
    assert safe(text) == f"'{text}"
    cell = xlsx(sheet)["A2"]
    assert cell.data_type == "s" and cell.value.startswith("'")
    assert csv_of(sheet)[1] == [f"'{text}"]


@pytest.mark.parametrize("text", ["Höyry & Co Oy", "3M", "'t Hooft", "a=b", " = 1", ""])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert safe(text) == text


def test_a_number_below_zero_is_no_formula() -> None:
    sheet = Sheet("T", ["A"], [[-5]])
    assert xlsx(sheet)["A2"].value == -5 and csv_of(sheet)[1] == ["-5"]


def test_notes_stand_above_and_the_page_number_below() -> None:
    page = xlsx(Sheet("Register", ["A"], [["x"]], notes=["As of today"], foot="Page &P of &N"))
    assert [row[0] for row in page.iter_rows(values_only=True)] == [
        "Register",
        "As of today",
        None,
        "A",
        "x",
    ]
    assert page.oddFooter.center.text == "Page &P of &N"
    assert page.print_title_rows == "$4:$4"


@pytest.mark.parametrize(
    "text", ['<b> & "q" \' ]]>', "two\nlines", "  blanks  ", "_x0041_", "bell\x07", "Ö\ufffe", "🏭"]
)
def test_any_text_can_stand_in_a_cell(text: str) -> None:
    written = xlsx(Sheet(f"{text}: [title] that is long enough", ["A"], [[text]]))["A2"].value
    # A reader that does not know Excel's way to write a sign that XML cannot hold shows its number.
    assert re.sub("_x([0-9A-F]{4})_", lambda code: chr(int(code[1], 16)), written) == text
    assert csv_of(Sheet("T", ["A"], [[text]]))[1] == [text]


def test_a_table_may_be_wide_and_a_day_long_ago() -> None:
    page = xlsx(Sheet("T", [f"C{n}" for n in range(800)], [[date(1899, 1, 1), *range(799)]]))
    assert page["ADT1"].value == "C799" and page["ADT2"].value == 798
    assert page["A2"].value == "1899-01-01"


def test_nothing_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TooLarge):
        xlsx(Sheet("T", ["A"], [["x" * 32_768]]))
    monkeypatch.setattr(sheets, "MOST_ROWS", 3)
    assert xlsx(Sheet("T", ["A"], [["x"]] * 2)).max_row == 3
    with pytest.raises(TooLarge):
        xlsx(Sheet("T", ["A"], [["x"]] * 3))


def test_an_error_on_the_way_is_an_error_and_no_shorter_file() -> None:
    def rows() -> Iterator[list[str]]:
        yield ["one"]
        raise RuntimeError("the database went away")

    for kind in ("xlsx", "csv"):
        with pytest.raises(RuntimeError, match="went away"):
            download(Sheet("T", ["A"], rows()), kind, name="t")


def test_a_download_says_how_long_it_is() -> None:
    response = download(Sheet("T", ["A"], [["x"]]), "csv", name="list")
    content = b"".join(response.streaming_content)  # type: ignore[arg-type]
    assert int(response["Content-Length"]) == len(content)
    assert response["Content-Disposition"] == 'attachment; filename="list.csv"'
    assert response["Cache-Control"] == "private, no-store"
