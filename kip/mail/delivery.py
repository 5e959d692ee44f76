"""From the outbox to the mail server, by any number of workers at once.

A worker claims one letter for a few minutes (the lease), sends it outside any transaction, and
records how it went. If the worker is killed in between, the lease runs out and the sweep sends the
letter again under the same Message-ID. A process holds one letter at a time, whatever its threads,
so for each killed process at most one letter arrives twice, and none is lost.
"""

import contextlib
import logging
import smtplib
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from kip.mail import dsn
from kip.mail.models import OutboxMail
from kip.mail.placeholders import fill, mask
from kip.mail.states import Outcome, Status
from kip.sealing import unseal

# The worker runs tasks in threads, and a killed process takes all of them along.
_one_in_hand = threading.Lock()

log = logging.getLogger(__name__)

UNREACHABLE = gettext_noop("The mail server could not be reached or broke off the connection.")
INTERRUPTED = gettext_noop("The program was stopped in the middle of sending.")
UNSENDABLE = gettext_noop("The letter cannot be sent as it stands.")
UNEXPECTED = gettext_noop("Something unexpected went wrong in sending.")


@dataclass(frozen=True)
class Result:
    """How one attempt went. `error` is for people: our own words (above), or the server's."""

    outcome: Outcome
    error: str = ""
    answer: str = ""
    server_is_there: bool = True
    weight: int = 0  # how much it says against the address (`kip.mail.dsn.weight`)

    def without(self, secrets: Iterable[str]) -> "Result":
        """The same, for the files: some servers quote the link that they did not like."""
        error, answer = self.error, self.answer
        for secret in secrets:
            error, answer = error.replace(secret, "[…]"), answer.replace(secret, "[…]")
        return replace(self, error=error, answer=answer)


# called(mail=OutboxMail, answer=str, by=None, at=datetime), in the transaction that records it.
Refused = Callable[..., object]


def deliver(*, clock: Callable[[], datetime] = timezone.now, refused: Refused | None = None) -> int:
    """Send what is due, one letter after the other. Returns how many the server accepted.

    `refused` is told of each final no that speaks against the address. Ends early when the server
    cannot be reached: the rest would fare no better, and waits.
    """
    accepted = 0
    while True:
        with _one_in_hand:
            mail = _claim(clock())
            if mail is None:
                return accepted
            result = _send(mail)
            _record(mail, result, clock(), refused)
        accepted += result.outcome == Outcome.ACCEPTED
        if not result.server_is_there:
            return accepted


def as_message(mail: OutboxMail, values: dict[str, str] | None = None) -> EmailMultiAlternatives:
    """The letter as it goes out, with its personal `values`; without them, as people may see it.

    Made of the row alone: a letter sent twice is the same to the byte.
    """

    def whole(stored: str, *, html: bool = False) -> str:
        return mask(stored) if values is None else fill(stored, values, html=html)

    message = EmailMultiAlternatives(
        subject=whole(mail.subject),
        body=whole(mail.text),
        from_email=settings.BOUNCE_ADDRESS,  # of the envelope; readers see the one below
        to=[mail.to_address],
        reply_to=[settings.SECRETARY_EMAIL],
        headers={
            "From": settings.DEFAULT_FROM_EMAIL,
            "Message-ID": mail.message_id,
            "Date": format_datetime(timezone.localtime(mail.created_at)),
            "Auto-Submitted": "auto-generated",
            "Content-Language": mail.language,
        },
    )
    message.attach_alternative(whole(mail.html, html=True), "text/html")
    for document in mail.attachments.order_by("name", "pk"):
        if not document.is_erased:
            with document.file.open("rb") as file:
                message.attach(document.name, file.read(), document.content_type)
    return message


