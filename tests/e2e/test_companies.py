"""A member company keeps its people, changes hands and leaves; the register is taken along."""

import re
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

from django.utils import timezone
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.e2e.test_admission import sign_in
from tests.kip.test_pdf import tags_of, text_of
from tests.stack import Stack, Visitors, axe, wait_for

PHONE = {"width": 390, "height": 844}
# Three member companies of the demo, by number: each test has one of its own.
KEEPS_ITS_PEOPLE, CHANGES_HANDS, LEAVES = 12, 14, 15

# A primary representative who can sign in, in the place of the demo's, who cannot.
APPOINT = """
from datetime import timedelta
from django.utils import timezone
from kip.accounts.demo import SECRETARY_ADDRESS, demo_person
from kip.accounts.models import User
from members import services
from members.models import Member

at = timezone.now()
person = demo_person({address!r}, {given!r}, {family!r}, "en", {password!r}, at)
services.hand_over(
    member_id=Member.objects.get(number={number}).pk,
    who=services.Who(email=person.email),
    since=timezone.localdate(at) - timedelta(30),
    ground="Before the test",
    by=User.objects.get(email=SECRETARY_ADDRESS),
    at=at,
)
"""


# What can be pressed and is less than 24 px high (WCAG 2.5.8), as shown. Links within a sentence
# are as high as its lines; a box to tick is pressed by its label too; what only a reader of
# screens is told has no size.
TOO_LOW = """
() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
  .filter((it) => it.checkVisibility({visibilityProperty: true}))
  .filter((it) => !it.closest(".visually-hidden, .visually-hidden-focusable"))
  .filter((it) => !(it.matches("a") && getComputedStyle(it).display === "inline"
    && it.parentElement.textContent.trim() !== it.textContent.trim()))
  .map((it) => [it, ...(it.labels && it.matches("[type=checkbox], [type=radio]") ? it.labels : [])])
  .map((parts) => [parts[0], Math.max(...parts.map((it) => it.getBoundingClientRect().height))])
  .filter(([, height]) => height < 24)
  .map(([it, height]) => `${it.outerHTML.slice(0, 120)}: ${height} px`)
"""


def look(page: Page) -> None:
    """Nothing wrong for axe, nothing wider than the window, nothing too low for a finger."""
    axe(page)
    if page.viewport_size == PHONE:
        assert page.evaluate(TOO_LOW) == [], page.url
    wide, window = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= window, f"{page.url}: {wide} px in a window of {window}"


def name_of(stack: Stack, number: int) -> str:
    return str(stack.sql("SELECT name FROM members_member WHERE number = %s", [number])[0]["name"])


def appoint(stack: Stack, number: int, *, address: str, given: str, family: str) -> None:
    password = stack.demo_password
    code = APPOINT.format(
        number=number, address=address, given=given, family=family, password=password
    )
    stack.manage("shell", "-v", "0", "-c", code)


def the_mail(stack: Stack, address: str, subject: str) -> EmailMessage:
    """The one to this address whose subject has these words."""

    def there() -> list[EmailMessage]:
        return [mail for mail in stack.mails(address) if subject in str(mail["Subject"])]

    (mail,) = wait_for(there, within=30)
    return mail


def words_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def accept_invitation(page: Page, stack: Stack, address: str) -> None:
    """Open the personal link that came by mail, and press its button."""
    link = re.search(r"https?://\S+", words_of(the_mail(stack, address, "You are invited to KIP")))
    assert link
    page.goto(link[0])
    look(page)
    page.get_by_label("Password").fill(stack.demo_password)
    page.get_by_role("button", name="Accept the invitation").click()
    expect(page.get_by_role("status")).to_contain_text("Your address is confirmed")
    look(page)


def status_of(page: Page, path: str) -> int:
    """What this person would get there; a page that is refused would be a complaint."""
    return page.request.get(path).status


def fill_in_somebody_new(page: Page, given: str, family: str, address: str) -> None:
    page.get_by_label("Given name").fill(given)
    page.get_by_label("Family name").fill(family)
    page.get_by_label("E-mail address").fill(address)


