"""A person's own pages: accepting an invitation, my details."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, get_language_from_path, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from django.views.generic import FormView
from django.views.i18n import set_language as django_set_language

from kip.accounts import links, services, sign_in
from kip.accounts.forms import AcceptForm, DetailsForm
from kip.accounts.models import Invitation
from kip.exceptions import DomainError, add_to_form
from kip.mail.services import address_offered


@login_not_required
def no_sign_up(request: HttpRequest) -> HttpResponse:
    """Nobody signs up: applicants begin with an application, everybody else is invited."""
    raise Http404


@require_POST
@login_not_required
def set_language(request: HttpRequest) -> HttpResponse:
    """The language switch: a cookie, and a signed-in person's own language.

    Goes on to the same page, whose address is understood in the language that it carries.
    """
    language = request.POST.get("language", "")
    if request.user.is_authenticated and language in dict(settings.LANGUAGES):
        services.choose_language(
            person=request.user, language=language, by=request.user, at=timezone.now()
        )
    there = get_language_from_path(request.POST.get("next", ""))
    with override(there or get_language()):
        return django_set_language(request)


@login_not_required
@never_cache
@sensitive_post_parameters("password")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Opened from the mail: shows who is invited as what. Only the pressed button accepts.

    All of it in the invited person's language, whatever the browser's.
    """
    opened = links.open_token(token)
    invited = _invitation(opened)
    if invited is None:
        return render(request, "accounts/invitation.html", {"state": "taken back"}, status=410)
    with override(invited.person.language):
        return _open(request, token, opened, invited)


def _open(
    request: HttpRequest, token: str, opened: links.Opened | None, invited: Invitation
) -> HttpResponse:
    """Where the invitation stands; the button is pressed here."""
    now = timezone.now()
    if request.user.is_authenticated and request.user != invited.person:
        return _page(request, invited, "other", token)
    if invited.accepted_at is not None:
        if request.user.is_authenticated:
            return redirect("my_kip")
        return _page(request, invited, "accepted", token)
    if opened is None or opened.nonce != invited.nonce or not invited.is_valid(now):
        return _page(request, invited, "expired", token)
    pressed = request.method == "POST"
    form = AcceptForm(request.POST if pressed else None, person=invited.person)
    if pressed and form.is_valid():
        try:
            services.accept_invitation(
                token=token, password=form.cleaned_data["password"], by=invited.person, at=now
            )
        except services.UnusableLink as error:
            messages.info(request, str(error))
            return redirect(f"{reverse('account_login')}?lang={invited.person.language}")
        except DomainError as error:
            add_to_form(form, error)
        else:
            messages.success(request, _("Welcome. Your address is confirmed."))
            invited.person.refresh_from_db()
            return sign_in.sign_in(request, invited.person, next_url=reverse("my_kip"))
    return _page(request, invited, "open", token, form)


@login_not_required
@never_cache
def new_link(request: HttpRequest, token: str) -> HttpResponse:
    """Pressed on the page of an expired link: a new one goes to the same address."""
    invited = _invitation(links.open_token(token))
    if invited is None or request.method != "POST":
        # Not "405 Method Not Allowed": Django would write the link to the log.
        return redirect("accounts:invitation", token=token)
    with override(invited.person.language):
        try:
            services.renew_invitation(invitation=invited, by=invited.person, at=timezone.now())
        except DomainError as error:
            messages.warning(request, str(error))
            return redirect("accounts:invitation", token=token)
        return _page(request, invited, "sent", token)


class Details(LoginRequiredMixin, FormView):
    """My details: name, phone, language, how letters come, and the way to all about signing in."""

    template_name = "accounts/details.html"
    form_class = DetailsForm

    def get_form_kwargs(self) -> dict[str, Any]:
        person: Any = self.request.user
        offered = address_offered(person, at=timezone.now())
        return {**super().get_form_kwargs(), "instance": person, "offered": offered}

    def form_valid(self, form: DetailsForm) -> HttpResponse:
        try:
            person = services.update_profile(
                person=self.request.user,  # type: ignore[arg-type]
                **form.cleaned_data,
                by=self.request.user,  # type: ignore[arg-type]
                at=timezone.now(),
            )
        except DomainError as error:
            add_to_form(form, error)
            return self.form_invalid(form)
        with override(person.language):
            messages.success(self.request, _("Your details are saved."))
        return redirect("accounts:details")


details = Details.as_view()


def _invitation(opened: links.Opened | None) -> Invitation | None:
    """The invitation of a link that this installation signed; None when it was taken back."""
    if opened is None:
        raise Http404
    found = Invitation.objects.select_related("person").filter(pk=opened.invitation_id).first()
    if found is not None and not found.person.is_active:
        raise Http404
    return found


def _page(
    request: HttpRequest, invited: Invitation, state: str, token: str, form: Any = None
) -> HttpResponse:
    return render(
        request,
        "accounts/invitation.html",
        {
            "invitation": invited,
            "state": state,
            "token": token,
            "form": form,
            "days": services.INVITATION_VALID.days,
        },
    )
