"""The fees of a year: prepared, billed, sent, paid, reminded of, credited; and read by who pays."""

from datetime import timedelta
from pathlib import Path

from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from tests.e2e.test_admission import sign_in
from tests.e2e.test_companies import PHONE, look, name_of, the_mail, words_of
from tests.stack import Stack, Visitors

# Two member companies of the demo, in a year that no other test needs; and who pays for each.
PAYS, OWES = 12, 16
PAYER, DEBTOR = "member@kip.example", "aino.demo-kallio@kip.example"
YEAR = timezone.localdate().year + 1
# The account that Finland's banks give as the example, and the same with a wrong digit.
ACCOUNT, WRONG_ACCOUNT = "FI21 1234 5600 0007 85", "FI21 1234 5600 0007 86"


def press(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def follow(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("link", name=name, exact=True).click()


def refused(page: Page, field: Locator, says: str, *, kept: str) -> None:
    """What is wrong stands at the top and beside the field, and nothing typed is lost."""
    expect(page.get_by_role("alert").first).to_contain_text(says)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value(kept)
    look(page)


def prepare_the_year(page: Page) -> None:
    """From the list of years to a billing list of which something is missing."""
    today = timezone.localdate()
    page.goto("/admin/members/feeyear/")
    look(page)
    follow(page, "Prepare the fees of a year")
    page.get_by_label("Year").fill(str(YEAR))
    page.get_by_label("a list, company by company").check()
    days = {
        "Owed by members on": today.replace(month=1, day=1),
        "Due date": today - timedelta(1),
        "Decided on": today - timedelta(60),
    }
    for label, day in days.items():
        page.get_by_label(label).fill(day.isoformat())
    page.get_by_label("Decision").fill("Extraordinary general meeting, § 4")
    page.get_by_label("Payee").fill("KIP")
    account = page.get_by_label("Account number (IBAN)")
    account.fill(WRONG_ACCOUNT)
    page.get_by_label("Code of the bank (BIC)").fill("NDEAFIHH")
    press(page, "Save")
    refused(page, account, "This account number has a wrong digit.", kept=WRONG_ACCOUNT)
    account.fill(ACCOUNT)
    press(page, "Save")
    expect(page.get_by_role("main")).to_contain_text("cannot be billed yet")
    look(page)


def bill(page: Page, fees: dict[str, str]) -> None:
    """Of each company its fee, nought for the others; and the year is fixed."""
    follow(page, "Enter values")
    for field in page.get_by_role("main").get_by_role("textbox").all():
        field.fill("0")
    for company, fee in fees.items():
        page.get_by_label(company).fill(fee)
    first = page.get_by_label(next(iter(fees)))
    first.fill("much")
    press(page, "Save")
    refused(page, first, "Write euros like 1200 or 1200,50.", kept="much")
    first.fill(next(iter(fees.values())))
    press(page, "Save")
    expect(page.get_by_role("main")).to_contain_text("2 companies would be billed, 420.50 € in all")
    look(page)
    follow(page, "Fix the fees")
    look(page)
    press(page, "Fix the fees")
    expect(page.get_by_role("main")).to_contain_text("all (2)")
    look(page)


def test_the_fees_of_a_year(visitors: Visitors, stack: Stack, tmp_path: Path) -> None:
    company, owing = name_of(stack, PAYS), name_of(stack, OWES)
    page = visitors.arrive(viewport={"width": 360, "height": 740})
    sign_in(page, "secretary@kip.example", stack.demo_password)
    prepare_the_year(page)
    bill(page, {company: "120,50", owing: "300"})
    year = page.url

    # They go by mail, each once, with the invoice.
    follow(page, "Send the invoices")
    page.get_by_label("Also to companies with an e-invoice address").check()
    look(page)
    press(page, "Send the invoices")
    expect(page.get_by_text("2 invoices are on their way").first).to_be_visible()
    look(page)
    invoice = the_mail(stack, PAYER, str(YEAR))
    assert [part.get_content_type() for part in invoice.iter_attachments()] == ["application/pdf"]
    the_mail(stack, DEBTOR, str(YEAR))
    page.goto(year)
    expect(page.get_by_role("link", name="Send the invoices")).to_have_count(0)
    look(page)

    # A part is entered by hand.
    follow(page, company)
    look(page)
    follow(page, "Enter a payment")
    amount = page.get_by_label("Amount in euros")
    expect(amount).to_have_value("120,50")
    amount.fill("1.234")
    press(page, "Enter the payment")
    refused(page, amount, "Write euros like 1200 or 1200,50.", kept="1.234")
    amount.fill("20,50")
    press(page, "Enter the payment")
    expect(page.get_by_role("main")).to_contain_text("100.00 € overdue, for 1 day")
    look(page)

    # Who pays sees what is owed, and has the invoice.
    theirs = visitors.arrive(viewport=PHONE)
    sign_in(theirs, PAYER, stack.demo_password)
    theirs.goto(f"/my/companies/{PAYS}/")
    follow(theirs, "Our fees and invoices")
    row = theirs.get_by_role("row", name=str(YEAR))
    expect(row).to_contain_text("100.00 € overdue, for 1 day")
    look(theirs)
    link = row.get_by_role("link").get_attribute("href")
    assert link and theirs.request.get(link).headers["content-type"] == "application/pdf"
    other = link.replace(str(PAYS), str(OWES), 1)
    assert theirs.request.get(other).status == 404

    # The rest comes with the bank's file, which is read first and booked then.
    (reference,) = stack.sql(
        "SELECT reference FROM members_invoice i JOIN members_feeyear y ON y.id = i.fee_year_id"
        " WHERE y.year = %s AND i.billed_name = %s",
        [YEAR, company],
    )
    page.goto(year)
    follow(page, "Read a bank’s file")
    file = page.get_by_label("File of the bank")
    today = timezone.localdate()
    table = tmp_path / "payments.csv"
    table.write_text("Name;Amount\nSomebody;1,00\n")
    file.set_input_files(table)
    press(page, "Read the file")
    expect(page.get_by_role("alert").first).to_contain_text("A column is missing")
    look(page)
    paid = f"{today.day}.{today.month}.{today.year}"
    table.write_text(
        f"Pvm;Summa;Viite\n{paid};100,00;{reference['reference']}\n{paid};7,00;11112\n"
    )
    file.set_input_files(table)
    press(page, "Read the file")
    expect(page.get_by_role("row", name=company)).to_contain_text("pays it all")
    expect(page.get_by_role("row", name="7.00")).to_contain_text("no invoice has this reference")
    look(page)
    follow(page, "Book the payments")
    expect(page.get_by_text("1 payment is booked, 100.00 € in all.")).to_be_visible()
    look(page)
    press(page, "Book the payments")
    expect(page.get_by_role("main").get_by_text("Booked", exact=True).first).to_be_visible()
    look(page)
    page.go_back()
    theirs.reload()
    expect(row).to_contain_text("paid")

    # A person has the other company reminded; not twice in a week.
    page.goto(year)
    follow(page, "Remind of unpaid fees")
    expect(page.get_by_role("main")).to_contain_text(owing)
    expect(page.get_by_role("main")).to_contain_text(DEBTOR)
    look(page)
    press(page, "Send the reminders")
    assert "300,00 euro" in words_of(the_mail(stack, DEBTOR, "Påminnelse"))
    follow(page, "Remind of unpaid fees")
    expect(page.get_by_text("There is nobody to remind now.")).to_be_visible()

    # What was billed wrongly is credited, and nothing is owed any more.
    follow(page, owing)
    follow(page, "Credit the invoice")
    look(page)
    press(page, "Credit the invoice")
    expect(page.get_by_role("alert").first).to_be_visible()
    page.get_by_label("Why").fill("Billed by mistake.")
    press(page, "Credit the invoice")
    expect(page.get_by_role("main")).to_contain_text("Billed by mistake.")
    look(page)
    page.goto(f"{year}?show=overdue")
    expect(page.get_by_role("main")).to_contain_text("overdue (0)")
    look(page)
    page.goto("/admin/members/bankfile/")
    look(page)
    page.goto("/admin/members/invoice/")
    look(page)
