"""The yearly check: each company confirms or mends what the register says of it."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models.member import Member


@pghistory.track(fields=["answer_by", "closed_at"], model_name="YearlyCheckEvent")
class YearlyCheck(models.Model):
    """The secretary asks every member company; one check runs at a time."""

    begun_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    begun_at = models.DateTimeField(_("begun"))
    answer_by = models.DateField(_("answer by"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

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

    class Meta:
        verbose_name = _("company asked")
        verbose_name_plural = _("companies asked")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(name="checked_member_once", fields=["yearly_check", "member"])
        ]

    def __str__(self) -> str:
        return str(self.member)
