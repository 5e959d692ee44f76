"""The letters when a membership ends, or may end: one function per e-mail."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kip.accounts.models import User
from kip.bylaws.models import Bylaws
from kip.mail.services import post
from members.models import (
    HELD_BY_ONE,
    Expulsion,
    Member,
    Representative,
    RepresentativeRole,
    Resignation,
)

AS_REPRESENTATIVE = _("You get this because you stand for a member company of the association.")
AS_BILLING = _("You get this because invoices of a member company of the association come here.")
AS_SECRETARY = _("You get this because you are the secretary of the association.")


def _to_people(
    name: str,
    member: Member,
    people: Iterable[User],
    *,
    key: str,
    at: datetime,
    link: str = "",
    link_text: Any = "",
    **context: Any,
) -> None:
    for person in dict.fromkeys(people):
        post(
            key=f"{key}:{person.pk}",
            to=person,
            template=f"members/mail/{name}",
            context={"member": member, **context},
            why=AS_REPRESENTATIVE,
            about=member.in_letters,
            at=at,
            link=link,
            link_text=link_text,
        )


def _to_secretaries(
    name: str,
    member: Member,
    *,
    key: str,
    but: User | None,
    at: datetime,
    link: str,
    link_text: Any,
    **context: Any,
) -> None:
    """To all of them but the one who did it."""
    for secretary in User.objects.secretaries():
        if secretary != but:
            post(
                key=f"{key}:secretary:{secretary.pk}",
                to=secretary,
                template=f"members/mail/{name}",
                context={"member": member, **context},
                why=AS_SECRETARY,
                at=at,
                link=link,
                link_text=link_text,
            )


def _speaking_for(member: Member, on: date) -> list[User]:
    """The primary and the voting representative on a local date."""
    rows = Representative.objects.in_force(on).filter(member=member, role__in=HELD_BY_ONE)
    return [row.person for row in rows.select_related("person") if row.person is not None]


def _of(rows: Iterable[Representative]) -> list[User]:
    return [row.person for row in rows if row.person is not None]


def to_billing(
    rows: Iterable[Representative],
    *,
    member: Member,
    key: str,
    on: date,
    at: datetime,
    goes_on: bool = False,
    into: Member | None = None,
) -> None:
    """To the bare addresses among `rows`, each once: what becomes of the invoices sent there.

    From the local date `on` there are none, or (`goes_on`) they come as before; after a merger
    `into` another member, those of that company.
    """
    addresses = {row.address.casefold(): row for row in rows if row.person is None}
    if not addresses:
        return
    contact = Representative.objects.filter(
        member=member, role=RepresentativeRole.PRIMARY, since__lte=on, person__isnull=False
    )
    primary = contact.select_related("person").order_by("-since").first()
    language = Bylaws.objects.in_force_at(at).record_language
    if primary is not None and primary.person is not None:
        language = primary.person.language
    for row in addresses.values():
        post(
            key=f"{key}:billing:{row.pk}",
            to=row.address,
            template="members/mail/billing",
            context={
                "member": member,
                "on": on,
                "over": on <= timezone.localdate(at),
                "goes_on": goes_on,
                "into": into,
            },
            why=AS_BILLING,
            about=member.in_letters,
            language=language,
            at=at,
        )


def _own_company(member: Member) -> dict[str, Any]:
    return {
        "link": reverse("own_company", args=[member.number]),
        "link_text": _("Open your company’s page"),
    }


def _in_the_register(member: Member) -> dict[str, Any]:
    return {
        "link": reverse("admin:members_member_change", args=[member.pk]),
        "link_text": _("Open the company in the register"),
    }


def _hearing(expulsion: Expulsion) -> dict[str, Any]:
    number = expulsion.period.member.number
    return {
        "link": reverse("hearing", args=[number, expulsion.pk]),
        "link_text": _("Read it and answer"),
    }


def resigned(
    resignation: Resignation, ended: Sequence[Representative], *, by: User, at: datetime
) -> None:
    """To everybody whose role ends, to where the invoices go, and to the secretaries."""
    member = resignation.period.member
    over = resignation.effective_on <= timezone.localdate(at)
    context: dict[str, Any] = {"resignation": resignation, "by": by, "over": over}
    key = f"resigned:{resignation.pk}"
    where: dict[str, Any] = {} if over else _own_company(member)
    _to_people("resigned", member, _of(ended), key=key, at=at, **where, **context)
    to_billing(ended, member=member, key=key, on=resignation.effective_on, at=at)
    _to_secretaries(
        "resigned_secretary",
        member,
        key=key,
        but=by,
        at=at,
        **_in_the_register(member),
        **context,
    )


def resignation_taken_back(
    resignation: Resignation, going_on: Sequence[Representative], *, by: User, at: datetime
) -> None:
    member = resignation.period.member
    context: dict[str, Any] = {"resignation": resignation}
    key = f"resignation-taken-back:{resignation.pk}"
    name = "resignation_taken_back"
    _to_people(name, member, _of(going_on), key=key, at=at, **_own_company(member), **context)
    to_billing(going_on, member=member, key=key, on=resignation.effective_on, at=at, goes_on=True)
    _to_secretaries(name, member, key=key, but=by, at=at, **_in_the_register(member), **context)


def hearing(expulsion: Expulsion, *, at: datetime) -> None:
    """To who speaks for the member: what is held against it, and by when it may answer."""
    member = expulsion.period.member
    _to_people(
        "hearing",
        member,
        _speaking_for(member, timezone.localdate(at)),
        key=f"hearing:{expulsion.pk}",
        at=at,
        **_hearing(expulsion),
        expulsion=expulsion,
    )


def answered(expulsion: Expulsion, *, by: User, at: datetime) -> None:
    _to_secretaries(
        "hearing_answered",
        expulsion.period.member,
        key=f"hearing-answered:{expulsion.pk}",
        but=by,
        at=at,
        link=reverse("admin:members_expulsion_change", args=[expulsion.pk]),
        link_text=_("Open the expulsion"),
        expulsion=expulsion,
    )


def expelled(expulsion: Expulsion, ended: Sequence[Representative], *, at: datetime) -> None:
    """To everybody whose role ends, with the reasons. The company's page is theirs no longer.

    Where the invoices go only that it ends.
    """
    period, key = expulsion.period, f"expelled:{expulsion.pk}"
    _to_people("expelled", period.member, _of(ended), key=key, at=at, expulsion=expulsion)
    assert period.until is not None
    to_billing(ended, member=period.member, key=key, on=period.until, at=at)


def not_expelled(expulsion: Expulsion, *, at: datetime) -> None:
    """To who speaks for the member."""
    member = expulsion.period.member
    _to_people(
        "not_expelled",
        member,
        _speaking_for(member, timezone.localdate(at)),
        key=f"not-expelled:{expulsion.pk}",
        at=at,
        **_own_company(member),
        expulsion=expulsion,
    )
