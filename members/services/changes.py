"""Changes that the register cares about: proposed by a company, confirmed by the secretary.

A company gets another name, form, domicile or registration, or merges into another member. What is
proposed is a row; nothing of the register changes until it is confirmed.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.core.files import File
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kip.access import require
from kip.accounts.models import User
from kip.audit.acts import act
from kip.documents import services as documents
from kip.exceptions import DomainError
from members.completeness import missing_facts
from members.letters import changes as letters
from members.models import (
    HELD_BY_ONE,
    REGISTERED_FIELDS,
    EndReason,
    Member,
    MembershipPeriod,
    ProposedChange,
    Representative,
)
from members.registration import registration_key
from members.services.facts import NOTHING_READ, meant, refuse_anothers_number, set_facts
from members.services.locks import locked_member, locked_members
from members.services.register import change_registered, end_membership
from members.states import ChangeStatus

# A change may be announced this long before it is in force.
LONGEST_NOTICE = timedelta(days=366)


# --- Proposing --------------------------------------------------------------------------------


@act(gettext_noop("%(who)s proposed a change in the register."))
def propose_change(
    *,
    member_id: int,
    facts: Mapping[str, Any],
    read: Mapping[str, Any] = NOTHING_READ,
    effective_on: date,
    ground: str = "",
    upload: File | None = None,
    by: User,
    at: datetime,
) -> ProposedChange:
    """The company says what the register is to say of it from a local date; the secretary is told.

    `facts` by name of `REGISTERED_FIELDS`; those that are as they are, or as they were `read`, are
    left out. Raises `ChangedMeanwhile`, or `DomainError` on the field that is wrong, on
    "effective_on", or when nothing would change.
    """
    member = locked_member(member_id)
    require("members.keep_company", by, member, at=at)
    facts = meant(member, facts, read)
    change = _proposed(member, effective_on, ground, upload, by=by, at=at, facts=facts)
    letters.proposed(change, by=by, at=at)
    return change


@act(gettext_noop("%(who)s proposed that the company merges into another member."))
def propose_merger(
    *,
    member_id: int,
    into_id: int,
    effective_on: date,
    ground: str = "",
    upload: File | None = None,
    by: User,
    at: datetime,
) -> ProposedChange:
    """The company says that from a local date it is part of another member; the secretary is told.

    Raises `DomainError` on "into" or "effective_on".
    """
    member = locked_member(member_id)
    require("members.keep_company", by, member, at=at)
    into = Member.objects.get(pk=into_id)
    change = _proposed(member, effective_on, ground, upload, by=by, at=at, into=into)
    letters.proposed(change, by=by, at=at)
    return change


@act(gettext_noop("%(who)s took back a proposed change."))
def withdraw_change(*, change_id: int, by: User, at: datetime) -> ProposedChange:
    """The company thinks otherwise before the secretary has settled it."""
    change = _locked_change(change_id)
    require("members.keep_company", by, change.member, at=at)
    change.move_to(ChangeStatus.WITHDRAWN, settled_by=by, settled_at=at)
    return change


# --- Settling ---------------------------------------------------------------------------------


@act(gettext_noop("%(who)s confirmed a change in the register."))
def confirm_change(
    *, change_id: int, effective_on: date, reply: str = "", by: User, at: datetime
) -> ProposedChange:
    """The register says it from a local date, which the secretary may have set right.

    A merger ends the company's membership, and its people stand for the receiving member where
    nobody else has their role (`people_in_merger`). Those concerned are told. Raises `DomainError`
    on "effective_on" for other facts than a merger before their day: a company goes by one name.
    """
    change = _locked_change(change_id)
    require("members.keep_register", by, change.member, at=at)
    _put_in_force(change, effective_on, reply, by=by, at=at)
    return change


@act(gettext_noop("%(who)s declined a change in the register."))
def decline_change(*, change_id: int, reply: str, by: User, at: datetime) -> ProposedChange:
    """The register stays as it is; the company reads in `reply` why."""
    change = _locked_change(change_id)
    require("members.keep_register", by, change.member, at=at)
    change.move_to(ChangeStatus.DECLINED, settled_by=by, settled_at=at, reply=reply)
    letters.declined(change, to=letters.concerned(change, but=by, at=at), at=at)
    return change


@act(gettext_noop("%(who)s recorded a change in the register."))
def record_change(
    *,
    member_id: int,
    facts: Mapping[str, Any],
    read: Mapping[str, Any] = NOTHING_READ,
    effective_on: date,
    ground: str = "",
    upload: File | None = None,
    by: User,
    at: datetime,
) -> ProposedChange:
    """The secretary knows of it otherwise: proposed and confirmed in one act."""
    member = locked_member(member_id)
    require("members.keep_register", by, member, at=at)
    facts = meant(member, facts, read)
    change = _proposed(member, effective_on, ground, upload, by=by, at=at, facts=facts)
    _put_in_force(change, effective_on, "", by=by, at=at)
    return change


@act(gettext_noop("%(who)s recorded that the company merges into another member."))
def record_merger(
    *,
    member_id: int,
    into_id: int,
    effective_on: date,
    ground: str = "",
    upload: File | None = None,
    by: User,
    at: datetime,
) -> ProposedChange:
    """The secretary knows of it otherwise: proposed and confirmed in one act."""
    members = locked_members(member_id, into_id)
    member, into = members[member_id], members[into_id]
    require("members.keep_register", by, member, at=at)
    change = _proposed(member, effective_on, ground, upload, by=by, at=at, into=into)
    _put_in_force(change, effective_on, "", by=by, at=at)
    return change


# --- Who goes where in a merger ---------------------------------------------------------------


@dataclass(frozen=True)
class Move:
    """A role that ends with the merger, and from when until when it goes on at the receiver."""

    role: Representative
    since: date
    until: date | None
    # The role's own end, which the receiver's membership may cut short.
    planned: date | None
    # Who has it there, so that it does not go on.
    taken_by: Representative | None = None

    @property
    def goes_on(self) -> bool:
        return self.taken_by is None


def people_in_merger(member: Member, into: Member, *, on: date) -> list[Move]:
    """The company's roles that reach beyond a local date, and which of them go on at `into`.

    Not those that somebody has there already: primary and voting are one person's at a time, and
    nobody has the same role twice. An end that a role was given with the own company's membership
    is not its own; it ends with the membership of `into` at the latest.
    """

    def beyond(rows: Any) -> list[Representative]:
        return list(rows.reaching(on).select_related("person").order_by("since", "pk"))

    own = member.periods.reaching(on).first()
    receiving = into.periods.in_force(on).first()
    there = beyond(into.representatives.all())
    moves = []
    for role in beyond(member.representatives.all()):
        with_the_membership = own is not None and own.until is not None and role.until == own.until
        planned = role.planned_until if with_the_membership else role.until
        ends = [day for day in (planned, receiving and receiving.until) if day is not None]
        move = Move(role, max(role.since, on), min(ends, default=None), planned)
        if move.until is None or move.since < move.until:
            collides = (row for row in there if _collides(row, move))
            moves.append(replace(move, taken_by=next(collides, None)))
    return moves


def _collides(there: Representative, move: Move) -> bool:
    role = move.role
    overlaps = (there.until is None or there.until > move.since) and (
        move.until is None or there.since < move.until
    )
    same = (there.person_id, there.address.casefold()) == (role.person_id, role.address.casefold())
    return overlaps and there.role == role.role and (role.role in HELD_BY_ONE or same)


# --- Parts of these acts ----------------------------------------------------------------------


def _locked_change(change_id: int) -> ProposedChange:
    """The change with its members, which are locked before it."""
    ids = ProposedChange.objects.values_list("member_id", "merge_into_id").get(pk=change_id)
    members = locked_members(*(pk for pk in ids if pk is not None))
    change = ProposedChange.objects.select_for_update(of=["self"]).get(pk=change_id)
    change.member = members[change.member_id]
    if change.merge_into_id is not None:
        change.merge_into = members[change.merge_into_id]
    return change


def _proposed(
    member: Member,
    effective_on: date,
    ground: str,
    upload: File | None,
    *,
    by: User,
    at: datetime,
    facts: Mapping[str, Any] | None = None,
    into: Member | None = None,
) -> ProposedChange:
    """A change on file, of facts or `into` another member, that could be confirmed on its day."""
    if member.proposed_changes.filter(status=ChangeStatus.PROPOSED).exists():
        raise DomainError(
            _("A change of this company waits to be settled; take it back or wait until it is.")
        )
    _within_notice(effective_on, at=at)
    new: dict[str, Any] = {}
    if into is not None:
        _ending_period(member, into, on=effective_on)
    else:
        new = _new_facts(member, facts or {}, since=effective_on)
    return ProposedChange.objects.create(
        member=member,
        facts=new,
        merge_into=into,
        effective_on=effective_on,
        ground=ground,
        document=documents.store(upload=upload, by=by, at=at) if upload is not None else None,
        proposed_by=by,
        proposed_at=at,
    )


def _within_notice(effective_on: date, *, at: datetime) -> None:
    if effective_on > timezone.localdate(at) + LONGEST_NOTICE:
        raise DomainError(_("Give a day within a year."), field="effective_on")


def _new_facts(member: Member, facts: Mapping[str, Any], *, since: date) -> dict[str, Any]:
    """Those that are to be other than they are, as they would be kept."""
    after = _with_facts(member, facts)
    before = member.registered_facts()
    new = {name: fact for name, fact in after.registered_facts().items() if fact != before[name]}
    if not new:
        raise DomainError(_("This is what the register says already: change what is to be other."))
    if since < member.registered_since:
        raise DomainError(
            _("The register has said what it says now since %(day)s: give a later day.")
            % {"day": formats.date_format(member.registered_since)},
            field="effective_on",
        )
    key = registration_key(after.country, after.register, after.business_id)
    if key and Member.objects.filter(registration_key=key).exclude(pk=member.pk).exists():
        raise DomainError(_("Another member company has this number."), field="business_id")
    return new


def _with_facts(member: Member, facts: Mapping[str, Any]) -> Member:
    """The member as the register is to describe it; unsaved. Raises `DomainError` on the field."""
    after = copy.copy(member)
    set_facts(after, facts, REGISTERED_FIELDS)
    if empty := [name for name in missing_facts(after) if name in REGISTERED_FIELDS]:
        raise DomainError(_("This cannot be left empty."), field=empty[0])
    return after


def _ending_period(member: Member, into: Member, *, on: date) -> MembershipPeriod:
    """The membership that a merger on a local date ends. Raises `DomainError`."""
    if into == member:
        raise DomainError(_("A company cannot merge into itself."), field="into")
    if not into.periods.in_force(on).exists():
        raise DomainError(_("%(company)s is not a member then.") % {"company": into}, field="into")
    ends: MembershipPeriod | None = member.periods.reaching(on).filter(since__lt=on).first()
    if ends is None:
        raise DomainError(
            _("%(company)s is not a member on the day before.") % {"company": member},
            field="effective_on",
        )
    return ends


def _put_in_force(
    change: ProposedChange, effective_on: date, reply: str, *, by: User, at: datetime
) -> None:
    _within_notice(effective_on, at=at)
    told = letters.concerned(change, but=by, at=at)
    before = change.member.registered_facts()
    change.move_to(
        ChangeStatus.CONFIRMED,
        effective_on=effective_on,
        reply=reply,
        settled_by=by,
        settled_at=at,
    )
    if change.merge_into is not None:
        moves = _merge(change.member, change.merge_into, on=effective_on, by=by, at=at)
        letters.merged(change, moves, to=told, at=at)
    else:
        _change_facts(change, at=at)
        letters.confirmed(change, before, to=told, at=at)


def _change_facts(change: ProposedChange, *, at: datetime) -> None:
    if change.effective_on > timezone.localdate(at):
        raise DomainError(
            _("The register says this from %(day)s: confirm it then. It stays on your desk.")
            % {"day": formats.date_format(change.effective_on)},
            field="effective_on",
        )
    member = change.member
    facts = _with_facts(member, change.facts).registered_facts()
    change_registered(member, facts, since=change.effective_on, at=at)
    if {"country", "register", "business_id"} & change.facts.keys():
        refuse_anothers_number(member, at=at)
    member.save(update_fields=[*REGISTERED_FIELDS, "registered_since"])


def _merge(member: Member, into: Member, *, on: date, by: User, at: datetime) -> list[Move]:
    period = _ending_period(member, into, on=on)
    moves = people_in_merger(member, into, on=on)
    ground = f"{into} ({into.number})"
    end_membership(period, until=on, reason=EndReason.MERGED, ground=ground, by=by, at=at)
    # `people_in_merger` has seen to it, under both locks, that nothing overlaps.
    Representative.objects.bulk_create(
        Representative(
            member=into,
            person=move.role.person,
            address=move.role.address,
            role=move.role.role,
            since=move.since,
            until=move.until,
            planned_until=move.planned if move.planned != move.until else None,
            recorded_at=at,
            end_recorded_at=at if move.until else None,
        )
        for move in moves
        if move.goes_on
    )
    return moves
