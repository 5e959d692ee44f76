"""Markdown as people write it here: to HTML that is safe to show, and to plain text for mail.

HTML that somebody writes stays text; pictures are not fetched from anywhere; a link leads to the
web, to a mailbox or to a telephone, and nowhere else. The HTML is cleaned once more by nh3, so that
a mistake in the reader of Markdown opens nothing.
"""

import re
from collections.abc import Sequence

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS = {
    *["p", "br", "hr", "strong", "em", "a", "ul", "ol", "li", "blockquote", "code", "pre"],
    *["h1", "h2", "h3", "h4", "h5", "h6"],
}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto", "tel"}

_markdown = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(
    ["image", "html_block", "html_inline"]
)


def to_html(source: str) -> str:
    """Safe HTML: paragraphs, headings, lists, emphasis, quotations, code and links."""
    return nh3.clean(
        _markdown.render(source),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer",
    ).strip()


def to_text(source: str) -> str:
    """The same words without marks: lists keep their dashes and numbers, links their addresses."""
    text = _blocks(_markdown.parse(source))
    return re.sub(r"(\n>+ *)+(?=\n(?!>)|$)", "", re.sub(r"\n{3,}", "\n\n", text)).strip()


def links(source: str) -> list[str]:
    """The addresses of its links."""
    return [
        str(inner.attrGet("href") or "")
        for token in _markdown.parse(source)
        for inner in token.children or []
        if inner.type == "link_open"
    ]


def _blocks(tokens: Sequence[Token]) -> str:
    """Blocks parted by an empty line, those of a tight list by none."""
    lines: list[str] = []
    marks: list[str] = []  # what the next line begins with, of each list and quotation it is in
    numbers: list[int | None] = []
    is_tight = False  # a paragraph of a list whose items no empty line parts
    for token in tokens:
        if token.type == "paragraph_open":
            is_tight = token.hidden
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            is_ordered = token.type == "ordered_list_open"
            numbers.append(int(token.attrGet("start") or 1) if is_ordered else None)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            numbers.pop()
            if not numbers:
                lines.append("")
        elif token.type == "list_item_open":
            number = numbers[-1]
            marks.append("- " if number is None else f"{number}. ")
            if number is not None:
                numbers[-1] = number + 1
        elif token.type == "blockquote_open":
            marks.append("> ")
        elif token.type in ("list_item_close", "blockquote_close"):
            marks.pop()
        elif token.type in ("inline", "fence", "code_block", "hr"):
            text = "—" if token.type == "hr" else token.content
            if token.type == "inline":
                text = _inline(token.children or [])
                is_tight = is_tight and bool(numbers)
            for line in text.rstrip("\n").split("\n"):
                lines.append(("".join(marks) + line).rstrip())
                marks = [mark if mark == "> " else " " * len(mark) for mark in marks]
            if not (token.type == "inline" and is_tight):
                lines.append("".join(mark for mark in marks if mark == "> ").rstrip())
    return "\n".join(lines)


def _inline(tokens: Sequence[Token]) -> str:
    text = ""
    opened: list[tuple[str, int]] = []
    for token in tokens:
        if token.type in ("softbreak", "hardbreak"):
            text += "\n"
        elif token.type == "link_open":
            opened.append((str(token.attrGet("href") or ""), len(text)))
        elif token.type == "link_close":
            address, since = opened.pop()
            bare = address.removeprefix("mailto:").removeprefix("tel:")
            if text[since:] not in (address, bare):
                text += f" ({bare})"
        else:
            text += token.content
    return text
