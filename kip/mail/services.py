"""Writing letters: a row in the caller's transaction now, delivery after it is committed."""

import logging
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, gettext_noop

from kip.access import require
from kip.audit.acts import act
from kip.audit.services import PersonalRows, pattern_of
from kip.celery import app
from kip.exceptions import DomainError, InvalidTransition
from kip.hooks import Hook
from kip.mail import files, rendering
from kip.mail.models import HELD_BACK, Attempt, OutboxMail, StoppedAddress
from kip.mail.placeholders import mask, placeholder
from kip.mail.states import Channel, Outcome, Status
from kip.sealing import seal

# What bounds a kick without a broker. `retry=False` alone does not: kombu goes on connecting for 4
# to 6 s (`max_retries` here is its own), and a server that takes connections and is silent costs
# one `socket_timeout`. redis-py retries nothing on connections that kombu makes.
_ONE_TRY = {"max_retries": 0, "socket_connect_timeout": 1, "socket_timeout": 1}

log = logging.getLogger(__name__)


PERSONAL_VALUES_GONE = gettext_lazy(
    "The code or personal link in this letter was forgotten when it was sent, so it cannot be sent"
    " again. Renew the invitation, or let the reader ask for a new code on the sign-in page."
)


class PersonalValuesGone(DomainError):
    """The letter was sent, and with that its code or personal link was forgotten."""


@dataclass(frozen=True)
class Rehearsed:
    """A letter that an act would write: to which address, who that is, and its subject.

    `name` is for pages of people who may not see addresses: of a reader without a name it is the
    masked address, "m…@testi.fi".
    """

    to: str
    name: str
    subject: str


class Way(NamedTuple):
    """How a person is written to; on paper with the lines on the envelope, the name first."""

    channel: Channel | None
    lines: tuple[str, ...] = ()


# receiver(person=User, at=datetime) -> list[str]: lines of an address where post reaches a person
# who has given none of their own, or none.
postal_address_of: Hook[list[str]] = Hook("Where post reaches this person.")

# By key, what a rehearsal would write.
_rehearsal: ContextVar[dict[str, Rehearsed] | None] = ContextVar("kip_mail_rehearsal", default=None)
_sent_long_ago: ContextVar[bool] = ContextVar("kip_mail_sent_long_ago", default=False)


def way_to(person: Any, *, at: datetime) -> Way:
    """How this person is written to at the instant `at`; `channel` is None if nothing reaches them.

    By letter who has chosen that, at their own address or at the one `address_offered` to them;
    and who has an address and no e-mail. An address that is not there any more (a role has ended)
    leaves e-mail.
    """
    own = tuple(person.postal_address.splitlines())
    lines = own
    if not own and person.channel == Channel.LETTER:
        lines = tuple(address_offered(person, at=at))
    if lines and (person.channel == Channel.LETTER or not person.email):
        return Way(Channel.LETTER, (*filter(None, [person.get_full_name()]), *lines))
    return Way(Channel.EMAIL if person.email else None)


def address_offered(person: Any, *, at: datetime) -> list[str]:
    """Lines of the address that is used while the person has given none of their own, or none."""
    return next((lines for lines in postal_address_of(person=person, at=at) if lines), [])


