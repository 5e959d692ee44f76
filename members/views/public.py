"""What everybody sees: the members, and the way in."""

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from kip.accounts import services as accounts
from kip.accounts.sign_in import send_code
from kip.bylaws.models import Bylaws
from members.forms.application import BeginForm
from members.models import Member

PER_PAGE = 50


@login_not_required
@require_safe
def member_list(request: HttpRequest) -> HttpResponse:
    """The members today, by name."""
    today = timezone.localdate()
    members = Member.objects.in_force(today).with_membership(today).order_by("name")
    query = request.GET.get("q", "").strip()
    if query:
        members = members.filter(Q(name__icontains=query) | Q(domicile__icontains=query))
    page = Paginator(members, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "members/member_list.html", {"page_obj": page, "query": query})


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def apply(request: HttpRequest) -> HttpResponse:
    """What membership is and who can join; an applicant begins with an e-mail address."""
    if request.user.is_authenticated and request.method == "POST":
        return redirect("applications")
    form = BeginForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person = accounts.begin(
            email=form.cleaned_data["email"],
            language=(get_language() or "fi")[:2],
            by=None,
            at=timezone.now(),
        )
        return send_code(request, person, next_url=reverse("applications"))
    bylaws = Bylaws.objects.in_force(timezone.localdate())
    return render(request, "members/apply.html", {"form": form, "bylaws": bylaws})
