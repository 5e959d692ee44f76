"""A person reads what is held about them, asks, and is forgotten; what is kept is put in safety."""

import json
import re
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

from django.utils import timezone
from playwright.sync_api import Locator, Page, expect
from pypdf import PdfReader

from kip.keeping import archive
from tests.e2e.test_admission import sign_in
from tests.e2e.test_companies import look, the_mail, words_of
from tests.kip.test_pdf import text_of
from tests.stack import Stack, Visitors

PHONE = {"width": 360, "height": 740}
SECRETARY = "secretary@kip.example"
ASKS, OUTGREW = "usva.unohdettava@example.org", "vieno.vanhentunut@example.org"

# Known for years, and without any part in the association: nobody else needs them.
KNOWN = """
from datetime import timedelta
from django.utils import timezone
from kip.accounts.demo import demo_person

demo_person({address!r}, {given!r}, {family!r}, "en", {password!r},
            timezone.now() - timedelta(days={days}))
"""
# The clock of the day on which the thirty days are over.
LATER = """
from datetime import timedelta
from django.utils import timezone
from kip.privacy import services
services.carry_out_due(at=timezone.now() + timedelta(days=31))
"""


def know(stack: Stack, address: str, given: str, family: str, *, days: int) -> None:
    code = KNOWN.format(
        address=address, given=given, family=family, days=days, password=stack.demo_password
    )
    stack.manage("shell", "-v", "0", "-c", code)


def download(page: Page, link: Locator, to: Path) -> Path:
    with page.expect_download() as waiting:
        link.click()
    waiting.value.save_as(to)
    return to


