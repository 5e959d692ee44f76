"""What PostgreSQL refuses, whoever asks: integrity is the database's, not the code's."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from board.models import Matter, Office, Seat, Term
from board.services import voting
from kip.exceptions import InvalidTransition
from members.services import add_note
from tests.board.factories import (
    AT,
    ELECTED_AT,
    BoardNow,
    a_matter,
    all_vote,
    another_matter,
    declare,
)
from tests.members.factories import (
    a_draft,
    a_member,
    a_person,
    a_submitted_application,
    business_id,
    bylaws_with,
)

pytestmark = pytest.mark.django_db
BOARD = (3, 1)  # members, deputies


def refused(statement: str, *values: Any, match: str = "") -> None:
    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            # What waits for the transaction's end is checked now.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    also_refused(run, match)


def also_refused(make: Callable[[], Any], match: str) -> None:
    with pytest.raises(DatabaseError, match=match), transaction.atomic():
        make()


APPLICATION = "UPDATE members_application SET status = %s, ended_at = %s WHERE id = %s"


@pytest.mark.parametrize(
    "status", ["approved", "rejected", "before_board", "information_requested"]
)
def test_a_draft_jumps_no_step(status: str) -> None:
    ended = AT if status in {"approved", "rejected"} else None
    refused(APPLICATION, status, ended, a_draft().pk, match="pgtrigger")


def test_nothing_leads_back_from_the_end(board: BoardNow) -> None:
    matter = a_matter(board)
    all_vote(board, matter)
    declare(matter, board.chair)
    for status in ("draft", "submitted", "before_board"):
        refused(APPLICATION, status, None, matter.application_id, match="pgtrigger")
    refused(APPLICATION, "withdrawn", AT, matter.application_id, match="pgtrigger")
    for status in ("open", "for_meeting"):
        refused(
            "UPDATE board_matter SET status = %s, ended_at = NULL WHERE id = %s",
            status,
            matter.pk,
            match="pgtrigger",
        )


def test_nothing_begins_in_the_middle(board: BoardNow) -> None:
    from members.models import Application

    facts = {"begun_at": AT, "saved_at": AT}
    also_refused(lambda: Application.objects.create(status="submitted", **facts), "pgtrigger")
    also_refused(
        lambda: Application.objects.bulk_create([Application(status="before_board", **facts)]),
        "pgtrigger",
    )
    matter = another_matter(board)
    matter.pk, matter.status, matter.ended_at = None, "decided", AT
    also_refused(matter.save, "pgtrigger")


def test_code_that_walks_past_the_table_is_refused_by_the_database_in_words(
    board: BoardNow,
) -> None:
    """The row in hand is stale: another has decided. The trigger's refusal is a sentence."""
    stale = another_matter(board)
    all_vote(board, stale)
    declare(stale, board.chair)
    assert stale.status == "open"
    with pytest.raises(InvalidTransition), transaction.atomic():
        stale.move_to("for_meeting", ended_at=None)


def test_what_ended_is_dated_and_nothing_else_is() -> None:
    draft = a_draft()
    refused(APPLICATION, "withdrawn", None, draft.pk, match="ended_iff_dated")
    refused("UPDATE members_application SET ended_at = %s", AT, match="ended_iff_dated")
    refused("UPDATE members_application SET status = 'submitted'", match="submitted_is_dated")


def test_a_resolution_is_never_altered(board: BoardNow) -> None:
    matter = another_matter(board)
    all_vote(board, matter)
    resolution = declare(matter, board.chair)
    for statement in (
        "UPDATE board_resolution SET carried = false",
        "UPDATE board_resolution SET number = 7",
        "UPDATE board_resolution SET record = '{}'",
        "DELETE FROM board_resolution",
    ):
        refused(statement, match="pgtrigger")
    resolution.pk = None
    resolution.matter = another_matter(board)
    also_refused(resolution.save, "resolution_number_once")


def test_what_happened_in_a_decided_matter_stands(board: BoardNow) -> None:
    matter, other = another_matter(board), another_matter(board)
    all_vote(board, matter)
    declare(matter, board.chair)
    for statement in (
        "UPDATE board_entitlement SET choice = 'against' WHERE matter_id = %s",
        "UPDATE board_entitlement SET recused_at = now(), choice = '' WHERE matter_id = %s",
        "UPDATE board_entitlement SET reason = 'x' WHERE matter_id = %s",
        "DELETE FROM board_entitlement WHERE matter_id = %s",
    ):
        refused(statement, matter.pk, match="pgtrigger")
    refused(
        "INSERT INTO board_entitlement"
        " (matter_id, seat_id, choice, reason, channel, source_note, ground)"
        " VALUES (%s, %s, '', '', '', '', '')",
        matter.pk,
        board.seats[0].pk,
        match="pgtrigger",
    )
    # Nor is anything moved out of it, or into it.
    for into, out_of in ((other, matter), (matter, other)):
        refused(
            "UPDATE board_entitlement SET matter_id = %s WHERE matter_id = %s",
            into.pk,
            out_of.pk,
            match="pgtrigger",
        )


