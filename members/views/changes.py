"""What a company proposes for the register: other facts, or its merger into another member."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kip.mail.confirm import confirm
from members import services
from members.forms.company import ChangeForm, MergerForm
from members.models import Member, ProposedChange
from members.states import ChangeStatus
from members.views.company import back_of, home_of, member_for, trail

WAITS = gettext_lazy("The secretary has it now. The register changes when it is confirmed.")
RECORDED = gettext_lazy("The change is recorded.")


def propose_change(request: HttpRequest, number: int) -> HttpResponse:
    """The company proposes other registered facts; the secretary records them."""
    member = member_for(request, number)
    if (waiting := _waiting(request, member)) is not None:
        return waiting
    records = request.user.is_secretary  # type: ignore[union-attr]
    form = ChangeForm(
        request.POST or None, request.FILES or None, initial=member.registered_facts()
    )
    act = services.record_change if records else services.propose_change
    return confirm(
        request,
        title=_("Change what the register says"),
        lead=str(member),
        act_text=_("Record the change") if records else _("Propose the change"),
        form=form,
        consequences=[
            _("The register says it from the day that you give, and the company is told.")
            if records
            else _("The secretary checks it and confirms it, or writes to you why not."),
            _("What the register said before is kept with its dates."),
        ],
        act=lambda data: act(facts=form.facts, read=form.read, **_common(request, member, data)),
        done=RECORDED if records else WAITS,
        back=back_of(request, member),
        context={"letters": None, "breadcrumb": trail(request, member)},
    )


def propose_merger(request: HttpRequest, number: int) -> HttpResponse:
    """The company says that it merges into another member; the secretary records it."""
    member = member_for(request, number)
    if (waiting := _waiting(request, member)) is not None:
        return waiting
    records = request.user.is_secretary  # type: ignore[union-attr]
    act = services.record_merger if records else services.propose_merger
    return confirm(
        request,
        title=_("Merge into another member company"),
        lead=str(member),
        act_text=_("Record the merger") if records else _("Tell the secretary of the merger"),
        form=MergerForm(request.POST or None, request.FILES or None),
        consequences=[
            _("The membership of %(company)s ends on the day that you give.") % {"company": member}
            if records
            else _("The secretary checks it; nothing changes before it is confirmed."),
            _(
                "Then the membership of this company ends, and its people stand for the other one, "
                "except where somebody has their role there."
            ),
            _("Everybody whose role ends or goes on is told by mail."),
        ],
        act=lambda data: act(into_id=data["into"].pk, **_common(request, member, data)),
        done=RECORDED if records else WAITS,
        back=home_of(request, member),
        danger=True,
        context={"letters": None, "breadcrumb": trail(request, member)},
    )


def withdraw_change(request: HttpRequest, number: int, pk: int) -> HttpResponse:
    """The company takes back what it proposed."""
    member = member_for(request, number)
    change = get_object_or_404(ProposedChange, pk=pk, member=member)
    return confirm(
        request,
        title=_("Take back the proposed change"),
        lead=str(change),
        act_text=_("Take it back"),
        consequences=[_("The register stays as it is. A change can be proposed anew at any time.")],
        act=lambda data: services.withdraw_change(
            change_id=change.pk,
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
        ),
        done=_("The proposed change has been taken back."),
        back=home_of(request, member),
        context={"breadcrumb": trail(request, member)},
    )


def _waiting(request: HttpRequest, member: Member) -> HttpResponse | None:
    """Where to go while an earlier change of the company is not settled: one at a time."""
    if not member.proposed_changes.filter(status=ChangeStatus.PROPOSED).exists():
        return None
    messages.info(request, _("A change of this company waits to be settled already."))
    return redirect(home_of(request, member))


def _common(request: HttpRequest, member: Member, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "member_id": member.pk,
        "effective_on": data["effective_on"],
        "ground": data["ground"],
        "upload": data["upload"],
        "by": request.user,
        "at": timezone.now(),
    }