def test_a_company_keeps_its_people_on_a_telephone(visitors: Visitors, stack: Stack) -> None:
    place, address = f"/my/companies/{KEEPS_ITS_PEOPLE}/", "turo.turvaaja@example.org"
    company, person = name_of(stack, KEEPS_ITS_PEOPLE), "Turo Turvaaja"
    began = timezone.localdate() - timedelta(7)

    # The primary representative names somebody whom KIP does not know.
    primary = visitors.arrive(viewport=PHONE)
    sign_in(primary, "member@kip.example", stack.demo_password)
    primary.goto(place)
    look(primary)
    primary.get_by_role("link", name="Keep our people").click()
    look(primary)
    primary.get_by_role("link", name="Name a representative").click()
    look(primary)
    primary.get_by_label("Role").select_option("safety")
    fill_in_somebody_new(primary, *person.split(), address)
    primary.get_by_label("From").fill(began.isoformat())
    primary.get_by_role("button", name="Name this person").click()
    expect(primary.get_by_role("status")).to_contain_text(person)
    now = primary.get_by_role("region", name="Now", exact=True)
    expect(now).to_contain_text(person)
    look(primary)

    # Who is named is invited, and finds the company.
    named = words_of(the_mail(stack, address, f"You stand for {company}"))
    assert "safety" in named
    safety = visitors.arrive(viewport=PHONE)
    accept_invitation(safety, stack, address)
    safety.get_by_role("main").get_by_role("link", name=company).click()
    expect(safety.get_by_role("heading", level=1)).to_have_text(company)
    look(safety)
    safety.get_by_role("link", name="All roles and their dates").click()
    expect(safety.get_by_role("main")).to_contain_text(person)
    look(safety)
    theirs = [place, f"{place}people/", f"{place}papers/", f"{place}history/", "/my/register/"]
    assert [status_of(safety, path) for path in theirs] == [200] * len(theirs)
    assert status_of(safety, f"{place}people/name/") == 404

    # The role ends, and with the next request so does what it opened.
    primary.get_by_role("link", name=f"End the role ({person}").click()
    look(primary)
    primary.get_by_role("button", name="End the role").click()
    expect(primary.get_by_role("status")).to_contain_text("end of the role")
    assert [status_of(safety, path) for path in theirs] == [404] * len(theirs)
    safety.goto("/my/")
    expect(safety.get_by_role("main")).not_to_contain_text(company)
    look(safety)
    expect(now).not_to_contain_text(person)
    expect(primary.get_by_role("region", name="Before")).to_contain_text(person)
    look(primary)
    the_mail(stack, address, f"Your role for {company} ends")


def test_the_secretary_hands_a_company_over(visitors: Visitors, stack: Stack) -> None:
    place, company = f"/my/companies/{CHANGES_HANDS}/", name_of(stack, CHANGES_HANDS)
    old, new = "vanha.kontakti@example.org", "uusi.kontakti@example.org"
    ground = "Letter of the managing director, 3 May"
    appoint(stack, CHANGES_HANDS, address=old, given="Vanha", family="Kontakti")
    before = visitors.arrive()
    sign_in(before, old, stack.demo_password)
    assert status_of(before, f"{place}people/name/") == 200

    # From the company's page in the register to the form, without typing an address.
    secretary = visitors.arrive()
    sign_in(secretary, "secretary@kip.example", stack.demo_password)
    secretary.goto("/admin/members/member/")
    secretary.get_by_role("link", name=company).click()
    look(secretary)
    secretary.get_by_role("link", name="Keep the company’s people").click()
    look(secretary)
    secretary.get_by_role("link", name="Hand over to a new primary representative").click()
    expect(secretary.get_by_role("main")).to_contain_text("Vanha Kontakti")
    look(secretary)
    fill_in_somebody_new(secretary, "Uusi", "Kontakti", new)
    secretary.get_by_role("button", name="Hand over").click()
    # Without a ground nobody hands over, and nothing typed is lost.
    expect(secretary.get_by_role("alert")).to_be_visible()
    expect(secretary.get_by_label("Given name")).to_have_value("Uusi")
    look(secretary)
    secretary.get_by_label("What this rests on").fill(ground)
    secretary.get_by_role("button", name="Hand over").click()
    expect(secretary.get_by_role("status")).to_contain_text("Uusi Kontakti")
    look(secretary)

    # Both get mail, and the former primary representative has nothing left.
    ended = words_of(the_mail(stack, old, f"Your role for {company} ends"))
    assert ground in ended
    assert ground not in words_of(the_mail(stack, new, f"You stand for {company}"))
    assert status_of(before, place) == status_of(before, f"{place}people/name/") == 404
    after = visitors.arrive(viewport=PHONE)
    accept_invitation(after, stack, new)
    after.goto(f"{place}people/")
    expect(after.get_by_role("link", name="Name a representative")).to_be_visible()
    expect(after.get_by_role("region", name="Before")).to_contain_text("Vanha Kontakti")
    look(after)
    kept = stack.sql(
        "SELECT end_ground FROM members_representative WHERE end_ground = %s", [ground]
    )
    assert len(kept) == 1


