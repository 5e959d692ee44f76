"""The outbox: every letter is a row first, and the row is the queue."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Value, functions
from django.db.models.functions import Cast, Concat
from django.utils import formats, timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from kip.audit.retention import Retention
from kip.mail.placeholders import has_placeholder, mask
from kip.mail.states import TABLE, Channel, Outcome, Status
from kip.states import StatefulModel, Transitions, status_triggers

# In `last_error`, of a letter that was written and not sent.
HELD_BACK = gettext_noop("Letters to this address come back, so sending to it has stopped.")
# The key of a letter that is posted once more, to another address: this, and the first one's id.
ANEW = "posted-anew:"


class OutboxMailQuerySet(models.QuerySet["OutboxMail"]):
    def due(self, at: datetime) -> "OutboxMailQuerySet":
        """What should be sent by now and is in no living worker's hands, the longest due first."""
        return self.filter(
            models.Q(claimed_until__isnull=True) | models.Q(claimed_until__lte=at),
            channel=Channel.EMAIL,
            status=Status.QUEUED,
            next_attempt_at__lte=at,
        ).order_by("next_attempt_at", "pk")

    def to_post(self) -> "OutboxMailQuerySet":
        """Letters on paper that wait for somebody to post them, the oldest first."""
        return self.filter(channel=Channel.LETTER, status=Status.QUEUED).order_by(
            "created_at", "pk"
        )

    def returned(self) -> "OutboxMailQuerySet":
        """Letters on paper that came back and were not written anew, the oldest first."""
        return (
            self.not_written_anew()
            .filter(channel=Channel.LETTER, status=Status.BOUNCED)
            .order_by("last_attempt_at", "pk")
        )

    def not_written_anew(self) -> "OutboxMailQuerySet":
        anew = OutboxMail.objects.filter(
            key=Concat(Value(ANEW), Cast(models.OuterRef("pk"), models.CharField()))
        )
        return self.filter(~models.Exists(anew))

    def failed(self) -> "OutboxMailQuerySet":
        """What was given up and waits for the secretary, but for what goes on paper instead, and
        what was not even tried: of an address to which sending has stopped, the stop itself waits.
        """
        return self.filter(status=Status.FAILED).exclude(last_error=HELD_BACK).not_written_anew()

    def came_back(self) -> "OutboxMailQuerySet":
        return self.filter(status=Status.BOUNCED)

    def held_back(self, stopped: "StoppedAddress") -> "OutboxMailQuerySet":
        """What was written to the address since sending to it has stopped, and was not sent."""
        return self.filter(
            status=Status.FAILED,
            last_error=HELD_BACK,
            to_address__iexact=stopped.address,
            created_at__gte=stopped.since,
        )

    def older_than(self, at: datetime) -> "OutboxMailQuerySet":
        """Settled letters written before `at`: what a purge of personal data may delete."""
        return self.exclude(status=Status.QUEUED).filter(created_at__lt=at)


