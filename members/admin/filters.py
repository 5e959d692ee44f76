"""How the secretary narrows the list of members. What is chosen stands in the address."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import (
    CheckedMember,
    MembershipPeriod,
    Representative,
    RepresentativeRole,
    Sector,
    Site,
    YearlyCheck,
)

Choices = Iterable[tuple[Any, str]]


class Membership(SimpleListFilter):
    title = gettext_lazy("membership")
    parameter_name = "membership"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("now", _("members today")), ("ended", _("left")), ("ahead", _("not yet"))]

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        today = timezone.localdate()
        periods = MembershipPeriod.objects.filter(member=OuterRef("pk"))
        now, ahead = Exists(periods.in_force(today)), Exists(periods.filter(since__gt=today))
        chosen = {
            "now": now,
            "ended": Exists(periods.filter(until__lte=today)) & ~now,
            "ahead": ahead & ~now,
        }.get(self.value() or "")
        return rows if chosen is None else rows.filter(chosen)


class Joined(SimpleListFilter):
    """By the year in which the membership of today began."""

    title = gettext_lazy("joined")
    parameter_name = "joined"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        year = timezone.localdate().year
        return [
            (f"{year}-{year}", _("this year")),
            (f"{year - 1}-{year - 1}", _("last year")),
            (f"{year - 5}-{year}", _("the last five years")),
            (f"-{year - 6}", _("before")),
        ]

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        first, _dash, last = (self.value() or "").partition("-")
        try:
            since = date(int(first), 1, 1) if first else date.min, date(int(last), 12, 31)
        except (ValueError, OverflowError):  # no years
            return rows
        in_force = MembershipPeriod.objects.in_force(timezone.localdate())
        return rows.filter(pk__in=in_force.filter(since__range=since).values("member"))


class RoleMissing(SimpleListFilter):
    """Members of today for whom nobody stands in a role."""

    title = gettext_lazy("nobody is")
    parameter_name = "missing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return RepresentativeRole.choices

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in RepresentativeRole.values:
            return rows
        today = timezone.localdate()
        held = Representative.objects.in_force(today).filter(
            member=OuterRef("pk"), role=self.value()
        )
        return rows.in_force(today).filter(~Exists(held))


class YearlyReply(SimpleListFilter):
    """By the reply to the latest yearly check."""

    title = gettext_lazy("yearly check")
    parameter_name = "reply"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("no", _("no reply")), ("yes", _("replied"))]

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in {"no", "yes"}:
            return rows
        latest = YearlyCheck.objects.order_by("-begun_at").values("pk")[:1]
        asked = CheckedMember.objects.filter(yearly_check__in=latest)
        replies = (
            asked.waited_for(timezone.localdate())
            if self.value() == "no"
            else asked.filter(answered_at__isnull=False)
        )
        return rows.filter(pk__in=replies.values("member"))


class _Labelled(SimpleListFilter):
    labels: Any

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [(label.pk, str(label)) for label in self.labels.objects.all()]

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value() or ""
        if not chosen.isdecimal():
            return rows
        return rows.filter(**{f"{self.labels._meta.model_name}s": chosen})


class BySector(_Labelled):
    labels = Sector
    title = Sector._meta.verbose_name
    parameter_name = "sector"


class BySite(_Labelled):
    labels = Site
    title = Site._meta.verbose_name
    parameter_name = "site"


MEMBER_FILTERS = [Membership, BySector, BySite, Joined, RoleMissing, YearlyReply]
