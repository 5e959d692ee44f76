"""Whom a mailing can go to. The apps that know people register a kind of list each.

    @audiences.register
    def seats(): return Audience(key="board", ...)     # in AppConfig.ready()

A mailing keeps the rows of the list as it was filtered, and asks its audience who stands behind
them: when it is written, and once more before it goes.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kip.hooks import Hook

Facts = dict[str, Any]


@dataclass(frozen=True)
class Candidate:
    """Somebody behind one row of a list: a person, or a bare address with its language.

    `facts` say why, e.g. {"company": "Satama Oy", "role": "primary"}; they are kept as JSON.
    """

    facts: Facts
    person: Any = None
    address: str = ""
    language: str = "fi"


@dataclass(frozen=True)
class Field:
    """A merge field: what it is, and its value from the facts of one reader, in the language of
    the moment.
    """

    label: str | Promise
    value: Callable[[Sequence[Facts]], str]


@dataclass(frozen=True)
class Audience:
    """A kind of list, and the people behind its rows.

    `candidates(ids, part, at)` gives who stands behind the rows with these ids; `part` is one of
    `parts`, where the secretary chooses e.g. whom of a company to write to. `why(facts)` ends the
    sentence "You get this because you are …". `reaches_most(ids, part, at)` says whether that is
    more than half of those whom it could be: then it is asked twice.
    """

    key: str
    model: type[Model]
    candidates: Callable[[Collection[int], str, datetime], Iterable[Candidate]]
    why: Callable[[Facts], str]
    reaches_most: Callable[[Collection[int], str, datetime], bool]
    fields: Mapping[str, Field] = field(default_factory=dict)
    parts: Sequence[tuple[str, str | Promise]] = ()


# receiver() -> Audience
audiences: Hook[Audience] = Hook("Kinds of lists that can be written to.")

# Fields that every reader has, whatever the list: `kip.mailings.rendering` fills them in.
OF_EVERYBODY: dict[str, str | Promise] = {
    "name": _("name"),
    "given_name": _("given name"),
    "family_name": _("family name"),
    "association": _("the association"),
}


def audience_of(key: str) -> Audience | None:
    return next((each for each in audiences() if each.key == key), None)


def field_labels(audience: Audience) -> dict[str, str | Promise]:
    """Every field of a mailing to this audience, with what it is."""
    return OF_EVERYBODY | {name: each.label for name, each in audience.fields.items()}


def joined(facts: Sequence[Facts], name: str) -> str:
    """The distinct values of a fact: of somebody who stands for two companies, both."""
    return ", ".join(dict.fromkeys(str(each[name]) for each in facts if each.get(name)))
