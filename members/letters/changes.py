"""The letters about changes in the register: one function per e-mail."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kip.accounts.models import User
from kip.mail.services import post
from members.letters.application import AS_CONTACT, AS_SECRETARY, contacts_of
from members.letters.leaving import to_billing
from members.models import Member, ProposedChange, Representative

AS_REPRESENTATIVE = _("You get this because you stand for a member company of the association.")


class Move(Protocol):
    """What `members.services.changes.people_in_merger` says of one role."""

    @property
    def role(self) -> Representative: ...
    @property
    def goes_on(self) -> bool: ...


def concerned(change: ProposedChange, *, but: User, at: datetime) -> list[User]:
    """The company's contacts and who proposed it, each once; not the one who settles it."""
    contacts = contacts_of(change.member, timezone.localdate(at))
    return [person for person in dict.fromkeys([*contacts, change.proposed_by]) if person != but]


def proposed(change: ProposedChange, *, by: User, at: datetime) -> None:
    """To every secretary but the one who did it."""
    for secretary in User.objects.secretaries():
        if secretary == by:
            continue
        post(
            key=f"change-proposed:{change.pk}:{secretary.pk}",
            to=secretary,
            template="members/mail/change_proposed",
            context={"change": change, "by": by},
            why=AS_SECRETARY,
            at=at,
            link=reverse("admin:members_proposedchange_change", args=[change.pk]),
            link_text=_("Open the change"),
        )


def confirmed(
    change: ProposedChange, before: Mapping[str, Any], *, to: Iterable[User], at: datetime
) -> None:
    rows = [
        (Member._meta.get_field(name).verbose_name, before[name], fact)  # type: ignore[union-attr]
        for name, fact in change.facts.items()
    ]
    _to_the_company("change_confirmed", change, to, at=at, rows=rows)


def declined(change: ProposedChange, *, to: Iterable[User], at: datetime) -> None:
    _to_the_company("change_declined", change, to, at=at)


def _to_the_company(
    name: str, change: ProposedChange, to: Iterable[User], *, at: datetime, **context: Any
) -> None:
    for person in to:
        post(
            key=f"{name.replace('_', '-')}:{change.pk}:{person.pk}",
            to=person,
            template=f"members/mail/{name}",
            context={"change": change, **context},
            why=AS_CONTACT,
            about=change.member.in_letters,
            at=at,
            link=reverse("own_company", args=[change.member.number]),
            link_text=_("Open the company’s page"),
        )


def merged(
    change: ProposedChange, moves: Iterable[Move], *, to: Iterable[User], at: datetime
) -> None:
    """To everybody who stood for the company, with their own roles, and to its other readers; to
    where its invoices went; and to the contacts of the company that it is part of now.
    """
    into = change.merge_into
    assert into is not None
    moves = list(moves)
    of_person: dict[User, list[Move]] = {person: [] for person in to}
    for move in moves:
        if move.role.person is not None:
            of_person.setdefault(move.role.person, []).append(move)
    for person, own in of_person.items():
        goes_on = any(move.goes_on for move in own)
        post(
            key=f"merged:{change.pk}:{person.pk}",
            to=person,
            template="members/mail/merged",
            context={"change": change, "moves": own},
            why=AS_REPRESENTATIVE,
            about=change.member.in_letters,
            at=at,
            link=reverse("own_company", args=[into.number]) if goes_on else "",
            link_text=_("Open the company’s page"),
        )
    for goes_on in (True, False):
        to_billing(
            [
                move.role
                for move in moves
                if move.goes_on == goes_on and (goes_on or move.role.since < change.effective_on)
            ],
            member=change.member,
            key=f"merged:{change.pk}",
            on=change.effective_on,
            at=at,
            goes_on=goes_on,
            into=into,
        )
    for person in contacts_of(into, timezone.localdate(at)):
        post(
            key=f"merged-into:{change.pk}:{person.pk}",
            to=person,
            template="members/mail/merged_into",
            context={"change": change, "moves": [move for move in moves if move.goes_on]},
            why=AS_CONTACT,
            about=into.in_letters,
            at=at,
            link=reverse("own_company", args=[into.number]),
            link_text=_("Open the company’s page"),
        )
