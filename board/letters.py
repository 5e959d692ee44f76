"""The letters of the board: one function per e-mail that the association sends."""

from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from board.decision import Lapse
from board.models import Entitlement, Matter, MeetingRecord, Office, Resolution, Seat, SeatKind
from board.standing import Standing
from kip.accounts.models import User
from kip.mail.services import post
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
