"""What the outbox lays on the secretary's desk: given up, to be posted, come back."""

from datetime import datetime

from django.db.models import Count, Min
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kip.desk import Waiting
from kip.mail.models import OutboxMail


def failed_letters(*, at: datetime) -> list[Waiting]:
    """The oldest twenty; the list behind the link of each shows the rest."""
    return [
        Waiting(
            text=_("Not delivered to %(address)s: “%(subject)s”")
            % {"address": mail.to_address, "subject": str(mail)},
            url=reverse("admin:mail_outboxmail_change", args=[mail.pk]),
            since=mail.last_attempt_at or mail.created_at,
            group=_("Mail that failed"),
        )
        for mail in OutboxMail.objects.failed().order_by("last_attempt_at")[:20]
    ]


def letters_to_post(*, at: datetime) -> list[Waiting]:
    """All of them in one item: they are printed and posted together."""
    waiting = (
        OutboxMail.objects.to_post()
        .order_by()
        .aggregate(number=Count("pk"), since=Min("created_at"))
    )
    if not waiting["number"]:
        return []
    return [
        Waiting(
            text=ngettext(
                "%(count)d letter waits to be posted",
                "%(count)d letters wait to be posted",
                waiting["number"],
            )
            % {"count": waiting["number"]},
            url=reverse("admin:mail_outboxmail_paper"),
            since=waiting["since"],
            group=_("Letters on paper"),
        )
    ]


def returned_letters(*, at: datetime) -> list[Waiting]:
    """The oldest twenty that the post brought back, until their readers' addresses are changed."""
    return [
        Waiting(
            text=_("Came back from %(reader)s: check the address") % {"reader": mail.addressee},
            url=reverse("admin:mail_outboxmail_change", args=[mail.pk]),
            since=mail.last_attempt_at or mail.created_at,
            group=_("Letters on paper"),
        )
        for mail in OutboxMail.objects.returned().select_related("reader")[:20]
        if not mail.reader_has_moved
    ]
