"""One text to many: mailings, and who gets each and why."""

from typing import ClassVar

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from kip.audit.retention import Retention
from kip.mail.states import Channel
from kip.mailings.audiences import audience_of, field_labels
from kip.mailings.fields import in_brackets
from kip.mailings.states import TABLE, LeftOut, MailingStatus
from kip.states import StatefulModel, status_triggers

LANGUAGES = ("fi", "sv", "en")
WORDS = [f"{part}_{code}" for code in LANGUAGES for part in ("subject", "text")]
LONGEST_SUBJECT = 200

_ANYTHING_IS_OTHERWISE = " OR ".join(
    f"OLD.{name} IS DISTINCT FROM NEW.{name}"
    for name in ("audience", "rows", "part", "query", *WORDS)
)


@pghistory.track(fields=["status", "send_at"], model_name="MailingEvent")
class Mailing(StatefulModel):
    """A letter in up to three languages to everybody behind a list, as that was filtered.

    Once it is no draft any more it does not change: it is evidence of what was written to whom.
    """

    TRANSITIONS = TABLE

    status = models.CharField(
        _("state"), max_length=10, choices=MailingStatus, default=MailingStatus.DRAFT
    )
    # Which kind of list (`kip.mailings.audiences`), its rows, whom of each, how it was filtered.
    audience = models.CharField(max_length=30, editable=False)
    rows = models.JSONField(default=list, editable=False)
    part = models.CharField(_("whom"), max_length=30, blank=True)
    query = models.TextField(blank=True, editable=False)

    subject_fi = models.CharField(_("subject"), max_length=LONGEST_SUBJECT, blank=True)
    text_fi = models.TextField(_("text"), blank=True)
    subject_sv = models.CharField(_("subject"), max_length=LONGEST_SUBJECT, blank=True)
    text_sv = models.TextField(_("text"), blank=True)
    subject_en = models.CharField(_("subject"), max_length=LONGEST_SUBJECT, blank=True)
    text_en = models.TextField(_("text"), blank=True)
    attachments = models.ManyToManyField(
        "documents.Document", verbose_name=_("attachments"), blank=True, related_name="+"
    )

    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("written by")
    )
    created_at = models.DateTimeField(_("begun"))
    send_at = models.DateTimeField(_("goes out at"), null=True, blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("sent by"),
    )
    # From when on its letters are written to the outbox, and when all of them were.
    started_at = models.DateTimeField(_("began to go out"), null=True)
    prepared_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("mailing")
        verbose_name_plural = _("mailings")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="mailing_has_words_once_it_is_no_draft",
                condition=models.Q(status=MailingStatus.DRAFT)
                | models.Q(subject_fi__gt="", text_fi__gt="")
                | models.Q(subject_sv__gt="", text_sv__gt="")
                | models.Q(subject_en__gt="", text_en__gt=""),
            ),
            models.CheckConstraint(
                name="mailing_waits_iff_it_has_an_hour",
                condition=~models.Q(status=MailingStatus.SCHEDULED)
                | models.Q(send_at__isnull=False),
            ),
            models.CheckConstraint(
                name="mailing_started_iff_no_draft",
                condition=models.Q(
                    status__in=[MailingStatus.DRAFT, MailingStatus.SCHEDULED],
                    started_at__isnull=True,
                )
                | (
                    ~models.Q(status__in=[MailingStatus.DRAFT, MailingStatus.SCHEDULED])
                    & models.Q(started_at__isnull=False, sent_by__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="mailing_ended_iff_over",
                condition=models.Q(
                    status__in=[MailingStatus.SENT, MailingStatus.STOPPED], ended_at__isnull=False
                )
                | (
                    ~models.Q(status__in=[MailingStatus.SENT, MailingStatus.STOPPED])
                    & models.Q(ended_at__isnull=True)
                ),
            ),
        ]
        triggers = [
            *status_triggers(TABLE),
            pgtrigger.Protect(
                name="words_stand_once_sent",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    f"OLD.status != '{MailingStatus.DRAFT}' AND ({_ANYTHING_IS_OTHERWISE})"
                ),
            ),
            pgtrigger.Protect(
                name="only_a_draft_goes",
                operation=pgtrigger.Delete,
                condition=~pgtrigger.Q(old__status=MailingStatus.DRAFT),
            ),
        ]

    def __str__(self) -> str:
        subject = self.subject_fi or self.subject_sv or self.subject_en
        if "{{" in subject:
            kind = audience_of(self.audience)
            subject = in_brackets(subject, field_labels(kind) if kind is not None else {})
        return subject or str(_("Untitled mailing"))

    @property
    def is_draft(self) -> bool:
        return self.status == MailingStatus.DRAFT

    @property
    def languages(self) -> list[str]:
        """In which it is written, complete."""
        return [
            code
            for code in LANGUAGES
            if getattr(self, f"subject_{code}") and getattr(self, f"text_{code}")
        ]

    def language_for(self, reader: str, record_language: str) -> str:
        """In which somebody gets it: their own, else the association's, else the first there is.

        Empty while nothing is written.
        """
        written = self.languages
        wished = [code for code in (reader, record_language) if code in written]
        return next(iter([*wished, *written]), "")


class MailingRecipientQuerySet(models.QuerySet["MailingRecipient"]):
    def getting_it(self) -> "MailingRecipientQuerySet":
        return self.filter(left_out="")


class MailingRecipient(models.Model):
    """Somebody behind the list: who gets a mailing and why, or why not."""

    PERSONAL: ClassVar[dict[str, Retention]] = dict.fromkeys(
        ["given_name", "family_name", "address", "postal_address", "reasons"],
        Retention.CORRESPONDENCE,
    )

    mailing = models.ForeignKey(Mailing, models.CASCADE, related_name="recipients")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+"
    )
    given_name = models.CharField(max_length=100, blank=True)
    family_name = models.CharField(max_length=100, blank=True)
    channel = models.CharField(max_length=10, choices=Channel, default=Channel.EMAIL)
    address = models.EmailField(_("address"), blank=True)
    postal_address = models.TextField(_("postal address"), blank=True)
    language = models.CharField(_("language"), max_length=2)
    # Facts of its audience, one for each row of the list behind which this reader stands.
    reasons = models.JSONField(default=list)
    left_out = models.CharField(_("left out"), max_length=10, choices=LeftOut, blank=True)
    mail = models.OneToOneField(
        "mail.OutboxMail", models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = MailingRecipientQuerySet.as_manager()

    class Meta:
        verbose_name = _("recipient")
        verbose_name_plural = _("recipients")
        ordering = ["mailing", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="mailingrecipient_one_letter_to_an_address",
                fields=["mailing", "address"],
                condition=models.Q(left_out="", channel=Channel.EMAIL),
            ),
            models.UniqueConstraint(
                name="mailingrecipient_each_person_once",
                fields=["mailing", "person"],
                condition=models.Q(person__isnull=False),
            ),
            models.CheckConstraint(
                name="mailingrecipient_who_gets_it_has_an_address",
                condition=~models.Q(left_out="")
                | (models.Q(channel=Channel.EMAIL) & ~models.Q(address=""))
                | (models.Q(channel=Channel.LETTER) & ~models.Q(postal_address="")),
            ),
            models.CheckConstraint(
                name="mailingrecipient_who_is_left_out_gets_none",
                condition=models.Q(left_out="") | models.Q(mail__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                name="mailingrecipient_to_write",
                fields=["mailing", "id"],
                condition=models.Q(left_out="", mail__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return self.name or self.address

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()
