"""How a mailing moves: a draft, perhaps waiting for its hour, going out, gone or stopped."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kip.states import Transitions


class MailingStatus(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("mailing", "draft")
    SCHEDULED = "scheduled", pgettext_lazy("mailing", "waits for its time")
    SENDING = "sending", pgettext_lazy("mailing", "on its way")
    SENT = "sent", pgettext_lazy("mailing", "sent")
    STOPPED = "stopped", pgettext_lazy("mailing", "stopped")


TABLE = Transitions(
    MailingStatus.DRAFT,
    {
        MailingStatus.DRAFT: {MailingStatus.SCHEDULED, MailingStatus.SENDING},
        MailingStatus.SCHEDULED: {MailingStatus.DRAFT, MailingStatus.SENDING},
        MailingStatus.SENDING: {MailingStatus.SENT, MailingStatus.STOPPED},
        MailingStatus.SENT: {MailingStatus.STOPPED},  # while letters on paper wait for the post
        MailingStatus.STOPPED: set(),
    },
)


class LeftOut(models.TextChoices):
    """Why somebody who is in the list gets no letter."""

    NO_ADDRESS = "no_address", _("no address is known")
    DOUBLE = "double", _("somebody else with the same address gets it")
    COMES_BACK = "comes_back", _("letters to the address come back")
    BY_HAND = "by_hand", _("left out by the secretary")
    GONE = "gone", _("is in the list no more")
