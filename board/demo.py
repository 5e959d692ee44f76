"""The demo's board: two terms of office, what they resolved, and what waits for votes now.

Members and applicants come from `members.demo`; everything happens through the services, at the
instants at which it would have happened.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.utils import timezone

from board.decision import Choice
from board.models import Matter, OfficeKind, Resolution, Seat, SeatKind, Term, VoteChannel
from board.services import matters, planning, resolving, terms, voting
from kip.accounts.demo import DOMAIN
from kip.accounts.models import User
from members.demo import Invented, apply, before, companies, moment, paper, person, secretary
from members.models import Application, Representative

FOR, AGAINST, ABSTAIN = Choice.FOR, Choice.AGAINST, Choice.ABSTAIN
MEMBERS = ["chair", *[f"board{place}" for place in range(2, 9)]]
DEPUTIES = ["board9", "board10"]


def load(*, password: str, at: datetime) -> None:
    elected = _annual_meeting_before(at)
    _last_term(_annual_meeting(timezone.localdate(elected).year - 1), ends=elected)
    _this_term(elected, at=at)
    _plan_of_the_year(at)


def _annual_meeting(year: int) -> datetime:
    """The third Tuesday of March at ten."""
    first = date(year, 3, 1)
    return moment(first + timedelta(days=(1 - first.weekday()) % 7 + 14), 10)


def _annual_meeting_before(at: datetime) -> datetime:
    """The one that elected the board of now, long enough ago for it to have resolved something."""
    year = timezone.localdate(at).year
    this_year = _annual_meeting(year)
    return this_year if at - this_year > timedelta(days=80) else _annual_meeting(year - 1)


def _who(name: str) -> User:
    return User.objects.get(email=f"{name}{DOMAIN}")


def _after(instant: datetime, days: int, hour: int = 10) -> datetime:
    return before(instant, -days, hour)


# --- Who sits on the board ---------------------------------------------------------------------


def _begin_term(since: datetime, chair: User) -> None:
    """Eight members, the chair first and the vice chair second, and two deputies."""
    by, at = secretary(), since + timedelta(hours=4)
    term = terms.begin_term(
        elected=f"Annual general meeting, {since.day} March {since.year}", since=since, by=by, at=at
    )
    seats = [
        _seat(term, who, kind=SeatKind.MEMBER, at=at)
        for who in [chair, *[_who(name) for name in MEMBERS[1:]]]
    ]
    for order, name in enumerate(DEPUTIES, start=1):
        _seat(term, _who(name), kind=SeatKind.DEPUTY, order=order, at=at)
    for seat, office in zip(seats, (OfficeKind.CHAIR, OfficeKind.VICE_CHAIR), strict=False):
        terms.give_office(seat_id=seat.pk, kind=office, since=since, by=by, at=at)


def _seat(term: Term, who: User, *, kind: str, order: int | None = None, at: datetime) -> Seat:
    stands_for = Representative.objects.in_force_at(at).select_related("member").get(person=who)
    return terms.seat_person(
        term=term,
        person=who,
        kind=kind,
        order=order,
        member=stands_for.member,
        since=term.since,
        by=secretary(),
        at=at,
    )


# --- What it does ------------------------------------------------------------------------------


def _application(company: Invented, place: int, *, at: datetime) -> Application:
    """Applied for by two people who cannot sign in."""
    begun = at - timedelta(hours=2)
    return apply(
        company, applicant=person(place, at=begun), signatory=person(place + 1, at=begun), at=at
    )


def _bring(application: Application, *, at: datetime, for_meeting: bool = False) -> Matter:
    return matters.bring_before_board(
        application_id=application.pk,
        deadline=matters.default_deadline(at),
        for_meeting=for_meeting,
        by=secretary(),
        at=at,
    )


def _vote(matter: Matter, votes: Mapping[str, Choice], *, at: datetime) -> None:
    """Votes of those named, an hour between one and the next."""
    for number, (name, choice) in enumerate(votes.items()):
        voting.cast_vote(
            matter_id=matter.pk, choice=choice, by=_who(name), at=at + timedelta(hours=number)
        )


def _decided_at_meeting(
    matter: Matter, *, meeting: str, section: str, chair: User, at: datetime
) -> Resolution:
    """Recorded the day after the meeting, confirmed the day after that. One member was away."""
    record = _recorded(matter, meeting=meeting, section=section, at=at)
    return resolving.confirm_meeting_decision(
        matter_id=matter.pk, record_id=record, by=chair, at=_after(at, 2, 9)
    )


def _recorded(matter: Matter, *, meeting: str, section: str, at: datetime) -> int:
    present = Seat.objects.in_force(at).filter(term=matter.term, kind=SeatKind.MEMBER)
    return resolving.record_meeting_decision(
        matter_id=matter.pk,
        meeting=meeting,
        held_on=timezone.localdate(at),
        section=section,
        carried=True,
        unanimous=True,
        present=list(present.exclude(person=_who("board6")).values_list("pk", flat=True)),
        by=secretary(),
        at=_after(at, 1, 13),
    ).pk


def _last_term(elected: datetime, *, ends: datetime) -> None:
    """Its chair was the primary representative of the company that today's chair stands for."""
    chair = person(0, at=elected)
    _begin_term(elected, chair)
    rules = matters.open_matter(
        title="Rules of procedure of the board",
        proposal="The board adopts the rules of procedure that are attached.",
        deadline=_after(elected, 30),
        papers=[paper("Rules of procedure of the board (demo)")],
        for_meeting=True,
        by=secretary(),
        at=_after(elected, 10),
    )
    _decided_at_meeting(
        rules,
        meeting=f"Board meeting 2/{elected.year}",
        section="5",
        chair=chair,
        at=_after(elected, 30, 13),
    )
    admission = _bring(
        _application(companies.ADMITTED_AT_MEETING, 72, at=_after(elected, 60, 15)),
        at=_after(elected, 64, 9),
        for_meeting=True,
    )
    _decided_at_meeting(
        admission,
        meeting=f"Board meeting 3/{elected.year}",
        section="4",
        chair=chair,
        at=_after(elected, 78, 13),
    )
    gate = matters.open_matter(
        title="Opening hours of the south gate",
        proposal="The south gate is open on weekdays from 6 to 18 from September on.",
        deadline=_after(elected, 130, 16),
        by=secretary(),
        at=_after(elected, 120),
    )
    votes = dict.fromkeys(MEMBERS[1:], FOR) | {"board4": AGAINST, "board7": ABSTAIN}
    _vote(gate, votes, at=_after(elected, 122, 8))
    voting.cast_vote(matter_id=gate.pk, choice=FOR, by=chair, at=_after(elected, 127, 11))
    resolving.declare(matter_id=gate.pk, carried=True, by=chair, at=_after(elected, 128, 9))
    # Not decided when the board changed: it stops, and the next board takes it up anew.
    stops = matters.open_matter(
        title="Joint purchase of gas detectors",
        proposal="The association asks for offers for 200 gas detectors on behalf of its members.",
        deadline=_after(ends, 4, 16),
        by=secretary(),
        at=before(ends, 10),
    )
    _vote(stops, {"board2": FOR, "board3": FOR}, at=before(ends, 8, 12))


