"""The bylaws, for everybody."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kip.bylaws.models import Bylaws
from kip.bylaws.presentation import board_rules, fee_rules, leaving_rules, retention_rules


@login_not_required
@require_safe
def bylaws(request: HttpRequest, version: int | None = None) -> HttpResponse:
    """The version in force, or an earlier one; what is not in force yet has no page."""
    so_far = Bylaws.objects.filter(valid_from__lte=timezone.localdate())
    in_force, *earlier = so_far
    shown = next((row for row in so_far if row.version == version), None)
    if version is None:
        shown = in_force
    if shown is None:
        raise Http404
    return render(
        request,
        "bylaws/bylaws.html",
        {
            "bylaws": shown,
            "in_force": in_force,
            "rules": board_rules(shown),
            "leaving": leaving_rules(shown),
            "fees": fee_rules(shown),
            "retention": retention_rules(shown),
            "earlier": earlier,
        },
    )
