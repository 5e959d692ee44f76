"""Starting a sign-in from a page of our own; allauth carries it through, second factor included."""

from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.models import EmailAddress
from allauth.account.utils import perform_login
from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language

from kip.accounts.language import remember
from kip.accounts.models import User
from kip.mail.receiving import address_proved


def send_code(request: HttpRequest, person: User, *, next_url: str) -> HttpResponse:
    """Send `person` a code by mail and go to the page that asks for it; then on to `next_url`.

    Same limits as the sign-in page; answers 429 past them. For people who begin by themselves
    (`services.begin`): the right code proves the address and signs in. The pages that follow
    carry no language in their address, so the browser remembers the language of this one.
    """
    too_many = ratelimit.consume_or_429(
        request, action="request_login_code", key=(person.email or "").lower()
    )
    if too_many is not None:
        return too_many
    # Who may not sign in sees the same page as everybody, and gets no code.
    LoginCodeVerificationProcess.initiate(
        request=request, user=person if person.is_active else None, email=person.email
    )
    response = HttpResponseRedirect(
        f"{reverse('account_confirm_login_code')}?{urlencode({'next': next_url})}"
    )
    remember(response, (get_language() or settings.LANGUAGE_CODE)[:2])
    return response


def sign_in(request: HttpRequest, person: User, *, next_url: str) -> HttpResponse:
    """Sign in somebody who has just proved the address. A second factor is still asked for."""
    response: HttpResponse = perform_login(
        request, person, email=person.email, redirect_url=next_url
    )
    return response


def second_factor_was_set_up(
    *, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: object
) -> None:
    """Whoever has just proved a new second factor has shown it in this session.

    A session elsewhere has not, and is asked for it (`middleware.SecondFactorRequired`).
    """
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        record_authentication(
            request, user, "mfa", id=authenticator.pk, type=str(authenticator.type)
        )


def a_code_was_typed_in(
    *, method: str, user: User, email: str | None = None, **kwargs: object
) -> None:
    """Mail arrives at the address, whatever came back from it before."""
    if method == "code" and email:
        address_proved(address=email, by=user, at=timezone.now())


def an_address_was_confirmed(*, email_address: EmailAddress, **kwargs: object) -> None:
    """Likewise, of an address that somebody has added."""
    address_proved(address=email_address.email, by=email_address.user, at=timezone.now())
