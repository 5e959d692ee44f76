"""Votes, conflicts of interest, absence: what board members do in a matter."""

from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from board import letters
from board.decision import Choice
from board.models import Entitlement, Matter, VoteChannel
from board.services.locks import check_not_recused, lock_standing
from board.services.matters import take_to_meeting
from board.standing import Standing
from kip.access import require
from kip.accounts.models import User
from kip.audit.acts import act
from kip.documents import services as documents
from kip.documents.models import Document
from kip.exceptions import DomainError, InvalidTransition, NotAllowed


def _open_standing(matter_id: int, at: datetime) -> Standing:
    standing = lock_standing(matter_id, at)
    if not standing.matter.is_open:
        raise InvalidTransition(
            _("This matter is to be taken up at a meeting; no votes are taken here.")
        )
    _check_before_deadline(standing)
    return standing


def _check_before_deadline(standing: Standing) -> None:
    if standing.poll.deadline_passed:
        raise InvalidTransition(_("The deadline has passed; no more votes are taken."))


def _own_seat(standing: Standing, by: User, at: datetime) -> Entitlement:
    require("board.take_part", by, standing.matter, at=at)
    seat = standing.seat_of(by)
    if seat is None:
        raise NotAllowed(_("You were not entitled in this matter when it was opened."))
    return seat


def _check_has_vote(standing: Standing, seat_id: int) -> None:
    if seat_id in standing.recusals:
        raise NotAllowed(_("A conflict of interest was declared; there is no vote with it."))
    if not standing.has_vote(seat_id):
        raise NotAllowed(
            _("This seat has no vote now: a deputy votes only in place of a member who is away.")
        )


def _record_vote(
    part: Entitlement,
    *,
    choice: str,
    channel: str,
    at: datetime | None,
    reason: str = "",
    source: Document | None = None,
    source_note: str = "",
    save: bool = True,
) -> None:
    part.choice = Choice(choice).value if choice else ""
    part.reason = reason
    part.cast_at = at
    part.channel = channel
    part.source = source
    part.source_note = source_note
    if save:
        part.save()


@act(gettext_noop("%(who)s cast a vote."))
def cast_vote(
    *, matter_id: int, choice: str, reason: str = "", by: User, at: datetime
) -> Entitlement:
    """A board member, or a deputy filling a seat, votes or changes the vote.

    Possible until the deadline or until the matter is declared, whichever comes first (§ 36).
    """
    standing = _open_standing(matter_id, at)
    seat = _own_seat(standing, by, at)
    _check_has_vote(standing, seat.seat_id)
    _record_vote(seat, choice=choice, reason=reason, channel=VoteChannel.HERE, at=at)
    settle(standing.matter, at=at)
    return seat


@act(gettext_noop("%(who)s entered a vote that came by mail or phone."))
def enter_vote(
    *,
    matter_id: int,
    seat_id: int,
    choice: str,
    channel: str,
    source: UploadedFile | None = None,
    source_note: str = "",
    by: User,
    at: datetime,
) -> Entitlement:
    """The secretary enters a vote for a board member, who is told. The source is kept with it."""
    require("board.prepare", by, at=at)
    standing = _open_standing(matter_id, at)
    if seat_id not in standing.entitlements:
        raise DomainError(_("This seat is not entitled in this matter."), field="seat")
    _check_has_vote(standing, seat_id)
    if standing.entitlements[seat_id].channel == VoteChannel.HERE:
        raise DomainError(
            _("This member has voted here and can change the vote here."), field="seat"
        )
    if channel == VoteChannel.MAIL and source is None:
        raise DomainError(_("Attach the message in which the vote came."), field="source")
    if channel == VoteChannel.PHONE and not source_note:
        raise DomainError(_("Note who called, and when."), field="source_note")
    stored = documents.store(upload=source, by=by, at=at) if source else None
    vote = standing.entitlements[seat_id]
    _record_vote(
        vote, choice=choice, channel=channel, source=stored, source_note=source_note, at=at
    )
    letters.vote_entered(vote, at=at)
    settle(standing.matter, at=at)
    return vote


