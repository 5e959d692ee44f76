"""What mail lays on the secretary's desk: letters given up, and wordings that went out of date."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from kip.content import language_name
from kip.desk import Waiting
from kip.mail.letters import Made, stale
from kip.mail.models import LetterWording, OutboxMail
from kip.mail.wording import standing_letters


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


def stale_wordings(*, at: datetime) -> list[Waiting]:
    """Letters whose own text has changed since the secretary changed it: hers is not used."""
    waiting = []
    for version in LetterWording.objects.newest():
        letter = standing_letters.get(version.template)
        if letter is None or not stale(letter, version.pieces):
            continue
        waiting.append(
            Waiting(
                text=_(
                    "The program’s text has changed since you changed it: “%(letter)s”, %(lang)s"
                )
                % {"letter": Made(letter).title(), "lang": language_name(version.language)},
                url=reverse(
                    "admin:mail_letterwording_letter", args=[letter.slug, version.language]
                ),
                since=version.at,
                group=_("Standing letters"),
            )
        )
    return waiting
