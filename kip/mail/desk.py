"""What the outbox lays on the secretary's desk: the letters that were given up."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

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
