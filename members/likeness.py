"""Which records are likely to be one company, or one person, entered twice. Pure.

Nothing is decided here: a pair that looks alike is shown to the secretary, who knows.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Likeness(models.TextChoices):
    """What two records have in common."""

    SAME_NAME = "same_name", _("the same name")
    SIMILAR_NAME = "similar_name", _("names a letter apart")
    SAME_WEBSITE = "same_website", _("the same website")
    SAME_EINVOICE = "same_einvoice", _("the same e-invoice address")
    SAME_PHONE = "same_phone", _("the same phone number")
    SAME_COMPANY = "same_company", _("both stand for the same company")
    NAMED = "named", _("compared by the secretary")


# What so many have in common is a common name, or a group's website: it tells no two apart.
TOO_COMMON = 6
# In a shorter name a letter is half of it.
SHORTEST_WITH_A_SLIP = 5

LEGAL_FORMS = {
    *("oy", "oyj", "ab", "abp", "ky", "kb", "ay", "tmi", "osk", "ry", "rf"),
    *("osakeyhtio", "aktiebolag", "kommandiittiyhtio"),
    *("ltd", "limited", "plc", "inc", "llc", "gmbh", "ag", "as", "bv", "nv", "sa"),
}

Pair = tuple[int, int]


@dataclass(frozen=True)
class Record:
    """What is compared of a company or person. `marks` by likeness, each with what is common."""

    key: int
    names: Collection[str]
    marks: Mapping[Likeness, Collection[str]] = field(default_factory=dict)


def company_name(name: str) -> str:
    """Without its legal form, accents, capitals, signs and blanks: "Öja-Kemi Oy" is "ojakemi"."""
    words = _words(name)
    return "".join(word for word in words if word not in LEGAL_FORMS) or "".join(words)


def person_name(name: str) -> str:
    """Whichever of the names comes first: "Virtanen, Maija" is "maijavirtanen"."""
    return "".join(sorted(_words(name)))


def website(address: str) -> str:
    """The host, without www."""
    host = re.sub(r"^https?://", "", address.strip().casefold()).partition("/")[0]
    return host.removeprefix("www.")


def phone(number: str) -> str:
    """The digits after the code of the country, as far as they tell: the last nine."""
    digits = re.sub(r"\D", "", number)
    return digits[-9:] if len(digits) >= 7 else ""


def same_company(companies: Iterable[Record]) -> dict[Pair, set[Likeness]]:
    """Pairs of keys, the smaller first, and in what they are alike: in name, but for a letter, or
    in a mark.
    """
    records = list(companies)
    found = _same_names(records, at_most=len(records))
    for pair in _a_slip_apart(records):
        if Likeness.SAME_NAME not in found[pair]:
            found[pair].add(Likeness.SIMILAR_NAME)
    for (likeness, _value), sharing in _by_mark(records).items():
        for pair in _pairs_of({record.key for record in sharing}):
            found[pair].add(likeness)
    return dict(found)


def same_person(people: Iterable[Record]) -> dict[Pair, set[Likeness]]:
    """The same of people. Many are called alike, and many answer one phone: a name but for a
    letter, or one that many have, counts where a mark is common too, and a mark with a name.
    """
    records = list(people)
    found = _same_names(records)
    for (likeness, _value), sharing in _by_mark(records).items():
        names = {record.key: set(record.names) for record in sharing}
        for pair in _a_slip_apart(sharing):
            one, other = pair
            same = names[one] & names[other]
            found[pair] |= {likeness, Likeness.SAME_NAME if same else Likeness.SIMILAR_NAME}
    return dict(found)


def _words(name: str) -> list[str]:
    plain = "".join(
        sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign)
    )
    return re.findall(r"[^\W_]+", plain.casefold())


def _pairs_of(keys: Collection[int], at_most: int = TOO_COMMON - 1) -> Iterator[Pair]:
    if len(keys) <= at_most:
        yield from combinations(sorted(keys), 2)


def _same_names(
    records: Iterable[Record], at_most: int = TOO_COMMON - 1
) -> defaultdict[Pair, set[Likeness]]:
    called: defaultdict[str, set[int]] = defaultdict(set)
    for record in records:
        for name in record.names:
            called[name].add(record.key)
    found: defaultdict[Pair, set[Likeness]] = defaultdict(set)
    for keys in called.values():
        for pair in _pairs_of(keys, at_most):
            found[pair].add(Likeness.SAME_NAME)
    return found


def _by_mark(records: Iterable[Record]) -> dict[tuple[Likeness, str], list[Record]]:
    sharing: defaultdict[tuple[Likeness, str], list[Record]] = defaultdict(list)
    for record in records:
        for likeness, values in record.marks.items():
            for value in values:
                sharing[likeness, value].append(record)
    return sharing


def _a_slip_apart(records: Iterable[Record]) -> Iterator[Pair]:
    """Those whose names are the same but for a letter more, less or other, or two that changed
    places; the same names among them.
    """
    spelled: defaultdict[str, set[int]] = defaultdict(set)
    for record in records:
        for spelling in {spelling for name in record.names for spelling in _spellings(name)}:
            spelled[spelling].add(record.key)
    yield from {pair for keys in spelled.values() for pair in _pairs_of(keys)}


def _spellings(name: str) -> set[str]:
    """The name, and what is left of it without any one letter: two that are a slip apart have one
    of these in common.
    """
    if len(name) < SHORTEST_WITH_A_SLIP:
        return {name}
    return {name, *(name[:place] + name[place + 1 :] for place in range(len(name)))}
