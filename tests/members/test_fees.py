"""The fees of a year: counted, fixed as invoices, sent, paid, reminded of. They end nothing."""

import csv
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, InternalError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kip.accounts.models import User
from kip.audit.models import Ground
from kip.audit.retention import Retention, personal_fields
from kip.audit.services import redact
from kip.desk import desk
from kip.documents import services as documents
from kip.exceptions import DomainError, InvalidTransition, NotAllowed
from kip.mail.models import OutboxMail, StoppedAddress
from members import services
from members.models import (
    BankFile,
    FeeReminder,
    FeeValue,
    FeeYear,
    Invoice,
    Member,
    Payment,
)
from members.references import reference_for
from members.services import billing, paying
from members.services.fees import fee_lines
from tests.members.factories import (
    AT,
    a_member,
    a_person,
    a_representative,
    a_secretary,
    business_id,
    bylaws_with,
)

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate(AT)
LATER = AT + timedelta(days=60)

FACTS: dict[str, Any] = {
    "year": 2027,
    "basis": "flat",
    "amount": Decimal("500.00"),
    "members_on": date(2027, 1, 1),
    "due_on": date(2027, 3, 1),
    "decided_on": date(2027, 1, 20),
    "decision": "Annual general meeting, § 9",
    "payee": "Kokkola Industrial Park Association",
    "iban": "FI21 1234 5600 0007 85",
    "bic": "NDEAFIHH",
    "vat_note_en": "No VAT.",
}


@pytest.fixture
def secretary() -> User:
    return a_secretary()


@pytest.fixture
def member() -> Member:
    return a_member(number=1, name="Eka Oy", business_id=business_id(1), headcount=10)


@pytest.fixture
def other() -> Member:
    return a_member(number=2, name="Toka Oy", business_id=business_id(2), headcount=50)


def draft(by: User, bands: Any = (), **facts: Any) -> FeeYear:
    return services.draft_fees(facts={**FACTS, **facts}, bands=bands, by=by, at=AT)


def fixed(by: User, bands: Any = (), **facts: Any) -> FeeYear:
    row = draft(by, bands, **facts)
    return services.fix_fees(fee_year_id=row.pk, by=by, at=AT)


BANDS = [(10, Decimal(300)), (49, Decimal(600)), (None, Decimal(1200))]


def test_a_flat_fee_becomes_an_invoice_for_each_member(
    secretary: User, member: Member, other: Member
) -> None:
    a_member(number=3, name="Uusi Oy", business_id=business_id(3), joined=date(2027, 1, 15))
    year = fixed(secretary)
    found = list(year.invoices.order_by("number"))
    assert [row.member for row in found] == [member, other]
    assert {row.amount for row in found} == {Decimal(500)}
    assert found[0].reference == reference_for(f"2027{found[0].number:05}")
    assert found[0].billed_address == "Kemirantie 1\n67900 Kokkola"


def test_bands_of_people(secretary: User, member: Member, other: Member) -> None:
    year = fixed(secretary, BANDS, basis="headcount")
    amounts = dict(year.invoices.values_list("member", "amount"))
    assert amounts == {member.pk: Decimal(300), other.pk: Decimal(1200)}
    assert set(year.invoices.values_list("counted", flat=True)) == {10, 50}


def test_what_is_missing_is_said_and_nobody_is_billed(
    secretary: User, member: Member, other: Member
) -> None:
    year = draft(secretary, BANDS, basis="turnover")
    assert [line.why_not for line in fee_lines(year)] == ["Its turnover is not known."] * 2
    with pytest.raises(DomainError, match="2 companies cannot be billed"):
        services.fix_fees(fee_year_id=year.pk, by=secretary, at=AT)
    which: dict[str, Any] = {"fee_year_id": year.pk, "by": secretary, "at": AT}
    services.enter_values(values={member.pk: Decimal(9), other.pk: Decimal(49)}, **which)
    services.enter_values(values={member.pk: None}, **which)
    assert [line.amount for line in fee_lines(year)] == [None, Decimal(600)]
    assert not Invoice.objects.exists()


def test_a_list_may_say_that_somebody_pays_nothing(
    secretary: User, member: Member, other: Member
) -> None:
    year = draft(secretary, basis="list")
    values = {member.pk: Decimal(0), other.pk: Decimal("12.34")}
    which: dict[str, Any] = {"fee_year_id": year.pk, "by": secretary, "at": AT}
    services.enter_values(values=values, **which)
    services.fix_fees(**which)
    assert list(year.invoices.values_list("member", "amount")) == [(other.pk, Decimal("12.34"))]


