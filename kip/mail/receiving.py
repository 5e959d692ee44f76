"""Messages that a mail server hands to KIP: which of our letters came back, and what follows.

A report is believed only where it names a letter by its Message-ID, which nobody can guess. What is
for nobody here is kept nowhere and passed on to nobody.
"""

import logging
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kip.access import require
from kip.audit.acts import act
from kip.exceptions import InvalidTransition
from kip.hooks import Hook
from kip.mail import dsn
from kip.mail.models import HELD_BACK, Attempt, OutboxMail, StoppedAddress
from kip.mail.states import Outcome, Status

log = logging.getLogger(__name__)

# How long a failure counts against an address.
COUNTS_FOR = timedelta(days=60)
# How long after it was sent a letter may be meant by a report that names only its address.
HEARSAY_FOR = timedelta(days=7)
# Whoever got a letter knows its Message-ID, and could otherwise fill its history without end.
_MOST_REPORTS = 10


class Taken(StrEnum):
    """What became of a message. It was taken in any case, and need not be handed over again."""

    BOUNCE = "bounce"  # a letter of ours came back
    HEARSAY = "hearsay"  # perhaps: the report names an address and no letter
    KNOWN = "known"  # as above, and was known
    HOOKED = "taken"  # for some other part of the association
    NOBODYS = "nobodys"


class ComeAgain(Exception):
    """The letter is being sent at this moment: hand the same message over again in a minute."""


# receiver(raw=bytes, at=datetime) -> bool, whether it has taken the message. Inside the act: what
# it raises makes the mail server hand the message over again.
received: Hook[bool] = Hook("A message came for the association's program.")

# receiver(person=User or None, address=str, at=datetime): the companies are asked.
on_address_stopped: Hook[None] = Hook("Letters to an address come back: sending to it has stopped.")


@act(gettext_noop("%(who)s received a message."))
def receive(raw: bytes, *, by: Any, at: datetime) -> Taken:
    """Take in one message as it came, headers and all (RFC 5322).

    A report that the mail server gave up a letter (RFC 3464: "failed") brings it from sent to came
    back, with what the server said in its history; the same report counts once. One that only says
    "delayed" or "delivered" changes nothing. Whatever else comes is offered to `received`.

    Sending to the address stops when the letters that came back from it within `COUNTS_FOR` weigh
    `settings.MAIL_STOP_AFTER` (3) or more: one without such a mailbox or domain weighs 2, another
    lasting refusal 1, and what is not about the address nothing (`dsn.weight`). So two different
    letters are needed at least. Earlier ones do not count once the address was tried again.

    Raises `ComeAgain`, with nothing changed.
    """
    report = dsn.read(raw)
    if report is None:
        if any(received(raw=raw, at=at)):
            return Taken.HOOKED
        log.info("A message of %d bytes was for nobody here; nothing of it is kept.", len(raw))
        return Taken.NOBODYS
    failed = [each for each in report.recipients if each.failed]
    if not failed:
        return Taken.NOBODYS
    letters = OutboxMail.objects.filter(message_id__in=report.message_ids)
    mail = letters.select_for_update(of=("self",)).order_by("pk").first()
    if mail is None:
        return _hearsay(report, failed, at=at)
    return _came_back(mail, report, failed, at=at)


@act(gettext_noop("The mail server refused a reader."))
def refused(*, mail: OutboxMail, answer: str, by: None, at: datetime) -> None:
    """The association's own mail server said a final no to a reader at once: that counts against
    the address as a letter that came back does (`receive`).
    """
    _stop_when_enough(mail, answer, at=at)


@act(gettext_noop("%(who)s had an address tried again that letters came back from."))
def try_again(*, stopped_id: int, by: Any, at: datetime) -> StoppedAddress:
    """Letters are sent to the address again; those written meanwhile stay unsent, one by one to be
    sent again. Raises `NotAllowed`, and `InvalidTransition` when that is so already.
    """
    stopped = StoppedAddress.objects.select_for_update(of=("self",)).get(pk=stopped_id)
    require("mail.try_address_again", by, stopped, at=at)
    if stopped.until is not None:
        raise InvalidTransition(_("This address is sent to again already."))
    stopped.until, stopped.ended_by = max(at, stopped.since), by
    stopped.save(update_fields=["until", "ended_by"])
    return stopped


