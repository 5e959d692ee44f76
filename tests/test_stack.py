"""The stack itself: what the browser and fault tests rely on."""

import json
import signal
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import Page

from tests.stack import Stack, Visitors, axe, wait_for


def _not_ready(stack: Stack) -> list[str]:
    try:
        with urllib.request.urlopen(stack.url("/readyz"), timeout=10):
            return []
    except urllib.error.HTTPError as error:
        missing: list[str] = json.loads(error.read())["missing"]
        return missing


def test_readiness_names_the_broker_and_the_worker(stack: Stack) -> None:
    assert _not_ready(stack) == []
    stack.kill_worker(signal.SIGKILL)
    assert _not_ready(stack) == ["worker"]
    stack.start_worker()
    stack.stop_broker()
    assert "broker" in _not_ready(stack)
    stack.start_broker()
    wait_for(stack.is_ready)


def test_a_page_opens_without_complaint_and_axe_can_look_at_it(page: Page) -> None:
    response = page.goto("/accounts/login/")
    assert response is not None and response.status == 200
    assert "script-src 'self'" in response.headers["content-security-policy"]
    axe(page)


def test_axe_finds_what_is_wrong(page: Page) -> None:
    page.goto("/accounts/login/")
    page.evaluate("document.querySelector('h1').insertAdjacentHTML('afterend', '<img src=\"\">')")
    with pytest.raises(AssertionError, match="image-alt"):
        axe(page)


def test_a_refused_script_or_style_is_a_complaint(visitors: Visitors) -> None:
    page = visitors.arrive()
    page.goto("/accounts/login/")
    page.evaluate("document.body.setAttribute('style', 'color: red')")
    page.wait_for_timeout(100)
    assert len(visitors.complaints) == 1 and "style" in visitors.complaints[0]
    visitors.complaints.clear()
