"""What stands in a stored letter for what nobody may read there: a code, a personal link."""

import re

from django.utils.html import escape
from django.utils.translation import gettext as _

_PLACEHOLDER = re.compile(r"\[\[personal-(?P<name>[a-z_]+)-[0-9a-f]{16}\]\]")


def placeholder(name: str, token: str) -> str:
    """What stands for the personal value `name` in the stored letter with this `token`.

    Letters, digits and brackets only, so that it is the same in text, HTML and an address.
    """
    return f"[[personal-{name}-{token}]]"


def fill(stored: str, values: dict[str, str], *, html: bool = False) -> str:
    """The stored part with its personal values in place."""

    def value(match: re.Match[str]) -> str:
        found = values.get(match["name"], match[0])
        return escape(found) if html else found

    return _PLACEHOLDER.sub(value, stored)


def has_placeholder(stored: str) -> bool:
    """Whether a personal value belongs into the stored part."""
    return _PLACEHOLDER.search(stored) is not None


def mask(stored: str) -> str:
    """The stored part as people may see it, in the language of the moment."""

    def words(match: re.Match[str]) -> str:
        return _("[personal link]") if match["name"] == "link" else _("[personal code]")

    return _PLACEHOLDER.sub(words, stored)
