"""Who stands for a member company."""

from datetime import date, datetime

import pghistory
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.models.periods import DateRange


class RepresentativeRole(models.TextChoices):
    PRIMARY = "primary", pgettext_lazy("representative", "primary representative")
    VOTING = "voting", pgettext_lazy("representative", "voting representative")


class RepresentativeQuerySet(models.QuerySet["Representative"]):
    def in_force(self, on: date) -> "RepresentativeQuerySet":
        """Who stands for a company on a local date."""
        return self.filter(Q(until__isnull=True) | Q(until__gt=on), since__lte=on)

    def in_force_at(self, at: datetime) -> "RepresentativeQuerySet":
        return self.in_force(timezone.localdate(at))


@pghistory.track(
    fields=["member", "person", "role", "since", "until"], model_name="RepresentativeEvent"
)
class Representative(models.Model):
    """A person standing for a member company in a role, `[since, until)`, by local dates."""

    member = models.ForeignKey(
        "members.Member", on_delete=models.PROTECT, related_name="representatives"
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("person"),
    )
    role = models.CharField(_("role"), max_length=20, choices=RepresentativeRole)
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)

    objects = RepresentativeQuerySet.as_manager()

    class Meta:
        verbose_name = _("representative")
        verbose_name_plural = _("representatives")
        ordering = ["member", "role", "since"]
        constraints = [
            models.CheckConstraint(
                name="representative_ends_after_it_begins",
                condition=Q(until__isnull=True) | Q(until__gt=F("since")),
            ),
            ExclusionConstraint(
                name="representative_one_per_role",
                expressions=[
                    ("member", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    (DateRange("since", "until"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.get_role_display()}"
