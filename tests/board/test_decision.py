"""How the board decides, against an account of the rules written anew here, and by brute force.

The examples come first: they can be read as the rules themselves.
"""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from board.decision import Board, Choice, Lapse, Outcome, Poll, Rules, Tally, fill_seats, tally

F, A, ABSTAINS = Choice.FOR, Choice.AGAINST, Choice.ABSTAIN

# A board of eight: the chair is 1, the vice chair 2; deputies 11 and 12 step in in that order.
EIGHT = Board(elected=tuple(range(1, 9)), deputies=(11, 12), chair=1, vice_chair=2)
MARKS = {"+": F, "-": A, "o": ABSTAINS}


def poll(marks: str, *, over: bool = False, **deputies: str) -> Poll:
    """One sign for each seat from 1: + for, - against, o abstains, . waits, R recused, X absent.

    `d11="+"` is the vote of deputy 11.
    """
    signs = dict(enumerate(marks, start=1)) | {int(k[1:]): sign for k, sign in deputies.items()}
    return Poll(
        votes={seat: MARKS[sign] for seat, sign in signs.items() if sign in MARKS},
        recused=frozenset(seat for seat, sign in signs.items() if sign == "R"),
        absent=frozenset(seat for seat, sign in signs.items() if sign == "X"),
        deadline_passed=over,
    )


def board_of(elected: int, deputies: int = 0) -> Board:
    return Board(
        elected=tuple(range(1, elected + 1)),
        deputies=tuple(range(101, 101 + deputies)),
        chair=1,
        vice_chair=2 if elected > 1 else None,
    )


OPEN, CARRIED, NOT_CARRIED, LAPSES = Outcome


@pytest.mark.parametrize(
    ("marks", "over", "outcome"),
    [
        # Nobody decides before everyone is heard or the deadline passes.
        ("........", False, OPEN),
        ("+++++++.", False, OPEN),
        ("+++++...", False, OPEN),
        ("+++++...", True, CARRIED),
        ("++++++++", False, CARRIED),
        ("--------", False, NOT_CARRIED),
        # More than half of the votes cast; abstentions are not counted, but take part.
        ("+oooooo.", True, CARRIED),
        ("o+-ooooo", False, NOT_CARRIED),
        ("oooooooo", False, NOT_CARRIED),
        # A tie goes with the vote of whoever presides: the chair,
        ("++++----", False, CARRIED),
        ("----++++", False, NOT_CARRIED),
        ("-+++++--", False, CARRIED),
        # the vice chair when the chair does not take part,
        (".+++---.", True, CARRIED),
        (".-++--+.", True, NOT_CARRIED),
        ("R+++---o", True, CARRIED),
        # and nobody's when whoever presides abstains: the chair presides and not the vice chair.
        ("o+++---.", True, NOT_CARRIED),
        ("o---+++.", True, NOT_CARRIED),
        # Quorum: at least half of the eight elected seats take part, an abstention among them.
        ("+++.....", True, LAPSES),
        ("++++....", True, CARRIED),
        ("+++o....", True, CARRIED),
        ("++RRRR..", False, OPEN),
        ("++RRRRR.", False, OPEN),  # deputies fill two of the five seats: 5 voters
        # Somebody must preside: the chair or the vice chair takes part.
        ("..++++++", True, LAPSES),
        ("RR++++++", False, LAPSES),
        ("RX......", False, LAPSES),
        ("R.++++++", False, OPEN),
    ],
)
def test_examples_of_a_board_of_eight(marks: str, over: bool, outcome: Outcome) -> None:
    assert tally(EIGHT, Rules(), poll(marks, over=over)).outcome is outcome


@pytest.mark.parametrize(
    ("marks", "deputies", "voters"),
    [
        ("........", {}, {1, 2, 3, 4, 5, 6, 7, 8}),
        ("..R.....", {}, {1, 2, 4, 5, 6, 7, 8, 11}),
        ("..R.X...", {}, {1, 2, 4, 6, 7, 8, 11, 12}),
        ("..RRX...", {}, {1, 2, 6, 7, 8, 11, 12}),
        # The first deputy is away: the second steps in, and nobody after.
        ("..R.....", {"d11": "X"}, {1, 2, 4, 5, 6, 7, 8, 12}),
        ("..R.....", {"d11": "R", "d12": "X"}, {1, 2, 4, 5, 6, 7, 8}),
        # A deputy who voted while nobody was away has no vote.
        ("........", {"d11": "-"}, {1, 2, 3, 4, 5, 6, 7, 8}),
    ],
)
def test_examples_of_deputies(marks: str, deputies: dict[str, str], voters: set[int]) -> None:
    assert set(tally(EIGHT, Rules(), poll(marks, **deputies)).voters) == voters


