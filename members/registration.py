"""The number under which a company is registered. Pure.

A Finnish business ID is `NNNNNNN-C`: weights 7, 9, 10, 5, 8, 4, 2, modulo 11. A foreign company has
the number of its own country's register, which nobody here can check.
"""

import re

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
