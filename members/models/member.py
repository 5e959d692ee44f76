"""Member companies. A `Member` is never a person."""

from collections.abc import Callable
from datetime import date
from typing import Any, ClassVar

import pghistory
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import (
    Case,
    F,
    FilteredRelation,
    OuterRef,
    Prefetch,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Replace
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kip import finding
from kip.content import InTheReadersLanguage
from kip.ordering import Finnish
from members.models.company import COMPANY_FIELDS, Company
from members.models.imports import brought_in_by, kept_as_brought_in
from members.models.labels import Sector, Site
from members.models.periods import OVERLAPS, ByDay, ByDayQuerySet, MembershipPeriod
from members.models.representatives import Representative


class MemberQuerySet(models.QuerySet["Member"]):
    def in_force(self, on: date) -> "MemberQuerySet":
        """Members on a local date."""
        return self.filter(pk__in=MembershipPeriod.objects.in_force(on).values("member"))

    def with_membership(self, on: date) -> "MemberQuerySet":
        """With `since`, the beginning of the membership in force on a local date, and `left`, the
        end of the last one when none is.
        """
        own = MembershipPeriod.objects.filter(member=OuterRef("pk"))
        ended = Subquery(own.filter(until__lte=on).order_by("-until").values("until")[:1])
        return self.with_since(on).annotate(
            left=Case(When(since=None, then=ended), output_field=models.DateField())
        )

    def members_since(self, on: date) -> "MemberQuerySet":
        """Members on a local date, each with `since`: in one step what `in_force` and `with_since`
        do in two, for long lists.
        """
        then = Q(periods__since__lte=on) & (
            Q(periods__until__isnull=True) | Q(periods__until__gt=on)
        )
        joined = self.alias(period_then=FilteredRelation("periods", condition=then))
        return joined.filter(period_then__isnull=False).annotate(since=F("period_then__since"))

    def with_since(self, on: date) -> "MemberQuerySet":
        """With `since` alone."""
        own = MembershipPeriod.objects.filter(member=OuterRef("pk"))
        return self.annotate(since=Subquery(own.in_force(on).order_by().values("since")))

    def with_standing(self, on: date) -> "MemberQuerySet":
        """With `standing`: who stands for each on a local date or will later, and as what."""
        rows = Representative.objects.reaching(on).select_related("person")
        return self.prefetch_related(Prefetch("representatives", rows, to_attr="standing"))

    def apart_from_doubles(self) -> "MemberQuerySet":
        """Each company once: not the rows that were merged into another one."""
        return self.filter(double_of=None)

    def represented_by(self, person: Any, on: date) -> "MemberQuerySet":
        return self.filter(
            pk__in=Representative.objects.in_force(on).filter(person=person).values("member")
        )


# What the statutory register says of a company (§ 11), and what names it: the company proposes a
# change of these, and the secretary confirms it. What they were before is kept by its dates.
REGISTERED_FIELDS = ["name", "legal_form", "domicile", "country", "register", "business_id"]

# What a company keeps of itself, besides what its application said.
OWN_FIELDS = [
    *["headcount", "chemicals", "seveso", "certificates"],
    *["about_fi", "about_sv", "about_en"],
    *["einvoice_address", "einvoice_operator"],
]

# What a company changes at once, and nobody confirms; its labels and its logo besides.
KEPT_BY_ITSELF = [*(name for name in COMPANY_FIELDS if name not in REGISTERED_FIELDS), *OWN_FIELDS]


# A business ID is typed with its hyphen or without.
BARE_ID = Replace("business_id", Value("-"), Value(""))


class Seveso(models.TextChoices):
    """The tier of the Seveso III directive (2012/18/EU) that a company's establishment has."""

    NONE = "none", pgettext_lazy("Seveso", "not an establishment under the directive")
    LOWER = "lower", pgettext_lazy("Seveso", "lower tier")
    UPPER = "upper", pgettext_lazy("Seveso", "upper tier")


@pghistory.track(
    fields=["number", *COMPANY_FIELDS, "registered_since", *OWN_FIELDS, "logo", "double_of"],
    model_name="MemberEvent",
)
class Member(InTheReadersLanguage, Company):
    """A member company. Whether it is a member on a day is told by its membership periods.

    What the register says of it holds since `registered_since`; `FormerFacts` keeps what it said
    before.
    """

    IMPERSONAL: ClassVar[dict[str, str]] = {
        **Company.IMPERSONAL,
        "einvoice_address": "the e-invoice address of a company",
    }

    number = models.PositiveIntegerField(_("member number"), unique=True, editable=False)
    registered_since = models.DateField(_("registered so since"), editable=False)
    # Somebody entered this company twice, and this row was merged into the other one. It has no
    # membership, and so is in no register and in no directory.
    double_of = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="doubles",
        verbose_name=_("the same company as"),
    )

    sectors = models.ManyToManyField(Sector, blank=True, related_name="+", verbose_name=_("sector"))
    sites = models.ManyToManyField(
        Site, blank=True, related_name="+", verbose_name=_("sites in the Park")
    )
    headcount = models.PositiveIntegerField(_("people employed in the Park"), null=True, blank=True)
    chemicals = models.TextField(
        _("hazardous chemicals"),
        blank=True,
        help_text=_("Which are made, used or stored in the Park."),
    )
    seveso = models.CharField(_("Seveso tier"), max_length=10, choices=Seveso, blank=True)
    certificates = models.TextField(
        _("certificates"), blank=True, help_text=_("One on each line, e.g. ISO 14001.")
    )
    logo = models.OneToOneField(
        "documents.Document", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    about_fi = models.TextField(_("about the company, in Finnish"), blank=True)
    about_sv = models.TextField(_("about the company, in Swedish"), blank=True)
    about_en = models.TextField(_("about the company, in English"), blank=True)
    einvoice_address = models.CharField(
        _("e-invoice address"),
        max_length=40,
        blank=True,
        help_text=_("In Finland an OVT number like 003712345671, or an IBAN."),
    )
    einvoice_operator = models.CharField(_("e-invoice operator"), max_length=40, blank=True)

    # What everybody may know of it: it is found by this on public pages too.
    found_by = finding.column("name", "business_id", BARE_ID, "domicile", "location")

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("member company")
        verbose_name_plural = _("member companies")
        ordering = ["number"]
        indexes = [
            models.Index(Finnish("name"), "id", name="member_finnish_order"),
            finding.index("member_found_by"),
        ]
        constraints = [
            models.UniqueConstraint(
                name="member_one_per_company",
                fields=["registration_key"],
                condition=~Q(registration_key=""),
            )
        ]

    def get_absolute_url(self) -> str:
        """Its page in the public directory, in the reader's language, while it is a member."""
        return reverse("member_page", args=[self.number])

    @property
    def about(self) -> str:
        return self.in_readers_language("about")

    @property
    def about_language(self) -> str:
        return self.language_of("about")

    @property
    def logo_url(self) -> str:
        """Where everybody sees the logo; empty without one. Another logo has another address."""
        if self.logo is None or self.logo.is_erased:
            return ""
        return reverse("member_logo", args=[self.number, self.logo.sha256[:16]])

    @property
    def in_letters(self) -> str:
        """How a letter says that it is about this company: `kip.mail.services.post(about=…)`."""
        return f"member:{self.pk}"

    def registered_facts(self) -> dict[str, Any]:
        """What the register says of it now, by field name."""
        return {name: getattr(self, name) for name in REGISTERED_FIELDS}


def _comes_and_goes(model_name: str) -> Callable[[type], type]:
    """For a many-to-many relation: history tells what a company was put under, and taken from."""
    return pghistory.track(
        pghistory.InsertEvent(), pghistory.DeleteEvent(), obj_field=None, model_name=model_name
    )


@_comes_and_goes("MemberSectorEvent")
class MemberSector(Member.sectors.through):  # type: ignore[misc, name-defined]
    TOLD = ("sector",)

    class Meta:
        proxy = True
        verbose_name = _("sector")


@_comes_and_goes("MemberSiteEvent")
class MemberSite(Member.sites.through):  # type: ignore[misc, name-defined]
    TOLD = ("site",)

    class Meta:
        proxy = True
        verbose_name = _("site in the Park")


@pghistory.track(fields=[*REGISTERED_FIELDS, "since", "until"], model_name="FormerFactsEvent")
class FormerFacts(ByDay):
    """What the register said of a member company before it said what it says now."""

    IMPERSONAL: ClassVar[dict[str, str]] = {"name": "the name of a company"}

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="former_facts")
    name = models.CharField(_("name of the company"), max_length=200)
    legal_form = models.CharField(_("legal form"), max_length=60, blank=True)
    domicile = models.CharField(_("domicile"), max_length=100, blank=True)
    country = models.CharField(_("country of registration"), max_length=2)
    register = models.CharField(_("register"), max_length=100, blank=True)
    business_id = models.CharField(_("business ID"), max_length=40, blank=True)

    brought_in_by = brought_in_by()

    found_by = finding.column("name", "business_id", BARE_ID)

    objects = ByDayQuerySet.as_manager()

    class Meta(ByDay.Meta):
        verbose_name = _("earlier facts of a company")
        verbose_name_plural = _("earlier facts of companies")
        ordering = ["-since"]
        indexes = [finding.index("former_facts_found_by")]
        constraints = [
            *ByDay.Meta.constraints,
            ExclusionConstraint(
                name="former_facts_do_not_overlap",
                expressions=[("member", RangeOperators.EQUAL), OVERLAPS],
            ),
        ]
        triggers = [kept_as_brought_in("member_id")]

    def __str__(self) -> str:
        return f"{self.name}: {self.since} – {self.until}"
