"""What suggests a conflict of interest (§ 37)."""

import pytest

from board.conflicts import CompanyIdentity, Ground, PersonIdentity, grounds

APPLICANT = CompanyIdentity("Höyry & Co Oy", business_id="9000000-3", parent="Höyry Group Oyj")
ITS_PEOPLE = [
    PersonIdentity("Kaisa Kontakti", email="kaisa@hoyry.example"),
    PersonIdentity("Sanna Signeeraa"),
]
STRANGER = PersonIdentity("Matti Meikäläinen", email="matti@muu.example")
ELSEWHERE = CompanyIdentity("Muu Oy", business_id="9000001-6", parent="Muu Group Oyj")

OWN, PARENT, AMONG = Ground


@pytest.mark.parametrize(
    ("company", "found"),
    [
        (ELSEWHERE, []),
        (CompanyIdentity("Renamed Oy", business_id="9000000-3"), [OWN]),
        (CompanyIdentity("höyry & co OY "), [OWN]),
        (CompanyIdentity("Sister Oy", parent="HÖYRY group oyj"), [PARENT]),
        (CompanyIdentity("Höyry Group Oyj"), [PARENT]),  # it is the applicant's parent
        (CompanyIdentity("Daughter Oy", parent="Höyry & Co Oy"), [PARENT]),
        # What both leave out tells nothing.
        (CompanyIdentity("Muu Oy", business_id="", parent=""), []),
        (CompanyIdentity("", business_id=" ", parent=" "), []),
    ],
)
def test_by_company(company: CompanyIdentity, found: list[Ground]) -> None:
    assert grounds(STRANGER, [ELSEWHERE, company], APPLICANT, ITS_PEOPLE) == found


@pytest.mark.parametrize(
    ("person", "found"),
    [
        (STRANGER, []),
        (PersonIdentity("K. Kontakti", email="KAISA@hoyry.example"), [AMONG]),
        (PersonIdentity("sanna signeeraa", email="s@muu.example"), [AMONG]),
        (PersonIdentity("", email=""), []),
    ],
)
def test_by_person(person: PersonIdentity, found: list[Ground]) -> None:
    assert grounds(person, [ELSEWHERE], APPLICANT, ITS_PEOPLE) == found


def test_companies_without_a_parent_have_none_in_common() -> None:
    alone = CompanyIdentity("Höyry & Co Oy", business_id="9000000-3")
    assert grounds(STRANGER, [CompanyIdentity("Muu Oy")], alone, []) == []


def test_all_grounds_are_named() -> None:
    kaisa = PersonIdentity("Kaisa Kontakti")
    assert grounds(kaisa, [APPLICANT], APPLICANT, ITS_PEOPLE) == [OWN, AMONG]
    assert grounds(kaisa, [], APPLICANT, ITS_PEOPLE) == [AMONG]
