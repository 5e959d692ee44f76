"""What tables can be of: each kind knows its columns, what a row would do, and how to write it.

Kinds are registered by the apps that own the rows (`register_kind`, in `AppConfig.ready`), so that
the board's tables go the way of the members' own. Tables of what was before the system are
`FormerKind`s, whose columns are read here.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar, Protocol, TypedDict

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import formats
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import override

from kip import reading
from kip.accounts import services as accounts
from kip.accounts.models import User
from kip.exceptions import DomainError
from kip.sheets import Sheet
from members.columns import one_line, read_day
from members.models import ImportRun, Outcome
from members.services.import_rows import LONGEST_PROBLEM, SPREADSHEET_ERROR, cell_name

Say = Callable[[int], None]


class Planned(Protocol):
    """What one row would do, see `import_rows.Plan`; `whose` is which row of ours it changes."""

    @property
    def line(self) -> int: ...
    @property
    def company(self) -> str: ...
    @property
    def outcome(self) -> str: ...
    @property
    def whose(self) -> int | None: ...
    @property
    def changes(self) -> Sequence[Any]: ...
    @property
    def errors(self) -> Sequence[Any]: ...


class Candidate(TypedDict):
    pk: int
    says: str


class Question(TypedDict):
    """Whether somebody or something in the table is one that is known; told by the secretary."""

    key: str
    says: str
    candidates: list[Candidate]


class ImportKind:
    """Tables of one kind. The texts are for people, in their language."""

    key: ClassVar[str]
    # “Member companies”: what the rows of the table are.
    title: ClassVar[Promise]
    # Whether people say from which day its changes hold, and whether letters go out.
    asks_day: ClassVar[bool] = False
    # Models whose rows it brings in from before the system, those first that refer to others. It
    # can be taken back if there are any.
    brings_in: ClassVar[Sequence[str]] = ()
    # The list in the admin where its rows are seen afterwards.
    leads_to: ClassVar[str] = ""

    def notes(self) -> list[str]:
        """What whoever fills in the template has to know."""
        raise NotImplementedError

    def template(self) -> Sheet:
        raise NotImplementedError

    def consequences(self, run: ImportRun) -> list[str]:
        """What a confirmed import does, in sentences."""
        raise NotImplementedError

    def plan(
        self, run: ImportRun, rows: Iterator[reading.Row], *, at: datetime, say: Say
    ) -> Sequence[Planned]:
        """What each row would do. Raises `DomainError` for what is no table of this kind.

        Leaves in `run.questions` what only the secretary can know.
        """
        raise NotImplementedError

    def write(
        self, run: ImportRun, plans: Sequence[Any], *, by: User, at: datetime, say: Say
    ) -> None:
        raise NotImplementedError

    def take_back(self, run: ImportRun, *, by: User, at: datetime) -> None:
        """Delete what the import brought in; within `take_back_import`."""
        for label in self.brings_in:
            rows = apps.get_model(label)._default_manager.filter(brought_in_by=run)
            rows.delete()


_KINDS: dict[str, ImportKind] = {}


def register_kind(kind: ImportKind) -> None:
    _KINDS[kind.key] = kind


def import_kinds() -> list[ImportKind]:
    """All, in the order in which the apps registered them."""
    return list(_KINDS.values())


def kind_of(key: str) -> ImportKind:
    """Raises `KeyError` for what no app registered."""
    return _KINDS[key]


# --- Tables of what was before the system ---------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """A column: what stands at its head, and how a cell is read; `example` is for the template."""

    name: str
    label: Promise
    example: str = ""
    read: Callable[[str], Any] = one_line
    needed: bool = False
    longest: int = 200


@dataclass
class PastRow:
    """What one row of such a table would do: nothing, if it is `known`. See `import_rows.Plan`."""

    line: int
    company: str
    values: dict[str, Any] = field(default_factory=dict)
    changes: list[tuple[str, str, str, str]] = field(default_factory=list)
    errors: list[tuple[str, str, str]] = field(default_factory=list)
    known: bool = False
    whose: int | None = None

    @property
    def outcome(self) -> str:
        if self.errors:
            return Outcome.WRONG
        return Outcome.UNCHANGED if self.known else Outcome.NEW


def choice_reader(words: Mapping[str, Iterable[str]]) -> Callable[[str], str]:
    """Reads one of a few values by the words that stand for it; the first ones are shown."""
    by_word = {word.casefold(): value for value, known in words.items() for word in known}

    def read(text: str) -> str:
        value = by_word.get(one_line(text).casefold())
        if value is None:
            shown = ", ".join(next(iter(known)) for known in words.values())
            raise ValidationError(_("Write one of these: %(words)s.") % {"words": shown})
        return value

    return read


class FormerKind(ImportKind):
    """A table of what was before the system."""

    columns: ClassVar[Sequence[Column]]
    # By this column an example is known, and the row named in the preview.
    named_by: ClassVar[str]

    def notes(self) -> list[str]:
        return [
            _("The row below the headings is an example. It is not imported."),
            _("Days are written like 2009-03-17 or 17.3.2009."),
            _("Today’s rules are not applied: neither a board’s size, nor who may decide."),
            _("Nobody gets mail, and nobody can sign in because of it."),
            _(
                "All of it is marked as from before the system, and cannot be changed afterwards."
                " The whole import can be taken back for 30 days."
            ),
        ]

    def consequences(self, run: ImportRun) -> list[str]:
        return [
            _("It is marked as from before the system, and cannot be changed afterwards."),
            _("The whole import can be taken back for 30 days."),
            _("Nobody gets mail, and nobody can sign in because of it."),
        ]

    def template(self) -> Sheet:
        return Sheet(
            title=str(self.title),
            columns=[capfirst(str(column.label)) for column in self.columns],
            rows=[[column.example for column in self.columns]],
            notes=self.notes(),
        )

    def plan(
        self, run: ImportRun, rows: Iterator[reading.Row], *, at: datetime, say: Say
    ) -> Sequence[PastRow]:
        where = heading(
            rows,
            headings(column.name for column in self.columns) | self._labels(),
            needed={column.name for column in self.columns if column.needed},
            labels={column.name: capfirst(str(column.label)) for column in self.columns},
        )
        read = [row for line, cells in rows if (row := self._read(line, cells, where)) is not None]
        run.questions = []
        self.judge(run, read, where, at=at, say=say)
        return read

    def _labels(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for language, _name in settings.LANGUAGES:
            with override(language):
                found |= {str(column.label).casefold(): column.name for column in self.columns}
        return found

    def _read(self, line: int, cells: Sequence[str], where: Mapping[str, int]) -> PastRow | None:
        texts = {name: cells[place] if place < len(cells) else "" for name, place in where.items()}
        if texts.get(self.named_by) and all(
            texts.get(column.name, "") in ("", column.example) for column in self.columns
        ):
            return None  # the template's own example
        row = PastRow(line, company=one_line(texts.get(self.named_by, "")))
        for column in self.columns:
            text = texts.get(column.name, "")
            value: Any = "" if column.read is not read_day else None
            if SPREADSHEET_ERROR.fullmatch(text):
                problem = _("The spreadsheet shows an error here: write what is meant.")
                wrong(row, self, where, column.name, problem)
            elif not one_line(text):
                if column.needed:
                    wrong(row, self, where, column.name, _("This cannot be left empty."))
            else:
                try:
                    value = column.read(one_line(text) if column.read is read_day else text)
                except ValidationError as error:
                    wrong(row, self, where, column.name, " ".join(error.messages))
                if isinstance(value, str) and len(value) > column.longest:
                    problem = _("At most %(count)d characters, please.") % {"count": column.longest}
                    wrong(row, self, where, column.name, problem)
            row.values[column.name] = value
            if column.name in where and text:
                label = capfirst(str(column.label))
                row.changes.append((cell_name(line, where[column.name]), label, "", text[:500]))
        return row

    def judge(
        self,
        run: ImportRun,
        rows: Sequence[PastRow],
        where: Mapping[str, int],
        *,
        at: datetime,
        say: Say,
    ) -> None:
        """Note in the rows what is wrong with them, and what is known already."""
        raise NotImplementedError


def wrong(
    row: PastRow, kind: FormerKind, where: Mapping[str, int], name: str, problem: str
) -> None:
    """Something is wrong in a row's cell, or in its first one if that column is not there."""
    label = next(str(column.label) for column in kind.columns if column.name == name)
    cell = cell_name(row.line, where.get(name, min(where.values())))
    row.errors.append((cell, capfirst(label), problem[:LONGEST_PROBLEM]))


