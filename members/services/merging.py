"""Two records of one company, or of one person, become one; within thirty days, two again.

Not a merger, in which a company goes into another one: here somebody entered the same company, or
person, twice. What was recorded at both is joined at the one kept, and the double stays as an empty
row that says whose it is. Who did what under its name (votes, messages, signatures) still says so.
"""

import copy
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from django.db import IntegrityError
from django.db.models import ProtectedError, Q
from django.utils import formats, timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kip.access import require
from kip.accounts import services as sign_in
from kip.accounts.models import User
from kip.accounts.services import merging as accounts
from kip.audit.acts import act
from kip.exceptions import DomainError, InvalidTransition
from kip.mail.services import rehearse
from kip.undoing import Noted, undo
from members.letters import people as letters
from members.likeness import Likeness
from members.models import (
    HELD_BY_ONE,
    KEPT_BY_ITSELF,
    REGISTERED_FIELDS,
    Application,
    ByDay,
    CheckedMember,
    CompanyPair,
    Member,
    MembershipPeriod,
    Pair,
    PersonPair,
    Representative,
    RepresentativeRole,
)
from members.services.locks import locked_members
from members.services.news import on_companies_merged, on_people_merged
from members.states import ChangeStatus, PairStatus

UNDONE_WITHIN = timedelta(days=30)

# What tells of the end of a dated row; and what one that goes on takes from another if it has none.
OF_THE_END = ("until", "planned_until", "end_recorded_at", "end_reason", "end_ground")
LENT = ("application", "resolution", "doubt", "doubted_at")

AnyPair = TypeVar("AnyPair", CompanyPair, PersonPair)
AnyRow = TypeVar("AnyRow", bound=ByDay)


@dataclass
class Merge:
    """What a merge changes, and in words what goes where."""

    noted: Noted = field(default_factory=Noted)
    words: list[str] = field(default_factory=list)

    def say(self, text: str, **values: Any) -> None:
        self.words.append(text % values)


# --- Acts -----------------------------------------------------------------------------------------


@act(gettext_noop("%(who)s compared two records."))
def compare(*, kind: type[AnyPair], one_id: int, other_id: int, by: User, at: datetime) -> AnyPair:
    """The secretary takes two records for one company or person that no rule found alike."""
    require("members.keep_register", by, at=at)
    first, second = sorted([one_id, other_id])
    if first == second:
        raise DomainError(_("Choose another record: this is the same one."))
    found, _created = kind.objects.get_or_create(
        first_id=first,
        second_id=second,
        defaults={"likenesses": [Likeness.NAMED], "found_at": at},
    )
    return found


@act(gettext_noop("%(who)s said that two records are not the same."))
def keep_apart(*, kind: type[AnyPair], pair_id: int, by: User, at: datetime) -> AnyPair:
    """They are two: the pair is not shown as likely again."""
    pair = kind.objects.select_for_update(of=["self"]).get(pk=pair_id)
    require("members.keep_register", by, pair, at=at)
    if pair.status == PairStatus.MERGED:
        raise InvalidTransition(_("These were merged: undo that instead."))
    pair.move_to(PairStatus.APART, settled_by=by, settled_at=at)
    return pair


@act(gettext_noop("%(who)s merged two records of one company."))
def merge_companies(*, pair_id: int, kept_id: int, by: User, at: datetime) -> CompanyPair:
    """Everything of both is of the one kept; the other is its double. Raises `DomainError`.

    Memberships and roles that overlap become one, from the earlier day to the later. Where both
    have a primary or voting representative, the one of the company kept stays so, and the other
    stands for it in general.
    """
    ids = CompanyPair.objects.values_list("first_id", "second_id").get(pk=pair_id)
    members = locked_members(*ids)
    pair = _locked_pair(CompanyPair, pair_id, kept_id, by=by, at=at)
    kept, double = members[kept_id], members[pair.other_than(pair.kept).pk]
    _settle(pair, _companies_merged(kept, double, at=at), by=by, at=at)
    return pair


@act(gettext_noop("%(who)s merged two records of one person."))
def merge_people(*, pair_id: int, kept_id: int, by: User, at: datetime) -> PersonPair:
    """Everything that both hold is held by the one kept, with whose address they sign in.

    Raises `DomainError`, for instance when both had a seat on the board at one time.
    """
    ids = PersonPair.objects.values_list("first_id", "second_id").get(pk=pair_id)
    stands_for = Representative.objects.filter(person__in=ids).values_list("member", flat=True)
    locked_members(*stands_for)
    people = accounts.lock_both(*ids)
    pair = _locked_pair(PersonPair, pair_id, kept_id, by=by, at=at)
    kept, double = people[kept_id], people[pair.other_than(pair.kept).pk]
    could_sign_in = sign_in.can_sign_in(double)
    merge = _people_merged(kept, double)
    _settle(pair, merge, by=by, at=at)
    if could_sign_in:
        letters.records_joined(kept, double, at=at)
    return pair


