"""The demo: complete, marked as such, loaded once, and sending nobody anything."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from board.models import FormerResolution, Matter, Office, Resolution, Seat, SeatKind, Term
from board.standing import standings
from board.states import MatterStatus
from board.waiting import for_the_board
from kip.accounts import demo
from kip.accounts.models import User
from kip.documents.models import ArchivedDocument
from kip.local.demo import SIGN_INS
from kip.mail.models import OutboxMail, StoppedAddress
from kip.mail.states import Channel, Status
from members import registration
from members.models import (
    Application,
    CheckedMember,
    Expulsion,
    FormerFacts,
    ImportRun,
    Member,
    MembershipPeriod,
    PersonPair,
    ProposedChange,
    Resignation,
    YearlyCheck,
)
from members.states import ApplicationStatus

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 24, 6, tzinfo=UTC)
TODAY = AT.date()


def load(at: datetime = AT) -> bool:
    return demo.load(password=settings.DEMO_PASSWORD, at=at)


def test_the_demo() -> None:
    begun = process_time()
    with CaptureQueriesContext(connection) as queries:
        assert load()
    # How long that takes is the machine's affair: at 1 ms per query, well under ten seconds.
    assert len(queries) < 7_000
    assert process_time() - begun < 8

    members_are_there()
    somebody_is_on_record_twice()
    board_sits()
    applications_stand_everywhere()
    the_board_has_work()
    the_registers_life_is_there()
    some_letters_came_back()
    nobody_gets_mail()
    sign_ins_work()

    people = User.objects.count()
    assert not load()
    assert User.objects.count() == people


def members_are_there() -> None:
    members = list(Member.objects.in_force(TODAY).with_membership(TODAY))
    assert len(members) == 22
    assert Member.objects.count() == 23
    for company in [*members, *Application.objects.exclude(name="")]:
        assert company.name.endswith("(demo)")
        assert registration.normalise(company.country, company.business_id) == company.business_id
        if company.country == "FI":
            assert company.business_id >= "9000000"
    joined = {member.since for member in members}
    assert min(joined).year == 2006
    assert max(joined).year == 2026
    for member in members:
        in_force = member.representatives.in_force(TODAY).exclude(person__channel=Channel.LETTER)
        roles = in_force.exclude(role="environment").values_list("role", flat=True)
        assert sorted(roles) == ["primary", "voting"]


def somebody_is_on_record_twice() -> None:
    pair = PersonPair.objects.get()
    assert pair.first.get_full_name() == pair.second.get_full_name()


def board_sits() -> None:
    assert str(Term.objects.in_force(AT).get()) == "Annual general meeting, 17 March 2026"
    assert Term.objects.filter(brought_in_by=None).count() == 2
    assert Term.objects.exclude(brought_in_by=None).count() == 2
    assert FormerResolution.objects.exclude(scan=None).count() == 2
    assert FormerResolution.objects.count() == 5
    assert set(ArchivedDocument.objects.values_list("text_state", flat=True)) == {"found"}
    assert not ImportRun.objects.exclude(status="done").exists()
    seats = Seat.objects.in_force(AT).exclude(organisation="")
    assert seats.filter(kind=SeatKind.MEMBER).count() == 8
    assert list(seats.filter(kind=SeatKind.DEPUTY).values_list("order", flat=True)) == [1, 2]
    offices = Office.objects.in_force(AT).order_by("kind")
    assert list(offices.values_list("kind", "seat__person__email")) == [
        ("chair", "chair@kip.example"),
        ("vice_chair", "board2@kip.example"),
    ]


def applications_stand_everywhere() -> None:
    found = set(Application.objects.values_list("status", flat=True))
    assert found == {str(status) for status in ApplicationStatus}
    own = Application.objects.filter(applicant__email="applicant@kip.example")
    assert set(own.values_list("status", flat=True)) == {"draft", "information_requested"}
    assert not Application.objects.filter(saved_at__gt=AT).exists()


def the_board_has_work() -> None:
    references = [resolution.reference for resolution in Resolution.objects.all()]
    assert references == ["2026/3", "2026/2", "2026/1", "2025/3", "2025/2", "2025/1"]
    assert not Resolution.objects.filter(declared_at__gt=AT).exists()
    pending = standings(Matter.objects.filter(status=MatterStatus.OPEN), AT)
    assert len(pending) == 2
    assert all(standing.tally.waiting and standing.matter.deadline > AT for standing in pending)
    assert [len(standing.recusals) for standing in pending if standing.matter.application] == [1]
    chair = User.objects.get(email="chair@kip.example")
    assert len(for_the_board(user=chair, at=AT)) == 3


def the_registers_life_is_there() -> None:
    """A member that left, one that will, one that is heard, a former name, changes, two checks."""
    assert MembershipPeriod.objects.filter(until__lte=TODAY).count() == 1
    resignation = Resignation.objects.get()
    assert resignation.status == "stands" and resignation.effective_on > TODAY
    assert Expulsion.objects.get().status == "hearing"
    assert FormerFacts.objects.exists()
    assert ProposedChange.objects.filter(status="proposed").count() == 2
    running, over = YearlyCheck.objects.with_progress(TODAY)
    assert over.closed_at is not None and over.answered > 15
    assert running.closed_at is None and 0 < running.answered < running.asked_in_all
    assert running.answer_by > TODAY + timedelta(days=7)  # nobody is reminded yet
    assert not CheckedMember.objects.filter(answered_at__gt=AT).exists()


def some_letters_came_back() -> None:
    assert OutboxMail.objects.came_back().count() == 3
    stopped = StoppedAddress.objects.get()
    assert stopped.until is None and stopped.reader not in demo.demo_sign_ins()
    assert OutboxMail.objects.filter(key__startswith="letters-come-back").count() == 1


def nobody_gets_mail() -> None:
    by_mail = OutboxMail.objects.exclude(channel=Channel.LETTER)
    assert set(by_mail.values_list("status", flat=True)) == {Status.SENT, Status.BOUNCED}
    assert OutboxMail.objects.to_post().count() == 1
    assert not OutboxMail.objects.filter(sent_at__gt=AT).exists()


def sign_ins_work() -> None:
    can = {str(person.email) for person in demo.demo_sign_ins()}
    assert {address for address, _what in SIGN_INS} <= can
    board = {f"board{place}@kip.example" for place in range(2, 11)}
    assert can == board | {address for address, _what in SIGN_INS}
    assert all(person.check_password(settings.DEMO_PASSWORD) for person in demo.demo_sign_ins())


def test_it_can_be_loaded_soon_after_an_annual_general_meeting() -> None:
    at = datetime(2027, 6, 8, 21, tzinfo=UTC)
    assert load(at)
    assert Member.objects.in_force(at.date()).count() == 22
    assert not Resolution.objects.filter(declared_at__gt=at).exists()


def test_the_readme_keeps_every_history_table_from_deletion() -> None:
    """README, "Two database roles": the list is written by hand, so it is compared."""
    readme = (Path(__file__).parent.parent / "README.md").read_text()
    listed = readme.split("REVOKE DELETE ON")[1].split("FROM kip_app")[0]
    tables = {m._meta.db_table for m in apps.get_models() if hasattr(m, "pgh_tracked_model")}
    ours = {table for table in tables if not table.startswith("pghistory")}
    assert {table for table in ours if table not in listed} == set()