@act(gettext_noop("%(who)s declared a conflict of interest."))
def declare_conflict(*, matter_id: int, ground: str = "", by: User, at: datetime) -> None:
    """A disqualified member takes no part in handling or deciding (§ 37).

    The seat stays in the base of the quorum and does not take part; a deputy fills it.
    A vote cast before is taken off; the history keeps that it was cast.
    """
    standing = lock_standing(matter_id, at)
    seat = _own_seat(standing, by, at)
    if seat.seat_id in standing.recusals:
        raise InvalidTransition(_("You have already declared a conflict of interest."))
    if standing.matter.is_open and standing.poll.deadline_passed:
        # Taking the vote off now would change an outcome that stands.
        raise InvalidTransition(
            _(
                "The deadline has passed. Tell whoever presides, or the secretary: they can send "
                "the matter to a meeting."
            )
        )
    _record_vote(seat, choice="", channel="", at=None, save=False)
    seat.recused_at = at
    seat.ground = ground
    seat.save()
    settle(standing.matter, at=at)


@act(gettext_noop("%(who)s took back a declared conflict of interest."))
def take_back_conflict(*, matter_id: int, by: User, at: datetime) -> None:
    """A member who declared a conflict by mistake takes part again."""
    standing = lock_standing(matter_id, at)
    if standing.matter.is_open:
        _check_before_deadline(standing)
    seat = _own_seat(standing, by, at)
    if seat.recused_at is None:
        raise InvalidTransition(_("You have not declared a conflict of interest."))
    if by.pk in standing.recused_elsewhere:
        # What was declared before the board before stands on file there.
        raise InvalidTransition(
            _("You declared it before the board before: it holds in the whole question.")
        )
    seat.recused_at = None
    seat.ground = ""
    seat.save(update_fields=["recused_at", "ground"])


@act(gettext_noop("%(who)s marked a board member absent."))
def mark_absent(*, matter_id: int, seat_id: int, by: User, at: datetime) -> None:
    """A member who cannot be reached does not hold up the matter: a deputy fills the seat.

    The member is told, and says so if it is not true.
    """
    require("board.mark_absent", by, at=at)
    standing = _open_standing(matter_id, at)
    check_not_recused(standing, by)
    entitlement = standing.entitlements.get(seat_id)
    if entitlement is None:
        raise DomainError(_("This seat is not entitled in this matter."))
    if seat_id in standing.votes:
        raise InvalidTransition(_("This member has already voted."))
    if seat_id in standing.recusals:
        raise InvalidTransition(_("This member has declared a conflict of interest."))
    if entitlement.absent_since is not None:
        raise InvalidTransition(_("This member is already marked absent."))
    entitlement.absent_since = at
    entitlement.save(update_fields=["absent_since"])
    letters.marked_absent(entitlement, at=at)
    settle(standing.matter, at=at)


@act(gettext_noop("%(who)s marked a board member present again."))
def mark_present(*, matter_id: int, seat_id: int, by: User, at: datetime) -> None:
    """A member marked absent is back and has the vote again; the deputy's counts for nothing."""
    require("board.mark_absent", by, at=at)
    standing = _open_standing(matter_id, at)
    check_not_recused(standing, by)
    entitlement = standing.entitlements.get(seat_id)
    if entitlement is None or entitlement.absent_since is None:
        raise InvalidTransition(_("This member is not marked absent."))
    entitlement.absent_since = None
    entitlement.save(update_fields=["absent_since"])


def settle(matter: Matter, *, at: datetime) -> None:
    """What follows from a change: deputies are told, a lapse is recorded, the presider reminded.

    The letters' keys keep each from going out twice, however often it is called. Nothing here
    decides anything: a matter that cannot be decided in writing goes to a meeting.
    """
    now = Standing(matter, at)
    for deputy, filled in now.acting_for.items():
        letters.deputy_steps_in(
            now.entitlements[deputy], in_place_of=now.entitlements[filled].seat, at=at
        )
    if now.tally.lapse is not None:
        take_to_meeting(now.matter, lapse=now.tally.lapse, at=at)
    elif now.matter.is_open and now.tally.may_be_declared:
        letters.ready_to_declare(now, occasion="ready", at=at)
