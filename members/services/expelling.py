"""Expulsion (§ 14–15): the member is heard, then who decides by the bylaws decides."""

from datetime import date, datetime

from django.core.files.uploadedfile import UploadedFile
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kip.access import require
from kip.accounts.models import User
from kip.audit.acts import act
from kip.bylaws.models import Body, Bylaws
from kip.documents import services as documents
from kip.exceptions import DomainError, InvalidTransition
from members.letters import leaving as letters
from members.models import EndReason, Expulsion, ExpulsionGround
from members.services.leaving import membership_now
from members.services.locks import locked_expulsion, locked_member
from members.services.news import on_expulsion_dropped
from members.services.register import end_membership
from members.states import EXPULSION, ExpulsionStatus


@act(gettext_noop("%(who)s opened an expulsion."))
def open_expulsion(
    *,
    member_id: int,
    ground: str,
    facts: str,
    answer_by: date | None,
    paper: UploadedFile | None = None,
    by: User,
    at: datetime,
) -> Expulsion:
    """The secretary opens a case; the member is heard by the local date `answer_by` (§ 15).

    For unpaid fees there need be no hearing: `answer_by` may then be None.
    """
    member = locked_member(member_id)
    require("members.keep_register", by, at=at)
    period = membership_now(member, at=at)
    if period.expulsions.filter(status__in=EXPULSION.open).exists():
        raise InvalidTransition(_("An expulsion of this company is open already."))
    if answer_by is None and ground != ExpulsionGround.FEES:
        raise DomainError(
            _("The member is heard before it is decided: give the day by which it may answer."),
            field="answer_by",
        )
    if answer_by is not None and answer_by <= timezone.localdate(at):
        raise DomainError(_("Give the member at least until tomorrow."), field="answer_by")
    expulsion = Expulsion.objects.create(
        period=period,
        ground=ground,
        facts=facts,
        document=documents.store(upload=paper, by=by, at=at) if paper else None,
        decided_by=Bylaws.objects.in_force_at(at).expulsion_decided_by,
        opened_by=by,
        opened_at=at,
        answer_by=answer_by,
    )
    if answer_by is None:
        expulsion.move_to(ExpulsionStatus.HEARD)
    letters.hearing(expulsion, at=at)
    return expulsion


@act(gettext_noop("%(who)s answered for the company."))
def answer_hearing(
    *,
    expulsion_id: int,
    answer: str,
    paper: UploadedFile | None = None,
    by: User,
    at: datetime,
) -> None:
    """The member answers, once; or the secretary enters what it answered otherwise.

    An answer that comes late is taken as long as nothing is decided.
    """
    expulsion = locked_expulsion(expulsion_id)
    require("members.be_heard", by, expulsion.period.member, at=at)
    if not expulsion.is_open or expulsion.answered_at is not None:
        raise InvalidTransition(
            _("The member has answered already.") if expulsion.is_open else _("This is decided.")
        )
    expulsion.answer, expulsion.answered_by, expulsion.answered_at = answer, by, at
    expulsion.answer_document = documents.store(upload=paper, by=by, at=at) if paper else None
    expulsion.save(update_fields=["answer", "answer_document", "answered_by", "answered_at"])
    if expulsion.status == ExpulsionStatus.HEARING:
        expulsion.move_to(ExpulsionStatus.HEARD)
    letters.answered(expulsion, by=by, at=at)


def _end_hearing(expulsion: Expulsion, *, decided_by: str, at: datetime) -> None:
    """What follows is a decision: by whom the bylaws say, and after the hearing."""
    if expulsion.decided_by != decided_by:
        raise InvalidTransition(
            _("By the bylaws it is decided by %(body)s.")
            % {"body": expulsion.get_decided_by_display()}
        )
    if expulsion.status != ExpulsionStatus.HEARING:
        return
    if not expulsion.hearing_is_over(at):
        raise InvalidTransition(
            _("The member may answer until %(day)s.")
            % {"day": formats.date_format(expulsion.answer_by)}  # type: ignore[arg-type]
        )
    expulsion.move_to(ExpulsionStatus.HEARD)


@act(gettext_noop("%(who)s dropped the expulsion."))
def drop_expulsion(*, expulsion_id: int, reasons: str = "", by: User, at: datetime) -> None:
    """The secretary lets the case go: the member stays. The board's matter closes with it."""
    expulsion = locked_expulsion(expulsion_id)
    require("members.keep_register", by, at=at)
    _drop(expulsion, decision="", reasons=reasons, at=at)
    on_expulsion_dropped(expulsion=expulsion, by=by, at=at)


