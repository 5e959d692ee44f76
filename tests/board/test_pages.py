"""The board's pages: what stands on them for whom, and that an act works once."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from board.models import Matter, Resolution
from board.services import terms, voting
from board.states import MatterStatus
from kip.accounts.models import User
from kip.bylaws.models import Bylaws
from tests.board.factories import BoardNow, a_board, a_matter, all_vote, another_matter, declare
from tests.members.factories import (
    a_member,
    a_pdf,
    a_submitted_application,
    business_id,
    bylaws_with,
)

pytestmark = pytest.mark.django_db


def now() -> Any:
    return timezone.now()


def in_days(days: int) -> Any:
    return now() + timezone.timedelta(days=days)


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="kip.accounts.backends.Backend")
    return client


@pytest.fixture
def board() -> BoardNow:
    return a_board(4, deputies=1)


@pytest.fixture
def matter(board: BoardNow) -> Matter:
    application = a_submitted_application(at=now())
    return a_matter(board, application=application, at=now(), deadline=in_days(9))


def page(person: User, matter: Matter) -> str:
    response = client_of(person).get(reverse("board:matter", args=[matter.pk]))
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def post(person: User, name: str, matter: Matter, data: dict[str, Any] | None = None) -> Any:
    return client_of(person).post(reverse(name, args=[matter.pk]), data or {}, follow=True)


def test_what_is_missing_is_said_in_words(board: BoardNow, matter: Matter) -> None:
    assert "2 more must take part for a quorum." in page(board.chair, matter)
    post(board.people[2], "board:vote", matter, {"choice": "against"})
    post(board.people[3], "board:vote", matter, {"choice": "abstain"})
    assert "The chair or the vice chair must take part" in page(board.chair, matter)
    post(board.chair, "board:vote", matter, {"choice": "for", "reason": "Good neighbours."})
    # One in favour, one against: a tie goes with the chair.
    text = page(board.vice_chair, matter)
    assert "As the votes stand, it is carried." in text
    assert "Good neighbours." in text


def test_hidden_votes_tell_who_takes_part_and_no_more(board: BoardNow) -> None:
    bylaws_with(by=board.secretary, votes_hidden=True)
    application = a_submitted_application(at=now())
    matter = a_matter(board, application=application, at=now(), deadline=in_days(9))
    post(board.people[2], "board:vote", matter, {"choice": "against", "reason": "Too near."})
    text = page(board.chair, matter)
    assert "has voted" in text
    assert "Too near." not in text and 'value="against"' in text  # the button only
    assert "against</span>" not in text


def test_a_vote_can_be_changed_until_it_is_declared(board: BoardNow, matter: Matter) -> None:
    post(board.chair, "board:vote", matter, {"choice": "against"})
    assert "You have voted: against" in page(board.chair, matter)
    post(board.chair, "board:vote", matter, {"choice": "for"})
    assert "You have voted: in favour" in page(board.chair, matter)
    assert post(board.chair, "board:vote", matter, {"choice": "perhaps"}).status_code == 422


def test_a_conflict_is_suggested_with_its_ground_and_the_member_decides(board: BoardNow) -> None:
    seat = board.seats[2]
    application = a_submitted_application(at=now(), parent_company=seat.organisation.upper())
    matter = a_matter(board, application=application, at=now(), deadline=in_days(9))
    text = page(board.people[2], matter)
    assert "belong to the same group" in text
    assert "belong to the same group" not in page(board.people[3], matter)
    post(board.people[2], "board:declare_conflict", matter, {"ground": "Our parent."})
    text = page(board.people[2], matter)
    assert "You take no part" in text and "Makes steam." not in text
    assert "deputy in place of" in page(board.chair, matter).lower()
    post(board.people[2], "board:take_back_conflict", matter)
    assert "Makes steam." in page(board.people[2], matter)


def test_only_who_presides_is_offered_to_declare(board: BoardNow, matter: Matter) -> None:
    early = post(board.chair, "board:declare", matter)
    assert "Whoever presides declares it" in early.content.decode()
    all_vote(board, matter, at=now())
    declare = reverse("board:declare", args=[matter.pk])
    assert declare in page(board.chair, matter)
    assert declare not in page(board.vice_chair, matter)
    refused = post(board.vice_chair, "board:declare", matter)
    assert "Whoever presides declares it" in refused.content.decode()
    assert not Resolution.objects.exists()
    stale = post(board.chair, "board:declare", matter, {"pressed": "not carried"})
    assert "A vote was changed meanwhile" in stale.content.decode()
    assert not Resolution.objects.exists()
    for _press in range(2):
        post(board.chair, "board:declare", matter, {"pressed": "carried"})
    assert Resolution.objects.count() == 1
    assert f"Resolution {Resolution.objects.get()}" in page(board.chair, matter)


def test_a_rejection_asks_for_the_reason_that_the_applicant_reads(
    board: BoardNow, matter: Matter
) -> None:
    all_vote(board, matter, "----", at=now())
    empty = post(board.chair, "board:declare", matter, {"reason": "", "pressed": "not carried"})
    assert "There is something to mend" in empty.content.decode()
    assert not Resolution.objects.exists()
    refused = {"reason": "Not active in the Park.", "pressed": "not carried"}
    post(board.chair, "board:declare", matter, refused)
    application = matter.application
    assert application is not None and application.applicant is not None
    own = client_of(application.applicant).get(reverse("application", args=[application.public_id]))
    assert "Not active in the Park." in own.content.decode()
    assert board.people[2].family_name not in own.content.decode()


def test_a_meetings_decision_is_recorded_and_confirmed(board: BoardNow, matter: Matter) -> None:
    url = "board:record_decision"
    record = {
        "meeting": "Meeting 1",
        "held_on": timezone.localdate().isoformat(),
        "section": "4",
        "present": [board.seats[2].pk, board.seats[3].pk],
        "carried": "yes",
        "unanimous": "on",
    }
    refused = post(board.secretary, url, matter, record)
    assert "the board had no quorum" in refused.content.decode()
    assert 'value="Meeting 1"' in refused.content.decode()
    record["present"] = [seat.pk for seat in board.seats]
    post(board.secretary, url, matter, record)
    assert "You are asked to confirm" in page(board.chair, matter)
    assert "You are asked to confirm" not in page(board.vice_chair, matter)
    waiting = matter.meeting_records.get()
    confirm = reverse("board:confirm_record", args=[matter.pk, waiting.pk])
    client_of(board.chair).post(confirm)
    client_of(board.chair).post(confirm)
    assert Resolution.objects.get().carried


def test_the_secretary_enters_a_vote_and_marks_absence(board: BoardNow, matter: Matter) -> None:
    enter = {"seat": board.seats[2].pk, "choice": "for", "channel": "mail"}
    refused = post(board.secretary, "board:enter_vote", matter, enter)
    assert "Attach the message" in refused.content.decode()
    post(board.secretary, "board:enter_vote", matter, {**enter, "source": a_pdf("mail.pdf")})
    assert "in favour</span>" in page(board.chair, matter)


@pytest.mark.parametrize("who", ["secretary", "chair"])
def test_absence_is_marked_after_asking(board: BoardNow, matter: Matter, who: str) -> None:
    by, seat = getattr(board, who), board.seats[3]
    absence = reverse("board:absence", args=[matter.pk])
    assert absence in page(by, matter)
    assert absence not in page(board.people[2], matter)
    mark = reverse("board:mark_absence", args=[matter.pk, seat.pk])
    listed = client_of(by).get(absence).content.decode()
    assert mark in listed and "Deputy member" in listed
    asked = client_of(by).get(mark).content.decode()
    assert "Who will get mail" in asked and "deputy1" in asked.lower()
    assert "Your vote is asked for" not in page(board.deputies[0], matter)
    done = client_of(by).post(mark, {"pressed": "absent"}, follow=True).content.decode()
    assert f"{seat.person} is marked absent." in done
    assert "Your vote is asked for" in page(board.deputies[0], matter)
    stale = client_of(by).post(mark, {"pressed": "absent"}, follow=True).content.decode()
    assert "already marked absent" in stale
    assert "No mail goes out." in client_of(by).get(mark).content.decode()
    client_of(by).post(mark, {"pressed": "here"})
    assert "Your vote is asked for" not in page(board.deputies[0], matter)
    assert client_of(board.people[2]).get(mark).status_code == 404
    assert client_of(by).get(f"{absence}0/").status_code == 404


def test_a_conflict_says_what_becomes_of_the_vote(board: BoardNow, matter: Matter) -> None:
    def asked() -> str:
        url = reverse("board:declare_conflict", args=[matter.pk])
        return client_of(board.people[2]).get(url).content.decode()

    assert "The papers and votes of this matter are not shown to you any more." in asked()
    assert "is taken off" not in asked()
    post(board.people[2], "board:vote", matter, {"choice": "for"})
    assert "The vote that you have cast is taken off." in asked()


def test_the_secretary_goes_from_a_matter_to_its_application(
    board: BoardNow, matter: Matter
) -> None:
    place = reverse("admin:members_application_change", args=[matter.application_id])
    assert place in page(board.secretary, matter)
    assert place not in page(board.chair, matter)


def test_a_search_without_a_match_says_so(board: BoardNow, matter: Matter) -> None:
    url = reverse("board:matters")
    found = client_of(board.chair).get(url, {"which": "all", "q": "nowhere"}).content.decode()
    assert "No matter has this" in found and "Nothing is before the board" not in found


def test_sending_to_a_meeting_and_closing(board: BoardNow) -> None:
    matter = another_matter(board, at=now(), deadline=in_days(9))
    post(board.people[3], "board:send_to_meeting", matter)
    matter.refresh_from_db()
    assert matter.status == MatterStatus.FOR_MEETING
    post(board.secretary, "board:close", matter)
    matter.refresh_from_db()
    assert matter.status == MatterStatus.CLOSED


def test_bringing_before_the_board_keeps_what_was_typed(board: BoardNow) -> None:
    application = a_submitted_application(at=now())
    url = reverse("board:bring", args=[application.pk])
    desk = client_of(board.secretary)
    for member in board.people:
        assert member.email and member.email in desk.get(url).content.decode()
    assert not Matter.objects.exists()
    late = desk.post(url, {"proposal": "Is admitted, gladly.", "deadline": "2020-01-01T12:00"})
    assert "must lie ahead" in late.content.decode()
    assert "Is admitted, gladly." in late.content.decode()
    far = desk.post(url, {"proposal": "Is admitted.", "deadline": "2099-01-01T12:00"})
    assert "The bylaws allow 14 days" in far.content.decode()
    soon = timezone.localtime(in_days(9)).strftime("%Y-%m-%dT%H:%M")
    done = desk.post(url, {"proposal": "Is admitted.", "deadline": soon})
    assert done.headers["Location"] == reverse("board:matter", args=[Matter.objects.get().pk])
    twice = desk.post(url, {"proposal": "Is admitted.", "deadline": soon})
    assert "not possible any more" in twice.content.decode()
    assert Matter.objects.count() == 1


def test_the_board_is_composed_in_the_admin(board: BoardNow) -> None:
    desk = client_of(board.secretary)
    begin = reverse("admin:board_term_begin")
    assert "Who will get mail" not in desk.get(begin).content.decode(), "it depends on the instant"
    since = timezone.localtime()
    desk.post(begin, {"elected": "AGM 2030", "since": since.strftime("%Y-%m-%dT%H:%M")})
    term = board.term.__class__.objects.get(elected="AGM 2030")
    seat = {
        "given_name": "Uuno",
        "family_name": "Uusi",
        "email": "uuno@kip.example",
        "language": "fi",
        "kind": "member",
        "since": since.strftime("%Y-%m-%dT%H:%M"),
    }
    url = reverse("admin:board_term_seat", args=[term.pk])
    assert "order the deputy" in desk.post(url, {**seat, "kind": "deputy"}).content.decode()
    member = a_member(number=4711, name="Istuva Oy", business_id=business_id(4711))
    twins = [a_member(number=n, name="Kaksoset Oy", business_id="") for n in (4712, 4713)]
    for known_by, says in [("Nobody Oy", "is known by this"), (twins[0].name, "Several companies")]:
        assert says in desk.post(url, {**seat, "member": known_by}).content.decode()
    assert not term.seats.exists()
    desk.post(url, {**seat, "member": "istuva oy"})
    row = term.seats.get()
    assert row.member == member
    office = {"kind": "chair", "since": since.strftime("%Y-%m-%dT%H:%M")}
    desk.post(reverse("admin:board_seat_office", args=[row.pk]), office)
    assert row.offices.get().kind == "chair"
    assert "Uuno Uusi" in Client().get("/en/board/").content.decode()
    over = reverse("admin:board_seat_office", args=[board.seats[2].pk])
    assert "This seat has ended." in desk.get(over, follow=True).content.decode()


def test_a_term_is_taken_back_in_the_admin(board: BoardNow) -> None:
    by: Any = {"by": board.secretary, "at": now()}
    ahead = terms.begin_term(elected="A slip", since=in_days(9), **by)
    terms.begin_term(elected="AGM 2032", since=in_days(99), **by)
    desk = client_of(board.secretary)
    url = reverse("admin:board_term_take_back", args=[ahead.pk])
    assert "stays in office until the next term begins" in desk.get(url).content.decode()
    assert "has been taken back" in desk.post(url, follow=True).content.decode()


def test_voting_service_is_what_the_page_calls(board: BoardNow, matter: Matter) -> None:
    """A deputy without a seat to fill is told so, whatever form is sent."""
    response = post(board.deputies[0], "board:vote", matter, {"choice": "for"})
    assert "This seat has no vote now" in response.content.decode()
    voting.mark_absent(matter_id=matter.pk, seat_id=board.seats[1].pk, by=board.secretary, at=now())
    response = post(board.deputies[0], "board:vote", matter, {"choice": "for"})
    assert "Your vote has been recorded" in response.content.decode()


def test_a_quorum_that_could_never_be_met_is_not_recorded(board: BoardNow) -> None:
    desk = client_of(board.secretary)
    add = reverse("admin:bylaws_bylaws_add")
    form = desk.get(add).context["form"]
    typed = {name: form.get_initial_for_field(form.fields[name], name) for name in form.fields}
    typed = {name: value for name, value in typed.items() if value not in (None, "")}
    typed = {name: value for name, value in typed.items() if value is not False}
    typed |= {"adopted": "AGM", "board_quorum": "number", "board_quorum_number": 40}
    page = desk.post(add, typed).content.decode()
    assert "has 4 elected seats" in page
    desk.post(add, typed | {"board_quorum_number": 3})
    assert Bylaws.objects.latest("version").board_quorum_number == 3


def test_a_resolution_is_read_in_the_language_of_record(board: BoardNow, matter: Matter) -> None:
    all_vote(board, matter, at=now())
    declare(matter, board.chair, at=now())
    assert '<blockquote class="quote" lang="fi">' in page(board.chair, matter)
    register = client_of(board.secretary).get(reverse("admin:board_resolution_changelist"))
    text = register.content.decode()
    assert "Outcome" in text
    assert "Carried" in text
    assert "icon-yes" not in text


def test_what_nobody_pressed_marks_nobody_absent(board: BoardNow) -> None:
    matter = another_matter(board, at=now(), deadline=now() + timedelta(days=9))
    seat = board.seats[2]
    path = reverse("board:mark_absence", args=[matter.pk, seat.pk])
    page = client_of(board.secretary).post(path, {"pressed": ""})
    assert page.status_code == 302
    assert not matter.entitlements.filter(absent_since__isnull=False).exists()


def test_where_no_votes_are_taken_none_is_entered(board: BoardNow) -> None:
    matter = another_matter(board, at=now(), deadline=now() + timedelta(days=9), for_meeting=True)
    page = client_of(board.secretary).get(
        reverse("board:enter_vote", args=[matter.pk]), follow=True
    )
    assert "No votes are taken in this matter any more." in page.content.decode()