@act(gettext_noop("%(who)s undid a merge of two records."))
def undo_merge(*, kind: type[AnyPair], pair_id: int, by: User, at: datetime) -> AnyPair:
    """Both are as they were; what somebody has changed since stays as it was changed.

    Raises `DomainError` after thirty days, or when something newer stands in the way.
    """
    whose = kind.objects.values_list("first_id", "second_id").get(pk=pair_id)
    if kind is CompanyPair:
        locked_members(*whose)
    else:
        accounts.lock_both(*whose)
    pair = (
        kind.objects.select_for_update(of=["self"])
        .select_related("first", "second", "kept")
        .get(pk=pair_id)
    )
    require("members.keep_register", by, pair, at=at)
    if pair.status != PairStatus.MERGED:
        raise InvalidTransition(_("These are not merged."))
    if not pair.changes or at > undone_by(pair):
        raise DomainError(_("A merge can be undone for thirty days: that time is over."))
    if pair.kept.double_of_id is not None:
        raise DomainError(
            _("%(kept)s was itself merged into another record since: undo that first.")
            % {"kept": pair.kept}
        )
    try:
        undo(pair.changes)
    except (IntegrityError, ProtectedError) as error:
        raise DomainError(
            _(
                "What was recorded since then stands in the way: a role or membership would be"
                " there twice. End or take back the newer one first."
            )
        ) from error
    pair.move_to(PairStatus.APART, settled_by=by, settled_at=at, kept=None, changes=[])
    return pair


@act(gettext_noop("%(who)s forgot what old merges had changed."))
def forget_merges(*, by: User | None, at: datetime) -> int:
    """Of merges that can be undone no more, nothing is kept but that they were. Returns how many.

    What they changed holds personal data, which nobody needs any longer.
    """
    return sum(
        kind.objects.filter(status=PairStatus.MERGED, settled_at__lt=at - UNDONE_WITHIN)
        .exclude(changes=[])
        .update(changes=[])
        for kind in (CompanyPair, PersonPair)
    )


def undone_by(pair: Pair) -> datetime:
    """The instant until which the merge can be undone."""
    assert pair.settled_at is not None
    return pair.settled_at + UNDONE_WITHIN


def what_goes_where(pair: CompanyPair | PersonPair, kept: Any, *, at: datetime) -> list[str]:
    """What merging would do, in words. Nothing is written. Raises `DomainError` as the act does."""
    words: list[str] = []

    def tried() -> None:
        if isinstance(pair, CompanyPair):
            members = locked_members(pair.first_id, pair.second_id)
            merge = _companies_merged(members[kept.pk], members[pair.other_than(kept).pk], at=at)
        else:
            people = accounts.lock_both(pair.first_id, pair.second_id)
            merge = _people_merged(people[kept.pk], people[pair.other_than(kept).pk])
        words.extend(merge.words)

    try:
        rehearse(tried)
    except IntegrityError as error:
        raise _in_the_way() from error
    return words


# --- Parts of these acts --------------------------------------------------------------------------


def _locked_pair(
    kind: type[AnyPair], pair_id: int, kept_id: int, *, by: User, at: datetime
) -> AnyPair:
    """The pair, with the one to be kept as `kept`; unsaved."""
    pair = (
        kind.objects.select_for_update(of=["self"])
        .select_related("first", "second")
        .get(pk=pair_id)
    )
    require("members.keep_register", by, pair, at=at)
    if pair.status == PairStatus.MERGED:
        raise InvalidTransition(_("These were merged already."))
    pair.kept = pair.first if pair.first_id == kept_id else pair.second
    return pair


def _settle(pair: CompanyPair | PersonPair, merge: Merge, *, by: User, at: datetime) -> None:
    double = pair.double
    pair.move_to(
        PairStatus.MERGED,
        settled_by=by,
        settled_at=at,
        kept=pair.kept,
        changes=merge.noted.changes,
    )
    others = Q(first=double) | Q(second=double)
    type(pair).objects.filter(others, status=PairStatus.LIKELY).delete()


def _in_the_way() -> DomainError:
    return DomainError(
        _(
            "Both have something of which there can be only one, like a resignation that stands:"
            " settle one of the two first."
        )
    )


def _companies_merged(kept: Member, double: Member, *, at: datetime) -> Merge:
    for member in (kept, double):
        if member.double_of_id is not None:
            raise DomainError(
                _("%(company)s was merged into another record already.") % {"company": member}
            )
    waiting = kept.proposed_changes.filter(status=ChangeStatus.PROPOSED)
    if (waiting | double.proposed_changes.filter(status=ChangeStatus.PROPOSED)).exists():
        raise DomainError(_("A change of these companies waits to be settled: settle it first."))
    merge = Merge()
    try:
        _join_memberships(kept, double, merge)
        _join_roles(kept, double, merge, at=at)
        _pass_on(kept, double, merge)
        on_companies_merged(kept=kept, double=double, noted=merge.noted)
        _fill(kept, double, merge)
    except IntegrityError as error:
        raise _in_the_way() from error
    merge.noted.change(double, double_of=kept)
    for earlier in double.doubles.all():
        merge.noted.change(earlier, double_of=kept)
    return merge


def _join_memberships(kept: Member, double: Member, merge: Merge) -> None:
    periods = MembershipPeriod.objects.filter(member__in=[kept, double]).order_by("since")
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


def _people_merged(kept: User, double: User) -> Merge:
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
        raise _in_the_way() from error
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
