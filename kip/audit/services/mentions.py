"""A person's name, addresses and numbers in rows that are not about them.

A letter to a colleague, a private note, the admin's log: the row stays, the person goes out of it.
What law makes the association keep stays as it is: fields of the class `RECORD`, the names of
companies, and the tables that nothing may alter.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import pgtrigger
from django.apps import apps
from django.db import connection, models
from pghistory.models import Event

from kip.audit.guards import APPEND_ONLY, REDACTABLE
from kip.audit.retention import Retention, impersonal_fields, personal_fields
from kip.hooks import Hook

# What stands where a person was named; shorter than anything that is looked for.
ERASED = "[…]"
# A shorter word would be found in what has nothing to do with the person.
SHORTEST_NAME = 5
FEWEST_DIGITS = 6

# Tables of kinds, rights and sealed sessions.
_FRAME = {"auth", "contenttypes", "mfa", "sessions"}

# Columns without words, in which a phone number could be found by chance.
_NO_WORDS = {
    *["password", "nonce", "personal", "message_id", "fingerprint", "sha256", "pgh_label"],
    *["business_id", "registration_key", "language", "country"],
}

# receiver(person=User, at=datetime) -> Iterable[str]
known_as: Hook[Iterable[str]] = Hook(
    "What a person is known by: names in full, addresses, phone numbers, earlier ones too."
)

_BLANK = r"[\s\u00a0]"
_BETWEEN_DIGITS = r"[\s\u00a0()./-]*"
# As they stand in HTML, in an address, in JSON.
_WRITTEN = {
    "'": "(?:'|’|&#x27;|&#39;)",
    "’": "(?:'|’|&#x27;|&#39;)",
    "&": "(?:&|&amp;)",
    "@": "(?:@|%40)",
    "+": r"(?:\+|%2B)",
}


def pattern_of(names: Iterable[str]) -> str:
    """A regular expression for all of them, the same for PostgreSQL and Python; "" for none.

    To be matched without regard to case. A whole name only: not "Anna Aalto" in "Anna Aaltonen",
    but with the endings by which Swedish, English and Finnish say that something is hers. A number
    is found however its digits are parted, with the country's code or without.
    """
    parts = {part for name in names if (part := _part(" ".join(name.split())))}
    return f"(?:{'|'.join(sorted(parts))})" if parts else ""


def _part(name: str) -> str:
    digits = re.sub(r"\D", "", name)
    if re.fullmatch(r"[\d\s()+./-]+", name):
        return _number(digits) if len(digits) >= FEWEST_DIGITS else ""
    if len(name) < SHORTEST_NAME:
        return ""
    if "@" in name and " " not in name:
        return rf"(?<![\w.%+-]){_letters(name)}(?![\w-]|\.\w)"
    words = f"{_BLANK}+".join(_letters(word) for word in name.split())
    return rf"(?<!\w){words}(?:(?:['’]|&#x27;|&#39;)?s|n)?(?!\w)"


def _number(digits: str) -> str:
    national = digits.removeprefix("00").removeprefix("358").removeprefix("0")
    return rf"(?<!\d)(?:(?:\+|00)?{_apart('358')}{_BETWEEN_DIGITS}|0)?{_apart(national)}(?!\d)"


def _apart(digits: str) -> str:
    return _BETWEEN_DIGITS.join(digits)


def _letters(word: str) -> str:
    return "".join(
        _WRITTEN.get(letter) or (letter if letter.isalnum() else f"\\{letter}") for letter in word
    )


def forget_mentions(names: Iterable[str]) -> Counter[str]:
    """Put `ERASED` where somebody is named, in every column that is not kept as a record.

    Returns how many rows of which model were changed. One statement for each table.
    """
    counts: Counter[str] = Counter()
    if not (pattern := pattern_of(names)):
        return counts
    tables = list(_tables())
    # Rows before events: what changes a row writes history too.
    tables.sort(key=lambda table: issubclass(table[0], Event))
    with pgtrigger.ignore(*_guards(model for model, _columns in tables)):
        for model, columns in tables:
            counts[model._meta.label] = _replace(model, columns, pattern)
    return +counts


def _tables() -> Iterator[tuple[type[models.Model], list[Any]]]:
    for model in apps.get_models(include_auto_created=True):
        options = model._meta
        if options.managed and not options.proxy and options.app_label not in _FRAME:
            columns = [field for field in options.local_concrete_fields if may_mention(field)]
            if columns:
                yield model, columns


def may_mention(field: Any) -> bool:
    """Whether a column holds words that are not kept as a record."""
    model = field.model
    tracked = getattr(model, "pgh_tracked_model", None) or model
    if _is_closed(tracked):
        return False
    kept = {name for name, why in personal_fields(tracked).items() if why == Retention.RECORD}
    return (
        isinstance(field, models.CharField | models.TextField | models.JSONField)
        and not (field.primary_key or field.choices or field.name in _NO_WORDS)
        and field.name not in kept
        and field.name not in impersonal_fields(tracked)
    )


def _is_closed(model: type[models.Model]) -> bool:
    """Whether nothing may alter what stands there: resolutions, bylaws, erasures themselves."""
    return not issubclass(model, Event) and any(
        trigger.name == APPEND_ONLY for trigger in getattr(model._meta, "triggers", ())
    )


def _guards(changed: Iterable[type[models.Model]]) -> Collection[str]:
    labels = {model._meta.label for model in changed}
    return [
        f"{model._meta.label}:{trigger.name}"
        for model, trigger in pgtrigger.registered()
        if model._meta.label in labels and trigger.name in REDACTABLE
    ]


def _replace(model: type[models.Model], columns: list[Any], pattern: str) -> int:
    quote = connection.ops.quote_name
    texts = [
        (quote(field.column), isinstance(field, models.JSONField), field.db_type(connection))
        for field in columns
    ]
    changes = ", ".join(
        f"{name} = regexp_replace({name}::text, %s, '{ERASED}', 'gi')"
        + (f"::{kind}" if is_json else "")
        for name, is_json, kind in texts
    )
    found = " OR ".join(f"{name}::text ~* %s" for name, _json, _kind in texts)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {quote(model._meta.db_table)} SET {changes} WHERE {found}",
            [pattern] * (2 * len(texts)),
        )
        return int(cursor.rowcount)
