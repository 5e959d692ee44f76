"""Personal data as pages and files: the notice, the register of processing, somebody's own data."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from kip.accounts.models import User
from kip.bylaws.models import Bylaws
from kip.pdf import pdf
from kip.privacy.services import Held, held_about
from kip.privacy.words import PURPOSES, facts, fields_of, period_of

# On a page; the whole of it is in the PDF and the JSON.
LONGEST = 300
# Rows of each kind on a page.
SHOWN = 20


def notice(rules: Bylaws) -> list[tuple[str, Sequence[tuple[str, str]]]]:
    """Each class of data: its heading, and what is said of it."""
    return [(str(words.name), facts(retention, rules)) for retention, words in PURPOSES.items()]


def register(rules: Bylaws) -> list[tuple[str, Sequence[tuple[str, str]]]]:
    """The same for the supervisory authority (article 30), with every field that is stored."""
    return [
        (
            str(words.name),
            [
                *facts(retention, rules),
                *(
                    (_("Stored: %(what)s") % {"what": kind}, fields)
                    for kind, fields in fields_of(retention)
                ),
            ],
        )
        for retention, words in PURPOSES.items()
    ]


def controller() -> list[tuple[str, str]]:
    return [
        (_("Controller"), _("Kokkola Industrial Park Association")),
        (_("Contact"), settings.SECRETARY_EMAIL),
        (
            _("Given to others"),
            _("To nobody, but for who runs the server and the mail on the association’s behalf."),
        ),
        (_("Outside the EU"), _("No.")),
        (
            _("Safety"),
            _(
                "Sealed connections, a second step at sign-in for who decides, access by role,"
                " a history of every change, and copies kept apart."
            ),
        ),
    ]


def in_words(value: Any, longest: int | None = LONGEST) -> str:
    if isinstance(value, datetime):
        return formats.date_format(timezone.localtime(value), "DATETIME_FORMAT")
    if isinstance(value, date):
        return formats.date_format(value, "DATE_FORMAT")
    text = str(value)
    return text if longest is None or len(text) <= longest else f"{text[:longest]}…"


def sections(held: Sequence[Held], rules: Bylaws, most: int = 0) -> list[dict[str, Any]]:
    """Each kind with its reason and period, whole; or for a page, `most` rows of each, in short.

    A row is its `title`, as a letter's date and subject, and the rest as `facts`.
    """
    longest = LONGEST if most else None
    return [
        {
            "name": each.name,
            "purpose": str(PURPOSES[each.retention].purpose),
            "source": f"{_('Where it comes from')}: {PURPOSES[each.retention].source}",
            "period": f"{_('How long it is kept')}: {period_of(each.retention, rules)}",
            "count": len(each.rows),
            "more": max(len(each.rows) - most, 0) if most else 0,
            "rows": [
                {
                    "title": ", ".join(
                        in_words(value, longest) for _label, value in row[: each.heads] if value
                    ),
                    "facts": [
                        (label, in_words(value, longest))
                        for label, value in row[each.heads :]
                        if value not in (None, "")
                    ],
                }
                for row in (each.rows[:most] if most else each.rows)
            ],
        }
        for each in held
    ]


def as_json(person: User, held: Sequence[Held], rules: Bylaws, at: datetime) -> dict[str, Any]:
    """Everything, machine-readable (article 20): instants and days in ISO 8601."""
    return {
        "controller": {
            "name": _("Kokkola Industrial Park Association"),
            "contact": settings.SECRETARY_EMAIL,
        },
        "person": str(person),
        "taken_at": at.isoformat(),
        "held": [
            {
                "name": each.name,
                "class": str(each.retention.value),
                "purpose": str(PURPOSES[each.retention].purpose),
                "legal_ground": str(PURPOSES[each.retention].ground),
                "source": str(PURPOSES[each.retention].source),
                "period": str(period_of(each.retention, rules)),
                "rows": [
                    {
                        label: value.isoformat() if isinstance(value, date) else value
                        for label, value in row
                        if value not in (None, "")
                    }
                    for row in each.rows
                ],
            }
            for each in held
        ],
    }


def as_data(person: User, held: Sequence[Held], rules: Bylaws, at: datetime) -> dict[str, Any]:
    """For `privacy/my_data.typ`."""
    return _page(_("Personal data of %(person)s") % {"person": person}, at) | {
        "sections": [
            {
                "name": section["name"],
                "notes": [section["purpose"], section["source"], section["period"]],
                "rows": section["rows"],
            }
            for section in sections(held, rules)
        ],
    }


def register_as_data(rules: Bylaws, at: datetime) -> dict[str, Any]:
    """For `privacy/my_data.typ`, which sets both."""
    return _page(_("Register of processing activities"), at) | {
        "sections": [
            {"name": name, "notes": [], "rows": [{"title": "", "facts": list(said)}]}
            for name, said in [(_("Controller"), controller()), *register(rules)]
        ]
    }


def _page(title: str, at: datetime) -> dict[str, Any]:
    return {
        "title": title,
        "association": _("Kokkola Industrial Park Association"),
        "page": _("Page {page} of {pages}"),
        "lines": [_("Taken from KIP on %(when)s.") % {"when": in_words(at)}],
    }


# --- As files ------------------------------------------------------------------------------------


def json_of(person: Any, *, by: Any) -> HttpResponse:
    at = timezone.now()
    held = held_about(person=person, by=by, at=at)
    rules = Bylaws.objects.in_force_at(at)
    return JsonResponse(
        as_json(person, held, rules, at),
        json_dumps_params={"ensure_ascii": False, "indent": 2},
        headers={
            "Content-Disposition": 'attachment; filename="my-data.json"',
            "Cache-Control": "private, no-store",
        },
    )


def pdf_of(person: Any, *, by: Any) -> HttpResponse:
    """Raises `DomainError` when it cannot be set."""
    at = timezone.now()
    held = held_about(person=person, by=by, at=at)
    data = as_data(person, held, Bylaws.objects.in_force_at(at), at)
    return pdf_response(pdf("privacy/my_data.typ", data), "my-data")


def pdf_response(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.pdf"',
            "Cache-Control": "private, no-store",
        },
    )
