"""A matter before the board: reading it, voting, declaring."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from board.decision import Outcome
from board.forms import ConflictForm, ReasonForm, VoteForm
from board.models import Matter
from board.presentation import (
    MATTER_TONES,
    matter_page,
    record_in_words,
    what_expelling_does,
)
from board.services import matters, resolving, voting
from board.standing import Standing
from kip.access import allowed
from kip.exceptions import DomainError, add_to_form
from kip.mail.confirm import confirm
from members.models import MembershipPeriod

PER_PAGE = 25


def standing_for(request: HttpRequest, pk: int) -> Standing:
    """How the matter stands now, for those who may read it; for others it does not exist."""
    at = timezone.now()
    matter = get_object_or_404(
        Matter.objects.with_subject().select_related(
            "application__applicant", "term", "resolution__bylaws", "resolution__at_meeting"
        ),
        pk=pk,
    )
    standing = Standing(matter, at)
    # Who holds an entitled seat now sits on the board: that is read already.
    part = standing.seat_of(request.user)  # type: ignore[arg-type]
    sits = part is not None and part.seat.holds(at)
    if not sits and not allowed("board.read_matter", request.user, matter, at=at):
        raise Http404
    return standing


def _turn_away_recused(request: HttpRequest, standing: Standing) -> None:
    """Whoever declared a conflict of interest takes no part in handling (§ 37)."""
    if standing.is_recused(request.user):  # type: ignore[arg-type]
        raise Http404


def trail(request: HttpRequest, standing: Standing | None = None) -> list[tuple[str, str]]:
    """The way here: from the secretary's desk, or from a board member's own page."""
    found = [
        (_("The secretary’s desk"), reverse("admin:index"))
        if request.user.is_secretary  # type: ignore[union-attr]
        else (_("My KIP"), reverse("my_kip")),
        (_("Matters before the board"), reverse("board:matters")),
    ]
    if standing is not None:
        found.append((str(standing.matter), reverse("board:matter", args=[standing.matter.pk])))
    return found


@require_safe
def matter_list(request: HttpRequest) -> HttpResponse:
    """What is before the board, and what it resolved."""
    at = timezone.now()
    if not allowed("board.read_matter", request.user, None, at=at):
        raise Http404
    found = Matter.objects.with_subject().select_related("resolution")
    which = request.GET.get("which", "pending")
    query = request.GET.get("q", "").strip()
    if which == "pending":
        found = found.pending()
    if query:
        found = found.filter(
            Q(title__icontains=query)
            | Q(application__name__icontains=query)
            | Q(expulsion__period__member__name__icontains=query)
        )
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "board/matter_list.html",
        {
            "page_obj": page,
            "rows": [(matter, MATTER_TONES[matter.status]) for matter in page],
            "which": which,
            "query": query,
            "may_prepare": allowed("board.prepare", request.user, at=at),
            "doubted": MembershipPeriod.objects.doubted(timezone.localdate(at)),
            "breadcrumb": trail(request)[:1],
        },
    )


@require_safe
def matter(request: HttpRequest, pk: int) -> HttpResponse:
    standing = standing_for(request, pk)
    return render(
        request,
        "board/matter.html",
        matter_page(standing, request.user)
        | {"breadcrumb": trail(request), "vote_form": _vote_form(request, standing)},  # type: ignore[arg-type]
    )


def _vote_form(request: HttpRequest, standing: Standing) -> VoteForm:
    """With the reason given before, so that a changed vote keeps it."""
    part = standing.seat_of(request.user)  # type: ignore[arg-type]
    return VoteForm(initial={"reason": part.reason if part is not None else ""})


@require_POST
def vote(request: HttpRequest, pk: int) -> HttpResponse:
    form = VoteForm(request.POST)
    standing = standing_for(request, pk)
    if form.is_valid():
        try:
            voting.cast_vote(
                matter_id=pk,
                choice=form.cleaned_data["choice"],
                reason=form.cleaned_data["reason"],
                by=request.user,  # type: ignore[arg-type]
                at=standing.at,
            )
        except DomainError as error:
            add_to_form(form, error)
        else:
            messages.success(
                request,
                _("Your vote has been recorded. You can change it while the vote is open."),
            )
            return redirect("board:matter", pk)
    context = matter_page(standing, request.user) | {
        "breadcrumb": trail(request),
        "vote_form": form,
    }  # type: ignore[arg-type]
    return render(request, "board/matter.html", context, status=422)


@require_POST
def take_back_conflict(request: HttpRequest, pk: int) -> HttpResponse:
    standing_for(request, pk)
    return _act(
        request,
        pk,
        lambda: voting.take_back_conflict(matter_id=pk, by=request.user, at=timezone.now()),  # type: ignore[arg-type]
        _("You take part in this matter again."),
    )


def _act(request: HttpRequest, pk: int, act: Callable[[], Any], done: str) -> HttpResponse:
    try:
        act()
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect("board:matter", pk)


def declare_conflict(request: HttpRequest, pk: int) -> HttpResponse:
    standing = standing_for(request, pk)
    part = standing.seat_of(request.user)  # type: ignore[arg-type]
    has_voted = part is not None and part.choice
    return confirm(
        request,
        title=_("Declare a conflict of interest"),
        lead=_("In the matter: %(matter)s") % {"matter": standing.matter},
        act_text=_("Declare a conflict of interest"),
        form=ConflictForm(request.POST or None),
        consequences=[
            _("You do not vote, and take no part in the discussion."),
            *([_("The vote that you have cast is taken off.")] if has_voted else []),
            _("The papers and votes of this matter are not shown to you any more."),
            _("A deputy fills your seat, if there is one."),
            _("It stands in the record of the resolution."),
        ],
        act=lambda data: voting.declare_conflict(
            matter_id=pk,
            ground=data.get("ground", ""),
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
        ),
        done=gettext_lazy("You have declared a conflict of interest."),
        back=reverse("board:matter", args=[pk]),
        context={"breadcrumb": trail(request, standing)},
    )


def send_to_meeting(request: HttpRequest, pk: int) -> HttpResponse:
    standing = standing_for(request, pk)
    return confirm(
        request,
        title=_("Send the matter to a meeting"),
        lead=_("In the matter: %(matter)s") % {"matter": standing.matter},
        act_text=_("Send it to a meeting"),
        consequences=[
            _("The written vote ends; votes cast so far stay on file and count for nothing."),
            _("The board decides the matter at its meeting."),
        ],
        act=lambda data: matters.send_to_meeting(matter_id=pk, by=request.user, at=timezone.now()),  # type: ignore[arg-type]
        done=gettext_lazy("The matter is to be taken up at a meeting."),
        back=reverse("board:matter", args=[pk]),
        context={"breadcrumb": trail(request, standing)},
    )


def declare(request: HttpRequest, pk: int) -> HttpResponse:
    """The one act that decides: only whoever presides, and only when the outcome stands."""
    standing = standing_for(request, pk)
    _turn_away_recused(request, standing)
    presider = standing.presider
    may = (
        standing.matter.is_open
        and standing.tally.may_be_declared
        and presider is not None
        and presider.seat.person_id == request.user.pk
    )
    if not may:
        # No more than this: the count is for whoever presides while votes are hidden.
        messages.error(
            request,
            _("Whoever presides declares it, when everyone has voted or the deadline has passed."),
        )
        return redirect("board:matter", pk)
    carried = standing.tally.outcome == Outcome.CARRIED
    asks_reason = standing.matter.needs_reason(carried=carried)
    consequences = [
        _("%(in_favour)d in favour, %(against)d against, %(abstained)d abstained.")
        % {
            "in_favour": standing.tally.in_favour,
            "against": standing.tally.against,
            "abstained": standing.tally.abstained,
        },
        _("The resolution is numbered and can never be changed."),
    ]
    if standing.matter.application is not None:
        consequences.append(
            _("The company becomes a member today, and its people get their access.")
            if carried
            else _("The applicant is told the reason that you give.")
        )
    if standing.matter.expulsion is not None:
        consequences += what_expelling_does(standing, carried=carried)
    return confirm(
        request,
        title=_("Declare the resolution"),
        lead=str(standing.matter),
        act_text=_("Declare: carried") if carried else _("Declare: not carried"),
        pressed="carried" if carried else "not carried",
        form=ReasonForm(request.POST or None, expelled=carried) if asks_reason else None,
        sample={"reason": "…"},
        consequences=consequences,
        act=lambda data: resolving.declare(
            matter_id=pk,
            carried=data["pressed"] == "carried",
            reason=data.get("reason", ""),
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
        ),
        done=lambda resolution: _("Resolution %(number)s stands.") % {"number": resolution},
        back=reverse("board:matter", args=[pk]),
        context={"breadcrumb": trail(request, standing)},
    )


def confirm_record(request: HttpRequest, pk: int, record_id: int) -> HttpResponse:
    """Whoever presided at the meeting confirms what the secretary recorded."""
    standing = standing_for(request, pk)
    _turn_away_recused(request, standing)
    record = standing.matter.meeting_records.filter(pk=record_id, withdrawn_at=None).first()
    if record is None:
        messages.error(request, _("There is no such record to confirm: it may have been replaced."))
        return redirect("board:matter", pk)
    return confirm(
        request,
        title=_("Confirm the decision of the meeting"),
        lead=f"{standing.matter} – {record}",
        act_text=_("Confirm: carried") if record.carried else _("Confirm: not carried"),
        consequences=[
            *record_in_words(standing, record),
            _("The decision stands as a resolution; it is numbered and can never be changed."),
            *what_expelling_does(standing, carried=record.carried),
        ],
        act=lambda data: resolving.confirm_meeting_decision(
            matter_id=pk,
            record_id=record_id,
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
        ),
        done=lambda resolution: _("Resolution %(number)s stands.") % {"number": resolution},
        back=reverse("board:matter", args=[pk]),
        context={"breadcrumb": trail(request, standing)},
    )
