"""How the register of members is shown, on pages and in files."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kip.accounts.models import User
from kip.mail.rendering import ASSOCIATION
from kip.sheets import Sheet
from members import asof
from members.models import Representative


@dataclass(frozen=True)
class RegisterRow:
    """What the register says of one member, and what is to be remarked about that."""

    period: Any
    number: int
    name: str
    domicile: str
    business_id: str
    since: date
    remarks: list[str]


def register_rows(periods: Iterable[Any], on: date, *, remarked: bool) -> list[RegisterRow]:
    """Of the rows of `asof.register(on)`; `remarked`: each with what was recorded later."""
    return [
        RegisterRow(
            period=period,
            number=period.number,
            name=period.name,
            domicile=period.domicile,
            business_id=f"{period.business_id} ({period.register})"
            if period.register
            else period.business_id,
            since=period.since,
            remarks=[
                *([_("From before the system")] if period.brought_in_by_id else []),
                *(_recorded_later(period, on) if remarked else []),
            ],
        )
        for period in periods
    ]


def _recorded_later(period: Any, on: date) -> list[str]:
    remarks = []
    if period.was_recorded_after(on):
        remarks.append(_("Membership recorded on %(day)s") % {"day": _day(period.recorded_at)})
    if period.facts_recorded_at and timezone.localdate(period.facts_recorded_at) > on:
        remarks.append(_("Facts recorded on %(day)s") % {"day": _day(period.facts_recorded_at)})
    return remarks


def _day(value: date | datetime) -> str:
    """The local date in words."""
    if isinstance(value, datetime):
        value = timezone.localdate(value)
    return formats.date_format(value)


def before_it_was_kept(on: date) -> str:
    """Of days before there was anything in KIP, one sentence says what no row needs to."""
    first = asof.kept_since()
    if first is None or first <= on:
        return ""
    return _("The register has been kept here since %(day)s: all of this was recorded later.") % {
        "day": _day(first)
    }


def dropped_from_register(on: date) -> list[str]:
    """A sentence for each member that had left by that day, as was recorded only after it."""
    return [
        _("%(company)s: the membership ended on %(ended)s, recorded on %(recorded)s")
        % {
            "company": period.name,
            "ended": _day(period.until),
            "recorded": _day(period.end_recorded_at),
        }
        for period in asof.dropped_since(on)
    ]


def _whole_register(
    on: date, *, by: User, at: datetime
) -> tuple[list[str], list[RegisterRow], list[str]]:
    """To take along: what stands above it, its rows, and what stands below it."""
    caveat = before_it_was_kept(on)
    rows = register_rows(asof.register(on), on, remarked=not caveat)
    lines = [
        _("As of %(day)s") % {"day": _day(on)},
        ngettext("%(count)d member company", "%(count)d member companies", len(rows))
        % {"count": len(rows)},
        _("Taken on %(day)s at %(time)s by %(who)s")
        % {
            "day": _day(at),
            "time": formats.time_format(timezone.localtime(at)),
            "who": by,
        },
        *([caveat] if caveat else []),
    ]
    return lines, rows, dropped_from_register(on)


def _register_columns() -> list[str]:
    return [_("Company"), _("Domicile"), _("Business ID"), _("Member since")]


def register_as_data(on: date, *, by: User, at: datetime) -> dict[str, Any]:
    """The whole register for `templates/members/register.typ`."""
    lines, rows, dropped = _whole_register(on, by=by, at=at)
    return {
        "title": _("Register of members"),
        "association": str(ASSOCIATION),
        "lines": lines,
        "columns": _register_columns(),
        "rows": [
            {
                "cells": [row.name, row.domicile, row.business_id, _day(row.since)],
                "remarks": row.remarks,
            }
            for row in rows
        ],
        "dropped_title": _("Recorded later"),
        "dropped": dropped,
        # typst puts the numbers in their places
        "page": _("Page {page} of {pages}"),
    }


def register_as_sheet(on: date, *, by: User, at: datetime) -> Sheet:
    """The whole register as a table; what was recorded later has a column if there is any."""
    lines, rows, dropped = _whole_register(on, by=by, at=at)
    remarked = any(row.remarks for row in rows)
    return Sheet(
        title=f"{ASSOCIATION}: {_('Register of members')}",
        notes=[*lines, *dropped],
        columns=[*_register_columns(), *([_("Recorded later")] if remarked else [])],
        rows=[
            [row.name, row.domicile, row.business_id, row.since, "; ".join(row.remarks)]
            for row in rows
        ],
        foot=_("Page {page} of {pages}").format(page="&P", pages="&N"),
    )


@dataclass(frozen=True)
class Stands:
    """Who stands for a member, and what was recorded later about that, in sentences."""

    people: list[tuple[Representative, str]]
    dropped: list[str]


def stands_for(
    members: Collection[int], on: date, *, roles: Collection[str], remarked: bool = True
) -> dict[int, Stands]:
    """Who stood for these members on a local date; `remarked`: with what was recorded later."""
    held = asof.representatives(members, on, roles=roles)
    dropped = asof.representatives_dropped(members, on, roles=roles)
    return {
        member: Stands(
            people=[
                (
                    row,
                    _("recorded on %(day)s") % {"day": _day(row.recorded_at)}
                    if remarked and row.was_recorded_after(on)
                    else "",
                )
                for row in held[member]
            ],
            dropped=[
                _("%(who)s: ended on %(ended)s, recorded on %(recorded)s")
                % {"who": row, "ended": _day(row.until), "recorded": _day(row.end_recorded_at)}
                for row in dropped[member]
            ],
        )
        for member in members
    }


def who_stands_as_sheet(
    on: date,
    *,
    roles: Collection[str],
    title: str,
    without_vote: Collection[int] = (),
    by: User,
    at: datetime,
) -> Sheet:
    """Who stood for every member on a local date, one row for each role; no contact
    but an address for bills that is nobody’s.

    A member for whom nobody stands has a row without a person. Of the members `without_vote` (ids)
    it says that a fee keeps them from voting.
    """
    caveat = before_it_was_kept(on)
    lines, rows, dropped = _whole_register(on, by=by, at=at)
    stands = stands_for(
        [row.period.member_id for row in rows], on, roles=roles, remarked=not caveat
    )
    table: list[list[Any]] = []
    for row in rows:
        company = [row.number, row.name, row.business_id]
        if without_vote:
            owes = row.period.member_id in without_vote
            company.append(_("unpaid fee: no vote") if owes else "")
        of_it = stands[row.period.member_id]
        later = "; ".join([*row.remarks, *of_it.dropped])
        table += [
            [
                *company,
                held.get_role_display(),
                str(held.person or held.address),
                held.since,
                "; ".join(filter(None, [remark, later])),
            ]
            for held, remark in of_it.people
        ] or [[*company, "", "", None, later]]
    remarked = any(cells[-1] for cells in table)
    return Sheet(
        title=f"{ASSOCIATION}: {title}",
        notes=[*lines, *dropped],
        columns=[
            *[_("Member number"), _("Company"), _("Business ID")],
            *[*([_("Vote")] if without_vote else []), _("Role"), _("Person")],
            *[_("Since"), *([_("Recorded later")] if remarked else [])],
        ],
        rows=table if remarked else [cells[:-1] for cells in table],
        foot=_("Page {page} of {pages}").format(page="&P", pages="&N"),
    )
