"""Letters on paper: who gets them, how they are printed, and the proof that they were posted."""

import io
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from kip.accounts.models import User
from kip.desk import desk
from kip.exceptions import DomainError, InvalidTransition, NotAllowed
from kip.mail import delivery, paper, posting, services
from kip.mail.models import Attempt, OutboxMail
from kip.mail.states import Channel, Outcome, Status
from tests.kip.mail.stand_ins import AT, Clock, MailServer, Post

pytestmark = pytest.mark.django_db

MILLIMETRE = 72 / 25.4
TODAY = timezone.localdate(AT)
ADDRESS = "Tehtaantie 1\n67900 Kokkola"
PAPER = "admin:mail_outboxmail_paper"


@pytest.fixture
def on_paper(reader: User) -> User:
    User.objects.filter(pk=reader.pk).update(
        channel=Channel.LETTER, postal_address=ADDRESS, family_name="Laine"
    )
    reader.refresh_from_db()
    return reader


@pytest.fixture
def desk_of(client: Client, secretary: User) -> Client:
    client.force_login(secretary)
    return client


def posted(mail: OutboxMail, by: User, **changes: Any) -> OutboxMail:
    at = {"posted_on": TODAY, "at": AT + timedelta(hours=1)} | changes
    [done] = posting.mark_posted(mail_ids=[mail.pk], by=by, **at)
    return done


def read(content: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(content))


def places(page: Any) -> list[tuple[float, float, str]]:
    """Each piece of text with where it begins: millimetres from the left and from the top."""
    found: list[tuple[float, float, str]] = []

    def note(text: str, _cm: Any, tm: Any, _font: Any, _size: Any) -> None:
        if text.strip():
            x, y = tm[4] * _cm[0] + _cm[4], tm[5] * _cm[3] + _cm[5]
            found.append((x / MILLIMETRE, 297 - y / MILLIMETRE, text.strip()))

    page.extract_text(visitor_text=note)
    return found


# --- Who is written to on paper ------------------------------------------------------------------


def test_who_has_chosen_letters_gets_them_on_paper(letter: Post, on_paper: User) -> None:
    mail = letter(link="/board/matters/7/")
    assert (mail.channel, mail.to_address, mail.html) == (Channel.LETTER, "", "")
    assert mail.postal_address == f"Aino Laine\n{ADDRESS}"
    assert "Open My KIP:\n127.0.0.1:8000/board/matters/7" in mail.text
    assert "http" not in mail.text
    assert mail.status == Status.QUEUED


def test_who_has_an_address_and_no_mail_too(letter: Post, on_paper: User) -> None:
    on_paper.channel, on_paper.email = Channel.EMAIL, None
    on_paper.save()
    assert services.way_to(on_paper, at=AT).channel == Channel.LETTER
    on_paper.email = "aino@kip.example"
    assert services.way_to(on_paper, at=AT).channel == Channel.EMAIL


def test_a_letter_without_any_address_goes_by_mail(letter: Post, on_paper: User) -> None:
    on_paper.postal_address = ""
    assert letter().channel == Channel.EMAIL
    on_paper.email = None
    assert letter("notice:2") is None


def test_codes_and_personal_links_never_go_on_paper(letter: Post, on_paper: User) -> None:
    secrets = {"personal": {"code": "QX7-429", "link": "/very-secret/"}, "link": ""}
    assert letter(**secrets).channel == Channel.EMAIL
    on_paper.email = None
    mail = letter("notice:2", **secrets)
    assert mail.channel == Channel.LETTER
    assert mail.personal == {}
    assert "give an e-mail address to the secretary" in mail.text
    for secret in ("QX7-429", "very-secret", "[[personal"):
        assert secret not in mail.text + mail.link


def test_delivery_never_touches_paper(
    letter: Post, on_paper: User, mail_server: MailServer, clock: Clock
) -> None:
    mail = letter()
    clock.passes(10 * 24 * 3600)
    assert delivery.deliver(clock=clock) == 0
    mail.refresh_from_db()
    assert (mail.status, mail.attempts, mail.claimed_until) == (Status.QUEUED, 0, None)
    assert mail_server.received == []


