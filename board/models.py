"""The board: who sits on it and when, the matters before it, and what it resolved."""

from datetime import datetime
from typing import Any, ClassVar

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Func, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from board.decision import Choice
from board.states import MATTER, MatterStatus
from kip.audit.retention import Retention
from kip.states import StatefulModel, status_triggers
from members.models import Company


class InstantRange(Func):
    """`[from, until)`: open-ended while `until` is null."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class DatedQuerySet(models.QuerySet[Any]):
    """Rows that hold from one instant until another."""

    def in_force(self, at: Any) -> Any:
        """Rows that hold at an instant, or at an expression for one."""
        return self.filter(Q(until__isnull=True) | Q(until__gt=at), since__lte=at)


class Dated(models.Model):
    """Holds over `[since, until)`, by instants; open-ended while `until` is empty."""

    since = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_ends_after_it_begins",
                condition=Q(until__isnull=True) | Q(until__gt=F("since")),
            )
        ]

    def holds(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


OVERLAPS = (InstantRange("since", "until"), RangeOperators.OVERLAPS)


@pghistory.track(fields=["elected", "since", "until"], model_name="TermEvent")
class Term(Dated):
    """The board's term of office: from one annual general meeting until the next."""

    elected = models.CharField(
        _("elected"), max_length=200, help_text=_("E.g. “Annual general meeting, 17 March 2027”.")
    )

    objects = DatedQuerySet.as_manager()

    class Meta(Dated.Meta):
        verbose_name = _("term of office")
        verbose_name_plural = _("terms of office")
        ordering = ["-since"]
        constraints = [
            *Dated.Meta.constraints,
            ExclusionConstraint(
                name="board_terms_do_not_overlap",
                expressions=[OVERLAPS],
                violation_error_message=_("Another term of office holds then."),
            ),
        ]

    def __str__(self) -> str:
        return self.elected


class SeatKind(models.TextChoices):
    MEMBER = "member", pgettext_lazy("seat", "member")
    DEPUTY = "deputy", pgettext_lazy("seat", "deputy member")


class SeatQuerySet(DatedQuerySet):
    def of_the_board(self, at: datetime) -> Any:
        """The seats that hold at an instant, each with its person and as `office` what it holds."""
        office = Office.objects.in_force(at).filter(seat=OuterRef("pk")).values("kind")[:1]
        return self.in_force(at).select_related("person").annotate(office=Subquery(office))


