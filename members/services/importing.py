"""Tables on their way in: read and shown first, written only when somebody has confirmed.

What a table is of, its `ImportKind` knows.

The row of an import is the queue: `work_on_import` takes up what waits. Nobody works on one twice
at a time, and whatever becomes of the worker, all of a file is in the register or nothing of it.
"""

import logging
from collections.abc import Mapping
from datetime import date, datetime, timedelta

import pgtrigger
from django.conf import settings
from django.core.files import File
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from kip import reading
from kip.access import require
from kip.accounts.models import User
from kip.audit.acts import act
from kip.background import Progress, alone, enqueue
from kip.documents import services as documents
from kip.documents.content import Kind
from kip.exceptions import DomainError, InvalidTransition
from kip.numbering import serialise
from members.models import (
    COMPANIES,
    ImportedRow,
    ImportRun,
    Outcome,
)
from members.services.import_kinds import kind_of
from members.services.import_plan import REFUSALS, fingerprint, plan
from members.states import AT_WORK, ImportStatus

log = logging.getLogger(__name__)

TASK = "members.tasks.work_on_import"

# What nobody has imported by then goes, with the people that it names.
KEPT_FOR = timedelta(days=14)
# What was from before the system can be taken back for so long, while nothing refers to it.
CAN_BE_TAKEN_BACK_FOR = timedelta(days=30)


# --- The acts ------------------------------------------------------------------------------------


