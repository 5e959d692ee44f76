"""What the secretary does for the board: bringing matters, recording what came otherwise."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from board.forms import BringForm, DeadlineForm, EnterVoteForm, MeetingDecisionForm, OpenMatterForm
from board.models import SeatKind, proposed_admission, proposed_expulsion
from board.services import matters, resolving, voting
from board.standing import Standing
from board.views.matters import standing_for, trail
from board.words import seat_title
from kip.access import allowed
from kip.bylaws.models import Bylaws
from kip.exceptions import DomainError
from kip.mail.confirm import confirm
from members.models import Application, Expulsion
from members.states import ApplicationStatus


def _prepares(request: HttpRequest) -> datetime:
    """Now, for the secretary; for others these pages do not exist."""
    at = timezone.now()
    if not allowed("board.prepare", request.user, at=at):
        raise Http404
    return at


def _initial(at: datetime, **more: Any) -> dict[str, Any]:
    return {"deadline": timezone.localtime(matters.default_deadline(at)), **more}


def bring(request: HttpRequest, application_id: int) -> HttpResponse:
    """Bring a checked application before the board."""
    at = _prepares(request)
    application = get_object_or_404(Application, pk=application_id)
    with override(Bylaws.objects.in_force_at(at).record_language):
        proposal = proposed_admission(application)
    form = BringForm(
        request.POST or None, request.FILES or None, initial=_initial(at, proposal=proposal)
    )
    back = reverse("admin:members_application_change", args=[application.pk])
    unanswered = application.status == ApplicationStatus.INFORMATION_REQUESTED
    return confirm(
        request,
        title=_("Bring before the board: %(company)s") % {"company": application},
        act_text=_("Bring before the board"),
        form=form,
        sample=_initial(at),
        consequences=[
            *([_("The applicant has not answered your question yet.")] if unanswered else []),
            _("The board members are asked to vote in writing until the deadline."),
            _("If it is taken up at a meeting, the whole board and the secretary are told that."),
            _("The applicant is told that the board decides."),
        ],
        # The proposal that is not reworded follows the company's facts when they are corrected.
        act=lambda data: matters.bring_before_board(
            application_id=application.pk,
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
            **(data | {"proposal": ""} if data.get("proposal") == proposal else data),
        ),
        done=gettext_lazy("The application is before the board."),
        back=back,
        onward=lambda matter: reverse("board:matter", args=[matter.pk]),
        context={
            "breadcrumb": [
                (_("The secretary’s desk"), reverse("admin:index")),
                (_("Applications"), reverse("admin:members_application_changelist")),
                (str(application), back),
            ]
        },
    )


def bring_expulsion(request: HttpRequest, expulsion_id: int) -> HttpResponse:
    """Bring an expulsion before the board, when the member has been heard."""
    at = _prepares(request)
    expulsion = get_object_or_404(
        Expulsion.objects.select_related("period__member"), pk=expulsion_id
    )
    with override(Bylaws.objects.in_force_at(at).record_language):
        proposal = proposed_expulsion(expulsion)
    back = reverse("admin:members_expulsion_change", args=[expulsion.pk])
    return confirm(
        request,
        title=_("Bring before the board: %(matter)s") % {"matter": expulsion},
        act_text=_("Bring before the board"),
        form=BringForm(
            request.POST or None, request.FILES or None, initial=_initial(at, proposal=proposal)
        ),
        sample=_initial(at),
        consequences=[
            _("The board members are asked to vote in writing until the deadline."),
            _("If it is taken up at a meeting, the whole board and the secretary are told that."),
            _("The board reads the facts, the paper and the member’s answer."),
        ],
        act=lambda data: matters.bring_expulsion(
            expulsion_id=expulsion.pk,
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
            **(data | {"proposal": ""} if data.get("proposal") == proposal else data),
        ),
        done=gettext_lazy("The expulsion is before the board."),
        back=back,
        onward=lambda matter: reverse("board:matter", args=[matter.pk]),
        context={
            "breadcrumb": [
                (_("The secretary’s desk"), reverse("admin:index")),
                (_("Expulsions"), reverse("admin:members_expulsion_changelist")),
                (str(expulsion), back),
            ]
        },
    )


def open_matter(request: HttpRequest) -> HttpResponse:
    """Put any other question to the board."""
    at = _prepares(request)
    form = OpenMatterForm(request.POST or None, request.FILES or None, initial=_initial(at))
    return confirm(
        request,
        title=_("Put a matter before the board"),
        act_text=_("Put it before the board"),
        form=form,
        sample=_initial(at, title=_("[the title]"), proposal="…"),
        consequences=[
            _("The board members are asked to vote in writing until the deadline."),
            _("If it is taken up at a meeting, the whole board and the secretary are told that."),
        ],
        act=lambda data: matters.open_matter(by=request.user, at=timezone.now(), **data),  # type: ignore[arg-type]
        done=gettext_lazy("The matter is before the board."),
        back=reverse("board:matters"),
        onward=lambda matter: reverse("board:matter", args=[matter.pk]),
        context={"breadcrumb": trail(request)},
    )


def close(request: HttpRequest, pk: int) -> HttpResponse:
    _prepares(request)
    standing = standing_for(request, pk)
    return confirm(
        request,
        title=_("Close without a decision"),
        lead=str(standing.matter),
        act_text=_("Close without a decision"),
        consequences=[_("The matter ends. Votes cast stay on file and count for nothing.")],
        act=lambda data: matters.close_matter(matter_id=pk, by=request.user, at=timezone.now()),  # type: ignore[arg-type]
        done=gettext_lazy("The matter was closed."),
        back=reverse("board:matter", args=[pk]),
        danger=True,
        context={"breadcrumb": trail(request, standing)},
    )


def take_up_anew(request: HttpRequest, pk: int) -> HttpResponse:
    at = _prepares(request)
    standing = standing_for(request, pk)
    return confirm(
        request,
        title=_("Take up anew"),
        lead=str(standing.matter),
        act_text=_("Take up anew"),
        form=DeadlineForm(request.POST or None, initial=_initial(at)),
        sample=_initial(at),
        consequences=[_("The board that sits now votes anew; earlier votes count for nothing.")],
        act=lambda data: matters.take_up_anew(
            matter_id=pk,
            by=request.user,
            at=timezone.now(),
            **data,  # type: ignore[arg-type]
        ),
        done=gettext_lazy("The matter is before the board that sits now."),
        back=reverse("board:matter", args=[pk]),
        onward=lambda matter: reverse("board:matter", args=[matter.pk]),
        context={"breadcrumb": trail(request, standing)},
    )


def enter_vote(request: HttpRequest, pk: int) -> HttpResponse:
    """Enter a vote that came by mail or phone. The board member is told."""
    _prepares(request)
    standing = standing_for(request, pk)
    if not standing.takes_votes:
        messages.info(request, _("No votes are taken in this matter any more."))
        return redirect("board:matter", pk)
    return confirm(
        request,
        title=_("Enter a vote that came by mail or phone"),
        lead=str(standing.matter),
        act_text=_("Enter the vote"),
        form=EnterVoteForm(request.POST or None, request.FILES or None, standing=standing),
        consequences=[_("The board member is told by mail, and can change the vote.")],
        act=lambda data: voting.enter_vote(
            matter_id=pk,
            seat_id=data.pop("seat"),
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
            **data,
        ),
        done=gettext_lazy("The vote has been entered, and its voter is told."),
        back=reverse("board:matter", args=[pk]),
        # To whom depends on whose vote it is.
        context={"breadcrumb": trail(request, standing), "letters": None},
    )


def record_decision(request: HttpRequest, pk: int) -> HttpResponse:
    """Record what the board decided at its meeting; whoever presided confirms it."""
    _prepares(request)
    standing = standing_for(request, pk)
    present = [seat for seat in standing.board.elected if seat not in standing.recusals]
    initial = {"held_on": timezone.localdate(standing.at), "present": present}
    return confirm(
        request,
        title=_("Record a decision made at a meeting"),
        lead=str(standing.matter),
        act_text=_("Record the decision"),
        form=MeetingDecisionForm(
            request.POST or None,
            standing=standing,
            initial={**initial, "recused": list(standing.recusals)},
        ),
        sample={
            **initial,
            "meeting": "…",
            "section": "1",
            "carried": True,
            "unanimous": True,
        },
        consequences=[
            _("Whoever presided at the meeting is asked to confirm it; then it is a resolution."),
            _("A record made earlier and not yet confirmed gives way to this one."),
        ],
        act=lambda data: resolving.record_meeting_decision(
            matter_id=pk,
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
            **data,
        ),
        done=gettext_lazy(
            "The decision has been recorded; whoever presided is asked to confirm it."
        ),
        back=reverse("board:matter", args=[pk]),
        context={"breadcrumb": trail(request, standing)},
    )


def absence(request: HttpRequest, pk: int) -> HttpResponse:
    """Who is away: a deputy fills the seat. The chair and vice chair may say so too."""
    standing = _absence_standing(request, pk)
    rows = [
        (part, seat_title(standing.offices.get(seat_id, ""), part.seat.kind))
        for seat_id, part in standing.entitlements.items()
        if not part.choice and not part.recused_at
    ]
    return render(
        request,
        "board/absence.html",
        {"matter": standing.matter, "rows": rows, "breadcrumb": trail(request, standing)},
    )


def mark_absence(request: HttpRequest, pk: int, seat_id: int) -> HttpResponse:
    """Mark one member absent, or present again; asked once."""
    standing = _absence_standing(request, pk)
    part = standing.entitlements.get(seat_id)
    if part is None:
        raise Http404
    back = reverse("board:absence", args=[pk])
    person = {"person": part.seat.person}
    is_away = part.absent_since is not None
    if is_away:
        title, act_text = _("Mark %(person)s present again"), _("Mark present again")
        consequences = [
            _("%(person)s has the vote again.") % person,
            _("A deputy who took the seat has no vote any more; one cast already does not count."),
        ]
    else:
        title, act_text = _("Mark %(person)s absent"), _("Mark absent")
        consequences = [
            _("%(person)s has no vote in this matter, until marked present again.") % person,
            _("The next deputy steps in instead, if there is one.")
            if part.seat.kind == SeatKind.DEPUTY
            else _("A deputy takes the seat, if there is one: the next in the deputies’ order."),
            _("If it is not true, %(person)s can tell the secretary.") % person,
        ]

    def act(data: dict[str, Any]) -> str:
        if data["pressed"] not in {"here", "absent"}:
            raise DomainError(_("Press the button on the page that asks."))
        here = data["pressed"] == "here"
        (voting.mark_present if here else voting.mark_absent)(
            matter_id=pk,
            seat_id=seat_id,
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
        )
        done = (
            _("%(person)s is marked present again.") if here else _("%(person)s is marked absent.")
        )
        return done % person

    return confirm(
        request,
        title=title % person,
        lead=str(standing.matter),
        act_text=act_text,
        pressed="here" if is_away else "absent",
        consequences=consequences,
        act=act,
        done=lambda said: said,
        back=back,
        context={
            "breadcrumb": [*trail(request, standing), (_("Mark somebody absent"), back)],
        },
    )


def _absence_standing(request: HttpRequest, pk: int) -> Standing:
    """An open matter, for the secretary, the chair and the vice chair; 404 for others."""
    standing = standing_for(request, pk)
    may = allowed("board.mark_absent", request.user, at=standing.at) and not standing.is_recused(
        request.user  # type: ignore[arg-type]
    )
    if not may or not standing.matter.is_open:
        raise Http404
    return standing