def _drop(expulsion: Expulsion, *, decision: str, reasons: str, at: datetime) -> None:
    expulsion.move_to(
        ExpulsionStatus.DROPPED, ended_at=at, resolution=decision, reasons=reasons.strip()
    )
    letters.not_expelled(expulsion, at=at)


def _expel(
    expulsion: Expulsion, *, decision: str, reasons: str, on: date, by: User, at: datetime
) -> None:
    if not reasons.strip():
        raise DomainError(_("State the reasons: the member is told them."), field="reasons")
    period = expulsion.period
    if period.until is not None and period.until <= on:
        raise InvalidTransition(
            _("The membership has ended already, on %(day)s: drop the expulsion.")
            % {"day": formats.date_format(period.until)}
        )
    expulsion.move_to(
        ExpulsionStatus.EXPELLED, ended_at=at, resolution=decision, reasons=reasons.strip()
    )
    ended = end_membership(
        period, until=on, reason=EndReason.EXPELLED, ground=decision, by=by, at=at
    )
    letters.expelled(expulsion, ended, at=at)


@act(gettext_noop("%(who)s recorded what the general meeting decided on the expulsion."))
def record_meeting_expulsion(
    *,
    expulsion_id: int,
    meeting: str,
    held_on: date,
    carried: bool,
    reasons: str,
    by: User,
    at: datetime,
) -> None:
    """The general meeting has decided, where the bylaws leave it to the meeting (§ 14).

    `meeting` names it and the section of its minutes. A member that is expelled is one no longer
    from the day of the meeting, and is told the reasons.
    """
    expulsion = locked_expulsion(expulsion_id)
    require("members.keep_register", by, at=at)
    _end_hearing(expulsion, decided_by=Body.MEETING, at=at)
    if held_on > timezone.localdate(at):
        raise DomainError(_("A decision is recorded after the meeting."), field="held_on")
    if held_on < timezone.localdate(expulsion.opened_at):
        raise DomainError(_("The expulsion was opened only after that day."), field="held_on")
    if expulsion.answered_at is None and expulsion.answer_by and held_on <= expulsion.answer_by:
        raise DomainError(
            _("The member had until %(day)s to answer: a meeting could decide only after that.")
            % {"day": formats.date_format(expulsion.answer_by)},
            field="held_on",
        )
    if carried:
        _expel(expulsion, decision=meeting, reasons=reasons, on=held_on, by=by, at=at)
    else:
        _drop(expulsion, decision=meeting, reasons=reasons, at=at)


# --- Called by the board, which has checked who may; none has a page of its own -----------------


@act(gettext_noop("%(who)s brought the expulsion before the board."))
def put_expulsion_before_board(*, expulsion_id: int, by: User, at: datetime) -> Expulsion:
    """The member was heard, or had the time for it: the board decides, where the bylaws say so."""
    require("members.keep_register", by, at=at)
    expulsion = locked_expulsion(expulsion_id)
    _end_hearing(expulsion, decided_by=Body.BOARD, at=at)
    expulsion.move_to(ExpulsionStatus.BEFORE_BOARD)
    return expulsion


@act(gettext_noop("%(who)s noted that the expulsion is to be decided anew."))
def return_expulsion(*, expulsion_id: int, by: User | None, at: datetime) -> None:
    """The board's matter closed or stopped without a decision."""
    locked_expulsion(expulsion_id).move_to(ExpulsionStatus.HEARD)


@act(gettext_noop("%(who)s recorded the expulsion of the company."))
def expel(*, expulsion_id: int, decision: str, reasons: str, by: User, at: datetime) -> None:
    """The board has expelled the company: it is a member no longer, from today (§ 14–15).

    `decision` cites it, e.g. "Resolution of the board 2027/9".
    """
    expulsion = locked_expulsion(expulsion_id)
    today = timezone.localdate(at)
    _expel(expulsion, decision=decision, reasons=reasons, on=today, by=by, at=at)


@act(gettext_noop("%(who)s recorded that the company was not expelled."))
def keep_member(*, expulsion_id: int, decision: str, reasons: str, by: User, at: datetime) -> None:
    """The board has not expelled the company."""
    _drop(locked_expulsion(expulsion_id), decision=decision, reasons=reasons, at=at)
