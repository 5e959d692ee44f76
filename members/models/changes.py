"""Changes of the register that a company proposes and the secretary confirms."""

from typing import ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kip.audit.retention import Retention
from kip.states import StatefulModel, status_triggers
from members.models.member import Member
from members.states import CHANGE, ChangeStatus


@pghistory.track(
    fields=["member", "status", "facts", "merge_into", "effective_on"],
    model_name="ProposedChangeEvent",
)
class ProposedChange(StatefulModel):
    """Other registered facts of a member, or its merger into another member."""

    TRANSITIONS = CHANGE
    PERSONAL: ClassVar[dict[str, Retention]] = {"ground": Retention.RECORD}

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="proposed_changes")
    status = models.CharField(
        _("status"), max_length=20, choices=ChangeStatus, default=ChangeStatus.PROPOSED
    )
    # Only those that are to be other than they are, by name of a registered field.
    facts = models.JSONField(_("new facts"), default=dict, blank=True)
    merge_into = models.ForeignKey(
        Member,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("merges into"),
    )
    effective_on = models.DateField(_("in force from"))
    ground = models.TextField(_("why"), blank=True)
    document = models.OneToOneField(
        "documents.Document", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField(_("proposed"))
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    settled_at = models.DateTimeField(_("settled"), null=True)
    reply = models.TextField(_("what the company is told"), blank=True)

    class Meta:
        verbose_name = _("proposed change")
        verbose_name_plural = _("proposed changes")
        ordering = ["-proposed_at"]
        constraints = [
            models.CheckConstraint(
                name="proposed_change_is_of_facts_or_a_merger",
                condition=Q(merge_into__isnull=True) & ~Q(facts={})
                | Q(merge_into__isnull=False, facts={}),
            ),
            models.CheckConstraint(
                name="proposed_change_not_into_itself",
                condition=Q(merge_into__isnull=True) | ~Q(merge_into=F("member")),
            ),
            models.UniqueConstraint(
                name="proposed_change_one_at_a_time",
                fields=["member"],
                condition=Q(status=ChangeStatus.PROPOSED),
            ),
            models.CheckConstraint(
                name="proposed_change_settled_iff_dated",
                condition=Q(status=ChangeStatus.PROPOSED, settled_at__isnull=True)
                | (~Q(status=ChangeStatus.PROPOSED) & Q(settled_at__isnull=False)),
            ),
        ]
        triggers = status_triggers(CHANGE)

    def __str__(self) -> str:
        if self.merge_into_id is not None:
            return str(
                _("%(company)s merges into %(other)s")
                % {"company": self.member, "other": self.merge_into}
            )
        return str(_("%(company)s: change in the register") % {"company": self.member})
