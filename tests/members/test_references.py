"""References, account numbers and the bank bar code: published examples, and any at all."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members import references
from members.references import InvalidNumber, Why
from members.registration import InvalidEInvoiceAddress, NoAddress, einvoice_address

DIGITS = st.text("0123456789", min_size=3, max_size=19).filter(lambda digits: digits[0] != "0")


@pytest.mark.parametrize(
    ("digits", "number"),
    [
        # Finance Finland's own: reference numbers and bar codes.
        ("1234567", "12345672"),
        ("123456", "1234561"),
        ("86851625961989", "868516259619897"),
        ("1234567890", "12345678907"),
        ("1111", "11112"),
    ],
)
def test_published_reference_numbers(digits: str, number: str) -> None:
    assert references.reference_for(digits) == number


@pytest.mark.parametrize(
    ("national", "international"),
    [
        ("868516259619897", "RF09868516259619897"),
        ("2348236", "RF332348236"),
        ("11112", "RF9811112"),
    ],
)
def test_published_international_references(national: str, international: str) -> None:
    assert references.as_rf(national) == international
    assert references.reference(international) == national


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", Why.EMPTY),
        (" ", Why.EMPTY),
        ("12345673", Why.CHECK_DIGIT),
        ("0001", Why.TOO_SHORT),
        ("1" * 21, Why.TOO_LONG),
        ("12-3456", Why.SIGNS),
        ("RF10868516259619897", Why.CHECK_DIGIT),
        ("RFAB2348236", Why.SIGNS),
        ("RF18", Why.TOO_SHORT),
        ("RF18" + "1" * 22, Why.TOO_LONG),
    ],
)
def test_a_wrong_reference_is_refused_with_the_reason(typed: str, why: Why) -> None:
    with pytest.raises(InvalidNumber) as refused:
        references.reference(typed)
    assert refused.value.why == why


@given(DIGITS)
def test_every_number_is_read_back_however_it_is_written(digits: str) -> None:
    number = references.reference_for(digits)
    assert number[:-1] == digits
    for written in (references.grouped(number), number.zfill(20), references.as_rf(number)):
        assert references.reference(written) == number
        assert references.reference(references.grouped(written)) == number


@given(DIGITS, st.data())
def test_one_wrong_digit_is_always_found(digits: str, data: st.DataObject) -> None:
    number = references.reference_for(digits)
    place = data.draw(st.integers(1, len(number) - 1))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != number[place]]))
    with pytest.raises(InvalidNumber):
        references.reference(number[:place] + other + number[place + 1 :])


@given(st.text(max_size=30))
def test_whatever_is_typed_is_a_reference_or_refused(typed: str) -> None:
    try:
        number = references.reference(typed)
    except InvalidNumber:
        return
    assert references.reference(number) == number


def test_numbers_as_they_are_printed() -> None:
    assert references.grouped("868516259619897") == "86851 62596 19897"
    assert references.grouped("12345672") == "123 45672"
    assert references.grouped("RF09868516259619897") == "RF09 8685 1625 9619 897"
    assert references.grouped("FI7944052020036082") == "FI79 4405 2020 0360 82"


@pytest.mark.parametrize("typed", ["FI79 4405 2020 0360 82", "fi2112345600000785"])
def test_published_account_numbers(typed: str) -> None:
    assert references.iban(typed) == typed.replace(" ", "").upper()


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", Why.EMPTY),
        ("FI80 4405 2020 0360 82", Why.CHECK_DIGIT),
        ("FI79 4405 2020 0360 8", Why.LENGTH),
        ("FI79 4405-2020", Why.SIGNS),
        ("440520-20036082", Why.SIGNS),
        ("44052020036082", Why.COUNTRY),
    ],
)
def test_a_wrong_account_number_is_refused_with_the_reason(typed: str, why: Why) -> None:
    with pytest.raises(InvalidNumber) as refused:
        references.iban(typed)
    assert refused.value.why == why


def test_the_code_of_a_bank() -> None:
    assert references.bic("ndeafihh") == "NDEAFIHH"
    for typed, why in [("", Why.EMPTY), ("NDEA", Why.LENGTH), ("1DEAFIHH", Why.SIGNS)]:
        with pytest.raises(InvalidNumber) as refused:
            references.bic(typed)
        assert refused.value.why == why


def test_the_published_bar_code() -> None:
    """From Finance Finland's bank bar code guide."""
    code = references.bar_code(
        account="FI79 4405 2020 0360 82",
        amount=Decimal("4883.15"),
        number="86851 62596 19897",
        due=date(2010, 6, 12),
    )
    assert code == "479440520200360820048831500000000868516259619897100612"
    code = references.bar_code(
        account="FI3715903000000776",
        amount=Decimal("12.25"),
        number="11112",
        due=date(2016, 12, 21),
    )
    assert code == "437159030000007760000122500000000000000000011112161221"


@given(DIGITS, st.decimals(0, 2_000_000, places=2), st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_bar_code_says_all_of_it(digits: str, amount: Decimal, due: date) -> None:
    number = references.reference_for(digits)
    code = references.bar_code(account="FI7944052020036082", amount=amount, number=number, due=due)
    assert len(code) == 54 and code.isdecimal()
    assert references.reference(code[28:48]) == number
    cents = int(amount * 100)
    assert int(code[17:25]) == (cents if cents <= 99_999_999 else 0)


def test_there_is_no_bar_code_of_a_foreign_account() -> None:
    args = {"amount": Decimal(1), "number": "11112", "due": date(2027, 1, 1)}
    assert references.bar_code(account="SE3550000000054910000003", **args) == ""


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("003720774741", NoAddress.OVT_CHECK_DIGIT),
        ("0037207747", NoAddress.OVT_LENGTH),
        ("003720774740123456", NoAddress.OVT_LENGTH),
        ("FI22 1234 5600 0007 85", NoAddress.IBAN_CHECK_DIGIT),
        ("FI21 1234", NoAddress.IBAN_LENGTH),
        ("somewhere@company.example", NoAddress.SIGNS),
        ("", NoAddress.SIGNS),
    ],
)
def test_a_wrong_einvoice_address_is_refused_with_the_reason(typed: str, why: NoAddress) -> None:
    with pytest.raises(InvalidEInvoiceAddress) as refused:
        einvoice_address(typed)
    assert refused.value.why == why


def test_einvoice_addresses() -> None:
    assert einvoice_address("0037 2077474 0") == "003720774740"
    assert einvoice_address("003720774740ab1") == "003720774740AB1"
    assert einvoice_address("fi21 1234 5600 0007 85") == "FI2112345600000785"
    assert einvoice_address("te-0123456789") == "TE-0123456789"
