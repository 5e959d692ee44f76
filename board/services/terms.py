"""Terms of office, seats and offices. Dated rows: what ends at an instant is over at that instant.

Elections will make these rows; until then the secretary records what the general meeting decided.
"""

from collections.abc import Iterable
from datetime import date, datetime, time
from functools import partial

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from board import letters
from board.models import Matter, Office, Seat, SeatKind, Term
from board.services import matters
from board.services.locks import lock_what_pends
from kip.access import require
from kip.accounts import services as accounts
from kip.accounts.models import User
from kip.audit.acts import act
from kip.exceptions import DomainError, InvalidTransition, save_or_refuse
from kip.undoing import Noted
from members.models import Member
from members.services import Holding

# What the invitation says that the person is invited for, in English; shown in their language.
PURPOSE = gettext_noop("to sit on the board of the association")


@act(gettext_noop("%(who)s recorded a new term of the board."))
def begin_term(*, elected: str, since: datetime, by: User, at: datetime) -> Term:
    """A new board begins; the term before, with its seats and offices, ends at that instant."""
    require("board.prepare", by, at=at)
    pending = lock_what_pends() if since <= at else []
    reaching_into_it = Term.objects.filter(_beyond(since), since__lt=since)
    # No key: a matter that is being opened cites terms and seats, and neither waits for the other.
    for term in reaching_into_it.select_for_update(no_key=True):
        _end_term(term, until=since)
    term = Term(elected=elected, since=since)
    save_or_refuse(term)
    _stop_matters(pending, by=by, at=at)
    return term


def _beyond(instant: datetime) -> Q:
    """Rows that reach further than `instant`, be it without end or to an end that was foreseen."""
    return Q(until=None) | Q(until__gt=instant)


def _end_term(term: Term, *, until: datetime) -> None:
    term.until = until
    save_or_refuse(term)
    for seat in term.seats.select_for_update(no_key=True).filter(_beyond(until)):
        _end_seat(seat, until=until)


def _end_seat(seat: Seat, *, until: datetime) -> None:
    for office in seat.offices.select_for_update(no_key=True).filter(_beyond(until)):
        _end(office, until)
    _end(seat, until)


def _end(row: Seat | Office, until: datetime) -> None:
    if row.since >= until:
        raise DomainError(
            _("%(what)s begins only later; it cannot end before.") % {"what": row}, field="until"
        )
    row.until = until
    save_or_refuse(row)


def _stop_matters(pending: Iterable[int], *, by: User | None, at: datetime) -> None:
    for matter_id in pending:
        matters.stop(matter_id=matter_id, by=by, at=at)


@act(gettext_noop("%(who)s took back a term that had not begun."))
def take_back_term(*, term_id: int, by: User, at: datetime) -> None:
    """Mend a term recorded by mistake, before it begins: the board before goes on as if nothing.

    Whatever was to end as it began (`seats_ending_at`) goes on until the next term recorded
    begins, or without end. Who was invited only for this term is told (`take_back_invitation`).
    """
    require("board.prepare", by, at=at)
    term = Term.objects.select_for_update(no_key=True).get(pk=term_id)
    if term.since <= at:
        raise InvalidTransition(_("This term has begun; record a new one instead."))
    seats = list(term.seats.select_related("person", "invitation"))
    Office.objects.filter(seat__term=term).delete()
    term.seats.all().delete()
    began, then = term.since, term_after(term)
    term.delete()
    for model in (Term, Seat, Office):
        for row in model.objects.select_for_update(no_key=True).filter(until=began):
            row.until = then.since if then is not None else None
            save_or_refuse(row)
    for seat in seats:
        _take_back_invitation(seat, by=by, at=at)


def _take_back_invitation(seat: Seat, *, by: User | None, at: datetime) -> None:
    """With a seat that is gone, unless its person sits on the board otherwise, now or later."""
    sits = Seat.objects.filter(_beyond(at), person=seat.person).exists()
    if seat.invitation is not None and not sits:
        accounts.take_back_invitation(invitation=seat.invitation, by=by, at=at)


def term_after(term: Term) -> Term | None:
    """The next term that is recorded already."""
    return Term.objects.filter(since__gt=term.since).order_by("since").first()


def seats_ending_at(instant: datetime) -> list[Seat]:
    """The seats that go on when the term that begins at `instant` is taken back."""
    return list(Seat.objects.filter(until=instant).select_related("person"))


@act(gettext_noop("%(who)s took back a seat that had not begun."))
def take_back_seat(*, seat_id: int, by: User, at: datetime) -> None:
    """Mend a seat recorded by mistake, before it begins.

    Who was invited only for it is told (`take_back_invitation`).
    """
    require("board.prepare", by, at=at)
    seat = Seat.objects.select_for_update(no_key=True).get(pk=seat_id)
    if seat.since <= at:
        raise InvalidTransition(_("This seat has begun; end it instead."))
    seat.offices.all().delete()
    seat.delete()
    _take_back_invitation(seat, by=by, at=at)