def test_a_person_asks_about_their_data_and_is_forgotten(
    visitors: Visitors, stack: Stack, tmp_path: Path
) -> None:
    name, outgrown = "Usva Unohdettava", "Vieno Vanhentunut"
    know(stack, ASKS, *name.split(), days=400)
    know(stack, OUTGREW, *outgrown.split(), days=2000)

    # The notice is open to everybody, in each language; from it to one's own data.
    person = visitors.arrive(viewport=PHONE)
    for language, heading in (
        ("fi", "Tietosuojaseloste"),
        ("sv", "Dataskyddsbeskrivning"),
        ("en", "Privacy notice"),
    ):
        person.goto(f"/{language}/")
        person.get_by_role("contentinfo").get_by_role("link", name=heading).click()
        expect(person.get_by_role("heading", level=1)).to_have_text(heading)
        look(person)
    sign_in(person, ASKS, stack.demo_password)
    person.goto("/my/")
    person.get_by_role("link", name="What the association holds about you").click()
    expect(person.get_by_role("main")).to_contain_text("Known to the association")
    look(person)

    # All of it to take along.
    link = person.get_by_role("link", name="Everything as JSON")
    taken = json.loads(download(person, link, tmp_path / "data.json").read_text())
    assert taken["person"] == name
    assert ASKS in json.dumps(taken["held"])
    assert all(each["purpose"] and each["source"] and each["period"] for each in taken["held"])
    link = person.get_by_role("link", name="Everything as PDF")
    text = text_of(PdfReader(download(person, link, tmp_path / "data.pdf")))
    assert name in text and ASKS in text

    # What is wrong must be said; what is to be erased need not.
    person.get_by_role("link", name="Ask for correction or erasure").click()
    look(person)
    person.get_by_role("button", name="Send the request").click()
    expect(person.get_by_role("alert")).to_contain_text("Choose one of these.")
    person.get_by_label("correction").check()
    person.get_by_role("button", name="Send the request").click()
    expect(person.get_by_role("alert")).to_contain_text("Write what it is about.")
    expect(person.get_by_label("correction")).to_be_checked()
    look(person)
    person.get_by_label("erasure").check()
    person.get_by_label("In your words").fill("I have moved away.")
    person.get_by_role("button", name="Send the request").click()
    expect(person.get_by_role("status")).to_contain_text("answers by")
    expect(person.get_by_role("region", name="What you have asked")).to_contain_text("Erasure")
    look(person)
    the_mail(stack, ASKS, "has arrived")

    # On the desk with its deadline; what would be erased is read first.
    secretary = visitors.arrive()
    sign_in(secretary, SECRETARY, stack.demo_password)
    secretary.goto("/admin/")
    secretary.get_by_role("link", name=f"{name}: erasure: answer the request").click()
    expect(secretary.get_by_role("main")).to_contain_text("I have moved away.")
    look(secretary)
    request = secretary.url
    secretary.get_by_role("link", name="See what would be erased").click()
    preview = secretary.get_by_role("main")
    expect(preview).to_contain_text("Ground:")
    expect(preview).to_contain_text("What stays: votes, resolutions, minutes")
    look(secretary)
    secretary.get_by_role("button", name="Erase in thirty days").click()
    expect(secretary.get_by_role("main")).to_contain_text("planned")
    look(secretary)

    # Within thirty days it is taken back as easily, and confirmed anew.
    secretary.get_by_role("link", name="Take back the erasure").click()
    look(secretary)
    secretary.get_by_role("button", name="Take back the erasure").click()
    expect(secretary.get_by_role("main")).to_contain_text("taken back")
    look(secretary)
    secretary.goto(request)
    secretary.get_by_role("link", name="See what would be erased").click()
    secretary.get_by_role("button", name="Erase in thirty days").click()
    erasure = secretary.url

    # A refusal without a reason is refused itself.
    secretary.goto(request)
    secretary.get_by_role("link", name="Answer the request").click()
    look(secretary)
    secretary.get_by_label("refused").check()
    secretary.get_by_role("button", name="Send the answer").click()
    expect(secretary.get_by_role("alert")).to_contain_text("Say why")
    look(secretary)
    secretary.get_by_label("done", exact=True).check()
    secretary.get_by_label("What the person is told").fill("You are forgotten in thirty days.")
    secretary.get_by_role("button", name="Send the answer").click()
    expect(secretary.get_by_role("main")).to_contain_text("You are forgotten in thirty days.")
    look(secretary)
    answered = the_mail(stack, ASKS, "Answer to your request")
    assert "You are forgotten in thirty days." in words_of(answered)
    secretary.goto("/admin/")
    secretary.get_by_role("link", name=re.compile("will be carried out")).click()
    expect(secretary.get_by_role("main")).to_contain_text(name)
    look(secretary)

    # The thirty days are over.
    stack.manage("shell", "-v", "0", "-c", LATER)
    secretary.goto(erasure)
    expect(secretary.get_by_role("main")).to_contain_text("Erased person")
    expect(secretary.get_by_role("main")).not_to_contain_text("Usva")
    look(secretary)
    secretary.get_by_role("link", name="Personal data", exact=True).click()
    look(secretary)
    secretary.goto(request)
    expect(secretary.get_by_role("main")).not_to_contain_text("moved away")
    look(secretary)
    assert not stack.sql("SELECT 1 FROM accounts_user WHERE email = %s", [ASKS])
    person.goto("/my/")
    expect(person.get_by_role("button", name=re.compile("Sign out"))).to_have_count(0)

    # Whose last part ended long ago: nobody is chosen by itself.
    secretary.goto("/admin/privacy/erasure/")
    look(secretary)
    secretary.get_by_role("link", name="Who and what has been kept long enough").click()
    look(secretary)
    secretary.get_by_role("button", name="Go on with those chosen").click()
    expect(secretary.get_by_role("main")).to_contain_text("Choose somebody or something first.")
    look(secretary)
    secretary.get_by_role("checkbox", name=outgrown).check()
    secretary.get_by_role("button", name="Go on with those chosen").click()
    expect(secretary.get_by_role("main")).to_contain_text(outgrown)
    look(secretary)
    secretary.get_by_role("button", name="Erase in thirty days").click()
    expect(secretary.get_by_role("main")).to_contain_text("1 erasure is planned.")
    secretary.get_by_role("link", name=outgrown).click()
    secretary.get_by_role("link", name="Take back the erasure").click()
    secretary.get_by_role("button", name="Take back the erasure").click()

    # What came by phone is entered for the person, not for a day that is still to come.
    secretary.get_by_role("link", name="Personal data", exact=True).click()
    look(secretary)
    secretary.get_by_role("link", name="Enter a request").click()
    look(secretary)
    secretary.get_by_label("a copy of the data").check()
    secretary.get_by_label("by phone").check()
    secretary.get_by_label("Came on").fill((timezone.localdate() + timedelta(1)).isoformat())
    secretary.get_by_role("button", name="Enter the request").click()
    expect(secretary.get_by_role("alert")).to_contain_text("This day is still to come.")
    look(secretary)
    secretary.get_by_label("Came on").fill(timezone.localdate().isoformat())
    secretary.get_by_role("button", name="Enter the request").click()
    expect(secretary.get_by_role("main")).to_contain_text("By phone")
    look(secretary)
    the_mail(stack, OUTGREW, "has arrived")
    secretary.goto("/admin/privacy/datarequest/")
    look(secretary)
    secretary.get_by_role("link", name="Register of processing activities").click()
    look(secretary)
    link = secretary.get_by_role("link", name="As PDF")
    register = download(secretary, link, tmp_path / "processing.pdf")
    assert "Register of processing activities" in text_of(PdfReader(register))


