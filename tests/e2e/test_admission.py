"""From "Apply for membership" to member, in the browser, on the real parts."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.stack import Stack, Visitors, axe, wait_for

APPLICANT = "toivo.hakija@example.org"
COMPANY = "Hakija Kemia Oy"
BUSINESS_ID = "1572860-0"


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


def fill_in_the_application(page: Page, *, look: bool) -> None:
    def looked_at() -> None:
        if look:
            axe(page)

    page.get_by_role("button", name="Begin the application").click()
    looked_at()
    page.get_by_role("link", name="Fill in the application").click()
    page.get_by_label("Name of the company").fill(COMPANY)
    page.get_by_label("Business ID").fill("1572860-1")
    page.get_by_label("Legal form").fill("limited company")
    page.get_by_label("Domicile").fill("Kokkola")
    page.get_by_label("Street address").fill("Kemirantie 1")
    page.get_by_label("Postcode").fill("67900")
    page.get_by_label("Town").fill("Kokkola")
    page.get_by_role("button", name="Save and continue").click()
    # The wrong check digit is said beside what was typed, and nothing typed is lost.
    expect(page.get_by_role("alert")).to_contain_text("not a Finnish business ID")
    expect(page.get_by_label("Street address")).to_have_value("Kemirantie 1")
    looked_at()
    page.get_by_label("Business ID").fill(BUSINESS_ID)
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_label("What does the company do in the Park?").fill("Makes battery chemicals.")
    page.get_by_label("Where in the Park?").fill("Beside the harbour")
    page.get_by_label("Since when, or from when?").fill("from 1 March 2027")
    looked_at()
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_label("Given name").first.fill("Toivo")
    page.get_by_label("Family name").first.fill("Hakija")
    expect(page.get_by_label("E-mail address").first).to_have_value(APPLICANT)
    looked_at()
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_label("Files").set_input_files(
        {"name": "extract.pdf", "mimeType": "application/pdf", "buffer": A_PDF}
    )
    page.get_by_role("button", name="Add the files").click()
    expect(page.get_by_role("link", name="extract.pdf")).to_be_visible()
    looked_at()
    page.get_by_role("link", name="Continue", exact=True).click()
    page.get_by_label("The company agrees").check()
    page.get_by_label("I have the authority").check()
    looked_at()
    page.get_by_role("button", name="Save and continue").click()
    expect(page.get_by_role("heading", name="Check your answers")).to_be_visible()
    looked_at()
    page.get_by_role("button", name="Submit the application").click()
    expect(page.get_by_role("status")).to_contain_text("has been submitted")
    looked_at()


A_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture
def outset(stack: Stack) -> list[str]:
    """The mail that was there before."""
    return [str(mail["Message-ID"]) for mail in stack.mails()]


def test_a_company_becomes_a_member(visitors: Visitors, stack: Stack, outset: list[str]) -> None:
    password = stack.demo_password
    applicant = visitors.arrive()
    applicant.goto("/en/")
    axe(applicant)
    applicant.get_by_role("link", name="Apply for membership").first.click()
    axe(applicant)
    applicant.get_by_label("Your e-mail address").fill(APPLICANT)
    applicant.get_by_role("button", name="Send me a code").click()
    axe(applicant)
    prove_address(applicant, stack, APPLICANT)
    axe(applicant)
    fill_in_the_application(applicant, look=True)

    # The secretary asks.
    secretary = visitors.arrive()
    sign_in(secretary, "secretary@kip.example", password)
    secretary.goto("/admin/")
    axe(secretary)
    secretary.get_by_role("link", name=f"{COMPANY} has applied").click()
    axe(secretary)
    secretary.get_by_role("link", name="Ask the applicant for information").click()
    axe(secretary)
    expect(secretary.get_by_role("main")).to_contain_text(APPLICANT)
    secretary.get_by_label("What do you need to know?").fill("Which chemicals will you store?")
    secretary.get_by_role("button", name="Ask the applicant").click()
    expect(secretary.get_by_text("The applicant has been asked.")).to_be_visible()

    # The applicant answers.
    applicant.goto("/my/")
    axe(applicant)
    applicant.get_by_role("link", name="Answer the secretary’s question").click()
    axe(applicant)
    applicant.get_by_role("link", name="Answer the question").click()
    axe(applicant)
    applicant.get_by_label("Your answer").fill("Nickel sulphate.")
    applicant.get_by_role("button", name="Send the answer").click()
    expect(applicant.get_by_role("status")).to_contain_text("has gone to the secretary")

    # Before the board.
    secretary.goto("/admin/")
    secretary.get_by_role("link", name=f"{COMPANY} has answered").click()
    secretary.get_by_role("link", name="Bring before the board").click()
    axe(secretary)
    secretary.get_by_role("button", name="Bring before the board").click()
    expect(secretary.get_by_role("heading", name=f"Admission of {COMPANY}")).to_be_visible()
    axe(secretary)
    matter = re.search(r"/board/matters/\d+/", secretary.url)
    assert matter
    path = matter[0]

    # The board votes; board3 declares a conflict, and the first deputy fills the seat.
    def vote(address: str, button: str) -> Page:
        member = visitors.arrive(viewport={"width": 360, "height": 740})
        sign_in(member, address, password)
        member.goto(path)
        member.get_by_role("button", name=button).click()
        expect(member.get_by_role("status")).to_contain_text("Your vote has been recorded")
        return member

    chair = vote("chair@kip.example", "In favour")
    axe(chair)
    conflicted = visitors.arrive()
    sign_in(conflicted, "board3@kip.example", password)
    conflicted.goto(path)
    conflicted.get_by_role("link", name="Declare a conflict of interest").last.click()
    axe(conflicted)
    conflicted.get_by_role("button", name="Declare a conflict of interest").click()
    expect(conflicted.get_by_role("main")).not_to_contain_text("battery chemicals")
    axe(conflicted)
    for number in (2, 4, 5, 6, 7, 8, 9):
        vote(f"board{number}@kip.example", "Against" if number == 5 else "In favour")

    # The chair declares, and only the chair.
    chair.goto("/my/")
    axe(chair)
    chair.get_by_role("link", name=f"Declare the resolution: Admission of {COMPANY}").click()
    chair.get_by_role("link", name="Declare the resolution").click()
    axe(chair)
    chair.get_by_role("button", name="Declare: carried").click()
    expect(chair.get_by_role("status")).to_contain_text("stands")
    axe(chair)

    # A member, for everyone to see.
    applicant.goto("/en/members/?q=Hakija")
    expect(applicant.get_by_role("rowheader", name=COMPANY)).to_be_visible()
    axe(applicant)
    applicant.goto("/en/board/")
    axe(applicant)
    applicant.goto("/my/applications/")
    applicant.get_by_role("link", name=COMPANY).click()
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
        APPLICANT: 6,
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


EXPECTED = 6 + 4 + 8 * 2 + 1 + 2 + 1


def test_the_same_way_without_javascript(visitors: Visitors, stack: Stack) -> None:
    """Applying needs no script: every step, the upload and the submission."""
    page = visitors.arrive(javascript=False)
    address = "ilman@example.org"
    page.goto("/en/apply/")
    page.get_by_label("Your e-mail address").fill(address)
    page.get_by_role("button", name="Send me a code").click()
    prove_address(page, stack, address)
    expect(page.get_by_role("heading", name="Your applications")).to_be_visible()
