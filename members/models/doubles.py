"""Two records that are likely one company, or one person, and what became of them."""

from typing import Any, ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kip.audit.retention import Retention
from kip.states import StatefulModel, status_triggers
from members.likeness import Likeness
from members.models.member import Member
from members.states import PAIR, PairStatus


class Pair(StatefulModel):
    """Two records, the older first: `kept` is the one into which the other was merged.

    `changes` is what the merge changed (`kip.undoing`), so that it can be undone; it is forgotten
    when that is not possible any more.
    """

    TRANSITIONS = PAIR
    first: Any
    second: Any
    kept: Any

    status = models.CharField(
        _("status"), max_length=10, choices=PairStatus, default=PairStatus.LIKELY
    )
    likenesses = models.JSONField(_("what they have in common"), default=list)
    found_at = models.DateTimeField(_("found"))
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("settled by"),
    )
    settled_at = models.DateTimeField(_("settled"), null=True)
    changes = models.JSONField(_("what the merge changed"), default=list)

    class Meta:
        abstract = True
        ordering = ["-found_at", "-pk"]
        constraints = [
            models.UniqueConstraint(name="%(class)s_once", fields=["first", "second"]),
            models.CheckConstraint(
                name="%(class)s_older_first", condition=Q(first__lt=F("second"))
            ),
            models.CheckConstraint(
                name="%(class)s_settled_iff_dated",
                condition=Q(status=PairStatus.LIKELY, settled_at__isnull=True)
                | (~Q(status=PairStatus.LIKELY) & Q(settled_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="%(class)s_merged_into_one_of_the_two",
                condition=(
                    Q(status=PairStatus.MERGED, kept__isnull=False)
                    & (Q(kept=F("first")) | Q(kept=F("second")))
                )
                | (~Q(status=PairStatus.MERGED) & Q(kept__isnull=True)),
            ),
        ]
        triggers = status_triggers(PAIR)

    def __str__(self) -> str:
        return f"{self.first} – {self.second}"

    @property
    def double(self) -> Any:
        """The record that was merged into the one kept."""
        return self.other_than(self.kept)

    def other_than(self, kept: Any) -> Any:
        return self.first if kept == self.second else self.second

    @property
    def in_common(self) -> list[str]:
        return [str(Likeness(likeness).label) for likeness in self.likenesses]


def _one_of_two(to: Any, **options: Any) -> models.ForeignKey:
    return models.ForeignKey(to, on_delete=models.PROTECT, related_name="+", **options)


@pghistory.track(fields=["status", "kept"], model_name="CompanyPairEvent")
class CompanyPair(Pair):
    # An address for invoices, and the ground on which somebody's role ended, may be among them.
    PERSONAL: ClassVar[dict[str, Retention]] = {"changes": Retention.CONTACT}

    first = _one_of_two(Member)
    second = _one_of_two(Member)
    kept = _one_of_two(Member, null=True, verbose_name=_("kept"))

    class Meta(Pair.Meta):
        verbose_name = _("company entered twice")
        verbose_name_plural = _("companies entered twice")


@pghistory.track(fields=["status", "kept"], model_name="PersonPairEvent")
class PersonPair(Pair):
    PERSONAL: ClassVar[dict[str, Retention]] = {"changes": Retention.CONTACT}

    first = _one_of_two(settings.AUTH_USER_MODEL)
    second = _one_of_two(settings.AUTH_USER_MODEL)
    kept = _one_of_two(settings.AUTH_USER_MODEL, null=True, verbose_name=_("kept"))

    class Meta(Pair.Meta):
        verbose_name = _("person entered twice")
        verbose_name_plural = _("people entered twice")
