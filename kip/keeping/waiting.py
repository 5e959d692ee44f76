"""What lies on the secretary's desk: a backup that is too old, a bundle that is ready."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from kip.desk import Place, Waiting
from kip.keeping.models import Backup, Handover
from kip.keeping.states import HandoverStatus


def backups(*, at: datetime) -> list[Waiting]:
    """That the last verified backup is too old, or that there is none.

    One that is verified late is as old as the state it holds.
    """
    days, last = _oldest(), _last_verified()
    if last is not None and at - last <= days:
        return []
    text = _("No verified backup has been made yet: ask whoever runs the server for one every day")
    if last is not None:
        text = _(
            "The last verified backup is of %(day)s: ask whoever runs the server why there is none"
            " since"
        ) % {"day": formats.date_format(timezone.localtime(last), "DATE_FORMAT")}
    return [
        Waiting(
            text,
            reverse("admin:keeping_backup_changelist"),
            since=last or at,
            due=last + days if last is not None else at,
            group=_("Safe keeping"),
        )
    ]


def last_backup(*, at: datetime) -> list[Place]:
    """How old the last verified backup is, while it is young enough for nothing to be done."""
    last = _last_verified()
    if last is None or at - last > _oldest():
        return []
    text = _("Last verified backup: %(when)s") % {
        "when": formats.date_format(timezone.localtime(last), "DATETIME_FORMAT")
    }
    return [Place(text, reverse("admin:keeping_backup_changelist"))]


def _last_verified() -> datetime | None:
    last: datetime | None = Backup.objects.verified().aggregate(last=Max("made_at"))["last"]
    return last


def _oldest() -> timedelta:
    return timedelta(days=settings.BACKUP_MAX_AGE_DAYS)


def handovers(*, at: datetime) -> list[Waiting]:
    """A bundle that can be downloaded and that nobody has, until it is removed."""
    return [
        Waiting(
            _("%(bundle)s is ready: download it") % {"bundle": handover},
            reverse("admin:keeping_handover_change", args=[handover.pk]),
            since=handover.ended_at or handover.asked_at,
            due=(handover.ended_at or at) + timedelta(days=settings.HANDOVER_KEEP_DAYS),
            group=_("Safe keeping"),
        )
        for handover in Handover.objects.filter(status=HandoverStatus.READY, taken_at=None)
    ]
