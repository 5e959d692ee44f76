"""What may be said otherwise in a standing letter, and how it is put into the letter.

The logic of a letter stays in its template. Its texts, the `{% translate %}` and
`{% blocktranslate %}` of the library `letter`, are its pieces: each is known by its English source,
and may have another wording, in which a field is written as {company}. A wording is plain text: it
is never compiled, and what is filled in is never looked at again.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from django.utils.functional import Promise
from django.utils.translation import gettext as _

Text = str | Promise

LONGEST = 4000

_FIELD = re.compile(r"\{\s*(\w+)\s*\}")
_SOURCE_FIELD = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True)
class Field:
    """What stands in a letter in place of a field: in words, and an example for previews.

    Without an example its words stand in brackets. A date has the example of its own kind. A
    letter should not do without what is `needed`; dates are, always.
    """

    label: Text
    example: str = ""
    needed: bool = False


@dataclass(frozen=True)
class Case:
    """When a part of a letter is in it, as a clause; and whether a preview begins so."""

    words: Text
    usual: bool = True


@dataclass(frozen=True)
class Letter:
    """A standing letter whose words the secretary may change.

    `template` as for `kip.mail.services.post`. `fields` and `cases` go by the expressions of the
    template: "application.resolution", "for_contact".
    """

    template: str
    when: Text
    to: Text
    group: Text = ""
    fields: Mapping[str, Field] = dataclass_field(default_factory=dict, repr=False)
    cases: Mapping[str, Case] = dataclass_field(default_factory=dict, repr=False)

    @property
    def slug(self) -> str:
        """Its name in addresses."""
        return self.template.replace("/mail/", "-")


class StandingLetters:
    """The letters that may be changed, and those that may not, each with the reason."""

    def __init__(self) -> None:
        self._letters: dict[str, Letter] = {}
        self.unchangeable: dict[str, Text] = {}

    def register(self, letters: Iterable[Letter]) -> None:
        """In `AppConfig.ready()` of the app that sends them."""
        self._letters |= {letter.template: letter for letter in letters}

    def keep(self, reasons: Mapping[str, Text]) -> None:
        """Templates, or the beginnings of their names, that stay as they are."""
        self.unchangeable |= reasons

    def __contains__(self, template: object) -> bool:
        return template in self._letters

    def __iter__(self) -> Iterator[Letter]:
        return iter(self._letters.values())

    def get(self, template: str) -> Letter | None:
        return self._letters.get(template)

    def by_slug(self, slug: str) -> Letter | None:
        return next((letter for letter in self if letter.slug == slug), None)


standing_letters = StandingLetters()

# The wordings by which the pieces of the letter that is being written are replaced.
_in_use: ContextVar[Mapping[str, str] | None] = ContextVar("kip_mail_wording", default=None)


@contextmanager
def in_use(pieces: Mapping[str, str]) -> Iterator[None]:
    """Letters rendered inside say `pieces` (by source) instead of their own words."""
    token = _in_use.set(pieces)
    try:
        yield
    finally:
        _in_use.reset(token)


def changed(source: str) -> str | None:
    """The wording of a piece in the letter that is being written, if it has another one."""
    return (_in_use.get() or {}).get(source)


def fields_in(source: str) -> list[str]:
    """The fields of a piece, in their order, from its English source ("%(company)s …")."""
    return list(dict.fromkeys(_SOURCE_FIELD.findall(source)))


def in_braces(translated: str) -> str:
    """A text of the catalogue as a secretary writes it: {company} for %(company)s."""
    return _SOURCE_FIELD.sub(r"{\1}", translated).replace("%%", "%")


def fill(wording: str, values: Mapping[str, str]) -> str:
    """The wording with its fields filled in, in one pass. What is no field stays as it is."""
    return _FIELD.sub(lambda match: values.get(match[1], match[0]), wording)


def key(source: str) -> str:
    """The name of a piece in a form."""
    return "piece_" + hashlib.sha256(source.encode()).hexdigest()[:12]


def tidy(typed: str) -> str:
    """What was typed, without what nobody can see: control characters, spaces at the ends."""
    text = typed.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    text = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in {"Cc", "Cs"})
    text = _FIELD.sub(r"{\1}", text)
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()


def dropped(source: str, wording: str) -> list[str]:
    """The fields that a piece has and its wording leaves out."""
    said = set(_FIELD.findall(wording))
    return [name for name in fields_in(source) if name not in said]


def problem(source: str, wording: str, *, in_subject: bool) -> str:
    """Why a tidied wording cannot be used, in a sentence; empty if it can."""
    known = fields_in(source)
    listed = ", ".join(f"{{{name}}}" for name in known)
    unknown = [name for name in _FIELD.findall(wording) if name not in known]
    if unknown:
        stranger = {"field": f"{{{unknown[0]}}}", "known": listed}
        if not known:
            return _("%(field)s is no field of this text: it has none.") % stranger
        return _("%(field)s is no field of this text. It has these: %(known)s.") % stranger
    if re.search(r"[{}]", _FIELD.sub("", wording)):
        if not known:
            return _("Leave out the braces: they mark a field, and this text has none.")
        return _("Braces only mark a field. This text has these: %(known)s.") % {"known": listed}
    if in_subject and not wording:
        return _("A letter needs a subject.")
    if len(wording) > LONGEST:
        return _("This is longer than %(limit)d characters.") % {"limit": LONGEST}
    return ""
