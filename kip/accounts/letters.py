"""The letters of sign-in: invitations. What allauth sends goes through `adapter`."""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from kip.accounts import links
from kip.accounts.models import Invitation
from kip.mail import services as mail
from kip.mail.wording import Case, Field, Letter, Text


def _in_their_language(invited: Invitation) -> str:
    with override(invited.person.language):
        return invited.what_for


def invitation(invited: Invitation, *, at: datetime) -> None:
    """The personal link, readable only in the mail itself."""
    path = reverse("accounts:invitation", args=[links.sign(invited.pk, invited.nonce)])
    mail.post(
        key=f"invitation:{invited.pk}:{invited.renewals}",
        to=invited.person,
        template="accounts/mail/invitation",
        context={"purpose": _in_their_language(invited), "valid_until": invited.valid_until},
        personal={"link": f"{settings.SITE_URL}{path}"},
        link_text=_("Accept the invitation"),
        why=_("You get this because the association has invited you to use KIP."),
        at=at,
    )


def known_invitation(invited: Invitation, *, at: datetime) -> None:
    """To somebody whose address is proved already: no personal link is needed."""
    mail.post(
        key=f"invitation:{invited.pk}:known",
        to=invited.person,
        template="accounts/mail/invitation_known",
        context={"purpose": _in_their_language(invited)},
        link=reverse("my_kip"),
        link_text=_("Open My KIP"),
        why=_("You get this because you have a new task in the association."),
        at=at,
    )


def invitation_taken_back(invited: Invitation, *, at: datetime) -> None:
    """To whoever was invited by mistake, or for what is not to be."""
    mail.post(
        key=f"invitation-taken-back:{invited.pk}",
        to=invited.person,
        template="accounts/mail/invitation_taken_back",
        context={
            "purpose": _in_their_language(invited),
            "had_link": invited.accepted_at is None,
        },
        why=_("You get this because the association had invited you to use KIP."),
        at=at,
    )


# --- What the secretary may say in other words ----------------------------------------------------

FIELDS: Mapping[str, Field] = {
    "purpose": Field(_("what the invitation is for")),
    "reader": Field(_("the person who is invited"), "Maija Malli"),
    "valid_until": Field(_("until when the link can be used")),
}
CASES: Mapping[str, Case] = {
    "had_link": Case(_("the invitation had a personal link")),
}
_INVITED = _("the person who is invited")
LETTERS = [
    Letter(f"accounts/mail/{name}", when, _INVITED, _("People"), FIELDS, CASES)
    for name, when in (
        ("invitation", _("somebody is invited whose address is not proved yet")),
        ("invitation_known", _("somebody is invited who can sign in already")),
        ("invitation_taken_back", _("an invitation is taken back")),
    )
]
UNCHANGEABLE: Mapping[str, Text] = {
    "account/mail/": _("Codes and notices of sign-in: their words are part of its safety."),
    "mfa/mail/": _("Notices of the second step of sign-in: their words are part of its safety."),
}
