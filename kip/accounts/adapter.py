"""What allauth asks of this house: no sign-up, mail through the outbox, sealed secrets."""

import uuid
from io import BytesIO
from typing import Any

import qrcode  # type: ignore[import-untyped]
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from django.db.transaction import atomic
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from qrcode.image.svg import SvgPathFillImage  # type: ignore[import-untyped]

from kip.accounts.models import User
from kip.mail import services as mail
from kip.sealing import seal, unseal

WHY_CODE = _("You get this because somebody gave this address on KIP's sign-in page.")
WHY_NEWS = _("You get this because something about your sign-in to KIP was changed.")

# Letters in answer to what anybody may type; everything else is news about one's own sign-in.
ASKED_FOR = {
    "login_code",
    "password_reset_code",
    "email_confirmation",
    "email_confirmation_signup",
    "unknown_account",
    "account_already_exists",
}


class AccountAdapter(DefaultAccountAdapter):
    error_messages: dict[str, str | Promise] = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("You may not sign in any more. Please ask the secretary."),
        "email_password_mismatch": _(
            "The address and password do not belong together. Check both, or get a code by mail."
        ),
        "email_taken": _("This address is in use already. Choose another one."),
        "incorrect_code": _("That is not the code. Look in the newest mail and type it again."),
        "incorrect_password": _("That is not your password."),
        "enter_current_password": _("That is not your password of today."),
        "same_as_current": _("Choose something other than what you have now."),
        "too_many_login_attempts": _(
            "Too many attempts. Wait a few minutes, then ask for a new code or try again."
        ),
        "rate_limited": _("Too many requests at once. Wait a minute, then try again."),
    }

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The secretary lands on the desk, everybody else on My KIP."""
        return reverse("admin:index" if request.user.is_secretary else "my_kip")  # type: ignore[union-attr]

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: an applicant begins on the application's page, everybody else is invited."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """One outbox row; the code is readable only in the mail itself."""
        area, _folder, name = template_prefix.split("/")
        reader = User.objects.filter(email=email.lower()).first()
        code = context.get("code")
        if code:
            self._limit_codes(email)
        with atomic():
            mail.post(
                key=f"sign-in:{name}:{uuid.uuid4().hex}",
                to=reader or email,
                template=f"{area}/mail/{name}",
                context={
                    name: context[name]
                    for name in ("ip", "from_email", "to_email", "deleted_email")
                    if name in context
                },
                personal={"code": code} if code else None,
                link="" if code else reverse("account_login"),
                link_text="" if code else _("Sign in to KIP"),
                why=WHY_CODE if name in ASKED_FOR else WHY_NEWS,
                language=None if reader else self._language(context.get("user")),
                at=timezone.now(),
                asked_for=name in ASKED_FOR,
            )

    def _limit_codes(self, email: str) -> None:
        """However codes are asked for, one mailbox gets no more than twenty in an hour."""
        allowed = ratelimit.consume(
            self.request,
            app="kip.accounts",
            action="codes",
            config={"codes": "20/h/key"},
            key=email.lower(),
            limit_get=True,
        )
        if not allowed:
            raise ImmediateHttpResponse(ratelimit.respond_429(self.request))

    def _language(self, user: Any = None) -> str:
        known = user if isinstance(user, User) else getattr(self.request, "user", None)
        return getattr(known, "language", None) or (get_language() or "en")[:2]


class MFAAdapter(DefaultMFAAdapter):
    error_messages: dict[str, str | Promise] = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("That is not the code. Look in the app and type the newest one."),
        "unverified_email": _(
            "Confirm your e-mail address first; then you can set up the second step."
        ),
    }

    def build_totp_svg(self, url: str) -> str:
        """On a white ground of its own, so that a phone can read it in the dark too."""
        out = BytesIO()
        qrcode.make(url, image_factory=SvgPathFillImage).save(out)
        return out.getvalue().decode()

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": "KIP"}
