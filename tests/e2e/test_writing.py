"""The association writes: to a filtered list, in other words, on paper; and what comes back."""

import re
from datetime import timedelta
from pathlib import Path

from django.utils import timezone
from playwright.sync_api import Locator, Page, expect
from pypdf import PdfReader

from tests.e2e.test_admission import A_PDF, sign_in
from tests.e2e.test_companies import PHONE, look, name_of, the_mail, words_of
from tests.kip.mail.reports import postfix
from tests.kip.test_pdf import text_of
from tests.stack import Stack, Visitors

NARROW = {"width": 360, "height": 740}
# A member company of the demo that no other test needs, and somebody more who stands for it.
COMPANY = 16
READS_PAPER = "paula.paperi@example.org"

NAME = """
from django.utils import timezone
from kip.accounts.demo import SECRETARY_ADDRESS, demo_person
from kip.accounts.models import User
from members import services
from members.models import Member

at = timezone.now()
person = demo_person({address!r}, "Paula", "Paperi", "en", {password!r}, at)
services.name_representative(
    member_id=Member.objects.get(number={number}).pk,
    role="safety",
    who=services.Who(email=person.email),
    since=timezone.localdate(at),
    by=User.objects.get(email=SECRETARY_ADDRESS),
    at=at,
)
"""


def write(page: Page, company: str, *, text: str, subject: str = "News for {{ company }}") -> None:
    """To everybody who stands for the company, from the list of members; not kept yet."""
    page.goto("/admin/members/member/")
    page.get_by_role("textbox", name="Search").fill(company)
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Write to these").click()
    page.get_by_label("Whom of each company").select_option("all")
    english = page.get_by_role("group", name="English")
    english.get_by_label("Subject").fill(subject)
    english.get_by_label("Text").fill(text)


def press(page: Page, link: str, button: str = "") -> None:
    """Through the page that asks once."""
    page.get_by_role("link", name=link, exact=True).click()
    look(page)
    page.get_by_role("button", name=button or link, exact=True).click()


def row_of(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name))


def bottom(shown: Locator) -> float:
    box = shown.bounding_box()
    assert box is not None
    return box["y"] + box["height"]


def download(page: Page, button: Locator, to: Path) -> PdfReader:
    with page.expect_download() as waiting:
        button.click()
    waiting.value.save_as(to)
    return PdfReader(to)


