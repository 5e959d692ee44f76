"""Member companies. A `Member` is never a person."""

from datetime import date
from typing import Any

import pghistory
from django.db import models
from django.db.models import Case, OuterRef, Q, Subquery, When
from django.utils.translation import gettext_lazy as _

from members.models.company import COMPANY_FIELDS, Company
from members.models.periods import MembershipPeriod
from members.models.representatives import Representative


class MemberQuerySet(models.QuerySet["Member"]):
    def in_force(self, on: date) -> "MemberQuerySet":
        """Members on a local date."""
        return self.filter(pk__in=MembershipPeriod.objects.in_force(on).values("member"))

    def with_membership(self, on: date) -> "MemberQuerySet":
        """With `since`, the beginning of the membership in force on a local date, and `left`, the
        end of the last one when none is.
        """
        own = MembershipPeriod.objects.filter(member=OuterRef("pk"))
        since = Subquery(own.in_force(on).values("joined")[:1])
        ended = Subquery(own.filter(until__lte=on).order_by("-until").values("until")[:1])
        return self.annotate(since=since).annotate(
            left=Case(When(since=None, then=ended), output_field=models.DateField())
        )

    def represented_by(self, person: Any, on: date) -> "MemberQuerySet":
        return self.filter(
            pk__in=Representative.objects.in_force(on).filter(person=person).values("member")
        )


@pghistory.track(fields=["number", *COMPANY_FIELDS], model_name="MemberEvent")
class Member(Company):
    """A member company. Whether it is a member on a day is told by its membership periods."""

    number = models.PositiveIntegerField(_("member number"), unique=True, editable=False)

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("member company")
        verbose_name_plural = _("member companies")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                name="member_one_per_company",
                fields=["registration_key"],
                condition=~Q(registration_key=""),
            )
        ]
