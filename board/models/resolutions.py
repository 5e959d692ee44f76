"""What the board resolved; and what had been resolved before the system."""

from typing import ClassVar

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from board.models.deciding import MeetingRecord
from board.models.matters import Matter
from kip import finding
from kip.audit.retention import Retention
from members.models import brought_in_by, kept_as_brought_in


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


class Body(models.TextChoices):
    """Who had resolved it."""

    BOARD = "board", pgettext_lazy("who resolved", "board")
    GENERAL_MEETING = "general_meeting", pgettext_lazy("who resolved", "general meeting")
    OTHER = "other", pgettext_lazy("who resolved", "another body")


@pghistory.track(
    fields=["body", "year", "number", "decided_on", "title", "text", "scan", "brought_in_by"],
    model_name="FormerResolutionEvent",
)
class FormerResolution(models.Model):
    """A resolution from before the system, under the number that the association had given it.

    That number is a text, "12/2009" or "§ 7", and so can be none of a `Resolution`.
    """

    PERSONAL: ClassVar[dict[str, Retention]] = dict.fromkeys(["title", "text"], Retention.RECORD)
    IMPERSONAL: ClassVar[dict[str, str]] = {"number": "the number of a resolution"}

    body = models.CharField(_("resolved by"), max_length=20, choices=Body)
    year = models.PositiveSmallIntegerField(_("year"))
    number = models.CharField(_("number"), max_length=40)
    decided_on = models.DateField(_("resolved on"))
    title = models.CharField(_("title"), max_length=200)
    text = models.TextField(_("resolution"))
    scan = models.ForeignKey(
        "documents.ArchivedDocument",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("scan in the archive"),
    )
    brought_in_by = brought_in_by()

    found_by = finding.column("number", "title", "text")

    class Meta:
        verbose_name = _("resolution from before the system")
        verbose_name_plural = _("resolutions from before the system")
        ordering = ["-decided_on", "body", "number"]
        indexes = [finding.index("former_resolution_found_by")]
        constraints = [
            models.UniqueConstraint(
                name="former_resolution_number_once", fields=["body", "year", "number"]
            ),
            models.CheckConstraint(
                name="former_resolution_of_its_year", condition=Q(decided_on__year=F("year"))
            ),
            models.CheckConstraint(
                name="former_resolution_was_brought_in", condition=Q(brought_in_by__isnull=False)
            ),
        ]
        triggers = [kept_as_brought_in()]

    def __str__(self) -> str:
        return f"{self.number}: {self.title}"
