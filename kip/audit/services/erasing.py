"""What is known of a person goes: in rows, history, outbox and files."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import pgtrigger
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils.translation import gettext_noop

from kip import access
from kip.audit.acts import act
from kip.audit.guards import REDACTABLE
from kip.audit.models import Ground, Redaction
from kip.audit.retention import personal_fields
from kip.audit.services.mentions import forget_mentions, known_as
from kip.exceptions import DomainError
from kip.hooks import Hook


@dataclass(frozen=True)
class PersonalRows:
    """Rows that hold something about a person.

    Their personal `fields` (all that the model declares, unless named) are blanked, in their
    history too; with `delete` the rows go altogether. `also` is set in the rows besides, by name of
    a field. `rows` may also be a queryset of an event model, for history whose row is gone.

    `theirs` says whether the person may read them: what else stands there is about others.
    """

    rows: models.QuerySet[Any]
    fields: Collection[str] = ()
    delete: bool = False
    also: Mapping[str, Any] = field(default_factory=dict)
    theirs: bool = True


# receiver(person=User, at=datetime) -> Iterable[PersonalRows]. Only reads: what it answers is also
# what the person is shown.
redactions: Hook[Iterable[PersonalRows]] = Hook("Where an app keeps something about this person.")

# receiver(person=User, at=datetime) -> Iterable[str], sentences that say how to mend it.
refusals: Hook[Iterable[str]] = Hook("Why a person cannot be erased as things stand.")

# receiver(names=list[str], at=datetime) -> None: what is neither row nor document of an app, e.g.
# files of mail.
erased_elsewhere: Hook[None] = Hook("A person known by these names is being erased.")


@act(gettext_noop("%(who)s erased the personal data of a person."))
def redact(person: Any, *, by: Any, at: datetime, ground: Ground) -> Redaction:
    """Erase what is known about a person: in rows, history, outbox and files.

    EU General Data Protection Regulation, article 17. What must stay as a record (votes,
    resolutions, minutes) keeps pointing at the person's row, which no longer says who it was.
    Irreversible, decided by the secretary, and it leaves a `Redaction` saying that it happened.

    Raises `NotAllowed`; `DomainError` with what `refusals` say.
    """
    access.require("audit.redact", by, person, at=at)
    person = type(person)._default_manager.select_for_update().get(pk=person.pk)
    counts = _erase_person(person, at)
    return Redaction.objects.create(
        person=person, by=by, at=at, ground=Ground(ground), counts=dict(counts)
    )


@act(gettext_noop("%(who)s erased what had been kept long enough."))
def erase_rows(*, parts: Iterable[PersonalRows], by: Any, at: datetime) -> Redaction:
    """Erase rows whose time has come, whoever they are about: old letters, old applications.

    Decided by the secretary; raises `NotAllowed`.
    """
    access.require("audit.redact", by, at=at)
    return Redaction.objects.create(
        person=None, by=by, at=at, ground=Ground.EXPIRED, counts=dict(_erase_parts(parts))
    )


def foresee(person: Any, *, at: datetime) -> dict[str, int]:
    """How many rows of which model an erasure would change now. Done, counted and undone.

    Raises `DomainError` as `redact` does.
    """
    with transaction.atomic():
        counts = _erase_person(person, at)
        transaction.set_rollback(True)
    return dict(counts)


def _erase_person(person: Any, at: datetime) -> Counter[str]:
    reasons = [reason for found in refusals(person=person, at=at) for reason in found]
    if reasons:
        raise DomainError(" ".join(dict.fromkeys(reasons)))
    names = [name for found in known_as(person=person, at=at) for name in found]
    parts = [part for found in redactions(person=person, at=at) for part in found]
    counts = _erase_parts(parts)
    counts.update(forget_mentions(names))
    erased_elsewhere(names=names, at=at)
    return counts


def _erase_parts(parts: Iterable[PersonalRows]) -> Counter[str]:
    # Which rows they are is read before any of them is blanked.
    found = [(part, list(part.rows.values_list("pk", flat=True))) for part in parts]
    counts: Counter[str] = Counter()
    for part, pks in found:
        if pks:
            counts.update(_erase(part, pks))
    return +counts


def _erase(part: PersonalRows, pks: list[Any]) -> Counter[str]:
    model = part.rows.model
    fields = list(part.fields or personal_fields(model))
    history = list(getattr(model, "pgh_event_models", {}).values())
    counts: Counter[str] = Counter()
    rows: models.QuerySet[Any] = models.QuerySet(model).filter(pk__in=pks)
    counts.update(_erase_from_the_admins_log(model, pks))
    with pgtrigger.ignore(*_guards(model, *history)):
        _erase_files(rows, fields)
        if part.delete:
            counts[model._meta.label] = rows.delete()[0]
        else:
            counts[model._meta.label] = rows.update(**_blanks(model, fields), **part.also)
        # After the rows: blanking them is history too.
        for event_model in dict.fromkeys(history):
            tracked = {field.name for field in event_model._meta.fields}
            blanks = _blanks(event_model, [name for name in fields if name in tracked])
            if blanks:
                events: models.QuerySet[Any] = models.QuerySet(event_model).filter(
                    pgh_obj_id__in=pks
                )
                counts[event_model._meta.label] = events.update(**blanks)
    return counts


def _erase_from_the_admins_log(model: type[models.Model], pks: list[Any]) -> dict[str, int]:
    """Django's admin notes what was changed under the name that it had then."""
    content_type = ContentType.objects.get_for_model(model)
    entries = LogEntry.objects.filter(
        content_type=content_type, object_id__in=[str(pk) for pk in pks]
    )
    return {LogEntry._meta.label: entries.update(object_repr="", change_message="")}


def _guards(*changed: type[models.Model]) -> list[str]:
    labels = {model._meta.label for model in changed}
    return [
        f"{model._meta.label}:{trigger.name}"
        for model, trigger in pgtrigger.registered()
        if model._meta.label in labels and trigger.name in REDACTABLE
    ]


def _blanks(model: type[models.Model], fields: Collection[str]) -> dict[str, Any]:
    return {name: _blank(model._meta.get_field(name)) for name in fields}


def _blank(field: Any) -> Any:
    """The empty value of a column: nothing, or what a form leaves behind."""
    if field.null:
        return None
    if isinstance(field, models.CharField | models.TextField | models.FileField):
        return ""
    if isinstance(field, models.BinaryField):
        return b""
    if field.has_default():
        return field.get_default()
    raise TypeError(f"{field} is personal and has no empty value: let it be null")


def _erase_files(rows: models.QuerySet[Any], fields: Collection[str]) -> None:
    for name in fields:
        field = rows.model._meta.get_field(name)
        if isinstance(field, models.FileField):
            for stored in rows.exclude(**{name: ""}).values_list(name, flat=True):
                transaction.on_commit(partial(field.storage.delete, stored))
