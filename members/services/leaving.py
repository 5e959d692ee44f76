"""Leaving by one's own will (§ 13), and doubts about the conditions of membership."""

from datetime import date, datetime, timedelta

from django.core.files.uploadedfile import UploadedFile
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from kip.access import require
from kip.accounts.models import User
from kip.audit.acts import act
from kip.bylaws.models import Bylaws
from kip.documents import services as documents
from kip.exceptions import DomainError, InvalidTransition
from members.letters import leaving as letters
from members.models import (
    LONGEST_DELAY,
    EndReason,
    Member,
    MembershipPeriod,
    Resignation,
    ResignationChannel,
)
from members.services.locks import locked_member, locked_resignation
from members.services.register import end_membership, reopen_membership
from members.states import ResignationStatus


def membership_now(member: Member, *, at: datetime) -> MembershipPeriod:
    """The membership in force at `at`. Raises `InvalidTransition` when there is none."""
    period: MembershipPeriod | None = member.periods.in_force_at(at).first()
    if period is None:
        raise InvalidTransition(_("%(company)s is not a member now.") % {"company": member})
    period.member = member
    return period


def earliest_end(period: MembershipPeriod, received_on: date) -> date:
    """The first local date on which a resignation received on `received_on` can take effect.

    That is after the delay of the bylaws in force then (§ 13: a year at most); a membership lasts
    a day at least.
    """
    delay = Bylaws.objects.in_force(received_on).resignation_delay_days
    return max(received_on + timedelta(delay), period.since + timedelta(1))


@act(gettext_noop("%(who)s resigned the membership of the company."))
def resign(
    *,
    member_id: int,
    effective_on: date | None = None,
    statement: str = "",
    has_authority: bool = False,
    letter: UploadedFile | None = None,
    by: User,
    at: datetime,
) -> Resignation:
    """A member resigns, at any time, and nobody can refuse it (§ 13).

    Whoever speaks for the company states to have authority to sign for it, or adds the letter that
    was signed. It takes effect after the delay of the bylaws, or on a later day, `effective_on`.
    """
    member = locked_member(member_id)
    require("members.resign", by, member, at=at)
    return _resign(
        member,
        channel=ResignationChannel.HERE,
        received_on=timezone.localdate(at),
        effective_on=effective_on,
        statement=statement,
        has_authority=has_authority,
        letter=letter,
        by=by,
        at=at,
    )


@act(gettext_noop("%(who)s recorded a resignation."))
def record_resignation(
    *,
    member_id: int,
    channel: str,
    received_on: date,
    effective_on: date | None = None,
    statement: str = "",
    has_authority: bool = False,
    letter: UploadedFile | None = None,
    by: User,
    at: datetime,
) -> Resignation:
    """The secretary records a resignation made in a letter, or at a meeting in its minutes (§ 13).

    `channel` is "letter" or "meeting"; `statement` says which meeting and section it was.
    """
    member = locked_member(member_id)
    require("members.keep_register", by, at=at)
    return _resign(
        member,
        channel=channel,
        received_on=received_on,
        effective_on=effective_on,
        statement=statement,
        has_authority=has_authority,
        letter=letter,
        by=by,
        at=at,
    )


