"""One box in which signed-in people find companies and people, as far as they may know them."""

from datetime import datetime
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from kip import finding
from kip.ordering import by_person
from members import search
from members.models import Representative

# Who does not see it among these types one letter more.
SHOWN = 50


class Results(NamedTuple):
    """The companies or people found, each with `page`, its address."""

    rows: list[Any]
    is_exact: bool
    are_more: bool


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Companies and people by what was typed."""
    at = timezone.now()
    text = request.GET.get("q", "").strip()
    reach = search.reach_of(request.user, at=at)  # type: ignore[arg-type]
    found = [_companies(text, reach, at), _people(text, reach, at)] if text else [None, None]
    return render(
        request,
        "members/search.html",
        {"query": text, "companies": found[0], "people": found[1], "reach": reach},
    )


def _companies(text: str, reach: search.Reach, at: datetime) -> Results:
    """Each with `former`, what it was called when it was called what was typed."""
    found = search.companies(text, reach.companies)
    rows = search.best_first(found, text)
    results = _results(rows.with_membership(timezone.localdate(at)), found)
    former = search.former_names(text, results.rows)
    own = () if reach.is_whole else {member.pk for member in reach.own}
    for member in results.rows:
        member.former = former.get(member.pk, [])
        if reach.is_whole:
            member.page = reverse("admin:members_member_change", args=[member.pk])
        elif member.pk in own:
            member.page = reverse("own_company", args=[member.number])
        else:
            member.page = member.get_absolute_url()
    return results


def _people(text: str, reach: search.Reach, at: datetime) -> Results:
    """Each with `roles`, those of today in the companies whose people the reader may know."""
    found = finding.find(reach.people, text)
    rows = found.rows.order_by(*by_person(), "pk") if found.is_exact else found.rows
    results = _results(rows, found)
    roles: dict[Any, list[Representative]] = {person.pk: [] for person in results.rows}
    held = Representative.objects.in_force_at(at).filter(member__in=reach.own)
    for role in held.filter(person__in=results.rows).select_related("member"):
        roles[role.person_id].append(role)
    for person in results.rows:
        person.roles = roles[person.pk]
        if reach.is_whole:
            person.page = reverse("admin:accounts_user_change", args=[person.pk])
        else:
            person.page = reverse("company_people", args=[person.roles[0].member.number])
    return results


def _results(rows: Any, found: finding.Found) -> Results:
    some = list(rows[: SHOWN + 1])
    return Results(some[:SHOWN], found.is_exact, len(some) > SHOWN)
