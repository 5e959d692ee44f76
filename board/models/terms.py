"""Who sits on the board and when: terms of office, seats, and the offices held from them."""

from datetime import datetime
from typing import Any

import pghistory
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Func, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.models import brought_in_by, kept_as_brought_in


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

    brought_in_by = brought_in_by()

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
        triggers = [kept_as_brought_in()]

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
    fields=["term", "person", "kind", "order", "organisation", "member", "since", "until"],
    model_name="SeatEvent",
)
class Seat(Dated):
    """A person's seat on the board. Deputies step in by `order`, the lowest first."""

    TOLD = ("person",)

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
    # The seat ends with this company's membership.
    member = models.ForeignKey(
        "members.Member",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("member company"),
    )
    # The end of its own that a seat has which ends with a membership before that. It holds again
    # if the membership goes on after all.
    planned_until = models.DateTimeField(_("was to end"), null=True, blank=True, editable=False)
    brought_in_by = brought_in_by()
    # What is taken back with the seat, if it is taken back before it begins.
    invitation = models.ForeignKey(
        "accounts.Invitation",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )

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
        # Two records may be one person, or one company.
        triggers = [kept_as_brought_in("person_id", "member_id")]

    def __str__(self) -> str:
        return str(self.person)


class OfficeKind(models.TextChoices):
    CHAIR = "chair", _("chair")
    VICE_CHAIR = "vice_chair", _("vice chair")


@pghistory.track(fields=["seat", "kind", "since", "until"], model_name="OfficeEvent")
class Office(Dated):
    """An office held from a seat: one chair and one vice chair at any instant."""

    TOLD = ("kind", "seat")

    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="offices")
    kind = models.CharField(_("office"), max_length=12, choices=OfficeKind)
    brought_in_by = brought_in_by()

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
        triggers = [kept_as_brought_in()]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.seat}"
