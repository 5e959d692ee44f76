"""How a matter is decided: by the votes of the seats entitled in it, or at a meeting.

All of it can change while the matter is pending, and nothing of it afterwards.
"""

from typing import ClassVar

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from board.decision import Choice
from board.models.terms import Seat
from board.states import MATTER
from kip.audit.retention import Retention


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

    matter = models.ForeignKey(
        "board.Matter", on_delete=models.PROTECT, related_name="entitlements"
    )
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

    PERSONAL: ClassVar[dict[str, Retention]] = dict.fromkeys(
        ["meeting", "section", "dissents", "reason"], Retention.RECORD
    )

    matter = models.ForeignKey(
        "board.Matter", on_delete=models.PROTECT, related_name="meeting_records"
    )
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