def test_a_rehearsal_says_that_it_goes_on_paper(letter: Post, on_paper: User) -> None:
    [rehearsed] = services.rehearse(letter)
    assert rehearsed.to == "Aino Laine, Tehtaantie 1, 67900 Kokkola (on paper)"


# --- The sheet -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        f"Aino Laine\n{ADDRESS}",
        "Aino Laine\nKokkolan Esimerkki Oy\nc/o Toinen\nTehtaantie 1 A 23\nPL 7\n67900 Kokkola",
        f"{'Wilhelmiina ' * 14}Laine-Virta\n{'Pitkä katu ' * 4}\n{'x' * 50}\n67900 Kokkola",
    ],
)
def test_the_address_stands_in_the_window_and_nothing_else(
    letter: Post, on_paper: User, address: str
) -> None:
    mail = letter()
    mail.postal_address = address
    page = read(paper.letters([mail])).pages[0]
    top, bottom = paper.WINDOW["top"], paper.WINDOW["top"] + paper.WINDOW["height"]
    left, right = paper.WINDOW["left"], paper.WINDOW["left"] + paper.WINDOW["width"]
    seen = [
        (x, y, text) for x, y, text in places(page) if top - 5 <= y <= bottom + 8 and x <= right
    ]
    words = " ".join(text for _, _, text in seen).replace(" ", "")
    assert words == address.replace("\n", "").replace(" ", "")
    for x, y, _text in seen:
        assert left <= x <= right
        assert top + 2 <= y <= bottom - 1  # the line on which the letters stand


def test_the_sheet_has_sender_date_subject_and_pages(letter: Post, on_paper: User) -> None:
    mail = letter(why="You get this because you asked. " + "Words. " * 700)
    reader = read(paper.letters([mail]))
    first = places(reader.pages[0])
    sender = next(place for place in first if "Kokkola Industrial Park" in place[2])
    date = next(place for place in first if "24 November 2026" in place[2])
    assert sender[0] == pytest.approx(20, abs=1) and sender[1] < 30
    assert date[0] == pytest.approx(92, abs=1) and date[1] < 30
    assert len(reader.pages) == 2
    assert "1 (2)" in reader.pages[0].extract_text()
    assert "2 (2)" in reader.pages[1].extract_text()
    assert "Notice on 24 November 2026" in reader.pages[0].extract_text()
    assert "Demokatu 1" in reader.pages[0].extract_text()


def test_it_is_a_tagged_document(letter: Post, on_paper: User) -> None:
    reader = read(paper.letters([letter()]))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "en"
    assert reader.xmp_metadata is not None
    assert "<pdfuaid:part>1</pdfuaid:part>" in reader.xmp_metadata.rdf_root.toxml()
    labels = read(paper.labels([OutboxMail.objects.get()]))
    assert labels.trailer["/Root"]["/MarkInfo"]["/Marked"]


def test_on_both_sides_each_letter_begins_on_a_sheet(letter: Post, on_paper: User) -> None:
    mails = [letter(f"notice:{n}") for n in range(3)]
    assert len(read(paper.letters(mails)).pages) == 3
    reader = read(paper.letters(mails, duplex=True))
    assert len(reader.pages) == 5
    for page in (0, 2, 4):
        assert "1 (1)" in reader.pages[page].extract_text()
    assert reader.pages[1].extract_text().strip() == ""


def test_labels_begin_where_the_sheet_is_free(letter: Post, on_paper: User) -> None:
    mails = [letter(f"notice:{n}") for n in range(4)]
    reader = read(paper.labels(mails, start=23))
    assert len(reader.pages) == 2
    x, y, _text = places(reader.pages[0])[0]  # the 23rd: the second one of the eighth row
    assert 70 < x < 140 and 7 * 37 < y < 8 * 37
    x, y, _text = places(reader.pages[1])[0]
    assert 0 < x < 70 and 0 < y < 37


