"""The letters of the board: one function per e-mail that the association sends."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from board.decision import Lapse
from board.models import Entitlement, Matter, MeetingRecord, Office, Resolution, Seat, SeatKind
from board.standing import Standing
from kip.accounts.models import User
from kip.mail.services import post
from kip.mail.wording import Case, Field, Letter
from members.models import Application, Member

AS_BOARD = _("You get this because you sit on the board of the association.")
AS_SECRETARY = _("You get this because you are the secretary of the association.")


def _send(
    template: str, matter: Matter, to: User, *, key: str, why: Any, at: datetime, **context: Any
) -> None:
    post(
        key=key,
        to=to,
        template=f"board/mail/{template}",
        context={"matter": matter, **context},
        why=why,
        at=at,
        link=reverse("board:matter", args=[matter.pk]),
        link_text=_("Open the matter"),
    )


def _to_seat(
    template: str, entitlement: Entitlement, *, key: str, at: datetime, **context: Any
) -> None:
    _send(
        template,
        entitlement.matter,
        entitlement.seat.person,
        key=f"{key}:{entitlement.seat_id}",
        why=AS_BOARD,
        at=at,
        **context,
    )


def _to_board_and_secretaries(
    template: str, standing: Standing, *, key: str, at: datetime, **context: Any
) -> None:
    """To every entitled seat and to the secretary, who may not be the same letter twice."""
    told = set()
    for entitlement in standing.entitlements.values():
        told.add(entitlement.seat.person_id)
        _to_seat(template, entitlement, key=key, at=at, **context)
    for secretary in User.objects.secretaries().exclude(pk__in=told):
        _send(
            template,
            standing.matter,
            secretary,
            key=f"{key}:secretary:{secretary.pk}",
            why=AS_SECRETARY,
            at=at,
            **context,
        )


def matter_opened(standing: Standing, *, at: datetime) -> None:
    """To the members; a deputy hears of it on stepping in."""
    for entitlement in standing.entitlements.values():
        if entitlement.seat.kind == SeatKind.MEMBER:
            _to_seat("matter_opened", entitlement, key=f"matter-opened:{standing.matter.pk}", at=at)


def deputy_steps_in(entitlement: Entitlement, *, in_place_of: Seat, at: datetime) -> None:
    _to_seat(
        "deputy_steps_in",
        entitlement,
        key=f"deputy-steps-in:{entitlement.matter_id}",
        at=at,
        in_place_of=in_place_of,
    )


def marked_absent(entitlement: Entitlement, *, at: datetime) -> None:
    """Each time: somebody marked by mistake must be able to say so."""
    _to_seat(
        "marked_absent",
        entitlement,
        key=f"marked-absent:{entitlement.matter_id}:{at.isoformat()}",
        at=at,
    )


def _to_voters(
    template: str, standing: Standing, *, key: str, at: datetime, **context: Any
) -> None:
    """To the members who take part; a deputy who has stepped in is one of them. Each time."""
    for seat_id in standing.tally.voters:
        _to_seat(
            template,
            standing.entitlements[seat_id],
            key=f"{key}:{standing.matter.pk}:{at.isoformat()}",
            at=at,
            **context,
        )


def document_added(standing: Standing, *, at: datetime) -> None:
    _to_voters("document_added", standing, key="document-added", at=at)


def facts_corrected(standing: Standing, names: list[str], *, at: datetime) -> None:
    """`names` are the fields of the company that are other than they were."""
    corrected = [Application._meta.get_field(name).verbose_name for name in names]  # type: ignore[union-attr]
    _to_voters("facts_corrected", standing, key="facts-corrected", at=at, corrected=corrected)


def vote_reminder(entitlement: Entitlement, *, occasion: str, at: datetime) -> None:
    """`occasion`: "half" (half-time) or "last" (one day before the deadline)."""
    _to_seat(
        "vote_reminder",
        entitlement,
        key=f"vote-reminder:{entitlement.matter_id}:{occasion}",
        at=at,
    )


def vote_entered(vote: Entitlement, *, at: datetime) -> None:
    """The secretary entered a vote for somebody: that person is told, each time."""
    _send(
        "vote_entered",
        vote.matter,
        vote.seat.person,
        key=f"vote-entered:{vote.pk}:{at.isoformat()}",
        why=AS_BOARD,
        at=at,
        vote=vote,
    )


def ready_to_declare(standing: Standing, *, occasion: str, at: datetime) -> None:
    presider = standing.presider
    if presider is not None:
        _to_seat(
            "ready_to_declare", presider, key=f"declare-{occasion}:{standing.matter.pk}", at=at
        )


def to_be_taken_up_at_meeting(standing: Standing, *, lapse: Lapse | None, at: datetime) -> None:
    _to_board_and_secretaries(
        "to_be_taken_up_at_meeting",
        standing,
        key=f"for-meeting:{standing.matter.pk}",
        at=at,
        lapse=lapse,
    )


def meeting_decision_to_confirm(standing: Standing, record: MeetingRecord, *, at: datetime) -> None:
    _to_seat(
        "meeting_decision_to_confirm",
        standing.entitlements[record.presider_id],
        key=f"confirm-record:{record.pk}",
        at=at,
        record=record,
    )


def decided(standing: Standing, resolution: Resolution, *, at: datetime) -> None:
    _to_board_and_secretaries(
        "decided", standing, key=f"decided:{standing.matter.pk}", at=at, resolution=resolution
    )


def matter_closed(standing: Standing, *, at: datetime) -> None:
    _to_board_and_secretaries(
        "matter_closed", standing, key=f"matter-closed:{standing.matter.pk}", at=at
    )


def matter_stopped(matter: Matter, *, at: datetime) -> None:
    for secretary in User.objects.secretaries():
        _send(
            "matter_stopped",
            matter,
            secretary,
            key=f"matter-stopped:{matter.pk}:{secretary.pk}",
            why=AS_SECRETARY,
            at=at,
        )


def membership_ends(member: Member, on: date, *, at: datetime) -> None:
    """To chair and vice chair: a resignation goes to the board (§ 13). Each time."""
    for office in Office.objects.in_force(at).select_related("seat__person"):
        post(
            key=f"membership-ends:{member.pk}:{at.isoformat()}:{office.seat.person_id}",
            to=office.seat.person,
            template="board/mail/membership_ends",
            context={"member": member, "on": on, "period": member.periods.filter(until=on).first()},
            why=AS_BOARD,
            at=at,
        )


# --- What the secretary may say in other words ----------------------------------------------------

_PERSON = "Maija Malli"

FIELDS: Mapping[str, Field] = {
    "in_place_of": Field(_("who does not take part"), _PERSON),
    "matter": Field(_("the matter"), "Esimerkki Oy", needed=True),
    "matter.deadline": Field(_("until when votes are taken")),
    "matter.proposed": Field(_("the proposal")),
    "member": Field(_("the company"), "Esimerkki Oy", needed=True),
    "on": Field(_("the day on which the membership ends")),
    "period.get_end_reason_display": Field(_("why the membership ends")),
    "record": Field(_("the meeting and the section of its minutes")),
    "record.abstained": Field(_("how many abstained"), "1"),
    "record.against": Field(_("how many were against"), "2"),
    "record.held_on": Field(_("the day of the meeting")),
    "record.in_favour": Field(_("how many were in favour"), "5"),
    "resolution.declared_at": Field(_("when the resolution was declared")),
    "resolution.declared_by": Field(_("who declared the resolution"), _PERSON),
    "resolution.reference": Field(_("the number of the resolution"), "4/2026", needed=True),
    "resolution.text": Field(_("the text of the resolution")),
    "vote.get_channel_display": Field(_("how the vote reached the secretary")),
    "vote.source_note": Field(_("the secretary’s note")),
    "what": Field(_("what was corrected")),
}

CASES: Mapping[str, Case] = {
    'lapse == "forbidden"': Case(_("the bylaws ask for a meeting"), usual=False),
    'lapse == "no_quorum"': Case(_("there can be no quorum"), usual=False),
    'lapse == "nobody_presides"': Case(_("nobody can preside"), usual=False),
    'lapse == "not_unanimous"': Case(_("everyone had to agree and somebody did not"), usual=False),
    "matter.is_open": Case(_("the matter is open for votes")),
    'matter.kind == "admission"': Case(_("the matter is an admission")),
    'matter.kind == "expulsion"': Case(_("the matter is an expulsion"), usual=False),
    "matter.proposed": Case(_("the matter has a proposal")),
    "record.carried": Case(_("the proposal was carried")),
    "record.unanimous": Case(_("it was unanimous, without a vote")),
    "resolution.carried": Case(_("the proposal was carried")),
    "vote.source_note": Case(_("the secretary wrote a note")),
}

_SEATS = _("who takes part in the matter")
_ALL = _("the board and the secretaries")

LETTERS = [
    Letter(f"board/mail/{name}", when, to, _("Board"), FIELDS, CASES)
    for name, when, to in (
        ("matter_opened", _("a matter is opened for votes"), _("the members of the board")),
        (
            "vote_reminder",
            _("half of the time is over, and on the last day"),
            _("who has not voted"),
        ),
        ("vote_entered", _("the secretary has entered a vote"), _("whose vote it is")),
        ("marked_absent", _("somebody is marked absent"), _("the person concerned")),
        ("deputy_steps_in", _("a deputy steps in"), _("the deputy")),
        ("document_added", _("a document was added to an application"), _SEATS),
        ("facts_corrected", _("facts of an application were corrected"), _SEATS),
        ("ready_to_declare", _("the voting has come to an outcome"), _("who presides")),
        ("to_be_taken_up_at_meeting", _("a matter goes to a meeting"), _ALL),
        (
            "meeting_decision_to_confirm",
            _("the secretary has recorded what a meeting decided"),
            _("who presided"),
        ),
        ("decided", _("a resolution is declared"), _ALL),
        ("matter_closed", _("a matter is closed without a decision"), _ALL),
        ("matter_stopped", _("a matter stops because the board has changed"), _("the secretaries")),
        ("membership_ends", _("a membership is to end"), _("the chair and the vice chair")),
    )
]
