"""A company that was entered twice, in the browser: compared, merged, and undone."""

from playwright.sync_api import expect

from tests.e2e.test_admission import sign_in
from tests.stack import Stack, Visitors, axe


def test_the_secretary_merges_two_records_and_thinks_again(
    visitors: Visitors, stack: Stack
) -> None:
    page = visitors.arrive()
    sign_in(page, "secretary@kip.example", stack.demo_password)
    page.goto("/admin/members/member/")
    rows = page.locator("#result_list tbody tr")
    names = [rows.nth(n).locator("th a").inner_text() for n in (0, 1)]
    number = rows.nth(1).locator(".field-number").inner_text()
    rows.nth(0).locator("th a").click()

    page.get_by_role("link", name="Is on record twice").click()
    page.get_by_label("With which company?").fill("no such company")
    page.get_by_role("button", name="Compare").click()
    expect(
        page.get_by_text(
            "No company is known by this: write its business ID or member number."
        ).first
    ).to_be_visible()
    axe(page)
    page.get_by_label("With which company?").fill(number)
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name=f"{names[0]} – {names[1]}")).to_be_visible()
    expect(page.get_by_role("row", name="Business ID")).to_contain_text("differs")
    axe(page)

    page.get_by_role("link", name="Keep this one").first.click()
    expect(page.get_by_text(f"Kept: {names[0]}")).to_be_visible()
    expect(page.get_by_text("in one membership for the two")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Merge").click()
    expect(page.get_by_text("The two records are one now.")).to_be_visible()
    axe(page)
    page.goto("/admin/members/member/")
    expect(page.get_by_role("link", name=names[1], exact=True)).to_have_count(0)

    page.goto("/admin/members/companypair/?status=merged")
    page.get_by_role("link", name=names[0]).click()
    page.get_by_role("link", name="Undo the merge").click()
    axe(page)
    page.get_by_role("button", name="Undo the merge").click()
    expect(page.get_by_text("They are two records again.")).to_be_visible()
    page.goto("/admin/members/member/")
    expect(page.get_by_role("link", name=names[1], exact=True)).to_be_visible()