def test_the_same_letter_is_the_same_afterwards(
    letter: Post, on_paper: User, secretary: User, settings: Any
) -> None:
    mail = letter()
    before = paper.letters([mail])
    posted(mail, secretary)
    settings.ASSOCIATION_ADDRESS = ["Elsewhere 9"]
    User.objects.filter(pk=on_paper.pk).update(family_name="Virta", postal_address="Moved 2")
    assert paper.letters([OutboxMail.objects.get(pk=mail.pk)]) == before


def test_two_hundred_letters_take_seconds(letter: Post, on_paper: User) -> None:
    mail = letter()
    begun = time.monotonic()
    content = paper.letters([mail] * 200)
    assert time.monotonic() - begun < 10
    assert len(read(content).pages) == 200


def test_a_letter_that_no_font_can_show_is_named(letter: Post, on_paper: User) -> None:
    mails = [letter(), letter("notice:2", context={"day": TODAY, "company": "漢字 Oy"})]
    mails[1].postal_address = "Pekka Puro\nTie 2"
    with pytest.raises(DomainError, match=r"Pekka Puro.*漢"):
        paper.letters(mails)


# --- Posting -------------------------------------------------------------------------------------


def test_posted_on_a_day_is_recorded_as_proof(
    letter: Post, on_paper: User, secretary: User
) -> None:
    mail = posted(letter(), secretary)
    assert mail.status == Status.SENT
    assert mail.in_words() == "Posted on 24 November 2026"
    proof = Attempt.objects.get(mail=mail)
    assert (proof.outcome, proof.posted_on, proof.by) == (Outcome.POSTED, TODAY, secretary)
    with pytest.raises(IntegrityError), transaction.atomic():
        Attempt.objects.create(mail=mail, at=AT, outcome=Outcome.POSTED, by=secretary)


@pytest.mark.parametrize(
    ("days", "words"), [(1, "still to come"), (-1, "Aino Laine was written on 24 November 2026")]
)
def test_not_in_the_future_and_not_before_it_was_written(
    letter: Post, on_paper: User, secretary: User, days: int, words: str
) -> None:
    mail = letter()
    with pytest.raises(DomainError, match=words) as refused:
        posted(mail, secretary, posted_on=TODAY + timedelta(days=days))
    assert refused.value.field == "posted_on"
    mail.refresh_from_db()
    assert mail.status == Status.QUEUED
    assert not mail.history.exists()


def test_all_of_them_or_none(letter: Post, on_paper: User, secretary: User) -> None:
    first, second = letter(), letter("notice:2")
    posted(first, secretary)
    with pytest.raises(InvalidTransition, match="1 of these letters"):
        posting.mark_posted(mail_ids=[first.pk, second.pk], posted_on=TODAY, by=secretary, at=AT)
    second.refresh_from_db()
    assert second.status == Status.QUEUED


def test_only_the_secretary(letter: Post, on_paper: User, secretary: User) -> None:
    mail = letter()
    with pytest.raises(NotAllowed):
        posted(mail, on_paper)
    posted(mail, secretary)
    with pytest.raises(NotAllowed):
        posting.mark_returned(mail_id=mail.pk, reason="Moved", by=on_paper, at=AT)


def test_a_mail_is_not_posted(letter: Post, secretary: User) -> None:
    with pytest.raises(InvalidTransition):
        posted(letter(), secretary)


def test_a_wrong_mark_is_undone(letter: Post, on_paper: User, secretary: User) -> None:
    mail = posted(letter(), secretary)
    mail = services.send_again(mail_id=mail.pk, by=secretary, at=AT)
    assert (mail.status, mail.sent_at) == (Status.QUEUED, None)
    assert list(OutboxMail.objects.to_post()) == [mail]
    assert [each.outcome for each in mail.history.order_by("pk")] == ["posted", "requeued"]


def texts(group: str = "Letters on paper") -> list[str]:
    return [item.text for item in desk(at=AT) if item.group == group]