@pytest.mark.parametrize(
    ("facts", "bands", "field"),
    [
        ({"iban": "FI22 1234 5600 0007 85"}, (), "iban"),
        ({"bic": "NDEA"}, (), "bic"),
        ({"amount": None}, (), "amount"),
        ({"decided_on": date(2027, 12, 1)}, (), "decided_on"),
        ({"due_on": date(2027, 1, 19)}, (), "due_on"),
        ({"due_on": date(2072, 3, 1)}, (), "due_on"),
        ({"basis": "headcount"}, (), "bands"),
        ({"basis": "headcount"}, [(10, Decimal(1))], "bands"),
        ({"basis": "headcount"}, [(10, Decimal(1)), (9, Decimal(2)), BANDS[-1]], "bands"),
        ({"year": 1999}, (), "year"),
    ],
)
def test_a_wrong_year_is_refused_on_its_field(
    secretary: User, facts: dict[str, Any], bands: Any, field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        draft(secretary, bands, **facts)
    assert refused.value.field == field


def test_a_fixed_year_changes_no_more(secretary: User, member: Member) -> None:
    year = fixed(secretary, BANDS, basis="headcount")
    with pytest.raises(InvalidTransition):
        services.draft_fees(facts=FACTS, fee_year_id=year.pk, by=secretary, at=AT)
    for act in (services.fix_fees, services.enter_values):
        more = {"values": {member.pk: Decimal(1)}} if act is services.enter_values else {}
        with pytest.raises(InvalidTransition):
            act(fee_year_id=year.pk, by=secretary, at=AT, **more)  # type: ignore[operator]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE members_feeyear SET iban = 'X'",
        "DELETE FROM members_feeband",
        "UPDATE members_feeband SET amount = 1",
        "UPDATE members_invoice SET amount = 1",
        "UPDATE members_invoice SET reference = '11112'",
        "DELETE FROM members_invoice",
        "UPDATE members_invoice SET status = 'credited'",
        "UPDATE members_payment SET amount = 1",
        "DELETE FROM members_payment",
        "DELETE FROM members_feereminder",
        "INSERT INTO members_payment (invoice_id, amount, booked_on, source, archive_id, reason,"
        " by_id, recorded_at) SELECT invoice_id, -1, booked_on, source, '', '', by_id, recorded_at"
        " FROM members_payment",
    ],
)
def test_the_database_refuses(secretary: User, member: Member, statement: str) -> None:
    year = fixed(secretary, BANDS, basis="headcount")
    invoice = year.invoices.get()
    pay(invoice, "1", secretary)
    FeeReminder.objects.create(invoice=invoice, nth=1, by=secretary, sent_at=AT)
    with (
        pytest.raises((IntegrityError, InternalError)),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_the_database_knows_a_reference(secretary: User) -> None:
    with connection.cursor() as cursor:
        for number, holds in [("12345672", True), ("12345673", False), ("1", False), ("x", False)]:
            cursor.execute("SELECT members_reference_holds(%s)", [number])
            assert cursor.fetchone()[0] is holds


def test_only_the_secretary_keeps_fees(member: Member) -> None:
    person = a_person()
    a_representative(member, person, "primary")
    with pytest.raises(NotAllowed):
        draft(person)


def test_a_company_is_billed_anew_after_its_invoice_was_credited(
    secretary: User, member: Member
) -> None:
    invoice = fixed(secretary).invoices.get()
    again: dict[str, Any] = {
        "fee_year_id": invoice.fee_year_id,
        "member_id": member.pk,
        "amount": Decimal(250),
        "due_on": date(2027, 4, 1),
        "by": secretary,
        "at": AT,
    }
    with pytest.raises(DomainError, match="already"):
        services.bill_one(**again)
    with pytest.raises(DomainError) as refused:
        services.credit_invoice(invoice_id=invoice.pk, reason=" ", by=secretary, at=AT)
    assert refused.value.field == "reason"
    services.credit_invoice(invoice_id=invoice.pk, reason="Half a year.", by=secretary, at=AT)
    second = services.bill_one(**again)
    assert second.number == invoice.number + 1 and second.reference != invoice.reference


# --- Paid ----------------------------------------------------------------------------------------


def pay(invoice: Invoice, amount: str, by: User, on: date = TODAY) -> Payment:
    return services.record_payment(
        invoice_id=invoice.pk, amount=Decimal(amount), booked_on=on, by=by, at=LATER
    )


def test_more_than_is_owed_is_entered_only_where_it_is_ticked(
    secretary: User, member: Member, client: Client
) -> None:
    invoice = fixed(secretary, amount=Decimal(200)).invoices.get()
    client.force_login(secretary)
    ask = "It is more than is owed: book it all the same"
    typed = {"amount": "1200", "booked_on": "2026-01-05"}
    assert ask not in client.get(page_of(invoice, "pay")).text
    refused = client.post(page_of(invoice, "pay"), typed)
    assert "This is more than is owed." in refused.text and ask in refused.text
    assert not Payment.objects.exists()
    assert ask not in client.post(page_of(invoice, "pay"), typed | {"amount": ""}).text
    early = client.post(page_of(invoice, "pay"), typed | {"amount": "1", "booked_on": "2020-01-05"})
    assert "too long ago" in early.text and ask not in early.text
    client.post(page_of(invoice, "pay"), typed | {"more": "on"})
    assert Payment.objects.get().amount == Decimal(1200)
    # Nothing is owed any more: the page opens all the same, and asks.
    assert client.get(page_of(invoice, "pay")).status_code == 200
    assert ask in client.post(page_of(invoice, "pay"), typed | {"amount": "1"}).text


def test_parts_are_added_and_taken_back(secretary: User, member: Member) -> None:
    invoice = fixed(secretary).invoices.get()
    pay(invoice, "200", secretary)
    last = pay(invoice, "300", secretary)
    assert not Invoice.objects.unpaid().exists()
    taken: dict[str, Any] = {"payment_id": last.pk, "reason": "Another’s.", "by": secretary}
    services.take_back_payment(**taken, at=LATER)
    assert Invoice.objects.unpaid().get().owed == Decimal(300)
    with pytest.raises(DomainError, match="already"):
        services.take_back_payment(**taken, at=LATER)


def test_a_payment_of_another_age_is_a_slip(secretary: User, member: Member) -> None:
    invoice = fixed(secretary).invoices.get()
    for day in (date(2025, 12, 31), timezone.localdate(LATER) + timedelta(1)):
        with pytest.raises(DomainError) as refused:
            pay(invoice, "1", secretary, on=day)
        assert refused.value.field == "booked_on"
    pay(invoice, "1", secretary, on=date(2026, 12, 31))


def test_why_a_payment_was_taken_back_outlasts_an_erasure(secretary: User, member: Member) -> None:
    """It is accounting material."""
    assert personal_fields(Payment) == {"reason": Retention.RECORD}
    person = a_person("Reasoned Reasonson")
    payment = pay(fixed(secretary).invoices.get(), "1", secretary)
    taken = services.take_back_payment(
        payment_id=payment.pk, reason="Reasoned Reasonson’s", by=secretary, at=LATER
    )
    redact(person, by=secretary, at=LATER, ground=Ground.values[0])
    taken.refresh_from_db()
    assert taken.reason == "Reasoned Reasonson’s"


def table(*rows: tuple[str, str, str]) -> bytes:
    return ("pvm;summa;viite;arkistointitunnus\n" + "".join(
        f"3.2.2027;{amount};{reference};{name}\n" for amount, reference, name in rows
    )).encode()  # fmt: skip


def read(content: bytes, by: User) -> BankFile:
    return services.read_bank_file(
        upload=SimpleUploadedFile("payments.csv", content), by=by, at=LATER
    )


def book(row: BankFile, by: User) -> BankFile:
    said = paying.fingerprint(paying.matched(row))
    return services.book_bank_file(bank_file_id=row.pk, read=said, by=by, at=LATER)


def test_a_banks_file_is_shown_and_booked_once(
    secretary: User, member: Member, other: Member
) -> None:
    first, second = fixed(secretary).invoices.order_by("number")
    content = table(
        ("500,00", first.reference, "A1"),
        ("100,00", second.reference, "A2"),
        ("500,00", second.reference, "A3"),
        ("7,00", "11112", "A4"),
    )
    row = read(content, secretary)
    assert [each.match for each in paying.matched(row)] == ["equal", "part", "over", "unknown"]
    assert not Payment.objects.exists()
    book(row, secretary)
    row.refresh_from_db()
    assert (row.status, row.booked) == ("booked", 3)
    again = read(content, secretary)
    assert [each.match.value for each in paying.matched(again)] == [
        *["booked"] * 3,
        "unknown",
    ]
    with pytest.raises(DomainError, match="nothing to book"):
        book(again, secretary)
    services.drop_bank_file(bank_file_id=again.pk, by=secretary, at=LATER)
    again.refresh_from_db()
    assert not again.entries and Payment.objects.count() == 3


def test_what_is_more_than_is_owed_is_told_before_it_is_booked(
    secretary: User, member: Member, client: Client
) -> None:
    invoice = fixed(secretary).invoices.get()
    row = read(
        table(("100,00", invoice.reference, "A1"), ("450,00", invoice.reference, "A2")), secretary
    )
    client.force_login(secretary)
    page = client.get(page_of(row, "book")).text
    assert "2 payments are booked, 550.00 € in all." in page
    assert "Eka Oy: 450.00 €, 3 February 2027: 50.00 € more than is owed." in page
    assert page.count("more than is owed") == 1
    # By how much is part of what was read.
    said = paying.fingerprint(paying.matched(row))
    pay(invoice, "1", secretary)
    assert said != paying.fingerprint(paying.matched(row))


def test_what_was_not_booked_is_seen_on_the_files_page(
    secretary: User, member: Member, other: Member, client: Client
) -> None:
    first, second = fixed(secretary).invoices.order_by("number")
    pay(first, "500", secretary)
    row = read(
        table(
            ("500,00", first.reference, "A1"),
            ("500,00", second.reference, "A2"),
            ("10,00", "11112", "A3"),
            ("11,00", "Somebody’s name", "A4"),
        ),
        secretary,
    )
    client.force_login(secretary)
    assert "Not booked" not in client.get(page_of(row)).text
    book(row, secretary)
    row.refresh_from_db()
    assert [[entry[0], entry[3]] for entry in row.entries] == [
        *[[2, first.reference], [4, "11112"], [5, ""]]
    ]
    page = client.get(page_of(row)).text
    assert "Not booked" in page and reverse("admin:members_invoice_changelist") in page
    assert "nothing is owed any more</td>" in page and "no invoice has this reference" in page
    assert "10.00" in page and "A2" not in page and second.billed_name not in page


def test_what_changed_since_it_was_read_is_not_booked(secretary: User, member: Member) -> None:
    invoice = fixed(secretary).invoices.get()
    row = read(table(("500,00", invoice.reference, "A1")), secretary)
    said = paying.fingerprint(paying.matched(row))
    pay(invoice, "1", secretary)
    with pytest.raises(DomainError, match="look again"):
        services.book_bank_file(bank_file_id=row.pk, read=said, by=secretary, at=LATER)
    assert Payment.objects.count() == 1


def test_a_wrong_file_is_refused_with_its_row(secretary: User) -> None:
    with pytest.raises(DomainError, match="Row 3: “x” is no clear amount") as refused:
        read(table(("1,00", "1", "A"), ("x", "1", "B")), secretary)
    assert refused.value.field == "upload"


def test_the_headings_of_a_table_are_named(secretary: User, client: Client) -> None:
    with pytest.raises(DomainError, match=r"missing: the reference \(viite, .*reference"):
        read(b"pvm;summa\n3.2.2027;1,00\n", secretary)
    client.force_login(secretary)
    page = client.get(reverse("admin:members_bankfile_upload")).text
    assert all(each in page for each in ("bokföringsdag", "määrä, ", "reference number"))


def ktl(invoice: Invoice, *, archive_id: str = "", account: str = "12345600000785") -> bytes:
    cents = int(invoice.amount * 100)
    number = f"{invoice.reference:0>20}"
    lines = [
        "0270203093000NB123456789".ljust(90),
        f"3{account}270203270203{archive_id:<16}{number}{'EKA OY':<12}1A{cents:010}0A0",
        f"9000001{cents:011}{0:06}{0:011}".ljust(90),
    ]
    return "\n".join(lines).encode()


def test_a_payment_that_the_bank_gave_no_name_is_booked_once(
    secretary: User, member: Member
) -> None:
    content = ktl(fixed(secretary).invoices.get())
    book(read(content, secretary), secretary)
    assert Payment.objects.get().archive_id
    assert [each.match for each in paying.matched(read(content, secretary))] == ["booked"]


def test_a_file_of_another_account_is_refused(secretary: User, member: Member) -> None:
    content = ktl(fixed(secretary).invoices.get(), account="10093000123458")
    with pytest.raises(DomainError, match="of the account 10093000123458") as refused:
        read(content, secretary)
    assert refused.value.field == "upload"


def test_what_was_entered_by_hand_is_booked_from_a_file_only_where_it_is_ticked(
    secretary: User, member: Member, other: Member, client: Client
) -> None:
    first, second = fixed(secretary).invoices.order_by("number")
    pay(first, "500", secretary)
    content = table(
        ("500,00", first.reference, "A1"),
        ("500,00", second.reference, "A2"),
        ("500,00", second.reference, "A3"),
    )
    row = read(content, secretary)
    assert [each.match for each in paying.matched(row)] == ["paid", "equal", "paid"]
    client.force_login(secretary)
    assert "nothing is owed any more: booked only if ticked" in client.get(page_of(row)).text
    page = client.get(page_of(row, "book")).text
    assert "1 payment is booked" in page and page.count('type="checkbox"') == 2
    said = {"pressed": paying.fingerprint(paying.matched(row))}
    refused = client.post(page_of(row, "book"), said | {"also": ["A2"]})
    assert refused.status_code == 200 and Payment.objects.count() == 1
    client.post(page_of(row, "book"), said | {"also": ["A3"]})
    assert set(Payment.objects.values_list("archive_id", flat=True)) == {"", "A2", "A3"}

    # What was left out may be booked later, also where there is nothing else.
    row = read(content, secretary)
    assert [each.match for each in paying.matched(row)] == ["paid", "booked", "booked"]
    with pytest.raises(DomainError, match="nothing to book"):
        book(row, secretary)
    said = {"pressed": paying.fingerprint(paying.matched(row))}
    assert "nothing to book" in client.post(page_of(row, "book"), said).text
    client.post(page_of(row, "book"), said | {"also": ["A1"]})
    assert Payment.objects.filter(archive_id="A1").exists()


# --- Who owes ------------------------------------------------------------------------------------


def test_owing_is_read_as_of_a_day_and_takes_the_vote_only_by_the_bylaws(
    secretary: User, member: Member, other: Member
) -> None:
    invoice = fixed(secretary).invoices.get(member=member)
    pay(Invoice.objects.get(member=other), "500", secretary)
    pay(invoice, "500", secretary, on=date(2027, 3, 10))
    days = [date(2027, 3, 1), date(2027, 3, 2), date(2027, 3, 9), date(2027, 3, 10)]
    assert [services.owes_on(member, day) for day in days] == [False, True, True, False]
    assert not services.owes_on(other, days[1])
    assert not services.without_vote(days[1]).exists()
    bylaws_with(by=secretary, unpaid_excludes_from_voting=True)
    assert list(services.without_vote(days[1])) == [member]
    assert not services.without_vote(days[3]).exists()


@pytest.mark.parametrize("excludes", [True, False])
def test_the_list_of_votes_says_on_the_page_and_in_the_file_who_has_none(
    secretary: User, member: Member, other: Member, client: Client, excludes: bool
) -> None:
    a_representative(member, a_person("Vera Voter"), "voting")
    pay(fixed(secretary).invoices.get(member=other), "500", secretary)
    bylaws_with(by=secretary, unpaid_excludes_from_voting=excludes)
    client.force_login(secretary)
    on = {"on": "2027-03-02"}
    assert ("unpaid fee: no vote" in client.get(reverse("register_votes"), on).text) is excludes
    for name, says in (("register_votes_file", excludes), ("register_people_file", False)):
        answer: Any = client.get(reverse(name, args=["csv"]), on)
        rows = list(csv.reader(answer.getvalue().decode("utf-8-sig").splitlines()))
        head = next(row for row in rows if "Member number" in row)
        assert ("Vote" in head) is says
        said = {row[1]: row[head.index("Vote")] if says else "" for row in rows[rows.index(head) :]}
        assert said["Eka Oy"] == ("unpaid fee: no vote" if says else "") and not said["Toka Oy"]


def test_an_unpaid_fee_ends_nothing_and_shows_on_the_desk(secretary: User, member: Member) -> None:
    fixed(secretary)
    assert Member.objects.in_force(timezone.localdate(LATER)).get() == member
    texts = [item.text for item in desk(at=LATER)]
    assert "Fees of 2027: 1 invoice is overdue" in texts
    assert "The fees of 2028 are not fixed yet" in [
        item.text for item in desk(at=AT + timedelta(days=430))
    ]


# --- By mail -------------------------------------------------------------------------------------


def test_invoices_go_once_each_to_who_pays(secretary: User, member: Member, other: Member) -> None:
    a_representative(member, a_person("Paula Primary"), "primary")
    a_representative(member, None, "billing", address="bills@eka.example")
    a_representative(other, a_person("Pekka Primary", language="fi"), "primary")
    year = fixed(secretary)
    services.ask_to_send(fee_year_id=year.pk, by=secretary, at=AT)
    services.send_asked_invoices(at=AT)
    services.send_asked_invoices(at=AT)
    sent = OutboxMail.objects.filter(key__startswith="invoice:").order_by("to_address")
    assert [mail.to_address for mail in sent] == ["bills@eka.example", "pekka.primary@kip.example"]
    (document,) = sent[0].attachments.all()
    assert document == Invoice.objects.get(member=member).document
    assert document.file.read(5) == b"%PDF-"
    with pytest.raises(DomainError, match="no invoice"):
        services.ask_to_send(fee_year_id=year.pk, by=secretary, at=AT)


def test_einvoices_are_left_to_the_bank_and_who_cannot_be_reached_waits(
    secretary: User, member: Member, other: Member
) -> None:
    Member.objects.filter(pk=member.pk).update(einvoice_address="0216:X", einvoice_operator="OP")
    a_representative(member, a_person("Paula Primary"), "primary")
    year = fixed(secretary)
    with pytest.raises(DomainError, match="no invoice"):
        services.ask_to_send(fee_year_id=year.pk, by=secretary, at=AT)
    found = services.ask_to_send(fee_year_id=year.pk, with_einvoice=True, by=secretary, at=AT)
    assert found == 1
    assert Invoice.objects.get(member=other).asked_at is None


def test_who_is_written_to_on_paper_gets_the_invoice_and_the_reminder_so(
    secretary: User, member: Member
) -> None:
    bills = a_person("Billy Bills", email=None, channel="letter", postal_address="Tie 2\n67100 K")
    a_representative(member, bills, "billing")
    year = fixed(secretary)
    services.ask_to_send(fee_year_id=year.pk, by=secretary, at=AT)
    services.send_asked_invoices(at=AT)
    services.remind_of_fees(fee_year_id=year.pk, by=secretary, at=LATER)
    sent = OutboxMail.objects.filter(reader=bills).order_by("pk")
    assert [(mail.key.split(":")[0], mail.channel) for mail in sent] == [
        ("invoice", "letter"),
        ("invoice-reminder", "letter"),
    ]
    assert sent[0].attachments.get() == year.invoices.get().document


def test_an_address_that_letters_come_back_from_reaches_nobody(
    secretary: User, member: Member
) -> None:
    a_representative(member, a_person("Paula Primary"), "primary")
    a_representative(member, None, "billing", address="bills@eka.example")
    StoppedAddress.objects.create(address="bills@eka.example", since=AT)
    (payer,) = services.payers([member.pk], at=AT)[member.pk]
    assert payer.role == "primary"
    StoppedAddress.objects.create(address=payer.mail_address, reader=payer.person, since=AT)
    assert not services.payers([member.pk], at=AT)
    year = fixed(secretary)
    with pytest.raises(DomainError, match="no invoice"):
        services.ask_to_send(fee_year_id=year.pk, by=secretary, at=AT)


@pytest.mark.parametrize("why", ["nobody", "not allowed", "no sign"])
def test_an_invoice_that_could_not_go_says_why_and_is_asked_for_again(
    secretary: User, member: Member, client: Client, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asker = a_secretary("Second Secretary")
    role = a_representative(member, a_person("Paula Primary"), "primary")
    year = fixed(secretary)
    services.ask_to_send(fee_year_id=year.pk, by=asker, at=AT)
    if why == "nobody":
        StoppedAddress.objects.create(address=role.mail_address, reader=role.person, since=AT)
        says = "No letter reaches Eka Oy: print its invoice."
    elif why == "not allowed":
        asker.groups.clear()
        says = "Whoever had it sent may not do so any more"
    else:
        says = "The fonts lack a sign."

        def refuse(*_args: Any) -> bytes:
            raise DomainError(says)

        monkeypatch.setattr(billing, "pdf", refuse)
    services.send_asked_invoices(at=AT)
    invoice = year.invoices.get()
    assert (invoice.sent_at, invoice.asked_at, invoice.asked_by) == (None, None, None)
    assert not OutboxMail.objects.filter(key__startswith="invoice:").exists()
    client.force_login(secretary)
    assert says in client.get(page_of(year)).text and says in client.get(page_of(invoice)).text

    StoppedAddress.objects.all().delete()
    monkeypatch.undo()
    services.ask_to_send(fee_year_id=year.pk, by=secretary, at=AT)
    services.send_asked_invoices(at=AT)
    invoice.refresh_from_db()
    assert invoice.sent_at == AT and invoice.why_not_sent == ""


def test_who_may_read_an_invoice(secretary: User, member: Member, other: Member) -> None:
    primary, bills, safety, stranger = (
        a_person(f"{name} Person") for name in ("Paula", "Billy", "Safa", "Strang")
    )
    a_representative(member, primary, "primary")
    a_representative(member, bills, "billing")
    a_representative(member, safety, "safety")
    a_representative(other, stranger, "primary")
    year = fixed(secretary)
    services.ask_to_send(fee_year_id=year.pk, by=secretary, at=AT)
    services.send_asked_invoices(at=AT)
    document = Invoice.objects.get(member=member).document
    assert document is not None
    for person in (primary, bills, secretary):
        assert documents.document_for(pk=document.pk, user=person, at=AT) == document
    for person in (safety, stranger):
        with pytest.raises(NotAllowed):
            documents.document_for(pk=document.pk, user=person, at=AT)


def test_a_person_has_companies_reminded_and_not_twice_in_a_week(
    secretary: User, member: Member, other: Member
) -> None:
    for company, name in ((member, "Paula"), (other, "Pekka")):
        a_representative(company, a_person(f"{name} Primary"), "primary")
    year = fixed(secretary)
    pay(Invoice.objects.get(member=other), "500", secretary)
    which: dict[str, Any] = {"fee_year_id": year.pk, "by": secretary}
    with pytest.raises(DomainError, match="nobody to remind"):
        services.remind_of_fees(**which, at=AT)
    assert services.remind_of_fees(**which, at=LATER) == 1
    with pytest.raises(DomainError, match="nobody to remind"):
        services.remind_of_fees(**which, at=LATER + timedelta(days=6))
    services.remind_of_fees(**which, at=LATER + timedelta(days=8))
    sent = OutboxMail.objects.filter(key__startswith="invoice-reminder")
    assert [mail.reader.given_name for mail in sent if mail.reader] == ["Paula", "Paula"]
    assert FeeReminder.objects.filter(invoice__member=member).count() == 2
    (invoice,) = billing.to_remind(year, at=LATER + timedelta(days=30))
    assert invoice.reminded == 2  # type: ignore[attr-defined]


def test_an_invoice_is_an_accessible_pdf_in_the_companys_language(
    secretary: User, member: Member
) -> None:
    import io

    from pypdf import PdfReader

    a_representative(member, a_person("Paula Primary", language="sv"), "primary")
    invoice = fixed(secretary).invoices.select_related("fee_year", "member").get()
    reader = PdfReader(io.BytesIO(services.invoices_pdf([invoice])))
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    text = "".join(page.extract_text() for page in reader.pages)
    assert "Eka Oy" in text and "FI21 1234 5600 0007 85" in text
    assert "4211234560000078500050000000" in text


# --- The secretary's pages ------------------------------------------------------------------------


def page_of(row: Any, page: str = "change") -> str:
    return reverse(f"admin:members_{row._meta.model_name}_{page}", args=[row.pk])


@pytest.mark.parametrize(
    ("amount", "says"),
    [
        ("1 200,50", ""),
        ("", "Fill in “Amount in euros”."),
        ("much", "Write euros like 1200 or 1200,50."),
        ("1.234", "Write euros like 1200 or 1200,50."),
        ("-5", "Write an amount from"),
        ("9" * 400, "Write euros like 1200 or 1200,50."),
        ("1\x00", "Write euros like 1200 or 1200,50."),
    ],
)
def test_a_payment_is_typed(
    secretary: User, member: Member, client: Client, amount: str, says: str
) -> None:
    invoice = fixed(secretary).invoices.get()
    client.force_login(secretary)
    typed = {"amount": amount, "booked_on": "2026-01-05", "more": "on"}
    answer = client.post(page_of(invoice, "pay"), typed)
    if says:
        assert says in answer.text and 'aria-invalid="true"' in answer.text
    assert [row.amount for row in Payment.objects.all()] == ([] if says else [Decimal("1200.50")])


def test_values_are_refused_at_the_top_and_at_their_field(
    secretary: User, member: Member, client: Client
) -> None:
    year = draft(secretary, BANDS, basis="headcount")
    client.force_login(secretary)
    answer = client.post(page_of(year, "values"), {f"value_{member.pk}": "ten"})
    assert "There is something to mend" in answer.text and 'value="ten"' in answer.text
    assert "The company says 10." in answer.text


def test_the_page_of_a_year_sums_up_what_is_in_force(
    secretary: User, member: Member, other: Member, client: Client
) -> None:
    a_member(number=3, name="Kolmas Oy", business_id=business_id(3))
    year = fixed(secretary)
    first, second, third = year.invoices.order_by("number")
    pay(first, "100", secretary)
    pay(second, "500", secretary)
    services.credit_invoice(invoice_id=third.pk, reason="Wrong.", by=secretary, at=LATER)
    client.force_login(secretary)
    page = client.get(page_of(year)).text
    said = {"Billed": "1,000.00 €", "Paid": "600.00 €", "Still owed": "400.00 €"}
    for words, sum_of_all in said.items():
        assert f"<dt>{words}</dt><dd>{sum_of_all}</dd>" in page
    assert "Too much paid" not in page
    more: dict[str, Any] = {"invoice_id": second.pk, "amount": Decimal(20), "booked_on": TODAY}
    services.record_payment(**more, more=True, by=secretary, at=LATER)
    page = client.get(page_of(year)).text
    assert "<dt>Still owed</dt><dd>400.00 €</dd>" in page
    assert "<dt>Too much paid</dt><dd>20.00 €</dd>" in page


def test_who_pays_nothing_is_not_billed_on_the_page_either(
    secretary: User, member: Member, other: Member, client: Client
) -> None:
    year = draft(secretary, basis="list")
    client.force_login(secretary)
    which: dict[str, Any] = {"fee_year_id": year.pk, "by": secretary, "at": AT}
    services.enter_values(values={member.pk: Decimal(0), other.pk: Decimal(7)}, **which)
    assert "1 company would be billed, 7.00 € in all." in client.get(page_of(year)).text
    services.enter_values(values={other.pk: Decimal(0)}, **which)
    assert page_of(year, "fix") not in client.get(page_of(year)).text


def test_billing_says_that_the_company_sees_it_before_it_is_sent(
    secretary: User, member: Member, client: Client
) -> None:
    year = draft(secretary)
    client.force_login(secretary)
    said = ("Nothing is sent yet.", "A company that is billed sees its invoice in KIP at once.")
    fix = client.get(page_of(year, "fix")).text
    services.fix_fees(fee_year_id=year.pk, by=secretary, at=AT)
    bill = client.get(page_of(year, "bill")).text
    assert all(each in page for page in (fix, bill) for each in said)


def test_what_was_credited_before_it_went_is_not_on_its_way(
    secretary: User, member: Member, client: Client
) -> None:
    a_representative(member, a_person("Paula Primary"), "primary")
    invoice = fixed(secretary).invoices.get()
    client.force_login(secretary)
    year = invoice.fee_year
    assert page_of(year, "send") in client.get(page_of(year)).text
    services.ask_to_send(fee_year_id=year.pk, by=secretary, at=AT)
    page = client.get(page_of(year)).text
    assert "1 invoice is on its way." in page and page_of(year, "send") not in page
    services.credit_invoice(invoice_id=invoice.pk, reason="Wrong.", by=secretary, at=AT)
    assert "on its way" not in client.get(page_of(year)).text


def test_a_page_on_which_nothing_can_be_done_does_not_open(
    secretary: User, member: Member, client: Client
) -> None:
    invoice = fixed(secretary).invoices.get()
    payment = pay(invoice, "1", secretary)
    file = book(read(table(("2,00", invoice.reference, "A1")), secretary), secretary)
    services.take_back_payment(payment_id=payment.pk, reason="Wrong.", by=secretary, at=LATER)
    services.credit_invoice(invoice_id=invoice.pk, reason="Wrong.", by=secretary, at=LATER)
    client.force_login(secretary)
    for row, pages in (
        (invoice.fee_year, ["fix", "edit"]),
        (invoice, ["pay", "credit"]),
        (file, ["book", "drop"]),
    ):
        for name in pages:
            assert client.get(page_of(row, name)).url == page_of(row)  # type: ignore[attr-defined]
    taken = reverse("admin:members_payment_take_back", args=[payment.pk])
    assert client.get(taken).url == page_of(invoice)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("typed", "amount"), [("1 200,50", Decimal("1200.50")), ("much", None)])
@pytest.mark.parametrize("page", ["begin", "edit", "values", "bill", "pay"])
def test_each_page_takes_euros(
    secretary: User, member: Member, client: Client, page: str, typed: str, amount: Decimal | None
) -> None:  # fmt: skip
    client.force_login(secretary)
    facts = FACTS | {"decided_on": "2026-01-20", "amount": typed}
    if page == "begin":
        url, data = reverse("admin:members_feeyear_begin"), facts
    elif page in ("edit", "values"):
        year = draft(secretary, **({} if page == "edit" else {"basis": "list"}))
        url = page_of(year, page)
        data = facts if page == "edit" else {f"value_{member.pk}": typed}
    else:
        late = a_member(number=3, business_id=business_id(3), joined=date(2026, 2, 1))
        invoice = fixed(secretary, members_on=date(2026, 1, 1)).invoices.get()
        url = page_of(invoice.fee_year if page == "bill" else invoice, page)
        data = {"amount": typed, "booked_on": "2026-01-05", "more": "on"}
        data |= {"member": late.pk, "due_on": timezone.localdate() + timedelta(9)}
    answer = client.post(url, data)
    assert answer.status_code == (200 if amount is None else 302), answer.text
    rows: Any = {
        "values": FeeValue.objects.all(),
        "bill": Invoice.objects.exclude(member=member),
        "pay": Payment.objects.all(),
    }.get(page, FeeYear.objects.filter(amount=Decimal("1200.50")))
    assert [row.amount for row in rows] == ([] if amount is None else [amount])
    if amount is None:
        assert "Write euros like 1200 or 1200,50." in answer.text and 'value="much"' in answer.text
