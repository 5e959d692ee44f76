"""A version of the bylaws in words."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kip.bylaws.models import Bylaws, Quorum
from kip.content import language_name


def board_rules(bylaws: Bylaws) -> list[tuple[str, str]]:
    """How the board decides under this version: (what, how)."""
    seats = bylaws.board_quorum_number or 0
    quorum = (
        ngettext("at least %(count)d elected seat", "at least %(count)d elected seats", seats)
        % {"count": seats}
        if bylaws.board_quorum == Quorum.NUMBER
        else bylaws.get_board_quorum_display()
    )
    return [
        (_("Quorum of the board"), quorum),
        (_("Majority in the board"), bylaws.get_board_majority_display()),
        (_("Decision without a meeting"), bylaws.get_written_procedure_display()),
        (_("Time for a written decision"), _days(bylaws.decision_days)),
        (
            _("When a written decision is declared"),
            _("as soon as its outcome is certain")
            if bylaws.early_closing
            else _("when everyone entitled has been heard, or the time has passed"),
        ),
        (
            _("Votes before the decision"),
            _("hidden from the board") if bylaws.votes_hidden else _("seen by the board"),
        ),
        (_("Time for checking an application"), _days(bylaws.checking_days)),
        (_("Language of resolutions and minutes"), language_name(bylaws.record_language)),
    ]


def leaving_rules(bylaws: Bylaws) -> list[tuple[str, str]]:
    """How a membership ends under this version: (what, how)."""
    delay = bylaws.resignation_delay_days
    return [
        (
            _("A resignation takes effect"),
            ngettext(
                "%(count)d day after it is received", "%(count)d days after it is received", delay
            )
            % {"count": delay}
            if delay
            else _("when it is received"),
        ),
        (_("Expulsion is decided by"), bylaws.get_expulsion_decided_by_display()),
    ]


def fee_rules(bylaws: Bylaws) -> list[tuple[str, str]]:
    """What follows from an unpaid fee under this version: (what, how)."""
    return [
        (
            _("A member whose fee is overdue"),
            _("has no vote at general meetings")
            if bylaws.unpaid_excludes_from_voting
            else _("votes like the others"),
        ),
    ]


def retention_rules(bylaws: Bylaws) -> list[tuple[str, str]]:
    """For how long personal data are kept under this version: (what, how long)."""
    return [
        (_("People who have no part in the association any more"), _months(bylaws.contact_months)),
        (_("People and papers of a decided application"), _months(bylaws.application_months)),
        (_("Letters"), _months(bylaws.correspondence_months)),
    ]


def _months(count: int) -> str:
    return ngettext("%(count)d month", "%(count)d months", count) % {"count": count}


def _days(count: int) -> str:
    return ngettext("%(count)d day", "%(count)d days", count) % {"count": count}
