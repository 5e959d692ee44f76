"""What was resolved before the system, for the board and the secretary."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from board.forms import FormerSearchForm
from board.models import FormerResolution
from kip.access import allowed
from kip.documents.services import archive

PER_PAGE = 50


def _require(request: HttpRequest) -> None:
    if not allowed("board.read_matter", request.user, at=timezone.now()):
        raise Http404


@require_safe
def former_resolutions(request: HttpRequest) -> HttpResponse:
    _require(request)
    rows = FormerResolution.objects.defer("text", "found_by")
    form = FormerSearchForm(request.GET)
    if form.is_valid():
        rows = archive.search(rows, form.cleaned_data["q"])
        if form.cleaned_data["year"]:
            rows = rows.filter(year=form.cleaned_data["year"])
    return render(
        request,
        "board/former_resolutions.html",
        {
            "form": form,
            "page_obj": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
            "breadcrumb": [(_("Matters before the board"), reverse("board:matters"))],
        },
    )


@require_safe
def former_resolution(request: HttpRequest, pk: int) -> HttpResponse:
    _require(request)
    rows = FormerResolution.objects.select_related("scan__document").defer(
        "found_by", "scan__text", "scan__found_by"
    )
    resolution = get_object_or_404(rows, pk=pk)
    scan = resolution.scan
    may_see = scan is not None and scan.readers in archive.open_to(
        user=request.user, at=timezone.now()
    )
    return render(
        request,
        "board/former_resolution.html",
        {
            "resolution": resolution,
            "scan": scan if may_see else None,
            "breadcrumb": [
                (_("Matters before the board"), reverse("board:matters")),
                (_("Resolutions from before the system"), reverse("board:former_resolutions")),
            ],
        },
    )
