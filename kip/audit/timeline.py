"""The history of a thing, told in sentences: who did what, when."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, overload

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models
from django.utils import formats, timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from pghistory.models import Events

# A longer text says only that it changed; the whole of it is on the page.
LONGEST_QUOTE = 80


@dataclass(frozen=True)
class Entry:
    """One act, or one change made outside KIP: when, by whom (None: the clock), and what."""

    at: datetime
    who: Any
    sentence: str
    changes: list[str] = field(default_factory=list)


class Timeline(Sequence[Entry]):
    """What happened, newest first, one entry per act. Told in words only where it is asked for.

    For a page of a long history: a slice costs one query for the people, and one for each kind that
    came or went in it.
    """

    def __init__(
        self, acts: Sequence[list[Events]], things: Sequence[models.Model], hidden: set[str]
    ) -> None:
        self._acts = sorted(acts, key=_instant_of, reverse=True)
        self._things = things
        self._hidden = hidden

    def __len__(self) -> int:
        return len(self._acts)

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        asked = self._acts[index] if isinstance(index, slice) else [self._acts[index]]
        known = _named_in(event for act in asked for event in act)
        known |= {(type(thing), thing.pk): thing for thing in self._things}
        entries = [_entry(act, known, self._hidden) for act in asked]
        return entries if isinstance(index, slice) else entries[0]


def timeline_of(
    *objects: models.Model,
    hide: Collection[Any] = (),
    may_see: Callable[[Events], bool] = lambda event: True,
) -> Timeline:
    """What happened to `objects` and to the rows that point at them.

    `hide` names what the reader may not see: a model ("board.Vote", or the class) leaves out its
    events and the acts that did nothing else; a field ("board.Vote.choice") leaves out its changes
    only. `may_see` is asked of each event that is left. A model's `TOLD` names the fields that say
    which row came, went or changed: ("person",). People are told by name, and so is a row that is
    one of `objects`.

    Queries: one per kind of object.
    """
    hidden = {name if isinstance(name, str) else name._meta.label for name in hide}
    acts: dict[Any, list[Events]] = {}
    for event in _events_of(objects):
        if not _labels(event) & hidden and may_see(event):
            key = event.pgh_context_id or (event.pgh_obj_model, event.pgh_created_at)
            acts.setdefault(key, []).append(event)
    return Timeline(list(acts.values()), objects, hidden)


def entries_of(*objects: models.Model, hide: Collection[Any] = ()) -> list[Entry]:
    """The whole of `timeline_of`, for what has a short history."""
    return timeline_of(*objects, hide=hide)[:]


def _instant_of(act: list[Events]) -> datetime:
    context = act[0].pgh_context or {}
    return parse_datetime(context.get("at", "")) or act[0].pgh_created_at


def _events_of(objects: Iterable[models.Model]) -> list[Events]:
    """The events, the newest first, each once however many of the objects it touches."""
    kinds: dict[type[models.Model], list[models.Model]] = {}
    for thing in objects:
        kinds.setdefault(type(thing), []).append(thing)
    found = {
        event.pgh_slug: event
        for things in kinds.values()
        for event in Events.objects.references(things)
    }
    return sorted(
        found.values(), key=lambda event: (event.pgh_created_at, event.pgh_id), reverse=True
    )


def _labels(event: Events) -> set[str]:
    return {event.pgh_model, event.pgh_obj_model}


Known = dict[tuple[type[models.Model], Any], Any]


def _named_in(events: Iterable[Events]) -> Known:
    """Everyone named by an act, by a changed field or by what `TOLD` names, in one query; and what
    a many-to-many relation joined or parted, in one for each kind.
    """
    user_model = get_user_model()
    named: dict[Any, set[Any]] = {user_model: set()}
    for event in events:
        named[user_model].add((event.pgh_context or {}).get("user"))
        tracked = apps.get_model(event.pgh_obj_model)
        for column, values in (event.pgh_diff or {}).items():
            if _field(tracked, column).related_model is user_model:
                named[user_model].update(values)
        for told in _told(tracked):
            if told.related_model is user_model or (told.is_relation and _only_joins(tracked)):
                named.setdefault(told.related_model, set()).add(event.pgh_data.get(told.column))
    return {
        (model, pk): row
        for model, keys in named.items()
        if keys - {None}
        for pk, row in model._default_manager.in_bulk(keys - {None}).items()
    }


def _only_joins(tracked: type[models.Model]) -> bool:
    """Whether a row is nothing but one pair of a many-to-many relation."""
    concrete = tracked._meta.concrete_model
    return concrete is not None and bool(concrete._meta.auto_created)


def _told(tracked: type[models.Model]) -> list[Any]:
    return [tracked._meta.get_field(name) for name in getattr(tracked, "TOLD", ())]


def _entry(events: list[Events], known: Known, hidden: set[str]) -> Entry:
    context = events[0].pgh_context or {}
    act = context.get("act")
    at = _instant_of(events)
    who = known.get((get_user_model(), context.get("user")))
    changes = [
        sentence
        for event in reversed(events)
        for sentence in _changes(event, known, hidden, told=act is not None)
    ]
    if act is None:
        return Entry(at, None, _("Changed outside KIP."), changes)
    # The act's sentence was marked for translation where the service stands.
    name = who if context.get("user") is not None else "KIP"
    return Entry(at, who, _(act) % {"who": name or _("Somebody")}, changes)


def _changes(event: Events, known: Known, hidden: set[str], *, told: bool) -> Iterable[str]:
    tracked = apps.get_model(event.pgh_obj_model)

    def is_shown(field: Any) -> bool:
        return not {f"{label}.{field.name}" for label in _labels(event)} & hidden

    words = [
        _in_words(field, event.pgh_data.get(field.column), known)
        for field in _told(tracked)
        if is_shown(field) and event.pgh_data.get(field.column) not in (None, "")
    ]
    which = ", ".join(word for word in words if word)
    if event.pgh_diff is None:
        # That a row came or went is what the act's sentence says; without one it must be said.
        thing = capfirst(str(tracked._meta.verbose_name))
        if not told:
            text = _("%(thing)s: removed") if event.pgh_label == "delete" else _("%(thing)s: added")
            yield text % {"thing": thing}
        if which:
            gone = event.pgh_label == "delete"
            text = _("%(field)s removed: %(new)s") if gone else _("%(field)s: %(new)s")
            yield text % {"field": thing, "new": which}
        return
    for column, (old, new) in event.pgh_diff.items():
        if is_shown(changed := _field(tracked, column)):
            change = _change(changed, old, new, known)
            yield f"{capfirst(which)} – {change}" if which else change


def _change(changed: Any, old: Any, new: Any, known: Known) -> str:
    name = capfirst(str(changed.verbose_name))
    before, after = _in_words(changed, old, known), _in_words(changed, new, known)
    if before is None or after is None or max(len(before), len(after)) > LONGEST_QUOTE:
        return _("%(field)s changed") % {"field": name}
    if old is None or old == "":
        return _("%(field)s: %(new)s") % {"field": name, "new": after}
    return _("%(field)s: %(old)s → %(new)s") % {"field": name, "old": before, "new": after}


def _in_words(changed: Any, value: Any, known: Known) -> str | None:
    """A stored value as a reader knows it; None when there are no words for it."""
    if value is None or value == "":
        return _("empty")
    if changed.is_relation and (changed.related_model, value) in known:
        return str(known[changed.related_model, value])
    if changed.related_model is get_user_model():
        return _("somebody")
    if changed.is_relation or isinstance(value, dict | list):
        return None
    if changed.choices:
        return str(dict(changed.flatchoices).get(value, value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    moment: Any = value
    if isinstance(changed, models.DateTimeField):
        moment = parse_datetime(value)
    elif isinstance(changed, models.DateField):
        moment = parse_date(value)
    if isinstance(moment, datetime):
        return formats.date_format(timezone.localtime(moment), "DATETIME_FORMAT")
    if isinstance(moment, date):
        return formats.date_format(moment, "DATE_FORMAT")
    return str(value)


def _field(model: type[models.Model], column: str) -> Any:
    return next(field for field in model._meta.concrete_fields if field.column == column)
