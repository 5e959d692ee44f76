"""What banks send: the reference payment file, camt.054 and tables, read whole or refused."""

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kip.reading import Unreadable
from members.bankfile import Paid, Reason, Refused, euros, read
from members.references import reference_for

DAY = date(2027, 5, 3)


def head() -> str:
    return f"0270503093000123456789{1}".ljust(90)


def payment(
    cents: int = 4250,
    number: str = "12345672",
    archive_id: str = "0503588WXYZ00001",
    *,
    kind: str = "3",
    correction: str = "0",
    outcome: str = " ",
) -> str:
    record = (
        f"{kind}12345600000785270503270502{archive_id:<16}{number:0>20}"
        f"{'HÖYRY OY':<12}1A{cents:010}{correction} {outcome}"
    )
    assert len(record) == 90
    return record


def total(count: int, cents: int, corrections: int = 0, corrected: int = 0) -> str:
    return f"9{count:06}{cents:011}{corrections:06}{corrected:011}".ljust(90, "0")


def ktl(*records: str, end: str = "\r\n") -> bytes:
    return end.join([*records, ""]).encode("latin-1")


def test_a_reference_payment_file() -> None:
    second = payment(100_00, "1234561", "0503588WXYZ00002")
    found = read(ktl(head(), payment(), second, total(2, 142_50)))
    assert found == [
        Paid(2, DAY, Decimal("42.50"), "12345672", "0503588WXYZ00001"),
        Paid(3, DAY, Decimal("100.00"), "1234561", "0503588WXYZ00002"),
    ]


def test_two_batches_and_lines_that_lost_their_spaces() -> None:
    batch = [head().rstrip(), payment().rstrip(), total(1, 4250)]
    assert len(read(ktl(*batch, "", *batch, end="\n"))) == 2


def test_a_correction_takes_back() -> None:
    found = read(ktl(head(), payment(), payment(correction="1"), total(1, 4250, 1, 4250)))
    assert [row.amount for row in found] == [Decimal("42.50"), Decimal("-42.50")]
    assert found[0].archive_id != found[1].archive_id


def test_a_direct_debit_that_failed_paid_nothing() -> None:
    debit = payment(kind="5", archive_id="A", outcome="0")
    failed = payment(kind="5", archive_id="B", outcome="2")
    assert len(read(ktl(head(), debit, failed, total(1, 4250)))) == 1


@pytest.mark.parametrize(
    ("records", "reason", "line"),
    [
        ([head(), payment(), total(1, 4251)], Reason.SUM, 3),
        ([head(), payment(), total(2, 4250)], Reason.COUNT, 3),
        ([head(), payment()], Reason.NO_SUM, 0),
        ([head(), head()], Reason.NO_SUM, 2),
        ([head(), payment() + "X", total(1, 4250)], Reason.LENGTH, 2),
        ([head(), payment().replace("270503", "271303", 1), total(1, 4250)], Reason.DAY, 2),
        ([head(), payment().replace("1A00", "2A00"), total(1, 4250)], Reason.CURRENCY, 2),
        ([head(), payment().replace("1A00", "1AX0"), total(1, 4250)], Reason.AMOUNT, 2),
        ([head(), payment(kind="4"), total(1, 4250)], Reason.RECORD, 2),
        ([head(), total(1, 0), payment()], Reason.COUNT, 2),
        ([head(), total(0, 0), payment()], Reason.RECORD, 3),
        ([head(), total(0, 0)], Reason.NOTHING, 0),
    ],
)
def test_a_wrong_one_is_refused_with_the_line(
    records: list[str], reason: Reason, line: int
) -> None:
    with pytest.raises(Refused) as refused:
        read(ktl(*records))
    assert (refused.value.reason, refused.value.line) == (reason, line)


def test_a_payment_without_a_name_gets_one_and_one_with_a_long_one_a_shorter() -> None:
    twice = payment(archive_id="")
    found = read(ktl(head(), twice, twice, total(2, 8500)))
    names = {row.archive_id for row in found}
    assert len(names) == 2 and "" not in names
    elsewhere = read(ktl(head(), payment(1), twice, total(2, 4251)))[1]
    assert elsewhere.archive_id == found[0].archive_id
    long = [camt(entry("42.50", name="A" * 80 + end)) for end in "BC"]
    (one,), (other,) = (read(file) for file in long)
    assert one.archive_id != other.archive_id and len(one.archive_id) <= 60
    assert read(long[0]) == [one]
    (back,) = read(ktl(head(), payment(archive_id="A\0", correction="1"), total(0, 0, 1, 4250)))
    assert back.archive_id.isprintable()