class OutboxMail(StatefulModel):
    """One letter to one reader, exactly as it is sent, but for its personal values.

    Personal values (codes, personal links) are sealed in `personal`; `subject`, `text`, `html` and
    `link` hold placeholders, which delivery fills in. They are forgotten once the letter has left.

    Only what delivery learns ever changes: the letter itself is evidence of what was sent.
    """

    TRANSITIONS: ClassVar[Transitions] = TABLE
    PERSONAL: ClassVar[dict[str, Retention]] = dict.fromkeys(
        [
            "to_address",
            "postal_address",
            "subject",
            "text",
            "html",
            "why",
            "link",
            "personal",
            "last_error",
        ],
        Retention.CORRESPONDENCE,
    )

    key = models.CharField(_("key"), max_length=200, unique=True)
    # A letter goes when its reader's row goes: an address that was never verified leaves nothing.
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("reader"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    channel = models.CharField(
        _("goes by"), max_length=10, choices=Channel.choices, default=Channel.EMAIL
    )
    to_address = models.EmailField(_("address"), blank=True)
    # Of a letter on paper: the reader's name and the lines under it, as they stood when it was
    # written.
    postal_address = models.TextField(_("postal address"), blank=True)
    language = models.CharField(_("language"), max_length=2)
    subject = models.CharField(_("subject"), max_length=300)
    text = models.TextField(_("text"))
    html = models.TextField(_("HTML"))
    why = models.TextField(_("why it is sent"))
    link = models.TextField(_("link"), blank=True)
    personal = models.JSONField(_("sealed values"), default=dict, blank=True, editable=False)
    # What it concerns besides its reader, in the words of the app that wrote it ("member:7"): for
    # those who look after that when its reader has gone.
    about = models.CharField(_("about"), max_length=40, blank=True, editable=False)
    attachments = models.ManyToManyField(
        "documents.Document", verbose_name=_("attachments"), blank=True, related_name="+"
    )
    message_id = models.CharField(_("Message-ID"), max_length=300, unique=True)

    status = models.CharField(
        _("state"), max_length=10, choices=Status.choices, default=Status.QUEUED
    )
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    last_attempt_at = models.DateTimeField(_("last attempt"), null=True, blank=True)
    next_attempt_at = models.DateTimeField(_("next attempt"))
    last_error = models.TextField(_("last error"), blank=True)
    created_at = models.DateTimeField(_("written"))
    sent_at = models.DateTimeField(_("accepted"), null=True, blank=True)

    objects = OutboxMailQuerySet.as_manager()

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(
                name="outboxmail_due",
                fields=["next_attempt_at", "id"],
                condition=models.Q(channel=Channel.EMAIL, status=Status.QUEUED),
            ),
            models.Index(
                name="outboxmail_on_paper",
                fields=["status", "created_at", "id"],
                condition=models.Q(channel=Channel.LETTER),
            ),
            models.Index(name="outboxmail_written", fields=["-created_at", "-id"]),
            models.Index(
                name="outboxmail_about",
                fields=["about", "-created_at", "-id"],
                condition=~models.Q(about=""),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="outboxmail_sent_iff_dated",
                condition=models.Q(status__in=[Status.SENT, Status.BOUNCED], sent_at__isnull=False)
                | (
                    ~models.Q(status__in=[Status.SENT, Status.BOUNCED])
                    & models.Q(sent_at__isnull=True)
                ),
            ),
            models.CheckConstraint(
                name="outboxmail_addressed_as_it_goes",
                condition=(models.Q(channel=Channel.EMAIL) & ~models.Q(to_address=""))
                | (models.Q(channel=Channel.LETTER) & ~models.Q(postal_address="")),
            ),
            models.CheckConstraint(
                name="outboxmail_claimed_only_while_queued",
                condition=models.Q(status=Status.QUEUED) | models.Q(claimed_until__isnull=True),
            ),
        ]
        triggers = [
            *status_triggers(TABLE),
            pgtrigger.ReadOnly(
                name="immutable",
                fields=[
                    *["key", "reader", "channel", "to_address", "postal_address", "language"],
                    *[
                        "subject",
                        "text",
                        "html",
                        "why",
                        "link",
                        "about",
                        "message_id",
                        "created_at",
                    ],
                ],
            ),
        ]

    def __str__(self) -> str:
        return mask(self.subject)

    @property
    def readable_again(self) -> str:
        """Its words for a page: the codes and links that were in it stay in the mail."""
        return mask(self.text)

    @property
    def lacks_personal_values(self) -> bool:
        """Whether its code or link was forgotten when it left: it cannot be sent again whole."""
        return not self.personal and self.has_personal_values

    @property
    def has_personal_values(self) -> bool:
        """Whether a code or personal link belongs into it."""
        return any(has_placeholder(part) for part in (self.subject, self.text, self.html))

    @property
    def may_be_sent_again(self) -> bool:
        """Whether it left or was given up, and is whole."""
        return self.TRANSITIONS.allows(self.status, Status.QUEUED) and (
            not self.lacks_personal_values
        )

    @property
    def is_on_paper(self) -> bool:
        return self.channel == Channel.LETTER

    @property
    def addressee(self) -> str:
        """To whom it goes, in a line: the e-mail address, or the name on the envelope."""
        return self.to_address or self.postal_address.partition("\n")[0]

    @property
    def reader_has_moved(self) -> bool:
        """Whether its reader is written to by e-mail today, or at another postal address."""
        reader: Any = self.reader
        if reader is None or (reader.channel == Channel.EMAIL and reader.email):
            return reader is not None
        own = "\n".join(reader.postal_address.splitlines())
        return bool(own) and not self.postal_address.endswith(f"\n{own}")

    def in_words(self) -> str:
        """Where the letter stands, as a sentence."""
        error = gettext(self.last_error) if self.last_error else ""
        if self.is_on_paper and self.status == Status.SENT:
            return gettext("Posted on %(date)s") % {"date": _day(self.sent_at)}
        if self.is_on_paper and self.status == Status.QUEUED:
            return gettext("Waiting to be posted since %(date)s") % {"date": _day(self.created_at)}
        if self.status == Status.SENT:
            return gettext("Accepted by the mail server on %(when)s") % {
                "when": _when(self.sent_at)
            }
        if self.status == Status.BOUNCED:
            return gettext("Came back: %(error)s") % {"error": error}
        if self.status == Status.STOPPED:
            return gettext("Stopped before it left")
        if self.status == Status.FAILED:
            return gettext("Not delivered: %(error)s") % {"error": error}
        if error:
            return gettext("Not taken: %(error)s Will be tried again on %(when)s") % {
                "error": error.rstrip(".") + ".",
                "when": _when(self.next_attempt_at),
            }
        return gettext("Waiting to be sent since %(when)s") % {"when": _when(self.created_at)}


