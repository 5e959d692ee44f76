"""Filters for the record of a resolution: `{% load board %}`."""

from typing import Any

from django import template
from django.utils.translation import gettext as _

from board import words
from board.models import SeatKind, VoteChannel, VoteChoice

register = template.Library()


@register.filter
def seat_title(seat: dict[str, Any]) -> str:
    """What somebody was on the board, from the record of a resolution."""
    return words.seat_title(seat["office"], seat["seat"])


@register.filter
def who_counted(seats: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The elected seats, and the deputies who were called; from the record of a resolution."""
    return [
        seat
        for seat in seats
        if seat["seat"] != SeatKind.DEPUTY
        or seat.get("in_place_of")
        or seat.get("present")
        or seat["recused"]
    ]


@register.filter
def part_in_words(seat: dict[str, Any]) -> str:
    """What somebody did in the matter, from the record of a resolution."""
    if seat["recused"]:
        ground = seat.get("ground")
        return (
            _("conflict of interest: %(ground)s") % {"ground": ground}
            if ground
            else _("conflict of interest")
        )
    if "present" in seat:  # decided at a meeting
        return _("present") if seat["present"] else _("not present")
    if seat["absent"]:
        return _("absent")
    if not seat["vote"]:
        return _("did not vote")
    parts = [str(VoteChoice(seat["vote"]).label)]
    if seat["channel"] != VoteChannel.HERE:
        parts.append(str(VoteChannel(seat["channel"]).label))
    if seat["in_place_of"]:
        parts.append(_("in place of %(member)s") % {"member": seat["in_place_of"]})
    if seat["reason"]:
        parts.append(_("“%(text)s”") % {"text": seat["reason"]})
    return ", ".join(parts)
