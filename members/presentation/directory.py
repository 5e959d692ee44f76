"""The public directory. Everybody opens it, and it may be long: a row costs no more than it shows.

One query brings the rows, without the rest of the companies; an address is made once and filled in.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any, TypedDict

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from members.models import Member, MemberQuerySet, Sector

LONGEST = 160  # letters of what a company does


class Entry(TypedDict):
    """A company in the directory: `more` is what tells it from others, in one line.

    A dict, because templates look into one first, and only then for attributes.
    """

    name: str
    page: str
    activities: str
    more: str
    since: date
    website: str
    logo: str


def rows_of(members: MemberQuerySet, on: date) -> Any:
    """What `entries` needs of those that are members on that local date, in their order."""
    sectors = Member.sectors.through.objects.filter(member=OuterRef("pk"))
    return (
        members.members_since(on)
        .annotate(sector_ids=ArraySubquery(sectors.values("sector")))
        .values_list(
            *["number", "name", "activities", "domicile", "since", "sector_ids", "website"],
            *["logo__sha256", "logo__file"],
        )
    )


def entries(rows: Iterable[Any], sectors: Iterable[Sector]) -> list[Entry]:
    names = {sector.pk: str(sector) for sector in sectors}
    page = reverse("member_page", args=[0])
    member_since = _("member since %(year)s")
    return [
        Entry(
            name=name,
            page=page.replace("0", str(number)),
            activities=does if len(does) <= LONGEST else f"{does[: LONGEST - 1].rstrip()}…",
            more=" · ".join(
                [
                    *([domicile] if domicile else []),
                    member_since % {"year": since.year},
                    *(text for pk, text in names.items() if pk in sector_ids),
                ]
            ),
            since=since,
            website=website,
            logo=reverse("member_logo", args=[number, logo[:16]]) if file else "",
        )
        for number, name, does, domicile, since, sector_ids, website, logo, file in rows
    ]


def described(listed: Iterable[Entry]) -> dict[str, Any]:
    """One page of the directory in the words of schema.org."""
    return {
        "@context": "https://schema.org",
        "@type": "ItemList",
        "itemListElement": [
            {
                "@type": "ListItem",
                "position": place,
                "name": entry["name"],
                "url": f"{settings.SITE_URL}{entry['page']}",
            }
            for place, entry in enumerate(listed, 1)
        ],
    }
