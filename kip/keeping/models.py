"""What was put in safety: backups, and bundles to hand over."""

from typing import Any, ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import formats, timezone
from django.utils.translation import gettext_lazy as _

from kip.keeping.states import HANDOVER, HandoverStatus
from kip.states import StatefulModel, status_triggers


class Problem(models.TextChoices):
    """What a backup, or the look at it afterwards, may find. Each names what it was found in."""

    NO_FILE = "no_file", _("a document has lost its file: %(what)s")
    OTHER_FILE = "other_file", _("a document’s file is not the one that was stored: %(what)s")
    ROWS = "rows", _("a table comes back with another number of rows: %(what)s")
    TRIGGERS = "triggers", _("not every trigger comes back: %(what)s")


class BackupQuerySet(models.QuerySet["Backup"]):
    def verified(self) -> "BackupQuerySet":
        """Those that were opened and restored into a scratch database, without a difference."""
        return self.filter(verified_at__isnull=False)


class Backup(models.Model):
    """One archive: when it was made, where, and whether it has been restored to try it.

    What is known here is not needed to restore it: the archive stands alone.
    """

    IMPERSONAL: ClassVar[dict[str, str]] = {"name": "of an archive"}

    made_at = models.DateTimeField(_("made"))
    name = models.CharField(_("archive"), max_length=120)
    place = models.CharField(_("where it was written"), max_length=300)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64, unique=True)
    verified_at = models.DateTimeField(_("verified"), null=True, blank=True)
    # [code of `Problem`, what it was found in]
    problems: Any = models.JSONField(_("what was found"), default=list)
    # The archive was removed, being older than what is kept.
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)

    objects = BackupQuerySet.as_manager()

    class Meta:
        verbose_name = _("backup")
        verbose_name_plural = _("backups")
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="backup_size", condition=Q(size__gt=0)),
            models.CheckConstraint(
                name="backup_hash", condition=Q(sha256__regex=r"^[0-9a-f]{64}$")
            ),
            models.CheckConstraint(
                name="backup_verified_after_it_was_made",
                condition=Q(verified_at__isnull=True) | Q(verified_at__gte=F("made_at")),
            ),
            models.CheckConstraint(
                name="backup_removed_after_it_was_made",
                condition=Q(removed_at__isnull=True) | Q(removed_at__gte=F("made_at")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def found(self) -> list[str]:
        """What is wrong with it, in words."""
        return [str(Problem(code).label) % {"what": what} for code, what in self.problems]


@pghistory.track(fields=["status", "taken_by", "taken_at"], model_name="HandoverEvent")
class Handover(StatefulModel):
    """A bundle of everything that the association has, asked for by the secretary.

    The row is the queue; the file is in `DATA_DIR/handovers` until it is removed.
    """

    TRANSITIONS = HANDOVER

    status = models.CharField(
        _("status"), max_length=10, choices=HandoverStatus, default=HandoverStatus.ASKED
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked for by")
    )
    asked_at = models.DateTimeField(_("asked for"))
    # Set by the worker that takes it up, before it begins.
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    # Of the tables and files, written while it works.
    progress = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    # Its name in DATA_DIR/handovers, which tells nothing.
    file = models.CharField(max_length=80, blank=True)
    size = models.PositiveBigIntegerField(_("size in bytes"), default=0)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    # Of the manifest in it, which `verify.py` prints.
    manifest = models.CharField(_("SHA-256 of its manifest"), max_length=64, blank=True)
    reason = models.TextField(_("why it failed"), blank=True)
    # Who has last taken it along.
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("downloaded by"),
    )
    taken_at = models.DateTimeField(_("downloaded"), null=True, blank=True)

    class Meta:
        verbose_name = _("handover bundle")
        verbose_name_plural = _("handover bundles")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="handover_one_at_a_time",
                fields=["status"],
                condition=Q(status=HandoverStatus.ASKED),
            ),
            models.CheckConstraint(
                name="handover_ready_iff_there",
                condition=(
                    Q(status=HandoverStatus.READY, size__gt=0)
                    & ~Q(file="")
                    & Q(sha256__regex=r"^[0-9a-f]{64}$", manifest__regex=r"^[0-9a-f]{64}$")
                )
                | (~Q(status=HandoverStatus.READY) & Q(file="")),
            ),
            models.CheckConstraint(
                name="handover_ended_iff_dated",
                condition=Q(status=HandoverStatus.ASKED, ended_at__isnull=True)
                | (~Q(status=HandoverStatus.ASKED) & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="handover_taken_by_somebody",
                condition=Q(taken_by__isnull=True, taken_at__isnull=True)
                | Q(taken_by__isnull=False, taken_at__isnull=False),
            ),
        ]
        triggers = status_triggers(HANDOVER)

    def __str__(self) -> str:
        return _("Bundle of %(day)s") % {
            "day": formats.date_format(timezone.localtime(self.asked_at), "DATE_FORMAT")
        }

    @property
    def is_at_work(self) -> bool:
        return self.status == HandoverStatus.ASKED

    @property
    def is_ready(self) -> bool:
        return self.status == HandoverStatus.READY
