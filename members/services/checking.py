"""The yearly check: every company is asked whether what the association knows of it is right."""

from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kip.access import require
from kip.accounts.models import User
from kip.audit.acts import act
from kip.background import enqueue
from kip.exceptions import DomainError, InvalidTransition, save_or_refuse
from kip.mail.models import OutboxMail
from members.letters import checking as letters
from members.letters.checking import Occasion
from members.models import (
    CheckedMember,
    Member,
    Representative,
    RepresentativeRole,
    YearlyCheck,
)
from members.services.locks import locked_member

REMINDER_BEFORE = timedelta(days=7)

# So many letters are written while the secretary waits, about a second; more are a worker's.
WRITTEN_AT_ONCE = 100

# A date further off than this is a slip of the pen.
LONGEST = timedelta(days=365)


@act(gettext_noop("%(who)s began a yearly check: is what the association knows right?"))
def begin_check(*, answer_by: date, by: User, at: datetime) -> YearlyCheck:
    """Ask every company that is a member today to answer by the end of a local date.

    The primary representatives get a letter each; whom none can reach (`within_reach`) the
    secretary asks on paper. Where that is more than `WRITTEN_AT_ONCE`, a worker writes them, and
    the clock's `remind_of_check` what it left. Raises `InvalidTransition` while another check runs.
    """
    require("members.keep_register", by, at=at)
    if YearlyCheck.objects.running().exists():
        raise InvalidTransition(_("A yearly check is running already: close it first."))
    today = timezone.localdate(at)
    _later_than_today(answer_by, today)
    check = YearlyCheck(begun_by=by, begun_at=at, answer_by=answer_by)
    save_or_refuse(check)
    members = Member.objects.in_force(today)
    CheckedMember.objects.bulk_create(
        CheckedMember(yearly_check=check, member=member) for member in members
    )
    reached = within_reach(today).filter(member__in=members)
    if reached.count() > WRITTEN_AT_ONCE:
        enqueue("members.tasks.remind_of_check")
        return check
    for primary in reached:
        letters.asked(check, primary, occasion=Occasion.ASKED, at=at)
    return check


@act(gettext_noop("%(who)s gave more time for the yearly check."))
def give_more_time(*, check_id: int, answer_by: date, by: User, at: datetime) -> YearlyCheck:
    """Another day to answer by. Who has not answered is reminded anew, before it and after it."""
    check = _running(check_id, by=by, at=at)
    _later_than_today(answer_by, timezone.localdate(at))
    if answer_by <= check.answer_by:
        raise DomainError(_("Give a later day than before."), field="answer_by")
    check.answer_by = answer_by
    check.save(update_fields=["answer_by"])
    return check


@act(gettext_noop("%(who)s closed the yearly check."))
def close_check(*, check_id: int, by: User, at: datetime) -> YearlyCheck:
    """Nobody is waited for any more, and nobody reminded."""
    check = _running(check_id, by=by, at=at)
    check.closed_at = at
    check.save(update_fields=["closed_at"])
    return check


@act(gettext_noop("%(who)s confirmed that what the association knows of the company is right."))
def answer_check(*, member_id: int, by: User, at: datetime) -> CheckedMember:
    """All of it is right, as it stands now. The first answer stands; another changes nothing.

    Raises `InvalidTransition` when no check that asks the company is running.
    """
    member = locked_member(member_id)
    require("members.keep_company", by, member, at=at)
    return _answer(member, by=by, at=at)


@act(gettext_noop("%(who)s entered the company’s answer to the yearly check."))
def enter_answer(*, member_id: int, by: User, at: datetime) -> CheckedMember:
    """As `answer_check`, for a company that answered by letter or phone."""
    member = locked_member(member_id)
    require("members.keep_register", by, member, at=at)
    return _answer(member, by=by, at=at)


def within_reach(on: date) -> Any:
    """The primary representatives on a local date who can read a letter and open its link."""
    rows = Representative.objects.in_force(on).filter(
        role=RepresentativeRole.PRIMARY, person__is_active=True, person__email__isnull=False
    )
    return rows.select_related("person", "member")


# --- The clock ----------------------------------------------------------------------------------


def remind_of_check(*, at: datetime) -> None:
    """Write to whoever has not answered: 7 days before the day, and when it has passed.

    Before that, to whoever has not been asked: of a large check nobody has when it begins. A
    primary representative who was named meanwhile gets the latest letter too. Everything due by
    `at` is done, so a run that was missed is made good by the next; the letters' keys keep each
    from going out twice.
    """
    today = timezone.localdate(at)
    check = YearlyCheck.objects.running().first()
    if check is None:
        return
    occasion = _occasion(check, today)
    waited_for = check.asked.waited_for(today).values("member")
    due = {
        letters.key(check, primary, occasion): primary.pk
        for primary in within_reach(today).filter(member__in=waited_for)
    }
    written = set(OutboxMail.objects.filter(key__in=due).values_list("key", flat=True))
    for key, primary_id in due.items():
        if key not in written:
            _remind(primary_id=primary_id, by=None, at=at)


@act(gettext_noop("%(who)s reminded the company of the yearly check."))
def _remind(*, primary_id: int, by: None, at: datetime) -> None:
    """Under the company's lock: an answer that is just arriving comes before or after it."""
    today = timezone.localdate(at)
    primary = within_reach(today).filter(pk=primary_id).first()
    if primary is None:
        return
    locked_member(primary.member_id)
    rows = CheckedMember.objects.running().waited_for(today).select_related("yearly_check")
    if (asked := rows.filter(member=primary.member_id).first()) is not None:
        check = asked.yearly_check
        letters.asked(check, primary, occasion=_occasion(check, today), at=at)


def _occasion(check: YearlyCheck, today: date) -> Occasion:
    """Which letter is the latest due. A check begun within the week is not reminded of before."""
    soon_on = check.answer_by - REMINDER_BEFORE
    if today > check.answer_by:
        return Occasion.LATE
    if timezone.localdate(check.begun_at) < soon_on <= today:
        return Occasion.SOON
    return Occasion.ASKED


# --- Parts --------------------------------------------------------------------------------------


def _running(check_id: int, *, by: User, at: datetime) -> YearlyCheck:
    check = YearlyCheck.objects.select_for_update(no_key=True).get(pk=check_id)
    require("members.keep_register", by, check, at=at)
    if check.closed_at is not None:
        raise InvalidTransition(_("This yearly check is closed."))
    return check


def _answer(member: Member, *, by: User, at: datetime) -> CheckedMember:
    asked = CheckedMember.objects.running().filter(member=member).first()
    if asked is None:
        raise InvalidTransition(_("No yearly check is running for this company."))
    if asked.answered_at is None:
        asked.answered_by, asked.answered_at = by, at
        asked.save(update_fields=["answered_by", "answered_at"])
    return asked


def _later_than_today(answer_by: date, today: date) -> None:
    if not today < answer_by <= today + LONGEST:
        raise DomainError(
            _("Give a day after today, and within a year."),
            field="answer_by",
        )
