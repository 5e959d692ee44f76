"""The README's pictures, taken of the running thing: `make pictures`.

No test, and by its name no part of `make test`. Pytest runs it all the same, because the stack and
the browser that it needs are fixtures of the tests.
"""

import re
from typing import Any

from playwright.sync_api import Page

from kip.local.folder import CHECKOUT
from tests.e2e.test_admission import sign_in
from tests.stack import Stack, Visitors

PICTURES = CHECKOUT / "static" / "readme"
LARGEST = 150_000  # bytes


def take(page: Page, name: str, **options: Any) -> None:
    picture = page.screenshot(path=PICTURES / f"{name}.png", animations="disabled", **options)
    assert len(picture) < LARGEST, f"{name}.png is too large for a README"


def test_home(visitors: Visitors) -> None:
    page = visitors.arrive(viewport={"width": 1100, "height": 720})
    page.goto("/en/")
    take(page, "home")


def test_matter(visitors: Visitors, stack: Stack) -> None:
    page = visitors.arrive(viewport={"width": 390, "height": 844}, device_scale_factor=2)
    sign_in(page, "board8@kip.example", stack.demo_password)
    page.goto("/board/matters/")
    page.get_by_role("main").get_by_role("link", name=re.compile("^Admission of")).first.click()
    title = page.get_by_role("heading", level=1).bounding_box()
    assert title
    shown = {"x": 0, "y": title["y"] - 20, "width": 390, "height": 822}
    take(page, "matter", full_page=True, clip=shown)


def test_desk(visitors: Visitors, stack: Stack) -> None:
    page = visitors.arrive(viewport={"width": 1100, "height": 590})
    sign_in(page, "secretary@kip.example", stack.demo_password)
    page.goto("/admin/")
    take(page, "desk")
