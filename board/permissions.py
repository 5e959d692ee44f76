"""Who may do what on the board. Read from seats and offices at the instant asked about (§ 35)."""

from datetime import datetime

import rules

from board.models import Entitlement, Office, PlannedTask, Seat, SeatKind
from kip.access import Case
from kip.accounts.models import User
from kip.accounts.permissions import is_secretary


@rules.predicate
def sits_on_the_board(user: User, case: Case) -> bool:
    return Seat.objects.in_force(case.at).filter(person=user).exists()


@rules.predicate
def is_entitled(user: User, case: Case) -> bool:
    """Holds a seat now that was noted as entitled in the matter."""
    return Entitlement.objects.filter(
        matter=case.obj, seat__in=Seat.objects.in_force(case.at).filter(person=user)
    ).exists()


@rules.predicate
def is_entitled_member(user: User, case: Case) -> bool:
    return Entitlement.objects.filter(
        matter=case.obj,
        seat__in=Seat.objects.in_force(case.at).filter(person=user, kind=SeatKind.MEMBER),
    ).exists()


@rules.predicate
def holds_office(user: User, case: Case) -> bool:
    """Is chair or vice chair."""
    return (
        Office.objects.in_force(case.at)
        .filter(seat__in=Seat.objects.in_force(case.at).filter(person=user))
        .exists()
    )


def holds_an_office(*, user: User, at: datetime) -> bool:
    """Chair and vice chair sign in with a second factor."""
    return Office.objects.in_force(at).filter(seat__person=user).exists()


def sits_on_it(*, user: User, at: datetime) -> bool:
    """The board keeps the register of members (§ 11), and so reads it."""
    return Seat.objects.in_force(at).filter(person=user).exists()


@rules.predicate
def does_the_task(user: User, case: Case) -> bool:
    """Is named in the plan of the year as the one who does it."""
    return case.obj is not None and case.obj.responsible_id == user.pk


@rules.predicate
def does_a_task(user: User, case: Case) -> bool:
    return PlannedTask.objects.filter(responsible=user).exists()


rules.add_perm("board.read_matter", is_secretary | sits_on_the_board)
rules.add_perm("board.take_part", is_entitled)
rules.add_perm("board.send_to_meeting", is_entitled_member | is_secretary)
rules.add_perm("board.preside", holds_office)
rules.add_perm("board.mark_absent", is_secretary | holds_office)
rules.add_perm("board.prepare", is_secretary)
rules.add_perm("board.plan", is_secretary)
rules.add_perm("board.read_plan", is_secretary | sits_on_the_board | does_a_task)
rules.add_perm("board.settle_task", is_secretary | does_the_task)
