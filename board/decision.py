"""How a board decides: who fills which seat, quorum, majority, ties. Pure arithmetic, no Django.

The result is advice. Only whoever presides declares it (`board.services.declare`).

Sources: Associations Act (503/1989) § 27 (majority and ties), § 35–36 (board, decisions without a
meeting), § 37 (disqualification). Quorum, majority and the written procedure come from the bylaws.
A seat is named by its id; an elected seat is a member's (the chair's included), not a deputy's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Choice(StrEnum):
    FOR = "for"
    AGAINST = "against"
    ABSTAIN = "abstain"


class Outcome(StrEnum):
    """What the votes say now: undecided, one of the two results, or no written result possible."""

    OPEN = "open"
    CARRIED = "carried"
    NOT_CARRIED = "not_carried"
    LAPSES = "lapses"


class Lapse(StrEnum):
    """Why a matter cannot be decided in writing and is to be taken up at a meeting."""

    FORBIDDEN = "forbidden"
    NOBODY_PRESIDES = "nobody_presides"
    NO_QUORUM = "no_quorum"
    NOT_UNANIMOUS = "not_unanimous"


@dataclass(frozen=True)
class Rules:
    """What the bylaws say. Values as in `kip.bylaws.models`."""

    quorum: str = "at_least_half"
    quorum_number: int | None = None
    majority: str = "more_than_half"
    procedure: str = "majority"
    early_closing: bool = False

    def seats_needed(self, elected: int) -> int:
        """How many of the elected seats must take part."""
        if self.quorum == "number":
            assert self.quorum_number is not None
            return self.quorum_number
        if self.quorum == "more_than_half":
            return elected // 2 + 1
        return (elected + 1) // 2

    def carries(self, in_favour: int, against: int, *, presider: Choice | None) -> bool:
        """Whether the votes cast carry it; a tie goes with the vote of whoever presides."""
        cast = in_favour + against
        if self.majority == "two_thirds":
            return cast > 0 and 3 * in_favour >= 2 * cast
        if self.majority == "three_quarters":
            return cast > 0 and 4 * in_favour >= 3 * cast
        return in_favour > against or (in_favour == against and presider is Choice.FOR)


@dataclass(frozen=True)
class Board:
    """The seats entitled in one matter, and who of them may preside."""

    elected: tuple[int, ...]
    deputies: tuple[int, ...] = ()  # in the order in which they step in
    chair: int | None = None
    vice_chair: int | None = None


@dataclass(frozen=True)
class Poll:
    """What has happened so far, by seat."""

    votes: Mapping[int, Choice] = field(default_factory=dict)
    recused: frozenset[int] = frozenset()
    absent: frozenset[int] = frozenset()
    deadline_passed: bool = False


@dataclass(frozen=True)
class Tally:
    """What the votes say now."""

    outcome: Outcome
    may_be_declared: bool
    lapse: Lapse | None
    in_favour: int
    against: int
    abstained: int
    elected: int
    needed: int  # seats that must take part
    presider: int | None  # who presides if it were declared now
    voters: tuple[int, ...]  # who has the vote: members, and deputies who fill a seat
    waiting: tuple[int, ...]  # of these, who has not voted
    more_in_favour: int | None  # further votes in favour that would carry it; None: cannot be

    @property
    def taking_part(self) -> int:
        return self.in_favour + self.against + self.abstained

    @property
    def more_for_quorum(self) -> int:
        return max(0, self.needed - self.taking_part)


def fill_seats(board: Board, poll: Poll) -> dict[int, int | None]:
    """Who acts in each elected seat: its member, else the next deputy in order, else nobody."""
    out = poll.recused | poll.absent
    deputies = iter([deputy for deputy in board.deputies if deputy not in out])
    return {seat: seat if seat not in out else next(deputies, None) for seat in board.elected}


def _voters(board: Board, poll: Poll) -> tuple[int, ...]:
    return tuple(voter for voter in fill_seats(board, poll).values() if voter is not None)


def tally(board: Board, rules: Rules, poll: Poll) -> Tally:
    """Count. Votes of those who have no vote (any more) stay on file and count for nothing."""
    voters = _voters(board, poll)
    votes = {voter: poll.votes[voter] for voter in voters if voter in poll.votes}
    cast = list(votes.values())
    in_favour, against = cast.count(Choice.FOR), cast.count(Choice.AGAINST)
    needed = rules.seats_needed(len(board.elected))
    waiting = tuple(voter for voter in voters if voter not in votes)
    presider = next((s for s in (board.chair, board.vice_chair) if s in votes), None)
    # With everyone heard it is over before the deadline; without a quorum whoever is marked absent
    # may come back until then.
    over = poll.deadline_passed or (not waiting and len(votes) >= needed)

    lapse = _lapse(board, rules, poll, voters, votes, presider, over)
    carried = rules.carries(
        in_favour, against, presider=votes.get(presider) if presider is not None else None
    )
    if lapse:
        outcome = Outcome.LAPSES
    elif over or (rules.early_closing and _is_certain(board, rules, poll, voters, votes, needed)):
        outcome = Outcome.CARRIED if carried else Outcome.NOT_CARRIED
    else:
        outcome = Outcome.OPEN
    return Tally(
        outcome=outcome,
        may_be_declared=outcome in {Outcome.CARRIED, Outcome.NOT_CARRIED},
        lapse=lapse,
        in_favour=in_favour,
        against=against,
        abstained=cast.count(Choice.ABSTAIN),
        elected=len(board.elected),
        needed=needed,
        presider=presider,
        voters=voters,
        waiting=waiting,
        more_in_favour=(
            None
            if lapse
            # After the deadline there are no further votes.
            else _more_in_favour(
                board, rules, votes, () if poll.deadline_passed else waiting, needed
            )
        ),
    )


def _may_preside(board: Board, voters: tuple[int, ...]) -> list[int]:
    return [seat for seat in (board.chair, board.vice_chair) if seat is not None and seat in voters]


def _lapse(
    board: Board,
    rules: Rules,
    poll: Poll,
    voters: tuple[int, ...],
    votes: Mapping[int, Choice],
    presider: int | None,
    over: bool,
) -> Lapse | None:
    if rules.procedure == "forbidden":
        return Lapse.FORBIDDEN
    if not _may_preside(board, voters):
        return Lapse.NOBODY_PRESIDES
    needed = rules.seats_needed(len(board.elected))
    if len(_voters(board, replace(poll, absent=frozenset()))) < needed:
        return Lapse.NO_QUORUM  # whoever comes back
    if over and len(votes) < needed:
        return Lapse.NO_QUORUM
    if over and presider is None:
        return Lapse.NOBODY_PRESIDES
    if rules.procedure == "unanimous":
        kinds = set(votes.values())
        split = len(kinds) > 1 or Choice.ABSTAIN in kinds
        if split or (over and len(votes) < len(voters)):
            return Lapse.NOT_UNANIMOUS
    return None


def _is_certain(
    board: Board,
    rules: Rules,
    poll: Poll,
    voters: tuple[int, ...],
    votes: Mapping[int, Choice],
    needed: int,
) -> bool:
    """Whether those who have not voted can no longer change the outcome.

    Who presides must be settled too, since a tie goes with that vote: the chair has voted, or the
    chair has no vote in the matter and the vice chair has voted.
    """
    if rules.procedure == "unanimous" or len(votes) < needed:
        return False
    if _may_preside(board, voters)[0] not in votes:
        return False
    waiting = [voter for voter in voters if voter not in votes]
    results = {
        tally(
            board,
            replace(rules, early_closing=False),
            replace(poll, votes={**votes, **dict.fromkeys(waiting, choice)}),
        ).outcome
        for choice in (Choice.FOR, Choice.AGAINST)
    }
    return len(results) == 1


def _more_in_favour(
    board: Board,
    rules: Rules,
    votes: Mapping[int, Choice],
    waiting: tuple[int, ...],
    needed: int,
) -> int | None:
    """The fewest further votes in favour that would carry it, presiders voting first."""
    presiders = [seat for seat in (board.chair, board.vice_chair) if seat in waiting]
    order = presiders + [seat for seat in waiting if seat not in presiders]
    for more in range(len(order) + 1):
        then = {**votes, **dict.fromkeys(order[:more], Choice.FOR)}
        presider = next((s for s in (board.chair, board.vice_chair) if s in then), None)
        cast = list(then.values())
        if (
            presider is not None
            and len(then) >= needed
            and not (rules.procedure == "unanimous" and len(then) < len(votes) + len(waiting))
            and rules.carries(
                cast.count(Choice.FOR), cast.count(Choice.AGAINST), presider=then[presider]
            )
        ):
            return more
    return None
