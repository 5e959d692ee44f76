"""Forms about people and sign-in. allauth's own, in the house's words and without placeholders."""

from typing import Any

from allauth.account import forms as account
from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.cache import cache
from django.utils.crypto import salted_hmac
from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kip.accounts.models import User
from kip.forms import Form, ModelForm, SaysWhatToGive

LABELS = {
    "login": _("E-mail address"),
    "email": _("E-mail address"),
    "password": _("Password"),
    "oldpassword": _("Password of today"),
    "password1": _("New password"),
    "password2": _("New password again"),
    "code": _("Code"),
    "name": _("Name of the key"),
    "passwordless": _("Sign in with this key alone"),
}
# Seconds: longer than MFA_TOTP_PERIOD and its tolerance on both sides.
USED_CODE_KEPT = 120
_password_rules = lazy(lambda: " ".join(password_validators_help_texts()), str)


class Plain(SaysWhatToGive):
    """Our labels, no placeholder in place of a label, no links hidden in a field's help."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = LABELS.get(name, field.label)
        if "code" in self.fields:
            self.fields["code"].widget.attrs["inputmode"] = "numeric"
        if "password" in self.fields:
            self.fields["password"].help_text = ""
        if "password1" in self.fields:
            self.fields["password1"].help_text = _password_rules()
        if "passwordless" in self.fields:
            self.fields["passwordless"].help_text = _(
                "The key then asks for your fingerprint, face or PIN, and no password is needed."
            )


class LimitedCode(Plain):
    """Counts guesses in the database: parallel requests in one session get no more than others."""

    def clean_code(self) -> str:
        request = context.request
        allowed = ratelimit.consume(
            request,
            app="kip.accounts",
            action="guess",
            config={"guess": "10/15m/key"},
            key=request.session.session_key or "",
        )
        if not allowed:
            raise get_adapter().validation_error("too_many_login_attempts")
        code: str = super().clean_code()  # type: ignore[misc]
        return code


class LoginForm(Plain, account.LoginForm):
    pass


class RequestLoginCodeForm(Plain, account.RequestLoginCodeForm):
    pass


class ConfirmLoginCodeForm(LimitedCode, account.ConfirmLoginCodeForm):
    pass


class ConfirmPasswordResetCodeForm(LimitedCode, account.ConfirmPasswordResetCodeForm):
    pass


class ConfirmEmailVerificationCodeForm(LimitedCode, account.ConfirmEmailVerificationCodeForm):
    pass


class ResetPasswordForm(Plain, account.ResetPasswordForm):
    pass


class ResetPasswordKeyForm(Plain, account.ResetPasswordKeyForm):
    pass


class ChangePasswordForm(Plain, account.ChangePasswordForm):
    pass


class SetPasswordForm(Plain, account.SetPasswordForm):
    pass


class ReauthenticateForm(Plain, account.ReauthenticateForm):
    pass


class AddEmailForm(Plain, account.AddEmailForm):
    pass


class UsedOnce(Plain):
    """An app's code counts once in all the time it is valid, not only in its own half minute."""

    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]
        digest = salted_hmac("kip.accounts.used-code", f"{self.user.pk}:{code}").hexdigest()  # type: ignore[attr-defined]
        if not cache.add(f"kip.used-code:{digest}", True, USED_CODE_KEPT):
            raise get_mfa_adapter().validation_error("incorrect_code")
        return code


class AuthenticateForm(UsedOnce, mfa.AuthenticateForm):
    pass


class ReauthenticateMFAForm(UsedOnce, mfa.ReauthenticateForm):
    pass


class ActivateTOTPForm(Plain, totp.ActivateTOTPForm):
    pass


class AddWebAuthnForm(Plain, webauthn.AddWebAuthnForm):
    pass


class EditWebAuthnForm(Plain, webauthn.EditWebAuthnForm):
    pass


class AcceptForm(forms.Form):
    """Accepting an invitation: the password is a choice, not a must."""

    password = forms.CharField(
        label=_("Choose a password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rules = _password_rules()
        self.fields["password"].help_text = (
            _("Leave it empty to get a code by mail each time you sign in.") + f" {rules}"
        )


BY_EMAIL_ANYHOW = _("Codes and personal links always come by e-mail.")


def about_the_address(offered: list[str]) -> str:
    """What helps to fill in the lines of an address; `offered` are those used without any."""
    text = str(User._meta.get_field("postal_address").help_text)
    if offered:
        text += " " + gettext("If it is left empty: %(address)s.") % {"address": ", ".join(offered)}
    return text


class AddressForm(Form):
    """Another e-mail address of somebody who has not proved theirs."""

    email = forms.EmailField(label=_("New e-mail address"))


class DetailsForm(ModelForm):
    class Meta:
        model = User
        fields = ["given_name", "family_name", "phone", "language", "channel", "postal_address"]
        labels = {"channel": _("Letters to me come by")}
        widgets = {
            "given_name": forms.TextInput(attrs={"autocomplete": "given-name"}),
            "family_name": forms.TextInput(attrs={"autocomplete": "family-name"}),
            "phone": forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
            "postal_address": forms.Textarea(attrs={"rows": 4}),
        }
        help_texts = {"channel": BY_EMAIL_ANYHOW}

    def __init__(self, *args: Any, offered: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["given_name"].required = True
        self.fields["family_name"].required = True
        self.fields["postal_address"].help_text = about_the_address(offered)
