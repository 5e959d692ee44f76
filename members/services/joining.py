"""What was recorded at two records is joined at the one kept. Parts of the acts in `merging`."""

import copy
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import Any, TypeVar

from django.db import IntegrityError
from django.utils import formats, timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from kip.accounts.models import User
from kip.accounts.services import merging as accounts
from kip.exceptions import DomainError
from kip.undoing import Noted
from members.letters import people as letters
from members.models import (
    HELD_BY_ONE,
    KEPT_BY_ITSELF,
    REGISTERED_FIELDS,
    Application,
    ByDay,
    CheckedMember,
    Member,
    MembershipPeriod,
    Representative,
    RepresentativeRole,
)
from members.services.news import on_companies_merged, on_people_merged
from members.states import ChangeStatus

# What tells of the end of a dated row; and what one that goes on takes from another if it has none.
OF_THE_END = ("until", "planned_until", "end_recorded_at", "end_reason", "end_ground")
LENT = ("application", "resolution", "doubt", "doubted_at")

AnyRow = TypeVar("AnyRow", bound=ByDay)


@dataclass
class Merge:
    """What a merge changes, and in words what goes where."""

    noted: Noted = field(default_factory=Noted)
    words: list[str] = field(default_factory=list)

    def say(self, text: str, **values: Any) -> None:
        self.words.append(text % values)


def in_the_way() -> DomainError:
    return DomainError(
        _(
            "Both have something of which there can be only one, like a resignation that stands:"
            " settle one of the two first."
        )
    )


def companies_merged(kept: Member, double: Member, *, at: datetime) -> Merge:
    for member in (kept, double):
        if member.double_of_id is not None:
            raise DomainError(
                _("%(company)s was merged into another record already.") % {"company": member}
            )
    waiting = kept.proposed_changes.filter(status=ChangeStatus.PROPOSED)
    if (waiting | double.proposed_changes.filter(status=ChangeStatus.PROPOSED)).exists():
        raise DomainError(_("A change of these companies waits to be settled: settle it first."))
    merge = Merge()
    numbers = [member.business_id for member in (kept, double)]
    if all(numbers) and numbers[0] != numbers[1]:
        merge.say(
            _("They have two business IDs, %(kept)s and %(double)s: are they one company?"),
            kept=numbers[0],
            double=numbers[1],
        )
    try:
        _join_memberships(kept, double, merge)
        _join_roles(kept, double, merge, at=at)
        _pass_on(kept, double, merge)
        on_companies_merged(kept=kept, double=double, noted=merge.noted)
        _fill(kept, double, merge)
    except IntegrityError as error:
        raise in_the_way() from error
    merge.noted.change(double, double_of=kept)
    for earlier in double.doubles.all():
        merge.noted.change(earlier, double_of=kept)
    return merge


def _join_memberships(kept: Member, double: Member, merge: Merge) -> None:
    found = MembershipPeriod.objects.filter(member__in=[kept, double]).order_by("since")
    periods = list(found)
    for one, other in pairwise(periods):
        if (one.brought_in_by_id or other.brought_in_by_id) and _overlap(one, other):
            raise DomainError(
                _("A membership from before the system overlaps another one: take back its import.")
            )
    for period, parts in _joined(periods, merge.noted, {"member": kept}):
        joined = _("%(company)s has been a member since %(since)s, in one membership for the two.")
        if len(parts) > 1:
            merge.say(joined, company=kept, since=formats.date_format(period.since))
        elif parts[0].member_id == double.pk:
            merge.say(
                _("The membership from %(since)s passes to %(company)s."),
                company=kept,
                since=formats.date_format(period.since),
            )


def _join_roles(kept: Member, double: Member, merge: Merge, *, at: datetime) -> None:
    rows = Representative.objects.filter(member__in=[kept, double]).select_related("person")
    rows = rows.order_by("since", "pk")
    ours = [row for row in rows if row.member_id == kept.pk]
    theirs = [row for row in rows if row.member_id == double.pk]
    stepping_back = {
        row.pk
        for row in theirs
        if row.role in HELD_BY_ONE
        and any(
            there.role == row.role and there.person_id != row.person_id and _overlap(there, row)
            for there in ours
        )
    }
    before = {row.pk: row.get_role_display() for row in theirs}
    groups: defaultdict[Any, list[Representative]] = defaultdict(list)
    for row in rows:
        role = RepresentativeRole.GENERAL if row.pk in stepping_back else row.role
        groups[row.person_id, row.address.casefold(), role].append(row)
    for (_person, _address, role), group in groups.items():
        if all(row.member_id == kept.pk for row in group):
            continue
        for row, parts in _joined(group, merge.noted, {"member": kept}, role=role):
            _say_role(row, parts, stepping_back, before, merge)
            for part in parts:
                if part.pk in stepping_back and part.holds(timezone.localdate(at)):
                    letters.stands_in_general(row, before[part.pk], at=at)


def _say_role(
    row: Representative,
    parts: Sequence[Representative],
    stepping_back: Collection[int],
    before: dict[int, str],
    merge: Merge,
) -> None:
    who = row.person or row.address
    for part in parts:
        if part.pk in stepping_back:
            merge.say(
                _("%(person)s: %(role)s from now on; somebody else is %(before)s already"),
                person=who,
                role=RepresentativeRole.GENERAL.label,
                before=before[part.pk],
            )
            return
    if len(parts) > 1:
        text = _("%(person)s, %(role)s: one role for the two, since %(since)s")
    elif parts[0].pk in before:
        text = _("%(person)s, %(role)s: passes over, since %(since)s")
    else:
        return
    merge.say(
        text,
        person=who,
        role=row.get_role_display(),
        since=formats.date_format(row.since),
    )


