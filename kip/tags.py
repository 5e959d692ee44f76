"""Template filters that every page may use: `{% load kip %}`."""

import json
import re
from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()


@register.filter(is_safe=True)
def whole(text: str) -> str:
    """Numbers with a hyphen in them, such as a business ID, are not broken at the end of a line."""
    return re.sub(r"(?<=\d)-(?=\d)", "\N{NON-BREAKING HYPHEN}", str(text))


# What could end the element, or begin another, in a text somebody wrote.
_HARMLESS = [(character, f"\\u{ord(character):04X}") for character in "<>&"]


@register.simple_tag
def json_ld(data: dict[str, Any]) -> str:
    """What a page is about, in the words of schema.org. Data, which no browser runs."""
    text = json.dumps(data, ensure_ascii=False)
    for character, harmless in _HARMLESS:
        text = text.replace(character, harmless)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')


def _days(earlier: datetime, later: datetime) -> int:
    """Whole days between two local dates, not 24-hour periods: yesterday evening is 1 day ago."""
    return (timezone.localdate(later) - timezone.localdate(earlier)).days


@register.filter
def age(since: datetime, at: datetime | str = "") -> str:
    """How long something has waited at the instant `at` (now, if not given), in whole days."""
    days = _days(since, at or timezone.now())  # type: ignore[arg-type]
    if days <= 0:
        return _("since today")
    if days == 1:
        return _("since yesterday")
    return ngettext("for %(days)s day", "for %(days)s days", days) % {"days": days}


@register.filter
def due(by: datetime, at: datetime | str = "") -> str:
    """How far off a due time is at the instant `at` (now, if not given), in whole days."""
    now = at or timezone.now()
    days = _days(now, by)  # type: ignore[arg-type]
    if by < now:  # type: ignore[operator]
        if days == 0:
            return _("was due today")
        return ngettext("%(days)s day late", "%(days)s days late", -days) % {"days": -days}
    if days == 0:
        return _("due today")
    if days == 1:
        return _("due tomorrow")
    return ngettext("due in %(days)s day", "due in %(days)s days", days) % {"days": days}