def test_the_desk_says_what_waits_and_what_came_back(
    letter: Post, on_paper: User, secretary: User
) -> None:
    assert texts() == []
    mail = letter()
    letter("notice:2")
    assert texts() == ["2 letters wait to be posted"]
    posted(mail, secretary)
    posting.mark_returned(mail_id=mail.pk, reason="Moved away", by=secretary, at=AT)
    mail.refresh_from_db()
    assert (mail.status, mail.in_words()) == (Status.BOUNCED, "Came back: Moved away")
    assert texts("Mail that failed") == []
    assert "Came back from Aino Laine: check the address" in texts()
    User.objects.filter(pk=on_paper.pk).update(postal_address="Uusi tie 2\n67100 Kokkola")
    assert texts() == ["1 letter waits to be posted"]


def test_what_came_back_is_written_anew_once(letter: Post, on_paper: User, secretary: User) -> None:
    mail = posted(letter(), secretary)
    posting.mark_returned(mail_id=mail.pk, reason="Moved", by=secretary, at=AT)
    act = {"mail_id": mail.pk, "by": secretary, "at": AT}
    with pytest.raises(DomainError, match="still the same"):
        posting.write_anew(**act)
    User.objects.filter(pk=on_paper.pk).update(postal_address="Uusi tie 2\n67100 Kokkola")
    anew = posting.write_anew(**act)
    assert anew.postal_address == "Aino Laine\nUusi tie 2\n67100 Kokkola"
    assert (anew.text, anew.status) == (mail.text, Status.QUEUED)
    with pytest.raises(InvalidTransition):
        posting.write_anew(**act)


def test_what_waits_is_written_anew_to_the_address_of_today(
    desk_of: Client, letter: Post, on_paper: User, secretary: User
) -> None:
    mail = letter()
    act = {"mail_id": mail.pk, "by": secretary, "at": AT}
    with pytest.raises(DomainError, match="still the same"):
        posting.write_anew(**act)
    change = reverse("admin:mail_outboxmail_change", args=[mail.pk])
    write_anew = reverse("admin:mail_outboxmail_write_anew", args=[mail.pk])
    assert write_anew not in desk_of.get(change).content.decode()
    User.objects.filter(pk=on_paper.pk).update(postal_address="Uusi tie 2\n67100 Kokkola")
    assert write_anew in desk_of.get(change).content.decode()
    assert "is not posted" in desk_of.get(write_anew).content.decode()
    desk_of.post(write_anew, {"once": "a"})
    mail.refresh_from_db()
    assert mail.status == Status.STOPPED
    [waits] = OutboxMail.objects.to_post()
    assert waits.postal_address == "Aino Laine\nUusi tie 2\n67100 Kokkola"
    assert waits.text == mail.text
    with pytest.raises(InvalidTransition):
        posting.write_anew(**act)


# --- Pages ---------------------------------------------------------------------------------------


def test_the_page_lists_what_waits(desk_of: Client, letter: Post, on_paper: User) -> None:
    assert "No letter waits" in desk_of.get(reverse(PAPER)).content.decode()
    letter()
    page = desk_of.get(reverse(PAPER)).content.decode()
    assert "Aino Laine<br>Tehtaantie 1<br>67900 Kokkola" in page
    assert "Notice on 24 November 2026" in page


def test_all_means_those_that_were_on_the_page(
    desk_of: Client, letter: Post, on_paper: User
) -> None:
    first = letter()
    letter("notice:2")
    response = desk_of.get(reverse(PAPER), {"take": "letters", "upto": first.pk})
    assert response["Content-Type"] == "application/pdf"
    assert len(read(response.content).pages) == 1
    response = desk_of.get(reverse(PAPER), {"take": "labels", "upto": first.pk + 99, "start": "24"})
    assert len(read(response.content).pages) == 2