def headings(names: Iterable[str]) -> dict[str, str]:
    """A column may always be headed by its own name."""
    return {name.casefold(): name for name in names}


def heading(
    rows: Iterator[reading.Row],
    known: Mapping[str, str],
    *,
    needed: Iterable[str] = (),
    labels: Mapping[str, str] | None = None,
) -> dict[str, int]:
    """Which column stands where. Titles and notes may stand above the headings.

    Raises `DomainError` when there are none, or unknown or double ones, or a `needed` one is not
    there.
    """
    for line, cells in rows:
        found = [known.get(" ".join(text.split()).casefold()) for text in cells]
        if len({name for name in found if name}) < 2:
            if line >= 50:
                break
            continue
        if unknown := [text for text, name in zip(cells, found, strict=True) if text and not name]:
            raise DomainError(
                _(
                    "Nobody knows these columns: %(columns)s. Give them the headings of the "
                    "template, or delete them."
                )
                % {"columns": ", ".join(unknown)}
            )
        where = {name: place for place, name in enumerate(found) if name}
        if len(where) < len([name for name in found if name]):
            raise DomainError(_("A column stands in the table twice: delete one of the two."))
        if missing := [name for name in needed if name not in where]:
            raise DomainError(
                _("These columns are missing: %(columns)s.")
                % {"columns": ", ".join(sorted((labels or {}).get(name, name) for name in missing))}
            )
        return where
    raise DomainError(_("The headings of the template are not there: copy them from it."))


