"""A member company resigns, or answers before it is decided whether it is expelled."""

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from kip.access import allowed
from kip.exceptions import InvalidTransition
from kip.mail.confirm import confirm
from members import services
from members.forms.leaving import HearingForm, ResignForm
from members.models import LONGEST_DELAY, Expulsion, Member
from members.presentation.leaving import EXPULSION_TONES, consequences_of_ending, expulsion_facts


def _member_for(request: HttpRequest, number: int, permission: str, at: datetime) -> Member:
    """The company, for who may do this for it; for others there is no such page."""
    member = get_object_or_404(Member, number=number)
    if not allowed(permission, request.user, member, at=at):
        raise Http404
    return member


def _trail(member: Member) -> list[tuple[str, str]]:
    return [
        (_("My KIP"), reverse("my_kip")),
        (str(member), reverse("own_company", args=[member.number])),
    ]


def resign(request: HttpRequest, number: int) -> HttpResponse:
    """Resign the membership, asked once."""
    at = timezone.now()
    member = _member_for(request, number, "members.resign", at)
    back = reverse("own_company", args=[number])
    today = timezone.localdate(at)
    try:
        period = services.membership_now(member, at=at)
    except InvalidTransition as error:
        raise Http404 from error
    earliest = services.earliest_end(period, today)
    return confirm(
        request,
        title=_("Resign the membership of %(company)s") % {"company": member},
        act_text=_("Resign the membership"),
        form=ResignForm(
            request.POST or None,
            request.FILES or None,
            earliest=earliest,
            latest=today + LONGEST_DELAY,
        ),
        sample={"has_authority": True},
        consequences=[
            *consequences_of_ending(member, earliest),
            _("If you give a later day, all of this is so from that day."),
            _("Nobody can refuse it."),
            _("Until it takes effect it can be taken back, if the board agrees; not afterwards."),
        ],
        act=lambda data: services.resign(
            member_id=member.pk,
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
            **data,
        ),
        done=gettext_lazy("The association has received the resignation."),
        back=back,
        # Whose role has ended has no page of the company any more.
        onward=lambda resignation: (
            back if resignation.effective_on > timezone.localdate() else reverse("my_kip")
        ),
        danger=True,
        context={"breadcrumb": _trail(member)},
    )


def _expulsion_for(
    request: HttpRequest, number: int, pk: int
) -> tuple[Expulsion, list[tuple[str, str]]]:
    """The expulsion and the way to it, for who speaks for the member and for the secretary."""
    member = _member_for(request, number, "members.be_heard", timezone.now())
    expulsion = get_object_or_404(
        Expulsion.objects.select_related("period__member", "document", "answer_document"),
        pk=pk,
        period__member=member,
    )
    if not request.user.is_secretary:  # type: ignore[union-attr]
        return expulsion, _trail(member)
    return expulsion, [
        (_("The secretary’s desk"), reverse("admin:index")),
        (_("Expulsions"), reverse("admin:members_expulsion_changelist")),
        (str(expulsion), reverse("admin:members_expulsion_change", args=[pk])),
    ]


@require_safe
def hearing(request: HttpRequest, number: int, pk: int) -> HttpResponse:
    """What is held against the member, what it answered, and what was decided."""
    expulsion, trail = _expulsion_for(request, number, pk)
    return render(
        request,
        "members/hearing.html",
        {
            "expulsion": expulsion,
            "breadcrumb": trail,
            "tone": EXPULSION_TONES[expulsion.status],
            "facts": expulsion_facts(expulsion),
            "documents": [d for d in (expulsion.document, expulsion.answer_document) if d],
            "may_answer": expulsion.is_open and expulsion.answered_at is None,
        },
    )


def answer_hearing(request: HttpRequest, number: int, pk: int) -> HttpResponse:
    """The member answers, or the secretary enters what it answered otherwise."""
    expulsion, trail = _expulsion_for(request, number, pk)
    back = reverse("hearing", args=[number, pk])
    by_secretary = request.user.is_secretary  # type: ignore[union-attr]
    return confirm(
        request,
        title=_("Enter what the member answers") if by_secretary else _("Answer for the company"),
        lead=str(expulsion),
        act_text=_("Enter the answer") if by_secretary else _("Send the answer"),
        form=HearingForm(request.POST or None, request.FILES or None),
        sample={"answer": "…"},
        consequences=[_("Whoever decides reads the answer. It cannot be changed afterwards.")],
        act=lambda data: services.answer_hearing(
            expulsion_id=pk,
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
            **data,
        ),
        done=gettext_lazy("The answer is on file."),
        back=back,
        context={"breadcrumb": [*trail, (_("The case"), back)]},
    )
