"""What was before the system is brought in, found and taken back; and the next year is planned."""

import re
from datetime import date
from pathlib import Path

from django.utils import timezone
from playwright.sync_api import Page, expect

from members.demo.props import paper
from tests.e2e.test_admission import sign_in
from tests.e2e.test_companies import PHONE, look
from tests.e2e.test_fees import follow, press, refused
from tests.stack import Stack, Visitors

# A year of the past and one ahead that no other test needs.
BOARD = """\
term_from;term_until;given_name;family_name;role;organisation
18.3.2013;17.3.2014;Martti;Muinainen;chair;Muinainen Oy
18.3.2013;17.3.2014;Ville;Väärä;{role};Muinainen Oy
"""
AHEAD = timezone.localdate().year + 1
TITLE, WORD = "Minutes of spring 2013", "hiilidioksidi"


def has_become(page: Page, status: str) -> None:
    """The worker is through with the table."""
    words = re.compile(rf"^\s*{status}\s*$", re.I)
    expect(page.get_by_role("status").get_by_text(words)).to_be_visible(timeout=60_000)


def check(page: Page, table: Path, content: str) -> None:
    table.write_text(content)
    page.get_by_label("Table", exact=True).set_input_files(table)
    press(page, "Check the table")


def import_a_board(page: Page, table: Path) -> None:
    """It is read first, what is wrong in it is named, and all of it can be taken back."""
    page.goto("/admin/members/importrun/")
    follow(page, "Import a table")
    follow(page, "Boards before the system")
    check(page, table, BOARD.format(role="king"))
    has_become(page, "checked")
    expect(page.get_by_role("row", name="Väärä")).to_contain_text("Write one of these: chair")
    look(page)
    follow(page, "Upload the mended table")
    check(page, table, BOARD.format(role="deputy"))
    has_become(page, "checked")
    expect(page.get_by_role("row", name="Muinainen").first).to_be_visible()
    look(page)
    follow(page, "Import")
    look(page)
    press(page, "Import")
    has_become(page, "imported")
    follow(page, "Take back the import")
    look(page)
    press(page, "Take back")
    has_become(page, "taken back")
    look(page)


def add_a_paper(page: Page, folder: Path) -> None:
    page.goto("/admin/documents/archiveddocument/")
    follow(page, "Add to the archive")
    wrong = folder / "scan.pdf"
    wrong.write_text("no PDF")
    page.get_by_label("Files").set_input_files(wrong)
    page.get_by_label("Title").fill(TITLE)
    page.get_by_label("Year").fill("2013")
    page.get_by_label("Body").select_option("board")
    page.get_by_label("Kind of paper").select_option("minutes")
    page.get_by_label("Who may read it").select_option("board")
    press(page, "Add to the archive")
    refused(page, page.get_by_label("Files"), "scan.pdf", kept="")
    expect(page.get_by_label("Title")).to_have_value(TITLE)
    wrong.write_bytes(paper(f"Minutes. {WORD}.").read())
    page.get_by_label("Files").set_input_files(wrong)
    press(page, "Add to the archive")
    follow(page, TITLE)
    # Axe cannot look at the admin's own forms: it writes styles, which they refuse.
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def plan_the_next_year(page: Page) -> None:
    page.goto("/admin/board/yearplan/")
    follow(page, "Plan a year")
    year = page.get_by_label("Year")
    year.fill(str(AHEAD - 1))
    page.get_by_label("Day of the annual general meeting").fill(f"{AHEAD - 1}-03-16")
    press(page, "Make the plan")
    refused(page, year, "has its plan already", kept=str(AHEAD - 1))
    year.fill(str(AHEAD))
    page.get_by_label("Day of the annual general meeting").fill(f"{AHEAD}-03-16")
    press(page, "Make the plan")
    expect(page.get_by_role("main")).to_contain_text("0 of 20 settled")
    look(page)
    follow(page, "Add a task")
    page.get_by_label("What", exact=True).fill("Clean the harbour")
    page.get_by_label("From", exact=True).fill(date(AHEAD, 5, 7).isoformat())
    until = page.get_by_label("Until", exact=True)
    until.fill(date(AHEAD, 5, 3).isoformat())
    press(page, "Add the task")
    refused(page, until, "It ends before it begins", kept=f"{AHEAD}-05-03")
    until.fill(date(AHEAD, 5, 9).isoformat())
    press(page, "Add the task")
    task = page.get_by_role("row", name="Clean the harbour")
    task.get_by_role("link", name="Settle").click()
    look(page)
    press(page, "Settle the task")
    expect(page.get_by_role("main")).to_contain_text("1 of 21 settled")
    task.get_by_role("link", name="Take off").click()
    look(page)
    press(page, "Take it off")
    expect(page.get_by_role("main")).to_contain_text("0 of 20 settled")


def test_the_past_and_the_year_ahead(visitors: Visitors, stack: Stack, tmp_path: Path) -> None:
    page = visitors.arrive(viewport={"width": 360, "height": 740})
    sign_in(page, "secretary@kip.example", stack.demo_password)
    import_a_board(page, tmp_path / "board.csv")
    add_a_paper(page, tmp_path)
    plan_the_next_year(page)

    # A member of the board finds the paper by a word in it, reads what was resolved, and the plan.
    board = visitors.arrive(viewport=PHONE)
    sign_in(board, "board9@kip.example", stack.demo_password)
    board.goto("/archive/")
    board.get_by_label("Words to look for").fill(WORD)
    press(board, "Search")
    expect(board.get_by_role("row", name=TITLE)).to_contain_text("from before the system")
    look(board)
    link = board.get_by_role("link", name=TITLE).get_attribute("href")
    assert link and board.request.get(link).headers["content-type"] == "application/pdf"
    board.goto("/board/former/")
    look(board)
    follow(board, "Rescue plan (demo)")
    expect(board.get_by_role("main")).to_contain_text("3/2008")
    look(board)
    board.goto(f"/board/plan/{AHEAD}/")
    expect(board.get_by_role("main")).to_contain_text("0 of 20 settled")
    expect(board.get_by_role("link", name="Add a task")).to_have_count(0)
    look(board)

    # Who has no part in it finds neither.
    member = visitors.arrive()
    sign_in(member, "member@kip.example", stack.demo_password)
    assert member.request.get(link).status == 404
    assert member.request.get("/board/former/").status == 404
    assert member.request.get(f"/board/plan/{AHEAD}/").status == 404