def overlap(since: date, until: date | None, start: date, end: date | None) -> bool:
    """Whether two spans of days, each without its last day, have a day in common."""
    return (until is None or start < until) and (end is None or since < end)


def span(since: date, until: date | None) -> str:
    """“17 March 2009 – 16 March 2010”, in the reader's language."""
    return f"{formats.date_format(since)} – {formats.date_format(until) if until else ''}".rstrip()


# --- People ---------------------------------------------------------------------------------------


class People:
    """Who is meant by the names in a table: told by the secretary where somebody is known by the
    same name or address, and never guessed.

    An address only serves for that, and is not kept.
    """

    def __init__(self, rows: Sequence[PastRow], run: ImportRun) -> None:
        self.answers = run.answers
        self.asked: dict[str, Question] = {}
        self._by_name: defaultdict[str, list[User]] = defaultdict(list)
        self._by_email: dict[str, User] = {}
        for person in User.objects.apart_from_doubles():
            self._by_name[_name(person.given_name, person.family_name)].append(person)
            if person.email:
                self._by_email[person.email] = person
        self._addresses: defaultdict[str, set[str]] = defaultdict(set)
        for row in rows:
            self._addresses[_name_in(row)] |= {row.values["email"].lower()} - {""}

    def whose(self, row: PastRow) -> tuple[str, int | None]:
        """By what the person is known in the table, and the id of the one that is meant, if it is
        one who is known already.
        """
        name, email = _name_in(row), row.values["email"].lower()
        addresses = self._addresses[name]
        if not email and len(addresses) == 1:
            email = next(iter(addresses))
        key = f"{name} {email}".strip()
        found = {person.pk: person for person in self._by_name[name]}
        if (by_email := self._by_email.get(email)) is not None:
            found[by_email.pk] = by_email
        if not found:
            return key, None
        self.asked[key] = {
            "key": key,
            "says": _("%(person)s: is it one of these people?") % {"person": row.company},
            "candidates": [
                {"pk": pk, "says": f"{person}, {person.email or '–'}"}
                for pk, person in found.items()
            ],
        }
        return key, self.answers.get(key) or None


def _name(given_name: str, family_name: str) -> str:
    return f"{given_name} {family_name}".casefold()


def _name_in(row: PastRow) -> str:
    return _name(row.values["given_name"], row.values["family_name"])


def make_people(rows: Iterable[tuple[str, PastRow]], *, by: User, at: datetime) -> dict[str, User]:
    """New people, by what they are known by in the table: with a name, and no way to sign in."""
    made: dict[str, User] = {}
    for key, row in rows:
        if key not in made:
            made[key] = accounts.ensure_person(
                email=None,
                given_name=row.values["given_name"],
                family_name=row.values["family_name"],
                language="fi",
                by=by,
                at=at,
            )
    return made


def forget_people(made: Iterable[int]) -> None:
    """People whom an import made, but who is known by anything else meanwhile: also by what would
    go with them, such as the proof that a letter to them was posted.
    """
    for person in User.objects.filter(pk__in=list(made), email=None):
        if not _is_known_elsewhere(person):
            with suppress(models.ProtectedError, IntegrityError), transaction.atomic():
                person.delete()


def _is_known_elsewhere(person: User) -> bool:
    """Whether a row refers to them, but for history, which outlives everybody."""
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: person}).exists()
        for relation in User._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ManyToOneRel) and relation.on_delete is not models.DO_NOTHING
    )
