"""Acts on letters on paper, which leave by the hands of a person."""

import uuid
from collections.abc import Collection, Iterable
from datetime import date, datetime, time
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from kip.access import require
from kip.audit.acts import act
from kip.exceptions import DomainError, InvalidTransition
from kip.hooks import Hook
from kip.mail import rendering
from kip.mail.models import ANEW, Attempt, OutboxMail
from kip.mail.services import Way, way_to
from kip.mail.states import Channel, Outcome, Status

LONGEST_REASON = 200

# receiver(first=OutboxMail, anew=OutboxMail) -> None
written_anew: Hook[None] = Hook("A letter goes to another address, on paper, in another letter.")


@act(gettext_noop("%(who)s recorded that letters were posted."))
def mark_posted(
    *, mail_ids: Collection[int], posted_on: date, by: Any, at: datetime
) -> list[OutboxMail]:
    """These letters were posted on a local date: all of them, or none.

    The proof is the line in each letter's history: which day, recorded by whom and when. A wrong
    mark is undone by `kip.mail.services.send_again`, and stays in the history.

    Raises `NotAllowed` unless `by` is the secretary, `DomainError` on "posted_on" for a day that is
    still to come or before one of them was written, `InvalidTransition` when one waits no more.
    """
    require("mail.post_letters", by, at=at)
    mails = list(
        OutboxMail.objects.select_for_update()
        .filter(pk__in=mail_ids, channel=Channel.LETTER, status=Status.QUEUED)
        .order_by("pk")
    )
    gone = len(set(mail_ids)) - len(mails)
    if gone or not mails:
        raise InvalidTransition(
            ngettext(
                "%(count)d of these letters does not wait any more. Nothing was recorded: look at"
                " the list again.",
                "%(count)d of these letters do not wait any more. Nothing was recorded: look at"
                " the list again.",
                gone,
            )
            % {"count": gone}
        )
    if posted_on > timezone.localdate(at):
        raise DomainError(_("That day is still to come."), field="posted_on")
    latest = max(mails, key=lambda mail: mail.created_at)
    if posted_on < timezone.localdate(latest.created_at):
        raise DomainError(
            _("The letter to %(reader)s was written on %(date)s: give that day or a later one.")
            % {
                "reader": latest.addressee,
                "date": formats.date_format(timezone.localtime(latest.created_at)),
            },
            field="posted_on",
        )
    end_of_day = timezone.make_aware(datetime.combine(posted_on, time(23, 59)))
    for mail in mails:
        mail.move_to(
            Status.SENT, sent_at=min(at, end_of_day), attempts=mail.attempts + 1, last_attempt_at=at
        )
    Attempt.objects.bulk_create(
        [
            Attempt(mail=mail, at=at, outcome=Outcome.POSTED, posted_on=posted_on, by=by)
            for mail in mails
        ]
    )
    return mails


@act(gettext_noop("%(who)s recorded that a letter on paper came back."))
def mark_returned(*, mail_id: int, reason: str, by: Any, at: datetime) -> OutboxMail:
    """The post has brought the letter back, with what stands on it or was found out.

    Raises `NotAllowed` unless `by` is the secretary, `InvalidTransition` unless it was posted.
    """
    mail = _locked(mail_id)
    require("mail.post_letters", by, mail, at=at)
    mail.move_to(Status.BOUNCED, last_error=reason[:LONGEST_REASON], last_attempt_at=at)
    Attempt.objects.create(mail=mail, at=at, outcome=Outcome.RETURNED, answer=reason, by=by)
    return mail


@act(gettext_noop("%(who)s had a letter on paper written anew to another address."))
def write_anew(*, mail_id: int, by: Any, at: datetime) -> OutboxMail:
    """The same words once more, in a letter of its own, to where its reader gets post today.

    The one that came back stays as it was sent; one that waits to be posted is stopped. One that
    did not arrive by e-mail goes on paper once its reader is written to so.

    Raises `NotAllowed` unless `by` is the secretary, `InvalidTransition` unless it came back or
    waits (by e-mail: was given up), and was not written anew before, `DomainError` when its reader
    has no other address, or is written to by e-mail now, and for a code or personal link.
    """
    mail = OutboxMail.objects.select_for_update().get(pk=mail_id)
    require("mail.post_letters", by, mail, at=at)
    anew = {"key": f"{ANEW}{mail.pk}"}
    is_possible = mail.status in (Status.BOUNCED, _given_up(mail))
    if not is_possible or OutboxMail.objects.filter(**anew).exists():
        raise InvalidTransition(_("This letter has not come back, or was written anew already."))
    way = way_to(mail.reader, at=at) if mail.reader is not None else Way(None)
    address = "\n".join(way.lines)
    if way.channel != Channel.LETTER:
        raise DomainError(_("This person is not written to on paper any more."))
    if address == mail.postal_address:
        raise DomainError(_("The address is still the same: change it at the person first."))
    if mail.has_personal_values:
        raise DomainError(_("Codes and personal links are never put on paper."))
    written = OutboxMail.objects.create(
        **anew,
        **{name: getattr(mail, name) for name in ("reader", "language", "subject", "why", "link")},
        channel=Channel.LETTER,
        text=mail.text if mail.is_on_paper else _as_on_paper(mail),
        about=mail.about,
        postal_address=address,
        message_id=f"<{uuid.uuid4().hex}@{urlsplit(settings.SITE_URL).hostname}>",
        next_attempt_at=at,
        created_at=at,
    )
    written.attachments.set(mail.attachments.all())
    if mail.status == Status.QUEUED:
        mail.move_to(Status.STOPPED)
    written_anew(first=mail, anew=written)
    return written


def to_write_on_paper(mails: Iterable[OutboxMail], *, at: datetime) -> set[int]:
    """Which of these letters did not arrive by e-mail and can be written anew on paper (ids)."""
    mails = [
        mail
        for mail in mails
        if mail.reader_id
        and not mail.is_on_paper
        and mail.status in (Status.BOUNCED, _given_up(mail))
        and not mail.has_personal_values
    ]
    readers = {mail.reader_id: mail.reader for mail in mails}
    on_paper = {pk for pk, who in readers.items() if way_to(who, at=at).channel == Channel.LETTER}
    found = [mail.pk for mail in mails if mail.reader_id in on_paper]
    if not found:
        return set()
    rows = OutboxMail.objects.filter(pk__in=found).not_written_anew().order_by()
    return set(rows.values_list("pk", flat=True))


def _given_up(mail: OutboxMail) -> Status:
    """Where a letter stands that leaves in another one instead, without having come back."""
    return Status.QUEUED if mail.is_on_paper else Status.FAILED


def _as_on_paper(mail: OutboxMail) -> str:
    """The words of an e-mail as they are printed: its own, with the foot of a letter on paper."""
    body = mail.text.rpartition("\n-- \n")[0] or mail.text
    if mail.link:
        body = body.replace(mail.link, rendering.short(mail.link))
    return rendering.lay_out(
        subject=mail.subject,
        body=body.strip(),
        language=mail.language,
        why=mail.why,
        on_paper=True,
    ).text


def _locked(mail_id: int) -> OutboxMail:
    return OutboxMail.objects.select_for_update().get(pk=mail_id, channel=Channel.LETTER)
