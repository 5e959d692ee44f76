import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.registration import InvalidBusinessId, normalise, registration_key
from tests.members.factories import business_id

WEIGHTS = (7, 9, 10, 5, 8, 4, 2)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("2077474-0", "2077474-0"),
        ("1572860-0", "1572860-0"),
        ("2617416-4", "2617416-4"),
        ("1234567-1", "1234567-1"),
        ("12345671", "1234567-1"),
        (" 1234567 - 1 ", "1234567-1"),
        ("FI12345671", "1234567-1"),
        ("fi 1234567-1", "1234567-1"),
        ("１２３４５６７-１", "1234567-1"),  # as some keyboards write digits
        (business_id(), "9000000-3"),
    ],
)
def test_valid_business_ids(typed: str, kept: str) -> None:
    assert normalise("FI", typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "1234567-8",
        "0737546-1",
        "0000000-0",
        "",
        "1234567",
        "12345678-1",
        "123456-1",
        "A234567-1",
        "SE12345671",
        "1234567-1 and more",
    ],
)
def test_invalid_business_ids(typed: str) -> None:
    with pytest.raises(InvalidBusinessId):
        normalise("FI", typed)


@given(st.integers(1, 9_999_999))
def test_one_check_digit_at_most_is_right_and_what_is_kept_stays(stem: int) -> None:
    digits = f"{stem:07}"
    rest = sum(int(d) * w for d, w in zip(digits, WEIGHTS, strict=True)) % 11
    right = {0: "0", 1: None}.get(rest, str(11 - rest))
    for check in "0123456789":
        if check == right:
            kept = normalise("FI", digits + check)
            assert kept == f"{digits}-{check}"
            assert normalise("FI", kept) == kept
        else:
            with pytest.raises(InvalidBusinessId):
                normalise("FI", digits + check)


@given(st.text(max_size=20))
def test_whatever_is_typed_is_kept_in_one_form_or_refused(typed: str) -> None:
    try:
        kept = normalise("FI", typed)
    except InvalidBusinessId:
        return
    assert normalise("FI", kept) == kept


@pytest.mark.parametrize(
    ("typed", "kept"), [("  556012-5790 ", "556012-5790"), ("hrb  12 345", "HRB 12 345")]
)
def test_foreign_numbers_are_taken_as_they_are(typed: str, kept: str) -> None:
    assert normalise("SE", typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        ("DE", "Amtsgericht München", "HRB 12345"),
        ("de", " amtsgericht münchen ", "hrb-12345"),
        ("DE", "Amtsgericht  München", "HRB12345"),
        ("DE", "AMTSGERICHT MU\u0308NCHEN", "HRB 123.45"),
    ],
)
def test_a_foreign_company_is_known_again_however_it_is_typed(typed: tuple[str, str, str]) -> None:
    assert registration_key(*typed) == registration_key("DE", "Amtsgericht München", "HRB 12345")


@pytest.mark.parametrize(
    "other",
    [
        ("DE", "Amtsgericht Hamburg", "HRB 12345"),
        ("AT", "Amtsgericht München", "HRB 12345"),
        ("DE", "Amtsgericht München", "HRB 12346"),
        ("DE", "Amtsgericht", "München HRB 12345"),
        ("FI", "", "1234567-1"),
        ("DE", "Amtsgericht München", ""),
    ],
)
def test_another_register_may_give_the_same_number(other: tuple[str, str, str]) -> None:
    assert registration_key(*other) != registration_key("DE", "Amtsgericht München", "HRB 12345")


def test_a_finnish_company_is_its_business_id() -> None:
    assert registration_key("fi", "whatever", "FI 12345671") == "1234567-1"
    assert registration_key("FI", "", "") == registration_key("SE", "Bolagsverket", " ") == ""
