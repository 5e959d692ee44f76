"""The association's rules as versioned data: what the bylaws decide is never a constant in code."""

from datetime import date, datetime

import pghistory
import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import formats, timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from kip.content import InTheReadersLanguage


class Quorum(models.TextChoices):
    AT_LEAST_HALF = "at_least_half", _("at least half of the elected seats")
    MORE_THAN_HALF = "more_than_half", _("more than half of the elected seats")
    NUMBER = "number", _("a number of seats")


class Majority(models.TextChoices):
    MORE_THAN_HALF = "more_than_half", _("more than half of the votes cast")
    TWO_THIRDS = "two_thirds", _("at least two thirds of the votes cast")
    THREE_QUARTERS = "three_quarters", _("at least three quarters of the votes cast")


class WrittenProcedure(models.TextChoices):
    FORBIDDEN = "forbidden", _("forbidden: the board decides at meetings only")
    MAJORITY = "majority", _("allowed, by the same majority as at a meeting")
    UNANIMOUS = "unanimous", _("allowed when everyone agrees")


class Body(models.TextChoices):
    """Who decides what the bylaws leave open."""

    BOARD = "board", _("the board")
    MEETING = "meeting", _("the general meeting")


# What KIP writes of the version with which an association begins; shown in the reader's language.
FIRST_ADOPTED = gettext_noop("At the founding of the association")


class BylawsQuerySet(models.QuerySet["Bylaws"]):
    def in_force(self, on: date) -> "Bylaws":
        """The version in force on a local date: the newest of those that had come into force."""
        return self.filter(valid_from__lte=on).latest("valid_from", "version")

    def in_force_at(self, at: datetime) -> "Bylaws":
        return self.in_force(timezone.localdate(at))


# What a version says never changes, so its history is that it was recorded, and by whom.
@pghistory.track(fields=["version", "valid_from", "adopted"], model_name="BylawsEvent")
class Bylaws(InTheReadersLanguage, models.Model):
    """One version of the bylaws, from the day it came into force until the next.

    A version is never edited: decisions keep pointing at the one they were made under.
    """

    version = models.PositiveIntegerField(_("version"), unique=True, editable=False)
    valid_from = models.DateField(
        _("in force from"),
        help_text=_("If several versions have the same day, the one recorded last applies."),
    )
    adopted = models.CharField(
        _("adopted"),
        max_length=200,
        help_text=_("Where and when, e.g. “Annual general meeting, 17 March 2027, § 12”."),
    )

    purpose_fi = models.TextField(_("purpose of the association, in Finnish"))
    purpose_sv = models.TextField(_("purpose of the association, in Swedish"))
    purpose_en = models.TextField(_("purpose of the association, in English"))
    admission_fi = models.TextField(_("who can become a member, in Finnish"))
    admission_sv = models.TextField(_("who can become a member, in Swedish"))
    admission_en = models.TextField(_("who can become a member, in English"))
    text_fi = models.TextField(_("the bylaws in full, in Finnish"), blank=True)
    text_sv = models.TextField(_("the bylaws in full, in Swedish"), blank=True)
    text_en = models.TextField(_("the bylaws in full, in English"), blank=True)

    record_language = models.CharField(
        _("language of resolutions and minutes"),
        max_length=2,
        choices=[("fi", "suomi"), ("sv", "svenska"), ("en", "English")],
        default="fi",
    )
    board_quorum = models.CharField(
        _("quorum of the board"), max_length=20, choices=Quorum, default=Quorum.AT_LEAST_HALF
    )
    board_quorum_number = models.PositiveSmallIntegerField(
        _("number of seats for the quorum"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(50)],
        help_text=_("Only when the quorum is a number of seats."),
    )
    board_majority = models.CharField(
        _("majority in the board"), max_length=20, choices=Majority, default=Majority.MORE_THAN_HALF
    )
    written_procedure = models.CharField(
        _("decision without a meeting"),
        max_length=20,
        choices=WrittenProcedure,
        default=WrittenProcedure.MAJORITY,
    )
    early_closing = models.BooleanField(
        _("a written decision may be declared as soon as its outcome is certain"),
        default=False,
        help_text=_("Otherwise everyone entitled is heard, or the deadline passes, first."),
    )
    votes_hidden = models.BooleanField(
        _("votes are hidden from the board until the matter is decided"), default=False
    )
    decision_days = models.PositiveSmallIntegerField(
        _("days allowed for a written decision"),
        default=14,
        validators=[MinValueValidator(1), MaxValueValidator(90)],
    )
    checking_days = models.PositiveSmallIntegerField(
        _("days in which an application is checked before it goes to the board"),
        default=7,
        validators=[MinValueValidator(1), MaxValueValidator(90)],
    )

    resignation_delay_days = models.PositiveSmallIntegerField(
        _("days after which a resignation takes effect"),
        default=0,
        validators=[MaxValueValidator(365)],
        help_text=_("Counted from the day it is received; at most 365."),
    )
    expulsion_decided_by = models.CharField(
        _("who decides on expulsion"), max_length=20, choices=Body, default=Body.MEETING
    )
    unpaid_excludes_from_voting = models.BooleanField(
        _("a member whose fee is overdue has no vote at general meetings"), default=False
    )

    # How long personal data are kept (`kip.audit.retention`), in months.
    contact_months = models.PositiveSmallIntegerField(
        _("months for which people are kept who have no part in the association any more"),
        default=24,
        validators=[MinValueValidator(1), MaxValueValidator(240)],
        help_text=_("Counted from the end of their last role, seat or application."),
    )
    application_months = models.PositiveSmallIntegerField(
        _("months for which the people and papers of a decided application are kept"),
        default=24,
        validators=[MinValueValidator(1), MaxValueValidator(240)],
    )
    correspondence_months = models.PositiveSmallIntegerField(
        _("months for which letters are kept"),
        default=24,
        validators=[MinValueValidator(1), MaxValueValidator(240)],
    )

    objects = BylawsQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of the bylaws")
        verbose_name_plural = _("bylaws")
        ordering = ["-valid_from", "-version"]
        constraints = [
            models.CheckConstraint(
                name="bylaws_quorum_number_iff_number",
                violation_error_message=_(
                    "Give the number of seats when the quorum is a number, and only then."
                ),
                condition=models.Q(board_quorum="number", board_quorum_number__isnull=False)
                | (~models.Q(board_quorum="number") & models.Q(board_quorum_number__isnull=True)),
            )
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return str(
            _("version %(version)s, in force from %(date)s")
            % {"version": self.version, "date": formats.date_format(self.valid_from)}
        )

    @property
    def adopted_where(self) -> str:
        """As recorded; of the version that KIP itself wrote down, in the reader's language."""
        return gettext(FIRST_ADOPTED) if self.adopted == FIRST_ADOPTED else self.adopted

    @property
    def purpose(self) -> str:
        return self.in_readers_language("purpose")

    @property
    def admission(self) -> str:
        return self.in_readers_language("admission")

    @property
    def text(self) -> str:
        return self.in_readers_language("text")

    @property
    def text_language(self) -> str:
        return self.language_of("text")