def test_a_deputy_who_fills_the_chairs_seat_does_not_preside() -> None:
    counted = tally(EIGHT, Rules(), poll("X-++--oo", d11="+", over=True))
    assert (counted.in_favour, counted.against) == (3, 3)
    assert counted.presider == 2
    assert counted.outcome is NOT_CARRIED


def test_votes_on_file_of_those_without_a_vote_count_for_nothing() -> None:
    on_file = poll("++++++++", d11="-", d12="-")
    recused = replace(on_file, recused=frozenset({3}))  # its vote was cast before
    assert tally(EIGHT, Rules(), on_file).against == 0
    counted = tally(EIGHT, Rules(), recused)
    assert (counted.in_favour, counted.against) == (7, 1)


@pytest.mark.parametrize(
    ("majority", "marks", "outcome"),
    [
        ("two_thirds", "++++--oo", CARRIED),  # 4 of 6, exactly
        ("two_thirds", "+++--ooo", NOT_CARRIED),  # 3 of 5
        ("two_thirds", "+++++---", NOT_CARRIED),  # 5 of 8
        ("two_thirds", "++++++--", CARRIED),
        ("three_quarters", "++++++--", CARRIED),  # 6 of 8, exactly
        ("three_quarters", "+++++--o", NOT_CARRIED),  # 5 of 7
        ("three_quarters", "+++-oooo", CARRIED),
        ("two_thirds", "oooooooo", NOT_CARRIED),
        ("three_quarters", "oooooooo", NOT_CARRIED),
        # The presider's vote breaks ties only, and half is not two thirds.
        ("two_thirds", "++++----", NOT_CARRIED),
    ],
)
def test_examples_of_greater_majorities(majority: str, marks: str, outcome: Outcome) -> None:
    assert tally(EIGHT, Rules(majority=majority), poll(marks)).outcome is outcome


@pytest.mark.parametrize(
    ("rules", "marks", "over", "lapse"),
    [
        (Rules(procedure="forbidden"), "++++++++", False, Lapse.FORBIDDEN),
        (Rules(), "RR......", False, Lapse.NOBODY_PRESIDES),
        (Rules(), "..++++++", True, Lapse.NOBODY_PRESIDES),
        (Rules(), "+++.....", True, Lapse.NO_QUORUM),
        (Rules(quorum="number", quorum_number=9), "........", False, Lapse.NO_QUORUM),
        (Rules(quorum="number", quorum_number=9), "++++++++", False, Lapse.NO_QUORUM),
        # Who was marked absent may come back, also after all others voted; not who is recused.
        (Rules(), "++XXXXX.", False, None),
        (Rules(quorum="more_than_half"), "++XXXXXX", False, None),
        (Rules(quorum="more_than_half"), "++XXXXXX", True, Lapse.NO_QUORUM),
        (Rules(quorum="more_than_half"), "+.RRRRRR", False, Lapse.NO_QUORUM),
        (Rules(quorum="more_than_half"), "++XXXXX.", True, Lapse.NO_QUORUM),
        (Rules(procedure="unanimous"), "+-......", False, Lapse.NOT_UNANIMOUS),
        (Rules(procedure="unanimous"), "+o......", False, Lapse.NOT_UNANIMOUS),
        (Rules(procedure="unanimous"), "o.......", False, Lapse.NOT_UNANIMOUS),
        (Rules(procedure="unanimous"), "+++++++.", True, Lapse.NOT_UNANIMOUS),
        (Rules(procedure="unanimous"), "+++++++.", False, None),
        (Rules(procedure="unanimous"), "++++++++", False, None),
        (Rules(procedure="unanimous"), "--------", False, None),
        (Rules(), "+++.....", False, None),
    ],
)
def test_examples_of_lapses(rules: Rules, marks: str, over: bool, lapse: Lapse | None) -> None:
    counted = tally(EIGHT, rules, poll(marks, over=over))
    assert counted.lapse is lapse
    assert (counted.outcome is LAPSES) == (lapse is not None)
    assert not (lapse and counted.may_be_declared)


