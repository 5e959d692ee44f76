"""From the pressed button to the last letter.

The mailing's row is the queue: `prepare` writes its letters to the outbox in batches, each in a
transaction of its own, and goes on where a killed worker left off. Nobody gets two, because a
letter's key is its recipient's. Delivery is that of every letter.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kip.access import require
from kip.accounts.models import User
from kip.audit.acts import act
from kip.background import alone, enqueue
from kip.bylaws.models import Bylaws
from kip.exceptions import DomainError, InvalidTransition
from kip.mail.models import Attempt, OutboxMail
from kip.mail.services import Written, kick, post_many, stop
from kip.mail.states import Channel, Outcome
from kip.mail.states import Status as MailStatus
from kip.mailings.audiences import audience_of
from kip.mailings.models import Mailing, MailingRecipient
from kip.mailings.rendering import Pressed
from kip.mailings.services.drafts import Who, draft, people_behind, read_list, who
from kip.mailings.states import LeftOut, MailingStatus

log = logging.getLogger(__name__)

BATCH = 1000
FARTHEST = timedelta(days=366)


def asks_twice(mailing: Mailing, *, at: datetime) -> bool:
    """Whether it goes to more than half of those to whom it could: that is asked a second time."""
    kind = audience_of(mailing.audience)
    return kind is None or kind.reaches_most(mailing.rows, mailing.part, at)


@act(gettext_noop("%(who)s sent a mailing."))
def send(
    *,
    mailing_id: int,
    read: int,
    counted: int | None = None,
    send_at: datetime | None = None,
    by: User,
    at: datetime,
) -> Mailing:
    """It goes now, or by itself at `send_at`.

    `read` is how many recipients stood on the page, so that nothing else goes than what was read.
    The list may be as old as the draft: it is read once more, and nobody gets it who did not stand
    there, or elsewhere. To almost everybody it goes only with `counted`, their number typed by the
    person who sends it.

    Raises `DomainError` on "send_at" or "counted"; `InvalidTransition`; `NotAllowed`.
    """
    require("mailings.write", by, at=at)
    mailing = draft(mailing_id)
    before = _letters_in_mind(mailing)
    if not mailing.languages:
        raise DomainError(_("Write the subject and the text first."))
    if not before:
        raise DomainError(_("Nobody gets this mailing."))
    if len(before) != read:
        raise InvalidTransition(
            _("Who gets it has changed since you opened the page: read the list again.")
        )
    read_list(mailing, at=at)
    if _letters_in_mind(mailing) != before:
        raise InvalidTransition(
            _("Who gets it has changed since the list was read: read the list again.")
        )
    if asks_twice(mailing, at=at) and counted != read:
        raise DomainError(
            _("That is not how many get it. Read on this page how many do, and write the number."),
            field="counted",
        )
    if send_at is not None and not at < send_at <= at + FARTHEST:
        raise DomainError(_("Give an hour that lies ahead, within a year."), field="send_at")
    if send_at is not None:
        mailing.move_to(MailingStatus.SCHEDULED, send_at=send_at, sent_by=by)
    else:
        mailing.move_to(MailingStatus.SENDING, started_at=at, sent_by=by)
        enqueue("kip.mailings.tasks.prepare", mailing.pk)
    return mailing


@act(gettext_noop("%(who)s took back a mailing that waited for its time."))
def take_back(*, mailing_id: int, by: User, at: datetime) -> None:
    """It is a draft again."""
    require("mailings.write", by, at=at)
    mailing = _locked(mailing_id)
    mailing.move_to(MailingStatus.DRAFT, send_at=None, sent_by=None)


@act(gettext_noop("%(who)s stopped a mailing."))
def stop_mailing(*, mailing_id: int, by: User, at: datetime) -> int:
    """What still waits stays unsent, what a worker is sending just now goes. Of one that is sent
    letters on paper may still wait to be posted.

    Returns how many letters were stopped that stood in the outbox already. Raises
    `InvalidTransition` when nothing is left to be stopped.
    """
    require("mailings.write", by, at=at)
    mailing = _locked(mailing_id)
    was_sent = mailing.status == MailingStatus.SENT
    mailing.move_to(MailingStatus.STOPPED, ended_at=at)
    stopped = stop(letters_of(mailing), at=at)
    if was_sent and not stopped:
        raise InvalidTransition(_("None of these letters waits any more."))
    return stopped


@act(gettext_noop("A mailing began to go out at its time."))
def begin_scheduled(*, mailing_id: int, by: None, at: datetime) -> None:
    """The clock's part in what a person has decided; one taken back meanwhile is left alone."""
    mailing = _locked(mailing_id)
    if mailing.status == MailingStatus.SCHEDULED and mailing.send_at and mailing.send_at <= at:
        _keep_to_those_read(mailing, at=at)
        mailing.move_to(MailingStatus.SENDING, started_at=at)


@act(gettext_noop("A mailing has gone out."))
def end_mailing(*, mailing_id: int, by: None, at: datetime) -> None:
    """None of its letters waits any more for a mail server."""
    mailing = _locked(mailing_id)
    is_written = mailing.status == MailingStatus.SENDING and mailing.prepared_at is not None
    if is_written and not waiting(mailing):
        mailing.move_to(MailingStatus.SENT, ended_at=at)


