"""From one template to the text and HTML parts of a letter, in its reader's language.

A letter is one file with two blocks:

    {% load letter %}
    {% block subject %}{% translate "Your application has arrived" %}{% endblock %}
    {% block body %}{% blocktranslate %}…{% endblocktranslate %}

    Paragraphs are parted by an empty line; lines that begin with "- " make a list.
    {% endblock %}

Both parts are made of the same words, so neither can say what the other does not. In a standing
letter the secretary may have changed the words (`kip.mail.wording`); other letters load `i18n`.
"""

import re
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.template import Context, TemplateSyntaxError
from django.template.loader import get_template, render_to_string
from django.template.loader_tags import BlockNode
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from kip.audit.acts import current_act
from kip.mail import wording
from kip.mail.models import LetterWording

ASSOCIATION = gettext_lazy("Kokkola Industrial Park Association")


@dataclass(frozen=True)
class Rendered:
    subject: str
    text: str
    html: str
    why: str


def absolute(link: str) -> str:
    """`link` with the site's address before it, if it is a path of this site."""
    return urljoin(f"{settings.SITE_URL}/", link) if link.startswith("/") else link


def short(link: str) -> str:
    """A web address as it is printed and typed: without what every one of them begins with."""
    return re.sub(r"^https?://", "", link).rstrip("/")


def render(
    template: str,
    context: dict[str, Any],
    *,
    language: str,
    why: str | Promise,
    link: str = "",
    link_text: str | Promise = "",
    on_paper: bool = False,
    kept_back: bool = False,
) -> Rendered:
    """The letter in `language`; one on paper has text only, with the sender's lines at its end.

    With `kept_back` it says that a code or personal link is not in it. Raises
    `TemplateSyntaxError` when a block is missing.
    """
    with override(language), wording.in_use(_changed(template, language)):
        blocks = _blocks(f"{template}.txt", context)
    return lay_out(
        subject=blocks["subject"],
        body=one_gap(blocks["body"]),
        language=language,
        why=why,
        link=link,
        link_text=link_text,
        on_paper=on_paper,
        kept_back=kept_back,
    )


def lay_out(
    *,
    subject: str,
    body: str,
    html: SafeString | None = None,
    language: str,
    why: str | Promise,
    link: str = "",
    link_text: str | Promise = "",
    on_paper: bool = False,
    kept_back: bool = False,
) -> Rendered:
    """Words that stand already, in the letter's layout. `html` is the body's own HTML, if it has
    any; otherwise that is made of `body`, which is plain text.
    """
    with override(language):
        layout: dict[str, Any] = {
            "association": str(ASSOCIATION),
            "language": language,
            "subject": one_line(subject)[:300],
            "body": body,
            "html": html,
            "parts": parts_of(body) if html is None else [],
            "why": str(why),
            "link": link,
            "link_text": str(link_text) or _("Open the page"),
            "secretary": settings.SECRETARY_EMAIL,
            "site": settings.SITE_URL,
            "postal_address": settings.ASSOCIATION_ADDRESS,
            "kept_back": kept_back,
            "short_link": short(link),
            "short_site": short(settings.SITE_URL),
        }
        return Rendered(
            subject=layout["subject"],
            text=render_to_string(f"mail/{'paper' if on_paper else 'layout'}.txt", layout).strip()
            + "\n",
            html="" if on_paper else render_to_string("mail/layout.html", layout).strip() + "\n",
            why=layout["why"],
        )


def one_line(text: str) -> str:
    """`text` without line breaks and other control characters, as a header can hold it."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(text.split())


def one_gap(body: str) -> str:
    """The body without what a text that was left out leaves behind: bullets, empty lines."""
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"(?m)^-[ \t]*$", "", body).strip())


# The act for which the wordings were read last, and what they are.
_read: ContextVar[tuple[Any, Mapping[tuple[str, str], dict[str, str]]] | None] = ContextVar(
    "kip_mail_wordings", default=None
)


def _changed(template: str, language: str) -> Mapping[str, str]:
    """What the letter says in other words. Read once for all letters of an act."""
    if template not in wording.standing_letters:
        return {}
    act, read = current_act(), _read.get()
    if act is None or read is None or read[0] != act:
        read = (act, LetterWording.objects.in_use())
        _read.set(read)
    return read[1].get((template, language), {})


def _blocks(name: str, context: dict[str, Any]) -> dict[str, str]:
    """The template's blocks, each on its own, as plain text: nothing is escaped here."""
    template = get_template(name).template  # type: ignore[attr-defined]
    plain = Context(context, autoescape=False)
    with plain.render_context.push_state(template), plain.bind_template(template):
        blocks: dict[str, str] = {
            node.name: node.render(plain)
            for node in template.nodelist.get_nodes_by_type(BlockNode)
            if isinstance(node, BlockNode)
        }
    if missing := {"subject", "body"} - blocks.keys():
        raise TemplateSyntaxError(f"{name}: the letter has no block {', '.join(sorted(missing))}")
    return blocks


def parts_of(body: str) -> list[dict[str, Any]]:
    """Paragraphs and lists, for the HTML part and for paper."""
    parts: list[dict[str, Any]] = []
    for chunk in re.split(r"\n[ \t]*\n", body):
        lines = [line.strip() for line in chunk.strip().splitlines() if line.strip()]
        for line in lines:
            kind = "bullets" if line.startswith("- ") else "lines"
            if line is lines[0] or kind not in parts[-1]:
                parts.append({kind: []})
            parts[-1][kind].append(line.removeprefix("- "))
    return parts
