"""The letters to those who stand for a member company, or stood for it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kip.accounts.models import User
from kip.mail.services import post
from members.models import Member, Representative

AS_REPRESENTATIVE = _("You get this because you stand for a member of the association.")
AS_FORMER = _("You get this because you stood for a member of the association, or were to do so.")
AS_HOLDER = _("You get this because you have a part in the association.")


def named(row: Representative, *, by: User, at: datetime) -> None:
    _post("named", row, at=at, why=AS_REPRESENTATIVE, by=by, link=_own_company(row))


def dates_changed(row: Representative, *, at: datetime) -> None:
    if row.until is None or row.until >= timezone.localdate(at):
        _post("dates_changed", row, at=at, why=AS_REPRESENTATIVE, link=_own_company(row))


def role_ended(row: Representative, *, on: date, at: datetime) -> None:
    """To whoever had the role, or was to have it; not of an end that is past."""
    if on >= timezone.localdate(at):
        _post("role_ended", row, at=at, why=AS_FORMER, on=on, never_begun=on <= row.since)


def stands_in_general(row: Representative, before: str, *, at: datetime) -> None:
    """Two records of the company became one: of two in the role `before`, the other one stays."""
    link = _own_company(row)
    _post("in_general", row, at=at, why=AS_REPRESENTATIVE, before=before, link=link)


def letters_come_back(member: Member, reader: User, who: str, *, at: datetime) -> None:
    """Somebody else of the company cannot be reached: a person by name, or a bare address."""
    post(
        key=f"letters-come-back:{member.pk}:{reader.pk}:{at:%Y%m%dT%H%M%S%f}",
        to=reader,
        template="members/mail/letters_come_back",
        context={"member": member, "who": who},
        why=AS_REPRESENTATIVE,
        about=member.in_letters,
        at=at,
        link=reverse("company_people", args=[member.number]),
        link_text=_("Open the company’s people"),
    )


def records_joined(kept: User, double: User, *, at: datetime) -> None:
    """At both addresses: who had two ways to sign in has one from now on."""
    for person in (kept, double):
        post(
            key=f"records-joined:{person.pk}:{at:%Y%m%dT%H%M%S%f}",
            to=person,
            template="members/mail/records_joined",
            context={"kept": kept.email, "double": double.email},
            why=AS_HOLDER,
            at=at,
            link=reverse("account_login"),
            link_text=_("Sign in"),
        )


def records_parted(one: User, other: User, *, at: datetime) -> None:
    """At both addresses: each signs in with its own again."""
    for person in (one, other):
        post(
            key=f"records-parted:{person.pk}:{at:%Y%m%dT%H%M%S%f}",
            to=person,
            template="members/mail/records_parted",
            context={"address": person.email},
            why=AS_HOLDER,
            at=at,
            link=reverse("account_login"),
            link_text=_("Sign in"),
        )


def settled(person: User, news: Sequence[tuple[str, date, User | None]], *, at: datetime) -> None:
    """What a person held, each with the day on which it ends and who has it from then on."""
    if news:
        post(
            key=f"holdings-settled:{person.pk}:{at:%Y%m%dT%H%M%S%f}",
            to=person,
            template="members/mail/holdings_settled",
            context={"news": news},
            why=AS_HOLDER,
            at=at,
        )


def _own_company(row: Representative) -> str:
    return reverse("own_company", args=[row.member.number])


def _post(
    name: str, row: Representative, *, at: datetime, why: Any, link: str = "", **context: Any
) -> None:
    # The dates may change more than once: each time is an occasion of its own.
    if row.person is not None:
        post(
            key=f"representative-{name.replace('_', '-')}:{row.pk}:{at:%Y%m%dT%H%M%S%f}",
            to=row.person,
            template=f"members/mail/representative_{name}",
            context={"row": row, **context},
            why=why,
            # On what ground somebody's role has ended is for nobody else to read.
            about="" if row.end_ground else row.member.in_letters,
            at=at,
            link=link,
            link_text=_("Open the company’s page"),
        )
