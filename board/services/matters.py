"""What is put before the board, and how a matter ends without a decision."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.core.files.uploadedfile import UploadedFile
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from board import letters
from board.decision import Lapse
from board.models import (
    Entitlement,
    Matter,
    MatterDocument,
    MatterKind,
    Resolution,
    Seat,
    SeatKind,
    Term,
)
from board.services.locks import (
    check_not_recused,
    lock_matter,
    lock_matter_if_free,
    lock_standing,
)
from board.standing import Standing
from board.states import MatterStatus
from kip.access import allowed, require
from kip.accounts.models import User
from kip.audit.acts import act
from kip.bylaws.models import Bylaws, WrittenProcedure
from kip.documents import services as documents
from kip.exceptions import DomainError, InvalidTransition
from members import services as members
from members.models import Application, Expulsion


def _sitting_term(at: datetime) -> Term:
    term: Term | None = Term.objects.in_force(at).first()
    if term is None:
        raise DomainError(_("No board is in office: record its term and seats first."))
    return term


def _open(
    *,
    kind: str,
    title: str,
    proposal: str,
    deadline: datetime,
    papers: Iterable[UploadedFile],
    for_meeting: bool,
    by: User,
    at: datetime,
    application: Application | None = None,
    expulsion: Expulsion | None = None,
    takes_up: Matter | None = None,
) -> Matter:
    if deadline <= at:
        raise DomainError(_("The deadline must lie ahead."), field="deadline")
    days = Bylaws.objects.in_force_at(at).decision_days
    if not for_meeting and timezone.localdate(deadline) > timezone.localdate(at) + timedelta(days):
        raise DomainError(
            ngettext(
                "The bylaws allow %(days)d day for a written decision.",
                "The bylaws allow %(days)d days for a written decision.",
                days,
            )
            % {"days": days},
            field="deadline",
        )
    term = _sitting_term(at)
    seats = list(Seat.objects.in_force(at).filter(term=term).select_related("person"))
    matter = Matter.objects.create(
        kind=kind,
        title=title,
        proposal=proposal,
        application=application,
        expulsion=expulsion,
        term=term,
        opened_by=by,
        opened_at=at,
        deadline=deadline,
        takes_up=takes_up,
    )
    conflicts = _conflicts_in(takes_up)
    Entitlement.objects.bulk_create(
        Entitlement(
            matter=matter,
            seat=seat,
            recused_at=at if seat.person_id in conflicts else None,
            ground=conflicts.get(seat.person_id, ""),
        )
        for seat in seats
    )
    before = MatterDocument.objects.filter(matter=takes_up).select_related("document")
    stored = [documents.store(upload=paper, by=by, at=at) for paper in papers]
    for document in [*(paper.document for paper in before), *stored]:
        MatterDocument.objects.create(matter=matter, document=document)
    if for_meeting:
        _move_to_meeting(matter, lapse=None, at=at)
    elif (standing := Standing(matter, at)).tally.lapse is not None:
        # E.g. a board without a chair: nobody could preside over a written vote.
        take_to_meeting(matter, lapse=standing.tally.lapse, at=at)
    else:
        letters.matter_opened(standing, at=at)
    return matter


def _conflicts_in(stopped: Matter | None) -> dict[int, str]:
    """Conflicts declared before the board before: they hold in the same question, by person id."""
    parts = Entitlement.objects.filter(matter=stopped, recused_at__isnull=False)
    return dict(parts.values_list("seat__person", "ground")) if stopped is not None else {}


@act(gettext_noop("%(who)s brought the application before the board."))
def bring_before_board(
    *,
    application_id: int,
    deadline: datetime,
    proposal: str = "",
    papers: Iterable[UploadedFile] = (),
    for_meeting: bool = False,
    by: User,
    at: datetime,
) -> Matter:
    """The secretary puts a checked application to the board (§ 12).

    `for_meeting`: the board takes it up at its meeting instead of voting in writing.
    """
    require("board.prepare", by, at=at)
    procedure = Bylaws.objects.in_force_at(at).written_procedure
    in_writing = not for_meeting and procedure != WrittenProcedure.FORBIDDEN
    application = members.put_before_board(
        application_id=application_id,
        decision_by=timezone.localdate(deadline) if in_writing else None,
        by=by,
        at=at,
    )
    return _open(
        kind=MatterKind.ADMISSION,
        title="",
        proposal=proposal,
        deadline=deadline,
        papers=papers,
        for_meeting=for_meeting,
        by=by,
        at=at,
        application=application,
    )


@act(gettext_noop("%(who)s brought the expulsion before the board."))
def bring_expulsion(
    *,
    expulsion_id: int,
    deadline: datetime,
    proposal: str = "",
    papers: Iterable[UploadedFile] = (),
    for_meeting: bool = False,
    by: User,
    at: datetime,
) -> Matter:
    """The secretary puts an expulsion to the board, where the bylaws leave it to the board (§ 14).

    The member has been heard, or had the time for it. A matter that had stopped with the board
    before is taken up anew with it.
    """
    require("board.prepare", by, at=at)
    expulsion = members.put_expulsion_before_board(expulsion_id=expulsion_id, by=by, at=at)
    stopped = Matter.objects.filter(
        expulsion=expulsion, status=MatterStatus.STOPPED, taken_up_by=None
    )
    return _open(
        kind=MatterKind.EXPULSION,
        title="",
        proposal=proposal,
        deadline=deadline,
        papers=papers,
        for_meeting=for_meeting,
        by=by,
        at=at,
        expulsion=expulsion,
        takes_up=stopped.first(),
    )


@act(gettext_noop("%(who)s put a matter before the board."))
def open_matter(
    *,
    title: str,
    proposal: str,
    deadline: datetime,
    papers: Iterable[UploadedFile] = (),
    for_meeting: bool = False,
    by: User,
    at: datetime,
) -> Matter:
    """The secretary puts any other question to the board."""
    require("board.prepare", by, at=at)
    return _open(
        kind=MatterKind.OTHER,
        title=title,
        proposal=proposal,
        deadline=deadline,
        papers=papers,
        for_meeting=for_meeting,
        by=by,
        at=at,
    )


@act(gettext_noop("%(who)s sent the matter to a meeting."))
def send_to_meeting(*, matter_id: int, by: User, at: datetime) -> None:
    """Any member of the board may ask that a matter be decided at a meeting instead (§ 36).

    Except who declared a conflict of interest, and so takes no part in handling it (§ 37). Once the
    outcome stands, only the secretary and whoever presides may: nobody undoes a vote that was lost.
    """
    standing = lock_standing(matter_id, at)
    require("board.send_to_meeting", by, standing.matter, at=at)
    check_not_recused(standing, by)
    presides = standing.presider is not None and standing.presider.seat.person_id == by.pk
    if standing.tally.may_be_declared and not presides and not allowed("board.prepare", by, at=at):
        raise InvalidTransition(_("The vote is over; the outcome waits only to be declared."))
    _move_to_meeting(standing.matter, lapse=None, at=at)


def take_to_meeting(matter: Matter, *, lapse: Lapse, at: datetime) -> None:
    """A written vote that cannot lead to a decision lapses. The caller holds the lock."""
    if matter.is_open:
        _move_to_meeting(matter, lapse=lapse, at=at)


def _move_to_meeting(matter: Matter, *, lapse: Lapse | None, at: datetime) -> None:
    matter.move_to(MatterStatus.FOR_MEETING)
    _no_date_known(matter, at=at)
    letters.to_be_taken_up_at_meeting(Standing(matter, at), lapse=lapse, at=at)


def _no_date_known(matter: Matter, *, at: datetime) -> None:
    """Nobody can say any more by when the applicant hears of the decision."""
    if matter.application_id is not None:
        members.expect_decision(
            application_id=matter.application_id, decision_by=None, by=None, at=at
        )


@act(gettext_noop("%(who)s closed the matter without a decision."))
def close_matter(*, matter_id: int, by: User, at: datetime) -> None:
    """The secretary takes back a matter; an admission ends with its application instead.

    An expulsion is then to be decided anew.
    """
    require("board.prepare", by, at=at)
    matter = lock_matter(matter_id)
    if matter.kind == MatterKind.ADMISSION:
        raise DomainError(_("Withdraw the application instead; its matter closes with it."))
    matter.move_to(MatterStatus.CLOSED, ended_at=at)
    _to_be_decided_anew(matter, by=by, at=at)
    letters.matter_closed(Standing(matter, at), at=at)


def _to_be_decided_anew(matter: Matter, *, by: User | None, at: datetime) -> None:
    if matter.expulsion_id is not None:
        members.return_expulsion(expulsion_id=matter.expulsion_id, by=by, at=at)


def close_for_withdrawn(*, application: Application, by: User | None, at: datetime) -> None:
    """An application was withdrawn: its matter closes, inside that act, which holds the lock."""
    _close(Q(application=application), at=at)


def close_for_dropped(*, expulsion: Expulsion, by: User | None, at: datetime) -> None:
    """An expulsion was dropped: likewise."""
    _close(Q(expulsion=expulsion), at=at)


def _close(about: Q, *, at: datetime) -> None:
    pending = Matter.objects.select_for_update(of=["self"]).pending().with_subject()
    for matter in pending.filter(about).select_related("term"):
        matter.move_to(MatterStatus.CLOSED, ended_at=at)
        letters.matter_closed(Standing(matter, at), at=at)


def tell_of_document(*, application: Application, by: User, at: datetime) -> None:
    """A document was added to an application before the board: its members look again."""
    for matter in Matter.objects.pending().filter(application=application).select_related("term"):
        letters.document_added(Standing(matter, at), at=at)


def tell_of_correction(
    *, application: Application, names: list[str], by: User, at: datetime
) -> None:
    """The facts of an application before the board were corrected: its members look again."""
    for matter in Matter.objects.pending().filter(application=application).select_related("term"):
        letters.facts_corrected(Standing(matter, at), names, at=at)


def last_decided_on(*, at: datetime) -> date | None:
    """The local day of the latest resolution, for whoever changes the bylaws."""
    last = Resolution.objects.aggregate(last=Max("declared_at"))["last"]
    return timezone.localdate(last) if last is not None else None


def elected_seats(*, at: datetime) -> int:
    """The seats of members on the board that sits, for whoever changes the quorum."""
    seats: int = Seat.objects.in_force(at).filter(kind=SeatKind.MEMBER).count()
    return seats


@act(gettext_noop("%(who)s stopped the matter: the board has changed."))
def stop(*, matter_id: int, by: User | None, at: datetime) -> None:
    """The term or an entitled seat has ended. Votes stay on file and count for nothing."""
    _stop(lock_matter(matter_id), by=by, at=at)


@act(gettext_noop("%(who)s stopped the matter: the board has changed."))
def stop_if_free(*, matter_id: int, by: User | None, at: datetime) -> None:
    """The same for who holds other locks already: what is busy is stopped by the clock."""
    matter = lock_matter_if_free(matter_id)
    if matter is not None:
        _stop(matter, by=by, at=at)


def _stop(matter: Matter, *, by: User | None, at: datetime) -> None:
    if matter.is_pending and Standing(matter, at).board_has_changed:
        matter.move_to(MatterStatus.STOPPED, ended_at=at)
        _no_date_known(matter, at=at)
        _to_be_decided_anew(matter, by=by, at=at)
        letters.matter_stopped(matter, at=at)


@act(gettext_noop("%(who)s took up anew a matter that had stopped."))
def take_up_anew(
    *, matter_id: int, deadline: datetime, for_meeting: bool = False, by: User, at: datetime
) -> Matter:
    """Put a matter that stopped with the board before to the board that sits now."""
    require("board.prepare", by, at=at)
    stopped = lock_matter(matter_id)
    if stopped.status != MatterStatus.STOPPED or Matter.objects.filter(takes_up=stopped).exists():
        raise InvalidTransition(
            _("Only a matter that stopped can be taken up anew, and only once.")
        )
    if stopped.application is not None and not stopped.application.is_open:
        raise InvalidTransition(_("The application has ended meanwhile."))
    if stopped.application is not None:
        members.expect_decision(
            application_id=stopped.application.pk,
            decision_by=timezone.localdate(deadline),
            by=by,
            at=at,
        )
    if stopped.expulsion_id is not None:
        members.put_expulsion_before_board(expulsion_id=stopped.expulsion_id, by=by, at=at)
    return _open(
        kind=stopped.kind,
        title=stopped.title,
        proposal=stopped.proposal,
        deadline=deadline,
        papers=(),
        for_meeting=for_meeting,
        by=by,
        at=at,
        application=stopped.application,
        expulsion=stopped.expulsion,
        takes_up=stopped,
    )


def default_deadline(at: datetime) -> datetime:
    """The bylaws' days from today, at the end of that day in Helsinki."""
    days = Bylaws.objects.in_force_at(at).decision_days
    last_day = timezone.localtime(at) + timedelta(days=days)
    return last_day.replace(hour=23, minute=59, second=0, microsecond=0)
