"""The privacy notice, for everybody; and what is held about oneself."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from kip.bylaws.models import Bylaws
from kip.exceptions import DomainError, add_to_form
from kip.privacy import presentation, services
from kip.privacy.forms import AskForm
from kip.privacy.models import ONE_AT_A_TIME, DataRequest
from kip.privacy.states import REQUEST


@login_not_required
@require_safe
def notice(request: HttpRequest) -> HttpResponse:
    rules = Bylaws.objects.in_force_at(timezone.now())
    return render(
        request,
        "privacy/notice.html",
        {"controller": presentation.controller(), "purposes": presentation.notice(rules)},
    )


@never_cache
@require_safe
def my_data(request: HttpRequest) -> HttpResponse:
    """Everything that is held about the reader, the newest of each kind; files have the whole."""
    at, person = timezone.now(), _person(request)
    rules = Bylaws.objects.in_force_at(at)
    held = services.held_about(person=person, by=person, at=at)
    return render(
        request,
        "privacy/my_data.html",
        {
            "sections": presentation.sections(held, rules, most=presentation.SHOWN),
            "requests": DataRequest.objects.filter(person=person)[: presentation.SHOWN],
            "breadcrumb": [(_("My KIP"), reverse("my_kip"))],
        },
    )


@never_cache
@require_safe
def my_data_json(request: HttpRequest) -> HttpResponse:
    return presentation.json_of(_person(request), by=_person(request))


@never_cache
@require_safe
def my_data_pdf(request: HttpRequest) -> HttpResponse:
    try:
        return presentation.pdf_of(_person(request), by=_person(request))
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("my_data")


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            asked = services.ask(**form.cleaned_data, by=_person(request), at=timezone.now())
        except DomainError as error:
            add_to_form(form, error)
        else:
            messages.success(
                request,
                _("The secretary has your request, and answers by %(day)s.")
                % {"day": presentation.in_words(asked.due)},
            )
            return redirect("my_data")
    return render(
        request,
        "privacy/ask.html",
        {
            "form": form,
            "asked_already": DataRequest.objects.filter(
                person=_person(request), kind__in=ONE_AT_A_TIME, status__in=REQUEST.open
            ),
            "breadcrumb": [
                (_("My KIP"), reverse("my_kip")),
                (_("Your data"), reverse("my_data")),
            ],
        },
    )


def _person(request: HttpRequest) -> Any:
    return request.user
