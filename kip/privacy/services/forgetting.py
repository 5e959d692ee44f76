"""What has been kept long enough, and its erasure: a person confirms, the clock carries out."""

import logging
from collections.abc import Collection, Iterable
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from kip.access import require
from kip.accounts.models import User
from kip.audit.acts import act
from kip.audit.models import Ground
from kip.audit.retention import Retention
from kip.audit.services import PersonalRows, erase_rows, redact, refusals
from kip.bylaws.models import Bylaws
from kip.exceptions import DomainError, NotAllowed
from kip.hooks import Hook
from kip.privacy.models import UNDONE_WITHIN, DataRequest, Erasure, RequestKind
from kip.privacy.periods import months_after
from kip.privacy.states import ERASURE, ErasureStatus

log = logging.getLogger(__name__)

# In months, as the bylaws say them.
PERIODS = ["contact_months", "application_months", "correspondence_months"]

# receiver(at=datetime) -> Iterable[(a person's id, until when)]: None while it holds.
ties: Hook[Iterable[tuple[int, date | datetime | None]]] = Hook(
    "What parts people have in the association, and until when."
)


@dataclass(frozen=True)
class Due:
    """A person who has had no part in the association for as long as the bylaws say."""

    person: User
    since: date


@dataclass(frozen=True)
class Expired:
    """Rows of one kind that have been kept long enough, whoever they are about.

    `key` names the part ("mail.letters") in the plan for its erasure; `name` says it to people.
    """

    key: str
    name: str | Promise
    retention: Retention
    count: int = 0
    oldest: datetime | None = None
    parts: list[PersonalRows] = field(default_factory=list)


# receiver(at=datetime, rules=Bylaws) -> list[Expired], empty parts too.
expired: Hook[list[Expired]] = Hook("What rows have been kept long enough by these bylaws.")


def expired_parts(*, at: datetime) -> list[Expired]:
    """Of which there is something to erase."""
    return [part for part in parts_by_key(at=at).values() if part.count]


def parts_by_key(*, at: datetime, rules: Bylaws | None = None) -> dict[str, Expired]:
    """What was kept long enough at the instant `at`, by `rules` or else by the bylaws of then."""
    rules = rules or Bylaws.objects.in_force_at(at)
    return {part.key: part for parts in expired(at=at, rules=rules) for part in parts}


def _milder(one: Bylaws, other: Bylaws) -> Bylaws:
    """The longer of both versions' periods."""
    rules = copy(one)
    for name in PERIODS:
        setattr(rules, name, max(getattr(one, name), getattr(other, name)))
    return rules


def people_due(*, at: datetime, only: Collection[int] | None = None) -> list[Due]:
    """Those whose last part ended so long ago, the longest first; not those planned already.

    A fixed number of queries. Who is known and never had a part counts from when they were known.
    """
    rules = Bylaws.objects.in_force_at(at)
    today = timezone.localdate(at)
    last: dict[int, date] = {}
    holding: set[int] = set()
    for person_id, until in (tie for found in ties(at=at) for tie in found):
        day = timezone.localdate(until) if isinstance(until, datetime) else until
        if day is None or day > today:
            holding.add(person_id)
        else:
            last[person_id] = max(day, last.get(person_id, day))
    cutoff = months_after(today, -rules.contact_months)
    due = {pk: day for pk, day in last.items() if day <= cutoff and pk not in holding}
    if only is not None:
        due = {pk: day for pk, day in due.items() if pk in only}
    planned = Erasure.objects.filter(status__in=ERASURE.open, person__isnull=False)
    people = (
        User.objects.apart_from_doubles()
        .exclude(email=None, given_name="", family_name="", is_active=False)
        .exclude(pk__in=planned.values("person"))
        .in_bulk(list(due))
    )
    found = [Due(person, due[pk]) for pk, person in people.items()]
    return sorted(found, key=lambda each: (each.since, each.person.pk))


