"""Who stands for a member company."""

from typing import Any, ClassVar

import pghistory
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kip.audit.retention import Retention
from kip.mail.models import StoppedAddress
from members.models.periods import ENDS_AFTER_IT_BEGINS, OVERLAPS, ByDay, ByDayQuerySet


class RepresentativeRole(models.TextChoices):
    PRIMARY = "primary", pgettext_lazy("representative", "primary representative")
    VOTING = "voting", pgettext_lazy("representative", "voting representative")
    DEPUTY = "deputy", pgettext_lazy("representative", "deputy voting representative")
    BILLING = "billing", pgettext_lazy("representative", "billing")
    SAFETY = "safety", pgettext_lazy("representative", "safety")
    ENVIRONMENT = "environment", pgettext_lazy("representative", "environment")
    HR = "hr", pgettext_lazy("representative", "HR")
    COMMUNICATIONS = "communications", pgettext_lazy("representative", "communications")
    GENERAL = "general", pgettext_lazy("representative", "general")


# Roles that one person at a time can hold for a company.
HELD_BY_ONE = (RepresentativeRole.PRIMARY, RepresentativeRole.VOTING)


def come_back_since() -> models.Subquery:
    """Since when nothing is sent to a representative, because letters come back; else nothing."""
    stopped = StoppedAddress.objects.filter(
        until=None, address=Coalesce(models.OuterRef("person__email"), models.OuterRef("address"))
    )
    return models.Subquery(stopped.values("since")[:1])


class NotAsked(models.CheckConstraint):
    """Of what the services write in the right way anyhow: no query asks before it is saved."""

    def deconstruct(self) -> Any:
        _path, args, kwargs = super().deconstruct()
        return "django.db.models.CheckConstraint", args, kwargs

    def validate(self, *args: Any, **kwargs: Any) -> None:
        pass


@pghistory.track(
    fields=["member", "person", "role", "since", "until", "end_ground"],
    model_name="RepresentativeEvent",
)
class Representative(ByDay):
    """A person standing for a member company in a role; for billing a bare address may do."""

    TOLD = ("role", "person")
    PERSONAL: ClassVar[dict[str, Retention]] = {
        "address": Retention.CONTACT,
        "end_ground": Retention.RECORD,
    }

    member = models.ForeignKey(
        "members.Member", on_delete=models.PROTECT, related_name="representatives"
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("person"),
    )
    address = models.EmailField(_("e-mail address"), blank=True)
    role = models.CharField(_("role"), max_length=20, choices=RepresentativeRole)
    # Why it ended, where somebody had to say so: e.g. a hand-over without the one who had it.
    end_ground = models.CharField(_("ended on the ground of"), max_length=300, blank=True)

    # The end of its own that a role has which ends with the membership before that. It holds again
    # if the membership goes on after all.
    planned_until = models.DateField(_("was to end"), null=True, blank=True)

    objects = ByDayQuerySet.as_manager()

    class Meta(ByDay.Meta):
        verbose_name = _("representative")
        verbose_name_plural = _("representatives")
        ordering = ["member", "role", "since", "pk"]
        constraints = [
            *(each for each in ByDay.Meta.constraints if each.name != ENDS_AFTER_IT_BEGINS),
            # One that ends as it begins was held on no day: it had begun when a membership turned
            # out to have ended before. `clean` lets nobody type it.
            models.CheckConstraint(
                name="representative_ends_after_it_begins",
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                violation_error_message=_("The end must come after the beginning."),
            ),
            models.CheckConstraint(
                name="representative_is_a_person_or_a_billing_address",
                condition=Q(person__isnull=False, address="")
                | (Q(person__isnull=True, role="billing") & ~Q(address="")),
            ),
            models.CheckConstraint(
                name="representative_planned_end_is_later",
                condition=Q(planned_until__isnull=True)
                | Q(until__isnull=False, planned_until__gt=F("until")),
            ),
            NotAsked(
                name="representative_address_lowercase", condition=Q(address=Lower("address"))
            ),
            ExclusionConstraint(
                name="representative_one_primary_one_voting",
                expressions=[
                    ("member", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    OVERLAPS,
                ],
                condition=Q(role__in=sorted(HELD_BY_ONE)),
                violation_error_message=_("Somebody else has this role then."),
            ),
            ExclusionConstraint(
                name="representative_each_role_once",
                expressions=[
                    ("member", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    ("person", RangeOperators.EQUAL),
                    OVERLAPS,
                ],
                violation_error_message=_("This person has this role then already."),
            ),
            ExclusionConstraint(
                name="representative_each_address_once",
                expressions=[
                    ("member", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    ("address", RangeOperators.EQUAL),
                    OVERLAPS,
                ],
                condition=Q(person__isnull=True),
                violation_error_message=_("This address has this role then already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person or self.address}, {self.get_role_display()}"

    @property
    def mail_address(self) -> str:
        """Where mail for this role goes; empty for a person without an address."""
        return self.address or (self.person.email or "" if self.person else "")
