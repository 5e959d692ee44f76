"""What a bank says was paid: files in three forms in, plain payments out. Pure: no database.

- the reference payment file ("KTL", konekielinen viiteluettelo): lines of 90 signs; 0 begins a
  batch, 3 is a payment, 5 a direct debit, 9 the sum (Finance Finland, "Incoming reference
  payments", 2.1);
- `camt.054` (ISO 20022, BankToCustomerDebitCreditNotification), which took its place;
- a table, CSV or XLSX, whose columns are known by their names.

A file is read whole or refused with the line and the reason. So is one of another account: the
first two say whose they are, by IBAN or by the 14 digits of a Finnish account in it.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any
from xml.etree import ElementTree

from kip import reading
from members.references import InvalidNumber, reference


class Reason(StrEnum):
    """Why a bank's file is refused."""

    NOT_A_BANKS = "not_a_banks"
    ACCOUNT = "account"
    NO_COLUMN = "no_column"
    LENGTH = "length"
    RECORD = "record"
    DAY = "day"
    AMOUNT = "amount"
    CURRENCY = "currency"
    NO_SUM = "no_sum"
    COUNT = "count"
    SUM = "sum"
    NOTHING = "nothing"
    XML = "xml"


class Refused(Exception):
    """This file is not booked from: `reason`, and where (`line`, 0: nowhere in particular)."""

    def __init__(self, reason: Reason, line: int = 0, detail: str = "") -> None:
        super().__init__(f"{reason} {line} {detail}")
        self.reason, self.line, self.detail = reason, line, detail


@dataclass(frozen=True)
class Paid:
    """One payment: the local date on which the bank booked it, and euros, less than nought where
    the bank takes back what it booked before. `archive_id` is the same whenever the bank says it.
    """

    line: int
    booked_on: date
    amount: Decimal
    reference: str
    archive_id: str


# As long as there is room for; no bank's are as long.
LONGEST_ID = 60


class _Names:
    """What the payments of a file are called: by the bank, else by the rest of what it says. So of
    two equal ones each is booked, and none twice, from whichever file.
    """

    def __init__(self) -> None:
        self.seen: Counter[Any] = Counter()

    def of(self, own: str, day: date, amount: Decimal, ref: str, *, takes_back: bool) -> str:
        """Of a payment of so many euros; what takes it back has a name of its own."""
        if own:
            name = f"{own}-" if takes_back else own
            fits = len(name) <= LONGEST_ID and name.isprintable()
            return name if fits else f"long:{_hash(name)}"
        said = f"{day}|{-amount if takes_back else amount}|{ref}"
        self.seen[said] += 1
        return f"row:{_hash(f'{said}|{self.seen[said]}')}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def read(content: bytes, *, accounts: Collection[str] = ()) -> list[Paid]:
    """Every payment of the file, in its order; one that names an account, of one of `accounts`
    (IBANs; empty: of any). Raises `Refused`, and `kip.reading.Unreadable`.
    """
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:200]
    if start.startswith(b"<"):
        found = _camt(content, accounts)
    elif re.match(rb"0[0-9]{10}", start):
        found = _reference_payments(content, accounts)
    else:
        found = _table(content)
    found = [paid for paid in found if paid.amount]
    if not found:
        raise Refused(Reason.NOTHING)
    return found


def _reference(text: str) -> str:
    """As it is compared; as it stands where it is none."""
    try:
        return reference(text)
    except InvalidNumber:
        return "".join(sign for sign in text if sign.isprintable() and not sign.isspace())[:35]


# --- The reference payment file -------------------------------------------------------------------

WIDTH = 90


@dataclass
class _Batch:
    """What was read since the last sum."""

    begun: bool = False
    count: int = 0
    cents: int = 0
    corrections: int = 0
    corrected: int = 0


