"""The board's decisions carried out. The board has checked who may; none has a page of its own."""

from datetime import date, datetime

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_noop

from kip.access import require
from kip.accounts import services as accounts
from kip.accounts.models import User
from kip.audit.acts import act
from kip.numbering import serialise
from members.letters import application as letters
from members.models import (
    Application,
    Member,
    MembershipPeriod,
    Representative,
)
from members.services.locks import locked
from members.services.people import PURPOSE, people_of
from members.services.register import change_registered, end_roles
from members.states import ApplicationStatus


@act(gettext_noop("%(who)s brought the application before the board."))
def put_before_board(
    *, application_id: int, decision_by: date | None, by: User, at: datetime
) -> Application:
    """The application is checked and goes to the board, which means to decide by a local date.

    `decision_by` is None when nobody can say, as when the board takes it up at a meeting.
    """
    require("members.handle_applications", by, at=at)
    application = locked(application_id)
    application.move_to(ApplicationStatus.BEFORE_BOARD, before_board_at=at, decision_by=decision_by)
    letters.before_the_board(application, at=at)
    return application


@act(gettext_noop("%(who)s changed the day by which a decision is expected."))
def expect_decision(
    *, application_id: int, decision_by: date | None, by: User | None, at: datetime
) -> None:
    """The board means to decide by another local date, or (None) nobody can say any more.

    For when its matter is taken up anew, goes to a meeting, or stops.
    """
    application = locked(application_id)
    application.decision_by = decision_by
    application.save(update_fields=["decision_by"])


@act(gettext_noop("%(who)s recorded the admission of the company."))
def approve_application(*, application_id: int, resolution: str, by: User, at: datetime) -> Member:
    """The board has admitted the company: it is a member from today (§ 12).

    `resolution` is the board's, e.g. "2027/3". The contact becomes the primary representative, who
    signs for the company its voting representative; both get their access by mail. A company that
    was a member before keeps its number and begins a new membership period, and whoever stood for
    it then does so no longer.
    """
    application = locked(application_id)
    application.move_to(ApplicationStatus.APPROVED, ended_at=at, resolution=resolution)
    today = timezone.localdate(at)
    member = _admit(application, on=today, at=at)
    MembershipPeriod.objects.create(
        member=member,
        application=application,
        since=today,
        recorded_at=at,
        resolution=resolution,
    )
    end_roles(member.representatives.all(), until=today, at=at)
    people = people_of(application, by=by, at=at)
    for role, person in people.items():
        Representative.objects.create(
            member=member, person=person, role=role, since=today, recorded_at=at
        )
    invited, not_invited = [], []
    for person in dict.fromkeys(people.values()):
        if person.email and person.is_active:
            accounts.invite(person=person, purpose=PURPOSE, about=member.name, by=by, at=at)
            invited.append(person)
        else:
            not_invited.append(person)
    letters.approved(application, member, invited=invited, not_invited=not_invited, at=at)
    return member


def _admit(application: Application, *, on: date, at: datetime) -> Member:
    member = Member.objects.filter(registration_key=application.registration_key).first()
    if member is None:
        serialise("member-number")
        last = Member.objects.aggregate(last=Max("number"))["last"] or 0
        return Member.objects.create(number=last + 1, registered_since=on, **application.facts())
    change_registered(member, application.facts(), since=on, at=at)
    for name, value in application.facts().items():
        setattr(member, name, value)
    member.save()
    return member


@act(gettext_noop("%(who)s recorded that the company was not admitted."))
def reject_application(
    *, application_id: int, resolution: str, reason: str, by: User, at: datetime
) -> None:
    """The board has not admitted the company. `reason` is what it chose to tell the applicant."""
    application = locked(application_id)
    application.move_to(
        ApplicationStatus.REJECTED, ended_at=at, resolution=resolution, reason=reason
    )
    letters.rejected(application, at=at)