def test_nought_is_no_payment() -> None:
    with pytest.raises(Refused) as refused:
        read(ktl(head(), payment(0), total(1, 0)))
    assert refused.value.reason == Reason.NOTHING


def test_a_file_of_another_account_is_refused() -> None:
    ours, others = "FI2112345600000785", "FI1410093000123458"
    files = [
        ktl(head(), payment(), total(1, 4250)),
        camt(entry("42.50", detail("42.50", "12345672", "A1"))),
    ]
    for file, account, line in zip(files, (ours[4:], ours), (2, 1), strict=True):
        assert read(file, accounts=[others, ours]) == read(file)
        with pytest.raises(Refused) as refused:
            read(file, accounts=[others])
        where = refused.value
        assert (where.reason, where.line, where.detail) == (Reason.ACCOUNT, line, account)
    for file in (
        files[0].replace(ours[4:].encode(), b"0" * 14),
        files[1].replace(b"IBAN", b"Othr"),
        b"pvm;summa;viite\n3.5.2027;42,50;12345672\n",
    ):
        assert len(read(file, accounts=[others])) == 1


PAYMENTS = st.lists(
    st.tuples(
        st.integers(1, 9_999_999_999),
        st.text("0123456789", min_size=3, max_size=19).filter(lambda digits: digits[0] != "0"),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


@given(PAYMENTS)
def test_whatever_is_written_so_is_read_back(rows: list[tuple[int, str, bool]]) -> None:
    records = [
        payment(cents, reference_for(digits), f"A{n}", correction="1" if back else "0")
        for n, (cents, digits, back) in enumerate(rows)
    ]
    there = [cents for cents, _digits, back in rows if not back]
    back = [cents for cents, _digits, back in rows if back]
    if sum(there) > 99_999_999_999 or sum(back) > 99_999_999_999:
        return
    found = read(ktl(head(), *records, total(len(there), sum(there), len(back), sum(back))))
    assert [(row.amount, row.reference) for row in found] == [
        (Decimal(-cents if back else cents) / 100, reference_for(digits))
        for cents, digits, back in rows
    ]


@given(st.binary(max_size=300))
def test_whatever_is_no_file_is_refused(content: bytes) -> None:
    for start in (b"", head().encode() + b"\n", b"<Document>"):
        with suppress(Refused, Unreadable):
            read(start + content)


# --- camt.054 ------------------------------------------------------------------------------------


def camt(*entries: str, version: str = "02") -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.{version}">
<BkToCstmrDbtCdtNtfctn><GrpHdr><MsgId>1</MsgId><CreDtTm>2027-05-03T09:00:00</CreDtTm></GrpHdr>
<Ntfctn><Id>1</Id><Acct><Id><IBAN>FI2112345600000785</IBAN></Id></Acct>
{"".join(entries)}</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>""".encode()


def entry(amount: str, *details: str, kind: str = "CRDT", more: str = "", **tags: str) -> str:
    status = tags.get("status", "<Sts>BOOK</Sts>")
    return f"""<Ntry><Amt Ccy="{tags.get("currency", "EUR")}">{amount}</Amt>
<CdtDbtInd>{kind}</CdtDbtInd>{more}{status}
<BookgDt><Dt>{tags.get("day", "2027-05-03")}</Dt></BookgDt>
<AcctSvcrRef>{tags.get("name", "ENTRY1")}</AcctSvcrRef>
<NtryDtls>{"".join(details)}</NtryDtls></Ntry>"""


def detail(amount: str, number: str, name: str = "") -> str:
    refs = f"<Refs><AcctSvcrRef>{name}</AcctSvcrRef></Refs>" if name else ""
    return f"""<TxDtls>{refs}<AmtDtls><TxAmt><Amt Ccy="EUR">{amount}</Amt></TxAmt></AmtDtls>
<RmtInf><Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>{number}</Ref>
</CdtrRefInf></Strd></RmtInf></TxDtls>"""


def test_camt_of_one_day_in_one_entry() -> None:
    file = camt(
        entry(
            "142.50",
            detail("42.50", "00000000000012345672", "270503A1"),
            detail("100.00", "RF332348236", ""),
        )
    )
    assert read(file) == [
        Paid(1, DAY, Decimal("42.50"), "12345672", "270503A1"),
        Paid(1, DAY, Decimal("100.00"), "2348236", "ENTRY1/2"),
    ]


def test_camt_of_a_later_version() -> None:
    later = """<TxDtls><Refs><AcctSvcrRef>B2</AcctSvcrRef></Refs><Amt Ccy="EUR">10.5</Amt>
    <RmtInf><Strd><CdtrRefInf><Ref>12345672</Ref></CdtrRefInf></Strd></RmtInf></TxDtls>"""
    file = camt(entry("10.50", later, status="<Sts><Cd>BOOK</Cd></Sts>"), version="08")
    assert read(file) == [Paid(1, DAY, Decimal("10.50"), "12345672", "B2")]


def test_camt_leaves_out_what_paid_nothing_and_takes_back() -> None:
    one = detail("42.50", "12345672", "A1")
    back = "<RvslInd>true</RvslInd>"
    found = read(
        camt(
            entry("42.50", one),
            entry("42.50", one, kind="DBIT"),
            entry("42.50", one, status="<Sts>PDNG</Sts>"),
            entry("42.50", one, kind="DBIT", more=back),
        )
    )
    assert [(row.line, row.amount, row.archive_id) for row in found] == [
        (1, Decimal("42.50"), "A1"),
        (4, Decimal("-42.50"), "A1-"),
    ]


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (camt(entry("43.00", detail("42.50", "12345672"))), Reason.SUM),
        (camt(entry("42.50", currency="SEK")), Reason.CURRENCY),
        (camt(entry("42,50")), Reason.AMOUNT),
        (camt(entry("42.505")), Reason.AMOUNT),
        (camt(entry("42.50", day="3.5.2027")), Reason.DAY),
        (camt(), Reason.NOTHING),
        (b"<html><body>Please sign in</body></html>", Reason.NOT_A_BANKS),
        (camt()[:-5], Reason.XML),
        (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>',
         Reason.XML),
        (b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>', Reason.XML),
    ],
)  # fmt: skip
def test_a_wrong_camt_is_refused(file: bytes, reason: Reason) -> None:
    with pytest.raises(Refused) as refused:
        read(file)
    assert refused.value.reason == reason


# --- Tables --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "table",
    [
        "Kirjauspäivä;Määrä;Viite;Arkistointitunnus\n3.5.2027;42,50;123 45672;X1\n",
        "Tili\n\nBooking date,Amount,Reference,Archive ID\n2027-05-03,42.50,12345672,X1\n",
        "Bokföringsdag\tBelopp (EUR)\tReferens\tArkiveringskod\n"
        "03.05.2027\t+42,5\tRF1912345672\tX1\n",
    ],
)
def test_a_table_is_known_by_its_headings(table: str) -> None:
    (row,) = read(table.encode())
    assert (row.booked_on, row.amount, row.archive_id) == (DAY, Decimal("42.50"), "X1")


def test_what_went_out_is_left_out_and_equal_payments_are_two() -> None:
    table = "pvm;summa;viite\n3.5.2027;-5,00;1\n" + "3.5.2027;42,50;12345672\n" * 2
    first, second = read(table.encode())
    assert first.archive_id != second.archive_id
    assert [row.archive_id for row in read(table.encode())] == [
        first.archive_id,
        second.archive_id,
    ]


@pytest.mark.parametrize(
    ("table", "reason", "line"),
    [
        ("pvm;summa\n3.5.2027;1,00\n", Reason.NO_COLUMN, 0),
        ("a;b;c\n1;2;3\n", Reason.NOT_A_BANKS, 0),
        ("pvm;summa;viite\n3.5.2027;1.234;12345672\n", Reason.AMOUNT, 2),
        ("pvm;summa;viite\n3.5.2027;1,00;12345672\n31.4.2027;1,00;12345672\n", Reason.DAY, 3),
        ("pvm;summa;viite\n", Reason.NOTHING, 0),
    ],
)
def test_a_wrong_table_is_refused_with_the_row(table: str, reason: Reason, line: int) -> None:
    with pytest.raises(Refused) as refused:
        read(table.encode())
    assert (refused.value.reason, refused.value.line) == (reason, line)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 234,50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("\u22125", "-5.00"),
        ("+0,5 €", "0.50"),
        ("100 EUR", "100.00"),
        ("1.234", None),
        ("1,234", None),
        ("12,345,6", None),
        ("", None),
        ("1e5", None),
    ],
)
def test_an_amount_is_read_or_is_not_clear(text: str, value: str | None) -> None:
    assert euros(text) == (Decimal(value) if value else None)


@given(st.decimals(-9_999_999, 9_999_999, places=2))
def test_every_amount_is_read_as_it_was_written(amount: Decimal) -> None:
    finnish = f"{amount:,.2f}".replace(",", " ").replace(".", ",")
    assert euros(finnish) == amount == euros(f"{amount:.2f}")
