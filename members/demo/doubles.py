"""Somebody who is on record twice, as it happens when two companies name the same person."""

from datetime import datetime

from django.utils import timezone

from members import services
from members.demo.props import secretary
from members.models import Member, Representative
from members.services import Who


def load_doubles(*, at: datetime) -> None:
    """A company's voting representative, named by another company without an address; and what the
    look of the night finds.
    """
    known = Representative.objects.filter(role="voting").exclude(person=None)
    row = known.select_related("person").order_by("member__number", "pk")[2]
    assert row.person is not None
    named = row.person
    services.name_representative(
        member_id=Member.objects.exclude(pk=row.member_id).order_by("number")[0].pk,
        role="environment",
        who=Who(
            given_name=named.given_name, family_name=named.family_name, language=named.language
        ),
        since=timezone.localdate(at),
        by=secretary(),
        at=at,
    )
    services.look_for_doubles(by=None, at=at)
