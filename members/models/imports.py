"""Files with member companies, on their way into the register."""

from typing import ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kip.audit.retention import Retention
from kip.states import StatefulModel, status_triggers
from members.states import AT_WORK, IMPORT, ImportStatus


class ImportRunManager(models.Manager["ImportRun"]):
    def get_queryset(self) -> models.QuerySet["ImportRun"]:
        """Without the file, of which only a worker has need."""
        return super().get_queryset().defer("content")


@pghistory.track(fields=["status", "name", "effective_on", "tells"], model_name="ImportRunEvent")
class ImportRun(StatefulModel):
    """One file: checked first, written only when somebody has read what it would change.

    The file and its rows go when it is imported or dropped.
    """

    TRANSITIONS = IMPORT
    PERSONAL: ClassVar[dict[str, Retention]] = {
        "content": Retention.CONTACT,
        "name": Retention.CONTACT,
    }

    status = models.CharField(
        _("status"), max_length=20, choices=ImportStatus, default=ImportStatus.UPLOADED
    )
    name = models.CharField(_("file"), max_length=120)
    # In the database, so that it is there if and only if its row is, for a worker anywhere.
    content = models.BinaryField(null=True)
    effective_on = models.DateField(
        _("changes hold from"),
        help_text=_("Other facts in the register, and other people, hold from this day."),
    )
    tells = models.BooleanField(
        _("write to the people"),
        default=False,
        help_text=_("Who is named gets a letter, and an invitation if they cannot sign in yet."),
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("uploaded by")
    )
    uploaded_at = models.DateTimeField(_("uploaded"))
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    ended_at = models.DateTimeField(_("ended"), null=True)
    # Set by the worker that takes it up, before it begins.
    started_at = models.DateTimeField(null=True)
    # Rows that the worker has been through, written while it works.
    progress = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)

    new = models.PositiveIntegerField(_("new"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    wrong = models.PositiveIntegerField(_("wrong"), default=0)
    # Of everything that the preview showed: nothing else is ever written.
    fingerprint = models.CharField(max_length=64, blank=True)
    reason = models.TextField(_("why it failed"), blank=True)

    objects = ImportRunManager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-uploaded_at", "-pk"]
        triggers = status_triggers(IMPORT)

    def __str__(self) -> str:
        return self.name

    @property
    def is_at_work(self) -> bool:
        return self.status in AT_WORK

    @property
    def writes(self) -> int:
        """How many companies it makes or changes."""
        return self.new + self.changed


class Outcome(models.TextChoices):
    NEW = "new", pgettext_lazy("row of a file", "new")
    CHANGED = "changed", pgettext_lazy("row of a file", "changed")
    UNCHANGED = "unchanged", pgettext_lazy("row of a file", "unchanged")
    WRONG = "wrong", pgettext_lazy("row of a file", "wrong")


class ImportedRow(models.Model):
    """What a row of the file would do, or what is wrong with it; none for what changes nothing."""

    PERSONAL: ClassVar[dict[str, Retention]] = {"changes": Retention.CONTACT}

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField(_("row"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    company = models.CharField(_("company"), max_length=200)
    # [cell, column, before, after], and [cell, column, what is wrong].
    changes = models.JSONField(default=list)
    errors = models.JSONField(default=list)

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of imports")
        ordering = ["run", "line"]
        constraints = [
            models.UniqueConstraint(name="importedrow_once", fields=["run", "line"]),
        ]

    def __str__(self) -> str:
        return f"{self.line}: {self.company}"
