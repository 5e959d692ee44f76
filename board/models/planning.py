"""The association's year as data: what is to be done, when, and by whom."""

from datetime import date
from typing import Any

import pghistory
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, Count, DateField, ExpressionWrapper, F, Q, When
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from board.timetable import Standing, Window, around_meeting


@pghistory.track(fields=["year", "meeting_on"], model_name="YearPlanEvent")
class YearPlan(models.Model):
    """The plan of one calendar year, and the day of its annual general meeting once it is known."""

    year = models.PositiveSmallIntegerField(
        _("year"), unique=True, validators=[MinValueValidator(2006), MaxValueValidator(2199)]
    )
    meeting_on = models.DateField(
        _("day of the annual general meeting"),
        null=True,
        blank=True,
        help_text=_("Tasks told in days before or after the meeting are counted from it."),
    )
    made_at = models.DateTimeField(_("made"), editable=False)

    class Meta:
        verbose_name = _("yearly plan")
        verbose_name_plural = _("yearly plans")
        ordering = ["-year"]
        constraints = [
            models.CheckConstraint(
                name="year_plan_meeting_in_its_year",
                condition=Q(meeting_on__isnull=True) | Q(meeting_on__year=F("year")),
                violation_error_message=_("The meeting is to be in the year of the plan."),
            )
        ]

    def __str__(self) -> str:
        return str(_("Yearly plan of %(year)d") % {"year": self.year})

    @property
    def progress(self) -> str:
        """How far it is, in words; of a row `with_progress`."""
        return gettext("%(settled)d of %(in_all)d settled") % {
            "settled": self.settled,  # type: ignore[attr-defined]
            "in_all": self.in_all,  # type: ignore[attr-defined]
        }


class Anchor(models.TextChoices):
    """What the time of a task is told by."""

    CALENDAR = "calendar", _("dates of the calendar")
    MEETING = "meeting", _("days before the annual general meeting")


class TaskOutcome(models.TextChoices):
    OPEN = "", _("to be done")
    DONE = "done", _("done")
    DROPPED = "dropped", _("not needed this year")


class PlannedTaskQuerySet(models.QuerySet["PlannedTask"]):
    def timed(self) -> Any:
        """With `from_day` and `to_day`, the dates as the database counts them, in their order."""

        def day(of_calendar: str, days_before: str) -> Case:
            counted = ExpressionWrapper(
                F("plan__meeting_on") - F(days_before), output_field=DateField()
            )
            return Case(
                When(anchor=Anchor.CALENDAR, then=F(of_calendar)),
                default=counted,
                output_field=DateField(),
            )

        return self.annotate(
            from_day=day("begins_on", "begins_days"), to_day=day("ends_on", "ends_days")
        ).order_by(F("from_day").asc(nulls_last=True), "to_day", "pk")

    def open(self) -> "PlannedTaskQuerySet":
        return self.filter(outcome=TaskOutcome.OPEN)

    def asking(self, today: date) -> Any:
        """What is due or late on a local date, the longest due first."""
        return self.open().timed().filter(from_day__lte=today)


@pghistory.track(
    fields=[
        *["plan", "what", "who", "responsible", "anchor", "begins_on", "ends_on"],
        *["begins_days", "ends_days", "outcome", "note", "settled_by"],
    ],
    model_name="PlannedTaskEvent",
)
class PlannedTask(models.Model):
    """One thing of the year. Its time is told in dates, or in days before the general meeting."""

    TOLD = ("what",)

    plan = models.ForeignKey(
        YearPlan, models.CASCADE, related_name="tasks", verbose_name=_("yearly plan")
    )
    what = models.CharField(_("what"), max_length=200)
    who = models.CharField(
        _("who"),
        max_length=100,
        blank=True,
        help_text=_("In words, e.g. “the secretary” or “the two examiners”."),
    )
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("a person who does it"),
    )
    anchor = models.CharField(_("time told by"), max_length=10, choices=Anchor)
    begins_on = models.DateField(_("from"), null=True, blank=True)
    ends_on = models.DateField(_("until"), null=True, blank=True)
    # Days before the meeting; negative after it. The window ends later than it begins: so the
    # number that it ends with is the smaller one.
    begins_days = models.SmallIntegerField(
        _("from, days before the meeting"), null=True, blank=True
    )
    ends_days = models.SmallIntegerField(_("until, days before the meeting"), null=True, blank=True)

    outcome = models.CharField(
        _("state"), max_length=10, choices=TaskOutcome, default=TaskOutcome.OPEN, blank=True
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True, editable=False)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )

    objects = PlannedTaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("task of the year")
        verbose_name_plural = _("tasks of the year")
        ordering = ["plan", "pk"]
        constraints = [
            models.CheckConstraint(
                name="planned_task_timed_by_its_anchor",
                condition=Q(
                    anchor=Anchor.CALENDAR,
                    begins_on__isnull=False,
                    ends_on__isnull=False,
                    begins_days__isnull=True,
                    ends_days__isnull=True,
                )
                | Q(
                    anchor=Anchor.MEETING,
                    begins_on__isnull=True,
                    ends_on__isnull=True,
                    begins_days__isnull=False,
                    ends_days__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="planned_task_ends_after_it_begins",
                condition=Q(anchor=Anchor.CALENDAR, ends_on__gte=F("begins_on"))
                | Q(anchor=Anchor.MEETING, ends_days__lte=F("begins_days")),
            ),
            models.CheckConstraint(
                name="planned_task_settled_iff_dated",
                condition=Q(outcome=TaskOutcome.OPEN, settled_at__isnull=True)
                | (~Q(outcome=TaskOutcome.OPEN) & Q(settled_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.what

    @property
    def window(self) -> Window | None:
        """When it is to be done; None while it waits for the day of the meeting."""
        if self.anchor == Anchor.CALENDAR:
            return Window(self.begins_on, self.ends_on)  # type: ignore[arg-type]
        if self.plan.meeting_on is None:
            return None
        return around_meeting(self.plan.meeting_on, self.begins_days, self.ends_days)  # type: ignore[arg-type]

    def standing(self, today: date) -> Standing:
        """Where it stands while it is open."""
        window = self.window
        return Standing.UNDATED if window is None else window.standing(today)


def with_progress(plans: models.QuerySet[YearPlan]) -> Any:
    """Each plan with `in_all` and `settled`, how many of its tasks wait for nobody any more."""
    return plans.annotate(
        in_all=Count("tasks"), settled=Count("tasks", filter=~Q(tasks__outcome=TaskOutcome.OPEN))
    ).order_by("-year")