@pytest.mark.parametrize(
    ("marks", "outcome"),
    [
        ("+++++...", CARRIED),  # five of eight: the rest cannot undo it
        ("++++....", CARRIED),  # a tie at worst, which goes with the chair in favour
        ("-----...", NOT_CARRIED),
        ("-+++....", OPEN),
        (".+++++..", OPEN),  # the chair may still vote and preside
        ("R+++++..", CARRIED),
        ("+++.....", OPEN),
    ],
)
def test_examples_of_early_closing(marks: str, outcome: Outcome) -> None:
    counted = tally(EIGHT, Rules(early_closing=True), poll(marks))
    assert counted.outcome is outcome
    assert counted.may_be_declared == (outcome is not OPEN)
    assert tally(EIGHT, Rules(), poll(marks)).outcome is OPEN


@pytest.mark.parametrize(
    ("rules", "marks", "over", "more"),
    [
        (Rules(), "........", False, 4),  # half of eight
        (Rules(), "+++.....", False, 1),
        (Rules(), "++++....", False, 0),
        (Rules(), ".+++----", False, 1),
        (Rules(), "-+--++o.", False, 1),
        (Rules(), "-+--+-+.", False, None),
        (Rules(), "..++++++", False, 1),  # somebody must preside
        (Rules(), "-++---o.", False, None),
        (Rules(majority="two_thirds"), "-.......", False, 3),
        (Rules(procedure="unanimous"), "+++.....", False, 5),
        (Rules(procedure="unanimous"), "--------", False, None),
        (Rules(), "++++....", True, 0),
        # After the deadline there are no further votes.
        (Rules(), "++----..", True, None),
        (Rules(), "+----...", True, None),
    ],
)
def test_examples_of_what_is_missing(
    rules: Rules, marks: str, over: bool, more: int | None
) -> None:
    assert tally(EIGHT, rules, poll(marks, over=over)).more_in_favour == more


# --- The rules, told once more and more slowly --------------------------------------------------

CHOICES = st.sampled_from(Choice)
RULES = st.one_of(
    st.builds(
        Rules,
        quorum=st.sampled_from(["at_least_half", "more_than_half"]),
        majority=st.sampled_from(["more_than_half", "two_thirds", "three_quarters"]),
        procedure=st.sampled_from(["majority", "majority", "unanimous", "forbidden"]),
        early_closing=st.booleans(),
    ),
    st.builds(
        Rules,
        quorum=st.just("number"),
        quorum_number=st.integers(1, 9),
        majority=st.sampled_from(["more_than_half", "two_thirds", "three_quarters"]),
        early_closing=st.booleans(),
    ),
)


Case = tuple[Board, Poll]


def cases(largest: int = 15) -> st.SearchStrategy[Case]:
    """Boards of 1 to `largest` seats and up to three deputies, with all that can have happened."""
    return st.builds(
        case,
        st.text("++++---o...RX", min_size=1, max_size=largest),
        st.text("++-o..RX", max_size=3),
        st.integers(0, 19),
        st.integers(0, 19),
        st.booleans(),
    )


def case(members: str, deputies: str, chair: int, vice_chair: int, over: bool) -> Case:
    size = len(members)
    board = replace(
        board_of(size, len(deputies)),
        chair=1 + chair if chair < size else None,
        vice_chair=1 + vice_chair if vice_chair < size and vice_chair != chair else None,
    )
    votes = {f"d{101 + place}": mark for place, mark in enumerate(deputies)}
    return board, poll(members, over=over, **votes)


def threshold(majority: str) -> Fraction:
    return {"two_thirds": Fraction(2, 3), "three_quarters": Fraction(3, 4)}[majority]


