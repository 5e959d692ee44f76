"""A company looks through what the association knows of it, mends it, and says that it is right."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kip.exceptions import DomainError
from members import services
from members.completeness import company_tasks
from members.models import Member, Representative
from members.presentation.checking import own_check
from members.presentation.company import parts_of, task_list
from members.states import ChangeStatus
from members.views.company import FROM_CHECK, home_of, member_for, trail


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, number: int) -> HttpResponse:
    """The page that the letter leads to; the secretary enters on it what came otherwise."""
    at = timezone.now()
    today = timezone.localdate(at)
    whole = Member.objects.with_membership(today).select_related("logo")
    member = member_for(request, number, rows=whole.prefetch_related("sectors", "sites"))
    check = own_check(member, at=at)
    if check is None:
        raise Http404
    by_secretary = request.user.is_secretary  # type: ignore[union-attr]
    if request.method == "POST":
        answer = services.enter_answer if by_secretary else services.answer_check
        try:
            answer(member_id=member.pk, by=request.user, at=at)  # type: ignore[arg-type]
        except DomainError as error:
            messages.error(request, str(error))
            return redirect("own_check", number)
        messages.success(
            request, _("The answer is entered.") if by_secretary else _("Thank you: that is all.")
        )
        return redirect(home_of(request, member))
    representatives = list(
        Representative.objects.in_force(today).filter(member=member).select_related("person")
    )
    tasks = company_tasks(
        member,
        roles={row.role for row in representatives},
        has_labels=bool(member.sectors.all()) and bool(member.sites.all()),
    )
    missing = task_list(member, tasks)
    for task in missing:
        task["url"] += FROM_CHECK
    return render(
        request,
        "members/yearly_check.html",
        {
            "member": member,
            "check": check,
            "by_secretary": by_secretary,
            "tasks": missing,
            "change": member.proposed_changes.filter(status=ChangeStatus.PROPOSED)
            .select_related("merge_into")
            .first(),
            "parts": parts_of(member),
            "representatives": representatives,
            "from_check": FROM_CHECK,
            "breadcrumb": trail(request, member),
        },
    )
