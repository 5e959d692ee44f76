"""Resolutions from before the system, from a table, under the numbers that they had."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from board.models import Body, FormerResolution
from kip.accounts.models import User
from kip.documents.models import ArchivedDocument
from members.columns import one_line, read_day
from members.models import ImportRun, Outcome
from members.services.import_kinds import (
    Column,
    FormerKind,
    PastRow,
    Say,
    choice_reader,
    wrong,
)

_BODIES = {
    Body.BOARD.value: ["board", "hallitus", "styrelse", "styrelsen"],
    Body.GENERAL_MEETING.value: [
        *["general meeting", "yhdistyksen kokous", "kokous", "föreningsmöte", "möte"],
        *["general_meeting", "vuosikokous", "årsmöte"],
    ],
    Body.OTHER.value: ["other", "muu", "annan", "annat"],
}
FACTS = ("decided_on", "title", "text")


def _read_scan(text: str) -> int:
    """The number in the archive, like “A12”."""
    found = re.fullmatch(r"[Aa]?([0-9]{1,9})", one_line(text))
    if found is None:
        raise ValidationError(_("Write the number that the scan has in the archive, like A12."))
    return int(found[1])


class FormerResolutions(FormerKind):
    """One row for each resolution."""

    key = "resolutions"
    title = gettext_lazy("Resolutions before the system")
    brings_in = ("board.FormerResolution",)
    leads_to = "admin:board_formerresolution_changelist"
    named_by = "number"
    columns = (
        Column("number", gettext_lazy("number"), "12/2009", longest=40, needed=True),
        Column("decided_on", gettext_lazy("resolved on"), "2009-05-05", read=read_day, needed=True),
        Column(
            "body", gettext_lazy("resolved by"), "board", read=choice_reader(_BODIES), needed=True
        ),
        Column("title", gettext_lazy("title"), "New safety rules", needed=True),
        Column(
            "text",
            gettext_lazy("resolution"),
            "The board adopted the safety rules.",
            read=str.strip,
            longest=20_000,
            needed=True,
        ),
        Column("scan", gettext_lazy("scan in the archive"), read=_read_scan),
    )

    def notes(self) -> list[str]:
        return [
            *super().notes(),
            _("One row for each resolution, under the number that it had."),
            _("Resolved by: board, general meeting or other."),
            _("Scan in the archive: its number there, like A12, or nothing."),
        ]

    def judge(
        self,
        run: ImportRun,
        rows: Sequence[PastRow],
        where: Mapping[str, int],
        *,
        at: datetime,
        say: Say,
    ) -> None:
        known = {
            (row.body, row.year, row.number.casefold()): row
            for row in FormerResolution.objects.defer("found_by")
        }
        scans = set(ArchivedDocument.objects.values_list("pk", flat=True))
        lines: dict[Any, int] = {}
        for row in rows:
            values = row.values
            scan = values["scan"] = values["scan"] or None
            if scan is not None and scan not in scans:
                problem = _("No scan in the archive has this number.")
                wrong(row, self, where, "scan", problem)
            day = values["decided_on"]
            if day is not None and day > timezone.localdate(at):
                problem = _("This lies in the future, and is not from before the system.")
                wrong(row, self, where, "decided_on", problem)
            if row.errors:
                continue
            key = (values["body"], day.year, values["number"].casefold())
            if (line := lines.setdefault(key, row.line)) != row.line:
                problem = _("Row %(line)d has this number in the same year.") % {"line": line}
                wrong(row, self, where, "number", problem)
            elif (there := known.get(key)) is not None:
                row.known = all(getattr(there, name) == values[name] for name in FACTS)
                if not row.known or there.scan_id != scan:
                    row.known = False
                    problem = _("This number is taken, by another text: %(title)s.")
                    wrong(row, self, where, "number", problem % {"title": there.title})
            say(row.line)

    def write(
        self, run: ImportRun, plans: Sequence[Any], *, by: User, at: datetime, say: Say
    ) -> None:
        FormerResolution.objects.bulk_create(
            [
                FormerResolution(
                    body=row.values["body"],
                    year=row.values["decided_on"].year,
                    number=row.values["number"],
                    decided_on=row.values["decided_on"],
                    title=row.values["title"],
                    text=row.values["text"],
                    scan_id=row.values["scan"],
                    brought_in_by=run,
                )
                for row in plans
                if row.outcome == Outcome.NEW
            ],
            batch_size=500,
        )
