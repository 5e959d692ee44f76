"""What the board must hear of an application, and what it offers on an application's page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from kip.hooks import Hook
from members.models import Member

# receiver(application=Application, by=User|None, at=datetime): the board closes its matter.
on_application_withdrawn: Hook[None] = Hook("An application was withdrawn.")

# receiver(application=Application, by=User, at=datetime): the board tells its members.
on_document_added: Hook[None] = Hook("A document was added to an application on its way.")


# receiver(application=Application, names=[field name], by=User, at=datetime): likewise.
on_facts_corrected: Hook[None] = Hook("The facts of an application on its way were corrected.")


# receiver(member=Member, on=date, by=User|None, at=datetime): what the membership carried ends too.
on_membership_ended: Hook[None] = Hook("A membership ends on a local date.")

# receiver(member=Member, on=date, by=User|None, at=datetime): what was to end on that date goes on.
on_membership_reopened: Hook[None] = Hook("A membership that was to end goes on.")

# receiver(expulsion=Expulsion, by=User|None, at=datetime): the board closes its matter.
on_expulsion_dropped: Hook[None] = Hook("A proposal to expel a member was dropped.")

# receiver(member=Member, on=date) -> list[str], a sentence for each thing.
ends_with_membership: Hook[list[str]] = Hook("What ends with a membership, said beforehand.")

# receiver(kept=Member, double=Member, noted=Noted): what points at the double passes to the one
# kept. A DomainError says why that cannot be.
on_companies_merged: Hook[None] = Hook("Two records turn out to be one company.")

# receiver(kept=User, double=User, noted=Noted) -> list[str], in words what passes over; likewise.
on_people_merged: Hook[list[str]] = Hook("Two records turn out to be one person.")


@dataclass(frozen=True)
class Holding:
    """Something that a person holds in the association: a role, a seat, the sign-in.

    `settle(to=…, on=…, by=…, at=…)` is a part of an act: from the local date `on` the person `to`
    holds it instead, or (None) nobody by this row. It raises `DomainError`; that `by` has
    `permission` for `member` is checked by who calls it.
    """

    key: str  # "representative:12": one of its kind in all apps
    text: str
    since: date
    permission: str
    settle: Callable[..., None]
    member: Member | None = None  # the company on whose behalf it is held
    may_move: bool = False
    also: str = ""  # what else happens when it ends, to be said beforehand


# receiver(person=User, at=datetime) -> list[Holding]
holdings_of: Hook[list[Holding]] = Hook("Everything that a person holds.")


@dataclass(frozen=True)
class NextAct:
    """An act that another app offers on an application's or expulsion's page."""

    text: str
    url: str


# receiver(application=Application, user=User, at=datetime) -> list[NextAct]
acts_on_application: Hook[list[NextAct]] = Hook("What else the secretary can do with it.")

# receiver(expulsion=Expulsion, user=User, at=datetime) -> list[NextAct]
acts_on_expulsion: Hook[list[NextAct]] = Hook("What else the secretary can do with it.")