def expected(board: Board, rules: Rules, poll: Poll) -> tuple[Outcome, Lapse | None]:
    """The outcome, by the words of the bylaws and the Act; early closing left aside."""
    away = [seat for seat in board.elected if seat in poll.recused or seat in poll.absent]
    free = [d for d in board.deputies if d not in poll.recused and d not in poll.absent]
    voters = [s for s in board.elected if s not in away] + free[: len(away)]
    cast = {seat: poll.votes[seat] for seat in voters if seat in poll.votes}
    half = Fraction(len(board.elected), 2)
    enough = {
        "at_least_half": lambda n: n >= half,
        "more_than_half": lambda n: n > half,
        "number": lambda n: n >= (rules.quorum_number or 0),
    }[rules.quorum]
    officers = [o for o in (board.chair, board.vice_chair) if o is not None]
    over = poll.deadline_passed or (len(cast) == len(voters) and enough(len(cast)))
    recused = [seat for seat in board.elected if seat in poll.recused]
    deputies = [d for d in board.deputies if d not in poll.recused]
    reachable = len(board.elected) - max(0, len(recused) - len(deputies))

    if rules.procedure == "forbidden":
        return LAPSES, Lapse.FORBIDDEN
    if not any(officer in voters for officer in officers):
        return LAPSES, Lapse.NOBODY_PRESIDES
    if not enough(reachable) or (over and not enough(len(cast))):
        return LAPSES, Lapse.NO_QUORUM
    if over and not any(officer in cast for officer in officers):
        return LAPSES, Lapse.NOBODY_PRESIDES
    votes = list(cast.values())
    if rules.procedure == "unanimous":
        agreed = all(v is F for v in votes) or all(v is A for v in votes)
        if not agreed or (over and len(cast) < len(voters)):
            return LAPSES, Lapse.NOT_UNANIMOUS
    if not over:
        return OPEN, None
    for_, against = votes.count(F), votes.count(A)
    presider = next(cast[officer] for officer in officers if officer in cast)
    if rules.majority == "more_than_half":
        carried = for_ > against or (for_ == against and presider is F)
    else:
        carried = for_ + against > 0 and Fraction(for_, for_ + against) >= threshold(rules.majority)
    return (CARRIED if carried else NOT_CARRIED), None


@given(cases(), RULES)
@settings(max_examples=300)
def test_the_outcome_is_what_the_words_say(case: Case, rules: Rules) -> None:
    board, poll = case
    rules = replace(rules, early_closing=False)
    counted = tally(board, rules, poll)
    assert (counted.outcome, counted.lapse) == expected(board, rules, poll)


@given(cases(), RULES)
@settings(max_examples=200)
def test_what_a_tally_says_agrees_with_itself(case: Case, rules: Rules) -> None:
    board, poll = case
    counted = tally(board, rules, poll)
    out = poll.recused | poll.absent
    away = [seat for seat in board.elected if seat in out]
    acting = [voter for voter in counted.voters if voter in board.deputies]

    assert counted.elected == len(board.elected), "the base is all elected seats"
    assert not out & set(counted.voters), "nobody recused or absent votes"
    assert len(acting) <= len(away), "deputies fill vacated seats and no more"
    free = [deputy for deputy in board.deputies if deputy not in out]
    assert acting == free[: len(acting)], "in their order"
    assert len(acting) == min(len(away), len(free))
    assert len(set(counted.voters)) == len(counted.voters) <= counted.elected
    assert set(counted.waiting) == set(counted.voters) - set(poll.votes)
    assert counted.taking_part + len(counted.waiting) == len(counted.voters)
    assert counted.presider in {None, board.chair, board.vice_chair}
    assert counted.may_be_declared == (counted.outcome in {CARRIED, NOT_CARRIED})
    if counted.may_be_declared:
        assert counted.presider in poll.votes
        assert counted.taking_part >= counted.needed
        assert counted.more_for_quorum == 0
    if counted.outcome is OPEN:
        assert not poll.deadline_passed
        assert counted.waiting or (poll.absent and counted.more_for_quorum)


@given(cases(), RULES)
@settings(max_examples=150)
def test_a_recusal_leaves_the_base_as_it_is(case: Case, rules: Rules) -> None:
    board, poll = case
    before = tally(board, rules, poll)
    for member in board.elected:
        after = tally(board, rules, replace(poll, recused=poll.recused | {member}))
        assert (after.elected, after.needed) == (before.elected, before.needed)
        assert member not in after.voters
        assert len(after.voters) <= len(before.voters)


@given(cases(), RULES)
@settings(max_examples=300)
def test_one_more_in_favour_never_undoes_it(case: Case, rules: Rules) -> None:
    """A vote against or an abstention turned into one in favour leaves carried what was carried."""
    board, poll = case
    before = tally(board, rules, poll)
    if before.outcome is not CARRIED:
        return
    for voter in set(before.voters) & set(poll.votes):
        after = tally(board, rules, replace(poll, votes={**poll.votes, voter: F}))
        assert after.outcome is CARRIED


@given(cases(), CHOICES, RULES)
@settings(max_examples=150)
def test_the_votes_of_those_without_a_vote_change_nothing(
    case: Case, choice: Choice, rules: Rules
) -> None:
    board, poll = case
    before = tally(board, rules, poll)
    others = (set(board.elected) | set(board.deputies)) - set(before.voters)
    votes = {seat: vote for seat, vote in poll.votes.items() if seat in before.voters}
    assert tally(board, rules, replace(poll, votes=votes)) == before
    assert tally(board, rules, replace(poll, votes=votes | dict.fromkeys(others, choice))) == before


