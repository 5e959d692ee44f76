"""An address that letters come back from: the companies that it stands for are asked."""

from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from kip.accounts.models import User
from members.letters import people as letters
from members.models import Member, Representative, RepresentativeRole, come_back_since

# Who is asked, the first of them to whom letters go.
_ASKED = [RepresentativeRole.PRIMARY, RepresentativeRole.VOTING, RepresentativeRole.DEPUTY]


def ask_companies(*, person: User | None, address: str, at: datetime) -> None:
    """One letter for each company for which the person or address stands now: to its primary
    representative, else its voting one, else a deputy. Where there is nobody else, the secretary's
    desk alone says it. A part of the act that stops sending to the address.
    """
    today = timezone.localdate(at)
    theirs = Q(address=address) | Q(person__email=address)
    if person is not None:
        theirs |= Q(person=person)
    rows = Representative.objects.in_force(today)
    for member in Member.objects.filter(pk__in=rows.filter(theirs).values("member")).order_by("pk"):
        others = (
            rows.filter(member=member, role__in=_ASKED)
            .exclude(person=None)
            .exclude(theirs)
            .annotate(come_back_since=come_back_since())
            .filter(come_back_since=None)
            .select_related("person")
            .order_by("since", "pk")
        )
        told = min(others, key=lambda row: _ASKED.index(RepresentativeRole(row.role)), default=None)
        if told is not None and told.person is not None:
            who = person.get_full_name() if person is not None else ""
            letters.letters_come_back(member, told.person, who or address, at=at)