def test_a_company_resigns(visitors: Visitors, stack: Stack) -> None:
    place, company = f"/my/companies/{LEAVES}/", name_of(stack, LEAVES)
    address, person = "eero.eroaja@example.org", "Eero Eroaja"
    appoint(stack, LEAVES, address=address, given="Eero", family="Eroaja")
    visitor = visitors.arrive(viewport=PHONE)
    visitor.goto("/en/members/")
    expect(visitor.get_by_role("main")).to_contain_text(company)
    look(visitor)

    primary = visitors.arrive(viewport=PHONE)
    sign_in(primary, address, stack.demo_password)
    primary.goto(place)
    primary.get_by_role("link", name="Resign the membership").click()
    # What ends is said beforehand: the bylaws of the demo set no delay.
    asked = primary.get_by_role("main")
    expect(asked).to_contain_text("The membership ends today.")
    expect(asked).to_contain_text("nobody stands for the company")
    expect(asked).to_contain_text(person)
    expect(asked).to_contain_text("Nobody can refuse it.")
    look(primary)
    primary.get_by_label("A word to the association").fill("Production here has ended.")
    primary.get_by_role("button", name="Resign the membership").click()
    # Nobody resigns who does not say to have the authority.
    expect(primary.get_by_role("alert")).to_contain_text("may sign for the company")
    look(primary)
    primary.get_by_label("I may sign for the company").check()
    primary.get_by_role("button", name="Resign the membership").click()
    expect(primary.get_by_role("status")).to_contain_text("has received the resignation")
    look(primary)

    # The membership and its people's roles end on this day, and with them the access.
    today = timezone.localdate()
    (period,) = stack.sql(
        "SELECT p.until, p.end_reason FROM members_membershipperiod p"
        " JOIN members_member m ON m.id = p.member_id WHERE m.number = %s",
        [LEAVES],
    )
    assert period == {"until": today, "end_reason": "resigned"}
    roles = stack.sql(
        "SELECT r.until FROM members_representative r"
        " JOIN members_member m ON m.id = r.member_id WHERE m.number = %s",
        [LEAVES],
    )
    assert len(roles) == 3 and all(row["until"] and row["until"] <= today for row in roles)
    assert status_of(primary, place) == status_of(primary, "/my/register/") == 404
    expect(primary.get_by_role("main")).not_to_contain_text(company)
    visitor.reload()
    expect(visitor.get_by_role("main")).not_to_contain_text(company)
    assert status_of(visitor, f"/en/members/{LEAVES}/") == 404
    words = words_of(the_mail(stack, address, f"{company} leaves the association"))
    assert "The membership ended on" in words
    told = words_of(the_mail(stack, "secretary@kip.example", f"{company} leaves the association"))
    assert "Production here has ended." in told


def test_the_secretary_takes_the_register_along(
    visitors: Visitors, stack: Stack, tmp_path: Path
) -> None:
    secretary = visitors.arrive()
    sign_in(secretary, "secretary@kip.example", stack.demo_password)
    secretary.goto("/my/register/")
    look(secretary)
    members = stack.sql(
        "SELECT m.name, m.business_id FROM members_membershipperiod p"
        " JOIN members_member m ON m.id = p.member_id"
        " WHERE p.since <= %(on)s AND (p.until IS NULL OR p.until > %(on)s)",
        {"on": timezone.localdate()},
    )
    expect(secretary.get_by_role("rowheader")).to_have_count(len(members))
    with secretary.expect_download() as downloading:
        secretary.get_by_role("link", name="PDF", exact=True).click()
    download = downloading.value
    assert download.suggested_filename == f"register-{timezone.localdate().isoformat()}.pdf"
    download.save_as(tmp_path / "register.pdf")

    # Complete, with the day, the count, and who took it; of the contact data nothing.
    reader = PdfReader(tmp_path / "register.pdf")
    text = re.sub(r"\s+", " ", text_of(reader).replace("\N{NON-BREAKING HYPHEN}", "-"))
    assert [row["name"] for row in members if row["name"] not in text] == []
    assert [row["business_id"] for row in members if row["business_id"] not in text] == []
    assert f"{len(members)} member companies" in text
    assert "Taken on" in text and "by Sanna Demo-Sihteeri" in text
    for number, page in enumerate(reader.pages, start=1):
        assert f"Page {number} of {len(reader.pages)}" in page.extract_text()
    assert "@" not in text and "+358" not in text

    # PDF/UA: tagged, in a language, the table as a table of that many rows.
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "en"
    assert reader.xmp_metadata is not None
    assert "<pdfuaid:part>1</pdfuaid:part>" in reader.xmp_metadata.rdf_root.toxml()
    tags = tags_of(reader)  # of the StructTreeRoot
    assert tags.count("/H1") == 1 and tags.count("/Table") == 1
    assert tags.count("/TR") == len(members) + 1 and tags.count("/TH") >= 4


def test_the_register_on_a_telephone(visitors: Visitors, stack: Stack) -> None:
    desk = visitors.arrive(viewport=PHONE)
    sign_in(desk, "secretary@kip.example", stack.demo_password)
    for path in ("/my/register/", "/my/register/votes/", "/my/register/people/"):
        desk.goto(f"{path}?on=2025-03-31")
        expect(desk.get_by_role("link", name="XLSX")).to_be_visible()
        look(desk)