def test_the_secretary_sees_the_backups_and_hands_everything_over(
    visitors: Visitors, stack: Stack, tmp_path: Path
) -> None:
    secretary = visitors.arrive(viewport=PHONE)
    sign_in(secretary, SECRETARY, stack.demo_password)
    secretary.goto("/admin/")
    secretary.get_by_role("link", name=re.compile("No verified backup has been made yet")).click()
    expect(secretary.get_by_role("main")).to_contain_text("Backups will be here")
    look(secretary)

    # Who looks after the machine makes one: then the desk is content.
    identity = tmp_path / "identity.txt"
    public = archive.new_identity(identity)
    said = stack.manage(
        *("backup", "--to", str(tmp_path), "--identity", str(identity)), BACKUP_RECIPIENTS=public
    )
    assert "Verified" in said
    secretary.reload()
    expect(secretary.get_by_role("main")).to_contain_text("restored, and the same")
    look(secretary)
    secretary.get_by_role("link", name=re.compile(r"^kip-\d{8}")).click()
    expect(secretary.get_by_text("SHA-256")).to_be_visible()
    look(secretary)
    secretary.goto("/admin/")
    expect(secretary.get_by_role("main")).to_contain_text("Last verified backup:")
    expect(secretary.get_by_role("main")).not_to_contain_text("ask whoever runs the server")
    look(secretary)

    # A bundle: asked for once, made by the worker, taken along, removed.
    secretary.goto("/admin/keeping/handover/")
    look(secretary)
    secretary.get_by_role("link", name="Make a handover bundle").click()
    look(secretary)
    secretary.get_by_role("button", name="Make the bundle").click()
    expect(secretary.get_by_text("You may leave this page")).to_be_visible()
    look(secretary)
    button = secretary.get_by_role("button", name="Download")
    expect(button).to_be_visible(timeout=60_000)
    look(secretary)
    bundle = download(secretary, button, tmp_path / "bundle.zip")
    with zipfile.ZipFile(bundle) as archived:
        archived.extractall(tmp_path / "bundle")
    # In a fresh interpreter, with the standard library alone.
    checked = subprocess.run(
        [sys.executable, "-I", "-S", "verify.py"],
        cwd=tmp_path / "bundle",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout
    secretary.reload()
    manifest = secretary.get_by_text(re.compile(r"^[0-9a-f]{64}$")).first.inner_text()
    assert manifest in checked.stdout
    expect(secretary.get_by_role("main")).to_contain_text("Downloaded by")
    secretary.get_by_role("link", name="Remove").click()
    look(secretary)
    secretary.get_by_role("button", name="Remove").click()
    expect(secretary.get_by_role("main")).to_contain_text("removed")
    expect(button).to_have_count(0)
    look(secretary)
    secretary.goto("/admin/keeping/handover/")
    look(secretary)
