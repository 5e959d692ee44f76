"""A board with a chair and a vice chair, and matters before it, made by the services."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from board.decision import Outcome
from board.models import Entitlement, Matter, Seat, Term
from board.services import matters, resolving, terms, voting
from board.standing import Standing
from kip.accounts.models import User
from kip.mail.models import OutboxMail
from members.models import Application
from tests.members.factories import AT, a_person, a_secretary, a_submitted_application

ELECTED_AT = datetime(2026, 3, 17, 12, 0, tzinfo=UTC)
DEADLINE = AT + timedelta(days=14)

NAMES = [
    "Chair Kärki",
    "Vice Vara",
    "Third Kolmas",
    "Fourth Neljäs",
    "Fifth Viides",
    "Sixth Kuudes",
    "Seventh Seitsemäs",
    "Eighth Kahdeksas",
]


@dataclass
class BoardNow:
    """The people and seats of a board: first the chair's, second the vice chair's."""

    secretary: User
    term: Term
    people: list[User]
    seats: list[Seat]
    deputies: list[User] = field(default_factory=list)
    deputy_seats: list[Seat] = field(default_factory=list)

    @property
    def chair(self) -> User:
        return self.people[0]

    @property
    def vice_chair(self) -> User:
        return self.people[1]


def a_board(
    size: int = 4,
    deputies: int = 0,
    *,
    secretary: User | None = None,
    since: datetime = ELECTED_AT,
    elected: str = "Annual general meeting, 17 March 2026",
    tag: str = "",
    with_chair: bool = True,
) -> BoardNow:
    """A board that sits since its election. No letters of its making are left in the outbox."""
    by = secretary or a_secretary()
    term = terms.begin_term(elected=elected, since=since, by=by, at=since)

    def seat(name: str, **kind: Any) -> tuple[User, Seat]:
        person = a_person(f"{name}{tag}")
        row = terms.seat_person(term=term, person=person, since=since, by=by, at=since, **kind)
        return person, row

    members = [
        seat(name, kind="member", organisation=f"Company of {name}") for name in NAMES[:size]
    ]
    away = [seat(f"Deputy{n} Vara", kind="deputy", order=n) for n in range(1, deputies + 1)]
    for office, (_person, row) in zip(["chair", "vice_chair"], members, strict=False):
        if with_chair:
            terms.give_office(seat_id=row.pk, kind=office, since=since, by=by, at=since)
    OutboxMail.objects.all().delete()
    return BoardNow(
        by,
        term,
        [person for person, _ in members],
        [row for _, row in members],
        [person for person, _ in away],
        [row for _, row in away],
    )


def a_matter(
    board: BoardNow,
    *,
    application: Application | None = None,
    at: datetime = AT,
    deadline: datetime = DEADLINE,
    for_meeting: bool = False,
    **facts: Any,
) -> Matter:
    """The admission of a company, before the board."""
    application = application or a_submitted_application(at=at, **facts)
    return matters.bring_before_board(
        application_id=application.pk,
        deadline=deadline,
        for_meeting=for_meeting,
        by=board.secretary,
        at=at,
    )


def another_matter(
    board: BoardNow, *, at: datetime = AT, deadline: datetime = DEADLINE, **more: Any
) -> Matter:
    """A matter that is no admission."""
    return matters.open_matter(
        title="A site tour",
        proposal="A site tour is arranged in May.",
        deadline=deadline,
        by=board.secretary,
        at=at,
        **more,
    )


def vote(
    matter: Matter, person: User, choice: str = "for", *, at: datetime = AT, **more: Any
) -> Entitlement:
    return voting.cast_vote(matter_id=matter.pk, choice=choice, by=person, at=at, **more)


def all_vote(board: BoardNow, matter: Matter, choices: str = "", *, at: datetime = AT) -> None:
    """One sign per member: + for, - against, o abstains, . does not vote; empty: all in favour."""
    signs = {"+": "for", "-": "against", "o": "abstain"}
    for person, sign in zip(board.people, choices or "+" * len(board.people), strict=True):
        if sign in signs:
            vote(matter, person, signs[sign], at=at)


def declare(matter: Matter, by: User, *, at: datetime = AT, reason: str = "") -> Any:
    carried = standing(matter, at).tally.outcome == Outcome.CARRIED
    return resolving.declare(matter_id=matter.pk, carried=carried, reason=reason, by=by, at=at)


def standing(matter: Matter, at: datetime = AT) -> Standing:
    """How it stands, read anew."""
    return Standing(Matter.objects.with_subject().select_related("term").get(pk=matter.pk), at)
