"""One application or member company at a time, and each pressed button once."""

from datetime import timedelta

from members.models import Application, Member

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
