"""What waits for somebody: the secretary's desk (admin index) and everyone's "My KIP".

Apps register in `AppConfig.ready()`; each answers with items, the oldest first.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kip.hooks import Hook


@dataclass(frozen=True)
class Waiting:
    """One thing that waits: a sentence, where to act on it, since when and until when.

    `progress` is (how many are done, of how many), for what many do.
    """

    text: str
    url: str
    since: datetime
    due: datetime | None = None
    group: str = ""
    progress: tuple[int, int] | None = None


# receiver(at=datetime) -> list[Waiting]
on_the_desk: Hook[list[Waiting]] = Hook("What waits for the secretary.")

# receiver(user=User, at=datetime) -> list[Waiting]
waits_for: Hook[list[Waiting]] = Hook("What waits for this person.")


@dataclass(frozen=True)
class Place:
    """A page of this person's own: what it is called, and where it is."""

    text: str
    url: str


# receiver(user=User, at=datetime) -> list[Place]
places_of: Hook[list[Place]] = Hook("Pages of this person's own, for My KIP.")

# receiver(at=datetime) -> list[Place]
in_order: Hook[list[Place]] = Hook("What the desk says though nothing is to be done about it.")

# receiver(person=User, at=datetime) -> list[str]
holds: Hook[list[str]] = Hook("What a person holds in the association, for the admin.")

# receiver(person=User, user=User, at=datetime) -> list[Place]
pages_about: Hook[list[Place]] = Hook("What `user` can open about `person`, for the admin.")


def places(*, user: Any, at: datetime) -> list[Place]:
    """Each once, though several parts of the association may name it."""
    found = [place for places in places_of(user=user, at=at) for place in places]
    return list(dict.fromkeys(found))


def about(*, person: Any, user: Any, at: datetime) -> list[Place]:
    return [place for found in pages_about(person=person, user=user, at=at) for place in found]


def desk(*, at: datetime) -> list[Waiting]:
    return sorted((item for items in on_the_desk(at=at) for item in items), key=_by_age)


def assurances(*, at: datetime) -> list[Place]:
    return [place for found in in_order(at=at) for place in found]


def my_kip(*, user: Any, at: datetime) -> list[Waiting]:
    return sorted((item for items in waits_for(user=user, at=at) for item in items), key=_by_age)


def _by_age(item: Waiting) -> datetime:
    return item.due or item.since