def test_a_wrong_start_is_said_beside_it_and_loses_nothing(
    desk_of: Client, letter: Post, on_paper: User
) -> None:
    mail = letter()
    page = desk_of.get(
        reverse(PAPER), {"take": "labels", "start": "25", "letter": mail.pk, "duplex": "on"}
    )
    words = page.content.decode()
    assert "Give a number from 1 to 24." in words
    assert f'id="letter-{mail.pk}" checked' in words
    assert page.context["form"]["duplex"].value() is True
    # Of labels only: letters are printed whatever stands there.
    printed = desk_of.get(reverse(PAPER), {"take": "letters", "start": "25", "letter": mail.pk})
    assert printed["Content-Type"] == "application/pdf"


def test_posted_is_asked_once_and_recorded(
    desk_of: Client, letter: Post, on_paper: User, secretary: User
) -> None:
    mail = letter(at=timezone.now() - timedelta(days=3))
    on_list = {"take": "posted", "letter": mail.pk}
    there = desk_of.get(reverse(PAPER), on_list)
    assert there.status_code == 302
    page = desk_of.get(there["Location"])
    assert "To Aino Laine: Notice on" in page.content.decode()
    mail.refresh_from_db()
    assert mail.status == Status.QUEUED
    letter("notice:2", at=timezone.now())  # comes in between, and stays
    day = timezone.localdate() - timedelta(days=1)
    press = {"once": "x", "pressed": page.context["pressed"]}
    wrong = timezone.localdate() + timedelta(days=1)
    refused = desk_of.post(there["Location"], press | {"posted_on": wrong.isoformat()})
    assert "still to come" in refused.content.decode()
    desk_of.post(there["Location"], press | {"posted_on": day.isoformat()})
    mail.refresh_from_db()
    assert mail.status == Status.SENT
    assert OutboxMail.objects.to_post().count() == 1
    page = desk_of.get(reverse("admin:mail_outboxmail_change", args=[mail.pk])).content.decode()
    assert f"recorded by {secretary}" in page


def test_the_pages_of_a_posted_letter(desk_of: Client, letter: Post, on_paper: User) -> None:
    mail = letter()
    urls = {
        name: reverse(f"admin:mail_outboxmail_{name}", args=[mail.pk])
        for name in ("change", "letter_pdf", "returned", "send_again", "html", "write_anew")
    }
    assert desk_of.get(urls["html"]).status_code == 404
    secretary = User.objects.secretaries().get()
    posted(mail, secretary)
    assert desk_of.get(urls["letter_pdf"]).content == paper.letters([mail])
    desk_of.post(urls["returned"], {"once": "a", "reason": "Moved away"})
    mail.refresh_from_db()
    assert (mail.status, mail.last_error) == (Status.BOUNCED, "Moved away")
    assert "Check the address" in desk_of.get(urls["change"]).content.decode()
    User.objects.filter(pk=on_paper.pk).update(postal_address="Uusi tie 2\n67100 Kokkola")
    page = desk_of.get(urls["change"]).content.decode()
    assert urls["write_anew"] in page
    assert "Uusi tie 2" in desk_of.get(urls["write_anew"]).content.decode()
    desk_of.post(urls["send_again"], {"once": "b"})
    mail.refresh_from_db()
    assert mail.status == Status.QUEUED


def test_a_mail_has_no_pages_of_paper(desk_of: Client, letter: Post) -> None:
    mail = letter()
    for name in ("letter_pdf", "returned"):
        url = reverse(f"admin:mail_outboxmail_{name}", args=[mail.pk])
        assert desk_of.get(url).status_code == 404
    anew = reverse("admin:mail_outboxmail_write_anew", args=[mail.pk])
    page = desk_of.get(anew, follow=True).content.decode()
    assert "has not come back, or was written anew already" in page


def test_the_outbox_is_filtered_by_how_letters_go(
    desk_of: Client, letter: Post, on_paper: User
) -> None:
    letter()
    outbox = reverse("admin:mail_outboxmail_changelist")
    assert "Aino Laine" in desk_of.get(outbox, {"channel": "letter"}).content.decode()
    assert "Notice on" not in desk_of.get(outbox, {"channel": "email"}).content.decode()
