"""The number under which a company is registered. Pure.

A Finnish business ID is `NNNNNNN-C`: weights 7, 9, 10, 5, 8, 4, 2, modulo 11. A foreign company has
the number of its own country's register, which nobody here can check, and which another register
may have given to another company.
"""

import re
import unicodedata

from stdnum.exceptions import ValidationError
from stdnum.fi import ytunnus


class InvalidBusinessId(ValueError):
    """Not a Finnish business ID: wrong form or wrong check digit."""


def normalise(country: str, number: str) -> str:
    """The number as it is stored and compared. Raises `InvalidBusinessId` for a Finnish one."""
    number = number.strip().upper()
    if country != "FI":
        return re.sub(r"\s+", " ", number)
    try:
        digits = ytunnus.validate(re.sub(r"^FI", "", number))
    except ValidationError as error:
        raise InvalidBusinessId(number) from error
    if digits == "00000000":  # passes the sum and is nobody's
        raise InvalidBusinessId(number)
    return f"{digits[:7]}-{digits[7]}"


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
