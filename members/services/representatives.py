"""Who stands for a member company, and from which day until which.

The primary representative keeps the company's people, the secretary those of any company. A role
holds from the first instant of its first day in Helsinki: it is read from the row, by no job.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kip.access import allowed, require
from kip.accounts import services as accounts
from kip.accounts.models import User
from kip.audit.acts import act
from kip.exceptions import DomainError, InvalidTransition, save_or_refuse
from members.letters import people as letters
from members.models import HELD_BY_ONE, Member, Representative, RepresentativeRole
from members.services.locks import locked_member
from members.services.people import PURPOSE


@dataclass(frozen=True)
class Who:
    """Somebody whom a company names: a person of its own, or whoever has an e-mail address."""

    person_id: int | None = None
    email: str = ""
    given_name: str = ""
    family_name: str = ""
    phone: str = ""
    language: str = "fi"

    @property
    def is_bare_address(self) -> bool:
        return bool(
            self.email
            and self.person_id is None
            and not self.given_name.strip()
            and not self.family_name.strip()
        )


@act(gettext_noop("%(who)s named a representative of the company."))
def name_representative(
    *,
    member_id: int,
    role: str,
    who: Who,
    since: date,
    until: date | None = None,
    by: User,
    at: datetime,
) -> Representative:
    """Somebody stands for the company in a role, from a local date that may lie anywhere.

    Whoever cannot sign in yet is invited; for billing an e-mail address without a name is enough.
    Whoever is primary or voting representative on that day is so no longer; one who is recorded to
    begin later stays, and the new one holds until then. No role outlasts the membership.

    Raises `DomainError` on the field at fault.
    """
    member = locked_member(member_id)
    require("members.keep_people", by, member, at=at)
    return appoint(member, role, who, since=since, until=until, by=by, at=at)


@act(gettext_noop("%(who)s handed the company over to a new primary representative."))
def hand_over(
    *, member_id: int, who: Who, since: date, ground: str, by: User, at: datetime
) -> Representative:
    """The secretary names a new primary representative when the company's own has vanished.

    `ground` says what this rests on, in words; it is kept with the role that ends, and told to
    whoever had it, at the old address.
    """
    member = locked_member(member_id)
    require("members.keep_register", by, member, at=at)
    if not ground.strip():
        raise DomainError(_("Say what the hand-over rests on."), field="ground")
    primary = RepresentativeRole.PRIMARY
    return appoint(member, primary, who, since=since, until=None, ground=ground, by=by, at=at)


@act(gettext_noop("%(who)s changed the dates of a representative."))
def change_dates(
    *, representative_id: int, since: date, until: date | None, by: User, at: datetime
) -> Representative:
    """A role begins or ends on another local date; `until` is the first day without it.

    What has been stays on record: the first day of a role that has begun, and an end that has
    passed. Whose turn as primary or voting representative ended when this one begins goes along, so
    that nobody is missing between the two.

    Raises `DomainError` on the field at fault, `InvalidTransition` when the role has ended.
    """
    row = _kept(representative_id, by=by, at=at)
    _refuse_ended(row, at=at)
    if since != row.since and row.since <= timezone.localdate(at):
        raise _first_day_stays(row, since)
    before = _before(row) if since != row.since else None
    if before is None:
        changed = [row]
    elif since <= before.since:
        raise _began_already(before, field="since")
    else:  # whichever makes room comes first
        changed = [before, row] if since < row.since else [row, before]
        _set_end(before, since, ground=before.end_ground, at=at)
    if since != row.since:
        row.since, row.recorded_at = since, at
    own, until = until, _within_membership(row.member, since, until)
    if until != row.until:
        _set_end(row, until, ground=row.end_ground, at=at)
    if own != until:
        row.planned_until = own
    for moved in changed:
        save_or_refuse(moved)
        letters.dates_changed(moved, at=at)
    return row


@act(gettext_noop("%(who)s ended the role of a representative."))
def end_role(*, representative_id: int, until: date, by: User, at: datetime) -> None:
    """A role ends; `until` is the first day without it.

    One that has not been held for a day by then is taken back: if it had been somebody else's until
    it began, that person goes on. Raises `DomainError` on "until", `InvalidTransition` when the
    role has ended.
    """
    row = _kept(representative_id, by=by, at=at)
    _refuse_ended(row, at=at)
    before = _before(row)
    end(row, until=until, at=at)
    letters.role_ended(row, on=until, at=at)
    if until <= row.since and before is not None:
        after = _others(row).reaching(row.since).order_by("since").first()
        goes_on = _within_membership(row.member, before.since, after.since if after else None)
        _set_end(before, goes_on, at=at)
        save_or_refuse(before)
        letters.dates_changed(before, at=at)
    forget_invitation(row, by=by, at=at)


# --- Parts of acts --------------------------------------------------------------------------------


def appoint(
    member: Member,
    role: str,
    who: Who,
    *,
    since: date,
    until: date | None = None,
    ground: str = "",
    tell: bool = True,
    by: User,
    at: datetime,
) -> Representative:
    """Somebody stands for the company in a role, in place of whoever had it if one at a time does.

    With `tell` they and whoever is replaced get letters, and an invitation who needs one. The
    caller has checked who may, and holds the member's lock.
    """
    row = Representative(member=member, role=role, since=since, until=until)
    if role == RepresentativeRole.BILLING and who.is_bare_address:
        row.address = who.email.strip().lower()
    else:
        row.person = person_of(member, who, by=by, at=at)
    if _overlapping(row).filter(person=row.person, address=row.address).exists():
        raise DomainError(_("This person has this role then already."))
    gone = _make_room(row, ground=ground, at=at) if role in HELD_BY_ONE else []
    begin(row, tell=tell, by=by, at=at)
    for ended in gone:
        if tell:
            letters.role_ended(ended, on=since, at=at)
        forget_invitation(ended, by=by, at=at)
    return row


def end(row: Representative, *, until: date, ground: str = "", at: datetime) -> None:
    """The role ends on a local date; one that nobody has held for a day by then goes altogether."""
    if row.until is not None and row.until <= until:
        raise DomainError(_("This role ends by then already."), field="until")
    if until > row.since:
        _set_end(row, until, ground=ground, at=at)
        save_or_refuse(row)
    elif row.since < timezone.localdate(at):
        raise _began_already(row, field="until")
    else:
        Representative.objects.filter(pk=row.pk).delete()


def begin(row: Representative, *, tell: bool = True, by: User, at: datetime) -> None:
    """The role is recorded; with `tell` its person is told, and invited if they cannot sign in."""
    _cap(row)
    row.recorded_at = at
    row.end_recorded_at = at if row.until is not None else None
    save_or_refuse(row)
    person = row.person
    if person is None or not tell:
        return
    letters.named(row, by=by, at=at)
    if person.email and person.is_active and not accounts.can_sign_in(person):
        accounts.invite(person=person, purpose=PURPOSE, about=row.member.name, by=by, at=at)


def forget_invitation(row: Representative, *, by: User, at: datetime) -> None:
    """Who stands for the company no more, and has not accepted its invitation, needs it no more."""
    person, today = row.person, timezone.localdate(at)
    if person is None or row.member.representatives.reaching(today).filter(person=person).exists():
        return
    for invitation in person.invitations.waiting().filter(purpose=PURPOSE, about=row.member.name):
        accounts.take_back_invitation(invitation=invitation, by=by, at=at)


def person_of(member: Member, who: Who, *, by: User, at: datetime) -> User:
    """The person meant, made known if nobody has the address."""
    if who.person_id is not None:
        person = people_of_company(member).filter(pk=who.person_id).first()
        if person is None:
            raise DomainError(_("This is nobody of this company."), field="person")
        return person
    if not who.email and not allowed("members.keep_register", by, member, at=at):
        raise DomainError(_("Give an e-mail address."), field="email")
    return accounts.ensure_person(
        email=who.email,
        given_name=who.given_name,
        family_name=who.family_name,
        phone=who.phone,
        language=who.language,
        by=by,
        at=at,
    )


def people_of_company(member: Member) -> QuerySet[User]:
    """Everybody who stands, stood or will stand for the company."""
    return User.objects.filter(pk__in=member.representatives.values("person"))


def _make_room(row: Representative, *, ground: str, at: datetime) -> Iterable[Representative]:
    """For a role that one person at a time holds; returns the roles that end."""
    gone, today = [], timezone.localdate(at)
    for other in _overlapping(row).select_related("person").order_by("since"):
        if other.since < row.since or other.since == row.since >= today:
            end(other, until=row.since, ground=ground, at=at)
            gone.append(other)
        elif other.since > max(row.since, today):
            row.until = other.since
            break
        else:  # it has been held: nobody else can have had it
            raise _began_already(other, field="since")
    return gone


def _kept(representative_id: int, *, by: User, at: datetime) -> Representative:
    """A role with its company locked, for whoever keeps its people."""
    rows = Representative.objects.filter(pk=representative_id).select_related("person")
    found = rows.first()
    if found is not None:
        member = locked_member(found.member_id)
        require("members.keep_people", by, member, at=at)
        found = rows.first()  # as it stands now that nobody else can change it
    if found is None:
        raise InvalidTransition(_("This role was taken back already."))
    found.member = member
    return found


def _refuse_ended(row: Representative, *, at: datetime) -> None:
    """An end that has passed is the register's: moved, it would say otherwise of days gone by."""
    if row.until is not None and row.until <= timezone.localdate(at):
        raise InvalidTransition(
            _("%(person)s had this role; it ended on %(day)s, and who returns is named again.")
            % {"person": row.person or row.address, "day": formats.date_format(row.until)}
        )