def long_enough(*, at: datetime) -> tuple[dict[int, date], dict[str, tuple[int, date]]]:
    """Who and what has been kept long enough, and since which day: people by their id; by the key
    of a part, how many rows. For the desk: looked up once a day, because it costs many queries.
    """
    key = f"kept-long-enough:{timezone.localdate(at).isoformat()}"
    found: tuple[dict[int, date], dict[str, tuple[int, date]]] | None = cache.get(key)
    if found is None:
        rules = Bylaws.objects.in_force_at(at)
        found = (
            {
                due.person.pk: months_after(due.since, rules.contact_months)
                for due in people_due(at=at)
            },
            {
                part.key: (
                    part.count,
                    months_after(
                        timezone.localdate(part.oldest), getattr(rules, f"{part.retention}_months")
                    ),
                )
                for part in expired_parts(at=at)
            },
        )
        cache.set(key, found, timeout=86400)
    return found


def why_not(person: User, *, at: datetime) -> list[str]:
    """What stands against erasing this person now, as sentences that say how to mend it."""
    reasons = [reason for found in refusals(person=person, at=at) for reason in found]
    return list(dict.fromkeys(reasons))


@act(gettext_noop("%(who)s confirmed that a person is to be erased."))
def plan_erasure(
    *, person: User, ground: str, request_id: int | None = None, by: User, at: datetime
) -> Erasure:
    """Confirm an erasure (GDPR, article 17). It is carried out in thirty days, unless taken back.

    Raises `NotAllowed`; `DomainError` when the person has a part in the association that has to
    end first, or when it is planned already.
    """
    require("privacy.handle", by, person, at=at)
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    _refuse_unless_possible(person, ground, at)
    if Erasure.objects.filter(person=person, status__in=ERASURE.open).exists():
        raise DomainError(_("The erasure of this person is planned already."))
    request = None
    if request_id is not None:
        request = DataRequest.objects.filter(person=person, kind=RequestKind.ERASURE).get(
            pk=request_id
        )
    return _plan(person=person, ground=Ground(ground), request=request, by=by, at=at)


@act(gettext_noop("%(who)s confirmed that what has been kept long enough is to be erased."))
def plan_expired(
    *, people: Collection[int], parts: Collection[str], by: User, at: datetime
) -> list[Erasure]:
    """Confirm a batch: people who are due, and parts of which rows have expired. All or nothing."""
    require("privacy.handle", by, at=at)
    if not people and not parts:
        raise DomainError(_("Choose somebody or something first."))
    planned = []
    for person in User.objects.filter(pk__in=people).order_by("pk"):
        try:
            planned.append(plan_erasure(person=person, ground=Ground.EXPIRED, by=by, at=at))
        except NotAllowed:
            raise
        except DomainError as error:  # of many, whom it is about
            raise DomainError(f"{person}: {error}") from error
    known = parts_by_key(at=at)
    for key in parts:
        if key not in known or not known[key].count:
            raise DomainError(_("Nothing of this has been kept long enough."))
        if Erasure.objects.filter(part=key, status__in=ERASURE.open).exists():
            raise DomainError(_("This erasure is planned already."))
        planned.append(_plan(part=key, ground=Ground.EXPIRED, by=by, at=at))
    return planned


def _plan(*, by: User, at: datetime, **what: Any) -> Erasure:
    return Erasure.objects.create(planned_by=by, planned_at=at, due_at=at + UNDONE_WITHIN, **what)


def _refuse_unless_possible(person: User, ground: str, at: datetime) -> None:
    if reasons := why_not(person, at=at):
        raise DomainError(" ".join(reasons))
    if ground == Ground.EXPIRED and not _is_due(person, at):
        raise DomainError(
            _("This person has, or has had of late, a part in the association: it is too early.")
        )


