"""What mail lays on the desk: given up, to be posted, come back; wordings out of date."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, IntegerField, Max, Min, OuterRef, Value
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kip.content import language_name
from kip.desk import Waiting
from kip.mail.letters import Made, stale
from kip.mail.models import LetterWording, OutboxMail, StoppedAddress
from kip.mail.services import way_to
from kip.mail.states import Channel, Status
from kip.mail.wording import standing_letters

# How long a letter that came back lies on the desk; the outbox shows it for good.
LIES_FOR = timedelta(days=30)
_MOST = 20


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


def letters_that_came_back(*, at: datetime) -> list[Waiting]:
    """Addresses to which sending has stopped, until that is settled; and letters that came back
    from others in the last month, a line for each address. Those on paper are `returned_letters`,
    and of whoever is written to on paper the e-mail address is not used.
    """
    stopped_for = StoppedAddress.objects.to_settle().filter(reader__channel=Channel.LETTER)
    on_paper = [
        each.pk
        for each in stopped_for.select_related("reader")
        if way_to(each.reader, at=at).channel == Channel.LETTER
    ]
    stopped = (
        StoppedAddress.objects.to_settle()
        .exclude(pk__in=on_paper)
        .order_by()
        .annotate(number=Value(0, output_field=IntegerField()))
        .values_list("address", "pk", "number", "since")
    )
    back = (
        OutboxMail.objects.came_back()
        .not_written_anew()
        .filter(channel=Channel.EMAIL, sent_at__gt=at - LIES_FOR)
        .annotate(address=Lower("to_address"))
        .filter(~Exists(StoppedAddress.objects.filter(address=OuterRef("address"), until=None)))
        .order_by()
        .values("address")
        .annotate(first=Max("pk"), number=Count("pk"), last=Max("sent_at"))
        .values_list("address", "first", "number", "last")
    )
    rows = stopped.union(back, all=True).order_by("since")[:_MOST]
    return [_waiting(*row) for row in rows]


def _waiting(address: str, pk: int, number: int, since: datetime) -> Waiting:
    if number:
        text = ngettext(
            "%(number)d letter to %(address)s came back",
            "%(number)d letters to %(address)s came back",
            number,
        )
        query = urlencode({"q": address, "status__exact": Status.BOUNCED})
        url = f"{reverse('admin:mail_outboxmail_changelist')}?{query}"
    else:
        text = _("Letters to %(address)s come back: sending to it has stopped")
        url = reverse("admin:mail_stoppedaddress_change", args=[pk])
    return Waiting(
        text % {"address": address, "number": number}, url, since, group=_("Mail that failed")
    )


def own_address(*, user: Any, at: datetime) -> list[Waiting]:
    """To whoever signs in by a password although nothing arrives at their address.

    `unreachable_since` is read with the person (`kip.accounts.backends`), without a query more.
    """
    since = getattr(user, "unreachable_since", None)
    if since is None:
        return []
    text = _("Our letters to you come back: check your address")
    return [Waiting(text, reverse("account_email"), since=since, group=_("Your details"))]


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
