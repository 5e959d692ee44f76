"""The register as it stood on a local date, read from dated rows.

What is asked about is what held on that day, by all that is known now. Where that is more than was
recorded by the end of the day, the rows say so: `was_recorded_after(on)` and `facts_recorded_at`
of what is there, `dropped_since` for what is not there any more. A fact that was corrected in its
place leaves no dated row; the timeline has it.
"""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from django.db.models import F, FilteredRelation, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from kip.ordering import Finnish, by_person
from members.models import (
    REGISTERED_FIELDS,
    FormerFacts,
    MembershipPeriod,
    Representative,
    RepresentativeRole,
)

# Who can cast a company's vote.
VOTERS = (RepresentativeRole.VOTING, RepresentativeRole.DEPUTY)


def register(on: date) -> QuerySet[MembershipPeriod]:
    """The memberships in force on a local date, by the names that the companies had then (§ 11).

    Each with the company's `number`, with the registered facts as they were by their names, and
    with `facts_recorded_at`, the instant at which these facts were recorded; None for the first.
    """
    return _with_facts(MembershipPeriod.objects.in_force(on), on)


def kept_since() -> date | None:
    """The local date on which the first membership was recorded; of the days before, everything
    was recorded later.
    """
    first = MembershipPeriod.objects.aggregate(first=Min("recorded_at"))["first"]
    return timezone.localdate(first) if first else None


def dropped_since(on: date) -> QuerySet[MembershipPeriod]:
    """The memberships that had ended by a local date, as was recorded only after it."""
    return _with_facts(MembershipPeriod.objects.ended_in_hindsight(on), on)


def _with_facts(periods: Any, on: date) -> Any:
    # Former facts follow each other without a gap until `registered_since`, so that what held on
    # the day was first said when the last ones before it gave way.
    before = FormerFacts.objects.filter(member=OuterRef("member"), until__lte=on)
    return (
        periods.annotate(
            number=F("member__number"),
            earlier=FilteredRelation(
                "member__former_facts",
                condition=Q(
                    member__former_facts__since__lte=on, member__former_facts__until__gt=on
                ),
            ),
            facts_recorded_at=Subquery(before.order_by("-until").values("recorded_at")[:1]),
        )
        .annotate(
            **{name: Coalesce(f"earlier__{name}", f"member__{name}") for name in REGISTERED_FIELDS}
        )
        .order_by(Finnish("name"), "number")
    )


def representatives(
    members: Collection[int], on: date, *, roles: Iterable[str] = RepresentativeRole
) -> dict[int, list[Representative]]:
    """Who stood for these members (their ids) in these roles on a local date, in their order."""
    return _by_member(Representative.objects.in_force(on), members, roles)


def representatives_dropped(
    members: Collection[int], on: date, *, roles: Iterable[str] = RepresentativeRole
) -> dict[int, list[Representative]]:
    """Whose roles had ended by a local date, as was recorded only after it."""
    return _by_member(Representative.objects.ended_in_hindsight(on), members, roles)


def _by_member(
    rows: Any, members: Collection[int], roles: Iterable[str]
) -> dict[int, list[Representative]]:
    order = {str(role): place for place, role in enumerate(RepresentativeRole)}
    found: dict[int, list[Representative]] = {member: [] for member in members}
    chosen = rows.filter(member__in=members, role__in=list(roles)).select_related("person")
    for row in chosen.order_by(*by_person("person__"), "since", "pk"):
        found[row.member_id].append(row)
    for people in found.values():
        people.sort(key=lambda row: order[row.role])
    return found