def _is_due(person: User, at: datetime) -> bool:
    rules = Bylaws.objects.in_force_at(at)
    cutoff = months_after(timezone.localdate(at), -rules.contact_months)
    for person_id, until in (tie for found in ties(at=at) for tie in found):
        if person_id == person.pk:
            day = timezone.localdate(until) if isinstance(until, datetime) else until
            if day is None or day > cutoff:
                return False
    return True


@act(gettext_noop("%(who)s took back an erasure before it was carried out."))
def undo_erasure(*, erasure_id: int, by: User, at: datetime) -> Erasure:
    """Take back an erasure that was confirmed, or lay aside one that could not be carried out.

    Raises `InvalidTransition` once it is done.
    """
    require("privacy.handle", by, at=at)
    erasure = Erasure.objects.select_for_update(of=["self"]).get(pk=erasure_id)
    erasure.move_to(ErasureStatus.UNDONE, ended_at=at)
    return erasure


def carry_out_due(*, at: datetime) -> int:
    """Everything whose thirty days are over, each in a transaction of its own. Returns how many.

    One that fails holds up no other: it is stopped, and the desk says so.
    """
    due = Erasure.objects.filter(status=ErasureStatus.PLANNED, due_at__lte=at)
    done = 0
    for pk in due.order_by("due_at", "pk").values_list("pk", flat=True):
        try:
            erasure = carry_out(erasure_id=pk, by=None, at=at)
        except Exception:
            log.exception("Erasure %s failed", pk)
            stop_erasure(erasure_id=pk, by=None, at=at)
        else:
            done += erasure is not None and erasure.status == ErasureStatus.DONE
    return done


@act(gettext_noop("An erasure failed: something went wrong in the program."))
def stop_erasure(*, erasure_id: int, by: None, at: datetime) -> None:
    """It waits for somebody to look: to be laid aside and confirmed anew."""
    erasure = Erasure.objects.select_for_update(of=["self"]).get(pk=erasure_id)
    if erasure.status == ErasureStatus.PLANNED:
        erasure.move_to(
            ErasureStatus.STOPPED,
            ended_at=at,
            obstacle=_("Something went wrong in the program. Tell whoever looks after it."),
        )


@act(gettext_noop("%(who)s carried out an erasure that the secretary had confirmed."))
def carry_out(*, erasure_id: int, by: None, at: datetime) -> Erasure | None:
    """Erase what was confirmed, if nothing has come in between; otherwise say why not.

    Whoever confirmed it answers for it, and must still be the secretary. Nothing happens before its
    day, or when somebody else works on it, has done it or has taken it back.
    """
    erasure = (
        Erasure.objects.select_for_update(of=["self"], skip_locked=True)
        .select_related("person", "planned_by")
        .filter(pk=erasure_id, status=ErasureStatus.PLANNED, due_at__lte=at)
        .first()
    )
    if erasure is None:
        return None
    try:
        with transaction.atomic(), override(erasure.planned_by.language):
            redaction = _erase(erasure, at)
    except DomainError as error:
        erasure.move_to(ErasureStatus.STOPPED, ended_at=at, obstacle=str(error))
    else:
        erasure.move_to(ErasureStatus.DONE, ended_at=at, redaction=redaction)
    return erasure


def part_of(erasure: Erasure, *, at: datetime) -> Expired | None:
    """Of an erasure of a part: what was confirmed, and not what has grown old since, or by shorter
    periods of new bylaws.
    """
    rules = _milder(Bylaws.objects.in_force_at(erasure.planned_at), Bylaws.objects.in_force_at(at))
    return parts_by_key(at=erasure.planned_at, rules=rules).get(erasure.part)


def _erase(erasure: Erasure, at: datetime) -> Any:
    if erasure.person is None:
        part = part_of(erasure, at=at)
        return erase_rows(parts=part.parts if part else [], by=erasure.planned_by, at=at)
    _refuse_unless_possible(erasure.person, erasure.ground, at)
    return redact(erasure.person, by=erasure.planned_by, at=at, ground=Ground(erasure.ground))