@act(gettext_noop("%(who)s recorded a seat on the board."))
def seat_person(
    *,
    term: Term,
    person: User,
    kind: str,
    order: int | None = None,
    organisation: str = "",
    member: Member | None = None,
    since: datetime,
    by: User,
    at: datetime,
) -> Seat:
    """A person takes a seat, until the term ends. Deputies step in by `order`.

    `member` is the company that the person comes from, if it is one: the seat ends with its
    membership, and its name stands for the organisation if none is given.
    """
    require("board.prepare", by, at=at)
    term = Term.objects.select_for_update(no_key=True).get(pk=term.pk)
    since = max(since, term.since)
    if not term.holds(since):
        raise DomainError(_("This term of office is over by then."), field="since")
    if kind == SeatKind.DEPUTY and order is None:
        raise DomainError(_("Say in which order the deputy steps in."), field="order")
    seat = Seat(
        term=term,
        person=person,
        kind=kind,
        order=order if kind == SeatKind.DEPUTY else None,
        organisation=organisation or (member.name if member is not None else ""),
        member=member,
        since=since,
        until=term.until,
    )
    save_or_refuse(seat)
    if person.email and person.is_active:
        seat.invitation = accounts.invite(person=person, purpose=PURPOSE, by=by, at=at)
        seat.save(update_fields=["invitation"])
    return seat


@act(gettext_noop("%(who)s recorded a seat on the board."))
def seat_new_person(
    *,
    term: Term,
    email: str,
    given_name: str,
    family_name: str,
    language: str,
    kind: str,
    order: int | None,
    organisation: str,
    member: Member | None = None,
    since: datetime,
    by: User,
    at: datetime,
) -> Seat:
    """Seat somebody by e-mail address, who is made known if nobody has it."""
    require("board.prepare", by, at=at)
    person = accounts.ensure_person(
        email=email,
        given_name=given_name,
        family_name=family_name,
        language=language,
        by=by,
        at=at,
    )
    return seat_person(
        term=term,
        person=person,
        kind=kind,
        order=order,
        organisation=organisation,
        member=member,
        since=since,
        by=by,
        at=at,
    )


@act(gettext_noop("%(who)s ended a seat on the board."))
def end_seat(*, seat_id: int, until: datetime, by: User, at: datetime) -> None:
    """A seat ends in mid-term: its offices end with it and its open matters stop."""
    require("board.prepare", by, at=at)
    pending = lock_what_pends() if until <= at else []
    seat = Seat.objects.select_for_update(no_key=True).get(pk=seat_id)
    if seat.until is not None and seat.until <= max(at, until):
        raise InvalidTransition(_("This seat ends by then already."))
    _end_seat(seat, until=until)
    _stop_matters(pending, by=by, at=at)


# --- Members that leave: the board's part in acts of `members`, which hold the company ------------


def _midnight(day: date) -> datetime:
    """The instant at which a local day begins."""
    return timezone.make_aware(datetime.combine(day, time.min))


def end_seats_with_membership(*, member: Member, on: date, by: User | None, at: datetime) -> None:
    """A membership ends on a local date: so do the seats of who comes from that company.

    They end at that midnight, or now when it has passed; their offices end with them, and matters
    stop. Seats that have not begun by then go. Whoever presides hears of it (§ 13).
    """
    until = max(_midnight(on), at)
    _end_seats(Seat.objects.filter(member=member), until=until, may_go_on=True, by=by, at=at)
    letters.membership_ends(member, on, at=at)


def _end_seats(
    seats: QuerySet[Seat],
    *,
    until: datetime,
    may_go_on: bool = False,
    by: User | None,
    at: datetime,
) -> bool:
    """Part of acts that hold a company: whether a seat reached beyond `until`, and so has ended.

    One that `may_go_on` (`seats_go_on`) keeps in mind the end that it had.
    """
    reaching = seats.filter(_beyond(until)).select_related("person", "invitation").order_by("pk")
    found = list(reaching.select_for_update(of=["self"], no_key=True))
    for seat in found:
        seat.offices.filter(since__gte=until).delete()
        if seat.since < until:
            seat.planned_until = seat.until if may_go_on else None
            _end_seat(seat, until=until)
        else:
            seat.delete()
            _take_back_invitation(seat, by=by, at=at)
    if until <= at and any(seat.since < until for seat in found):
        for matter_id in Matter.objects.pending().values_list("pk", flat=True).order_by("pk"):
            matters.stop_if_free(matter_id=matter_id, by=by, at=at)
    return bool(found)