@act(gettext_noop("%(who)s uploaded a table to be imported."))
def upload_import(
    *,
    upload: File,
    effective_on: date,
    tells: bool,
    kind: str = COMPANIES,
    instead_of: int | None = None,
    by: User,
    at: datetime,
) -> ImportRun:
    """A table of a kind is to be checked; the one `instead_of` which it comes is dropped.

    Raises `DomainError` on "upload" for what is no table.
    """
    require("members.keep_register", by, at=at)
    upload.seek(0)
    content = upload.read()
    try:
        if reading.is_xlsx(content) and documents.check(upload) is not Kind.XLSX:
            raise reading.Unreadable(reading.Reason.BROKEN)
        if len(content) > settings.DOCUMENT_MAX_BYTES:
            raise DomainError(
                _("This file is larger than %(limit)d MB: divide it into parts.")
                % {"limit": settings.DOCUMENT_MAX_BYTES // documents.MB}
            )
        next(reading.rows(content), None)
    except reading.Unreadable as unreadable:
        raise DomainError(REFUSALS[unreadable.reason], field="upload") from unreadable
    except DomainError as refused:
        raise DomainError(refused.message, field="upload") from refused
    run = ImportRun.objects.create(
        kind=kind_of(kind).key,
        name=(upload.name or "")[-120:],
        content=content,
        effective_on=effective_on,
        tells=tells,
        by=by,
        uploaded_at=at,
    )
    waiting = ImportRun.objects.filter(status__in=(ImportStatus.CHECKED, ImportStatus.FAILED))
    if instead_of is not None and waiting.filter(pk=instead_of).exists():
        drop_import(run_id=instead_of, by=by, at=at)
    enqueue(TASK, run.pk)
    return run


@act(gettext_noop("%(who)s had a table checked again."))
def check_again(*, run_id: int, by: User, at: datetime) -> ImportRun:
    """The register may have changed since, or the worker stopped."""
    require("members.keep_register", by, at=at)
    run = _locked(run_id)
    run.move_to(ImportStatus.UPLOADED, started_at=None, progress=0, reason="")
    enqueue(TASK, run.pk)
    return run


@act(gettext_noop("%(who)s said who is known already in a table."))
def answer_questions(
    *, run_id: int, answers: Mapping[str, int], by: User, at: datetime
) -> ImportRun:
    """By a question's key the id of the candidate that is meant, or 0 for none; others are left.

    The table is checked again, for that changes what its rows would do.
    """
    require("members.keep_register", by, at=at)
    run = _locked(run_id)
    allowed = {
        question["key"]: {0, *(candidate["pk"] for candidate in question["candidates"])}
        for question in run.questions
    }
    given = {key: pk for key, pk in answers.items() if pk in allowed.get(key, ())}
    run.move_to(
        ImportStatus.UPLOADED,
        answers={**run.answers, **given},
        started_at=None,
        progress=0,
        reason="",
    )
    enqueue(TASK, run.pk)
    return run


@act(gettext_noop("%(who)s confirmed an import."))
def confirm_import(*, run_id: int, by: User, at: datetime) -> ImportRun:
    """What the preview shows, and nothing else, is to be written."""
    require("members.keep_register", by, at=at)
    run = _locked(run_id)
    if run.status == ImportStatus.CHECKED:
        if run.wrong:
            raise DomainError(_("Mend what is wrong in the file, and upload it again."))
        if run.unanswered:
            raise DomainError(_("Say first who is known already."))
        if not run.writes:
            raise DomainError(_("There is nothing to import: the register says all this already."))
    run.move_to(ImportStatus.CONFIRMED, confirmed_by=by, started_at=None, progress=0)
    enqueue(TASK, run.pk)
    return run


@act(gettext_noop("%(who)s dropped a table."))
def drop_import(*, run_id: int, by: User | None, at: datetime) -> None:
    """Nothing of it is imported, and the file goes."""
    if by is not None:
        require("members.keep_register", by, at=at)
    _end(_locked(run_id), ImportStatus.DROPPED, at=at)


@act(gettext_noop("%(who)s took back an import of what was before the system."))
def take_back_import(*, run_id: int, by: User, at: datetime) -> None:
    """All that it brought in goes; history keeps it.

    Raises `InvalidTransition` for other imports and after `CAN_BE_TAKEN_BACK_FOR`; `DomainError`
    when something refers to a row by now.
    """
    require("members.keep_register", by, at=at)
    run = _locked(run_id)
    if not can_be_taken_back(run, at=at):
        raise InvalidTransition(_("This import cannot be taken back any more."))
    kind = kind_of(run.kind)
    with pgtrigger.ignore(*(f"{label}:before_the_system" for label in kind.brings_in)):
        try:
            with transaction.atomic():
                kind.take_back(run, by=by, at=at)
        except models.ProtectedError as error:
            row = next(iter(error.protected_objects))
            raise DomainError(
                _("Something refers to it by now, so that it stays: %(what)s.") % {"what": row}
            ) from error
    run.move_to(ImportStatus.TAKEN_BACK, made={})


def can_be_taken_back(run: ImportRun, *, at: datetime) -> bool:
    return (
        run.status == ImportStatus.DONE
        and bool(kind_of(run.kind).brings_in)
        and run.ended_at is not None
        and at - run.ended_at < CAN_BE_TAKEN_BACK_FOR
    )


# --- The worker's part ---------------------------------------------------------------------------


def work_on_import(*, run_id: int, at: datetime) -> None:
    """Take up an import that waits, if nobody else has. Called by a task, outside an act.

    One that was begun and that nobody works on has lost its worker: it has failed, and nothing of
    it was written.
    """
    with alone(f"import:{run_id}") as is_alone:
        run = ImportRun.objects.select_related("by").filter(pk=run_id, status__in=AT_WORK).first()
        if run is None or not is_alone:
            return
        with override(run.by.language):
            if run.started_at is not None:
                reason = _("The program was stopped at work. Nothing was written.")
                return fail_import(run_id=run_id, reason=reason, by=None, at=at)
            ImportRun.objects.filter(pk=run_id).update(started_at=at)
            do = check_import if run.status == ImportStatus.UPLOADED else carry_out
            try:
                do(run_id=run_id, by=run.by, at=at)
            except DomainError as error:
                fail_import(run_id=run_id, reason=str(error), by=None, at=at)
            except IntegrityError:
                log.exception("Import %s was refused by the database", run_id)
                reason = _("The register changed meanwhile. Nothing was written.")
                fail_import(run_id=run_id, reason=reason, by=None, at=at)
            except Exception:
                reason = _("Something went wrong in the program. Nothing was written.")
                fail_import(run_id=run_id, reason=reason, by=None, at=at)
                raise


def sweep_imports(*, at: datetime) -> None:
    """What the broker lost, what a killed worker left behind, what nobody came back to."""
    for run_id in ImportRun.objects.filter(status__in=AT_WORK).values_list("pk", flat=True):
        work_on_import(run_id=run_id, at=at)
    left = ImportRun.objects.filter(
        status__in=(ImportStatus.CHECKED, ImportStatus.FAILED), uploaded_at__lte=at - KEPT_FOR
    )
    for run in left:
        drop_import(run_id=run.pk, by=None, at=at)


@act(gettext_noop("An import failed."))
def fail_import(*, run_id: int, reason: str, by: None, at: datetime) -> None:
    run = _locked(run_id)
    if run.status in AT_WORK:
        run.move_to(ImportStatus.FAILED, reason=reason, ended_at=at)


@act(gettext_noop("%(who)s had a table checked."))
def check_import(*, run_id: int, by: User, at: datetime) -> None:
    """Write down what each row would do, or what is wrong with it."""
    run = ImportRun.objects.get(pk=run_id)
    with Progress(run, "progress") as say:
        plans = plan(run, at=at, say=say)
    questions = run.questions
    run = _locked(run_id)
    run.rows.all().delete()
    ImportedRow.objects.bulk_create(
        (
            ImportedRow(
                run=run,
                line=row.line,
                outcome=row.outcome,
                company=row.company[:200],
                changes=row.changes,
                errors=row.errors,
            )
            for row in plans
            if row.outcome != Outcome.UNCHANGED
        ),
        batch_size=1000,
    )
    counts = {outcome.value: 0 for outcome in Outcome}
    for row in plans:
        counts[row.outcome] += 1
    run.move_to(
        ImportStatus.CHECKED,
        fingerprint=fingerprint(plans),
        progress=0,
        total=len(plans),
        questions=questions,
        **counts,
    )


@act(gettext_noop("%(who)s imported a table."))
def carry_out(*, run_id: int, by: User, at: datetime) -> None:
    """Write what was confirmed, all of it or nothing.

    Raises `DomainError` when the register has changed since the preview, so that something else
    would be written now.
    """
    serialise("member-number")  # nobody is admitted meanwhile
    run = ImportRun.objects.select_related("confirmed_by").get(pk=run_id)
    by = run.confirmed_by or by
    require("members.keep_register", by, at=at)
    with Progress(run, "progress") as say:
        plans = plan(run, at=at, say=lambda _line: None)
        if fingerprint(plans) != run.fingerprint:
            raise DomainError(
                _("The register has changed since the table was checked: check it again.")
            )
        kind_of(run.kind).write(run, plans, by=by, at=at, say=say)
    made = run.made
    run = _locked(run_id)
    run.made = made
    _end(run, ImportStatus.DONE, at=at)


def _end(run: ImportRun, status: str, *, at: datetime) -> None:
    """The file and the people in it are kept no longer."""
    run.rows.all().delete()
    run.move_to(status, ended_at=at, content=None, questions=[], answers={}, made=run.made)


def _locked(run_id: int) -> ImportRun:
    return ImportRun.objects.select_for_update(of=["self"]).get(pk=run_id)
