"""Who leaves, who may have to, and the yearly checks."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone

from members import services
from members.demo.props import before, paper, secretary
from members.models import Member, Representative, RepresentativeRole

# Places in `companies.MEMBERS`, of companies for which nobody of the board stands.
RESIGNED, HEARD = 18, 16
# Who did not answer last year. This year every third has.
LATE = 12


def load_leaving(*, at: datetime) -> None:
    """A resignation that stands, and an expulsion whose member is being heard."""
    resigned, heard = (Member.objects.get(number=place + 1) for place in (RESIGNED, HEARD))
    services.record_resignation(
        member_id=resigned.pk,
        channel="letter",
        received_on=before(at, 9).date(),
        effective_on=timezone.localdate(at) + timedelta(days=80),
        has_authority=True,
        letter=paper("Letter of resignation (demo)"),
        by=secretary(),
        at=before(at, 8, 11),
    )
    services.open_expulsion(
        member_id=heard.pk,
        ground="conditions",
        facts="The company has had no activity in the Park for a year, and has answered no letter.",
        answer_by=timezone.localdate(at) + timedelta(days=17),
        by=secretary(),
        at=before(at, 4, 9),
    )


def load_checks(*, at: datetime) -> None:
    """Last year's check, which is over, and this year's, which some have answered."""
    begun = before(at, 380)
    check = services.begin_check(
        answer_by=begun.date() + timedelta(days=28), by=secretary(), at=begun
    )
    _answer(begun, but=lambda place: place == LATE)
    services.close_check(check_id=check.pk, by=secretary(), at=before(at, 345))
    begun = before(at, 6, 8)
    services.begin_check(answer_by=begun.date() + timedelta(days=28), by=secretary(), at=begun)
    _answer(begun, but=lambda place: place % 3 != 0)


def _answer(begun: datetime, *, but: Callable[[int], bool]) -> None:
    """The primary representatives answer one after the other, within five days."""
    rows = Representative.objects.in_force_at(begun).filter(role=RepresentativeRole.PRIMARY)
    for row in rows.select_related("member", "person").order_by("member__number"):
        place = row.member.number - 1
        if row.person is not None and not but(place):
            at = begun + timedelta(hours=5 * place + 1)
            services.answer_check(member_id=row.member_id, by=row.person, at=at)
