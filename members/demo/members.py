"""Members that joined before KIP."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.utils.translation import gettext_noop

from kip.accounts.models import User
from kip.audit.acts import act
from members.demo.companies import (
    HANDED_OVER,
    JOINED,
    LEFT,
    MEMBERS,
    PRIMARY,
    RENAMED,
    VOTING,
    Invented,
)
from members.demo.props import person, secretary
from members.models import (
    EndReason,
    Member,
    MembershipPeriod,
    Representative,
    RepresentativeRole,
)


def load_members(*, password: str, at: datetime) -> None:
    for place, (company, joined) in enumerate(zip(MEMBERS, JOINED, strict=True)):
        until, handed_over = LEFT.get(place), HANDED_OVER.get(place)
        primary = person(2 * place, at=at, sign_in=PRIMARY.get(place, ""), password=password)
        voting = person(
            2 * place + 1,
            at=at,
            sign_in=VOTING[place] if place < len(VOTING) else "",
            password=password,
        )
        representatives = [
            (RepresentativeRole.PRIMARY, primary, handed_over or joined, until),
            (RepresentativeRole.VOTING, voting, joined, until),
        ]
        if handed_over:
            predecessor = person(100 + place, at=at)
            representatives.append((RepresentativeRole.PRIMARY, predecessor, joined, handed_over))
        _record_member(
            number=place + 1,
            company=company,
            joined=joined,
            until=until,
            representatives=representatives,
            by=secretary(),
            at=at + timedelta(minutes=5 * place),
        )


@act(gettext_noop("%(who)s recorded a company that was a member before KIP."))
def _record_member(
    *,
    number: int,
    company: Invented,
    joined: date,
    until: date | None,
    representatives: Iterable[tuple[str, User, date, date | None]],
    by: User,
    at: datetime,
) -> None:
    """A member by a decision that KIP has never seen.

    The services know one way to membership: an application that the board approved. Companies that
    joined before KIP was taken into use have none, and a service for recording them comes with the
    register; until then only the demo needs such rows, and it writes them here and nowhere else.
    """
    facts = company.facts
    if number - 1 in RENAMED:
        facts["name"] = RENAMED[number - 1][0]
    member = Member.objects.create(number=number, registered_since=joined, **facts)
    MembershipPeriod.objects.create(
        member=member,
        since=joined,
        until=until,
        recorded_at=at,
        end_recorded_at=at if until else None,
        end_reason=EndReason.RESIGNED if until else "",
    )
    for role, representative, since, ends in representatives:
        Representative.objects.create(
            member=member,
            person=representative,
            role=role,
            since=since,
            until=ends,
            recorded_at=at,
            end_recorded_at=at if ends else None,
        )
