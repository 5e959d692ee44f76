"""From "Apply for membership" to member, in the browser, on the real parts."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.stack import Stack, Visitors, axe, wait_for


@dataclass(frozen=True)
class Applying:
    """A company on its way, and whether its people's browsers run scripts."""

    company: str
    business_id: str
    applicant: str
    javascript: bool

    def look(self, page: Page) -> None:
        """Axe needs scripts to look at a page."""
        if self.javascript:
            axe(page)


WITH_SCRIPTS = Applying("Hakija Kemia Oy", "1572860-0", "toivo.hakija@example.org", True)
WITHOUT_SCRIPTS = Applying("Ilman Kemia Oy", "2617416-4", "ilma.ilman@example.org", False)


def sign_in(page: Page, address: str, password: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("E-mail").first.fill(address)
    page.get_by_label("Password").fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("button", name=re.compile("Sign out"))).to_be_visible()


def prove_address(page: Page, stack: Stack, address: str) -> None:
    """Enter the code that came by mail."""
    mail = wait_for(lambda: stack.mails(address))[-1]
    body = mail.get_body(("plain",))
    assert body is not None
    code = re.search(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", body.get_content(), re.MULTILINE)
    assert code, body.get_content()
    page.get_by_label("Code").fill(code[1])
    page.get_by_role("main").get_by_role(
        "button", name=re.compile("Continue|Sign in|Confirm")
    ).first.click()


def fill_in_the_application(page: Page, it: Applying) -> None:
    page.get_by_role("button", name="Begin the application").click()
    it.look(page)
    page.get_by_role("link", name="Fill in the application").click()
    page.get_by_label("Name of the company").fill(it.company)
    page.get_by_label("Business ID").fill(f"{it.business_id[:-1]}7")
    page.get_by_label("Legal form").fill("limited company")
    page.get_by_label("Domicile").fill("Kokkola")
    page.get_by_label("Street address").fill("Kemirantie 1")
    page.get_by_label("Postcode").fill("67900")
    page.get_by_label("Town").fill("Kokkola")
    page.get_by_role("button", name="Save and continue").click()
    # The wrong check digit is said beside what was typed, and nothing typed is lost.
    expect(page.get_by_role("alert")).to_contain_text("not a Finnish business ID")
    expect(page.get_by_label("Street address")).to_have_value("Kemirantie 1")
    it.look(page)
    page.get_by_label("Business ID").fill(it.business_id)
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_label("What does the company do in the Park?").fill("Makes battery chemicals.")
    page.get_by_label("Where in the Park?").fill("Beside the harbour")
    page.get_by_label("Since when, or from when?").fill("from 1 March 2027")
    it.look(page)
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_label("Given name").first.fill("Toivo")
    page.get_by_label("Family name").first.fill("Hakija")
    expect(page.get_by_label("E-mail address").first).to_have_value(it.applicant)
    it.look(page)
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_label("Files").set_input_files(
        {"name": "extract.pdf", "mimeType": "application/pdf", "buffer": A_PDF}
    )
    page.get_by_role("button", name="Add the files").click()
    expect(page.get_by_role("link", name="extract.pdf")).to_be_visible()
    it.look(page)
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_label("The company agrees").check()
    page.get_by_label("I have the authority").check()
    it.look(page)
    page.get_by_role("button", name="Save and continue").click()
    expect(page.get_by_role("heading", name="Check your answers")).to_be_visible()
    it.look(page)
    page.get_by_role("button", name="Submit the application").click()
    expect(page.get_by_role("status")).to_contain_text("has been submitted")
    it.look(page)


A_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture
def outset(stack: Stack) -> list[str]:
    """The mail that was there before."""
    return [str(mail["Message-ID"]) for mail in stack.mails()]


@pytest.mark.parametrize("it", [WITH_SCRIPTS, WITHOUT_SCRIPTS], ids=["scripts", "no scripts"])
def test_a_company_becomes_a_member(
    visitors: Visitors, stack: Stack, outset: list[str], it: Applying
) -> None:
    password = stack.demo_password
    applicant = visitors.arrive(javascript=it.javascript)
    applicant.goto("/en/")
    it.look(applicant)
    applicant.get_by_role("link", name="Apply for membership").first.click()
    it.look(applicant)
    applicant.get_by_label("Your e-mail address").fill(it.applicant)
    applicant.get_by_role("button", name="Send me a code").click()
    it.look(applicant)
    prove_address(applicant, stack, it.applicant)
    it.look(applicant)
    fill_in_the_application(applicant, it)

    # The secretary asks.
    secretary = visitors.arrive(javascript=it.javascript)
    sign_in(secretary, "secretary@kip.example", password)
    secretary.goto("/admin/")
    it.look(secretary)
    secretary.get_by_role("link", name=f"{it.company} has applied").click()
    it.look(secretary)
    secretary.get_by_role("link", name="Ask the applicant for information").click()
    it.look(secretary)
    expect(secretary.get_by_role("main")).to_contain_text(it.applicant)
    secretary.get_by_label("What do you need to know?").fill("Which chemicals will you store?")
    secretary.get_by_role("button", name="Ask the applicant").click()
    expect(secretary.get_by_text("The applicant has been asked.")).to_be_visible()

    # The applicant answers.
    applicant.goto("/my/")
    it.look(applicant)
    applicant.get_by_role("link", name="Answer the secretary’s question").click()
    it.look(applicant)
    applicant.get_by_role("link", name="Answer the question").click()
    it.look(applicant)
    applicant.get_by_label("Your answer").fill("Nickel sulphate.")
    applicant.get_by_role("button", name="Send the answer").click()
    expect(applicant.get_by_role("status")).to_contain_text("has gone to the secretary")

    # Before the board.
    secretary.goto("/admin/")
    secretary.get_by_role("link", name=f"{it.company} has answered").click()
    secretary.get_by_role("link", name="Bring before the board").click()
    it.look(secretary)
    secretary.get_by_role("button", name="Bring before the board").click()
    expect(secretary.get_by_role("heading", name=f"Admission of {it.company}")).to_be_visible()
    it.look(secretary)
    matter = re.search(r"/board/matters/\d+/", secretary.url)
    assert matter
    path = matter[0]

    # The board votes; board3 declares a conflict, and the first deputy fills the seat.
    def vote(address: str, button: str) -> Page:
        member = visitors.arrive(javascript=it.javascript, viewport={"width": 360, "height": 740})
        sign_in(member, address, password)
        member.goto(path)
        member.get_by_role("button", name=button).click()
        expect(member.get_by_role("status")).to_contain_text("Your vote has been recorded")
        return member

    chair = vote("chair@kip.example", "In favour")
    it.look(chair)
    conflicted = visitors.arrive(javascript=it.javascript)
    sign_in(conflicted, "board3@kip.example", password)
    conflicted.goto(path)
    conflicted.get_by_role("link", name="Declare a conflict of interest").last.click()
    it.look(conflicted)
    conflicted.get_by_role("button", name="Declare a conflict of interest").click()
    expect(conflicted.get_by_role("main")).not_to_contain_text("battery chemicals")
    it.look(conflicted)
    for number in (2, 4, 5, 6, 7, 8, 9):
        vote(f"board{number}@kip.example", "Against" if number == 5 else "In favour")

    # The chair declares, and only the chair.
    chair.goto("/my/")
    it.look(chair)
    chair.get_by_role("link", name=f"Declare the resolution: Admission of {it.company}").click()
    chair.get_by_role("link", name="Declare the resolution").click()
    it.look(chair)
    chair.get_by_role("button", name="Declare: carried").click()
    expect(chair.get_by_role("status")).to_contain_text("stands")
    it.look(chair)

    # A member, for everyone to see.
    applicant.goto(f"/en/members/?q={it.company.split()[0]}")
    expect(applicant.get_by_role("heading", name=it.company)).to_be_visible()
    it.look(applicant)
    applicant.goto("/en/board/")
    it.look(applicant)
    applicant.goto("/my/applications/")
    applicant.get_by_role("link", name=it.company).click()
    expect(applicant.get_by_role("main")).to_contain_text("The company is a member")
    expect(applicant.get_by_role("main")).not_to_contain_text("gainst")

    # The mail that should exist does, and no other.
    def new_mail() -> list[tuple[str, str]]:
        return sorted(
            (str(mail["To"]), str(mail["Subject"]))
            for mail in stack.mails()
            if str(mail["Message-ID"]) not in outset
        )

    board = [f"board{n}@kip.example" for n in range(2, 9)] + ["chair@kip.example"]
    everyone = [*board, "board9@kip.example", "board10@kip.example", "secretary@kip.example"]
    wait_for(lambda: len(new_mail()) >= EXPECTED, within=30)
    to = [re.sub(r".*<|>", "", address) for address, _subject in new_mail()]
    assert {address: to.count(address) for address in {*to}} == {
        # code, receipt, question, before the board, admitted, representative
        it.applicant: 6,
        # arrived, answered, admitted, resolution
        "secretary@kip.example": 4,
        # asked to vote, resolution; the chair is asked to declare as well
        **dict.fromkeys(board, 2),
        "chair@kip.example": 3,
        # the first deputy stepped in
        "board9@kip.example": 2,
        "board10@kip.example": 1,
    }, new_mail()
    assert len(everyone) == len({*to}) - 1


# Code, receipt, question, before the board, admitted, representative; arrived, answered, admitted
# and resolution; for each member a request to vote and the resolution; for the chair one more, to
# declare; for the deputies one to step in and two resolutions.
EXPECTED = 6 + 4 + 8 * 2 + 1 + 1 + 2
