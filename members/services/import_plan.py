"""What a table of member companies would do to the register today. Reads, and writes nothing."""

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import datetime

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kip import reading
from kip.exceptions import DomainError
from members import columns
from members.models import (
    ImportRun,
)
from members.services.import_rows import Plan, Planner

REFUSALS: dict[reading.Reason, Promise] = {
    reading.Reason.BROKEN: gettext_lazy(
        "This file cannot be read: open it, save it anew as XLSX or as CSV, and try again."
    ),
    reading.Reason.TOO_LARGE: gettext_lazy(
        "This file would become far too large when opened: keep the table, and leave out the rest."
    ),
    reading.Reason.TOO_MANY_ROWS: gettext_lazy(
        "There are more than 20,000 rows, empty ones counted: delete the empty rows below the "
        "table, or divide it into parts."
    ),
    reading.Reason.CELL_TOO_LONG: gettext_lazy("A cell holds more text than a spreadsheet can."),
}


def fingerprint(plans: list[Plan]) -> str:
    """The same for two plans if and only if they would write the same."""
    digest = hashlib.sha256()
    for row in plans:
        number = row.entry.member.number if row.entry else None
        digest.update(json.dumps([row.line, row.outcome, number, row.changes]).encode())
    return digest.hexdigest()


def plan(run: ImportRun, *, at: datetime, say: Callable[[int], None]) -> list[Plan]:
    """What each row of the file would do today. Raises `DomainError` for a file that is no table
    of companies.
    """
    content = bytes(ImportRun.objects.values_list("content", flat=True).get(pk=run.pk) or b"")
    try:
        rows = reading.rows(content)
        where = _heading(rows)
        planner = Planner(run, where, timezone.localdate(at))
        plans = []
        for line, cells in rows:
            plans.append(planner.plan(line, cells))
            say(line)
    except reading.Unreadable as unreadable:
        raise DomainError(REFUSALS[unreadable.reason]) from unreadable
    if not plans:
        raise DomainError(_("There is no row below the headings."))
    return plans


def _heading(rows: Iterator[reading.Row]) -> dict[str, int]:
    """Which column stands where. Titles and notes may stand above the headings."""
    known = columns.column_by_heading()
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
        if not {"number", "business_id"} & set(where):
            raise DomainError(
                _("The table needs the member number or the business ID: a company is known by it.")
            )
        return where
    raise DomainError(_("The headings of the template are not there: copy them from it."))