def test_one_vote_per_seat_and_none_with_a_conflict(board: BoardNow) -> None:
    matter = another_matter(board)
    also_refused(
        lambda: matter.entitlements.create(seat=board.seats[0]),
        "entitlement_once",
    )
    voting.declare_conflict(matter_id=matter.pk, by=board.chair, at=AT)
    refused(
        "UPDATE board_entitlement SET choice = 'for', channel = 'here', cast_at = now()"
        " WHERE recused_at IS NOT NULL",
        match="no_vote_with_a_conflict",
    )
    refused(
        "UPDATE board_entitlement SET choice = 'for' WHERE recused_at IS NULL",
        match="vote_cast_iff_dated",
    )


def test_terms_seats_and_offices_do_not_overlap(board: BoardNow) -> None:
    later = AT + timedelta(days=1)
    also_refused(
        lambda: Term.objects.create(elected="Twice", since=ELECTED_AT - timedelta(days=400)),
        "board_terms_do_not_overlap",
    )
    seat = {"term": board.term, "since": later}
    also_refused(
        lambda: Seat.objects.create(person=board.chair, kind="member", **seat),
        "seat_one_per_person",
    )
    also_refused(
        lambda: Seat.objects.create(person=a_person("D D"), kind="deputy", order=1, **seat),
        "seat_one_deputy_per_place",
    )
    also_refused(
        lambda: Office.objects.create(seat=board.seats[2], kind="chair", since=later),
        "office_one_holder",
    )
    Office.objects.filter(kind="vice_chair").update(until=AT)
    also_refused(
        lambda: Office.objects.create(seat=board.seats[0], kind="vice_chair", since=later),
        "office_one_per_seat",
    )
    also_refused(
        lambda: Office.objects.create(
            seat=board.seats[2], kind="chair", since=ELECTED_AT, until=ELECTED_AT
        ),
        "ends_after_it_begins",
    )


def test_half_open_ranges_meet(board: BoardNow) -> None:
    Office.objects.filter(kind="chair").update(until=AT)
    Office.objects.create(seat=board.seats[2], kind="chair", since=AT)
    assert Office.objects.in_force(AT).get(kind="chair").seat == board.seats[2]


def test_one_pending_matter_per_application(board: BoardNow) -> None:
    matter = a_matter(board)
    matter.pk = None
    also_refused(matter.save, "matter_one_pending_per_application")


def test_one_open_application_and_one_member_per_company() -> None:
    a_submitted_application()
    refused(
        "UPDATE members_application SET status = 'submitted', submitted_at = now() WHERE id = %s",
        a_draft(by=a_person("Other One")).pk,
        match="application_one_open_per_company",
    )
    member = a_member()
    also_refused(lambda: a_member(number=2), "member_one_per_company")
    also_refused(lambda: a_member(number=1, business_id=business_id(1)), "number")
    also_refused(
        lambda: member.periods.create(since=timezone.localdate(AT), recorded_at=AT),
        "membership_periods_do_not_overlap",
    )


def test_a_version_of_the_bylaws_is_never_edited(board: BoardNow) -> None:
    bylaws_with(by=board.secretary)
    refused("UPDATE bylaws_bylaws SET board_quorum = 'more_than_half'", match="pgtrigger")
    refused("DELETE FROM bylaws_bylaws", match="pgtrigger")


def test_history_is_append_only(board: BoardNow) -> None:
    matter = a_matter(board)
    all_vote(board, matter)
    declare(matter, board.chair)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
            " AND (table_name LIKE 'board_%%event' OR table_name LIKE 'members_%%event')"
        )
        tables = [name for (name,) in cursor.fetchall()]
    assert {"board_matterevent", "board_resolutionevent", "members_applicationevent"} <= set(tables)
    for table in tables:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table}")
            filled = cursor.fetchone()[0]
        if filled:
            refused(f"UPDATE {table} SET pgh_label = 'x'", match="pgtrigger|append-only")
            refused(f"DELETE FROM {table}", match="pgtrigger|append-only")


def test_messages_are_kept(board: BoardNow) -> None:
    add_note(application_id=a_submitted_application().pk, text="Hm.", by=board.secretary, at=AT)
    refused("DELETE FROM members_message", match="pgtrigger")


def test_a_matter_says_what_it_is(board: BoardNow) -> None:
    matter = another_matter(board)
    for changed in ({"title": ""}, {"kind": "admission"}, {"deadline": AT}):
        also_refused(
            lambda changed=changed: Matter.objects.filter(pk=matter.pk).update(**changed), "matter_"
        )
