"""What the board puts into a handover bundle: its tables, and its resolutions to read."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.apps import apps
from django.utils import formats, timezone
from django.utils.translation import gettext_lazy as _

from board.models import Entitlement, Matter, Resolution
from board.states import MatterStatus
from kip.documents.models import Document
from kip.keeping.services import Paper, Part, table_of, tables_of
from kip.mail.models import OutboxMail
from kip.mail.rendering import ASSOCIATION


def part(*, by: Any, at: datetime) -> Part:
    undecided = frozenset(_undecided().values_list("pk", flat=True))

    def once_decided(name: str) -> Callable[[Entitlement], Any]:
        """How somebody votes is nobody else's before the board has decided."""
        return lambda row: None if row.matter_id in undecided else getattr(row, name)

    return Part(
        "board",
        _("Board"),
        [
            table_of(
                Entitlement,
                change={name: once_decided(name) for name in ("choice", "reason", "source_note")},
            ),
            *tables_of(
                "board",
                apps.get_models(include_auto_created=True),
                {Entitlement._meta.label},
            ),
        ],
        [Paper("resolutions", _("Resolutions"), "keeping/book.typ", _resolutions_as_data)],
    )


def _undecided() -> Any:
    return Matter.objects.exclude(status=MatterStatus.DECIDED)


def votes_in_words() -> dict[str, set[Any]]:
    """The mails in which votes came, and what was written of them, before the board has decided."""
    votes = Entitlement.objects.filter(matter__in=_undecided())
    noted = {str(pk) for pk in votes.values_list("pk", flat=True)}
    letters = OutboxMail.objects.filter(key__startswith="vote-entered:").values_list("pk", "key")
    return {
        Document._meta.label: set(votes.exclude(source=None).values_list("source", flat=True)),
        OutboxMail._meta.label: {pk for pk, key in letters if key.split(":")[1] in noted},
    }


def _resolutions_as_data() -> dict[str, Any]:
    rows = Resolution.objects.select_related(
        "matter__application", "matter__expulsion__period__member", "declared_by", "bylaws"
    ).order_by("year", "number")
    return {
        "title": str(_("Resolutions")),
        "association": str(ASSOCIATION),
        "page": str(_("Page {page} of {pages}")),
        "sections": [
            {
                "title": f"{row.reference} {row.matter}",
                "facts": [
                    [str(_("carried")), str(_("yes") if row.carried else _("no"))],
                    [
                        str(_("declared")),
                        f"{formats.date_format(timezone.localtime(row.declared_at))},"
                        f" {row.declared_by}",
                    ],
                ],
                "paragraphs": [text for text in (row.text, row.reason) if text],
            }
            for row in rows.iterator(chunk_size=500)
        ],
    }