@pghistory.track(
    fields=["term", "person", "kind", "order", "organisation", "since", "until"],
    model_name="SeatEvent",
)
class Seat(Dated):
    """A person's seat on the board. Deputies step in by `order`, the lowest first."""

    term = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="seats")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("person"),
    )
    kind = models.CharField(_("seat"), max_length=10, choices=SeatKind, default=SeatKind.MEMBER)
    order = models.PositiveSmallIntegerField(
        _("order of the deputy"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    organisation = models.CharField(_("organisation"), max_length=200, blank=True)

    objects = SeatQuerySet.as_manager()

    class Meta(Dated.Meta):
        verbose_name = _("seat on the board")
        verbose_name_plural = _("seats on the board")
        ordering = ["-kind", "order", "person__family_name", "person__given_name"]
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                name="seat_order_iff_deputy",
                condition=Q(kind="deputy", order__isnull=False)
                | Q(kind="member", order__isnull=True),
            ),
            ExclusionConstraint(
                name="seat_one_per_person",
                expressions=[("person", RangeOperators.EQUAL), OVERLAPS],
                violation_error_message=_("This person has a seat then already."),
            ),
            ExclusionConstraint(
                name="seat_one_deputy_per_place",
                expressions=[
                    ("term", RangeOperators.EQUAL),
                    ("order", RangeOperators.EQUAL),
                    OVERLAPS,
                ],
                condition=Q(order__isnull=False),
                violation_error_message=_("Another deputy has this place in the order."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.person)


class OfficeKind(models.TextChoices):
    CHAIR = "chair", _("chair")
    VICE_CHAIR = "vice_chair", _("vice chair")


@pghistory.track(fields=["seat", "kind", "since", "until"], model_name="OfficeEvent")
class Office(Dated):
    """An office held from a seat: one chair and one vice chair at any instant."""

    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="offices")
    kind = models.CharField(_("office"), max_length=12, choices=OfficeKind)

    objects = DatedQuerySet.as_manager()

    class Meta(Dated.Meta):
        verbose_name = _("office")
        verbose_name_plural = _("offices")
        ordering = ["kind", "since"]
        constraints = [
            *Dated.Meta.constraints,
            ExclusionConstraint(
                name="office_one_holder",
                expressions=[("kind", RangeOperators.EQUAL), OVERLAPS],
                violation_error_message=_("Somebody else holds this office then."),
            ),
            ExclusionConstraint(
                name="office_one_per_seat",
                expressions=[("seat", RangeOperators.EQUAL), OVERLAPS],
                violation_error_message=_("This seat holds another office then."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.seat}"


def proposed_admission(application: Company) -> str:
    """What the board is asked to resolve about an applicant, in the reader's language."""
    return _("%(company)s, domicile %(domicile)s, is admitted as a member.") % {
        "company": application.name,
        "domicile": application.domicile,
    }


class MatterKind(models.TextChoices):
    ADMISSION = "admission", _("admission of a member")
    OTHER = "other", _("other matter")


class MatterQuerySet(models.QuerySet["Matter"]):
    def pending(self) -> "MatterQuerySet":
        """Not yet decided, closed or stopped."""
        return self.filter(status__in=MATTER.open)

    def same_questions(self, matters: list["Matter"]) -> "MatterQuerySet":
        """These matters, and those that `is_same_question` with one of them."""
        applications = [m.application_id for m in matters if m.application_id is not None]
        return self.filter(
            Q(pk__in=[matter.pk for matter in matters])
            | Q(application__in=applications)
            | Q(takes_up__in=[matter.pk for matter in matters])
            | Q(pk__in=[matter.takes_up_id for matter in matters if matter.takes_up_id])
        )

    def entitling(self, person: Any) -> "MatterQuerySet":
        """Matters in which this person's seat was noted as entitled."""
        return self.filter(pk__in=Entitlement.objects.filter(seat__person=person).values("matter"))


@pghistory.track(fields=["status", "title", "deadline"], model_name="MatterEvent")
class Matter(StatefulModel):
    """A question put to the board, with the seats entitled to decide it."""

    TRANSITIONS = MATTER
    waiting_records: list["MeetingRecord"]  # with `waiting_records()`

    kind = models.CharField(_("kind"), max_length=20, choices=MatterKind)
    status = models.CharField(
        _("status"), max_length=20, choices=MatterStatus, default=MatterStatus.OPEN
    )
    # An admission is named after its company, in the reader's language.
    title = models.CharField(_("title"), max_length=200, blank=True)
    proposal = models.TextField(
        _("proposal"), blank=True, help_text=_("What the board is asked to resolve.")
    )
    application = models.ForeignKey(
        "members.Application", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    term = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="matters")
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    opened_at = models.DateTimeField(_("opened"))
    deadline = models.DateTimeField(_("deadline"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    # The matter that stopped with the board before, taken up anew here.
    takes_up = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="taken_up_by"
    )

    objects = MatterQuerySet.as_manager()

    class Meta:
        verbose_name = _("matter before the board")
        verbose_name_plural = _("matters before the board")
        ordering = ["-opened_at"]
        constraints = [
            models.CheckConstraint(
                name="matter_application_iff_admission",
                condition=Q(kind="admission", application__isnull=False)
                | (~Q(kind="admission") & Q(application__isnull=True)),
            ),
            models.CheckConstraint(
                name="matter_says_what_it_is", condition=Q(kind="admission") | ~Q(title="")
            ),
            models.UniqueConstraint(
                name="matter_one_pending_per_application",
                fields=["application"],
                condition=Q(status__in=sorted(MATTER.open)),
            ),
            models.CheckConstraint(
                name="matter_ended_iff_dated",
                condition=Q(status__in=sorted(MATTER.final), ended_at__isnull=False)
                | (~Q(status__in=sorted(MATTER.final)) & Q(ended_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="matter_deadline_after_opening", condition=Q(deadline__gt=F("opened_at"))
            ),
        ]
        triggers = status_triggers(MATTER)

    def __str__(self) -> str:
        if self.application is None:
            return self.title
        return _("Admission of %(company)s") % {"company": self.application.name}

    @property
    def proposed(self) -> str:
        """What the board is asked to resolve."""
        if self.proposal or self.application is None:
            return self.proposal
        return proposed_admission(self.application)

    @property
    def is_open(self) -> bool:
        return self.status == MatterStatus.OPEN

    @property
    def is_pending(self) -> bool:
        return self.status in MATTER.open

    def is_same_question(self, other: "Matter") -> bool:
        """Whether they are about the same application, or one takes up the other."""
        return (
            self.pk == other.pk
            or (self.application_id is not None and self.application_id == other.application_id)
            or self.takes_up_id == other.pk
            or other.takes_up_id == self.pk
        )


class MatterDocument(models.Model):
    """A paper for the board."""

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="papers")
    document = models.OneToOneField(
        "documents.Document", on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("paper")
        verbose_name_plural = _("papers")
        ordering = ["pk"]

    def __str__(self) -> str:
        return str(self.document)


class VoteChoice(models.TextChoices):
    FOR = Choice.FOR.value, pgettext_lazy("vote", "in favour")
    AGAINST = Choice.AGAINST.value, pgettext_lazy("vote", "against")
    ABSTAIN = Choice.ABSTAIN.value, pgettext_lazy("vote", "abstains")


class VoteChannel(models.TextChoices):
    HERE = "here", pgettext_lazy("vote", "cast in KIP")
    MAIL = "mail", pgettext_lazy("vote", "came by mail")
    PHONE = "phone", pgettext_lazy("vote", "came by phone")


# What happened in a matter stands once the matter is no longer pending.
KEPT_AFTER_DECISION = """
    IF EXISTS (
        SELECT FROM board_matter
        WHERE id IN (OLD.matter_id, NEW.matter_id) AND status <> ALL ('{%s}'::text[])
    ) THEN
        RAISE EXCEPTION 'pgtrigger: the matter is no longer pending (table %%)', TG_TABLE_NAME;
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
"""


def kept_after_decision() -> pgtrigger.Trigger:
    """Refuse every change to a row whose matter is no longer pending."""
    return pgtrigger.Trigger(
        name="kept_after_decision",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=KEPT_AFTER_DECISION % ",".join(sorted(MATTER.open)),
    )


# How somebody votes is not copied into the history: it stands here, and in the resolution.
@pghistory.track(
    fields=["matter", "seat", "absent_since", "recused_at", "cast_at", "channel"],
    model_name="EntitlementEvent",
)
class Entitlement(models.Model):
    """A seat's part in a matter, noted when it was opened: its vote, its conflict, its absence.

    One vote per seat; none with a conflict of interest (§ 37). All of it can change until the
    matter is decided, and nothing of it afterwards.
    """

    PERSONAL: ClassVar[dict[str, Retention]] = {
        "reason": Retention.RECORD,
        "ground": Retention.RECORD,
        "source_note": Retention.RECORD,
    }

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="entitlements")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="+")

    choice = models.CharField(_("vote"), max_length=10, choices=VoteChoice, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    cast_at = models.DateTimeField(_("vote cast"), null=True, blank=True)
    channel = models.CharField(
        _("how the vote came"), max_length=10, choices=VoteChannel, blank=True
    )
    # When the secretary entered the vote: the mail in which it came, or a note of the call.
    source = models.OneToOneField(
        "documents.Document", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    source_note = models.CharField(_("note on the source"), max_length=300, blank=True)

    recused_at = models.DateTimeField(_("conflict of interest declared"), null=True, blank=True)
    ground = models.TextField(_("ground of the conflict"), blank=True)
    absent_since = models.DateTimeField(_("marked absent"), null=True, blank=True)

    class Meta:
        verbose_name = _("part in a matter")
        verbose_name_plural = _("parts in matters")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(name="entitlement_once", fields=["matter", "seat"]),
            models.CheckConstraint(
                name="vote_cast_iff_dated",
                condition=(~Q(choice="") & ~Q(channel="") & Q(cast_at__isnull=False))
                | Q(choice="", channel="", cast_at__isnull=True, source__isnull=True),
            ),
            models.CheckConstraint(
                name="no_vote_with_a_conflict", condition=Q(recused_at__isnull=True) | Q(choice="")
            ),
        ]
        triggers = [kept_after_decision()]

    def __str__(self) -> str:
        return str(self.seat)


@pghistory.track(
    fields=["matter", "meeting", "section", "carried", "withdrawn_at"],
    model_name="MeetingRecordEvent",
)
class MeetingRecord(models.Model):
    """What the board decided at a meeting, as the secretary recorded it; the chair confirms."""

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="meeting_records")
    meeting = models.CharField(_("meeting"), max_length=200)
    held_on = models.DateField(_("held on"))
    section = models.CharField(_("section of the minutes (§)"), max_length=20)
    carried = models.BooleanField(_("carried"))
    unanimous = models.BooleanField(_("unanimous, without a vote"))
    in_favour = models.PositiveSmallIntegerField(_("votes in favour"), default=0)
    against = models.PositiveSmallIntegerField(_("votes against"), default=0)
    abstained = models.PositiveSmallIntegerField(_("abstained"), default=0)
    presider = models.ForeignKey(
        Seat, on_delete=models.PROTECT, related_name="+", verbose_name=_("presided over by")
    )
    # Ids of entitled seats, frozen with the record.
    present = ArrayField(models.BigIntegerField(), verbose_name=_("present"))
    recused = ArrayField(
        models.BigIntegerField(), default=list, blank=True, verbose_name=_("disqualified")
    )
    dissents = models.TextField(_("dissenting opinions"), blank=True)
    reason = models.TextField(_("reason given to the applicant"), blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField(_("recorded"))
    # A record found wrong before it was confirmed gives way to a new one and stays on file.
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("decision at a meeting")
        verbose_name_plural = _("decisions at meetings")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="meeting_record_one_waiting",
                fields=["matter"],
                condition=Q(withdrawn_at__isnull=True),
            ),
            models.CheckConstraint(
                name="meeting_record_unanimous_has_no_votes",
                condition=Q(unanimous=False) | Q(in_favour=0, against=0, abstained=0),
            ),
        ]
        triggers = [kept_after_decision()]

    def __str__(self) -> str:
        return _("%(meeting)s, § %(section)s") % {
            "meeting": self.meeting,
            "section": self.section,
        }


def waiting_records() -> models.Prefetch:
    """With each matter, as `waiting_records`, the meeting's record that waits to be confirmed."""
    return models.Prefetch(
        "meeting_records",
        queryset=MeetingRecord.objects.filter(withdrawn_at=None),
        to_attr="waiting_records",
    )


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
