"""What is held about a person, for them to read (GDPR, article 15)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext

from kip.access import require
from kip.accounts.models import User
from kip.audit.retention import Retention, personal_fields
from kip.audit.services import PersonalRows, redactions
from kip.hooks import Hook
from kip.mail.placeholders import mask

Value = str | date | datetime | None

# What a row is known by, among others of its kind.
_HEADS = {
    "mail.OutboxMail": ["created_at", "subject"],
    "privacy.DataRequest": ["received_at", "kind"],
}
# What nobody needs to read: the same words as HTML, what is sealed, files.
_NOT_READ = {"html", "personal", "last_error", "password"}


@dataclass(frozen=True)
class Held:
    """Facts of one kind about a person: each of `rows` is (label, value) by (label, value).

    The first `heads` facts of a row are what it is known by, as its date and its subject.
    """

    name: str
    retention: Retention
    rows: list[list[tuple[str, Value]]] = field(default_factory=list)
    heads: int = 0


# Who somebody is comes first, and what was written to them last.
_ORDER = {
    retention: place
    for place, retention in enumerate(
        [
            Retention.CONTACT,
            Retention.SIGN_IN,
            Retention.RECORD,
            Retention.APPLICATION,
            Retention.CORRESPONDENCE,
        ]
    )
}

# receiver(person=User, at=datetime) -> Iterable[Held]: what is kept as a record.
records_of: Hook[Iterable[Held]] = Hook("What records of the association say about a person.")


def held_about(*, person: User, by: User, at: datetime) -> list[Held]:
    """What would be erased with the person, and the records that stay; never anybody else's data.

    Raises `NotAllowed` for anybody but the person and the secretary.
    """
    require("privacy.read_data_of", by, person, at=at)
    models.prefetch_related_objects([person], "doubles")  # each app asks for them
    parts = [part for found in redactions(person=person, at=at) for part in found if part.theirs]
    found = [held for part in parts if (held := _of_part(part))]
    found += [held for records in records_of(person=person, at=at) for held in records]
    return sorted((held for held in found if held.rows), key=lambda held: _ORDER[held.retention])


def _of_part(part: PersonalRows) -> Held | None:
    model = part.rows.model
    classes = personal_fields(model)
    fields = [
        column
        for name in part.fields or classes
        if isinstance(
            column := model._meta.get_field(name),
            models.CharField | models.TextField | models.DateTimeField,
        )
        and name not in _NOT_READ
    ]
    if not fields:
        return None
    heads: list[Any] = [model._meta.get_field(name) for name in _HEADS.get(model._meta.label, ())]
    columns = heads + [column for column in fields if column not in heads]
    rows = []
    for row in part.rows.values_list(*(column.name for column in columns)):
        facts = [
            (capfirst(called(model, column)), _plain(dict(column.flatchoices).get(value, value)))
            for column, value in zip(columns, row, strict=True)
        ]
        said = [fact for fact in facts[len(heads) :] if fact[1] not in (None, "")]
        if said:
            rows.append(facts[: len(heads)] + said)
    return Held(
        name=capfirst(called(model)),
        retention=classes[fields[0].name],
        rows=rows,
        heads=len(heads),
    )


def called(model: Any, column: Any = None) -> str:
    """A kind of row, or one of its fields, in the words of the house."""
    if model is EmailAddress and (column is None or column.name == "email"):
        return gettext("e-mail address")
    return str((column or model._meta).verbose_name)


def _plain(value: Any) -> Value:
    return mask(value) if isinstance(value, str) else value
