"""The register of members (§ 11) and who stands for them, as of any day: `?on=2025-03-31`."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from kip.access import allowed
from kip.exceptions import DomainError
from kip.forms import DayForm
from kip.pdf import pdf
from kip.sheets import FORMATS, download
from members import asof, services
from members.models import RepresentativeRole
from members.presentation.register import (
    before_it_was_kept,
    dropped_from_register,
    register_as_data,
    register_as_sheet,
    register_rows,
    stands_for,
    who_stands_as_sheet,
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


@dataclass(frozen=True)
class _Standing:
    """A page about who stands for the members, and its file."""

    name: str
    permission: str
    roles: Collection[str]
    title: Any
    nobody: Any


VOTES = _Standing(
    "register_votes",
    "members.read_votes",
    asof.VOTERS,
    gettext_lazy("Who votes for the members"),
    gettext_lazy("Nobody can vote for it."),
)
PEOPLE = _Standing(
    "register_people",
    "members.keep_register",
    tuple(RepresentativeRole),
    gettext_lazy("Representatives of the members"),
    gettext_lazy("Nobody stands for it."),
)


@require_safe
def votes(request: HttpRequest) -> HttpResponse:
    """Who can cast each member's vote, for the board and the secretary."""
    return _who_stands(request, VOTES)


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Everybody who stands for a member, for the secretary."""
    return _who_stands(request, PEOPLE)


@require_safe
def votes_file(request: HttpRequest, kind: str) -> HttpResponseBase:
    """All of `votes` as a file that says of which day it is, and who took it when."""
    return _who_stands_file(request, kind, VOTES)


@require_safe
def people_file(request: HttpRequest, kind: str) -> HttpResponseBase:
    """All of `people` as a file."""
    return _who_stands_file(request, kind, PEOPLE)


def _who_stands_file(request: HttpRequest, kind: str, of: _Standing) -> HttpResponseBase:
    _require(request, of.permission)
    if kind not in FORMATS:
        raise Http404
    day = DayForm.of(request).day
    sheet = who_stands_as_sheet(
        day,
        roles=of.roles,
        title=str(of.title),
        without_vote=_without_vote(day) if of is VOTES else set(),
        by=request.user,  # type: ignore[arg-type]
        at=timezone.now(),
    )
    name = f"{of.name.removeprefix('register_')}-{day.isoformat()}"
    return download(sheet, kind, name=name)


def _who_stands(request: HttpRequest, of: _Standing) -> HttpResponse:
    _require(request, of.permission)
    form = DayForm.of(request)
    page = Paginator(asof.register(form.day), PER_PAGE).get_page(request.GET.get("page"))
    caveat = before_it_was_kept(form.day)
    rows = register_rows(page, form.day, remarked=not caveat)
    stands = stands_for(
        [row.period.member_id for row in rows], form.day, roles=of.roles, remarked=not caveat
    )
    return render(
        request,
        "members/register_people.html",
        {
            "form": form,
            "page_obj": page,
            "caveat": caveat,
            "rows": [(row, stands[row.period.member_id]) for row in rows],
            "title": of.title,
            "nobody": of.nobody,
            "without_vote": _without_vote(form.day) if of is VOTES else set(),
            "files": [
                (
                    kind.upper(),
                    f"{reverse(f'{of.name}_file', args=[kind])}?on={form.day.isoformat()}",
                )
                for kind in FORMATS
            ],
            "keeps_people": allowed("members.keep_register", request.user, at=timezone.now()),
            "pages": _pages(request, of.name, form.day),
            "breadcrumb": [
                (_("My KIP"), reverse("my_kip")),
                (_("Register of members"), reverse("register")),
            ],
        },
    )


def _without_vote(on: date) -> set[int]:
    """The members that a fee keeps from voting on that day, by the bylaws."""
    return set(services.without_vote(on).values_list("pk", flat=True))


def _pages(request: HttpRequest, here: str, on: date) -> list[tuple[str, str]]:
    """The other pages about the members on that day, for who may read them."""
    every: list[Any] = [
        (_("Register of members"), "register", "members.read_register"),
        *((of.title, of.name, of.permission) for of in (VOTES, PEOPLE)),
    ]
    at = timezone.now()
    return [
        (text, f"{reverse(name)}?on={on.isoformat()}")
        for text, name, permission in every
        if name != here and allowed(permission, request.user, at=at)
    ]
