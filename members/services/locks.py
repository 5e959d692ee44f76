"""One application or member company at a time, and each pressed button once."""

from datetime import timedelta

from members.models import Application, Expulsion, Member, Resignation

# What is sent twice within this time is one thing sent twice: a second press of a button.
PRESSED_AGAIN = timedelta(minutes=1)


def locked(application_id: int) -> Application:
    """The application, held until the act is over."""
    return (
        Application.objects.select_for_update(of=["self"])
        .select_related("applicant", "entered_by")
        .get(pk=application_id)
    )


def locked_member(member_id: int) -> Member:
    """The member company, held until the act is over: before its periods, roles and changes."""
    return Member.objects.select_for_update(of=["self"]).get(pk=member_id)


def locked_expulsion(expulsion_id: int) -> Expulsion:
    """The expulsion, held with its member company."""
    locked_member(Expulsion.objects.values_list("period__member", flat=True).get(pk=expulsion_id))
    return (
        Expulsion.objects.select_for_update(of=["self"])
        .select_related("period__member")
        .get(pk=expulsion_id)
    )


def locked_resignation(resignation_id: int) -> Resignation:
    """The resignation, held with its member company."""
    whose = Resignation.objects.values_list("period__member", flat=True)
    locked_member(whose.get(pk=resignation_id))
    return (
        Resignation.objects.select_for_update(of=["self"])
        .select_related("period__member")
        .get(pk=resignation_id)
    )


def locked_members(*member_ids: int) -> dict[int, Member]:
    """Several of them by id, locked in one order, so that no two acts wait for each other."""
    rows = Member.objects.select_for_update(of=["self"]).filter(pk__in=member_ids)
    return {member.pk: member for member in rows.order_by("pk")}
