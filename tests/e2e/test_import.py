"""Member companies from a table, in the browser: filled in, mended, read, imported."""

import re
from pathlib import Path
from typing import Any

import openpyxl
from playwright.sync_api import Page, expect

from tests.e2e.test_admission import sign_in
from tests.e2e.test_companies import look, name_of
from tests.members.factories import business_id
from tests.stack import Stack, Visitors

# A member company of the demo that no other test needs.
CHANGED, UNCHANGED = 17, 18
NEW_NAME = "Tuotu Taulukosta Oy"
NEW = {
    "Name of the company": NEW_NAME,
    "Country of registration": "FI",
    "Business ID": business_id(900),
    "Domicile": "Kokkola",
    "Member since": "1.5.2020",
}


def headings(sheet: Any) -> tuple[int, dict[str, int]]:
    """In which row of the sheet the headings stand, and each one's column."""
    for row in sheet.iter_rows():
        if row[0].value == "Member number":
            return row[0].row, {cell.value: cell.column for cell in row}
    raise AssertionError("no headings")


def download(page: Page, link: str, to: Path) -> Path:
    with page.expect_download() as waiting:
        page.get_by_role("link", name=link).click()
    waiting.value.save_as(to)
    return to


def check(page: Page, table: Path) -> None:
    """Upload it, and wait until the worker has checked it."""
    page.goto("/admin/members/importrun/upload/")
    page.get_by_label("Table", exact=True).set_input_files(table)
    page.get_by_role("button", name="Check the table").click()
    expect(page.get_by_role("heading", name=table.name)).to_be_visible()
    expect(
        page.get_by_role("status").get_by_text(re.compile(r"^\s*checked\s*$", re.I))
    ).to_be_visible(timeout=60_000)


def counts(page: Page) -> dict[str, str]:
    """How many rows are new, changed, unchanged and wrong, as the page says it."""
    facts = page.locator("dl.facts > div").all_inner_texts()
    told = dict(fact.split("\n", 1) for fact in facts)
    return {name: told[name].strip() for name in ("New", "Changed", "Unchanged", "Wrong")}


def test_the_secretary_imports_what_a_table_says(
    visitors: Visitors, stack: Stack, tmp_path: Path
) -> None:
    page = visitors.arrive(viewport={"width": 360, "height": 740})
    sign_in(page, "secretary@kip.example", stack.demo_password)
    page.goto("/admin/members/importrun/")
    page.get_by_role("link", name="Import a table").click()
    look(page)

    # The template, filled in: a new company, one that is changed, one as it is, one that is wrong.
    template = download(page, "Template to fill in (XLSX)", tmp_path / "members.xlsx")
    exported = download(page, "All companies as they stand", tmp_path / "exported.xlsx")
    book = openpyxl.load_workbook(template)
    sheet = book.worksheets[0]
    first, column = headings(sheet)
    known = openpyxl.load_workbook(exported).worksheets[0]
    line, there = headings(known)
    rows = {row[0]: row for row in known.iter_rows(min_row=line + 1, values_only=True) if row[0]}
    for number, values in enumerate([rows[CHANGED], rows[UNCHANGED]], start=first + 1):
        for name, place in there.items():
            sheet.cell(number, column[name], values[place - 1])
    sheet.cell(first + 1, column["Street address"], "Uusikatu 1")
    for name, value in NEW.items():
        sheet.cell(first + 3, column[name], value)
        sheet.cell(first + 4, column[name], value)
    sheet.cell(first + 4, column["Name of the company"], "Väärä Oy")
    wrong = sheet.cell(first + 4, column["Business ID"], "1234567-8")
    book.save(template)

    # What is wrong is named by its cell; nothing can be imported.
    check(page, template)
    assert counts(page) == {"New": "1", "Changed": "1", "Unchanged": "1", "Wrong": "1"}
    expect(page.get_by_role("row", name="Väärä Oy")).to_contain_text(wrong.coordinate)
    expect(page.get_by_role("row", name="Väärä Oy")).to_contain_text("check the digits")
    expect(page.get_by_role("link", name="Import", exact=True)).to_have_count(0)
    look(page)
    problems = download(page, "What is wrong, as XLSX", tmp_path / "wrong.xlsx")
    told = openpyxl.load_workbook(problems).worksheets[0]
    assert wrong.coordinate in [cell.value for row in told.iter_rows() for cell in row]
    desk = visitors.arrive()
    sign_in(desk, "secretary@kip.example", stack.demo_password)
    desk.goto("/admin/")
    expect(desk.get_by_role("link", name="members.xlsx has 1 row that is wrong")).to_be_visible()
    page.get_by_role("link", name="Drop").click()
    look(page)
    page.get_by_role("button", name="Drop").click()
    expect(page.get_by_role("main")).to_contain_text("Nothing of it was imported")
    look(page)

    # Mended: what would change is read, and then it happens.
    sheet.delete_rows(first + 4)
    book.save(template)
    check(page, template)
    assert counts(page) == {"New": "1", "Changed": "1", "Unchanged": "1", "Wrong": "0"}
    expect(page.get_by_role("row", name=name_of(stack, CHANGED))).to_contain_text("Uusikatu 1")
    look(page)
    assert not stack.sql("SELECT 1 FROM members_member WHERE name = %s", [NEW_NAME])
    page.get_by_role("link", name="Import", exact=True).click()
    expect(page.get_by_text("1 company becomes a member.")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Import").click()
    expect(
        page.get_by_role("status").get_by_text(re.compile(r"^\s*imported\s*$", re.I))
    ).to_be_visible(timeout=60_000)
    look(page)
    page.get_by_role("link", name="Open the list").click()
    expect(page.get_by_role("link", name=NEW_NAME)).to_be_visible()

    # The same table again, and what is exported, change nothing.
    check(page, template)
    assert counts(page) == {"New": "0", "Changed": "0", "Unchanged": "3", "Wrong": "0"}
    expect(page.get_by_role("main")).to_contain_text("there is nothing to import")
    expect(page.get_by_role("link", name="Import", exact=True)).to_have_count(0)
    page.goto("/admin/members/importrun/upload/")
    exported = download(page, "All companies as they stand", tmp_path / "exported.xlsx")
    check(page, exported)
    unchanged = str(len(rows) + 1)
    assert counts(page) == {"New": "0", "Changed": "0", "Unchanged": unchanged, "Wrong": "0"}
    look(page)