def _day(instant: datetime | None) -> str:
    return formats.date_format(timezone.localtime(instant), "DATE_FORMAT")


def _when(instant: datetime | None) -> str:
    local = timezone.localtime(instant)
    return gettext("%(date)s at %(time)s") % {
        "date": formats.date_format(local, "DATE_FORMAT"),
        "time": formats.date_format(local, "TIME_FORMAT"),
    }


class Attempt(models.Model):
    """One line of a letter's history. Append-only: it goes only together with its letter."""

    PERSONAL: ClassVar[dict[str, Retention]] = {"answer": Retention.CORRESPONDENCE}

    mail = models.ForeignKey(OutboxMail, on_delete=models.CASCADE, related_name="history")
    at = models.DateTimeField(_("when"))
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome.choices)
    answer = models.TextField(_("the mail server's answer"), blank=True)
    # Of a letter that came back: which report says so, that it counts once however often it
    # arrives; and of that or a final no, what it says against the address (`kip.mail.dsn.weight`).
    report = models.CharField(max_length=64, blank=True, db_default="", editable=False)
    weight = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    # Of a letter on paper: the local date on which it was posted, as `by` recorded it.
    posted_on = models.DateField(_("posted on"), null=True, blank=True)
    # Who did it; nobody for what the program did by itself.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["at", "pk"]
        indexes = [
            models.Index(
                name="attempt_came_back", fields=["at"], condition=models.Q(outcome=Outcome.BOUNCED)
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                name="attempt_one_for_each_report",
                fields=["mail", "report"],
                condition=~models.Q(report=""),
            ),
            models.CheckConstraint(
                name="attempt_only_what_came_back_counts",
                condition=models.Q(weight=0)
                | (models.Q(outcome=Outcome.BOUNCED) & ~models.Q(report=""))
                | models.Q(outcome=Outcome.REFUSED),
            ),
            models.CheckConstraint(
                name="attempt_posted_by_somebody_on_a_day",
                condition=models.Q(
                    outcome=Outcome.POSTED, posted_on__isnull=False, by__isnull=False
                )
                | (~models.Q(outcome=Outcome.POSTED) & models.Q(posted_on__isnull=True)),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="immutable", operation=pgtrigger.Update),
            pgtrigger.Trigger(
                name="goes_with_its_letter",
                when=pgtrigger.After,
                operation=pgtrigger.Delete,
                timing=pgtrigger.Deferred,
                func=(
                    "IF EXISTS (SELECT 1 FROM mail_outboxmail WHERE id = OLD.mail_id) THEN"
                    " RAISE EXCEPTION 'pgtrigger: an attempt goes only with its letter';"
                    " END IF; RETURN NULL;"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} {self.at:%Y-%m-%d %H:%M}"

    def in_words(self) -> str:
        """What happened, as a sentence without who did it."""
        if self.posted_on is not None:
            return gettext("Posted on %(date)s") % {"date": formats.date_format(self.posted_on)}
        return str(self.get_outcome_display())


class LetterWordingManager(models.Manager["LetterWording"]):
    def newest(self) -> models.QuerySet["LetterWording"]:
        """Of each letter in each language the version that counts."""
        return self.order_by("template", "language", "-version").distinct("template", "language")

    def in_use(self) -> dict[tuple[str, str], dict[str, str]]:
        """By letter and language, the pieces that have another wording."""
        rows = self.newest().values_list("template", "language", "pieces")
        return {(template, language): pieces for template, language, pieces in rows if pieces}


class LetterWording(models.Model):
    """Other words for a standing letter in one language. Append-only: the newest version counts.

    A version without pieces is the letter's own wording, as the program has it.
    """

    template = models.CharField(_("letter"), max_length=100)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    version = models.PositiveIntegerField(_("version"))
    # By English source of a text (`kip.mail.wording`), how it is said instead.
    pieces = models.JSONField(_("texts"), default=dict, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("when"))
    note = models.CharField(_("why"), max_length=200, blank=True)

    objects = LetterWordingManager()

    class Meta:
        verbose_name = _("standing letter")
        verbose_name_plural = _("standing letters")
        ordering = ["template", "language", "-version"]
        constraints = [
            models.UniqueConstraint(
                name="letterwording_version", fields=["template", "language", "version"]
            ),
            models.CheckConstraint(
                name="letterwording_known_language",
                condition=models.Q(language__in=[code for code, _name in settings.LANGUAGES]),
            ),
            models.CheckConstraint(
                name="letterwording_counts_from_one", condition=models.Q(version__gte=1)
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="immutable", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return gettext("Version %(number)d") % {"number": self.version}


class StoppedAddressQuerySet(models.QuerySet["StoppedAddress"]):
    def stopped(self, addresses: Iterable[str | None]) -> "StoppedAddressQuerySet":
        """To which of these addresses nothing is sent, in whatever case they are written."""
        wanted = {address.lower() for address in addresses if address}
        return self.filter(until=None, address__in=wanted)

    def to_settle(self) -> "StoppedAddressQuerySet":
        """What waits for somebody: not of an address that its reader has given up meanwhile."""
        has_it = get_user_model()._default_manager.filter(email=models.OuterRef("address"))
        return self.filter(until=None).filter(models.Q(reader__isnull=True) | models.Exists(has_it))


class StoppedAddress(models.Model):
    """Letters to this address come back, so from `since` on nothing is sent to it, `until` somebody
    says that it works (again).
    """

    PERSONAL: ClassVar[dict[str, Retention]] = {
        "address": Retention.CORRESPONDENCE,
        "said": Retention.CORRESPONDENCE,
    }

    address = models.EmailField(_("address"))
    # Whose address it was then; nobody for one that belongs to no person, as some for invoices do.
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("reader"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    since = models.DateTimeField(_("stopped"))
    said = models.TextField(_("what the mail server said last"), blank=True)
    until = models.DateTimeField(_("sent to again"), null=True, blank=True)
    # Nobody when it was proved to work: a code that was sent to it was typed in.
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("tried again by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    objects = StoppedAddressQuerySet.as_manager()

    class Meta:
        verbose_name = _("address that letters come back from")
        verbose_name_plural = _("addresses that letters come back from")
        ordering = ["-since", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="stoppedaddress_once_at_a_time",
                fields=["address"],
                condition=models.Q(until=None),
            ),
            models.CheckConstraint(
                name="stoppedaddress_lowercase",
                condition=models.Q(address=functions.Lower("address")),
            ),
            models.CheckConstraint(
                name="stoppedaddress_ends_after_it_begins",
                condition=models.Q(until=None) | models.Q(until__gte=models.F("since")),
            ),
            models.CheckConstraint(
                name="stoppedaddress_ended_by_somebody_only_when_ended",
                condition=models.Q(ended_by=None) | models.Q(until__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="immutable", fields=["address", "reader", "since", "said"]),
        ]

    def __str__(self) -> str:
        return self.address
