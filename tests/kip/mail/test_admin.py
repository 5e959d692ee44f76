"""The outbox in the admin: each letter as it was sent, in plain words, with nothing secret."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from kip.accounts.models import User
from kip.mail import delivery
from kip.mail.models import OutboxMail
from tests.kip.mail.stand_ins import Clock, MailServer, Post

pytestmark = pytest.mark.django_db

LIST = "admin:mail_outboxmail_changelist"
PAGES = ["change", "html", "send_again"]


def url(page: str, mail: OutboxMail) -> str:
    return reverse(f"admin:mail_outboxmail_{page}", args=[mail.pk])


@pytest.fixture
def at_the_desk(client: Client, secretary: User) -> Client:
    client.force_login(secretary)
    return client


@pytest.fixture
def refused(letter: Post, mail_server: MailServer, clock: Clock) -> Any:
    mail_server.answers = ["554 5.7.1 Looks like spam"]
    mail = letter(personal={"code": "QX7-429", "link": "/people/very-secret/"}, link="")
    delivery.deliver(clock=clock)
    return mail


def test_a_letter_as_it_was_sent_with_its_history(at_the_desk: Client, refused: Any) -> None:
    page = at_the_desk.get(url("change", refused))
    for words in (
        "Not delivered: 554 5.7.1 Looks like spam",
        "aino@kip.example",
        "KIP &lt;kip@kip.example&gt;",
        "secretary@kip.example",
        "Notice on 24 November 2026",
        "Tue, 24 Nov 2026 10:05:00 +0200",
        "Your code is [personal code].",
        "[personal link]",
        "You get this because you asked.",
        "Refused: 554 5.7.1 Looks like spam",
    ):
        assert words in page.content.decode()
    assert "frame-src 'self'" in page["Content-Security-Policy"]


@pytest.mark.parametrize("page", PAGES)
def test_nothing_secret_is_shown(page: str, at_the_desk: Client, refused: Any) -> None:
    shown = at_the_desk.get(url(page, refused)).content.decode()
    for secret in ("QX7-429", "very-secret", "[[", *refused.personal.values()):
        assert secret not in shown


def test_the_preview_can_do_nothing(at_the_desk: Client, refused: Any) -> None:
    preview = at_the_desk.get(url("html", refused))
    assert set(preview["Content-Security-Policy"].split("; ")) == {
        "default-src 'none'",
        "style-src-attr 'unsafe-inline'",
        "frame-ancestors 'self'",
        "sandbox allow-popups allow-popups-to-escape-sandbox",
    }
    assert preview["X-Frame-Options"] == "SAMEORIGIN"
    assert at_the_desk.post(url("html", refused)).status_code == 405


def test_send_again_asks_once(
    at_the_desk: Client, refused: Any, mail_server: MailServer, clock: Clock
) -> None:
    page = at_the_desk.get(url("send_again", refused)).content.decode()
    assert "The same letter goes to aino@kip.example." in page
    refused.refresh_from_db()
    assert refused.status == "failed"

    page = at_the_desk.post(url("send_again", refused), follow=True).content.decode()
    assert "The letter is in the queue again." in page
    assert "Put back in the queue (Siiri)" in page
    assert "Send again" not in page
    refused.refresh_from_db()
    assert refused.status == "queued"

    page = at_the_desk.post(url("send_again", refused), follow=True).content.decode()
    assert "This is “Waiting”, so that step is not possible any more." in page


def test_what_left_is_sent_again_unless_its_code_is_forgotten(
    at_the_desk: Client, letter: Post, mail_server: MailServer, clock: Clock
) -> None:
    plain = letter("notice:1")
    coded = letter("notice:2", personal={"code": "QX7-429", "link": "/people/secret/"}, link="")
    delivery.deliver(clock=clock)
    assert url("send_again", plain) in at_the_desk.get(url("change", plain)).content.decode()
    page = at_the_desk.get(url("send_again", plain)).content.decode()
    assert "so it may arrive twice" in page
    page = at_the_desk.post(url("send_again", plain), follow=True).content.decode()
    assert "The letter is in the queue again." in page

    page = at_the_desk.get(url("change", coded)).content.decode()
    assert url("send_again", coded) not in page
    assert "Renew the invitation, or let the reader ask for a new code" in page
    page = at_the_desk.post(url("send_again", coded), follow=True).content.decode()
    assert "was forgotten when it was sent" in page
    coded.refresh_from_db()
    assert coded.status == "sent"


@pytest.mark.parametrize("who", ["nobody", "reader", "superuser"])
def test_only_the_secretary_reads_letters(who: str, client: Client, refused: Any) -> None:
    if who == "reader":
        client.force_login(refused.reader)
    elif who == "superuser":
        client.force_login(User.objects.create_superuser("root@kip.example"))
    for address in [reverse(LIST), *(url(page, refused) for page in PAGES)]:
        assert client.get(address).status_code in {302, 403}
    assert client.post(url("send_again", refused)).status_code in {302, 403}
    refused.refresh_from_db()
    assert refused.status == "failed"


def test_nobody_writes_changes_or_deletes_a_letter(at_the_desk: Client, refused: Any) -> None:
    assert at_the_desk.post("/admin/mail/outboxmail/add/").status_code == 403
    assert at_the_desk.post(f"/admin/mail/outboxmail/{refused.pk}/delete/").status_code == 403
    assert at_the_desk.post(url("change", refused), {"text": "x"}).status_code == 405
    assert at_the_desk.get(url("change", OutboxMail(pk=999999))).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_queries_however_long(
    count: int, at_the_desk: Client, letter: Post, django_assert_num_queries: Any
) -> None:
    for n in range(count):
        letter(f"notice:{n}")
    with django_assert_num_queries(5):
        page = at_the_desk.get(reverse(LIST)).content.decode()
    assert page.count("Waiting to be sent since 24 November 2026 at 10:05") == count


def test_the_list_is_searched_and_filtered(at_the_desk: Client, refused: Any, letter: Post) -> None:
    letter("notice:2", to="guest@kip.example", language="fi")
    failed = at_the_desk.get(reverse(LIST), {"status__exact": "failed"}).content.decode()
    assert "aino@kip.example" in failed and "guest@kip.example" not in failed
    found = at_the_desk.get(reverse(LIST), {"q": "guest"}).content.decode()
    assert "guest@kip.example" in found and "aino@kip.example" not in found


def test_the_registers_go_by_their_names(at_the_desk: Client) -> None:
    page = at_the_desk.get("/admin/documents/document/").content.decode()
    assert "<h1>Documents</h1>" in page
    assert "<title>Documents |" in page.replace("\n", "")


def test_the_desk_speaks_the_secretarys_language(at_the_desk: Client) -> None:
    assert 'name="language" value="fi"' in at_the_desk.get("/admin/").content.decode()
    at_the_desk.post("/language/", {"language": "fi", "next": "/admin/"})
    assert '<html lang="fi"' in at_the_desk.get("/admin/").content.decode()
