"""What is to be erased, and what people ask about their data."""

from datetime import date, datetime, timedelta
from typing import ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kip.audit.models import Ground, Redaction
from kip.audit.retention import Retention
from kip.privacy.periods import months_after
from kip.privacy.states import (
    ERASURE,
    OUTCOMES,
    REQUEST,
    ErasureStatus,
    RequestStatus,
)
from kip.states import StatefulModel, status_triggers

# In which an erasure that somebody has confirmed can be taken back.
UNDONE_WITHIN = timedelta(days=30)


def answer_due(received_at: datetime) -> date:
    """The last day for an answer: a month after receipt (GDPR, article 12(3)), a local date."""
    return months_after(timezone.localdate(received_at), 1)


class RequestKind(models.TextChoices):
    CORRECTION = "correction", pgettext_lazy("request about personal data", "correction")
    ERASURE = "erasure", pgettext_lazy("request about personal data", "erasure")
    COPY = "copy", pgettext_lazy("request about personal data", "a copy of the data")
    OBJECTION = "objection", pgettext_lazy("request about personal data", "objection to a use")


# Of these one open request is enough: there is nothing to say in them that another would add.
ONE_AT_A_TIME = {RequestKind.ERASURE, RequestKind.COPY}


class Channel(models.TextChoices):
    HERE = "here", pgettext_lazy("request about personal data", "in KIP")
    MAIL = "mail", pgettext_lazy("request about personal data", "by e-mail")
    PHONE = "phone", pgettext_lazy("request about personal data", "by phone")
    LETTER = "letter", pgettext_lazy("request about personal data", "by letter")


@pghistory.track(
    fields=["person", "kind", "status", "due", "answered_at"],
    model_name="DataRequestEvent",
)
class DataRequest(StatefulModel):
    """What a person asks about their data: answered within a month (GDPR, articles 12 to 21)."""

    TRANSITIONS = REQUEST
    TOLD = ("kind", "person")
    PERSONAL: ClassVar[dict[str, Retention]] = {
        "text": Retention.CORRESPONDENCE,
        "answer": Retention.CORRESPONDENCE,
    }

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person")
    )
    kind = models.CharField(_("what is asked for"), max_length=12, choices=RequestKind)
    text = models.TextField(_("in the person’s words"), blank=True, max_length=4000)
    channel = models.CharField(_("how it came"), max_length=10, choices=Channel)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("entered by")
    )
    received_at = models.DateTimeField(_("received"))
    due = models.DateField(_("answer by"))
    status = models.CharField(
        _("state"), max_length=10, choices=RequestStatus, default=RequestStatus.RECEIVED
    )
    answer = models.TextField(_("answer"), blank=True, max_length=4000)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("answered by"),
    )
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)

    class Meta:
        verbose_name = _("request about personal data")
        verbose_name_plural = _("requests about personal data")
        ordering = ["-received_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="datarequest_answered_iff_dated",
                condition=Q(
                    status=RequestStatus.RECEIVED,
                    answered_at__isnull=True,
                    answered_by__isnull=True,
                )
                | Q(
                    status__in=sorted(OUTCOMES),
                    answered_at__isnull=False,
                    answered_by__isnull=False,
                ),
            ),
            models.UniqueConstraint(
                name="datarequest_one_open_for_all",
                fields=["person", "kind"],
                condition=Q(status=RequestStatus.RECEIVED, kind__in=sorted(ONE_AT_A_TIME)),
            ),
        ]
        triggers = status_triggers(REQUEST)

    def __str__(self) -> str:
        return _t("%(person)s: %(kind)s") % {
            "person": self.person,
            "kind": self.get_kind_display(),
        }

    @property
    def is_open(self) -> bool:
        return self.status == RequestStatus.RECEIVED


@pghistory.track(
    fields=["person", "part", "ground", "status", "due_at"],
    model_name="ErasureEvent",
)
class Erasure(StatefulModel):
    """What a secretary has confirmed is to be erased: one person, or one part that has expired.

    Carried out by the clock thirty days later, unless somebody takes it back, or its reason is
    gone by then.
    """

    TRANSITIONS = ERASURE
    TOLD = ("person",)

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("person"),
    )
    # The key of an `Expired` part ("mail.letters"): what in it had expired at `planned_at`.
    part = models.CharField(_("part"), max_length=40, blank=True)
    ground = models.CharField(_("ground"), max_length=10, choices=Ground)
    request = models.ForeignKey(
        DataRequest,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="erasures",
        verbose_name=_("asked for in"),
    )
    status = models.CharField(
        _("state"), max_length=10, choices=ErasureStatus, default=ErasureStatus.PLANNED
    )
    planned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("confirmed by")
    )
    planned_at = models.DateTimeField(_("confirmed"))
    due_at = models.DateTimeField(_("to be erased"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    # Why it could not be carried out, in the words of whoever refused it. No personal data.
    obstacle = models.TextField(_("why not"), blank=True)
    redaction = models.OneToOneField(
        Redaction, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        ordering = ["-planned_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="erasure_of_a_person_or_a_part",
                condition=Q(person__isnull=False, part="") | (Q(person__isnull=True) & ~Q(part="")),
            ),
            models.UniqueConstraint(
                name="erasure_one_open_per_person",
                fields=["person"],
                condition=Q(status__in=sorted(ERASURE.open), person__isnull=False),
            ),
            models.UniqueConstraint(
                name="erasure_one_open_per_part",
                fields=["part"],
                condition=Q(status__in=sorted(ERASURE.open)) & ~Q(part=""),
            ),
            models.CheckConstraint(
                name="erasure_can_be_undone_first", condition=Q(due_at__gt=F("planned_at"))
            ),
            models.CheckConstraint(
                name="erasure_done_iff_on_record",
                condition=Q(status=ErasureStatus.DONE, redaction__isnull=False)
                | (~Q(status=ErasureStatus.DONE) & Q(redaction__isnull=True)),
            ),
            models.CheckConstraint(
                name="erasure_ended_iff_dated",
                condition=Q(status=ErasureStatus.PLANNED, ended_at__isnull=True)
                | (~Q(status=ErasureStatus.PLANNED) & Q(ended_at__isnull=False)),
            ),
        ]
        triggers = status_triggers(ERASURE)

    def __str__(self) -> str:
        return str(self.person) if self.person_id else self.part

    @property
    def is_planned(self) -> bool:
        return self.status == ErasureStatus.PLANNED

    @property
    def is_stopped(self) -> bool:
        return self.status == ErasureStatus.STOPPED
