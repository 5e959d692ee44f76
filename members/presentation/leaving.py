"""How the end of a membership is shown: what ends with it, resignations and expulsions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils import formats, timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from members.models import Expulsion, Member, MembershipPeriod, Resignation
from members.presentation.company import Fact
from members.services import NextAct, ends_with_membership
from members.states import ExpulsionStatus

EXPULSION_TONES = {
    ExpulsionStatus.HEARING: "due",
    ExpulsionStatus.HEARD: "sea",
    ExpulsionStatus.BEFORE_BOARD: "sea",
    ExpulsionStatus.EXPELLED: "wrong",
    ExpulsionStatus.DROPPED: "neutral",
}


def consequences_of_ending(member: Member, on: date) -> list[str]:
    """What ends with a membership on a local date, said beforehand."""
    rows = member.representatives.reaching(on).select_related("person")
    people = list(dict.fromkeys(str(row.person or row.address) for row in rows))
    today = timezone.localdate()
    names = {"names": ", ".join(people)}
    return [
        _("The membership ends today.")
        if on <= today
        else _("The membership ends on %(day)s.") % {"day": formats.date_format(on)},
        *(
            [
                _("From then on nobody stands for the company or acts for it here: %(names)s.")
                % names
            ]
            if people
            else []
        ),
        *(text for texts in ends_with_membership(member=member, on=on) for text in texts),
    ]


def resignation_facts(resignation: Resignation) -> list[Fact]:
    facts = [
        (_("Received"), formats.date_format(resignation.received_on)),
        (_("How it came"), str(resignation.get_channel_display())),
        (_("Membership ends on"), formats.date_format(resignation.effective_on)),
        (_("Statement"), resignation.statement),
        (
            _("Signed by who may sign for the company"),
            _("stated so") if resignation.has_authority else _("see the document"),
        ),
        (_("Recorded by"), str(resignation.recorded_by)),
    ]
    if resignation.consent:
        facts.append((_("Taken back; the board agreed"), resignation.consent))
    return [(label, value) for label, value in facts if value]


def expulsion_facts(expulsion: Expulsion) -> list[Fact]:
    """The case, the hearing, and the decision once there is one."""
    no_hearing = _("no hearing: membership fees are not paid")
    answer = expulsion.answer
    if not answer:
        answer = _("see the document") if expulsion.answer_document_id else _("none so far")
    facts = [
        (_("Ground"), capfirst(str(expulsion.get_ground_display()))),
        (_("The facts"), expulsion.facts),
        (_("Decided by"), str(expulsion.get_decided_by_display())),
        (
            _("To answer by"),
            formats.date_format(expulsion.answer_by) if expulsion.answer_by else no_hearing,
        ),
        (_("The member’s answer"), answer),
    ]
    if expulsion.answered_at is not None:
        answered = timezone.localtime(expulsion.answered_at)
        facts.append((_("Answered"), formats.date_format(answered, "DATETIME_FORMAT")))
    if expulsion.resolution:
        facts.append((_("Decision"), expulsion.resolution))
    if expulsion.reasons:
        facts.append((_("Reasons"), expulsion.reasons))
    return facts


@dataclass(frozen=True)
class Leaving:
    """How a member stands to leave: its membership, what was resigned, who wants to expel it."""

    period: MembershipPeriod | None  # the membership in force
    resignations: list[Resignation]
    expulsions: list[Expulsion]
    acts: list[NextAct]

    @property
    def hearings(self) -> list[Expulsion]:
        """Those about which the member is asked."""
        return [row for row in self.expulsions if row.status == ExpulsionStatus.HEARING]


def leaving_of(member: Member, periods: Iterable[MembershipPeriod], *, at: datetime) -> Leaving:
    """For the secretary: all that there was in its `periods`, and what can be done."""
    resignations = list(Resignation.objects.filter(period__member=member))
    expulsions = list(Expulsion.objects.filter(period__member=member))
    today = timezone.localdate(at)
    period = next((row for row in periods if row.holds(today)), None)
    acts = []
    if period is not None:
        if period.until is None:
            acts.append((_("Record a resignation"), "resignation_record"))
        if not any(row.is_open for row in expulsions):
            acts.append((_("Open an expulsion"), "expulsion_open"))
        doubted = period.doubted_at is not None
        text = _("Settle the doubt") if doubted else _("Flag for the board: conditions in doubt")
        acts.append((text, "expulsion_doubt"))
    return Leaving(
        period,
        resignations,
        expulsions,
        [NextAct(t, reverse(f"admin:members_{name}", args=[member.pk])) for t, name in acts],
    )


def own_leaving(member: Member, *, speaks: bool, at: datetime) -> Leaving:
    """For the company's own people: only who speaks for it reads what is held against it."""
    period = member.periods.in_force_at(at).first()
    acts, expulsions = [], []
    if speaks and period is not None:
        expulsions = list(Expulsion.objects.filter(period=period))
        if period.until is None:
            url = reverse("resign", args=[member.number])
            acts.append(NextAct(_("Resign the membership"), url))
    return Leaving(period, [], expulsions, acts)
