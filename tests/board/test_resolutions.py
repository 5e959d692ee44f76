"""From votes to a resolution: who declares it, what it holds, and who learns of it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction

from board.models import Matter, Resolution
from board.services import matters, voting
from board.states import MatterStatus
from kip.exceptions import DomainError, InvalidTransition, NotAllowed
from kip.mail.models import OutboxMail
from members import services as members
from members.models import Member
from tests.board.factories import (
    AT,
    DEADLINE,
    BoardNow,
    a_matter,
    all_vote,
    another_matter,
    declare,
    standing,
    vote,
)
from tests.members.factories import NewLetters, a_person, business_id, bylaws_with

pytestmark = pytest.mark.django_db
BOARD = (3, 1)  # members, deputies

DAY = timedelta(days=1)


# --- Who declares, and when ---------------------------------------------------------------------


def test_the_outcome_is_open_until_everyone_is_heard(board: BoardNow) -> None:
    matter = another_matter(board)
    all_vote(board, matter, "++.")
    with pytest.raises(DomainError):
        declare(matter, board.chair)
    with NewLetters() as letters:
        vote(matter, board.people[2], "against")
    assert letters == [("declare-ready", "Chair")]
    assert Resolution.objects.count() == 0, "the program never declares"
    assert declare(matter, board.chair).carried


def test_after_the_deadline_those_who_voted_decide(board: BoardNow) -> None:
    matter = another_matter(board)
    all_vote(board, matter, "++.")
    with pytest.raises(DomainError):
        declare(matter, board.chair, at=DEADLINE - timedelta(seconds=1))
    assert declare(matter, board.chair, at=DEADLINE).carried


def test_nobody_else_declares(board: BoardNow) -> None:
    matter = another_matter(board)
    all_vote(board, matter)
    others = [
        board.vice_chair,
        board.people[2],
        board.deputies[0],
        board.secretary,
        a_person("Root Root", is_superuser=True),
    ]
    for person in others:
        with pytest.raises(NotAllowed):
            declare(matter, person)
    assert Resolution.objects.count() == 0


def test_the_vice_chair_presides_when_the_chair_is_recused(board: BoardNow) -> None:
    matter = another_matter(board)
    voting.declare_conflict(matter_id=matter.pk, by=board.chair, at=AT)
    vote(matter, board.vice_chair)
    vote(matter, board.people[2], "against")
    with NewLetters() as letters:
        vote(matter, board.deputies[0], "abstain")
    assert letters == [("declare-ready", "Vice")]
    with pytest.raises(NotAllowed):
        declare(matter, board.chair)
    assert declare(matter, board.vice_chair).carried, "the tie goes with the vice chair's vote"


def test_it_is_declared_once(board: BoardNow) -> None:
    matter = another_matter(board)
    all_vote(board, matter)
    declare(matter, board.chair)
    with pytest.raises(InvalidTransition):
        declare(matter, board.chair)
    for act in (
        lambda: matters.send_to_meeting(matter_id=matter.pk, by=board.chair, at=AT),
        lambda: matters.close_matter(matter_id=matter.pk, by=board.secretary, at=AT),
        lambda: voting.declare_conflict(matter_id=matter.pk, by=board.chair, at=AT),
    ):
        with pytest.raises(InvalidTransition):
            act()
    assert Resolution.objects.count() == 1


def test_without_a_quorum_nothing_is_declared(board: BoardNow) -> None:
    matter = another_matter(board)
    vote(matter, board.chair)
    with pytest.raises(DomainError):
        declare(matter, board.chair, at=DEADLINE)


def test_early_closing_where_the_bylaws_allow_it(board: BoardNow) -> None:
    matter = another_matter(board)
    all_vote(board, matter, "++.")
    bylaws_with(early_closing=True, by=board.secretary)
    assert declare(matter, board.chair).carried


# --- What follows -------------------------------------------------------------------------------


def test_a_carried_admission(board: BoardNow) -> None:
    matter = a_matter(board)
    application = matter.application
    assert application is not None
    all_vote(board, matter, "+-+")
    with NewLetters() as letters:
        resolution = declare(matter, board.chair)

    member = Member.objects.get()
    period = member.periods.get()
    application.refresh_from_db()
    matter.refresh_from_db()
    assert (member.number, member.name) == (1, "Höyry & Co Oy")
    assert (period.since, period.resolution) == (date(2027, 2, 2), "2027/1")
    assert (application.status, application.ended_at) == ("approved", AT)
    assert (matter.status, matter.ended_at) == (MatterStatus.DECIDED, AT)
    roles = {r.role: r.person.email for r in member.representatives.select_related("person")}
    assert roles == {"primary": "kaisa@hoyry.example", "voting": "sanna@hoyry.example"}
    assert letters == sorted(
        [
            ("application-approved", "Anni"),
            ("application-approved", "Siiri"),
            ("application-approved", "kaisa@hoyry.example"),
            ("decided", "Chair"),
            ("decided", "Vice"),
            ("decided", "Third"),
            ("decided", "Deputy1"),
            ("decided", "Siiri"),
            ("invitation", "Kaisa"),
            ("invitation", "Sanna"),
        ]
    )
    assert resolution.text and "Höyry & Co Oy" in resolution.text


def test_a_rejected_admission(board: BoardNow) -> None:
    matter = a_matter(board)
    all_vote(board, matter, "-+-")
    for nothing in ("", "  "):
        with pytest.raises(DomainError) as refused:
            declare(matter, board.chair, reason=nothing)
        assert refused.value.field == "reason"
    with NewLetters() as letters:
        resolution = declare(matter, board.chair, reason="Its activities are elsewhere.")
    assert not resolution.carried
    assert Member.objects.count() == 0
    assert matter.application is not None
    matter.application.refresh_from_db()
    assert matter.application.status == "rejected"
    assert matter.application.reason == "Its activities are elsewhere."
    told = sorted(name for _, name in letters)
    assert told == [
        "Anni",
        "Chair",
        "Deputy1",
        "Siiri",
        "Siiri",
        "Third",
        "Vice",
        "kaisa@hoyry.example",
    ]
    letter = OutboxMail.objects.get(
        key__startswith="application-rejected", reader__given_name="Anni"
    )
    assert "Its activities are elsewhere." in letter.text


@pytest.mark.parametrize("choices", ["+-+", "-+-"])
def test_who_voted_how_is_never_told_outside_the_board(board: BoardNow, choices: str) -> None:
    matter = a_matter(board)
    for person, sign in zip(board.people, choices, strict=True):
        vote(matter, person, {"+": "for", "-": "against"}[sign], reason=f"SECRET of {person}")
    declare(matter, board.chair, reason="As stated.")
    outside = OutboxMail.objects.exclude(reader__in=[*board.people, *board.deputies])
    outside = outside.exclude(reader=board.secretary)
    assert outside.exists()
    for letter in outside:
        whole = letter.subject + letter.text + letter.html
        assert "SECRET" not in whole
        for person in board.people:
            assert person.family_name not in whole
        assert "against" not in whole and "in favour" not in whole


def test_the_record_tells_all_that_stood(board: BoardNow) -> None:
    matter = another_matter(board)
    voting.declare_conflict(matter_id=matter.pk, ground="Mine.", by=board.people[2], at=AT)
    vote(matter, board.chair, reason="Good.")
    vote(matter, board.vice_chair, "against")
    vote(matter, board.deputies[0], "abstain")
    resolution = declare(matter, board.chair)
    record = resolution.record
    seats = {seat["name"]: seat for seat in record["seats"]}
    assert {key: record[key] for key in ("procedure", "elected", "needed", "presider")} == {
        "procedure": "written",
        "elected": 3,
        "needed": 2,
        "presider": "Chair Kärki",
    }
    assert (record["in_favour"], record["against"], record["abstained"]) == (1, 1, 1)
    assert seats["Chair Kärki"]["office"] == "chair"
    assert seats["Chair Kärki"]["organisation"] == "Company of Chair Kärki"
    assert (seats["Chair Kärki"]["vote"], seats["Chair Kärki"]["reason"]) == ("for", "Good.")
    assert seats["Third Kolmas"]["recused"] and not seats["Third Kolmas"]["vote"]
    assert seats["Deputy1 Vara"]["in_place_of"] == "Third Kolmas"
    assert seats["Deputy1 Vara"]["vote"] == "abstain"
    assert resolution.declared_by == board.chair
    assert resolution.declared_at == AT


def test_a_resolution_keeps_the_bylaws_it_was_made_under(board: BoardNow) -> None:
    matter = another_matter(board)
    all_vote(board, matter, "+-+")
    assert standing(matter).tally.outcome == "carried"
    under = declare(matter, board.chair).bylaws
    newer = bylaws_with(
        by=board.secretary, valid_from=date(2027, 2, 2), board_majority="two_thirds"
    )
    assert newer != under
    assert Resolution.objects.get().bylaws == under


def test_bylaws_changed_after_the_deadline_do_not_change_the_outcome(board: BoardNow) -> None:
    matter = another_matter(board)
    all_vote(board, matter, "++-")
    under = standing(matter).bylaws
    bylaws_with(by=board.secretary, valid_from=date(2027, 2, 20), board_majority="three_quarters")
    resolution = declare(matter, board.chair, at=DEADLINE + 7 * DAY)
    assert (resolution.carried, resolution.bylaws) == (True, under)


def test_bylaws_changed_before_the_deadline_hold_for_what_is_declared_then(board: BoardNow) -> None:
    matter = another_matter(board)
    all_vote(board, matter, "++-")
    newer = bylaws_with(
        by=board.secretary, valid_from=date(2027, 2, 5), board_majority="three_quarters"
    )
    resolution = declare(matter, board.chair, at=AT + 5 * DAY)
    assert (resolution.carried, resolution.bylaws) == (False, newer)


# --- Numbers ------------------------------------------------------------------------------------


def resolved(board: BoardNow, at: datetime) -> Resolution:
    matter = another_matter(board, at=at - DAY, deadline=at + DAY)
    all_vote(board, matter, at=at - DAY)
    resolution: Resolution = declare(matter, board.chair, at=at)
    return resolution


def test_numbers_run_by_the_year_in_helsinki(board: BoardNow) -> None:
    last = datetime(2027, 12, 31, 21, 30, tzinfo=UTC)  # 23:30 in Helsinki
    first = datetime(2027, 12, 31, 22, 30, tzinfo=UTC)  # 00:30 on 1 January
    made = [resolved(board, at) for at in (AT, last, first, first)]
    assert [made_one.reference for made_one in made] == ["2027/1", "2027/2", "2028/1", "2028/2"]


def test_an_act_that_is_undone_gives_its_number_back(board: BoardNow) -> None:
    resolved(board, AT)
    with transaction.atomic():
        assert resolved(board, AT).reference == "2027/2"
        transaction.set_rollback(True)
    assert resolved(board, AT).reference == "2027/2"


def test_members_are_numbered_in_the_order_of_their_admission(board: BoardNow) -> None:
    found = [
        a_matter(board, by=a_person(f"Anni {n}"), business_id=business_id(n), name=f"No {n}")
        for n in range(1, 4)
    ]
    for matter in reversed(found):
        all_vote(board, matter)
        declare(matter, board.chair)
    assert list(Member.objects.values_list("number", "name")) == [
        (1, "No 3"),
        (2, "No 2"),
        (3, "No 1"),
    ]


# --- Ending without a decision ------------------------------------------------------------------


def test_withdrawing_the_application_closes_the_matter(board: BoardNow) -> None:
    matter = a_matter(board)
    vote(matter, board.chair)
    application = matter.application
    assert application is not None and application.applicant is not None
    with NewLetters() as letters:
        members.withdraw(application_id=application.pk, by=application.applicant, at=AT)
    matter.refresh_from_db()
    assert (matter.status, matter.ended_at) == (MatterStatus.CLOSED, AT)
    told = [name for occasion, name in letters if occasion == "matter-closed"]
    assert sorted(told) == ["Chair", "Deputy1", "Siiri", "Third", "Vice"]
    for act in (lambda: vote(matter, board.vice_chair), lambda: declare(matter, board.chair)):
        with pytest.raises(InvalidTransition):
            act()


def test_what_stopped_is_not_taken_up_for_a_withdrawn_application(board: BoardNow) -> None:
    from board.services import terms

    matter = a_matter(board)
    assert matter.application_id is not None
    terms.end_seat(seat_id=board.seats[2].pk, until=AT, by=board.secretary, at=AT)
    members.withdraw(application_id=matter.application_id, by=board.secretary, at=AT)
    with pytest.raises(InvalidTransition):
        matters.take_up_anew(matter_id=matter.pk, deadline=DEADLINE, by=board.secretary, at=AT)


def test_the_secretary_closes_another_matter_but_no_admission(board: BoardNow) -> None:
    admission, other = a_matter(board), another_matter(board)
    with pytest.raises(NotAllowed):
        matters.close_matter(matter_id=other.pk, by=board.chair, at=AT)
    with pytest.raises(DomainError):
        matters.close_matter(matter_id=admission.pk, by=board.secretary, at=AT)
    matters.close_matter(matter_id=other.pk, by=board.secretary, at=AT)
    assert Matter.objects.get(pk=other.pk).status == MatterStatus.CLOSED
