"""The demo's fees: last year's are paid, this year's in part, one of them late."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from members import services
from members.demo.props import moment, secretary
from members.services.paying import fingerprint, matched

BANDS = [(25, Decimal(400)), (75, Decimal(800)), (None, Decimal(1600))]
# Of ten invoices of this year, so many are paid, and the next one in part.
PAID_OF_TEN = 7


def load_fees(*, at: datetime) -> None:
    """By people employed, as two general meetings decided."""
    today = timezone.localdate(at)
    for year in (today.year - 1, today.year):
        decided = date(year, 3, 17)
        if decided + timedelta(days=2) < today:
            _load_year(year, decided, is_last=year == today.year, at=at)


def _load_year(year: int, decided: date, *, is_last: bool, at: datetime) -> None:
    then = moment(decided + timedelta(days=2))
    who: dict[str, Any] = {"by": secretary(), "at": then}
    drafted = services.draft_fees(
        facts={
            "year": year,
            "basis": "headcount",
            "members_on": date(year, 1, 1),
            "due_on": decided + timedelta(days=30),
            "decided_on": decided,
            "decision": "Annual general meeting (demo), § 9",
            "payee": "Kokkola Industrial Park Association (demo)",
            # The account that Finland's banks give as the example.
            "iban": "FI21 1234 5600 0007 85",
            "bic": "NDEAFIHH",
        },
        bands=BANDS,
        **who,
    )
    unknown = [line for line in services.fee_lines(drafted) if line.why_not]
    services.enter_values(
        fee_year_id=drafted.pk, values={line.member.pk: Decimal(20) for line in unknown}, **who
    )
    services.fix_fees(fee_year_id=drafted.pk, **who)
    booked_on = min(decided + timedelta(days=21), timezone.localdate(at))
    rows = ["pvm;summa;viite"]
    for place, invoice in enumerate(drafted.invoices.order_by("number")):
        amount = invoice.amount
        if is_last and place % 10 >= PAID_OF_TEN:
            if place % 10 > PAID_OF_TEN:
                continue
            amount /= 2
        rows.append(f"{booked_on.isoformat()};{amount:.2f};{invoice.reference}")
    upload = SimpleUploadedFile(f"payments-{year}.csv", "\n".join(rows).encode())
    who["at"] = moment(booked_on)
    bank_file = services.read_bank_file(upload=upload, **who)
    read = fingerprint(matched(bank_file))
    services.book_bank_file(bank_file_id=bank_file.pk, read=read, **who)
