"""The outbox's pages in a browser: every state, and axe finds nothing."""

import pytest
from playwright.sync_api import Page, expect

from tests.kip.mail.stand_ins import ask_for_a_code
from tests.stack import Stack, axe

REFUSED = """
    WITH letter AS (
        INSERT INTO mail_outboxmail (key, to_address, language, subject, text, html, why, link,
            personal, message_id, status, attempts, next_attempt_at, last_error, created_at, about,
            channel, postal_address)
        SELECT 'page:' || gen_random_uuid(), 'lost@kip.example', 'en', 'Notice', text, html, why,
            link, personal, '<' || gen_random_uuid() || '@kip.example>', 'queued', 1,
            now() + interval '1 day', '', now(), '', 'email', ''
        FROM mail_outboxmail ORDER BY id DESC LIMIT 1
        RETURNING id
    )
    INSERT INTO mail_attempt (mail_id, at, outcome, answer)
    SELECT id, now(), 'refused', '550 5.1.1 No such mailbox' FROM letter RETURNING mail_id
"""


@pytest.fixture
def refused(stack: Stack, page: Page) -> int:
    """A letter that was given up; the page is at the secretary's desk."""
    ask_for_a_code(stack, "stranger@kip.example")
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill("secretary@kip.example")
    page.locator("input[name=password]").fill(stack.demo_password)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url("**/admin/")  # where the secretary lands
    [row] = stack.sql(REFUSED)
    stack.sql(
        "UPDATE mail_outboxmail SET status = 'failed', last_attempt_at = now(),"
        " last_error = '550 5.1.1 No such mailbox' WHERE id = %s",
        [row["mail_id"]],
    )
    return int(row["mail_id"])


def test_from_the_desk_to_sending_again(refused: int, page: Page) -> None:
    page.goto("/admin/")
    page.get_by_role("link", name="Not delivered to lost@kip.example").click()
    expect(page.get_by_text("Not delivered: 550 5.1.1 No such mailbox")).to_be_visible()
    preview = page.frame_locator("iframe").get_by_text("Kokkola Industrial Park Association")
    expect(preview.first).to_be_visible()
    axe(page)

    page.get_by_role("link", name="Send again").click()
    axe(page)
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("The letter is in the queue again.")).to_be_visible()
    axe(page)

    page.goto("/admin/mail/outboxmail/")
    expect(page.get_by_text("lost@kip.example")).to_be_visible()
    axe(page)
