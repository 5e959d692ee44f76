"""When a company is a member."""

from datetime import date

import pghistory
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from members.models.application import Application


class DateRange(Func):
    """`[from, until)`: open-ended while `until` is null."""

    function = "DATERANGE"
    output_field = DateRangeField()


class MembershipPeriodQuerySet(models.QuerySet["MembershipPeriod"]):
    def in_force(self, on: date) -> "MembershipPeriodQuerySet":
        """What makes a company a member on a local date."""
        return self.filter(Q(until__isnull=True) | Q(until__gt=on), joined__lte=on)


@pghistory.track(
    fields=["member", "joined", "until", "resolution"], model_name="MembershipPeriodEvent"
)
class MembershipPeriod(models.Model):
    """One membership of one company, `[joined, until)`, by local dates."""

    member = models.ForeignKey("members.Member", on_delete=models.PROTECT, related_name="periods")
    application = models.OneToOneField(
        Application, on_delete=models.PROTECT, null=True, blank=True, related_name="membership"
    )
    joined = models.DateField(_("member since"))
    until = models.DateField(_("member until"), null=True, blank=True)
    resolution = models.CharField(_("admitted by resolution"), max_length=20, blank=True)

    objects = MembershipPeriodQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership period")
        verbose_name_plural = _("membership periods")
        ordering = ["joined"]
        constraints = [
            models.CheckConstraint(
                name="membership_ends_after_it_begins",
                condition=Q(until__isnull=True) | Q(until__gt=F("joined")),
            ),
            ExclusionConstraint(
                name="membership_periods_do_not_overlap",
                expressions=[
                    ("member", RangeOperators.EQUAL),
                    (DateRange("joined", "until"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member}: {self.joined} – {self.until or ''}"
