"""The numbers by which a company is known: in its register, and to who sends it invoices. Pure.

A Finnish business ID is `NNNNNNN-C`: weights 7, 9, 10, 5, 8, 4, 2, modulo 11. A foreign company has
the number of its own country's register, which nobody here can check, and which another register
may have given to another company.
"""

import re
import unicodedata
from enum import StrEnum

from stdnum import iban
from stdnum.exceptions import InvalidChecksum, ValidationError
from stdnum.fi import ytunnus


class InvalidBusinessId(ValueError):
    """Not a Finnish business ID: wrong form or wrong check digit."""


def normalise(country: str, number: str) -> str:
    """The number as it is stored and compared. Raises `InvalidBusinessId` for a Finnish one."""
    number = number.strip().upper()
    if country != "FI":
        return re.sub(r"\s+", " ", number)
    number = re.sub(r"^FI", "", number)
    if re.fullmatch(r"[0-9]{6}-[0-9]", number):  # the oldest, without their first zero
        number = f"0{number}"
    try:
        digits = ytunnus.validate(number)
    except ValidationError as error:
        raise InvalidBusinessId(number) from error
    if digits == "00000000":  # passes the sum and is nobody's
        raise InvalidBusinessId(number)
    return f"{digits[:7]}-{digits[7]}"


class NoAddress(StrEnum):
    """What is wrong with an e-invoice address."""

    OVT_LENGTH = "ovt_length"
    OVT_CHECK_DIGIT = "ovt_check_digit"
    IBAN_LENGTH = "iban_length"
    IBAN_CHECK_DIGIT = "iban_check_digit"
    SIGNS = "signs"


class InvalidEInvoiceAddress(ValueError):
    """Neither an OVT number, nor an IBAN, nor anything that could be another network's address."""

    def __init__(self, text: str, why: NoAddress) -> None:
        super().__init__(f"{text!r}: {why}")
        self.why = why


def einvoice_address(text: str) -> str:
    """The address as invoicing programs write it: without spaces, in capitals.

    A Finnish OVT number is 0037, the eight digits of the business ID and up to five characters for
    a unit. Raises `InvalidEInvoiceAddress`.
    """
    address = re.sub(r"\s", "", text).upper()
    if not re.fullmatch(r"[0-9A-Z][0-9A-Z:.-]*", address):
        raise InvalidEInvoiceAddress(text, NoAddress.SIGNS)
    if address.startswith("0037"):
        ovt = re.fullmatch(r"0037([0-9]{8})[0-9A-Z]{0,5}", address)
        if ovt is None:
            raise InvalidEInvoiceAddress(text, NoAddress.OVT_LENGTH)
        if not ytunnus.is_valid(ovt[1]):
            raise InvalidEInvoiceAddress(text, NoAddress.OVT_CHECK_DIGIT)
    elif re.match(r"[A-Z]{2}[0-9]{2}", address):
        if address.startswith("FI") and len(address) != 18:
            raise InvalidEInvoiceAddress(text, NoAddress.IBAN_LENGTH)
        try:
            iban.validate(address)
        except InvalidChecksum as error:
            raise InvalidEInvoiceAddress(text, NoAddress.IBAN_CHECK_DIGIT) from error
        except ValidationError as error:
            raise InvalidEInvoiceAddress(text, NoAddress.IBAN_LENGTH) from error
    return address


def registration_key(country: str, register: str, number: str) -> str:
    """What two registrations of the same company have in common, however they were typed.

    A Finnish company is its business ID. A foreign one is country, register and number, without
    regard to case, spaces and punctuation: "HRB-12345" is "hrb 12345". Empty without a number.
    """
    country = country.strip().upper()
    if not number.strip():
        return ""
    if country == "FI":
        try:
            return normalise(country, number)
        except InvalidBusinessId:  # of a row older than the check: as it stands
            return _letters_and_digits(number)
    return f"{country}|{_letters_and_digits(register)}|{_letters_and_digits(number)}"


def _letters_and_digits(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum())