@act(gettext_noop("%(who)s proved an address that letters had come back from."))
def address_proved(*, address: str, by: Any, at: datetime) -> None:
    """What was sent to the address has arrived: its reader has just typed the code."""
    for stopped in StoppedAddress.objects.stopped([address]).select_for_update(of=("self",)):
        stopped.until = max(at, stopped.since)
        stopped.save(update_fields=["until"])


def _came_back(
    mail: OutboxMail, report: dsn.Report, failed: list[dsn.Recipient], *, at: datetime
) -> Taken:
    reports = set(mail.history.exclude(report="").values_list("report", flat=True))
    if report.identity in reports or len(reports) >= _MOST_REPORTS:
        return Taken.KNOWN
    if mail.status == Status.QUEUED and mail.claimed_until is not None:
        raise ComeAgain
    address = mail.to_address.lower()
    # Where the letter was passed on to another address, that one has failed, and not this one.
    own = [each for each in failed if address in each.addresses]
    against = max((dsn.weight(each.status) for each in own), default=0)
    said = _in_words((own or failed)[0])
    mail.history.create(
        at=at, outcome=Outcome.BOUNCED, answer=said, report=report.identity, weight=against
    )
    if mail.status == Status.SENT:  # else it was put back in the queue meanwhile
        mail.move_to(Status.BOUNCED, last_error=said)
    if against:
        _stop_when_enough(mail, said, at=at)
    return Taken.BOUNCE


def _hearsay(report: dsn.Report, failed: list[dsn.Recipient], *, at: datetime) -> Taken:
    """Some servers return nothing of a letter. What they say is noted with the latest letter to
    that address, and has no other effect: anybody could have written it.
    """
    named = {address for each in failed for address in each.addresses}
    mail = (
        OutboxMail.objects.filter(
            to_address__in=named, status=Status.SENT, sent_at__gt=at - HEARSAY_FOR
        )
        .select_for_update(of=("self",))
        .order_by("-sent_at", "-pk")
        .first()
    )
    if mail is None:
        return Taken.NOBODYS
    if mail.history.filter(outcome=Outcome.HEARSAY).exists():
        return Taken.KNOWN
    address = mail.to_address.lower()
    said = _in_words(next(each for each in failed if address in each.addresses))
    mail.history.create(at=at, outcome=Outcome.HEARSAY, answer=said, report=report.identity)
    return Taken.HEARSAY


def _in_words(failed: dsn.Recipient) -> str:
    """What the server said, with its number if it did not say that too."""
    if failed.status and failed.status not in failed.diagnostic:
        return f"{failed.status} {failed.diagnostic}".strip()
    return failed.diagnostic


def _stop_when_enough(mail: OutboxMail, said: str, *, at: datetime) -> None:
    address = mail.to_address.lower()
    with connection.cursor() as cursor:  # two letters may come back at once
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"kip:stop:{address}"]
        )
    before = StoppedAddress.objects.filter(address=address)
    if before.filter(until=None).exists():
        return
    counts_from = max(
        at - COUNTS_FOR, before.aggregate(latest=Max("until"))["latest"] or at - COUNTS_FOR
    )
    weights = (
        Attempt.objects.filter(
            weight__gt=0,
            at__gt=counts_from,
            mail__to_address__iexact=address,
        )
        .order_by()
        .values("mail")
        .annotate(heaviest=Max("weight"))
        .values_list("heaviest", flat=True)
    )
    if sum(weights) < settings.MAIL_STOP_AFTER or len(weights) < 2:
        return
    StoppedAddress.objects.create(address=address, reader=mail.reader, since=at, said=said)
    _hold_back(address, at=at)
    on_address_stopped(person=mail.reader, address=address, at=at)


def _hold_back(address: str, *, at: datetime) -> None:
    """What waits for the address is given up; not a code or personal link, which somebody who sits
    before a page may have asked for, nor what is being sent just now.
    """
    waiting = OutboxMail.objects.filter(
        to_address__iexact=address, status=Status.QUEUED, claimed_until=None, personal={}
    )
    for letter in waiting.select_for_update(of=("self",)).order_by("pk"):
        letter.move_to(Status.FAILED, last_error=HELD_BACK)
        letter.history.create(at=at, outcome=Outcome.HELD)
