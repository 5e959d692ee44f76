"""A register of any size, for trying out what the demo is too small for. Everybody is invented.

Rows are written in bulk and not by the services: it is about how many there are, not about how they
came to be. The n-th company is the same one each time.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from random import Random
from typing import TypeVar

from django.db import connection
from django.db.models import Max, Model
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_noop

from kip.accounts.models import User
from kip.audit.acts import act
from kip.numbering import serialise
from members.demo.companies import business_ids
from members.demo.props import FAMILY_NAMES, GIVEN_NAMES
from members.models import (
    EndReason,
    FormerFacts,
    Member,
    MembershipPeriod,
    Representative,
    RepresentativeRole,
    Sector,
    Site,
)
from members.registration import registration_key

PEOPLE_EACH = 5
# Above the stems that the demo takes, and as far from any that is in use.
FIRST_STEM = 9_100_000
BATCH = 2_000

PLACES = [
    *["Halla", "Kala", "Kota", "Lepo", "Mänty", "Näly", "Peura", "Rauta", "Sääski", "Tervo"],
    *["Ukko", "Vuori", "Hämeen", "Kivi", "Ylä", "Ala", "Björk", "Gran", "Öster", "Väster"],
    *["Stor", "Lill", "Häst", "Råg", "Sjö", "Ängs", "Åker", "Ekorre", "Jänis", "Köyhä"],
]
GROUNDS = [
    *["niemi", "lahti", "mäki", "kangas", "koski", "järvi", "saari", "ranta", "luoto", "suo"],
    *["holm", "vik", "ås", "näs", "backa", "sund", "mark", "fors", "strand", "ö"],
]
TRADES = [
    *["Acids", "Alloys", "Automation", "Bulk", "Catalysts", "Chemicals", "Cobalt", "Cranes"],
    *["Electrolytes", "Energy", "Engineering", "Gases", "Glass", "Hydrogen", "Laboratory", "Lime"],
    *["Lithium", "Logistics", "Maintenance", "Metalli", "Minerals", "Nickel", "Pigments"],
    *["Piping", "Polymers", "Recycling", "Sähkö", "Salts", "Sulphur", "Water", "Zinc"],
]
FORMS = ["Oy", "Oy Ab", "Ab", "Oyj", "Ky"]
TOWNS = ["Kokkola", "Pietarsaari", "Kruunupyy", "Kalajoki", "Kannus", "Veteli", "Kaustinen"]
SECTORS = [
    ("Akkukemikaalit", "Batterikemikalier", "Battery chemicals"),
    ("Metallit", "Metaller", "Metals"),
    ("Palvelut", "Tjänster", "Services"),
]
SITES = [
    ("Pohjoinen alue", "Norra området", "North area"),
    ("Eteläinen alue", "Södra området", "South area"),
    ("Satama", "Hamnen", "Harbour"),
]
ROLES = [
    RepresentativeRole.PRIMARY,
    RepresentativeRole.VOTING,
    RepresentativeRole.DEPUTY,
    RepresentativeRole.SAFETY,
    RepresentativeRole.BILLING,
]


def name_of(place: int) -> str:
    """The name of the company at `place`: none twice among the first 93,000."""
    place = place * 7919 % 93_000  # neighbours have nothing in common
    parts = []
    for words in (PLACES, GROUNDS, TRADES, FORMS):
        place, which = divmod(place, len(words))
        parts.append(words[which])
    first, second, trade, form = parts
    return f"{first}{second} {trade} {form} (demo)"


Row = TypeVar("Row", bound=Model)


@act(gettext_noop("%(who)s filled the register with invented companies."))
def fill(*, members: int, by: None, at: datetime) -> int:
    """Add invented members until there are so many, each with five people. Returns how many.

    Foreign keys are checked with each statement: whenever a trigger of the history catches an
    error (that nothing is to be ignored), PostgreSQL goes through all that wait for the end. The
    planner's statistics are brought up to date, as a server does by itself in time.
    """
    serialise("member-number")
    there = Member.objects.count()
    missing = range(there, max(members, there))
    if missing:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        number = (Member.objects.aggregate(last=Max("number"))["last"] or 0) + 1
        _write(missing, number - there, at)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return len(missing)


def _write(places: range, number_of_first: int, at: datetime) -> None:
    chance = Random(1)
    today = timezone.localdate(at)
    sectors, sites = _labels(Sector, SECTORS), _labels(Site, SITES)
    business_id = business_ids(FIRST_STEM + 2 * places.start)
    first_day = date(1996, 1, 1)
    joined = {place: first_day + timedelta(days=chance.randrange(10_900)) for place in places}
    members = _create(
        Member(
            number=number_of_first + place,
            registered_since=joined[place],
            headcount=chance.randrange(3, 400),
            about_en="Invented, to see how KIP bears many companies.",
            **_facts(place, next(business_id)),
        )
        for place in places
    )
    people = _create(_person(place, nth, chance) for place in places for nth in range(PEOPLE_EACH))
    left = {
        member.pk: max(joined[place] + timedelta(days=400), today - timedelta(days=place % 2000))
        for place, member in zip(places, members, strict=True)
        if place % 20 == 19
    }

    def ends(member: Member) -> dict[str, object]:
        until = left.get(member.pk)
        return {"until": until, "end_recorded_at": at if until else None}

    _create(
        MembershipPeriod(
            member=member,
            since=member.registered_since,
            recorded_at=at,
            end_reason=EndReason.RESIGNED if member.pk in left else "",
            **ends(member),
        )
        for member in members
    )
    _create(
        Representative(
            member=member,
            person=people[nth * PEOPLE_EACH + of_them],
            role=role,
            since=member.registered_since,
            recorded_at=at,
            **ends(member),
        )
        for nth, (place, member) in enumerate(zip(places, members, strict=True))
        for of_them, role in enumerate(ROLES)
        # Here and there somebody is missing.
        if place % 40 != 7 or role != RepresentativeRole.VOTING
    )
    _create(
        FormerFacts(
            member=member,
            since=member.registered_since - timedelta(days=900),
            until=member.registered_since,
            recorded_at=at,
            end_recorded_at=at,
            **{**member.registered_facts(), "name": name_of(90_000 - place)},
        )
        for place, member in zip(places, members, strict=True)
        if place % 10 == 5
    )
    for field, labels in (("sectors", sectors), ("sites", sites)):
        through = getattr(Member, field).through
        label = f"{labels[0]._meta.model_name}_id"
        _create(
            through(member_id=member.pk, **{label: chance.choice(labels).pk}) for member in members
        )


def _create(rows: Iterable[Row]) -> list[Row]:
    made: list[Row] = []
    waiting: Iterator[Row] = iter(rows)
    while batch := list(islice(waiting, BATCH)):
        made += type(batch[0])._default_manager.bulk_create(batch)
    return made


def _labels(model: type[Model], names: Iterable[tuple[str, str, str]]) -> list[Model]:
    if not model._default_manager.exists():
        for order, (fi, sv, en) in enumerate(names):
            model._default_manager.create(name_fi=fi, name_sv=sv, name_en=en, order=order)
    return list(model._default_manager.all())


def _facts(place: int, business_id: str) -> dict[str, str]:
    name = name_of(place)
    return {
        "name": name,
        "country": "FI",
        "business_id": business_id,
        "registration_key": registration_key("FI", "", business_id),
        "legal_form": name.split(" ", 2)[2].removesuffix(" (demo)"),
        "domicile": TOWNS[place % len(TOWNS)],
        "street": f"Demokatu {place}",
        "postcode": "67900",
        "city": "Kokkola",
        "website": f"https://{slugify(name.removesuffix(' (demo)'))}.example",
        "activities": "Invented.",
    }


def _person(place: int, nth: int, chance: Random) -> User:
    """Somebody who never signs in: no password, and an address that is not proved."""
    given_name = chance.choice(GIVEN_NAMES)
    family_name = (
        chance.choice(FAMILY_NAMES) if nth % 2 else chance.choice(PLACES) + chance.choice(GROUNDS)
    )
    company = slugify(name_of(place).removesuffix(" (demo)"))
    return User(
        email=f"{slugify(given_name)}.{slugify(family_name)}.{nth}@{company}.example",
        given_name=given_name,
        family_name=family_name,
        password="!",
        language=("fi", "fi", "sv", "en")[place % 4],
    )
