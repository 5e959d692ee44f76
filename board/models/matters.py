"""The questions put to the board, and the papers for it."""

from typing import Any, ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from board.models.deciding import Entitlement, MeetingRecord
from board.models.terms import Term
from board.states import MATTER, MatterStatus
from kip.audit.retention import Retention
from kip.states import StatefulModel, status_triggers
from members.models import Company, Expulsion


def proposed_admission(application: Company) -> str:
    """What the board is asked to resolve about an applicant, in the reader's language."""
    return _("%(company)s, domicile %(domicile)s, is admitted as a member.") % {
        "company": application.name,
        "domicile": application.domicile,
    }


def proposed_expulsion(expulsion: Expulsion) -> str:
    """What the board is asked to resolve about a member, in the reader's language."""
    member = expulsion.period.member
    return _("%(company)s, domicile %(domicile)s, is expelled from the association.") % {
        "company": member.name,
        "domicile": member.domicile,
    }


class MatterKind(models.TextChoices):
    ADMISSION = "admission", _("admission of a member")
    EXPULSION = "expulsion", _("expulsion of a member")
    OTHER = "other", _("other matter")


class MatterQuerySet(models.QuerySet["Matter"]):
    def pending(self) -> "MatterQuerySet":
        """Not yet decided, closed or stopped."""
        return self.filter(status__in=MATTER.open)

    def with_subject(self) -> "MatterQuerySet":
        """With the company that each is about, which names it."""
        return self.select_related("application", "expulsion__period__member")

    def same_questions(self, matters: list["Matter"]) -> "MatterQuerySet":
        """These matters, and those that `is_same_question` with one of them."""
        applications = [m.application_id for m in matters if m.application_id is not None]
        expulsions = [m.expulsion_id for m in matters if m.expulsion_id is not None]
        return self.filter(
            Q(pk__in=[matter.pk for matter in matters])
            | Q(application__in=applications)
            | Q(expulsion__in=expulsions)
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
    PERSONAL: ClassVar[dict[str, Retention]] = {
        "title": Retention.RECORD,
        "proposal": Retention.RECORD,
    }
    waiting_records: list[MeetingRecord]  # with `waiting_records()`

    kind = models.CharField(_("kind"), max_length=20, choices=MatterKind)
    status = models.CharField(
        _("status"), max_length=20, choices=MatterStatus, default=MatterStatus.OPEN
    )
    # An admission or expulsion is named after its company, in the reader's language.
    title = models.CharField(_("title"), max_length=200, blank=True)
    proposal = models.TextField(
        _("proposal"), blank=True, help_text=_("What the board is asked to resolve.")
    )
    application = models.ForeignKey(
        "members.Application", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    expulsion = models.ForeignKey(
        "members.Expulsion", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
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
                name="matter_expulsion_iff_expulsion",
                condition=Q(kind="expulsion", expulsion__isnull=False)
                | (~Q(kind="expulsion") & Q(expulsion__isnull=True)),
            ),
            models.CheckConstraint(
                name="matter_says_what_it_is",
                condition=Q(kind__in=["admission", "expulsion"]) | ~Q(title=""),
            ),
            models.UniqueConstraint(
                name="matter_one_pending_per_application",
                fields=["application"],
                condition=Q(status__in=sorted(MATTER.open)),
            ),
            models.UniqueConstraint(
                name="matter_one_pending_per_expulsion",
                fields=["expulsion"],
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
        if self.application is not None:
            return _("Admission of %(company)s") % {"company": self.application.name}
        return str(self.expulsion) if self.expulsion is not None else self.title

    @property
    def proposed(self) -> str:
        """What the board is asked to resolve."""
        if self.proposal:
            return self.proposal
        if self.application is not None:
            return proposed_admission(self.application)
        return proposed_expulsion(self.expulsion) if self.expulsion is not None else ""

    def needs_reason(self, *, carried: bool) -> bool:
        """Whether the company is to be told why: it is not admitted, or it is expelled (§ 15)."""
        return self.kind == (MatterKind.EXPULSION if carried else MatterKind.ADMISSION)

    @property
    def is_open(self) -> bool:
        return self.status == MatterStatus.OPEN

    @property
    def is_pending(self) -> bool:
        return self.status in MATTER.open

    def is_same_question(self, other: "Matter") -> bool:
        """Whether they are about the same application or expulsion, or one takes up the other."""
        return (
            self.pk == other.pk
            or (self.application_id is not None and self.application_id == other.application_id)
            or (self.expulsion_id is not None and self.expulsion_id == other.expulsion_id)
            or self.takes_up_id == other.pk
            or other.takes_up_id == self.pk
        )


class MatterDocument(models.Model):
    """A paper for the board. A matter taken up anew has those of the matter before it too."""

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="papers")
    document = models.ForeignKey("documents.Document", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("paper")
        verbose_name_plural = _("papers")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(name="paper_once_per_matter", fields=["matter", "document"])
        ]

    def __str__(self) -> str:
        return str(self.document)
