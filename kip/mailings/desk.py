"""What mailings lay on the secretary's desk: drafts that nobody has sent."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from kip.desk import Waiting
from kip.mailings.models import Mailing
from kip.mailings.states import MailingStatus


def mailings(*, at: datetime) -> list[Waiting]:
    """The oldest twenty."""
    drafts = Mailing.objects.filter(status=MailingStatus.DRAFT).order_by("created_at")[:20]
    return [
        Waiting(
            text=_("Send or discard the mailing “%(subject)s”") % {"subject": mailing},
            url=reverse("admin:mailings_mailing_change", args=[mailing.pk]),
            since=mailing.created_at,
            group=_("Mailings"),
        )
        for mailing in drafts
    ]