def _first_day_stays(row: Representative, since: date) -> DomainError:
    if since < row.since:
        text = _(
            "The role began on %(day)s. Its first day stays: for the days before it, name the same"
            " person once more, until that day."
        )
    else:
        text = _(
            "The role began on %(day)s. Its first day stays: end the role, and name the person"
            " again from the day on which they return."
        )
    return DomainError(text % {"day": formats.date_format(row.since)}, field="since")


def _others(row: Representative) -> Any:
    return row.member.representatives.filter(role=row.role).exclude(pk=row.pk)


def _overlapping(row: Representative) -> Any:
    others = _others(row).reaching(row.since)
    return others if row.until is None else others.filter(since__lt=row.until)


def _before(row: Representative) -> Any:
    """Whose turn was ended so that this one begins, of a role that one person at a time holds.

    Recorded in one act with it: not who was to end then anyway.
    """
    if row.role not in HELD_BY_ONE:
        return None
    before = _others(row).filter(
        until=row.since, since__lt=row.since, end_recorded_at=row.recorded_at
    )
    return before.select_related("person").first()


def _set_end(row: Representative, until: date | None, *, ground: str = "", at: datetime) -> None:
    row.until = until
    row.end_recorded_at = at if until is not None else None
    row.end_ground = ground if until is not None else ""
    row.planned_until = None


def _cap(row: Representative) -> None:
    """The role ends with the membership at the latest; a later end of its own is kept beside it."""
    own, row.until = row.until, _within_membership(row.member, row.since, row.until)
    row.planned_until = own if own != row.until else None


def _within_membership(member: Member, since: date, until: date | None) -> date | None:
    """`until`, or the end of the membership if that comes first."""
    period = member.periods.in_force(since).first()
    if period is None:
        raise DomainError(_("The company is not a member on that day."), field="since")
    ends = [day for day in (until, period.until) if day is not None]
    return min(ends, default=None)


def _began_already(row: Representative, *, field: str) -> DomainError:
    return DomainError(
        _("%(person)s has had this role since %(day)s: give a later day.")
        % {"person": row.person or row.address, "day": formats.date_format(row.since)},
        field=field,
    )
