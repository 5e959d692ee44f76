"""How a yearly check stands: for a company that is asked."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from members.models import CheckedMember, Member, YearlyCheck


@dataclass(frozen=True)
class OwnCheck:
    """The latest check that asked a company."""

    asked: CheckedMember

    @property
    def check(self) -> YearlyCheck:
        return self.asked.yearly_check

    @property
    def waits(self) -> bool:
        """For the company, which is a member and has not answered."""
        return self.asked.answered_at is None and self.check.closed_at is None

    @property
    def is_late(self) -> bool:
        return timezone.localdate() > self.check.answer_by

    @property
    def sentence(self) -> str:
        """Where it stands, in words."""
        if self.asked.answered_at is not None:
            return _("%(person)s said on %(day)s that all of this was right.") % {
                "person": self.asked.answered_by,
                "day": formats.date_format(timezone.localdate(self.asked.answered_at)),
            }
        day = {"day": formats.date_format(self.check.answer_by)}
        if not self.waits:
            return _("The check is closed. What you change is kept all the same.")
        if self.is_late:
            return _("The association asked for an answer by %(day)s. Please give it now.") % day
        return _("The association asks for an answer by %(day)s.") % day


def own_check(member: Member, *, at: datetime) -> OwnCheck | None:
    """The latest check that asked the company; None when none has, or it is no member now."""
    rows = CheckedMember.objects.filter(
        member=member, member__in=Member.objects.in_force(timezone.localdate(at))
    )
    asked = rows.select_related("yearly_check", "answered_by").order_by("-yearly_check_id").first()
    return None if asked is None else OwnCheck(asked)
