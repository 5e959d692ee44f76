"""Fields in a mailing's text, `{{ name }}`: found, checked, and filled in.

No template language: a field is a word in two pairs of braces and nothing else. Its value is put
in when the text is HTML already, as text: nothing in a name can become markup, a header or a field.
"""

import re
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping

_FIELD = re.compile(r"\{\{(?P<inside>[^{}]*)\}\}")


def found(source: str) -> list[str]:
    """What stands in braces, in the order in which it stands, each once."""
    return list(dict.fromkeys(match["inside"].strip() for match in _FIELD.finditer(source)))


def unknown(source: str, known: Collection[str]) -> list[str]:
    """What stands in braces and is no field."""
    return [name for name in found(source) if name not in known]


def in_brackets(source: str, labels: Mapping[str, object]) -> str:
    """`source` as it stands in lists and titles: "[company]" for what is filled in."""
    return _FIELD.sub(
        lambda match: f"[{labels.get(match['inside'].strip(), match['inside'].strip())}]", source
    )


class Marks:
    """Marks that stand for the fields while the text becomes HTML and a letter.

    Letters and digits only, so that neither Markdown nor HTML sees anything in them, and drawn
    anew each time, so that nobody can write one.
    """

    def __init__(self, names: Iterable[str]) -> None:
        draw = secrets.token_hex(8)
        self._marks = {name: f"KIP{draw}N{number}X" for number, name in enumerate(names)}
        self._names = {mark: name for name, mark in self._marks.items()}
        self._any = re.compile(rf"KIP{draw}N\d+X")

    def __getitem__(self, name: str) -> str:
        return self._marks[name]

    def put(self, source: str) -> str:
        """`source` with a mark for each field that there is; others stay as they are written."""
        return _FIELD.sub(lambda match: self._marks.get(match["inside"].strip(), match[0]), source)

    def stand_in(self, text: str) -> bool:
        return self._any.search(text) is not None

    def fill(
        self, marked: str, values: Mapping[str, str], write: Callable[[str], str] = str
    ) -> str:
        """`marked` with the values, each as `write` writes it; what a value holds is not read."""
        return self._any.sub(lambda match: write(values[self._names[match[0]]]), marked)