def _resign(
    member: Member,
    *,
    channel: str,
    received_on: date,
    effective_on: date | None,
    statement: str,
    has_authority: bool,
    letter: UploadedFile | None,
    by: User,
    at: datetime,
) -> Resignation:
    period = membership_now(member, at=at)
    if period.until is not None:
        raise InvalidTransition(
            _("The membership of %(company)s ends already, on %(day)s.")
            % {"company": member, "day": formats.date_format(period.until)}
        )
    if received_on > timezone.localdate(at):
        raise DomainError(_("It cannot have been received later than today."), field="received_on")
    if received_on < period.since:
        raise DomainError(_("The company was not a member yet on that day."), field="received_on")
    _check_who_signed(channel, statement=statement, stated=has_authority, letter=letter)
    earliest = earliest_end(period, received_on)
    effective_on = effective_on or earliest
    if not earliest <= effective_on <= received_on + LONGEST_DELAY:
        raise DomainError(
            _("Give a day from %(earliest)s to %(latest)s.")
            % {
                "earliest": formats.date_format(earliest),
                "latest": formats.date_format(received_on + LONGEST_DELAY),
            },
            field="effective_on",
        )
    resignation = Resignation.objects.create(
        period=period,
        channel=channel,
        received_on=received_on,
        effective_on=effective_on,
        statement=statement,
        has_authority=has_authority,
        document=documents.store(upload=letter, by=by, at=at) if letter else None,
        recorded_by=by,
        recorded_at=at,
    )
    with override(Bylaws.objects.in_force_at(at).record_language):
        ground = _("Resignation received on %(day)s") % {"day": formats.date_format(received_on)}
    ended = end_membership(
        period, until=effective_on, reason=EndReason.RESIGNED, ground=ground, by=by, at=at
    )
    letters.resigned(resignation, ended, by=by, at=at)
    return resignation


def _check_who_signed(
    channel: str, *, statement: str, stated: bool, letter: UploadedFile | None
) -> None:
    if channel == ResignationChannel.MEETING:
        if not statement.strip():
            raise DomainError(
                _("Say at which meeting it was, and in which section of its minutes it stands."),
                field="statement",
            )
    elif not stated and letter is None:
        raise DomainError(
            _("State that who resigns may sign for the company, or add the signed letter."),
            field="has_authority",
        )


@act(gettext_noop("%(who)s recorded that the resignation was taken back."))
def take_back_resignation(*, resignation_id: int, consent: str, by: User, at: datetime) -> None:
    """Until it takes effect a resignation can be taken back, if the board agrees.

    `consent` says where the board did, e.g. "resolution 2027/9". The membership goes on, with the
    roles that were ended for it.
    """
    resignation = locked_resignation(resignation_id)
    require("members.keep_register", by, at=at)
    period = resignation.period
    if (
        period.until != resignation.effective_on
        or period.end_reason != EndReason.RESIGNED
        or period.until <= timezone.localdate(at)
    ):
        raise InvalidTransition(
            _("The membership has ended. The company can apply for membership anew.")
        )
    if not consent.strip():
        raise DomainError(_("Say where the board agreed."), field="consent")
    resignation.move_to(
        ResignationStatus.TAKEN_BACK, taken_back_by=by, taken_back_at=at, consent=consent.strip()
    )
    going_on = reopen_membership(period, by=by, at=at)
    letters.resignation_taken_back(resignation, going_on, by=by, at=at)


@act(gettext_noop("%(who)s noted that the company may no longer meet the conditions."))
def doubt_membership(*, member_id: int, doubt: str, by: User, at: datetime) -> None:
    """A member may no longer meet the conditions of membership: the board is to look into it.

    Nothing follows by itself: the board or the general meeting decides whether to expel (§ 14).
    """
    member = locked_member(member_id)
    require("members.keep_register", by, at=at)
    if not doubt.strip():
        raise DomainError(_("Say why."), field="doubt")
    period = membership_now(member, at=at)
    period.doubt, period.doubted_at = doubt.strip(), at
    period.save(update_fields=["doubt", "doubted_at"])


@act(gettext_noop("%(who)s noted that the company meets the conditions."))
def settle_doubt(*, member_id: int, by: User, at: datetime) -> None:
    """The doubt about a member is settled: it meets the conditions of membership."""
    member = locked_member(member_id)
    require("members.keep_register", by, at=at)
    period = membership_now(member, at=at)
    if period.doubted_at is None:
        raise InvalidTransition(_("There is no doubt to settle."))
    period.doubt, period.doubted_at = "", None
    period.save(update_fields=["doubt", "doubted_at"])
