"""How a membership ends: by resignation (§ 13) or by expulsion (§ 14–15)."""

from datetime import datetime, timedelta
from typing import ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kip.audit.retention import Retention
from kip.bylaws.models import Body
from kip.states import StatefulModel, status_triggers
from members.models.periods import MembershipPeriod
from members.states import EXPULSION, RESIGNATION, ExpulsionStatus, ResignationStatus

LONGEST_DELAY = timedelta(days=365)


class ResignationChannel(models.TextChoices):
    HERE = "here", pgettext_lazy("resignation", "in KIP")
    LETTER = "letter", pgettext_lazy("resignation", "by letter or mail")
    MEETING = "meeting", pgettext_lazy("resignation", "at a meeting, in its minutes")


@pghistory.track(
    fields=["period", "status", "channel", "received_on", "effective_on", "consent"],
    model_name="ResignationEvent",
)
class Resignation(StatefulModel):
    """A member's notice that it leaves. The membership then ends on `effective_on`."""

    TRANSITIONS = RESIGNATION
    PERSONAL: ClassVar[dict[str, Retention]] = {"statement": Retention.RECORD}

    period = models.ForeignKey(
        MembershipPeriod, on_delete=models.PROTECT, related_name="resignations"
    )
    status = models.CharField(
        _("status"), max_length=20, choices=ResignationStatus, default=ResignationStatus.STANDS
    )
    channel = models.CharField(_("how it came"), max_length=20, choices=ResignationChannel)
    received_on = models.DateField(_("received on"))
    effective_on = models.DateField(_("membership ends on"))
    # What the company wrote, or where it stands: the letter's signatures, the minutes' section.
    statement = models.TextField(_("statement"), blank=True)
    has_authority = models.BooleanField(_("signed by who may sign for the company"), default=False)
    document = models.OneToOneField(
        "documents.Document", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField(_("recorded"))
    taken_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    taken_back_at = models.DateTimeField(_("taken back"), null=True)
    # The board's agreement that it is taken back, e.g. "resolution 2027/9".
    consent = models.CharField(_("the board agreed"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("resignation")
        verbose_name_plural = _("resignations")
        ordering = ["-received_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="resignation_one_stands",
                fields=["period"],
                condition=Q(status=ResignationStatus.STANDS),
            ),
            models.CheckConstraint(
                name="resignation_at_once_or_within_a_year",
                condition=Q(effective_on__gte=F("received_on"))
                & Q(effective_on__lte=F("received_on") + LONGEST_DELAY),
            ),
            models.CheckConstraint(
                name="resignation_by_authority_or_on_paper",
                condition=Q(has_authority=True)
                | Q(document__isnull=False)
                | Q(channel=ResignationChannel.MEETING),
            ),
            models.CheckConstraint(
                name="resignation_taken_back_with_consent",
                condition=Q(status=ResignationStatus.STANDS, taken_back_at__isnull=True)
                | (
                    Q(status=ResignationStatus.TAKEN_BACK, taken_back_at__isnull=False)
                    & ~Q(consent="")
                ),
            ),
        ]
        triggers = status_triggers(RESIGNATION)

    def __str__(self) -> str:
        return str(_("Resignation of %(company)s") % {"company": self.period.member})


class ExpulsionGround(models.TextChoices):
    """The grounds of § 14."""

    OBLIGATIONS = "obligations", pgettext_lazy("expulsion", "obligations are not met")
    FEES = "fees", pgettext_lazy("expulsion", "membership fees are not paid")
    HARM = "harm", pgettext_lazy("expulsion", "conduct that harms the association substantially")
    CONDITIONS = (
        "conditions",
        pgettext_lazy("expulsion", "the conditions of membership are no longer met"),
    )


@pghistory.track(
    fields=["period", "status", "ground", "answer_by", "answered_at", "resolution"],
    model_name="ExpulsionEvent",
)
class Expulsion(StatefulModel):
    """A proposal to expel a member, from its being heard to the decision (§ 14–15)."""

    TRANSITIONS = EXPULSION
    PERSONAL: ClassVar[dict[str, Retention]] = {
        "facts": Retention.RECORD,
        "answer": Retention.RECORD,
        "reasons": Retention.RECORD,
    }

    period = models.ForeignKey(
        MembershipPeriod, on_delete=models.PROTECT, related_name="expulsions"
    )
    status = models.CharField(
        _("status"), max_length=20, choices=ExpulsionStatus, default=ExpulsionStatus.HEARING
    )
    ground = models.CharField(_("ground"), max_length=20, choices=ExpulsionGround)
    facts = models.TextField(_("the facts"))
    document = models.OneToOneField(
        "documents.Document", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Who decides, by the bylaws in force when it was opened.
    decided_by = models.CharField(_("decided by"), max_length=20, choices=Body)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    opened_at = models.DateTimeField(_("opened"))
    # Empty for unpaid fees, about which the member need not be heard.
    answer_by = models.DateField(_("answer by"), null=True, blank=True)
    answer = models.TextField(_("the member’s answer"), blank=True)
    answer_document = models.OneToOneField(
        "documents.Document", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    answered_at = models.DateTimeField(_("answered"), null=True)
    # The decision: "resolution 2027/9", or the general meeting and its section.
    resolution = models.CharField(_("decision"), max_length=200, blank=True)
    reasons = models.TextField(_("reasons"), blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("expulsion")
        verbose_name_plural = _("expulsions")
        ordering = ["-opened_at"]
        constraints = [
            models.UniqueConstraint(
                name="expulsion_one_open",
                fields=["period"],
                condition=Q(status__in=sorted(EXPULSION.open)),
            ),
            models.CheckConstraint(
                name="expulsion_heard_but_for_fees",
                condition=Q(ground=ExpulsionGround.FEES) | Q(answer_by__isnull=False),
            ),
            models.CheckConstraint(
                name="expulsion_ended_iff_dated",
                condition=Q(status__in=sorted(EXPULSION.final), ended_at__isnull=False)
                | (~Q(status__in=sorted(EXPULSION.final)) & Q(ended_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="expulsion_states_its_reasons",
                condition=~Q(status=ExpulsionStatus.EXPELLED)
                | (~Q(reasons="") & ~Q(resolution="")),
            ),
        ]
        triggers = status_triggers(EXPULSION)

    def __str__(self) -> str:
        return str(_("Expulsion of %(company)s") % {"company": self.period.member})

    @property
    def is_open(self) -> bool:
        return self.status in EXPULSION.open

    def hearing_is_over(self, at: datetime) -> bool:
        """Whether it can be decided: the member has answered, or the day for it has passed."""
        return self.status == ExpulsionStatus.HEARD or (
            self.status == ExpulsionStatus.HEARING
            and self.answer_by is not None
            and self.answer_by < timezone.localdate(at)
        )
