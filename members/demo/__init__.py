"""Demo companies and applications. All are invented, and say so in their names.

What happened goes through the services, at the instants at which it would have happened, so that
histories and timelines look as they do in real life. The board's part is told by `board.demo`.
"""

from datetime import date, datetime

from django.utils import timezone

from kip.mail import rewording
from kip.mail.wording import standing_letters
from members.demo.applications import apply, load_applications
from members.demo.companies import Invented
from members.demo.doubles import load_doubles
from members.demo.facts import load_facts, load_proposals
from members.demo.fees import load_fees
from members.demo.leaving import load_checks, load_leaving
from members.demo.mailing import load_mailing
from members.demo.members import load_members
from members.demo.paper import load_on_paper
from members.demo.props import before, moment, paper, person, secretary
from members.demo.returns import load_returns

__all__ = ["Invented", "apply", "before", "load", "moment", "paper", "person", "secretary"]


def load(*, password: str, at: datetime) -> None:
    """Twenty members and one that left (the board's past adds two), and applications."""
    load_members(password=password, at=moment(date(timezone.localdate(at).year - 2, 2, 1)))
    load_facts(at=moment(date(timezone.localdate(at).year - 2, 2, 15)))
    load_applications(password=password, at=at)
    load_checks(at=at)
    load_leaving(at=at)
    load_proposals(at=at)
    load_fees(at=at)
    load_doubles(at=before(at, 4, 9))
    load_mailing(at=before(at, 7, 10))
    _load_wording(at=before(at, 3, 14))


def _load_wording(*, at: datetime) -> None:
    """The secretary has said one letter in words of her own."""
    letter = standing_letters.get("members/mail/application_received")
    assert letter is not None
    rewording.change_wording(
        letter=letter,
        language="en",
        pieces={
            "The association received the membership application of %(company)s on %(on)s.": (
                "Thank you for applying. The association received the membership application of"
                " {company} on {on}."
            )
        },
        seen=0,
        note="Friendlier, as the board wished",
        by=secretary(),
        at=at,
    )
    load_returns(at=at)
    load_on_paper(at=at)
