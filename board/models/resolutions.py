"""What the board resolved."""

from typing import ClassVar

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from board.models.deciding import MeetingRecord
from board.models.matters import Matter
from kip.audit.retention import Retention


@pghistory.track(fields=["year", "number"], model_name="ResolutionEvent")
class Resolution(models.Model):
    """A matter that the board decided and its presider declared. Never altered.

    Numbered without gaps per year in Helsinki: `2027/3`. `record` is what stood when it was
    declared: the tally, who voted how, who was recused, under which title they sat.
    """

    PERSONAL: ClassVar[dict[str, Retention]] = {"record": Retention.RECORD}

    year = models.PositiveSmallIntegerField(_("year"))
    number = models.PositiveIntegerField(_("number"))
    matter = models.OneToOneField(Matter, on_delete=models.PROTECT, related_name="resolution")
    text = models.TextField(_("resolution"))
    carried = models.BooleanField(_("carried"))
    reason = models.TextField(_("reason given to the applicant"), blank=True)
    at_meeting = models.ForeignKey(
        MeetingRecord, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    record = models.JSONField(_("record"))
    bylaws = models.ForeignKey(
        "bylaws.Bylaws", on_delete=models.PROTECT, related_name="+", verbose_name=_("under")
    )
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    declared_at = models.DateTimeField(_("declared"))

    class Meta:
        verbose_name = _("resolution")
        verbose_name_plural = _("resolutions")
        ordering = ["-year", "-number"]
        constraints = [
            models.UniqueConstraint(name="resolution_number_once", fields=["year", "number"])
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return f"{self.year}/{self.number}"