def sweep(*, at: datetime) -> None:
    """What has come due, what the broker lost or a killed worker left, what has ended, and what a
    mail server gave back to the queue after a person had stopped it.

    A mailing with which that is not possible is logged, and holds up none of the others.
    """
    due = Mailing.objects.filter(status=MailingStatus.SCHEDULED, send_at__lte=at)
    for pk in due.order_by("send_at", "pk").values_list("pk", flat=True):
        with _held_up_alone(pk):
            begin_scheduled(mailing_id=pk, by=None, at=at)
    going = Mailing.objects.filter(status=MailingStatus.SENDING)
    for pk, prepared_at in going.order_by("pk").values_list("pk", "prepared_at"):
        with _held_up_alone(pk):
            if prepared_at is None:
                prepare(mailing_id=pk, at=at)
            end_mailing(mailing_id=pk, by=None, at=at)
    stopped = MailingRecipient.objects.filter(
        mailing__status=MailingStatus.STOPPED,
        mailing__ended_at__gte=at - timedelta(days=4),
        mail__channel=Channel.EMAIL,
    )
    put_back = Attempt.objects.filter(
        mail=OuterRef("mail"), outcome=Outcome.REQUEUED, at__gte=OuterRef("mailing__ended_at")
    )
    given_back = stopped.exclude(Exists(put_back))  # by a person: that one is to go after all
    stop(OutboxMail.objects.filter(pk__in=given_back.values("mail")), at=at)


@contextmanager
def _held_up_alone(pk: int) -> Iterator[None]:
    try:
        yield
    except Exception:
        log.exception("Mailing %s cannot go on", pk)


def prepare(*, mailing_id: int, at: datetime) -> int:
    """Write its letters to the outbox, as far as they are not there. Returns how many it wrote.

    Called by a task, outside an act. Whoever comes while another worker is at it does nothing.
    """
    with alone(f"mailing:{mailing_id}") as is_alone:
        if not is_alone:
            return 0
        presses: dict[str, Pressed] = {}
        written = 0
        while batch := _write_batch(mailing_id, presses, at=at):
            written += batch
    if written:
        kick()
    return written


@transaction.atomic
def _write_batch(mailing_id: int, presses: dict[str, Pressed], *, at: datetime) -> int:
    """The next thousand, unless somebody has stopped it."""
    mailing = _locked(mailing_id)
    kind = audience_of(mailing.audience)
    if mailing.status != MailingStatus.SENDING or mailing.prepared_at is not None or kind is None:
        return 0
    todo = mailing.recipients.getting_it().filter(mail=None).order_by("pk")
    recipients = list(todo.select_for_update(of=["self"])[:BATCH])
    if not recipients:
        mailing.prepared_at = at
        mailing.save(update_fields=["prepared_at"])
        return 0
    record_language = Bylaws.objects.in_force_at(at).record_language
    letters = []
    for each in recipients:
        language = mailing.language_for(each.language, record_language)
        if language not in presses:
            presses[language] = Pressed(mailing, kind, language)
        on_paper = each.channel == Channel.LETTER
        letters.append(
            Written(
                key=f"mailing:{mailing_id}:{each.pk}",
                reader_id=each.person_id,
                channel=each.channel,
                to_address="" if on_paper else each.address,
                postal_address=each.postal_address,
                language=language,
                letter=presses[language].fill(each),
            )
        )
    post_many(letters, at=at, attachments=mailing.attachments.all())
    key = Concat(Value(f"mailing:{mailing_id}:"), Cast(OuterRef("pk"), CharField()))
    mailing.recipients.filter(pk__in=[each.pk for each in recipients]).update(
        mail=Subquery(OutboxMail.objects.filter(key=key).values("pk")[:1])
    )
    return len(recipients)


def follow(*, first: OutboxMail, anew: OutboxMail) -> None:
    """A reader's letter is the one that goes to where they are now."""
    MailingRecipient.objects.filter(mail=first).update(mail=anew)


def letters_of(mailing: Mailing) -> QuerySet[OutboxMail]:
    return OutboxMail.objects.filter(
        pk__in=mailing.recipients.filter(mail__isnull=False).values("mail")
    )


def waiting(mailing: Mailing) -> bool:
    """Whether a letter of it still waits for a mail server; those on paper wait for the post."""
    return letters_of(mailing).filter(status=MailStatus.QUEUED, channel=Channel.EMAIL).exists()


def _letters_in_mind(mailing: Mailing) -> set[tuple[Who, str, str]]:
    """To whom and where its letters would go."""
    getting = mailing.recipients.getting_it().select_related("person")
    return {(who(row), row.channel, row.postal_address or row.address) for row in getting}


def _keep_to_those_read(mailing: Mailing, *, at: datetime) -> None:
    """Nobody gets it who was not read when it was decided, and nobody who is in the list no more.

    Everybody else gets it as the list has them now: where they are written to today, and who
    shares an address gets it when the other does not.
    """
    kind = audience_of(mailing.audience)
    if kind is None:
        return
    rows = list(mailing.recipients.select_related("person"))
    read = [row for row in rows if row.left_out in ("", LeftOut.DOUBLE)]
    now = people_behind(mailing, kind, at=at, among={who(row) for row in read})
    there = {who(row) for row in now}
    gone = [row.pk for row in read if who(row) not in there]
    mailing.recipients.filter(pk__in=gone).update(left_out=LeftOut.GONE)
    mailing.recipients.filter(pk__in=[row.pk for row in rows if who(row) in there]).delete()
    MailingRecipient.objects.bulk_create(now, batch_size=BATCH)


def _locked(mailing_id: int) -> Mailing:
    return Mailing.objects.select_for_update(of=["self"]).get(pk=mailing_id)
