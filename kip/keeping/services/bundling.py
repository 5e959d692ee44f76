"""Everything that the association has, as files that can be read without this program.

Each app says what of it goes in (`bundle_parts`): tables, which become CSV and JSON lines, and
papers, which become PDF and JSON. The stored documents go in as they are. All is read in one
snapshot of the database and written row by row, so that its size does not matter for memory.

No secrets go in: no password hash, no sealed value, no personal link, no session.
"""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import override

from kip.bylaws.models import Bylaws
from kip.documents.models import Document
from kip.exceptions import DomainError
from kip.hooks import Hook
from kip.keeping.archive import Hashing
from kip.mail.rendering import ASSOCIATION
from kip.pdf import pdf
from kip.sheets import safe

FORMAT = 1
PIECE = 1024 * 1024
VERIFIER = Path(__file__).resolve().parent.parent / "verifier.py"
Text = str | Promise


@dataclass(frozen=True)
class Table:
    """Rows of text, numbers, dates, booleans, None and JSON. `name` is that of its files."""

    name: str
    title: Text
    columns: Sequence[str]
    rows: Callable[[], Iterable[Sequence[Any]]]
    # The models whose rows these are.
    of: tuple[type[models.Model], ...] = ()
    # Columns that stay out, each with the reason.
    without: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Paper:
    """A document to read: a template of typst, and what fills it in, in the language given."""

    name: str
    title: Text
    template: str
    data: Callable[[], Mapping[str, Any]]


@dataclass(frozen=True)
class Part:
    """What one app puts into the bundle, below the folder of its name."""

    folder: str
    title: Text
    tables: Sequence[Table] = ()
    papers: Sequence[Paper] = ()
    # Models that have no place in it, each with the reason.
    left_out: Mapping[str, str] = field(default_factory=dict)


# receiver(by=User or None, at=datetime) -> Part
bundle_parts: Hook[Part] = Hook("What an app puts into the bundle that is handed over.")

# receiver() -> primary keys by the label of their model, "documents.Document"
withheld_rows: Hook[Mapping[str, Collection[Any]]] = Hook(
    "Documents and letters whose words are nobody else's yet: they stay out for now."
)


def withheld(label: str) -> set[Any]:
    return {pk for found in withheld_rows() for pk in found.get(label, ())}


def table_of(
    model: type[models.Model],
    *,
    title: Text = "",
    without: Mapping[str, str] | None = None,
    change: Mapping[str, Callable[[Any], Any]] | None = None,
) -> Table:
    """All rows of a model with all its columns, those of other rows by their keys.

    Columns `without` stay out; `change` says what stands in a column instead, of the row.
    """
    without, change = without or {}, change or {}
    fields = [each for each in model._meta.concrete_fields if each.name not in without]

    def rows() -> Iterator[list[Any]]:
        query = model._base_manager.order_by("pk").defer(*without)
        for row in query.iterator(chunk_size=1000):
            yield [
                change[each.name](row) if each.name in change else _value(each, row)
                for each in fields
            ]

    return Table(
        name=model._meta.model_name or "",
        title=title or model._meta.verbose_name_plural or "",
        columns=[each.attname for each in fields],
        rows=rows,
        of=(model,),
        without=without,
    )


def tables_of(
    app_label: str, models_of: Iterable[type[models.Model]], leave: Collection[str] = ()
) -> list[Table]:
    """`table_of` for every model of an app but those whose labels are in `leave`: so that one that
    is added later is in the bundle, unless its app says otherwise.
    """
    return [
        table_of(model, title=_title(model))
        for model in models_of
        if model._meta.app_label == app_label
        and model._meta.label not in leave
        and model._meta.managed
        and not model._meta.proxy
    ]


def _title(model: type[models.Model]) -> Text:
    tracked = getattr(model, "pgh_tracked_model", None)
    if tracked is None:
        return model._meta.verbose_name_plural or ""
    return f"{model._meta.label} ({tracked._meta.label})"


def _value(each: Any, row: models.Model) -> Any:
    value = getattr(row, each.attname)
    return value.name if isinstance(each, models.FileField) else value


# --- Writing it ----------------------------------------------------------------------------------


@dataclass
class Written:
    """A bundle that is whole: its manifest's SHA-256, and what could not be put in, in words."""

    manifest: str
    missing: list[str]


def no_progress(done: int, total: int) -> None:
    """Nobody looks."""


def write_bundle(
    out: IO[bytes],
    *,
    by: Any,
    at: datetime,
    say: Callable[[int, int], None] = no_progress,
) -> Written:
    """The whole bundle into a file that is open for writing. Changes nothing.

    `say` is told how many of how many tables, papers and documents are done.
    """
    with _one_snapshot(), override(Bylaws.objects.in_force_at(at).record_language):
        parts = bundle_parts(by=by, at=at)
        documents = (
            Document.objects.exclude(file="")
            .exclude(pk__in=withheld(Document._meta.label))
            .order_by("uploaded_at", "pk")
        )
        total = sum(len(part.tables) + len(part.papers) for part in parts) + documents.count()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            bundle = _Bundle(archive, at)
            done = 0
            for part in parts:
                for table in part.tables:
                    bundle.table(part, table)
                    say(done := done + 1, total)
                for paper in part.papers:
                    bundle.paper(part, paper)
                    say(done := done + 1, total)
            for document in documents.iterator(chunk_size=1000):
                bundle.document(document)
                say(done := done + 1, total)
            return bundle.finish(parts)