def post(
    *,
    key: str,
    to: Any,
    template: str,
    context: dict[str, Any],
    why: str | Promise,
    at: datetime,
    link: str = "",
    link_text: str | Promise = "",
    personal: dict[str, str] | None = None,
    language: str | None = None,
    about: str = "",
    attachments: Iterable[Any] = (),
    asked_for: bool = False,
) -> OutboxMail | None:
    """Write one letter to the outbox, in the caller's transaction.

    `key` names the occasion ("application-approved:7:user:3"): a second letter with the same key is
    not written. `to` is a User, or an address with its `language`. `template` is
    "members/mail/application_approved", without its ending (`kip.mail.rendering` says what is in
    it); it gets `context`, `reader` and, in place of the values in `personal`, their placeholders:
    `{{ personal.code }}`. `why` is a sentence "You get this because …". `link` is a path of this
    site; when it is empty and `personal` holds a "link", that one is the button. `about` says what
    the letter concerns besides its reader ("member:7"), for whoever looks after that; not for what
    is the reader's own. `attachments` are stored documents. `at` is the act's instant: the letter
    is due at once.

    To an address that letters come back from (`StoppedAddress`) it is written and given up at once,
    so that the outbox says what was not sent; unless it is `asked_for`, like a code for whoever
    sits before the sign-in page and says that this is their address.

    Who is written to on paper (`way_to`) gets it on paper, to be posted by the secretary. Codes and
    personal links are never printed: a letter with such goes by e-mail, or without them where there
    is none.

    Returns the row; None when the key was used before, or when nothing reaches the person.
    Raises `ValueError` for an address without a language.
    """
    address, reader = (to, None) if isinstance(to, str) else (to.email or "", to)
    if reader is None or (personal and address):
        way = Way(Channel.EMAIL if address else None)
    else:
        way = way_to(reader, at=at)
    if way.channel is None:
        return None
    on_paper = way.channel == Channel.LETTER
    if not (language := language or (reader and reader.language)):
        raise ValueError(f"{key}: an address has no language of its own, so say which")
    identity = uuid.uuid4().hex
    kept_back = on_paper and bool(personal)
    if kept_back:
        stand_ins, personal = dict.fromkeys(personal or {}, "[…]"), None
    else:
        stand_ins = {name: placeholder(name, identity[:16]) for name in personal or {}}
        link = link or stand_ins.get("link", "")
    link = rendering.absolute(link)
    letter = rendering.render(
        template,
        {**context, "reader": reader, "personal": stand_ins},
        language=language,
        why=why,
        link=link,
        link_text=link_text,
        on_paper=on_paper,
        kept_back=kept_back,
    )
    if (rehearsal := _rehearsal.get()) is not None:
        name = (reader.get_full_name() if reader is not None else "") or _masked(address)
        if on_paper:
            address = gettext("%(address)s (on paper)") % {"address": ", ".join(way.lines)}
        rehearsal.setdefault(key, Rehearsed(address, name, mask(letter.subject)))
        return None
    message_id = f"<{identity}@{urlsplit(settings.SITE_URL).hostname}>"
    # ON CONFLICT DO NOTHING: a letter written before must not spoil the act that meets it.
    OutboxMail.objects.bulk_create(
        [
            OutboxMail(
                key=key,
                reader=reader,
                channel=way.channel,
                to_address="" if on_paper else address,
                postal_address="\n".join(way.lines),
                language=language,
                subject=letter.subject,
                text=letter.text,
                html=letter.html,
                why=letter.why,
                link=link,
                about=about,
                personal={
                    name: seal(rendering.absolute(value) if name == "link" else value)
                    for name, value in (personal or {}).items()
                },
                message_id=message_id,
                next_attempt_at=at,
                created_at=at,
            )
        ],
        ignore_conflicts=True,
    )
    row = OutboxMail.objects.filter(message_id=message_id).first()
    if row is None:
        return None
    row.attachments.set(attachments)
    if on_paper:
        return row
    if _sent_long_ago.get():
        row.move_to(Status.SENT, sent_at=at, attempts=1, last_attempt_at=at, personal={})
        return row
    if not asked_for and StoppedAddress.objects.stopped([address]).exists():
        row.move_to(Status.FAILED, last_error=HELD_BACK)
        Attempt.objects.create(mail=row, at=at, outcome=Outcome.HELD)
        return row
    kick_after_commit()
    return row


@dataclass(frozen=True)
class Written:
    """A letter whose words stand already, for `post_many`. `reader_id` is a person's, if known."""

    key: str
    reader_id: int | None
    channel: str
    to_address: str
    postal_address: str
    language: str
    letter: rendering.Rendered


def post_many(letters: Iterable[Written], *, at: datetime, attachments: Iterable[Any] = ()) -> None:
    """Write many letters to the outbox, in the caller's transaction. One with a used key is not.

    Tells no worker: the caller does, by `kick`, when all are committed.
    """
    host = urlsplit(settings.SITE_URL).hostname
    rows = [
        OutboxMail(
            key=each.key,
            reader_id=each.reader_id,
            channel=each.channel,
            to_address=each.to_address,
            postal_address=each.postal_address,
            language=each.language,
            subject=each.letter.subject,
            text=each.letter.text,
            html=each.letter.html,
            why=each.letter.why,
            message_id=f"<{uuid.uuid4().hex}@{host}>",
            next_attempt_at=at,
            created_at=at,
        )
        for each in letters
    ]
    OutboxMail.objects.bulk_create(rows, ignore_conflicts=True)
    written = OutboxMail.objects.filter(message_id__in=[row.message_id for row in rows])
    if documents := list(attachments):
        through = OutboxMail.attachments.through
        through.objects.bulk_create(
            through(outboxmail_id=pk, document_id=document.pk)
            for pk in written.values_list("pk", flat=True)
            for document in documents
        )
    if _sent_long_ago.get():
        written.exclude(channel=Channel.LETTER).update(
            status=Status.SENT, sent_at=at, attempts=1, last_attempt_at=at
        )
        return
    stopped = StoppedAddress.objects.stopped(row.to_address for row in rows)
    held = list(written.filter(to_address__in=stopped.values("address")))
    for mail in held:
        mail.move_to(Status.FAILED, last_error=HELD_BACK)
    Attempt.objects.bulk_create(Attempt(mail=mail, at=at, outcome=Outcome.HELD) for mail in held)


