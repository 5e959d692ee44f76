"""Tables on their way in: of member companies, and of what was before the system."""

from typing import Any, ClassVar

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kip.audit.retention import Retention
from kip.states import StatefulModel, status_triggers
from members.states import AT_WORK, IMPORT, ImportStatus

COMPANIES = "companies"


class ImportRunManager(models.Manager["ImportRun"]):
    def get_queryset(self) -> models.QuerySet["ImportRun"]:
        """Without the file, of which only a worker has need."""
        return super().get_queryset().defer("content")


@pghistory.track(
    fields=["status", "kind", "name", "effective_on", "tells"], model_name="ImportRunEvent"
)
class ImportRun(StatefulModel):
    """One file: checked first, written only when somebody has read what it would change.

    The file and its rows go when it is imported or dropped.
    """

    TRANSITIONS = IMPORT
    PERSONAL: ClassVar[dict[str, Retention]] = {
        "content": Retention.CONTACT,
        "questions": Retention.CONTACT,
        "name": Retention.CONTACT,
    }

    status = models.CharField(
        _("status"), max_length=20, choices=ImportStatus, default=ImportStatus.UPLOADED
    )
    # What the table is of: the key of an `ImportKind`, which each app registers.
    kind = models.CharField(_("what"), max_length=20, default=COMPANIES)
    name = models.CharField(_("file"), max_length=120)
    # In the database, so that it is there if and only if its row is, for a worker anywhere.
    content = models.BinaryField(_("what the table says"), null=True)
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
    # Who or what may be known already, by name: `Question`s, and what the secretary answered, by
    # the question's key: the id of a row, or 0 for none of them.
    questions: Any = models.JSONField(_("what is asked about it"), default=list)
    answers: Any = models.JSONField(default=dict)
    # Ids of the people and companies that it made, by which they can be taken back.
    made: Any = models.JSONField(default=dict)

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
    def unanswered(self) -> list[dict[str, Any]]:
        """The questions that the secretary has not answered yet."""
        return [question for question in self.questions if question["key"] not in self.answers]

    @property
    def writes(self) -> int:
        """How many rows make or change something."""
        return self.new + self.changed


def brought_in_by() -> Any:
    """The field of a row from before the system: the import that brought it in."""
    return models.ForeignKey(
        "members.ImportRun",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("from before the system, by the import"),
    )


def kept_as_brought_in(*may_change: str, ends_later: bool = False) -> pgtrigger.Trigger:
    """Refuse every change to a row from before the system, but of the columns `may_change`.

    With `ends_later` a row of `ByDay` that was brought in without an end may still get one. Only
    `take_back_import` steps around it.
    """
    columns = ["found_by", *may_change]  # made anew by the database, after this trigger
    free = f"ARRAY[{', '.join(repr(name) for name in columns)}]"
    if ends_later:
        end = "ARRAY['until', 'end_recorded_at', 'end_reason', 'end_ground']"
        free += (
            " || CASE WHEN OLD.end_recorded_at = OLD.recorded_at THEN ARRAY[]::text[]"
            f" ELSE {end} END"
        )
    return pgtrigger.Trigger(
        name="before_the_system",
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func=f"""
            IF TG_OP = 'DELETE' THEN
                IF OLD.brought_in_by_id IS NULL THEN RETURN OLD; END IF;
            ELSIF OLD.brought_in_by_id IS NULL AND NEW.brought_in_by_id IS NULL
                OR to_jsonb(OLD) - ({free}) = to_jsonb(NEW) - ({free})
            THEN RETURN NEW;
            END IF;
            RAISE EXCEPTION
                'pgtrigger: this is from before the system and stays (table %)', TG_TABLE_NAME;
        """,
    )


class Outcome(models.TextChoices):
    NEW = "new", pgettext_lazy("row of a file", "new")
    CHANGED = "changed", pgettext_lazy("row of a file", "changed")
    UNCHANGED = "unchanged", pgettext_lazy("row of a file", "unchanged")
    WRONG = "wrong", pgettext_lazy("row of a file", "wrong")


class ImportedRow(models.Model):
    """What a row of the file would do, or what is wrong with it; none for what changes nothing."""

    PERSONAL: ClassVar[dict[str, Retention]] = {
        "changes": Retention.CONTACT,
        "company": Retention.CONTACT,
    }

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField(_("row"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    company = models.CharField(_("company, person or number"), max_length=200)
    # [cell, column, before, after], and [cell, column, what is wrong].
    changes = models.JSONField(_("what would change"), default=list)
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