def seats_held(*, person: User, at: datetime) -> list[Holding]:
    """The seats of a person who leaves an employer; they end, and pass to nobody."""
    seats = list(Seat.objects.filter(_beyond(at), person=person).order_by("since"))
    matters_now = Matter.objects.pending().select_related(
        "application", "expulsion__period__member"
    )
    pending = list(matters_now.order_by("pk")) if seats else []
    also = (
        _("When the seat ends, votes on these matters stop, and they are taken up anew: %(titles)s")
        % {"titles": "; ".join(str(matter) for matter in pending)}
        if pending
        else ""
    )
    return [
        Holding(
            key=f"seat:{seat.pk}",
            text=_("Seat on the board: %(kind)s") % {"kind": seat.get_kind_display()},
            since=timezone.localdate(seat.since),
            permission="board.prepare",
            settle=partial(_give_up_seat, seat.pk),
            also=also,
        )
        for seat in seats
    ]


def _give_up_seat(seat_id: int, *, to: None, on: date, by: User, at: datetime) -> None:
    """At that midnight, or now when it has passed: what was voted on the way counts."""
    seats = Seat.objects.filter(pk=seat_id)
    if not _end_seats(seats, until=max(_midnight(on), at), by=by, at=at):
        raise InvalidTransition(_("This seat ends by then already."))


def seats_go_on(*, member: Member, on: date, by: User | None, at: datetime) -> None:
    """A membership that was to end on a local date goes on, and so do the seats it would end.

    Each until its own end, at the latest until its term's. An office that somebody else has been
    given meanwhile stays with that person.
    """
    until = _midnight(on)
    seats = Seat.objects.filter(member=member, until=until).select_related("term")
    for seat in seats.select_for_update(of=["self"], no_key=True).order_by("pk"):
        ends = [end for end in (seat.planned_until, seat.term.until) if end is not None]
        seat.until, seat.planned_until = min(ends, default=None), None
        save_or_refuse(seat)
        for office in seat.offices.select_for_update(no_key=True).filter(until=until):
            if not Office.objects.filter(_beyond(until), kind=office.kind).exists():
                office.until = seat.until
                save_or_refuse(office)


def seats_of_a_double(*, kept: User, double: User, noted: Noted) -> list[str]:
    """Two records are one person, whose seats are all of the one kept.

    Raises `DomainError` when both had a seat at one time: then they are two people, or one of the
    seats is wrong.
    """
    passed = []
    for seat in Seat.objects.filter(person=double).select_related("term").order_by("since"):
        overlapping = Seat.objects.filter(_beyond(seat.since), person=kept)
        if seat.until is not None:
            overlapping = overlapping.filter(since__lt=seat.until)
        if overlapping.exists():
            raise DomainError(
                _("Both have a seat on the board in the term “%(term)s”: take one back first.")
                % {"term": seat.term}
            )
        noted.change(seat, person=kept)
        passed.append(_("The seat on the board passes over: %(term)s") % {"term": seat.term})
    return passed


def seats_for_a_double(*, kept: Member, double: Member, noted: Noted) -> None:
    """Two records are one company: seats that end with its membership are with the one kept."""
    for seat in Seat.objects.filter(member=double):
        noted.change(seat, member=kept)


def ends_with_membership(*, member: Member, on: date) -> list[str]:
    """What of the board ends with a membership, said beforehand."""
    seats = Seat.objects.filter(_beyond(_midnight(on)), member=member)
    return [
        _("The seat of %(person)s on the board ends, with the offices held from it.")
        % {"person": seat.person}
        for seat in seats.select_related("person")
    ]


@act(gettext_noop("%(who)s recorded an office of the board."))
def give_office(*, seat_id: int, kind: str, since: datetime, by: User, at: datetime) -> Office:
    """The chair or vice chair changes; whoever held the office hands it over at that instant."""
    require("board.prepare", by, at=at)
    seat = Seat.objects.select_for_update(no_key=True).get(pk=seat_id)
    if seat.kind != SeatKind.MEMBER:
        raise DomainError(_("Only a member of the board can hold an office."))
    if seat.until is not None and seat.until <= at:
        raise InvalidTransition(_("This seat has ended."))
    since = max(since, seat.since)
    if not seat.holds(since):
        raise DomainError(_("This seat is over by then."), field="since")
    # Both offices of this seat and the office of whoever had it before end here.
    for office in Office.objects.select_for_update(no_key=True).in_force(since):
        if office.kind == kind or office.seat_id == seat_id:
            if office.since == since:
                office.delete()  # given and given back at the same instant: never held
            else:
                _end(office, since)
    office = Office(seat=seat, kind=kind, since=since, until=seat.until)
    save_or_refuse(office)
    return office
