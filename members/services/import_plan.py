"""What a table would do today, whatever it is of; and tables of member companies themselves."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kip import reading
from kip.accounts.models import User
from kip.exceptions import DomainError
from kip.sheets import Sheet
from members import columns
from members.models import (
    COMPANIES,
    ImportRun,
    Member,
    Outcome,
)
from members.services.import_kinds import ImportKind, Planned, Say, heading, kind_of
from members.services.import_rows import Plan, Planner
from members.services.import_writing import Writer

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


def fingerprint(plans: Sequence[Planned]) -> str:
    """The same for two plans if and only if they would write the same."""
    digest = hashlib.sha256()
    for row in plans:
        digest.update(json.dumps([row.line, row.outcome, row.whose, row.changes]).encode())
    return digest.hexdigest()


def plan(run: ImportRun, *, at: datetime, say: Callable[[int], None]) -> Sequence[Planned]:
    """What each row of the file would do today. Raises `DomainError` for a file that is no table
    of its kind.
    """
    content = bytes(ImportRun.objects.values_list("content", flat=True).get(pk=run.pk) or b"")
    try:
        plans = kind_of(run.kind).plan(run, reading.rows(content), at=at, say=say)
    except reading.Unreadable as unreadable:
        raise DomainError(REFUSALS[unreadable.reason]) from unreadable
    if not plans:
        raise DomainError(_("There is no row below the headings."))
    return plans


class Companies(ImportKind):
    """Member companies as they stand: new ones, and what is to change."""

    key = COMPANIES
    title = gettext_lazy("Member companies")
    asks_day = True
    leads_to = "admin:members_member_changelist"

    def notes(self) -> list[str]:
        return [
            _("One row for each company. A new one has no member number yet."),
            _("A column that you delete changes nothing. An empty cell empties the fact."),
            _(
                "An empty cell for a person changes nothing. People who are known keep their own"
                " name."
            ),
            _("Several sectors or sites: one after another, with “;” between them."),
            _("Seveso tier: none, lower or upper. Country: two letters. Language: fi, sv or en."),
            _("An import ends no membership and no role: do that on the company’s own page."),
        ]

    def template(self) -> Sheet:
        return columns.as_sheet(
            Member.objects.none(), timezone.localdate(), title=str(self.title), notes=self.notes()
        )

    def consequences(self, run: ImportRun) -> list[str]:
        texts = []
        if run.new:
            texts.append(
                ngettext(
                    "%(count)d company becomes a member.",
                    "%(count)d companies become members.",
                    run.new,
                )
                % {"count": run.new}
            )
        if run.changed:
            texts.append(
                ngettext(
                    "%(count)d company is changed.", "%(count)d companies are changed.", run.changed
                )
                % {"count": run.changed}
            )
        texts.append(
            _("Other facts in the register, and other people, hold from %(day)s.")
            % {"day": formats.date_format(run.effective_on)}
        )
        texts.append(
            _("Everybody who is named gets a letter, and an invitation if they need one.")
            if run.tells
            else _("Nobody gets mail.")
        )
        return texts

    def plan(
        self, run: ImportRun, rows: Iterator[reading.Row], *, at: datetime, say: Say
    ) -> list[Plan]:
        where = heading(rows, columns.column_by_heading())
        if not {"number", "business_id"} & set(where):
            raise DomainError(
                _("The table needs the member number or the business ID: a company is known by it.")
            )
        planner = Planner(run, where, timezone.localdate(at))
        plans = []
        for line, cells in rows:
            plans.append(planner.plan(line, cells))
            say(line)
        return plans

    def write(
        self, run: ImportRun, plans: Sequence[Any], *, by: User, at: datetime, say: Say
    ) -> None:
        writer = Writer(run, by, at)
        writer.admit([row for row in plans if row.outcome == Outcome.NEW], say)
        for row in plans:
            if row.outcome == Outcome.CHANGED:
                writer.change(row)
                say(row.line)
