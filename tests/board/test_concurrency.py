"""Twenty at once, on the real database: one outcome, one letter each, no deadlock.

Each thread has a connection of its own. What the threads may raise is a refusal in words; anything
else, a deadlock above all, fails the test.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from board.models import Matter, Resolution
from board.services import matters, terms
from board.states import MatterStatus
from kip.accounts.models import User
from kip.exceptions import DomainError
from kip.mail.models import OutboxMail
from members import services as members
from members.models import Application, Member
from tests.board.factories import (
    AT,
    DEADLINE,
    BoardNow,
    a_board,
    a_matter,
    all_vote,
    declare,
    standing,
    vote,
)
from tests.members.factories import (
    a_draft,
    a_person,
    a_submitted_application,
    business_id,
)

pytestmark = pytest.mark.django_db(transaction=True)

CROWD = 20
SECONDS = 20.0  # far more than any of these takes; a wait for a lock that never comes is longer


@pytest.fixture
def board() -> BoardNow:
    return a_board(3)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run all acts together; answers with what each returned, or the refusal that it met."""
    start = threading.Barrier(len(acts))
    answers: list[Any] = [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            start.wait()
            answers[place] = act()
        except BaseException as error:
            answers[place] = error
        finally:
            connection.close()

    began = time.monotonic()
    threads = [
        threading.Thread(target=run, args=(place, act), daemon=True)
        for place, act in enumerate(acts)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert time.monotonic() - began < SECONDS
    for answer in answers:
        if isinstance(answer, BaseException) and not isinstance(answer, DomainError):
            raise answer
    return answers


def done(answers: Sequence[Any]) -> int:
    return sum(not isinstance(answer, DomainError) for answer in answers)


def letters_twice() -> list[tuple[Any, ...]]:
    """Occasions for which somebody was written to more than once, keys aside."""
    rows = OutboxMail.objects.values_list("key", "to_address")
    seen = Counter((key.split(":")[0], address) for key, address in rows)
    return [found for found, times in seen.items() if times > 1]


def test_twenty_votes_of_one_person_and_of_many(board: BoardNow) -> None:
    matter = a_matter(board)
    choices = ["for", "against", "abstain"]
    answers = at_once(
        *(lambda n=n: vote(matter, board.chair, choices[n % 3]) for n in range(CROWD)),
        *(lambda p=p: vote(matter, p) for p in board.people[1:]),
    )
    assert done(answers) == CROWD + 2
    now = standing(matter)
    assert set(now.votes) == {seat.pk for seat in board.seats}
    assert OutboxMail.objects.filter(key__startswith="declare-ready").count() == 1


def test_twenty_declarations(board: BoardNow) -> None:
    matter = a_matter(board)
    all_vote(board, matter)
    answers = at_once(*(lambda: declare(matter, board.chair) for _ in range(CROWD)))
    assert done(answers) == 1
    assert Resolution.objects.get().reference == "2027/1"
    assert Member.objects.get().number == 1
    assert letters_twice() == []
    assert OutboxMail.objects.filter(key__startswith="invitation").count() == 2


def test_matters_declared_at_once_are_numbered_without_gap_or_repeat(board: BoardNow) -> None:
    people = [a_person(f"Anni No{n}") for n in range(4)]
    found = [
        a_matter(board, by=person, business_id=business_id(n)) for n, person in enumerate(people)
    ]
    for matter in found:
        all_vote(board, matter)
    answers = at_once(*(lambda m=m: declare(m, board.chair) for m in found for _ in range(2)))
    assert done(answers) == 4
    assert sorted(Resolution.objects.values_list("number", flat=True)) == [1, 2, 3, 4]
    assert sorted(Member.objects.values_list("number", flat=True)) == [1, 2, 3, 4]


@pytest.mark.parametrize("withdrawals_first", [True, False])
def test_withdrawing_against_declaring_and_voting(board: BoardNow, withdrawals_first: bool) -> None:
    """Application before matter: whoever comes first wins, and nobody waits for ever."""
    matter = a_matter(board)
    all_vote(board, matter)
    application = matter.application
    assert application is not None and application.applicant is not None
    applicant: User = application.applicant

    withdrawals = [
        lambda: members.withdraw(application_id=application.pk, by=applicant, at=AT)
        for _ in range(7)
    ]
    others: list[Callable[[], Any]] = [
        *(lambda: declare(matter, board.chair) for _ in range(7)),
        *(lambda p=p: vote(matter, p) for p in board.people * 2),
    ]
    answers = at_once(*(withdrawals + others if withdrawals_first else others + withdrawals))

    matter.refresh_from_db()
    application.refresh_from_db()
    assert (matter.status, application.status) in {
        (MatterStatus.DECIDED, "approved"),
        (MatterStatus.CLOSED, "withdrawn"),
    }
    decided = matter.status == MatterStatus.DECIDED
    assert Resolution.objects.count() == Member.objects.count() == int(decided)
    ends = answers[:14] if withdrawals_first else [*answers[:7], *answers[-7:]]
    assert done(ends) == 1
    assert letters_twice() == []


def test_bringing_it_before_the_board_twenty_times(board: BoardNow) -> None:
    application = a_submitted_application()
    answers = at_once(
        *(lambda: a_matter(board, application=application) for _ in range(CROWD)),
    )
    assert done(answers) == 1
    assert Matter.objects.count() == 1
    assert letters_twice() == []


def test_two_drafts_of_one_company_submitted_at_once(board: BoardNow) -> None:
    drafts = [a_draft(by=a_person(f"Anni No{n}")) for n in range(2)]

    def submit(draft: Application) -> bool:
        assert draft.applicant is not None
        return members.submit(application_id=draft.pk, by=draft.applicant, at=AT)

    answers = at_once(*(lambda d=d: submit(d) for d in drafts for _ in range(CROWD // 2)))
    assert answers.count(True) == 1
    assert Application.objects.with_the_association().count() == 1
    assert Application.objects.filter(status="draft").count() == 1
    assert letters_twice() == []


def test_votes_while_the_board_changes(board: BoardNow) -> None:
    """Ending a seat locks seats before it stops matters, which the votes hold meanwhile."""
    found = [
        a_matter(board, by=a_person(f"Anni No{n}"), business_id=business_id(n)) for n in range(2)
    ]
    later = AT + timedelta(hours=1)
    voting = [
        lambda m=m, p=p: vote(m, p, at=later) for m in found for p in board.people for _ in range(2)
    ]
    changing = [
        lambda: terms.end_seat(
            seat_id=board.seats[2].pk, until=later, by=board.secretary, at=later
        ),
        lambda: terms.begin_term(elected="Anew", since=later, by=board.secretary, at=later),
    ]
    at_once(*voting[:6], *changing, *voting[6:])
    assert {matter.status for matter in Matter.objects.all()} == {MatterStatus.STOPPED}
    assert OutboxMail.objects.filter(key__startswith="matter-stopped").count() == 2


def test_a_stopped_matter_is_taken_up_anew_once(board: BoardNow) -> None:
    matter = a_matter(board)
    terms.end_seat(seat_id=board.seats[2].pk, until=AT, by=board.secretary, at=AT)
    answers = at_once(
        *(
            lambda: matters.take_up_anew(
                matter_id=matter.pk, deadline=DEADLINE, by=board.secretary, at=AT
            )
            for _ in range(8)
        )
    )
    assert done(answers) == 1
    assert Matter.objects.pending().count() == 1
