"""The demo's companies: all invented, and their names say so. Who stands for which is here too."""

from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import NamedTuple

from django.utils.text import slugify


class Invented(NamedTuple):
    """A company that does not exist."""

    name: str
    domicile: str
    activities: str
    parent: str = ""
    country: str = "FI"

    @property
    def full_name(self) -> str:
        return f"{self.name} (demo)"

    @property
    def facts(self) -> dict[str, str]:
        """The fields of `Company`. The business ID has a valid check digit and is not in use."""
        place = COMPANIES.index(self)
        is_finnish = self.country == "FI"
        return {
            "name": self.full_name,
            "country": self.country,
            "business_id": BUSINESS_IDS[place] if is_finnish else f"DEMO-{place:04}",
            "register": "" if is_finnish else "Bolagsverket",
            "legal_form": "Oy Ab" if self.name.endswith("Oy Ab") else self.name.rsplit(" ", 1)[1],
            "domicile": self.domicile,
            "street": f"Demokatu {place + 1}",
            "postcode": "67900",
            "city": "Kokkola",
            "website": f"https://{slugify(self.name)}.example",
            "parent_company": self.parent,
            "activities": self.activities,
            "location": ("North", "South", "Harbour")[place % 3] + " area",
            "active_from": f"since {JOINED[place].year}"
            if place < len(JOINED)
            else "from next spring",
        }


HALKOKARI_GROUP = "Halkokari Group (demo)"
KVARKEN_HOLDING = "Kvarken Holding (demo)"

MEMBERS = [
    Invented("Trullevi Metals Oy", "Kokkola", "Refining of metals."),
    Invented("Långö Gas Oy Ab", "Kokkola", "Oxygen, nitrogen and argon by pipe."),
    Invented("Pohjanlahti Chemicals Oy", "Kokkola", "Inorganic fine chemicals."),
    Invented("Tankar Minerals Oy", "Kaustinen", "Grinding and drying of minerals."),
    Invented("Halkokari Acids Oy", "Kokkola", "Sulphuric acid.", parent=HALKOKARI_GROUP),
    Invented("Öja Logistics Ab", "Kokkola", "Rail and road transport inside the Park."),
    Invented("Perhonjoki Polymers Oy", "Veteli", "Polymers for water treatment."),
    Invented("Kallankari Maintenance Oy", "Kalajoki", "Maintenance of process plants."),
    Invented("Poroluoto Energy Oy", "Kokkola", "Steam, heat and power."),
    Invented(
        "Kvarken Cathode Materials Oy Ab", "Pietarsaari", "Battery materials.", KVARKEN_HOLDING
    ),
    Invented("Suntti Salts Oy", "Kokkola", "Calcium chloride and other salts."),
    Invented("Santahaka Laboratory Oy", "Kokkola", "Analyses of water, air and products."),
    Invented("Rummelö Recycling Oy Ab", "Kruunupyy", "Recovery of metals from side streams."),
    Invented("Hopeakivi Stevedoring Oy", "Kokkola", "Loading and storage of dry bulk."),
    Invented("Ulkokalla Lime Oy", "Kalajoki", "Burnt and slaked lime."),
    Invented("Soko Automation Oy", "Ylivieska", "Control systems of process plants."),
    Invented("Tullimäki Engineering Oy Ab", "Pietarsaari", "Design of process plants."),
    Invented("Vattunki Battery Salts Oy", "Kannus", "Salts for electrolytes.", KVARKEN_HOLDING),
    Invented("Perämeri Hydrogen Oy", "Kokkola", "Hydrogen by electrolysis."),
    Invented("Morsiussaari Water Oy", "Kokkola", "Process water and its treatment."),
    # Left the association; see `LEFT`.
    Invented("Lahdenperä Pigments Oy", "Kokkola", "Pigments for paints."),
]
DRAFT = Invented("Satakari Solvents Oy", "Kokkola", "")
ASKED = Invented("Harrinniemi Electrolytes Oy", "Kokkola", "Electrolytes for battery makers.")
ARRIVED = Invented("Norrskata Catalysts AB", "Umeå", "Recovery of spent catalysts.", country="SE")
ANSWERED = Invented("Vanhansatama Cranes Oy", "Kokkola", "Lifting and cranes in the Park.")
ON_PAPER = Invented("Kåtölandet Glass Ab", "Larsmo", "Glass fibre from recycled glass.")
WITHDRAWN = Invented("Elba Coatings Oy", "Kokkola", "Coatings for steel.")
LAPSED = Invented("Piispanmäki Plastics Oy", "Kaustinen", "Recycling of plastics.")
# What the board has, or had, before it.
ADMITTED_AT_MEETING = Invented("Laajalahti Carbon Oy", "Kokkola", "Capture of carbon dioxide.")
ADMITTED_IN_WRITING = Invented("Bothnia Peroxide Oy Ab", "Kokkola", "Hydrogen peroxide.")
REJECTED = Invented("Ådö Cosmetics Ab", "Pietarsaari", "Cosmetics, made in Pietarsaari.")
BEFORE_BOARD = Invented(
    "Halkokari Sulphur Oy", "Kokkola", "Handling of liquid sulphur.", parent=HALKOKARI_GROUP
)

COMPANIES = [
    *MEMBERS,
    *[DRAFT, ASKED, ARRIVED, ANSWERED, ON_PAPER, WITHDRAWN, LAPSED],
    *[ADMITTED_AT_MEETING, ADMITTED_IN_WRITING, REJECTED, BEFORE_BOARD],
]

JOINED = [
    *[date(2006, 5, 22)] * 9,
    *[date(2007, 3, 14), date(2008, 9, 30), date(2009, 11, 12), date(2011, 2, 3)],
    *[date(2012, 10, 18), date(2014, 4, 8), date(2016, 6, 14), date(2017, 12, 5)],
    *[date(2020, 8, 27), date(2022, 5, 19), date(2023, 10, 26)],
    date(2006, 5, 22),
]
LEFT = {20: date(2020, 1, 1)}
# Who went by another name, and until when.
RENAMED = {15: ("Soko Instruments Oy (demo)", date(2024, 1, 1))}
# Whose primary representative changed, and when: the one before stays in the register's history.
HANDED_OVER = {2: date(2019, 8, 1), 7: date(2023, 1, 1)}

# Who can sign in: as the voting or the primary representative of the company at that place.
# The board's people stand for companies; `board.demo` seats them.
VOTING = ["chair", *[f"board{place}" for place in range(2, 11)]]
PRIMARY = {11: "member"}


def business_ids(first: int) -> Iterator[str]:
    """Valid business IDs from a stem on: weights 7, 9, 10, 5, 8, 4, 2, modulo 11."""
    for stem in range(first, 10_000_000):
        remainder = sum(w * int(d) for w, d in zip((7, 9, 10, 5, 8, 4, 2), f"{stem}", strict=True))
        remainder %= 11
        if remainder != 1:  # never given out
            yield f"{stem}-{(11 - remainder) % 11}"


# Stems from 9000000 up are not in use.
BUSINESS_IDS = list(islice(business_ids(9_000_000), len(COMPANIES)))
