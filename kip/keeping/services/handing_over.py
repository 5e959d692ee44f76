"""A bundle asked for by the secretary, made by a worker, kept for some days.

The row is the queue: `work_on_handover` takes up what waits. Nobody works on one twice at a time.
"""

import os
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from kip.access import require
from kip.accounts.models import User
from kip.audit.acts import act
from kip.background import Progress, alone, enqueue
from kip.exceptions import DomainError
from kip.keeping.models import Handover
from kip.keeping.services.backing_up import sha256_of
from kip.keeping.services.bundling import write_bundle
from kip.keeping.states import HandoverStatus


def folder() -> Path:
    return Path(settings.DATA_DIR) / "handovers"


@act(gettext_noop("%(who)s asked for a handover bundle."))
def ask_for_handover(*, by: User, at: datetime) -> Handover:
    """A bundle of everything is to be made. One at a time."""
    require("keeping.hand_over", by, at=at)
    try:
        with transaction.atomic():
            handover = Handover.objects.create(asked_by=by, asked_at=at)
    except IntegrityError as error:
        raise DomainError(_("A bundle is being made already: wait until it is ready.")) from error
    enqueue("kip.keeping.tasks.work_on_handover", handover.pk)
    return handover


@act(gettext_noop("%(who)s downloaded a handover bundle."))
def take_handover(*, handover_id: int, by: User, at: datetime) -> Path:
    """Where its file is, for whoever takes it along; that they did is noted."""
    require("keeping.hand_over", by, at=at)
    handover = _locked(handover_id)
    path = folder() / handover.file
    if not handover.is_ready or not path.is_file():
        raise DomainError(_("This bundle is there no more: have a new one made."))
    handover.taken_by, handover.taken_at = by, at
    handover.save(update_fields=["taken_by", "taken_at"])
    return path


@act(gettext_noop("%(who)s removed a handover bundle."))
def remove_handover(*, handover_id: int, by: User | None, at: datetime) -> None:
    """Its file goes, once that is certain."""
    if by is not None:
        require("keeping.hand_over", by, at=at)
    handover = _locked(handover_id)
    path = folder() / handover.file
    handover.move_to(HandoverStatus.GONE, file="", ended_at=at)
    transaction.on_commit(lambda: path.unlink(missing_ok=True))


def forget_bundles(*, names: Iterable[str], at: datetime) -> None:
    """Whoever is being erased stands in every bundle: they go, and one that is being made fails."""
    reason = _("Somebody’s data were erased meanwhile. Ask for the bundle again.")
    for handover in Handover.objects.filter(
        Q(status=HandoverStatus.READY) | Q(status=HandoverStatus.ASKED, started_at__isnull=False)
    ).order_by("pk"):
        if handover.is_ready:
            remove_handover(handover_id=handover.pk, by=None, at=at)
        else:
            fail_handover(handover_id=handover.pk, reason=reason, by=None, at=at)


# --- The worker's part ---------------------------------------------------------------------------


def work_on_handover(*, handover_id: int, at: datetime) -> None:
    """Make a bundle that waits, if nobody else does. Called by a task, outside an act."""
    with alone(f"handover:{handover_id}") as is_alone:
        waiting = Handover.objects.select_related("asked_by")
        handover = waiting.filter(pk=handover_id, status=HandoverStatus.ASKED).first()
        if handover is None or not is_alone:
            return
        with override(handover.asked_by.language):
            if handover.started_at is not None:
                reason = _("The program was stopped at work. Ask for the bundle again.")
                return fail_handover(handover_id=handover_id, reason=reason, by=None, at=at)
            Handover.objects.filter(pk=handover_id).update(started_at=at)
            try:
                _make(handover, at)
            except Exception as error:
                reason = (
                    str(error)
                    if isinstance(error, DomainError)
                    else _("Something went wrong in the program. Ask for the bundle again.")
                )
                fail_handover(handover_id=handover_id, reason=reason, by=None, at=at)
                if not isinstance(error, DomainError):
                    raise


def _make(handover: Handover, at: datetime) -> None:
    folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder() / f"{secrets.token_hex(16)}.zip"
    try:
        with path.open("xb") as out, Progress(handover, "progress", "total") as say:
            path.chmod(0o600)
            written = write_bundle(out, by=handover.asked_by, at=at, say=say)
            out.flush()
            os.fsync(out.fileno())
        finish_handover(handover_id=handover.pk, path=path, manifest=written.manifest,
                        by=None, at=at)  # fmt: skip
    except BaseException:
        path.unlink(missing_ok=True)
        raise


@act(gettext_noop("A handover bundle was made."))
def finish_handover(*, handover_id: int, path: Path, manifest: str, by: None, at: datetime) -> None:
    _locked(handover_id).move_to(
        HandoverStatus.READY,
        file=path.name,
        size=path.stat().st_size,
        sha256=sha256_of(path),
        manifest=manifest,
        ended_at=at,
    )


@act(gettext_noop("A handover bundle could not be made."))
def fail_handover(*, handover_id: int, reason: str, by: None, at: datetime) -> None:
    handover = _locked(handover_id)
    if handover.is_at_work:
        handover.move_to(HandoverStatus.FAILED, reason=reason, ended_at=at)


def sweep_handovers(*, at: datetime) -> None:
    """What the broker lost, what a killed worker left behind, and what was kept long enough."""
    for pk in Handover.objects.filter(status=HandoverStatus.ASKED).values_list("pk", flat=True):
        work_on_handover(handover_id=pk, at=at)
    oldest = at - timedelta(days=settings.HANDOVER_KEEP_DAYS)
    old = Handover.objects.filter(status=HandoverStatus.READY, ended_at__lte=oldest)
    for pk in old.values_list("pk", flat=True):
        remove_handover(handover_id=pk, by=None, at=at)
    # Of a worker that was killed: nobody's, once nothing is being made.
    if folder().is_dir() and not Handover.objects.filter(status=HandoverStatus.ASKED).exists():
        known = set(Handover.objects.exclude(file="").values_list("file", flat=True))
        for path in folder().glob("*.zip"):
            if (
                path.name not in known
                and path.stat().st_mtime < (at - timedelta(days=1)).timestamp()
            ):
                path.unlink(missing_ok=True)


def _locked(handover_id: int) -> Handover:
    return Handover.objects.select_for_update(of=["self"]).get(pk=handover_id)
