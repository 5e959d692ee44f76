"""Two records of one company, or of one person, become one; within thirty days, two again.

Not a merger, in which a company goes into another one: here somebody entered the same company, or
person, twice. What was recorded at both is joined at the one kept, and the double stays as an empty
row that says whose it is. Who did what under its name (votes, messages, signatures) still says so.
"""

from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import IntegrityError
from django.db.models import Model, ProtectedError, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kip.access import require
from kip.accounts import services as sign_in
from kip.accounts.models import User
from kip.accounts.services import merging as accounts
from kip.audit.acts import act
from kip.exceptions import DomainError, InvalidTransition
from kip.mail.services import rehearse
from kip.undoing import Change, undo
from members.letters import people as letters
from members.likeness import Likeness
from members.models import (
    CompanyPair,
    Pair,
    PersonPair,
    Representative,
)
from members.services.joining import Merge, companies_merged, in_the_way, people_merged
from members.services.locks import locked_members
from members.states import PairStatus

UNDONE_WITHIN = timedelta(days=30)

AnyPair = TypeVar("AnyPair", CompanyPair, PersonPair)

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
    _settle(pair, companies_merged(kept, double, at=at), by=by, at=at)
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
    invited = list(double.invitations.waiting().values("purpose", "about"))
    merge = people_merged(kept, double)
    _settle(pair, merge, by=by, at=at)
    if could_sign_in:
        letters.records_joined(kept, double, at=at)
    elif kept.email and not sign_in.can_sign_in(kept):
        for invitation in invited:  # the link at the other address works no more
            sign_in.invite(person=kept, **invitation, by=by, at=at)
    return pair


@act(gettext_noop("%(who)s undid a merge of two records."))
def undo_merge(*, kind: type[AnyPair], pair_id: int, by: User, at: datetime) -> int:
    """Both are as they were; what somebody has changed since stays as it was changed.

    Returns how many rows that are. Who signs in with two addresses again is told. Raises
    `DomainError` after thirty days, or when something newer stands in the way.
    """
    first, second, changes = kind.objects.values_list("first_id", "second_id", "changes").get(
        pk=pair_id
    )
    roles = Representative.objects.filter(pk__in=_keys_of(changes, Representative))
    if kind is CompanyPair:
        locked_members(first, second)
    else:
        locked_members(*roles.values_list("member", flat=True))
        accounts.lock_both(first, second)
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
    double = pair.double
    try:
        left = undo(pair.changes)
    except (IntegrityError, ProtectedError) as error:
        raise DomainError(
            _(
                "What was recorded since then stands in the way: a role, membership or address"
                " would be there twice. End or take back the newer one first."
            )
        ) from error
    of_doubles = Q(person__double_of__isnull=False) | Q(member__double_of__isnull=False)
    if other := roles.filter(of_doubles).select_related("person", "member").first():
        raise DomainError(
            _("%(role)s would be of a record that was merged since: undo that first.")
            % {"role": other}
        )
    pair.move_to(PairStatus.APART, settled_by=by, settled_at=at, kept=None, changes=[])
    if isinstance(double, User):
        double.refresh_from_db()
        if sign_in.can_sign_in(double):
            letters.records_parted(pair.first, pair.second, at=at)
    return len(left)


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


def _keys_of(changes: list[Change], model: type[Model]) -> list[Any]:
    return [change["pk"] for change in changes if change["model"] == model._meta.label]


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
            merge = companies_merged(members[kept.pk], members[pair.other_than(kept).pk], at=at)
        else:
            people = accounts.lock_both(pair.first_id, pair.second_id)
            merge = people_merged(people[kept.pk], people[pair.other_than(kept).pk])
        words.extend(merge.words)

    try:
        rehearse(tried)
    except IntegrityError as error:
        raise in_the_way() from error
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
