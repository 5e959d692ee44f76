"""The register of members (§ 11) and who stands for them, as of any day: `?on=2025-03-31`."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kip.access import allowed
from kip.exceptions import DomainError
from kip.forms import DayForm
from kip.pdf import pdf
from kip.sheets import download
from members import asof
from members.models import RepresentativeRole
from members.presentation.register import (
    before_it_was_kept,
    dropped_from_register,
    register_as_data,
    register_as_sheet,
    register_rows,
    stands_for,
)

PER_PAGE = 50


def _require(request: HttpRequest, permission: str) -> None:
    """For others there is no such page."""
    if not allowed(permission, request.user, at=timezone.now()):
        raise Http404


@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """Name, domicile, business ID, member since; no way to reach anybody."""
    _require(request, "members.read_register")
    form = DayForm.of(request)
    page = Paginator(asof.register(form.day), PER_PAGE).get_page(request.GET.get("page"))
    caveat = before_it_was_kept(form.day)
    return render(
        request,
        "members/register.html",
        {
            "form": form,
            "page_obj": page,
            "caveat": caveat,
            "rows": register_rows(page, form.day, remarked=not caveat),
            "dropped": dropped_from_register(form.day),
            "pages": _pages(request, "register", form.day),
            "breadcrumb": [(_("My KIP"), reverse("my_kip"))],
        },
    )


@require_safe
def register_file(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The whole register as a file that says of which day it is, and who took it when."""
    _require(request, "members.read_register")
    day, taken = DayForm.of(request).day, {"by": request.user, "at": timezone.now()}
    name = f"register-{day.isoformat()}"
    if kind == "xlsx":
        return download(register_as_sheet(day, **taken), kind, name=name)
    if kind != "pdf":
        raise Http404
    try:
        document = pdf("members/register.typ", register_as_data(day, **taken))
    except DomainError as error:
        messages.error(request, str(error))
        return redirect(f"{reverse('register')}?on={day.isoformat()}")
    return HttpResponse(
        document,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.pdf"',
            "Cache-Control": "private, no-store",
        },
    )


@require_safe
def votes(request: HttpRequest) -> HttpResponse:
    """Who can cast each member's vote, for the board and the secretary."""
    _require(request, "members.read_votes")
    return _who_stands(
        request,
        "register_votes",
        roles=asof.VOTERS,
        title=_("Who votes for the members"),
        nobody=_("Nobody can vote for it."),
    )


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Everybody who stands for a member, for the secretary."""
    _require(request, "members.keep_register")
    return _who_stands(
        request,
        "register_people",
        roles=tuple(RepresentativeRole),
        title=_("Representatives of the members"),
        nobody=_("Nobody stands for it."),
    )


def _who_stands(
    request: HttpRequest, here: str, *, roles: Collection[str], title: str, nobody: str
) -> HttpResponse:
    form = DayForm.of(request)
    page = Paginator(asof.register(form.day), PER_PAGE).get_page(request.GET.get("page"))
    caveat = before_it_was_kept(form.day)
    rows = register_rows(page, form.day, remarked=not caveat)
    stands = stands_for(
        [row.period.member_id for row in rows], form.day, roles=roles, remarked=not caveat
    )
    return render(
        request,
        "members/register_people.html",
        {
            "form": form,
            "page_obj": page,
            "caveat": caveat,
            "rows": [(row, stands[row.period.member_id]) for row in rows],
            "title": title,
            "nobody": nobody,
            "keeps_people": allowed("members.keep_register", request.user, at=timezone.now()),
            "pages": _pages(request, here, form.day),
            "breadcrumb": [
                (_("My KIP"), reverse("my_kip")),
                (_("Register of members"), reverse("register")),
            ],
        },
    )


def _pages(request: HttpRequest, here: str, on: date) -> list[tuple[str, str]]:
    """The other pages about the members on that day, for who may read them."""
    every: list[Any] = [
        (_("Register of members"), "register", "members.read_register"),
        (_("Who votes for the members"), "register_votes", "members.read_votes"),
        (_("Representatives of the members"), "register_people", "members.keep_register"),
    ]
    at = timezone.now()
    return [
        (text, f"{reverse(name)}?on={on.isoformat()}")
        for text, name, permission in every
        if name != here and allowed(permission, request.user, at=at)
    ]
