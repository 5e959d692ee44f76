"""Each letter of the board on real rows, in each language: whole, to its readers, with its link."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace as Rows

import pytest
from django.template import engines
from django.urls import reverse
from django.utils.translation import override

from board import letters
from board.decision import Lapse
from board.models import (
    Entitlement,
    Matter,
    MatterKind,
    MeetingRecord,
    Office,
    OfficeKind,
    Resolution,
    Seat,
    SeatKind,
    Term,
    VoteChannel,
    VoteChoice,
)
from board.standing import Standing
from kip.accounts import services as accounts
from kip.accounts.models import User
from kip.bylaws.models import Bylaws
from kip.mail.models import OutboxMail

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 24, 10, tzinfo=UTC)
BOARD = {"chair", "member", "deputy"}


@pytest.fixture(autouse=True)
def unresolved_variables_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines["django"].engine, "string_if_invalid", "⟦%s⟧")


@pytest.fixture(params=["en", "fi", "sv"])
def rows(request: pytest.FixtureRequest) -> Rows:
    def person(name: str) -> User:
        return User.objects.create_user(
            f"{name}@kip.example", given_name=name.title(), language=request.param
        )

    secretary = person("secretary")
    accounts.make_secretary(person=secretary, by=None, at=AT)
    term = Term.objects.create(elected="AGM", since=AT)
    matter = Matter.objects.create(
        kind=MatterKind.OTHER,
        title="Fence & gates",
        proposal="The fence is mended.\n\nThe gates too.",
        term=term,
        opened_by=secretary,
        opened_at=AT,
        deadline=AT + timedelta(days=14),
    )
    seats = {
        name: Seat.objects.create(
            term=term,
            person=person(name),
            kind=SeatKind.DEPUTY if name == "deputy" else SeatKind.MEMBER,
            order=1 if name == "deputy" else None,
            since=AT,
        )
        for name in ("chair", "member", "deputy")
    }
    Office.objects.create(seat=seats["chair"], kind=OfficeKind.CHAIR, since=AT)
    # Deputies have no vote while the members are there.
    voted = {
        "choice": VoteChoice.AGAINST,
        "cast_at": AT,
        "channel": VoteChannel.PHONE,
        "source_note": "Called at noon",
    }
    entitled = {
        name: Entitlement.objects.create(
            matter=matter, seat=seat, **({} if name == "deputy" else voted)
        )
        for name, seat in seats.items()
    }
    record = MeetingRecord.objects.create(
        matter=matter,
        meeting="Board meeting 6",
        held_on=date(2026, 11, 20),
        section="7",
        carried=True,
        unanimous=False,
        in_favour=5,
        against=2,
        recorded_by=secretary,
        recorded_at=AT,
        presider=seats["chair"],
        present=[seat.pk for seat in seats.values()],
    )
    resolution = Resolution.objects.create(
        year=2026,
        number=17,
        matter=matter,
        text=matter.proposal,
        carried=True,
        record={},
        bylaws=Bylaws.objects.in_force_at(AT),
        declared_by=seats["chair"].person,
        declared_at=AT,
    )
    return Rows(
        language=request.param,
        matter=matter,
        standing=Standing(matter, AT),
        seats=seats,
        entitled=entitled,
        record=record,
        resolution=resolution,
    )


Write = Callable[[Rows], None]
PROPOSAL = "The fence is mended.\n\nThe gates too."

LETTERS: dict[str, tuple[Write, set[str], list[str]]] = {
    "matter_opened": (
        lambda r: letters.matter_opened(r.standing, at=AT),
        {"chair", "member"},
        [PROPOSAL],
    ),
    "deputy_steps_in": (
        lambda r: letters.deputy_steps_in(
            r.entitled["deputy"], in_place_of=r.seats["member"], at=AT
        ),
        {"deputy"},
        ["Member", PROPOSAL],
    ),
    "document_added": (
        lambda r: letters.document_added(r.standing, at=AT),
        {"chair", "member"},
        [],
    ),
    "facts_corrected": (
        lambda r: letters.facts_corrected(r.standing, ["name", "postcode"], at=AT),
        {"chair", "member"},
        [", "],
    ),
    "vote_reminder": (
        lambda r: letters.vote_reminder(r.entitled["member"], occasion="half", at=AT),
        {"member"},
        [],
    ),
    "vote_entered": (
        lambda r: letters.vote_entered(r.entitled["member"], at=AT),
        {"member"},
        ["Called at noon"],
    ),
    "ready_to_declare": (
        lambda r: letters.ready_to_declare(r.standing, occasion="ready", at=AT),
        {"chair"},
        [],
    ),
    **{
        f"to_be_taken_up_at_meeting, {lapse}": (
            lambda r, lapse=lapse: letters.to_be_taken_up_at_meeting(
                r.standing, lapse=lapse, at=AT
            ),
            BOARD | {"secretary"},
            [],
        )
        for lapse in [*Lapse, None]
    },
    "meeting_decision_to_confirm": (
        lambda r: letters.meeting_decision_to_confirm(r.standing, r.record, at=AT),
        {"chair"},
        ["Board meeting 6", "7", "5", "2"],
    ),
    "decided": (
        lambda r: letters.decided(r.standing, r.resolution, at=AT),
        BOARD | {"secretary"},
        ["2026/17", PROPOSAL],
    ),
    "matter_closed": (
        lambda r: letters.matter_closed(r.standing, at=AT),
        BOARD | {"secretary"},
        [],
    ),
    "matter_stopped": (lambda r: letters.matter_stopped(r.matter, at=AT), {"secretary"}, []),
}


@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_is_whole_and_reaches_its_readers(rows: Rows, name: str) -> None:
    write, readers, facts = LETTERS[name]
    write(rows)
    mails = list(OutboxMail.objects.all())
    assert {mail.to_address.partition("@")[0] for mail in mails} == readers
    for mail in mails:
        assert mail.language == rows.language
        assert "Fence & gates" in mail.subject
        assert "Fence & gates" in mail.text
        assert not re.search(r"[⟦⟧{}%]|\bNone\b", mail.subject + mail.text), mail.text
        assert "⟦" not in mail.html
        assert mail.link.endswith(reverse("board:matter", args=[rows.matter.pk]))
        assert [fact for fact in facts if fact not in mail.text] == []


def test_each_reason_for_a_meeting_has_its_own_words(rows: Rows) -> None:
    texts = set()
    for lapse in [*Lapse, None]:
        OutboxMail.objects.all().delete()
        letters.to_be_taken_up_at_meeting(rows.standing, lapse=lapse, at=AT)
        texts.add(OutboxMail.objects.get(to_address="chair@kip.example").text)
    assert len(texts) == len(Lapse) + 1


def test_the_deadline_is_told_with_its_hour_in_helsinki(rows: Rows) -> None:
    letters.matter_opened(rows.standing, at=AT)
    text = OutboxMail.objects.get(to_address="member@kip.example").text
    assert re.search(r"\b8\.? \w+ 2026,?( kello| kl\.)? 12[.:]00", text)


def test_an_entered_vote_is_told_to_its_voter_alone(rows: Rows) -> None:
    letters.vote_entered(rows.entitled["member"], at=AT)
    mail = OutboxMail.objects.get()
    with override(rows.language):
        # Which vote it was is read on the page: mail is kept, and read, elsewhere.
        assert str(VoteChoice.AGAINST.label) not in mail.text
        assert str(VoteChannel.PHONE.label) in mail.text
