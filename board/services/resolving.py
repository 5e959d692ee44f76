"""From votes to a resolution: whoever presides declares it; the program never does."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from board import letters
from board.decision import Choice, Outcome
from board.models import Matter, MatterKind, MeetingRecord, Office, OfficeKind, Resolution
from board.services.locks import lock_standing
from board.standing import Standing, rules_of
from board.states import MatterStatus
from kip.access import require
from kip.accounts.models import User
from kip.audit.acts import act
from kip.bylaws.models import Bylaws
from kip.exceptions import DomainError, InvalidTransition, NotAllowed
from kip.numbering import serialise
from members import services as members


@act(gettext_noop("%(who)s declared the resolution."))
def declare(
    *, matter_id: int, carried: bool, reason: str = "", by: User, at: datetime
) -> Resolution:
    """The chair, or the presiding vice chair, declares what the board resolved (§ 27, § 36).

    `carried` is what is declared: it must be what the votes say, which may have changed since they
    were read. `reason` is what the company is told when it is not admitted, or expelled. Raises
    `DomainError` while the outcome is open, `NotAllowed` for anybody who does not preside.
    """
    standing = lock_standing(matter_id, at)
    require("board.preside", by, standing.matter, at=at)
    if not standing.matter.is_open:
        raise InvalidTransition(
            _("This matter is to be taken up at a meeting; record the decision made there.")
        )
    tally = standing.tally
    if not tally.may_be_declared:
        raise DomainError(
            _("The outcome is open: not everyone has voted and the deadline has not passed.")
            if tally.lapse is None
            else _("This cannot be decided in writing; it is to be taken up at a meeting.")
        )
    presider = standing.presider
    if presider is None or presider.seat.person_id != by.pk:
        raise NotAllowed(
            _("%(person)s presides in this matter and declares it.")
            % {"person": presider.seat if presider else ""}
        )
    if carried is not (tally.outcome is Outcome.CARRIED):
        raise InvalidTransition(
            _("A vote was changed meanwhile: read the count again before you declare.")
        )
    return _resolve(
        standing,
        carried=carried,
        reason=reason,
        record=written_record(standing),
        bylaws=standing.bylaws,
        at_meeting=None,
        by=by,
        at=at,
    )


def _resolve(
    standing: Standing,
    *,
    carried: bool,
    reason: str,
    record: dict[str, Any],
    bylaws: Bylaws,
    at_meeting: MeetingRecord | None,
    by: User,
    at: datetime,
) -> Resolution:
    """Number the resolution, and do what follows from it. The caller holds the locks."""
    matter = standing.matter
    _check_reason(matter, carried=carried, reason=reason)
    year = timezone.localdate(at).year
    serialise(f"resolution:{year}")
    last = Resolution.objects.filter(year=year).aggregate(last=Max("number"))["last"] or 0
    with override(bylaws.record_language):
        text = (
            matter.proposed
            if carried
            else _("Not carried: %(proposal)s") % {"proposal": matter.proposed}
        )
    resolution = Resolution.objects.create(
        year=year,
        number=last + 1,
        matter=matter,
        text=text,
        carried=carried,
        reason=reason.strip() if matter.needs_reason(carried=carried) or not carried else "",
        at_meeting=at_meeting,
        record=record,
        bylaws=bylaws,
        declared_by=by,
        declared_at=at,
    )
    matter.move_to(MatterStatus.DECIDED, ended_at=at)
    if matter.kind == MatterKind.ADMISSION:
        assert matter.application_id is not None
        if carried:
            members.approve_application(
                application_id=matter.application_id, resolution=resolution.reference, by=by, at=at
            )
        else:
            members.reject_application(
                application_id=matter.application_id,
                resolution=resolution.reference,
                reason=resolution.reason,
                by=by,
                at=at,
            )
    if matter.expulsion_id is not None:
        with override(bylaws.record_language):
            decision = _("Resolution of the board %(number)s") % {"number": resolution}
        (members.expel if carried else members.keep_member)(
            expulsion_id=matter.expulsion_id,
            decision=decision,
            reasons=resolution.reason,
            by=by,
            at=at,
        )
    letters.decided(standing, resolution, at=at)
    return resolution


def _check_reason(matter: Matter, *, carried: bool, reason: str) -> None:
    if matter.needs_reason(carried=carried) and not reason.strip():
        raise DomainError(
            _("State the reasons: the member is told them.")
            if carried
            else _("Say what the applicant is told as the reason."),
            field="reason",
        )


def written_record(standing: Standing) -> dict[str, Any]:
    """What stood when a written decision was declared, to be kept with the resolution."""
    tally = standing.tally
    return {
        "procedure": "written",
        "opened_at": standing.matter.opened_at.isoformat(),
        "deadline": standing.matter.deadline.isoformat(),
        "elected": tally.elected,
        "needed": tally.needed,
        "in_favour": tally.in_favour,
        "against": tally.against,
        "abstained": tally.abstained,
        "presider": str(standing.presider.seat) if standing.presider else "",
        "seats": [_seat_record(standing, seat_id) for seat_id in standing.entitlements],
    }


def _seat_record(standing: Standing, seat_id: int) -> dict[str, Any]:
    seat = standing.entitlements[seat_id].seat
    filled = standing.acting_for.get(seat_id)
    vote = standing.votes.get(seat_id) if standing.has_vote(seat_id) else None
    return {
        "name": str(seat),
        "organisation": seat.organisation,
        "seat": seat.kind,
        "office": standing.offices.get(seat_id, ""),
        "in_place_of": str(standing.entitlements[filled].seat) if filled else "",
        "vote": vote.choice if vote else "",
        "channel": vote.channel if vote else "",
        "reason": vote.reason if vote else "",
        "recused": seat_id in standing.recusals,
        "ground": standing.entitlements[seat_id].ground,
        "absent": standing.entitlements[seat_id].absent_since is not None,
    }


# --- Decisions at a meeting --------------------------------------------------------------------


@act(gettext_noop("%(who)s recorded a decision made at a meeting."))
def record_meeting_decision(
    *,
    matter_id: int,
    meeting: str,
    held_on: date,
    section: str,
    carried: bool,
    unanimous: bool,
    in_favour: int = 0,
    against: int = 0,
    abstained: int = 0,
    present: Collection[int],
    recused: Collection[int] = (),
    dissents: str = "",
    reason: str = "",
    by: User,
    at: datetime,
) -> MeetingRecord:
    """The secretary records what the board decided at its meeting; whoever presided confirms it.

    `present` and `recused` are seat ids. What is recorded must be possible: quorum, numbers that
    add up, and an outcome that follows from the votes (a tie goes with whoever presided, § 27).
    """
    require("board.prepare", by, at=at)
    standing = lock_standing(matter_id, at)
    presider = _presider_of_meeting(held_on, set(present) - set(recused))
    _check_meeting(
        standing,
        presider=presider,
        held_on=held_on,
        carried=carried,
        unanimous=unanimous,
        in_favour=in_favour,
        against=against,
        abstained=abstained,
        present=set(present),
        recused=set(recused),
        at=at,
    )
    assert presider is not None
    _check_reason(standing.matter, carried=carried, reason=reason)
    if standing.matter.is_open:
        standing.matter.move_to(MatterStatus.FOR_MEETING)
    standing.matter.meeting_records.filter(withdrawn_at=None).update(withdrawn_at=at)
    record = MeetingRecord.objects.create(
        matter=standing.matter,
        meeting=meeting,
        held_on=held_on,
        section=section,
        carried=carried,
        unanimous=unanimous,
        in_favour=in_favour,
        against=against,
        abstained=abstained,
        dissents=dissents,
        reason=reason,
        presider_id=presider,
        present=sorted(present),
        recused=sorted(recused),
        recorded_by=by,
        recorded_at=at,
    )
    letters.meeting_decision_to_confirm(standing, record, at=at)
    return record


def _offices_on(day: date) -> dict[int, str]:
    """Chair and vice chair at the end of a local day, by seat id."""
    next_day = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
    held = Office.objects.in_force(next_day - timedelta(seconds=1))
    return {office.seat_id: office.kind for office in held}


def _presider_of_meeting(held_on: date, took_part: set[int]) -> int | None:
    """The chair of that day, or the vice chair when the chair took no part: a seat id."""
    by_kind = {kind: seat for seat, kind in _offices_on(held_on).items() if seat in took_part}
    return by_kind.get(OfficeKind.CHAIR) or by_kind.get(OfficeKind.VICE_CHAIR)


def _check_meeting(
    standing: Standing,
    *,
    presider: int | None,
    held_on: date,
    carried: bool,
    unanimous: bool,
    in_favour: int,
    against: int,
    abstained: int,
    present: set[int],
    recused: set[int],
    at: datetime,
) -> None:
    if held_on > timezone.localdate(at):
        raise DomainError(_("A decision is recorded after the meeting."), field="held_on")
    if held_on < timezone.localdate(standing.matter.term.since):
        raise DomainError(_("This board was not yet in office on that day."), field="held_on")
    if not (present | recused) <= set(standing.entitlements):
        raise DomainError(_("Only seats entitled in this matter can be named."), field="present")
    taking_part = present - recused
    if any(seat_id in standing.recusals for seat_id in taking_part):
        raise DomainError(
            _("Somebody who declared a conflict of interest is among those who took part."),
            field="recused",
        )
    board, rules = standing.board, rules_of(Bylaws.objects.in_force(held_on))
    if presider is None:
        raise DomainError(
            _("Neither the chair nor the vice chair took part: the board had no quorum."),
            field="present",
        )
    needed = rules.seats_needed(len(board.elected))
    # Deputies fill the seats of members who are away, and no more than those.
    filled = min(len(board.elected), len(taking_part))
    if filled < needed:
        raise DomainError(
            _("%(needed)s seats had to take part; %(present)s did: the board had no quorum.")
            % {"needed": needed, "present": filled},
            field="present",
        )
    if unanimous:
        if in_favour or against or abstained:
            raise DomainError(
                _("A unanimous decision without a vote has no votes to count."), field="unanimous"
            )
        return
    if in_favour + against + abstained > filled:
        raise DomainError(_("More votes than seats that took part."), field="in_favour")
    given = {Choice.FOR: in_favour, Choice.AGAINST: against, Choice.ABSTAIN: abstained}
    if not any(given.values()):
        raise DomainError(_("Give the votes, or say that it was unanimous."), field="in_favour")
    # How whoever presided voted is not recorded: it is one of the votes that were given.
    possible = {
        rules.carries(in_favour, against, presider=choice)
        for choice, votes in given.items()
        if votes
    }
    if carried not in possible:
        raise DomainError(_("This outcome does not follow from these votes."), field="carried")


@act(gettext_noop("%(who)s confirmed the decision made at a meeting."))
def confirm_meeting_decision(
    *, matter_id: int, record_id: int, by: User, at: datetime
) -> Resolution:
    """Whoever presided at the meeting confirms what was recorded: it becomes the resolution.

    `record_id` names what was read: a record that was replaced meanwhile is not confirmed.
    """
    standing = lock_standing(matter_id, at)
    require("board.take_part", by, standing.matter, at=at)
    record = standing.matter.meeting_records.filter(withdrawn_at=None, pk=record_id).first()
    if record is None:
        raise InvalidTransition(_("There is no such record to confirm: it may have been replaced."))
    seat = standing.seat_of(by)
    if seat is None or not standing.confirms(record, seat.seat_id):
        raise NotAllowed(_("Whoever presided at the meeting confirms its decision."))
    bylaws = Bylaws.objects.in_force(record.held_on)
    return _resolve(
        standing,
        carried=record.carried,
        reason=record.reason,
        record=_meeting_record(standing, record, bylaws),
        bylaws=bylaws,
        at_meeting=record,
        by=by,
        at=at,
    )


def _meeting_record(standing: Standing, record: MeetingRecord, bylaws: Bylaws) -> dict[str, Any]:
    offices = _offices_on(record.held_on)
    return {
        "procedure": "meeting",
        "meeting": record.meeting,
        "held_on": record.held_on.isoformat(),
        "section": record.section,
        "elected": len(standing.board.elected),
        "needed": rules_of(bylaws).seats_needed(len(standing.board.elected)),
        "unanimous": record.unanimous,
        "in_favour": record.in_favour,
        "against": record.against,
        "abstained": record.abstained,
        "dissents": record.dissents,
        "presider": str(standing.entitlements[record.presider_id].seat),
        "seats": [
            {
                "name": str(entitlement.seat),
                "organisation": entitlement.seat.organisation,
                "seat": entitlement.seat.kind,
                "office": offices.get(seat_id, ""),
                "present": seat_id in record.present,
                "recused": seat_id in {*record.recused, *standing.recusals},
                "ground": entitlement.ground,
            }
            for seat_id, entitlement in standing.entitlements.items()
        ],
    }