def _pass_on(kept: Member, double: Member, merge: Merge) -> None:
    """What else is the company's: proposed changes, answers to yearly checks, labels, the logo."""
    noted = merge.noted
    for change in double.proposed_changes.exclude(merge_into=kept):
        noted.change(change, member=kept)
    asked = CheckedMember.objects.filter(member=kept).values("yearly_check")
    for row in CheckedMember.objects.filter(member=double).exclude(yearly_check__in=asked):
        noted.change(row, member=kept)
    for name, labels in (("sectors", Member.sectors), ("sites", Member.sites)):
        field_name = labels.field.m2m_reverse_field_name()
        has = set(getattr(kept, name).values_list("pk", flat=True))
        for label in getattr(double, name).exclude(pk__in=has):
            noted.insert(labels.through(member=kept, **{field_name: label}))
            merge.say(_("%(label)s: added to %(company)s"), label=label, company=kept)
    if kept.logo is None and double.logo is not None:
        logo = double.logo
        noted.change(double, logo=None)
        noted.change(kept, logo=logo)
        merge.say(_("The logo passes over."))
    if double.former_facts.exists():
        merge.say(_("Earlier names stay with the double, where its history tells them."))


def _fill(kept: Member, double: Member, merge: Merge) -> None:
    """The facts that the one kept lacks. A number in a register is one company's at a time."""
    empty = ("", None)
    lacking = [
        name
        for name in (*REGISTERED_FIELDS, *KEPT_BY_ITSELF)
        if getattr(kept, name) in empty and getattr(double, name) not in empty
    ]
    if "business_id" in lacking:
        lacking = list(dict.fromkeys([*lacking, "country", "register"]))
    values = {name: getattr(double, name) for name in lacking}
    if "business_id" in values:
        merge.noted.change(double, business_id="")
    merge.noted.change(kept, **values)
    for name, value in values.items():
        label = capfirst(str(Member._meta.get_field(name).verbose_name))  # type: ignore[union-attr]
        merge.say(_("%(field)s: %(value)s, from the double"), field=label, value=value)


def people_merged(kept: User, double: User) -> Merge:
    accounts.refuse_to_merge(kept, double)
    merge = Merge()
    rows = Representative.objects.filter(person__in=[kept, double]).select_related("member")
    groups: defaultdict[Any, list[Representative]] = defaultdict(list)
    for row in rows.order_by("since", "pk"):
        groups[row.member_id, row.role].append(row)
    try:
        for group in groups.values():
            if all(row.person_id == kept.pk for row in group):
                continue
            for row, parts in _joined(group, merge.noted, {"person": kept}):
                if len(parts) > 1:
                    text = _("%(company)s, %(role)s: one role for the two, since %(since)s")
                else:
                    text = _("%(company)s, %(role)s: passes over, since %(since)s")
                merge.say(
                    text,
                    company=row.member,
                    role=row.get_role_display(),
                    since=formats.date_format(row.since),
                )
        for application in Application.objects.filter(applicant=double):
            merge.noted.change(application, applicant=kept)
            merge.say(_("The application of %(company)s passes over."), company=application)
        for words in on_people_merged(kept=kept, double=double, noted=merge.noted):
            merge.words += words
        address = double.email
        accounts.merge_sign_in(kept, double, merge.noted)
    except IntegrityError as error:
        raise in_the_way() from error
    if kept.email:
        merge.say(_("Mail goes to %(address)s."), address=kept.email)
    if address and address != kept.email:
        merge.say(_("%(address)s is not used any more."), address=address)
    return merge


def _joined(
    rows: Iterable[AnyRow], noted: Noted, owner: dict[str, Any], **values: Any
) -> list[tuple[AnyRow, list[AnyRow]]]:
    """Of rows by their beginning, those that overlap made one, each with what it was made of.

    All are the `owner`'s then, and have the `values`. One that was the owner's already goes on, if
    there is one; whatever pointed at the others points at it.
    """
    clusters: list[list[AnyRow]] = []
    end: date | None = None
    for row in rows:
        if clusters and (end is None or row.since < end):
            clusters[-1].append(row)
            end = None if end is None or row.until is None else max(end, row.until)
        else:
            clusters.append([row])
            end = row.until
    return [_as_one(cluster, noted, owner, values) for cluster in clusters]


def _as_one(
    cluster: list[AnyRow], noted: Noted, owner: dict[str, Any], values: dict[str, Any]
) -> tuple[AnyRow, list[AnyRow]]:
    parts = [copy.copy(row) for row in cluster]
    own = (row for row in cluster if all(getattr(row, name) == it for name, it in owner.items()))
    goes_on = next(own, cluster[0])
    first, last = cluster[0], max(cluster, key=lambda row: row.until or date.max)
    whole = {**owner, **values}
    whole |= {name: getattr(first, name) for name in ("since", "recorded_at")}
    whole |= {name: getattr(last, name) for name in OF_THE_END if hasattr(last, name)}
    for row in cluster:
        if row is not goes_on:
            whole |= {
                name: getattr(row, name)
                for name in LENT
                if hasattr(row, name) and not (whole.get(name) or getattr(goes_on, name))
            }
            noted.repoint(row, goes_on)
            noted.delete(row)
    noted.change(goes_on, **whole)
    return goes_on, parts


def _overlap(one: ByDay, other: ByDay) -> bool:
    return (one.until is None or one.until > other.since) and (
        other.until is None or other.until > one.since
    )