def _claim(at: datetime) -> OutboxMail | None:
    """The next letter that is due, in nobody else's hands until its lease is over."""
    while True:
        with transaction.atomic():
            mail = OutboxMail.objects.due(at).select_for_update(skip_locked=True).first()
            if mail is None:
                return None
            if mail.claimed_until is not None:
                mail.history.create(at=at, outcome=Outcome.INTERRUPTED)
                # A letter that kills its worker each time must not do so for ever.
                if mail.attempts > len(settings.MAIL_RETRY_SECONDS):
                    mail.move_to(Status.FAILED, claimed_until=None, last_error=INTERRUPTED)
                    continue
            mail.attempts += 1
            mail.last_attempt_at = at
            mail.claimed_until = at + timedelta(seconds=settings.MAIL_LEASE_SECONDS)
            mail.save(update_fields=["attempts", "last_attempt_at", "claimed_until"])
            return mail


def _send(mail: OutboxMail) -> Result:
    connection = get_connection()
    values: dict[str, str] = {}
    try:
        values = {name: unseal(sealed) for name, sealed in mail.personal.items()}
        message = as_message(mail, values)
        connection.open()
        connection.send_messages([message])
    except Exception as error:
        return judge(error).without(values.values())
    finally:
        # Whatever happens at goodbye, the answer to the letter itself is known by now.
        with contextlib.suppress(Exception):
            connection.close()
    return Result(Outcome.ACCEPTED)


def judge(error: Exception) -> Result:
    """Whether trying again can help.

    It cannot when the server says a final no (5xx) to this sender, reader or text. Everything else
    may pass: 4xx answers, a server that is away, and a wrong password for it, which somebody mends.
    """
    code: int
    answer: bytes | str
    weight = 0
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, answer = next(iter(error.recipients.values()))
            weight = dsn.weight(dsn.status_in(_in_words(code, answer)))
        case smtplib.SMTPSenderRefused() | smtplib.SMTPDataError():
            code, answer = error.smtp_code, error.smtp_error
        case OSError():
            return Result(Outcome.DEFERRED, UNREACHABLE, str(error), server_is_there=False)
        case ValueError():
            log.error("A letter cannot be sent", exc_info=error)
            return Result(Outcome.REFUSED, UNSENDABLE, type(error).__name__)
        case _:
            log.error("Unexpected in sending mail", exc_info=error)
            return Result(Outcome.DEFERRED, UNEXPECTED, type(error).__name__)
    said = _in_words(code, answer)
    outcome = Outcome.REFUSED if code >= 500 else Outcome.DEFERRED
    return Result(outcome, said, said, weight=weight)


def _in_words(code: int, answer: bytes | str) -> str:
    words = answer.decode(errors="replace") if isinstance(answer, bytes) else str(answer)
    return f"{code} {words}".strip()


@transaction.atomic
def _record(
    claimed: OutboxMail, result: Result, at: datetime, refused: Refused | None = None
) -> None:
    mail = OutboxMail.objects.select_for_update().filter(pk=claimed.pk).first()
    if mail is None:
        return
    mail.history.create(at=at, outcome=result.outcome, answer=result.answer, weight=result.weight)
    accepted = result.outcome == Outcome.ACCEPTED
    ours = mail.claimed_until == claimed.claimed_until
    # Slower than its lease: another worker has it, and its word counts, unless the letter is out.
    if mail.status != Status.QUEUED or not (ours or accepted):
        return
    if accepted:
        mail.move_to(Status.SENT, sent_at=at, claimed_until=None, last_error="", personal={})
    elif result.outcome == Outcome.REFUSED or mail.attempts > len(settings.MAIL_RETRY_SECONDS):
        mail.move_to(Status.FAILED, claimed_until=None, last_error=result.error)
        if refused and result.weight:
            refused(mail=mail, answer=result.answer, by=None, at=at)
    else:
        wait = settings.MAIL_RETRY_SECONDS[mail.attempts - 1]
        mail.next_attempt_at = at + timedelta(seconds=wait)
        mail.claimed_until = None
        mail.last_error = result.error
        mail.save(update_fields=["next_attempt_at", "claimed_until", "last_error"])
