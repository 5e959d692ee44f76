"""Demo companies and applications. All are invented, and say so in their names.

What happened goes through the services, at the instants at which it would have happened, so that
histories and timelines look as they do in real life. The board's part is told by `board.demo`.
"""

from datetime import date, datetime

from django.utils import timezone

from members.demo.applications import apply, load_applications
from members.demo.companies import Invented
from members.demo.doubles import load_doubles
from members.demo.facts import load_facts, load_proposals
from members.demo.leaving import load_checks, load_leaving
from members.demo.mailing import load_mailing
from members.demo.members import load_members
from members.demo.props import before, moment, paper, person, secretary

__all__ = ["Invented", "apply", "before", "load", "moment", "paper", "person", "secretary"]


def load(*, password: str, at: datetime) -> None:
    """Twenty members and one that left (the board's past adds two), and applications."""
    load_members(password=password, at=moment(date(timezone.localdate(at).year - 2, 2, 1)))
    load_facts(at=moment(date(timezone.localdate(at).year - 2, 2, 15)))
    load_applications(password=password, at=at)
    load_checks(at=at)
    load_leaving(at=at)
    load_proposals(at=at)
    load_doubles(at=before(at, 4, 9))
    load_mailing(at=before(at, 7, 10))
