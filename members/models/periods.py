"""What holds from one local date until another; and when a company is a member."""

from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

import pghistory
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kip.audit.retention import Retention
from members.models.application import Application
from members.models.imports import brought_in_by, kept_as_brought_in
from members.states import EXPULSION


class DateRange(Func):
    """`[since, until)`: open-ended while `until` is null."""

    function = "DATERANGE"
    output_field = DateRangeField()


ENDS_AFTER_IT_BEGINS = "%(class)s_ends_after_it_begins"
OVERLAPS = (DateRange("since", "until"), RangeOperators.OVERLAPS)


class ByDayQuerySet(models.QuerySet[Any]):
    """Rows that hold by local dates."""

    def in_force(self, on: Any) -> Any:
        """Rows that hold on a local date, or on an expression for one."""
        return self.filter(Q(until__isnull=True) | Q(until__gt=on), since__lte=on)

    def in_force_at(self, at: datetime) -> Any:
        return self.in_force(timezone.localdate(at))

    def ended_in_hindsight(self, on: date) -> Any:
        """Rows known by the end of a local date that had ended by then, as was recorded later."""
        end = timezone.make_aware(datetime.combine(on + timedelta(days=1), time()))
        return self.filter(
            since__lte=on, until__lte=on, recorded_at__lt=end, end_recorded_at__gte=end
        )

    def reaching(self, on: date) -> Any:
        """Rows that hold on a local date or begin later."""
        return self.filter(Q(until__isnull=True) | Q(until__gt=on))


class ByDay(models.Model):
    """Holds over `[since, until)`, by local dates; open-ended while `until` is empty.

    A date may lie in the future, or in the past of the day on which it was recorded.
    """

    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)
    recorded_at = models.DateTimeField(_("recorded"), editable=False)
    end_recorded_at = models.DateTimeField(_("end recorded"), null=True, editable=False)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name=ENDS_AFTER_IT_BEGINS,
                condition=Q(until__isnull=True) | Q(until__gt=F("since")),
                violation_error_message=_("The end must come after the beginning."),
            ),
            models.CheckConstraint(
                name="%(class)s_end_iff_recorded",
                condition=Q(until__isnull=True, end_recorded_at__isnull=True)
                | Q(until__isnull=False, end_recorded_at__isnull=False),
            ),
        ]

    def clean(self) -> None:
        super().clean()
        if self.until is not None and self.until <= self.since:
            raise ValidationError({"until": _("The end must come after the beginning.")})

    def holds(self, on: date) -> bool:
        return self.since <= on and (self.until is None or on < self.until)

    def was_recorded_after(self, on: date) -> bool:
        """Whether nobody could have read on that local date that this held then."""
        return timezone.localdate(self.recorded_at) > on


class EndReason(models.TextChoices):
    """Why a membership ended."""

    RESIGNED = "resigned", pgettext_lazy("membership ended", "resigned")
    EXPELLED = "expelled", pgettext_lazy("membership ended", "expelled")
    MERGED = "merged", pgettext_lazy("membership ended", "merged into another member")
    OTHER = "other", pgettext_lazy("membership ended", "another reason")


class MembershipPeriodQuerySet(ByDayQuerySet):
    def doubted(self, on: date) -> Any:
        """Memberships in force on a local date whose conditions are in doubt; an open expulsion
        takes the doubt's place.
        """
        decided_elsewhere = Q(expulsions__status__in=sorted(EXPULSION.open))
        return (
            self.in_force(on)
            .filter(doubted_at__isnull=False)
            .exclude(decided_elsewhere)
            .select_related("member")
            .order_by("doubted_at")
        )


@pghistory.track(
    fields=["member", "since", "until", "resolution", "end_reason", "end_ground", "doubted_at"],
    model_name="MembershipPeriodEvent",
)
class MembershipPeriod(ByDay):
    """One membership of one company."""

    PERSONAL: ClassVar[dict[str, Retention]] = {"doubt": Retention.RECORD}

    member = models.ForeignKey("members.Member", on_delete=models.PROTECT, related_name="periods")
    application = models.OneToOneField(
        Application, on_delete=models.PROTECT, null=True, blank=True, related_name="membership"
    )
    resolution = models.CharField(_("admitted by resolution"), max_length=20, blank=True)
    end_reason = models.CharField(_("why it ended"), max_length=20, choices=EndReason, blank=True)
    # What its end rests on, in words: the letter, the resolution, the meeting's decision.
    end_ground = models.CharField(_("ended on the ground of"), max_length=300, blank=True)
    # Why the company may no longer meet the conditions of membership. Nothing follows by itself.
    doubt = models.TextField(_("doubt about the conditions of membership"), blank=True)
    doubted_at = models.DateTimeField(_("doubted since"), null=True, blank=True)
    brought_in_by = brought_in_by()

    objects = MembershipPeriodQuerySet.as_manager()

    class Meta(ByDay.Meta):
        verbose_name = _("membership period")
        verbose_name_plural = _("membership periods")
        ordering = ["since"]
        constraints = [
            *ByDay.Meta.constraints,
            ExclusionConstraint(
                name="membership_periods_do_not_overlap",
                expressions=[("member", RangeOperators.EQUAL), OVERLAPS],
                violation_error_message=_("This company is a member then already."),
            ),
            models.CheckConstraint(
                name="membershipperiod_reason_iff_ended",
                condition=Q(until__isnull=True, end_reason="")
                | (Q(until__isnull=False) & ~Q(end_reason="")),
            ),
            models.CheckConstraint(
                name="membershipperiod_doubt_iff_dated",
                condition=Q(doubt="", doubted_at__isnull=True)
                | (~Q(doubt="") & Q(doubted_at__isnull=False)),
            ),
        ]
        # Two records of a company may be one; and doubt is of today.
        triggers = [kept_as_brought_in("member_id", "doubt", "doubted_at", ends_later=True)]

    def __str__(self) -> str:
        return f"{self.member}: {self.since} – {self.until or ''}"
