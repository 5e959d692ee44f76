"""The numbers by which money finds its way: references, account numbers, the bank bar code. Pure.

A Finnish reference number has 4 to 20 digits, the last of them a check digit: the others are
multiplied from the right by 7, 3, 1, 7, … and the sum is filled up to the next ten. In its
international form (RF creditor reference, ISO 11649) "RF" and two check digits stand before it.
Sources: Finance Finland, "Forming a Finnish reference number" and "Bank bar code guide" (5.3).
"""

import re
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import cycle

from stdnum import bic as bic_number
from stdnum import iban as iban_number
from stdnum import iso11649
from stdnum.exceptions import (
    InvalidChecksum,
    InvalidComponent,
    ValidationError,
)

LONGEST_NATIONAL = 20
SHORTEST_NATIONAL = 4
FINNISH_IBAN = 18


class Why(StrEnum):
    """What is wrong with a number."""

    EMPTY = "empty"
    SIGNS = "signs"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    LENGTH = "length"
    CHECK_DIGIT = "check_digit"
    COUNTRY = "country"


class InvalidNumber(ValueError):
    """Not a number of its kind, and `why`."""

    def __init__(self, text: str, why: Why) -> None:
        super().__init__(f"{text!r}: {why}")
        self.why = why


def check_digit(digits: str) -> str:
    """The digit that makes a Finnish reference number of these."""
    weighted = zip(reversed(digits), cycle((7, 3, 1)), strict=False)
    return str(-sum(int(digit) * weight for digit, weight in weighted) % 10)


def reference_for(digits: str) -> str:
    """The reference number that begins with 3 to 19 digits. Raises `InvalidNumber`."""
    if not re.fullmatch(r"[0-9]*", digits):
        raise InvalidNumber(digits, Why.SIGNS)
    return reference(digits + check_digit(digits))


def reference(text: str) -> str:
    """A reference in either form, as it is compared: the Finnish number without leading zeros, of
    a foreign one "RF…" without spaces. Raises `InvalidNumber`.
    """
    number = re.sub(r"\s", "", text).upper()
    if not number:
        raise InvalidNumber(text, Why.EMPTY)
    if number.startswith("RF"):
        return _international(text, number)
    if not re.fullmatch(r"[0-9]+", number):
        raise InvalidNumber(text, Why.SIGNS)
    number = number.lstrip("0")
    if len(number) < SHORTEST_NATIONAL:
        raise InvalidNumber(text, Why.TOO_SHORT)
    if len(number) > LONGEST_NATIONAL:
        raise InvalidNumber(text, Why.TOO_LONG)
    if check_digit(number[:-1]) != number[-1]:
        raise InvalidNumber(text, Why.CHECK_DIGIT)
    return number


def _international(text: str, number: str) -> str:
    if not re.fullmatch(r"RF[0-9]{2}[0-9A-Z]*", number):
        raise InvalidNumber(text, Why.SIGNS)
    if len(number) < 5:
        raise InvalidNumber(text, Why.TOO_SHORT)
    if len(number) > 25:
        raise InvalidNumber(text, Why.TOO_LONG)
    if not iso11649.is_valid(number):
        raise InvalidNumber(text, Why.CHECK_DIGIT)
    try:  # the Finnish number inside, where it is one
        return reference(number[4:])
    except InvalidNumber:
        return number


def as_rf(national: str) -> str:
    """The international form of a Finnish reference number: "RF", two check digits, the number."""
    number = reference(national)
    rest = int(f"{number}271500") % 97  # R is 27, F is 15, and the check digits are not there yet
    return f"RF{98 - rest:02}{number}"


def grouped(number: str) -> str:
    """As it is printed: a Finnish number in fives from the right, others in fours from the left."""
    if number.isdecimal():
        head = len(number) % 5
        parts = [number[:head], *re.findall(r".{5}", number[head:])]
    else:
        parts = re.findall(r".{1,4}", number)
    return " ".join(part for part in parts if part)


def iban(text: str) -> str:
    """An account number without spaces. Raises `InvalidNumber`."""
    number = re.sub(r"\s", "", text).upper()
    if not number:
        raise InvalidNumber(text, Why.EMPTY)
    if not re.fullmatch(r"[0-9A-Z]+", number):
        raise InvalidNumber(text, Why.SIGNS)
    if not re.match(r"[A-Z]{2}[0-9]{2}", number):
        raise InvalidNumber(text, Why.COUNTRY)
    if number.startswith("FI") and len(number) != FINNISH_IBAN:
        raise InvalidNumber(text, Why.LENGTH)
    try:
        return str(iban_number.validate(number))
    except InvalidChecksum as error:
        raise InvalidNumber(text, Why.CHECK_DIGIT) from error
    except InvalidComponent as error:
        raise InvalidNumber(text, Why.COUNTRY) from error
    except ValidationError as error:
        raise InvalidNumber(text, Why.LENGTH) from error


def bic(text: str) -> str:
    """The code of a bank, of 8 or 11 signs. Raises `InvalidNumber`."""
    number = re.sub(r"\s", "", text).upper()
    if not number:
        raise InvalidNumber(text, Why.EMPTY)
    if len(number) not in (8, 11):
        raise InvalidNumber(text, Why.LENGTH)
    if not bic_number.is_valid(number):
        raise InvalidNumber(text, Why.SIGNS)
    return number


# What the bar code has room for.
LARGEST_AMOUNT = Decimal("999999.99")


def bar_code(*, account: str, amount: Decimal, number: str, due: date) -> str:
    """The virtual bar code (pankkiviivakoodi, version 4) of a Finnish account and reference: 54
    digits that a Finnish bank's page takes in one go.

    An amount of more than `LARGEST_AMOUNT` stands there as nought, as the guide says. Empty for
    an account in another country.
    """
    account = iban(account)
    if not account.startswith("FI"):
        return ""
    cents = int(amount * 100) if amount <= LARGEST_AMOUNT else 0
    return f"4{account[2:]}{cents:08}000{reference(number):0>20}{due:%y%m%d}"
