"""A member company, as its own people see it."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kip.access import allowed
from members.models import Member, Representative
from members.presentation import activity_facts, company_facts


@require_safe
def own_company(request: HttpRequest, number: int) -> HttpResponse:
    """For who stands for the company now; for others there is no such page."""
    at = timezone.now()
    today = timezone.localdate(at)
    member = get_object_or_404(Member.objects.with_membership(today), number=number)
    if not allowed("members.read_own_company", request.user, member, at=at):
        raise Http404
    return render(
        request,
        "members/own_company.html",
        {
            "member": member,
            "facts": company_facts(member) + activity_facts(member),
            "representatives": Representative.objects.in_force(today)
            .filter(member=member)
            .select_related("person"),
            "secretary": settings.SECRETARY_EMAIL,
            "breadcrumb": [(_("My KIP"), reverse("my_kip"))],
        },
    )