def stop(letters: QuerySet[OutboxMail], *, at: datetime) -> int:
    """Whatever of `letters` still waits stays unsent; what a worker has in its hands goes.

    Returns how many were stopped. Whether that may be done is for the caller's act to check.
    """
    in_nobodys_hands = Q(claimed_until__isnull=True) | Q(claimed_until__lte=at)
    # One statement: a row that a worker claims meanwhile is looked at again, and left alone.
    return letters.filter(in_nobodys_hands, status=Status.QUEUED).update(
        status=Status.STOPPED, claimed_until=None
    )


@contextmanager
def sent_long_ago() -> Iterator[None]:
    """Letters written inside are put on file as sent at their `at`; nobody gets them.

    Those on paper wait: it takes a person to post them.
    For the demo's invented past: its acts would have written letters, which must not go out now.
    """
    token = _sent_long_ago.set(True)
    try:
        yield
    finally:
        _sent_long_ago.reset(token)


def rehearse(call: Callable[[], object]) -> list[Rehearsed]:
    """The letters that `call()` would write. Everything it does is undone, nothing is sent.

    For confirmation pages: "who will get which mail". What `call` raises passes through, and its
    deeds are undone just the same. The letters themselves cost one query, however many they are.
    """
    letters: dict[str, Rehearsed] = {}
    token = _rehearsal.set(letters)
    try:
        with transaction.atomic():
            call()
            transaction.set_rollback(True)
    finally:
        _rehearsal.reset(token)
    written = OutboxMail.objects.filter(key__in=letters).values_list("key", flat=True)
    for key in written:  # before: it would not be written again
        del letters[key]
    return list(letters.values())


@act(gettext_noop("%(who)s put a letter back in the queue."))
def send_again(*, mail_id: int, by: Any, at: datetime) -> OutboxMail:
    """Send a letter once more that was given up, or that left and did not arrive.

    It is the same letter, Message-ID and date included: nobody wrote a new one. A mailbox that
    has it already may then drop the second copy, which is what its reader would wish for. One on
    paper waits to be posted (again, or because it was not posted after all).

    Raises `NotAllowed` unless `by` is the secretary, `PersonalValuesGone` when it left with a code
    or personal link, which is kept nowhere, `InvalidTransition` while it waits
    and when sending to its address has stopped.
    """
    mail = OutboxMail.objects.select_for_update().get(pk=mail_id)
    require("mail.send_again", by, mail, at=at)
    if mail.lacks_personal_values:
        raise PersonalValuesGone(PERSONAL_VALUES_GONE)
    if StoppedAddress.objects.stopped([mail.to_address]).exists():
        raise InvalidTransition(
            gettext(
                "Letters to %(address)s come back: say first that this address is to be"
                " tried again."
            )
            % {"address": mail.to_address}
        )
    mail.move_to(Status.QUEUED, attempts=0, next_attempt_at=at, last_error="", sent_at=None)
    Attempt.objects.create(mail=mail, at=at, outcome=Outcome.REQUEUED, by=by)
    if not mail.is_on_paper:
        kick_after_commit()
    return mail


def _masked(address: str) -> str:
    """Enough of an address for whoever knows it to know it again."""
    name, _at, domain = address.rpartition("@")
    return f"{name[:1]}…@{domain}"


def letters_to(*, person: Any, at: datetime) -> list[PersonalRows]:
    """What `kip.audit.services.redact` erases here: every letter to this person, with history; and
    that letters to an address of theirs came back. A letter to somebody else who had the address
    once is theirs.
    """
    records = [person, *person.doubles.all()]
    theirs, stopped = Q(reader__in=records), Q(reader__in=records)
    for address in {record.email for record in records} - {None}:
        theirs |= Q(reader=None, to_address__iexact=address)
        stopped |= Q(address=address.lower())
    return [
        PersonalRows(OutboxMail.objects.filter(theirs), delete=True),
        PersonalRows(StoppedAddress.objects.filter(stopped), delete=True),
    ]


def forget_files(*, names: Iterable[str], at: datetime) -> None:
    """While there is no mail server, letters are files: those that name the person go."""
    if (pattern := pattern_of(names)) and settings.EMAIL_FILE_PATH:
        folder = Path(settings.EMAIL_FILE_PATH)
        transaction.on_commit(partial(files.remove_naming, folder, pattern), robust=True)


def kick_after_commit() -> None:
    """One kick for all letters of the transaction, however many they are."""
    if not any(entry[1] is kick for entry in connection.run_on_commit):
        transaction.on_commit(kick, robust=True)


def kick() -> None:
    """Tell a worker that there is mail. Never raises: when the broker is down, the sweep finds it.

    Costs about a second without a broker: a connection of its own, one attempt.
    """
    try:
        with app.connection_for_write(transport_options=_ONE_TRY) as broker:
            app.send_task("kip.mail.tasks.deliver", connection=broker, retry=False)
    except Exception as error:
        log.warning("The broker did not take the news of mail; the sweep will find it: %s", error)
