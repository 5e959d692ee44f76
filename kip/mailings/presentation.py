"""What the pages of mailings show, made ready for them."""

from typing import Any

from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from kip.access import allowed
from kip.mail.states import Channel, Status
from kip.mailings.audiences import Audience, audiences
from kip.mailings.models import Mailing, MailingRecipient
from kip.mailings.rendering import why_in_words


def write_to_these(*, model: type[Model], request: HttpRequest) -> list[tuple[str, str]]:
    """On every list behind whose rows somebody can be written to."""
    if not allowed("mailings.write", request.user, at=timezone.now()):
        return []
    return [
        (_("Write to these"), reverse("admin:mailings_mailing_write", args=[each.key]))
        for each in audiences()
        if each.model is model
    ]


# How the recipients of a mailing are narrowed: by the value in the address.
SHOWN: dict[str, Q] = {
    "getting": Q(left_out=""),
    "left_out": ~Q(left_out=""),
    "unwritten": Q(left_out="", mail=None),
    "waiting": Q(mail__status=Status.QUEUED),
    "sent": Q(mail__status=Status.SENT),
    "failed": Q(mail__status=Status.FAILED),
    "bounced": Q(mail__status=Status.BOUNCED),
    "stopped": Q(mail__status=Status.STOPPED),
}


def counts_of(mailing: Mailing) -> dict[str, int]:
    """How many recipients each of `SHOWN` has: one query."""
    # Under names of their own: "left_out" is a column too.
    counted = mailing.recipients.aggregate(
        **{f"n_{name}": Count("pk", filter=condition) for name, condition in SHOWN.items()}
    )
    found = {name: counted[f"n_{name}"] for name in SHOWN}
    if mailing.status == "stopped":  # nobody writes those any more
        found["stopped"] += found["unwritten"]
        found["unwritten"] = 0
    return found


def words_for(shown: str) -> str:
    return {
        "getting": _("Get it"),
        "left_out": _("Left out"),
        "unwritten": _("Not prepared yet"),
        "waiting": _("Wait to be sent"),
        "sent": _("Sent"),
        "failed": _("Failed"),
        "bounced": _("Came back"),
        "stopped": _("Stopped, not sent"),
    }[shown]


def recipients_shown(mailing: Mailing, shown: str) -> QuerySet[MailingRecipient]:
    rows = mailing.recipients.select_related("mail").order_by("pk")
    if shown == "stopped" and mailing.status == "stopped":
        return rows.filter(SHOWN["stopped"] | SHOWN["unwritten"])
    return rows.filter(SHOWN[shown]) if shown in SHOWN else rows


def row_of(recipient: MailingRecipient, mailing: Mailing, kind: Audience | None) -> dict[str, Any]:
    """One reader: who, why, and where their letter stands, in words."""
    if recipient.left_out:
        state = capfirst(recipient.get_left_out_display())
    elif recipient.mail is not None:
        state = recipient.mail.in_words()
    elif mailing.status == "stopped":
        state = _("Stopped before it was written")
    else:
        state = ""
    address = recipient.address
    if recipient.channel == Channel.LETTER:
        lines = ", ".join(recipient.postal_address.splitlines())
        address = f"{capfirst(recipient.get_channel_display())}: {lines}"
    return {
        "recipient": recipient,
        "name": recipient.name or address,
        "address": address if recipient.name else "",
        "why": capfirst(why_in_words(kind, recipient.reasons)) if kind is not None else "",
        "state": state,
    }
