"""What everybody sees: the members, and the way in."""

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kip.accounts import services as accounts
from kip.accounts.sign_in import send_code
from kip.bylaws.models import Bylaws
from kip.documents.views import public_picture
from kip.ordering import Finnish
from members import search
from members.forms.application import BeginForm
from members.models import Member, MembershipPeriod, Sector
from members.presentation.company import organization, public_facts
from members.presentation.directory import described, entries, rows_of

# The members of today stand on one page, and a page is not too long for a phone.
PER_PAGE = 25
# Seconds: a year, which is for ever in a browser.
LOGO_IS_KEPT = 365 * 24 * 3600


@login_not_required
@require_safe
def member_list(request: HttpRequest) -> HttpResponse:
    """The directory: the members today, by name; of one sector, if the address says so."""
    today = timezone.localdate()
    members = Member.objects.order_by(Finnish("name"), "pk")
    query, found = request.GET.get("q", "").strip(), None
    if query:
        found = search.companies(query, members.in_force(today))
        members = search.best_first(found, query)
    sectors = list(Sector.objects.all())
    chosen = request.GET.get("sector", "")
    sector = next((sector for sector in sectors if str(sector.pk) == chosen), None)
    if sector is not None:
        members = members.filter(sectors=sector)
    paginator = Paginator(rows_of(members, today), PER_PAGE)
    if found is not None and found.number is not None and sector is None:
        paginator.count = found.number
    elif found is None and sector is None:  # as many as memberships, which are quicker to count
        paginator.count = MembershipPeriod.objects.in_force(today).count()
    page = paginator.get_page(request.GET.get("page"))
    page.object_list = entries(page.object_list, sectors)
    return render(
        request,
        "members/member_list.html",
        {
            "page_obj": page,
            "query": query,
            "is_exact": found is None or found.is_exact,
            "sectors": sectors,
            "sector": sector,
            "described": described(page.object_list),
        },
    )


@login_not_required
@require_safe
def member_page(request: HttpRequest, number: int) -> HttpResponse:
    """What everybody may know of one member company."""
    today = timezone.localdate()
    member = get_object_or_404(
        Member.objects.in_force(today)
        .with_membership(today)
        .select_related("logo")
        .prefetch_related("sectors", "sites"),
        number=number,
    )
    return render(
        request,
        "members/member_page.html",
        {
            "member": member,
            "facts": public_facts(member),
            "described": organization(member),
            "breadcrumb": [(_("Members"), reverse("member_list"))],
        },
    )


@login_not_required
@require_safe
def member_logo(request: HttpRequest, number: int, version: str) -> HttpResponseBase:
    """A member company's logo. Another logo has another address, so that this one may be kept.

    Served by nobody's right, and so with nothing that a file could do: the picture and its kind.
    """
    member = get_object_or_404(
        Member.objects.in_force(timezone.localdate()).select_related("logo"),
        number=number,
        logo__sha256__startswith=version,
    )
    response = public_picture(request, member.logo)
    patch_cache_control(response, public=True, max_age=LOGO_IS_KEPT, immutable=True)
    return response


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