def _this_term(elected: datetime, *, at: datetime) -> None:
    chair = _who("chair")
    _begin_term(elected, chair)
    stopped = Matter.objects.get(title="Joint purchase of gas detectors")
    anew = matters.take_up_anew(
        matter_id=stopped.pk,
        deadline=_after(elected, 16),
        for_meeting=True,
        by=secretary(),
        at=_after(elected, 3),
    )
    _decided_at_meeting(
        anew,
        meeting=f"Board meeting 1/{elected.year}",
        section="6",
        chair=chair,
        at=_after(elected, 14, 13),
    )
    _rejection(elected, chair)
    _admission_in_writing(elected, chair)
    _votes_under_way(at)


def _rejection(elected: datetime, chair: User) -> None:
    application = _application(companies.REJECTED, 74, at=_after(elected, 20, 11))
    matter = _bring(application, at=_after(elected, 24, 9))
    votes = dict.fromkeys(MEMBERS, AGAINST) | {"board3": FOR, "board8": ABSTAIN}
    _vote(matter, votes, at=_after(elected, 25, 8))
    resolving.declare(
        matter_id=matter.pk,
        carried=False,
        reason="The company carries out its activities in Pietarsaari. By the bylaws a member "
        "carries out its activities in the Kokkola Industrial Park.",
        by=chair,
        at=_after(elected, 30, 14),
    )


def _admission_in_writing(elected: datetime, chair: User) -> None:
    """One vote came by phone."""
    application = _application(companies.ADMITTED_IN_WRITING, 76, at=_after(elected, 46, 11))
    matter = _bring(application, at=_after(elected, 50, 9))
    _vote(
        matter,
        {name: FOR for name in MEMBERS if name != "board6"},
        at=_after(elected, 51, 8),
    )
    voting.enter_vote(
        matter_id=matter.pk,
        seat_id=Seat.objects.in_force(elected).get(person=_who("board6")).pk,
        choice=FOR,
        channel=VoteChannel.PHONE,
        source_note="Called the secretary from the road",
        by=secretary(),
        at=_after(elected, 54, 15),
    )
    resolving.declare(matter_id=matter.pk, carried=True, by=chair, at=_after(elected, 56, 9))


def _votes_under_way(at: datetime) -> None:
    """The chair has a vote to give in two matters, and a meeting's decision to confirm."""
    budget = matters.open_matter(
        title="Draft budget for the annual general meeting",
        proposal="The board puts the attached draft budget before the annual general meeting.",
        deadline=before(at, -7, 16),
        papers=[paper("Draft budget (demo)")],
        for_meeting=True,
        by=secretary(),
        at=before(at, 20, 9),
    )
    _recorded(
        budget,
        meeting=f"Board meeting 6/{timezone.localdate(at).year}",
        section="7",
        at=before(at, 5, 13),
    )
    admission = _bring(
        _application(companies.BEFORE_BOARD, 78, at=before(at, 12, 15)), at=before(at, 5, 9)
    )
    voting.declare_conflict(
        matter_id=admission.pk,
        ground="My company and the applicant have the same parent company.",
        by=_who("board5"),
        at=before(at, 4, 8),
    )
    _vote(admission, {"board2": FOR, "board7": FOR, "board4": AGAINST}, at=before(at, 4, 10))
    safety = matters.open_matter(
        title="Theme of next year’s safety day",
        proposal="The theme of the safety day is work at height.",
        deadline=matters.default_deadline(before(at, 2)),
        by=secretary(),
        at=before(at, 2, 12),
    )
    _vote(safety, {"board3": FOR, "board8": ABSTAIN}, at=before(at, 1, 9))


# --- The association's year ----------------------------------------------------------------------


def _plan_of_the_year(at: datetime) -> None:
    """This year's plan, done up to a month ago: the desk shows what is due, late and done."""
    today = timezone.localdate(at)
    meeting = timezone.localdate(_annual_meeting(today.year))
    made = moment(date(today.year - 1, 12, 8), 10)
    plan = planning.begin_plan(year=today.year, meeting_on=meeting, by=secretary(), at=made)
    for task in plan.tasks.timed().filter(to_day__lt=today - timedelta(days=30)):
        done = moment(task.to_day, 15)
        planning.settle_task(task_id=task.pk, outcome="done", by=secretary(), at=done)
