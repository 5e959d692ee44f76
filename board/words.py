"""What the numbers mean, in words."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from board.conflicts import Ground
from board.decision import Lapse, Outcome
from board.standing import Standing


def missing(standing: Standing) -> str:
    """What is missing for a decision, or what the votes say; no more than may be shown."""
    tally = standing.tally
    if tally.lapse is not None:
        return lapse(tally.lapse)
    if tally.more_for_quorum > len(tally.waiting):
        return _("Too many are recused or absent: the quorum cannot be reached as it stands.")
    if tally.more_for_quorum:
        return ngettext(
            "%(number)d more must take part for a quorum.",
            "%(number)d more must take part for a quorum.",
            tally.more_for_quorum,
        ) % {"number": tally.more_for_quorum}
    if tally.presider is None:
        return _("The chair or the vice chair must take part for a quorum.")
    if not standing.votes_are_shown:
        return _("The quorum is there. Votes are hidden until the matter is decided.")
    if tally.outcome is Outcome.CARRIED:
        return _("Carried, once it is declared.")
    if tally.outcome is Outcome.NOT_CARRIED:
        return _("Not carried, once it is declared.")
    if tally.more_in_favour is None:
        return _("It cannot be carried any more.")
    if tally.more_in_favour == 0:
        return _("As the votes stand, it is carried. The others may still vote.")
    return ngettext(
        "%(number)d more vote in favour carries it.",
        "%(number)d more votes in favour carry it.",
        tally.more_in_favour,
    ) % {"number": tally.more_in_favour}


def lapse(reason: Lapse) -> str:
    """Why a matter cannot be decided in writing."""
    return {
        Lapse.FORBIDDEN: _("The bylaws let the board decide at meetings only."),
        Lapse.NOBODY_PRESIDES: _("Neither the chair nor the vice chair can preside."),
        Lapse.NO_QUORUM: _("The quorum was not reached."),
        Lapse.NOT_UNANIMOUS: _("The bylaws ask for unanimity in writing, and there is none."),
    }[reason]


def ground(reason: Ground, *, admission: bool) -> str:
    """Why somebody may be disqualified: in an admission, or in the expulsion of a member."""
    if not admission and reason is Ground.OWN_COMPANY:
        return _("It is about your company.")
    if not admission and reason is Ground.SAME_PARENT:
        return _("Your company and the one that it is about belong to the same group.")
    return {
        Ground.OWN_COMPANY: _("Your company is the applicant."),
        Ground.SAME_PARENT: _("Your company and the applicant belong to the same group."),
        Ground.AMONG_ITS_PEOPLE: _("You are named among the applicant’s people."),
    }[reason]


def seat_title(office: str, kind: str) -> str:
    """What somebody is on the board."""
    return {
        "chair": pgettext("seat", "chair"),
        "vice_chair": pgettext("seat", "vice chair"),
        "deputy": pgettext("seat", "deputy member"),
        "member": pgettext("seat", "member"),
    }[office or kind]