def test_the_secretary_writes_to_a_filtered_list(
    visitors: Visitors, stack: Stack, tmp_path: Path
) -> None:
    company = name_of(stack, COMPANY)
    stack.manage(
        "shell",
        "-v",
        "0",
        "-c",
        NAME.format(number=COMPANY, address=READS_PAPER, password=stack.demo_password),
    )

    # Somebody wants letters on paper, and says where to.
    reader = visitors.arrive(viewport=PHONE)
    sign_in(reader, READS_PAPER, stack.demo_password)
    reader.goto("/people/me/")
    reader.get_by_label("Letters to me come by").select_option("letter")
    reader.get_by_label("Postal address").fill("Kirjekuja 4" + "\n67100 Kokkola" * 5)
    reader.get_by_role("button", name="Save my details").click()
    expect(reader.get_by_role("alert")).to_be_visible()
    expect(reader.get_by_label("Postal address")).to_have_value(re.compile("^Kirjekuja"))
    look(reader)
    reader.get_by_label("Postal address").fill("Kirjekuja 4\n67100 Kokkola")
    reader.get_by_role("button", name="Save my details").click()
    expect(reader.get_by_role("status")).to_contain_text("Your details are saved")
    look(reader)

    # From the list to the words; a field that there is not is named, and nothing is lost.
    page = visitors.arrive(viewport=NARROW)
    sign_in(page, "secretary@kip.example", stack.demo_password)
    write(page, company, text="Dear {{ given_nmae }},\n\nthe gate is **closed** on Friday.")
    page.get_by_label("Add attachments").set_input_files(
        {"name": "gates.pdf", "mimeType": "application/pdf", "buffer": A_PDF}
    )
    look(page)
    page.get_by_role("button", name="Keep, and see who gets it").click()
    text = page.get_by_role("group", name="English").get_by_label("Text")
    expect(page.get_by_role("main")).to_contain_text("There is no field “given_nmae” here")
    expect(text).to_have_value(re.compile("closed"))
    expect(page.get_by_role("main")).to_contain_text("does not keep files: gates.pdf")
    look(page)
    text.fill("Dear {{ given_name }},\n\nthe gate is **closed** on Friday.")
    page.get_by_label("Add attachments").set_input_files(
        {"name": "gates.pdf", "mimeType": "application/pdf", "buffer": A_PDF}
    )
    page.get_by_role("button", name="Keep, and see who gets it").click()

    # Who gets it and why; one of them need not.
    voting = row_of(page, "Kaisa Demo-Nygård")
    expect(voting).to_contain_text(f"Voting representative, {company}")
    expect(row_of(page, "Paula Paperi")).to_contain_text(
        "Letter on paper: Paula Paperi, Kirjekuja 4, 67100 Kokkola"
    )
    look(page)
    voting.get_by_role("link", name="Leave out").click()
    look(page)
    page.get_by_role("button", name="Leave out").click()
    expect(row_of(page, "Kaisa Demo-Nygård")).to_contain_text("Left out by the secretary")
    look(page)

    # How it reads, to whom it goes by mail and on paper.
    page.get_by_role("link", name="Preview", exact=True).first.click()
    expect(page.get_by_role("main")).to_contain_text(f"News for {company}")
    expect(page.get_by_role("main")).to_contain_text("67100 Kokkola")
    look(page)
    page.get_by_role("link", name="Previous recipient").click()
    expect(page.frame_locator("iframe").get_by_text("Dear Aino")).to_be_visible()
    look(page)
    page.get_by_role("link", name="News for [name of the company]").first.click()
    press(page, "Send me a test copy")
    test_copy = the_mail(stack, "secretary@kip.example", f"Test: News for {company}")
    assert "Dear Paula" in words_of(test_copy)

    # At an hour, but not one that has passed; taken back; now.
    page.get_by_role("link", name="Send", exact=True).click()
    look(page)
    hour = timezone.localtime() - timedelta(days=1)
    page.get_by_label("Goes out at").fill(f"{hour:%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("Give an hour that lies ahead")
    look(page)
    hour += timedelta(days=2)
    page.get_by_label("Goes out at").fill(f"{hour:%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("It goes out by itself on")
    look(page)
    page.get_by_role("link", name="Take back").click()
    page.get_by_role("button", name="Take back").click()
    page.get_by_role("link", name="Send", exact=True).click()
    page.get_by_role("button", name="Send", exact=True).click()
    primary = row_of(page, "Aino Demo-Kallio")
    expect(primary).to_contain_text("Accepted by the mail server", timeout=20_000)
    look(page)
    mail = the_mail(stack, "aino.demo-kallio@kip.example", f"News for {company}")
    assert [part.get_filename() for part in mail.iter_attachments()] == ["gates.pdf"]
    assert f"You get this letter as: primary representative, {company}" in words_of(mail)

    # It comes back, and goes once more to that one reader.
    report = tmp_path / "report.eml"
    report.write_bytes(
        postfix(to="aino.demo-kallio@kip.example", of=str(mail["Message-ID"]).strip())
    )
    stack.manage("receive_mail", str(report))
    page.reload()
    expect(primary).to_contain_text("550 5.1.1 Nobody of that name here")
    look(page)
    primary.get_by_role("link", name="Send again").click()
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("The letter is in the queue again.")).to_be_visible()
    look(page)

    # The next one is stopped before a worker has begun.
    stack.kill_worker()
    write(page, company, subject="A mistake", text="Forget this.")
    page.get_by_role("button", name="Keep, and see who gets it").click()
    page.get_by_role("link", name="Send", exact=True).click()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("0 of 3")
    look(page)
    press(page, "Stop")
    expect(page.get_by_role("main")).to_contain_text("3 letters were not sent, and stay unsent.")
    look(page)
    stack.start_worker()
    page.goto("/admin/mailings/mailing/")
    choose = page.get_by_role("group").get_by_text("Filter", exact=True)
    # Closed it takes a line, and no more.
    assert bottom(page.get_by_role("textbox", name="Search")) - bottom(choose) < 100
    choose.click()
    page.get_by_role("link", name="stopped", exact=True).click()
    expect(page.get_by_role("link", name="A mistake")).to_be_visible()
    look(page)
    assert not [mail for mail in stack.mails() if "A mistake" in str(mail["Subject"])]


def test_letters_in_other_words_on_paper_and_those_that_came_back(
    visitors: Visitors, stack: Stack, tmp_path: Path
) -> None:
    page = visitors.arrive(viewport=NARROW)
    sign_in(page, "secretary@kip.example", stack.demo_password)

    # A standing letter in other words; one that would say nothing of a field is warned of.
    page.goto("/admin/mail/letterwording/")
    look(page)
    page.get_by_role("link", name=re.compile(r"original \(Draft withdrawn, English")).click()
    look(page)
    first = page.get_by_label("Text 1")
    own = first.input_value()
    first.fill(f"{own} {{nobody}}")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Text 1 – {nobody} is no field")
    expect(first).to_have_value(f"{own} {{nobody}}")
    look(page)
    first.fill(f"{own} That is all.")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", name="Preview, not saved yet")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("That is all.")
    look(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. Letters say it so from now on.")).to_be_visible()
    look(page)
    page.get_by_role("link", name="Version 1").click()
    look(page)
    page.go_back()
    press(page, "Back to the original")
    expect(first).to_have_value(own)

    # What waits on the desk is printed and posted, comes back, and is written anew.
    page.goto("/admin/")
    page.get_by_role("link", name=re.compile("to be posted")).click()
    look(page)
    page.get_by_role("checkbox", name=re.compile("Paavo Demo-Paperi")).check()
    page.get_by_label("First free label").fill("25")
    page.get_by_role("button", name="Labels as PDF").click()
    expect(page.get_by_role("alert")).to_contain_text("Give a number from 1 to 24.")
    expect(page.get_by_role("checkbox", name=re.compile("Paavo Demo-Paperi"))).to_be_checked()
    look(page)
    letters = page.get_by_role("button", name="Letters as PDF")
    assert "Demokuja 4" in text_of(download(page, letters, tmp_path / "letters.pdf"))
    page.get_by_label("First free label").fill("2")
    labels = page.get_by_role("button", name="Labels as PDF")
    assert "Demokuja 4" in text_of(download(page, labels, tmp_path / "labels.pdf"))
    page.get_by_role("button", name="Record as posted").click()
    today = timezone.localdate()
    page.get_by_label("Posted on").fill(f"{today + timedelta(days=1):%Y-%m-%d}")
    page.get_by_role("button", name="Record as posted").click()
    expect(page.get_by_role("main")).to_contain_text("That day is still to come.")
    look(page)
    page.get_by_label("Posted on").fill(f"{today:%Y-%m-%d}")
    page.get_by_role("button", name="Record as posted").click()
    expect(page.get_by_text("1 letter is recorded as posted.")).to_be_visible()
    page.goto("/admin/mail/outboxmail/?q=Demokuja")
    look(page)
    page.get_by_role("table").get_by_role("link").first.click()
    look(page)
    page.get_by_role("link", name="It came back").click()
    page.get_by_role("button", name="Record that it came back").click()
    expect(page.get_by_role("alert")).to_contain_text("What stands on it")
    look(page)
    page.get_by_label("What stands on it").fill("Moved away")
    page.get_by_role("button", name="Record that it came back").click()
    expect(page.get_by_role("main")).to_contain_text("Moved away")
    look(page)
    letter = page.url
    page.get_by_role("link", name="The person").click()
    page.get_by_label("Postal address").fill("Uusikuja 1\n67100 Kokkola")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto(letter)
    press(page, "Write anew to the address of today", "Write anew")
    expect(page.get_by_role("main")).to_contain_text("Uusikuja 1")

    # An address that letters come back from is tried again.
    page.goto("/admin/")
    page.get_by_role("link", name="sending to it has stopped").click()
    look(page)
    press(page, "Send to it again")
    expect(page.get_by_role("main")).to_contain_text("It is sent to again")
    look(page)
    page.goto("/admin/mail/stoppedaddress/")
    look(page)

    # What the domain says of itself; asked for, with or without a network.
    page.goto("/admin/mail/outboxmail/")
    page.get_by_role("link", name="Mail domain").click()
    look(page)
    page.get_by_role("button", name="Look it up now").click()
    expect(page.get_by_role("heading", name=re.compile("SPF"))).to_be_visible()
    look(page)