def _reference_payments(content: bytes, accounts: Collection[str]) -> list[Paid]:
    """Corrections are payments of less than nought. Direct debits that failed paid nothing."""
    found = []
    names = _Names()
    known = {account[4:] for account in accounts if account.startswith("FI")}
    batch = _Batch()
    for line, record in _records(content):
        kind = record[0]
        if kind == "0":
            if batch.begun:
                raise Refused(Reason.NO_SUM, line)
            batch = _Batch(begun=True)
        elif not batch.begun:
            raise Refused(Reason.RECORD, line)
        elif kind in "35":
            account = record[1:15]
            if accounts and re.fullmatch(r"[0-9]*[1-9][0-9]*", account) and account not in known:
                raise Refused(Reason.ACCOUNT, line, account)
            paid = _payment(record, line, names)
            if paid is None:
                continue
            found.append(paid)
            cents = int(record[77:87])
            if paid.amount < 0:
                batch.corrections, batch.corrected = batch.corrections + 1, batch.corrected + cents
            else:
                batch.count, batch.cents = batch.count + 1, batch.cents + cents
        elif kind == "9":
            _compare(batch, record, line)
            batch = _Batch()
        else:
            raise Refused(Reason.RECORD, line, kind)
    if batch.begun:
        raise Refused(Reason.NO_SUM)
    return found


def _records(content: bytes) -> Iterator[tuple[int, str]]:
    text = content.decode("latin-1").replace("\r\n", "\n").replace("\r", "\n").replace("\x1a", "")
    for line, record in enumerate(text.split("\n"), start=1):
        if not record.strip():
            continue
        # Spaces at the end get lost on the way.
        if len(record) > WIDTH and record[WIDTH:].strip():
            raise Refused(Reason.LENGTH, line, str(len(record)))
        yield line, record[:WIDTH].ljust(WIDTH)


def _payment(record: str, line: int, names: _Names) -> Paid | None:
    if not re.fullmatch(r"[0-9]{10}", record[77:87]):
        raise Refused(Reason.AMOUNT, line, record[77:87].strip())
    if record[75] not in "1":
        raise Refused(Reason.CURRENCY, line, record[75].strip())
    if record[0] == "5" and record[89] not in " 0":
        return None
    amount = Decimal(int(record[77:87])) / 100
    is_correction = record[87] == "1"
    booked_on, ref = _short_day(record[15:21], line), _reference(record[43:63])
    own = record[27:43].strip()
    archive_id = names.of(own, booked_on, amount, ref, takes_back=is_correction)
    return Paid(line, booked_on, -amount if is_correction else amount, ref, archive_id)


def _short_day(text: str, line: int) -> date:
    if re.fullmatch(r"[0-9]{6}", text):
        with suppress(ValueError):
            return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:]))
    raise Refused(Reason.DAY, line, text)


def _compare(batch: _Batch, record: str, line: int) -> None:
    numbers = [record[1:7], record[7:18], record[18:24], record[24:35]]
    if not all(re.fullmatch(r"[0-9]*", number.strip()) for number in numbers):
        raise Refused(Reason.RECORD, line)
    count, cents, corrections, corrected = (int(number.strip() or 0) for number in numbers)
    if (count, corrections) != (batch.count, batch.corrections):
        raise Refused(Reason.COUNT, line, str(count + corrections))
    if (cents, corrected) != (batch.cents, batch.corrected):
        raise Refused(Reason.SUM, line, str(Decimal(cents) / 100))


# --- camt.054 -------------------------------------------------------------------------------------


class _Forbidden(Exception):
    pass


