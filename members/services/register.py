"""What the register says of a company, from day to day. Parts of acts, not acts.

Nothing here is overwritten: what was said before is kept with the dates from and until which it
held, and a row says when it was recorded.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Greatest
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from kip.accounts.models import User
from kip.exceptions import DomainError, save_or_refuse
from members.models import (
    REGISTERED_FIELDS,
    FormerFacts,
    Member,
    MembershipPeriod,
    Representative,
)
from members.services.news import on_membership_ended, on_membership_reopened


def change_registered(
    member: Member, facts: Mapping[str, Any], *, since: date, at: datetime
) -> None:
    """From a local date the register says `facts` of the member; unsaved on `member`.

    What it said until then becomes a `FormerFacts` row. Raises `DomainError` on "effective_on" for
    a day before those of the facts that it says now.
    """
    before = member.registered_facts()
    new = {name: facts[name] for name in REGISTERED_FIELDS if name in facts}
    if all(before[name] == fact for name, fact in new.items()):
        return
    if since < member.registered_since:
        raise DomainError(
            _("The register has said what it says now since %(day)s: give a later day.")
            % {"day": formats.date_format(member.registered_since)},
            field="effective_on",
        )
    if since > member.registered_since:
        FormerFacts.objects.create(
            member=member,
            since=member.registered_since,
            until=since,
            recorded_at=at,
            end_recorded_at=at,
            **before,
        )
    for name, fact in new.items():
        setattr(member, name, fact)
    member.registered_since = since


def end_membership(
    period: MembershipPeriod,
    *,
    until: date,
    reason: str,
    ground: str,
    by: User | None,
    at: datetime,
) -> list[Representative]:
    """A membership ends on a local date, and with it its people's roles, everywhere.

    `reason` is an `EndReason`, `ground` what it rests on, in words. Returns the roles that end. The
    caller has checked who may, and holds the member's lock (`locks.locked_member`).
    """
    if until <= period.since:
        raise DomainError(
            _("The membership began on %(day)s: it can end only after that.")
            % {"day": formats.date_format(period.since)},
            field="effective_on",
        )
    period.until, period.end_recorded_at = until, at
    period.end_reason, period.end_ground = reason, ground
    period.save(update_fields=["until", "end_recorded_at", "end_reason", "end_ground"])
    ended = end_roles(period.member.representatives.all(), until=until, at=at, ground=ground)
    on_membership_ended(member=period.member, on=until, by=by, at=at)
    return ended


def reopen_membership(
    period: MembershipPeriod, *, by: User | None, at: datetime
) -> list[Representative]:
    """A membership that was to end goes on, and with it the roles that were ended for it.

    A role that was to end by itself later than the membership does so on its own day. Roles that
    were to begin only later have never been held, and stay away. Returns the roles that go on. The
    caller has checked who may, and holds the member's lock.
    """
    until, recorded_at = period.until, period.end_recorded_at
    assert until is not None
    period.until, period.end_recorded_at = None, None
    period.end_reason, period.end_ground = "", ""
    period.save(update_fields=["until", "end_recorded_at", "end_reason", "end_ground"])
    # Also those named since then, which were given no later end than the membership had.
    ended_with_it = period.member.representatives.filter(
        until=until, end_recorded_at__gte=recorded_at
    )
    going_on = list(
        ended_with_it.select_for_update(of=["self"], no_key=True).select_related("person")
    )
    for row in going_on:
        row.until, row.planned_until, row.end_ground = row.planned_until, None, ""
        row.end_recorded_at = at if row.until is not None else None
        save_or_refuse(row)
    on_membership_reopened(member=period.member, on=until, by=by, at=at)
    return going_on


def end_roles(rows: Any, *, until: date, at: datetime, ground: str = "") -> list[Representative]:
    """The roles among `rows` that reach beyond a local date end there; those to begin later go.

    One that had begun by the day on which this is recorded, but after the end, was held on no day:
    it stays as a row that ends as it begins, so that earlier readings are explained. A later end
    that they had is kept in `planned_until`. Returns those that ended. The caller has checked who
    may.
    """
    # One that was held on no day has ended before.
    held = Q(until__gt=until) & ~Q(until=F("since"))
    reaching = rows.filter(Q(until__isnull=True) | held)
    reaching.filter(since__gte=max(until, timezone.localdate(at))).delete()  # never held
    ended = list(reaching.select_for_update(of=["self"], no_key=True).select_related("person"))
    end = {"end_recorded_at": at, "end_ground": ground}
    Representative.objects.filter(pk__in=[row.pk for row in ended]).update(
        planned_until=Coalesce("planned_until", "until"),
        until=Greatest(Value(until), "since"),
        **end,
    )
    for row in ended:
        row.planned_until = row.planned_until or row.until
        row.until = max(until, row.since)
        for name, value in end.items():
            setattr(row, name, value)
    return ended
