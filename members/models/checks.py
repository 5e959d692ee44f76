"""The yearly check: each company confirms or mends what the register says of it."""

from datetime import date
from typing import Any

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from members.models.member import Member
from members.models.periods import MembershipPeriod


class YearlyCheckQuerySet(models.QuerySet["YearlyCheck"]):
    def running(self) -> "YearlyCheckQuerySet":
        """The one that runs now, if one does."""
        return self.filter(closed_at__isnull=True)

    def with_progress(self, on: date) -> Any:
        """With `answered`, how many companies have, and `waited_for`, how many of those that are
        members on a local date have not.
        """
        in_force = MembershipPeriod.objects.in_force(on).values("member")
        waited_for = Q(asked__answered_at__isnull=True, asked__member__in=in_force)
        return self.annotate(
            answered=Count("asked", filter=Q(asked__answered_at__isnull=False)),
            waited_for=Count("asked", filter=waited_for),
        ).order_by("-begun_at")  # what is counted loses the model's own order


@pghistory.track(fields=["answer_by", "closed_at"], model_name="YearlyCheckEvent")
class YearlyCheck(models.Model):
    """The secretary asks every member company; one check runs at a time."""

    begun_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    begun_at = models.DateTimeField(_("begun"))
    answer_by = models.DateField(_("answer by"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    objects = YearlyCheckQuerySet.as_manager()

    class Meta:
        verbose_name = _("yearly check")
        verbose_name_plural = _("yearly checks")
        ordering = ["-begun_at"]
        constraints = [
            models.UniqueConstraint(
                models.Value(1), name="yearly_check_one_open", condition=Q(closed_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return str(_("Yearly check of %(year)d") % {"year": self.begun_at.year})

    @property
    def asked_in_all(self) -> int:
        """How many companies have answered or are waited for; of a row `with_progress`."""
        return self.answered + self.waited_for  # type: ignore[attr-defined, no-any-return]

    @property
    def progress(self) -> str:
        """The same in words: 12 of 20 companies have answered."""
        return ngettext(
            "%(answered)d of %(of)d company has answered",
            "%(answered)d of %(of)d companies have answered",
            self.asked_in_all,
        ) % {"answered": self.answered, "of": self.asked_in_all}  # type: ignore[attr-defined]


class CheckedMemberQuerySet(models.QuerySet["CheckedMember"]):
    def waited_for(self, on: date) -> "CheckedMemberQuerySet":
        """Those that have not answered. One that has left by a local date is waited for no more."""
        in_force = MembershipPeriod.objects.in_force(on).values("member")
        return self.filter(answered_at__isnull=True, member__in=in_force)

    def running(self) -> "CheckedMemberQuerySet":
        """Those of the check that runs now."""
        return self.filter(yearly_check__closed_at__isnull=True)


@pghistory.track(fields=["yearly_check", "member", "answered_at"], model_name="CheckedMemberEvent")
class CheckedMember(models.Model):
    """A company that was asked, and whether it has answered."""

    # Not `check`: that is a method of every model.
    yearly_check = models.ForeignKey(YearlyCheck, on_delete=models.PROTECT, related_name="asked")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    answered_at = models.DateTimeField(_("answered"), null=True)

    objects = CheckedMemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("company asked")
        verbose_name_plural = _("companies asked")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(name="checked_member_once", fields=["yearly_check", "member"])
        ]

    def __str__(self) -> str:
        return str(self.member)
