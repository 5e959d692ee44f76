"""The standing letters as they are made: their texts one by one, and what a preview shows."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.template.base import FilterExpression, TextNode, VariableNode
from django.template.defaultfilters import date
from django.template.defaulttags import ForNode, IfNode, LoadNode
from django.template.loader import get_template
from django.template.loader_tags import BlockNode, IncludeNode
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.utils import formats, timezone
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext, override
from django.utils.translation import gettext as _

from kip.mail import rendering, wording
from kip.mail.rendering import Rendered
from kip.mail.wording import Case, Field, Letter

# A condition of the template, and whether it must hold or must not.
Condition = tuple[str, bool]
# Of an entry of a list; a preview shows one.
LAST = "forloop.last"


@dataclass(frozen=True)
class Bound:
    """A field of a piece: which expression it stands for, and how that is written as a date."""

    name: str
    expression: str
    date_format: str = ""


@dataclass(frozen=True)
class Part:
    """One part of a letter, in its order: a piece, what is filled in by itself, or plain text."""

    in_subject: bool
    conditions: tuple[Condition, ...] = ()
    repeated: bool = False
    source: str = ""
    fields: tuple[Bound, ...] = ()
    expression: str = ""
    text: str = ""

    def original(self, language: str) -> str:
        """What the program itself says, with its fields in braces."""
        with override(language):
            return wording.in_braces(gettext(self.source))


class Made:
    """A letter taken apart."""

    def __init__(self, letter: Letter) -> None:
        self.letter = letter

    @cached_property
    def parts(self) -> list[Part]:
        blocks = get_template(f"{self.letter.template}.txt").template.nodelist  # type: ignore[attr-defined]
        return [
            part
            for block in blocks.get_nodes_by_type(BlockNode)
            for part in _walk(block.nodelist, Part(in_subject=block.name == "subject"))
        ]

    @cached_property
    def pieces(self) -> dict[str, Part]:
        """Each text once, by its source. One that stands twice is there in the cases of both."""
        found: dict[str, Part] = {}
        for part in self.parts:
            if not part.source:
                continue
            if (first := found.get(part.source)) is not None:
                both = tuple(c for c in first.conditions if c in part.conditions)
                part = Part(
                    in_subject=first.in_subject,
                    conditions=both,
                    repeated=first.repeated and part.repeated,
                    source=first.source,
                    fields=first.fields,
                )
            found[part.source] = part
        return found

    def shown(self) -> Iterator[Part]:
        """What an editor sees: every piece once, and what is filled in by itself."""
        seen: set[str] = set()
        for part in self.parts:
            name = part.source or part.expression
            if name and name not in seen:
                seen.add(name)
                yield self.pieces.get(part.source, part)

    def title(self) -> str:
        """The letter's own subject, in the language of the moment, without what is filled in."""
        usual = {name: case.usual for name, case in self.cases().items()}
        parts = [part for part in self.parts if part.in_subject and _holds(part, usual)]
        language = get_language() or "en"
        said = "".join(
            wording.fill(part.original(language), {field.name: "…" for field in part.fields})
            if part.source
            else part.text
            for part in parts
        )
        return capfirst(" ".join(said.split()).removesuffix(": …"))

    def field(self, expression: str) -> Field:
        """What an expression of the template means. Raises `KeyError` if nobody has said."""
        return self.letter.fields[expression]

    def cases(self) -> dict[str, Case]:
        """By condition, the cases of which parts of the letter depend."""
        names = dict.fromkeys(name for part in self.parts for name, _holds in part.conditions)
        return {name: self.letter.cases[name] for name in names if name != LAST}

    def when(self, part: Part) -> list[str]:
        """In which cases a part is in the letter, in words."""
        return [
            (_("Only if %(case)s.") if holds else _("Not if %(case)s."))
            % {"case": self.letter.cases[name].words}
            for name, holds in part.conditions
            if name != LAST
        ]

    def examples(self, part: Part) -> dict[str, str]:
        """For each field of a piece what may stand there, in the language of the moment."""
        return {field.name: self._example(field) for field in part.fields}

    def _example(self, field: Bound) -> str:
        if field.date_format:
            when = timezone.localtime() + timedelta(days=14)
            return formats.date_format(when, field.date_format)
        return self.field(field.expression).example or f"[{self.field(field.expression).label}]"

    def needed(self, part: Part) -> set[str]:
        """The fields that the letter should not do without."""
        return {
            field.name
            for field in part.fields
            if field.date_format or self.field(field.expression).needed
        }

    def preview(
        self, language: str, pieces: Mapping[str, str], cases: Mapping[str, bool] | None = None
    ) -> Rendered:
        """The letter as it would be with these wordings, with examples filled in.

        `cases` says by condition what is so; of the others what is usual.
        """
        so = {name: case.usual for name, case in self.cases().items()} | dict(cases or {})
        with override(language):
            said = {True: "", False: ""}
            for part in self.parts:
                if _holds(part, so):
                    said[part.in_subject] += self._said_in(part, language, pieces)
            # Whether there is one the act says that posts the letter, not its template.
            link = _("(Here comes the link or button, in letters that have one.)")
            return rendering.lay_out(
                subject=said[True],
                body=f"{rendering.one_gap(said[False])}\n\n{link}",
                language=language,
                why=_("(Here it says why the reader gets this letter.)"),
            )

    def _said_in(self, part: Part, language: str, pieces: Mapping[str, str]) -> str:
        if part.source:
            text = pieces.get(part.source)
            text = part.original(language) if text is None else text
            return wording.fill(text, self.examples(part))
        if part.expression:
            return self._example(Bound("", part.expression))
        return part.text


