"""The letters of the yearly check: the first one, and its reminders."""

from datetime import datetime
from enum import StrEnum

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kip.mail.services import post
from members.models import Representative, YearlyCheck

AS_PRIMARY = _("You get this because you are the primary representative of a member company.")


class Occasion(StrEnum):
    ASKED = "asked"
    SOON = "soon"
    LATE = "late"


def key(check: YearlyCheck, primary: Representative, occasion: Occasion) -> str:
    """Each person is asked once for a company, and reminded once before and after each date."""
    whom = f"{check.pk}:{primary.member_id}:{primary.person_id}"
    dated = "" if occasion == Occasion.ASKED else f":{check.answer_by}"
    return f"yearly-check-{occasion}:{whom}{dated}"


def asked(check: YearlyCheck, primary: Representative, *, occasion: Occasion, at: datetime) -> None:
    member = primary.member
    post(
        key=key(check, primary, occasion),
        to=primary.person,
        template="members/mail/yearly_check",
        context={"member": member, "check": check, "occasion": occasion.value},
        why=AS_PRIMARY,
        about=member.in_letters,
        at=at,
        link=reverse("own_check", args=[member.number]),
        link_text=_("Look it through"),
    )
