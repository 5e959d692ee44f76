"""Finding by what people type: accents, capitals and slips."""

import pytest

from kip import finding
from kip.accounts.models import User

pytestmark = pytest.mark.django_db

PEOPLE = [
    ("Ann-Sofi", "Åström", "ann-sofi@oja.example"),
    ("Mats", "Lindqvist", "mats.l@tankar.example"),
    ("Päivi", "Määttä", None),
    ("Łukasz", "Øster", "lukasz@tankar.example"),
    ("Kaisa", "Virtanen", "kaisa@tankar.example"),
    ("Jo", "Ek", "50%_off@tankar.example"),
]


@pytest.fixture(autouse=True)
def people(db):
    for given_name, family_name, email in PEOPLE:
        User.objects.create_user(email, given_name=given_name, family_name=family_name)


def found(text):
    who = finding.find(User.objects.order_by("pk"), text)
    return [person.family_name for person in who.rows], who.is_exact


@pytest.mark.parametrize(
    ("typed", "who"),
    [
        ("astrom", ["Åström"]),
        ("ÅSTRÖM", ["Åström"]),
        ("maatta paivi", ["Määttä"]),
        ("lukasz oster", ["Øster"]),
        ("indqv", ["Lindqvist"]),
        ("kaisa@tankar", ["Virtanen"]),
        ("  virtanen   kaisa ", ["Virtanen"]),
        ("tankar", ["Lindqvist", "Øster", "Virtanen", "Ek"]),
        ("50%_", ["Ek"]),
        ("jo", ["Ek"]),
        ("ek", ["Ek"]),
    ],
)
def test_every_word_stands_somewhere(typed, who):
    assert found(typed) == (who, True)


@pytest.mark.parametrize(
    ("typed", "who"),
    [
        ("lindkvist", "Lindqvist"),
        ("lindqist", "Lindqvist"),
        ("virtannen", "Virtanen"),
        ("vitranen", "Virtanen"),
        ("ivrtanen", "Virtanen"),
        ("aströmm", "Åström"),
        ("matta", "Määttä"),
        ("kiasa virtannen", "Virtanen"),
        ("kaisaa@tankar.example", "Virtanen"),
    ],
)
def test_a_slip_is_forgiven(typed, who):
    rows, is_exact = found(typed)
    assert rows[0] == who and not is_exact


@pytest.mark.parametrize(
    "typed", ["xyzzy", "%", "_", "@", "--", "\0x", "(", "a|b", "zz", "x" * 500]
)
def test_nothing_is_like_it(typed):
    assert found(typed) == ([], False)


def test_of_nothing_typed_all_are_found():
    assert len(found("  ")[0]) == len(PEOPLE)


def test_the_best_comes_first_and_the_much_worse_not_at_all():
    User.objects.create_user("x@oja.example", given_name="Kai", family_name="Virta")
    assert found("kaisa virtannen")[0] == ["Virtanen"]


def test_a_changed_name_is_found_at_once():
    User.objects.filter(family_name="Ek").update(family_name="Granö")
    assert found("grano")[0] == ["Granö"]
    assert found("ek")[0] == []
