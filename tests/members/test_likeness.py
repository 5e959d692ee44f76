"""Which records look like one company or person entered twice. No database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members import likeness
from members.likeness import TOO_COMMON, Likeness, Record

LETTERS = st.text("abcdefghijklmnopqrstuvwxyzåäö", min_size=6, max_size=14)


def companies(*names: str) -> list[Record]:
    return [Record(key, [likeness.company_name(name)]) for key, name in enumerate(names)]


def people(*rows: tuple[str, str, str]) -> list[Record]:
    """Each a name, a phone and a company."""
    return [
        Record(
            key,
            [likeness.person_name(name)],
            {
                Likeness.SAME_PHONE: {likeness.phone(phone)} - {""},
                Likeness.SAME_COMPANY: {company} - {""},
            },
        )
        for key, (name, phone, company) in enumerate(rows)
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Öja-Kemi Oy", "OJA KEMI OY"),
        ("Boliden Kokkola Oy", "Boliden Kokkola"),
        ("Ab Höyry Oy", "Höyry Oy Ab"),
        ("Yara Suomi Oyj", "Yara Suomi Osakeyhtiö"),
    ],
)
def test_a_companys_name_is_the_same_however_it_is_written(one: str, other: str) -> None:
    assert likeness.same_company(companies(one, other)) == {(0, 1): {Likeness.SAME_NAME}}


@pytest.mark.parametrize("other", ["Bolidn Kokkola", "Bolidden Kokkola", "Bolidem Kokkola"])
def test_a_letter_less_more_or_other_is_similar(other: str) -> None:
    found = likeness.same_company(companies("Boliden Kokkola", other))
    assert found == {(0, 1): {Likeness.SIMILAR_NAME}}


def test_other_names_are_not_alike() -> None:
    assert likeness.same_company(companies("Boliden", "Neste", "Oy", "Ab", "Nestor Engines")) == {}


def test_of_what_many_share_nothing_follows() -> None:
    group = [
        Record(n, [f"plant{'abcdefgh'[n] * 5}"], {Likeness.SAME_WEBSITE: {"group.example"}})
        for n in range(TOO_COMMON)
    ]
    assert likeness.same_company(group) == {}
    assert likeness.same_company(group[:2]) == {(0, 1): {Likeness.SAME_WEBSITE}}


def test_whichever_name_comes_first_it_is_one_person() -> None:
    rows = people(("Maija Virtanen", "", ""), ("VIRTANEN, Maija", "", ""))
    assert likeness.same_person(rows) == {(0, 1): {Likeness.SAME_NAME}}


def test_a_slip_in_a_persons_name_counts_with_the_same_company_or_phone() -> None:
    rows = people(
        ("Maija Virtanen", "+358 40 123 4567", "1"),
        ("Maja Virtanen", "", "1"),
        ("Maija Virtannen", "040 1234567", ""),
    )
    assert likeness.same_person(rows) == {
        (0, 1): {Likeness.SIMILAR_NAME, Likeness.SAME_COMPANY},
        (0, 2): {Likeness.SIMILAR_NAME, Likeness.SAME_PHONE},
    }


def test_who_answers_the_same_phone_is_not_the_same_person() -> None:
    rows = people(("Maija Virtanen", "06 1234567", "1"), ("Olli Otava", "06 1234567", "1"))
    assert likeness.same_person(rows) == {}


def test_many_are_called_alike_and_are_still_compared_within_their_company() -> None:
    names = [("Maija Virtanen", "", str(n // 2)) for n in range(2 * TOO_COMMON)]
    found = likeness.same_person(people(*names))
    assert set(found) == {(n, n + 1) for n in range(0, 2 * TOO_COMMON, 2)}
    assert set.union(*found.values()) == {Likeness.SAME_NAME, Likeness.SAME_COMPANY}


@given(LETTERS, st.data())
def test_any_one_slip_is_found(name: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(name) - 2))
    letter = data.draw(st.sampled_from("xyzå"))
    slips = [
        name[:place] + name[place + 1 :],
        name[:place] + letter + name[place:],
        name[:place] + letter + name[place + 1 :],
        name[:place] + name[place + 1] + name[place] + name[place + 2 :],
    ]
    for slip in slips:
        found = likeness.same_company([Record(1, [name]), Record(2, [slip])])
        assert set(found) == {(1, 2)}


@given(st.lists(st.tuples(LETTERS, st.sampled_from(["", "1", "2"])), max_size=12))
def test_pairs_are_ordered_and_of_two(rows: list[tuple[str, str]]) -> None:
    for pairs in (
        likeness.same_company(companies(*(name for name, _company in rows))),
        likeness.same_person(people(*((name, "", company) for name, company in rows))),
    ):
        assert all(first < second and found for (first, second), found in pairs.items())


def test_marks() -> None:
    assert likeness.website("https://www.Kemi.example/fi/") == "kemi.example"
    assert likeness.website("") == ""
    assert likeness.phone("+358 (0)40 123 4567"[-14:]) == likeness.phone("040-123 4567")[-9:]
    assert likeness.phone("112") == ""
