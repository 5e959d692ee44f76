"""What holds for every page: the reader's language, and the second step where it is required."""

from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import escape_leading_slashes, urlencode
from django.utils.translation import gettext as _

from kip.accounts import services
from kip.accounts.language import remember

GetResponse = Callable[[HttpRequest], HttpResponse]


class LanguageOfTheReader:
    """A signed-in person reads in their own language, except where the address says another.

    A stranger keeps the language of the public page they come from: its links to pages without a
    language in the address say which (`?lang=fi`). It is remembered there, as public pages set no
    cookie, and taken out of the address, where it would undo a later choice.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if translation.get_language_from_path(request.path_info):
            return self.get_response(request)
        brought = request.GET.get("lang") if request.method == "GET" else None
        if brought in dict(settings.LANGUAGES) and not request.user.is_authenticated:
            return _remembered(request, brought)
        if request.user.is_authenticated:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()  # type: ignore[attr-defined]
        return self.get_response(request)


def _remembered(request: HttpRequest, language: str) -> HttpResponse:
    query = request.GET.copy()
    del query["lang"]
    there = escape_leading_slashes(request.path) + (f"?{query.urlencode()}" if query else "")
    response = HttpResponseRedirect(there)
    remember(response, language)
    return response


class SecondFactorRequired:
    """The secretary, superusers and board officers show a second factor, in this very session.

    Who has none is sent to set one up; who has one but came in without it (it was set up in
    another session) is asked for it. Whoever has shown it costs no query.
    """

    OPEN_URLS = {
        "account_logout",
        "account_reauthenticate",
        "account_email",
        "account_email_verification_sent",
        "set_language",
        "logout",
        "healthz",
        "readyz",
    }

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if not settings.SECOND_FACTOR_REQUIRED or not request.user.is_authenticated:
            return None
        match = request.resolver_match
        name = (match.url_name or "") if match else ""
        if name in self.OPEN_URLS or name.startswith("mfa_"):
            return None
        if _shown_in_this_session(request) or not _is_required(request):
            return None
        ways = [
            way["url"]
            for way in get_adapter().get_reauthentication_methods(request.user)
            if way["id"].startswith("mfa_reauthenticate")
        ]
        if ways:
            return HttpResponseRedirect(f"{ways[0]}?{urlencode({'next': request.get_full_path()})}")
        messages.warning(
            request, _("Your office asks for a second step at sign-in. Set it up to go on.")
        )
        return HttpResponseRedirect(reverse("mfa_index"))


def _shown_in_this_session(request: HttpRequest) -> bool:
    records = get_authentication_records(request, request.user)  # type: ignore[arg-type]
    return any(record.get("method") == "mfa" for record in records)


def _is_required(request: HttpRequest) -> bool:
    user: Any = request.user
    return (
        user.is_superuser
        or user.is_secretary
        or any(services.needs_second_factor(user=user, at=timezone.now()))
    )