class _Tree(ElementTree.TreeBuilder):
    """No document type: nothing that could name another file, or grow when it is read."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise _Forbidden


def _camt(content: bytes, accounts: Collection[str]) -> list[Paid]:
    """Booked credits, and what takes one back. The number of an entry stands for its line."""
    try:
        root = ElementTree.fromstring(content, ElementTree.XMLParser(target=_Tree()))
    except (ElementTree.ParseError, _Forbidden, ValueError, LookupError) as error:
        raise Refused(Reason.XML) from error
    for element in root.iter():  # every version has a namespace of its own
        if isinstance(element.tag, str):
            element.tag = element.tag.rpartition("}")[2]
    notes = root.findall("BkToCstmrDbtCdtNtfctn/Ntfctn")
    if root.tag != "Document" or not notes:
        raise Refused(Reason.NOT_A_BANKS)
    found: list[Paid] = []
    names = _Names()
    entries = ((note, entry) for note in notes for entry in note.iterfind("Ntry"))
    for line, (note, entry) in enumerate(entries, start=1):
        account = re.sub(r"\s", "", note.findtext("Acct/Id/IBAN") or "").upper()
        if accounts and account and account not in accounts:
            raise Refused(Reason.ACCOUNT, line, account)
        found += _entry(entry, line, names)
    return found


def _entry(entry: ElementTree.Element, line: int, names: _Names) -> list[Paid]:
    """Its payments; a bank may say all of one day in one entry."""
    status = (entry.findtext("Sts/Cd") or entry.findtext("Sts") or "").strip()
    takes_back = (entry.findtext("RvslInd") or "").strip() in ("true", "1")
    is_credit = (entry.findtext("CdtDbtInd") or "").strip() == "CRDT"
    if status != "BOOK" or is_credit == takes_back:
        return []
    day = (entry.findtext("BookgDt/Dt") or entry.findtext("BookgDt/DtTm") or "").strip()
    try:
        booked_on = date.fromisoformat(day[:10])
    except ValueError as error:
        raise Refused(Reason.DAY, line, day) from error
    whole = _euros(entry.find("Amt"), line)
    sign = -1 if takes_back else 1
    name = (entry.findtext("AcctSvcrRef") or entry.findtext("NtryRef") or "").strip()
    details = entry.findall("NtryDtls/TxDtls")
    if not details:
        archive_id = names.of(name, booked_on, whole, "", takes_back=takes_back)
        return [Paid(line, booked_on, sign * whole, "", archive_id)]
    found = []
    for nth, detail in enumerate(details, start=1):
        amount = detail.find("Amt")
        if amount is None:
            amount = detail.find("AmtDtls/TxAmt/Amt")
        euros = whole if amount is None and len(details) == 1 else _euros(amount, line)
        ref = _reference(
            detail.findtext("RmtInf/Strd/CdtrRefInf/Ref")
            or detail.findtext("RmtInf/Strd/CdtrRefInf/CdtrRef")
            or ""
        )
        own = (detail.findtext("Refs/AcctSvcrRef") or "").strip()
        own = own or (f"{name}/{nth}" if name else "")
        archive_id = names.of(own, booked_on, euros, ref, takes_back=takes_back)
        found.append(Paid(line, booked_on, sign * euros, ref, archive_id))
    if sum(abs(paid.amount) for paid in found) != whole:
        raise Refused(Reason.SUM, line, str(whole))
    return found


def _euros(amount: ElementTree.Element | None, line: int) -> Decimal:
    text = (amount.text or "").strip() if amount is not None else ""
    if amount is not None and amount.get("Ccy") != "EUR":
        raise Refused(Reason.CURRENCY, line, amount.get("Ccy", ""))
    if not re.fullmatch(r"[0-9]{1,10}(\.[0-9]{1,5})?", text):
        raise Refused(Reason.AMOUNT, line, text)
    euros = Decimal(text)
    if euros != euros.quantize(Decimal("0.01")):
        raise Refused(Reason.AMOUNT, line, text)
    return euros.quantize(Decimal("0.01"))


# --- A table --------------------------------------------------------------------------------------

# As banks call them, in lower case.
COLUMNS: dict[str, Sequence[str]] = {
    "booked_on": [
        *["kirjauspäivä", "kirjauspvm", "kirjaus pvm", "pvm", "päivämäärä", "maksupäivä"],
        *["bokföringsdag", "bokföringsdatum", "datum", "booking date", "booked on", "date"],
    ],
    "amount": [
        *["määrä", "määrä eur", "määrä euroa", "summa", "summa eur", "euroa"],
        *["belopp", "belopp eur", "amount", "amount eur", "sum"],
    ],
    "reference": [
        *["viite", "viitenumero", "viitenro", "referens", "referensnummer"],
        *["reference", "reference number"],
    ],
    "archive_id": [
        *["arkistointitunnus", "arkistointikoodi", "arkiveringskod", "arkiveringssignum"],
        *["arkiveringsnummer", "archive id", "filing code", "transaction id"],
    ],
}
NEEDED = ("booked_on", "amount", "reference")
# Titles may stand above a table.
HEAD_WITHIN = 20


def _table(content: bytes) -> list[Paid]:
    """Money that came in."""
    rows = reading.rows(content)
    columns = _head(rows)
    found: list[Paid] = []
    names = _Names()
    for row in rows:
        cells = {name: _cell(row.cells, place) for name, place in columns.items()}
        if not cells["amount"]:
            continue
        amount = euros(cells["amount"])
        if amount is None:
            raise Refused(Reason.AMOUNT, row.line, cells["amount"])
        if amount <= 0:
            continue
        booked_on = _day(cells["booked_on"], row.line)
        ref = _reference(cells["reference"])
        own = cells.get("archive_id", "")
        archive_id = names.of(own, booked_on, amount, ref, takes_back=False)
        found.append(Paid(row.line, booked_on, amount, ref, archive_id))
    return found


def _head(rows: Iterator[reading.Row]) -> dict[str, int]:
    """The place of each column. Raises `Refused` for what has not all that is needed."""
    best: dict[str, int] = {}
    for row in rows:
        if row.line > HEAD_WITHIN:
            break
        names = [re.sub(r"[\s()€_]+", " ", cell.casefold()).strip() for cell in row.cells]
        places = {
            column: names.index(heading)
            for column, headings in COLUMNS.items()
            for heading in reversed(headings)
            if heading in names
        }
        if all(column in places for column in NEEDED):
            return places
        best = max(best, places, key=len)
    if not best:
        raise Refused(Reason.NOT_A_BANKS)
    missing = next(column for column in NEEDED if column not in best)
    raise Refused(Reason.NO_COLUMN, 0, missing)


def _cell(cells: Sequence[str], place: int) -> str:
    return cells[place].strip() if place < len(cells) else ""


def _day(text: str, line: int) -> date:
    found = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ].*)?", text)
    parts = found.groups() if found else ()
    if not parts and (found := re.fullmatch(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})", text)):
        parts = found.groups()[::-1]
    if parts:
        with suppress(ValueError):
            return date(*(int(part) for part in parts))
    raise Refused(Reason.DAY, line, text)


def euros(text: str) -> Decimal | None:
    """An amount as Finns and spreadsheets write it: "1 234,50", "1.234,50", "+1234.5", "12 €".

    None for what it cannot be, or could be in two ways: "1.234".
    """
    text = re.sub(r"(\s|EUR|€)", "", text.upper().replace("\u2212", "-"))
    grouped = r"[0-9]{1,3}(?P<mark>[.,'])[0-9]{3}(?:(?P=mark)[0-9]{3})*(?=[.,])(?!(?P=mark))"
    pattern = rf"(?P<sign>[+-]?)(?P<whole>[0-9]+|{grouped})(?:[.,](?P<part>[0-9]{{1,2}}))?"
    found = re.fullmatch(pattern, text)
    if found is None:
        return None
    number = re.sub(r"[^0-9]", "", found["whole"])
    if len(number) > 10:
        return None
    try:
        return Decimal(f"{found['sign']}{number}.{found['part'] or 0}").quantize(Decimal("0.01"))
    except InvalidOperation:
        return None
