"""What happened to a member company, as far as its own people may know."""

from datetime import datetime

from pghistory.models import Events

from kip.access import allowed
from kip.accounts.models import User
from kip.audit.timeline import Timeline, timeline_of
from members.models import CompanyPair, Member, MembershipPeriod, Representative


def own_history(member: Member, *, reader: User, at: datetime) -> Timeline:
    """For who stands for the company, and for the secretary.

    What the association says of the membership, a doubt included, and of records that may be one
    company is its own. What another company proposes that concerns this one is the other's. Why
    somebody's role ended is told to whoever had it; who stood or is to stand for the company, to
    who keeps its people.
    """
    hide: list[object] = [MembershipPeriod, CompanyPair]
    if not allowed("members.keep_register", reader, member, at=at):
        hide.append("members.Representative.end_ground")
    in_force: set[str] | None = None
    if not allowed("members.keep_people", reader, member, at=at):
        rows = Representative.objects.in_force_at(at).filter(member=member)
        in_force = {str(pk) for pk in rows.values_list("pk", flat=True)}

    def may_see(event: Events) -> bool:
        if event.pgh_obj_model == Member._meta.label:
            return bool(event.pgh_obj_id == str(member.pk))
        if event.pgh_data.get("member_id", member.pk) != member.pk:
            return False
        is_role = event.pgh_obj_model == Representative._meta.label
        return in_force is None or not is_role or event.pgh_obj_id in in_force

    # What the membership went through is told to who speaks for the company.
    speaks = allowed("members.resign", reader, member, at=at)
    return timeline_of(
        member, *(member.periods.all() if speaks else ()), hide=hide, may_see=may_see
    )
