"""A person leaves an employer: everything they hold in the association, settled in one act."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from kip.access import require
from kip.accounts import services as accounts
from kip.accounts.models import User
from kip.audit.acts import act
from kip.exceptions import DomainError, InvalidTransition
from members.letters import people as letters
from members.models import Representative
from members.services import representatives
from members.services.locks import locked_members
from members.services.news import Holding, holdings_of
from members.services.representatives import Who


def everything_held(person: User, *, at: datetime) -> list[Holding]:
    """What a person holds at an instant, or will hold by what is recorded.

    The sign-in comes last: a person is locked after whatever they hold.
    """
    found = [holding for held in holdings_of(person=person, at=at) for holding in held]
    if accounts.can_sign_in(person):
        found.append(
            Holding(
                key=f"sign_in:{person.pk}",
                text=_("Signing in to KIP"),
                since=timezone.localdate(person.known_since),
                permission="accounts.set_sign_in",
                settle=partial(_end_sign_in, person),
            )
        )
    return found


def roles_held(*, person: User, at: datetime) -> list[Holding]:
    """The roles in which a person stands for member companies, now or later."""
    rows = Representative.objects.reaching(timezone.localdate(at)).filter(person=person)
    return [
        Holding(
            key=f"representative:{row.pk}",
            text=f"{row.member}: {capfirst(row.get_role_display())}",
            since=row.since,
            permission="members.keep_people",
            settle=partial(_settle_role, row),
            member=row.member,
            may_move=True,
        )
        for row in rows.select_related("member", "person").order_by("member__name", "pk")
    ]


@act(gettext_noop("%(who)s settled what a person holds, who leaves an employer."))
def settle_holdings(
    *, person_id: int, on: date, choices: Mapping[str, Who | None], by: User, at: datetime
) -> None:
    """What a person holds ends on a local date, or passes to somebody else.

    `choices` by the keys of `everything_held`: None to end, or who is to have it; what is not named
    is kept. The primary representative settles the roles of the own company, the secretary all. The
    person hears of it in one letter; whoever takes a role over is told and invited.

    Raises `DomainError` with the key as field, or `InvalidTransition` when it is held no longer.
    """
    if not choices:
        raise DomainError(_("Choose what ends, or who has it from then on."))
    person = User.objects.get(pk=person_id)
    today = timezone.localdate(at)
    rows = Representative.objects.reaching(today).filter(person=person)
    locked_members(*rows.values_list("member", flat=True))
    held = {holding.key: holding for holding in everything_held(person, at=at)}
    if not choices.keys() <= held.keys():
        raise InvalidTransition(_("This person holds something else by now: look again."))
    # Before anything ends: who settles their own roles may finish it.
    for key in choices:
        require(held[key].permission, by, held[key].member, at=at)
    with override(person.language):
        words = {holding.key: holding.text for holding in everything_held(person, at=at)}
    news = []
    for key, holding in held.items():
        if key not in choices:
            continue
        to = _who_has_it_then(holding, choices[key], by=by, at=at)
        try:
            holding.settle(to=to, on=on, by=by, at=at)
        except DomainError as error:
            raise DomainError(error.message, field=key) from error
        if on >= today or holding.member is None:
            news.append((words[key], max(on, today), to))
    letters.settled(person, news, at=at)


def _who_has_it_then(holding: Holding, who: Who | None, *, by: User, at: datetime) -> User | None:
    if who is None:
        return None
    if holding.member is None or not holding.may_move:
        raise DomainError(_("This cannot pass to somebody else."), field=holding.key)
    return representatives.person_of(holding.member, who, by=by, at=at)


def _settle_role(row: Representative, *, to: User | None, on: date, by: User, at: datetime) -> None:
    until, begins = row.planned_until or row.until, max(on, row.since)
    representatives.end(row, until=on, at=at)
    if to is not None:
        moved = Representative(
            member=row.member, person=to, role=row.role, since=begins, until=until
        )
        representatives.begin(moved, by=by, at=at)
    representatives.forget_invitation(row, by=by, at=at)


def _end_sign_in(person: User, *, to: User | None, on: date, by: User, at: datetime) -> None:
    if on > timezone.localdate(at):
        raise DomainError(
            _(
                "Signing in ends at once, not on a later day: keep it until then. Who signs in when"
                " the roles have ended sees nothing of the company."
            )
        )
    accounts.set_sign_in(
        person=person, is_active=False, is_superuser=person.is_superuser, by=by, at=at
    )