# --- By brute force -----------------------------------------------------------------------------


def continuations(counted: Tally, votes: dict[int, Choice]) -> Iterator[dict[int, Choice]]:
    """Every way in which those who have not voted may yet vote, or not."""
    for more in product((None, *Choice), repeat=len(counted.waiting)):
        yield votes | {s: c for s, c in zip(counted.waiting, more, strict=True) if c is not None}


SMALL = [
    (replace(board_of(size), vice_chair=vice), marks)
    for size in (1, 2, 3, 4)
    for vice in {None, 2 if size > 1 else None}
    for marks in product("+-o.", repeat=size)
]


@pytest.mark.parametrize("quorum", ["at_least_half", "more_than_half"])
@pytest.mark.parametrize("majority", ["more_than_half", "two_thirds", "three_quarters"])
def test_early_closing_only_when_nothing_can_change_the_outcome(quorum: str, majority: str) -> None:
    """All votings of boards of up to four seats. Closed early, every continuation ends the same."""
    rules = Rules(quorum=quorum, majority=majority)
    closed = 0
    for board, marks in SMALL:
        now = poll("".join(marks))
        counted = tally(board, replace(rules, early_closing=True), now)
        if not counted.may_be_declared or not counted.waiting:
            continue
        closed += 1
        ends = {
            tally(board, rules, replace(now, votes=votes, deadline_passed=True)).outcome
            for votes in continuations(counted, dict(now.votes))
        }
        assert ends == {counted.outcome}, (board, marks)
    assert closed > 10


@pytest.mark.parametrize("majority", ["more_than_half", "two_thirds", "three_quarters"])
def test_early_closing_is_not_shy_either(majority: str) -> None:
    """With the quorum there and the presider heard, what cannot change may be declared at once."""
    rules = Rules(majority=majority)
    for board, marks in SMALL:
        now = poll("".join(marks))
        counted = tally(board, rules, now)
        if counted.presider != board.chair or counted.more_for_quorum or not counted.waiting:
            continue
        ends = {
            tally(board, rules, replace(now, votes=votes, deadline_passed=True)).outcome
            for votes in continuations(counted, dict(now.votes))
        }
        early = tally(board, replace(rules, early_closing=True), now)
        assert early.may_be_declared == (len(ends) == 1), (board, marks)


def test_a_unanimous_procedure_never_closes_early() -> None:
    rules = Rules(procedure="unanimous", early_closing=True)
    assert tally(EIGHT, rules, poll("+++++++.")).outcome is OPEN


@given(cases(largest=6), RULES)
@settings(max_examples=200)
def test_more_in_favour_is_the_fewest_that_would_carry_it(case: Case, rules: Rules) -> None:
    """Of all sets of those waiting: the smallest whose votes in favour carry it at the deadline."""
    board, poll = case
    counted = tally(board, rules, poll)
    waiting = () if poll.deadline_passed else counted.waiting
    fewest = None
    for more in range(len(waiting) + 1):
        votes = (
            {**poll.votes, **dict.fromkeys(voting, F)} for voting in combinations(waiting, more)
        )
        ends = (tally(board, rules, replace(poll, votes=v, deadline_passed=True)) for v in votes)
        if any(end.outcome is CARRIED for end in ends):
            fewest = more
            break
    assert counted.more_in_favour == (None if counted.lapse else fewest)


@given(cases())
def test_every_elected_seat_is_named_and_filled_at_most_once(case: Case) -> None:
    board, poll = case
    filled = fill_seats(board, poll)
    assert tuple(filled) == board.elected
    acting = [voter for voter in filled.values() if voter is not None]
    assert len(set(acting)) == len(acting)


@pytest.mark.parametrize(
    ("quorum", "elected", "needed"),
    [
        ("at_least_half", 1, 1),
        ("at_least_half", 7, 4),
        ("at_least_half", 8, 4),
        ("more_than_half", 7, 4),
        ("more_than_half", 8, 5),
    ],
)
def test_the_quorum_in_seats(quorum: str, elected: int, needed: int) -> None:
    assert Rules(quorum=quorum).seats_needed(elected) == needed
    assert Rules(quorum="number", quorum_number=3).seats_needed(elected) == 3
