"""An act that can be undone: what it changes is noted, row by row, and put back field by field.

    noted = Noted()
    noted.change(row, person=kept)
    noted.delete(another)
    ...
    undo(noted.changes)

What is noted is plain data for a JSON field: the values before and after, never more than the act
touched. Whoever keeps it decides for how long, and forgets it when a person is erased.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypedDict

from django.apps import apps
from django.db import models

Values = dict[str, Any]


class Change(TypedDict):
    """One row: without `before` it was made, without `after` it was deleted."""

    model: str
    pk: Any
    before: Values | None
    after: Values | None


class Noted:
    """The changes of one act, in their order. The caller has locked the rows."""

    def __init__(self) -> None:
        self.changes: list[Change] = []

    def change(self, row: models.Model, **values: Any) -> None:
        """Set and save fields by name."""
        before = _values(row, values)
        for name, value in values.items():
            setattr(row, name, value)
        after = _values(row, values)
        if before != after:
            row.save(update_fields=list(values))
            self._note(row, before, after)

    def insert(self, row: models.Model) -> None:
        row.save(force_insert=True)
        self._note(row, None, _values(row))

    def delete(self, row: models.Model) -> None:
        before, pk = _values(row), row.pk
        row.delete()
        row.pk = pk
        self._note(row, before, None)

    def repoint(self, row: models.Model, to: models.Model) -> None:
        """Whatever points at a row by a foreign key points `to` another one of its kind."""
        for relation in row._meta.get_fields(include_hidden=True):
            if not (relation.auto_created and relation.is_relation and not relation.concrete):
                continue
            field: Any = relation.field  # type: ignore[union-attr]
            if not field.concrete or not field.db_constraint:  # history points without one
                continue
            for pointing in field.model._base_manager.filter(**{field.name: row}):
                self.change(pointing, **{field.name: to})

    def _note(self, row: models.Model, before: Values | None, after: Values | None) -> None:
        self.changes.append(
            {"model": row._meta.label, "pk": row.pk, "before": before, "after": after}
        )


def undo(changes: list[Change]) -> list[Change]:
    """Put back what was noted, the last change first. Part of an act, which is all or nothing.

    A field that somebody has changed since keeps what they gave it, a row that is gone stays away,
    and one that the act made and somebody changed stays: returns what of the changes could not be
    put back whole. Raises `IntegrityError` when a row that comes back does not fit any more.
    """
    return [change for change in reversed(changes) if not _undo(change)]


def _undo(change: Change) -> bool:
    model = apps.get_model(change["model"])
    row = model._base_manager.select_for_update(of=("self",)).filter(pk=change["pk"]).first()
    before, after = change["before"], change["after"]
    if after is None:
        assert before is not None
        _restored(model(pk=change["pk"]), before).save(force_insert=True)
        return True
    if row is None:
        return before is None  # what was made is gone already
    now = _values(row, after)
    if before is None:
        if now == after:
            row.delete()
        return now == after
    ours = {name: value for name, value in before.items() if now[name] == after[name]}
    if ours:
        _restored(row, ours).save(update_fields=list(ours))
    return len(ours) == len(before)


def _values(row: models.Model, names: Mapping[str, Any] | None = None) -> Values:
    """By field name, as JSON can hold them; of the whole row without `names`."""
    return {
        field.name: _plain(getattr(row, field.attname))
        for field in row._meta.concrete_fields
        if not field.generated and (field.name in names if names is not None else True)
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _restored(row: models.Model, values: Values) -> models.Model:
    for name, value in values.items():
        field: Any = row._meta.get_field(name)
        target = field.target_field if field.is_relation else field
        setattr(row, field.attname, target.to_python(value))
    return row
