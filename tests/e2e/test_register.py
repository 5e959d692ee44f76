"""The register of members in the browser: read, asked for another day, taken along as PDF."""

import io
import re

from playwright.sync_api import expect
from pypdf import PdfReader

from tests.e2e.test_admission import sign_in
from tests.kip.test_pdf import tags_of, text_of
from tests.stack import Stack, Visitors, axe


def test_a_members_person_takes_the_register_along(visitors: Visitors, stack: Stack) -> None:
    page = visitors.arrive(viewport={"width": 360, "height": 740})
    sign_in(page, "member@kip.example", stack.demo_password)
    page.goto("/my/")
    page.get_by_role("link", name="Register of members").click()
    expect(page.get_by_role("heading", name="Register of members")).to_be_visible()
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 360

    page.get_by_label("As it stood on").fill("2019-12-31")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile(r"\?on=2019-12-31$"))
    expect(page.get_by_text("on 31 December 2019")).to_be_visible()
    expect(page.get_by_text("all of this was recorded later")).to_be_visible()
    axe(page)
    names = page.locator("tbody th").all_inner_texts()

    with page.expect_download() as waiting:
        page.get_by_role("link", name="PDF").click()
    assert waiting.value.suggested_filename == "register-2019-12-31.pdf"
    document = PdfReader(io.BytesIO(waiting.value.path().read_bytes()))
    text, tags = text_of(document), tags_of(document)
    assert "As of 31 December 2019" in text and f"{len(names)} member companies" in text
    assert all(name in text for name in names) and "@" not in text
    assert document.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert tags.count("/TH") == 4 and tags.count("/TR") == len(names) + 1


def test_the_register_without_scripts(visitors: Visitors, stack: Stack) -> None:
    page = visitors.arrive(javascript=False)
    sign_in(page, "board2@kip.example", stack.demo_password)
    page.goto("/my/register/votes/")
    page.get_by_label("As it stood on").fill("2025-01-31")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("on 31 January 2025")).to_be_visible()
    page.get_by_role("link", name="Register of members").last.click()
    expect(page).to_have_url(re.compile(r"/my/register/\?on=2025-01-31$"))