@contextmanager
def _one_snapshot() -> Iterator[None]:
    if connection.in_atomic_block:  # the caller's, as in tests
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


class _Bundle:
    def __init__(self, archive: zipfile.ZipFile, at: datetime) -> None:
        self.archive = archive
        self.at = at
        self.files: dict[str, dict[str, Any]] = {}
        self.titles: dict[str, list[tuple[str, str, str, int]]] = {}
        self.missing: list[str] = []

    @contextmanager
    def _open(self, name: str) -> Iterator[IO[bytes]]:
        info = zipfile.ZipInfo(name, date_time=timezone.localtime(self.at).timetuple()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        with self.archive.open(info, "w", force_zip64=True) as member:
            hashing = Hashing(member)
            yield hashing  # type: ignore[misc]
        self.files[name] = {"sha256": hashing.hexdigest(), "bytes": hashing.size}

    def write(self, name: str, content: bytes) -> None:
        with self._open(name) as file:
            file.write(content)

    def table(self, part: Part, table: Table) -> None:
        """As CSV and as JSON lines; two readings of the same snapshot."""
        path = f"{part.folder}/{table.name}"
        count = 0
        with self._open(f"{path}.csv") as file:
            text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
            writer = csv.writer(text)
            writer.writerow(table.columns)
            for row in table.rows():
                writer.writerow([_in_a_cell(value) for value in row])
                count += 1
            text.flush()
            text.detach()
        with self._open(f"{path}.jsonl") as file:
            for row in table.rows():
                line = json.dumps(
                    dict(zip(table.columns, row, strict=True)), cls=DjangoJSONEncoder,
                    ensure_ascii=False,
                )  # fmt: skip
                file.write(f"{line}\n".encode())
        self._tell(part, table.title, path, ["csv", "jsonl"], count)

    def paper(self, part: Part, paper: Paper) -> None:
        """As PDF/UA, and as JSON in case a PDF cannot show a character of it."""
        path = f"{part.folder}/{paper.name}"
        data = paper.data()
        self.write(
            f"{path}.json",
            json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1).encode(),
        )
        try:
            self.write(f"{path}.pdf", pdf(paper.template, data))
        except DomainError as error:
            self.missing.append(f"{path}.pdf: {error}")
            self._tell(part, paper.title, path, ["json"], 0)
        else:
            self._tell(part, paper.title, path, ["pdf", "json"], 0)

    def document(self, document: Document) -> None:
        name = path_of(document)
        try:
            with document.file.open("rb") as source, self._open(name) as file:
                while piece := source.read(PIECE):
                    file.write(piece)
        except FileNotFoundError:
            self.missing.append(f"{name}: the file is lost")
            return
        if self.files[name]["sha256"] != document.sha256:
            self.missing.append(f"{name}: not the file that was stored")

    def _tell(self, part: Part, title: Text, path: str, kinds: list[str], rows: int) -> None:
        with override("en"):
            english = str(title)
        told = self.titles.setdefault(part.folder, [])
        for kind in kinds:
            told.append((f"{path}.{kind}", str(title), english, rows))

    def finish(self, parts: Sequence[Part]) -> Written:
        folders = []
        for part in parts:
            with override("en"):
                english = str(part.title)
            folders.append((str(part.title), english, self.titles.get(part.folder, [])))
        language = _language()
        index = render_to_string(
            "keeping/index.html",
            {
                "association": str(ASSOCIATION),
                "at": self.at,
                "language": language,
                "folders": folders,
                "documents": sum(name.startswith("files/") for name in self.files),
                "missing": self.missing,
            },
        )
        self.write("index.html", index.encode())
        self.write("verify.py", VERIFIER.read_bytes())
        manifest = json.dumps(
            {
                "format": FORMAT,
                "association": str(ASSOCIATION),
                "site": settings.SITE_URL,
                "made_at": self.at.isoformat(),
                "missing": self.missing,
                "left_out": {k: v for part in parts for k, v in part.left_out.items()},
                "files": self.files,
            },
            indent=1,
            sort_keys=True,
            ensure_ascii=False,
        ).encode()
        self.write("manifest.json", manifest)
        return Written(hashlib.sha256(manifest).hexdigest(), self.missing)


def _language() -> str:
    from django.utils.translation import get_language

    return (get_language() or "en")[:2]


def path_of(document: Document) -> str:
    """Where a stored document is in the bundle: by its key, then by its name."""
    if document.is_erased:
        return ""
    name = document.name.replace("/", "_").replace("\\", "_")
    return f"files/{document.pk}-{name}"


def _in_a_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return safe(json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False))
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, int | float) else safe(str(value))  # type: ignore[return-value]