def case_key(condition: str) -> str:
    """The name of a case in a form."""
    return "case_" + hashlib.sha256(condition.encode()).hexdigest()[:12]


def stale(letter: Letter, pieces: Mapping[str, str]) -> dict[str, str]:
    """Wordings of texts that the letter no longer has: they are not used."""
    known = Made(letter).pieces
    return {source: text for source, text in pieces.items() if source not in known}


def _holds(part: Part, so: Mapping[str, bool]) -> bool:
    """Whether the part is in the letter. Of a list there is one entry, which is its last."""
    return all(so.get(name, True) == holds for name, holds in part.conditions)


def _walk(nodes: Any, of: Part) -> Iterator[Part]:
    """The parts that `nodes` make, under the conditions of `of`.

    Raises `TypeError` for a tag that standing letters do not use.
    """
    for node in nodes:
        if isinstance(node, IfNode):
            passed: tuple[Condition, ...] = ()
            for condition, branch in node.conditions_nodelists:
                if condition is None:  # {% else %}
                    now = passed
                else:
                    name, holds = _condition(condition)
                    now = (*passed, (name, holds))
                    passed = (*passed, (name, not holds))
                yield from _walk(branch, _but(of, conditions=(*of.conditions, *now)))
        elif isinstance(node, ForNode):
            yield from _walk(node.nodelist_loop, _but(of, repeated=True))
        elif isinstance(node, IncludeNode):
            yield from _walk(get_template(node.template.var).template.nodelist, of)  # type: ignore[attr-defined]
        elif isinstance(node, TranslateNode | BlockTranslateNode):
            if (source := getattr(node, "source", None)) is None:
                raise TypeError("a standing letter loads `letter`, not `i18n`")
            yield _but(of, source=source, fields=tuple(_fields(node)))
        elif isinstance(node, VariableNode):
            yield _but(of, expression=str(node.filter_expression.var))
        elif isinstance(node, TextNode):
            yield _but(of, text=node.s)
        elif not isinstance(node, LoadNode):
            raise TypeError(f"a standing letter cannot have a {type(node).__name__}")


def _but(part: Part, **changes: object) -> Part:
    facts = {
        "in_subject": part.in_subject,
        "conditions": part.conditions,
        "repeated": part.repeated,
    }
    return Part(**{**facts, **changes})  # type: ignore[arg-type]


def _fields(node: Any) -> Iterator[Bound]:
    for name in wording.fields_in(node.source):
        bound = node.bound.get(name)
        if bound is None:
            yield Bound(name, name)
            continue
        assert isinstance(bound, FilterExpression)
        [date_format] = [
            str(arguments[0][1]) for function, arguments in bound.filters if function is date
        ] or [""]
        yield Bound(name, str(bound.var), date_format)


def _condition(parsed: object) -> Condition:
    """A condition as it stands in the template, and whether it must hold: "not" must not."""
    name, holds = _in_text(parsed), True
    while name.startswith("not "):
        name, holds = name.removeprefix("not "), not holds
    return name, holds


def _in_text(parsed: object) -> str:
    if (text := getattr(parsed, "text", None)) is not None:
        return str(text)
    first, second = getattr(parsed, "first", None), getattr(parsed, "second", None)
    operator = getattr(parsed, "id", "")
    if second is None:
        return f"{operator} {_in_text(first)}"
    return f"{_in_text(first)} {operator} {_in_text(second)}"
