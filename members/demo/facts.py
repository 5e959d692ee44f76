"""What the demo's members keep of themselves, and what they propose for the register."""

import struct
import zlib
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from members import services
from members.demo.companies import MEMBERS, RENAMED
from members.demo.props import before, paper, person, secretary
from members.models import Member, Sector, Seveso, Site

# Finnish, Swedish, English.
SECTORS = [
    ("Metallit (demo)", "Metaller (demo)", "Metals (demo)"),
    ("Epäorgaaninen kemia (demo)", "Oorganisk kemi (demo)", "Inorganic chemistry (demo)"),
    ("Akkumateriaalit (demo)", "Batterimaterial (demo)", "Battery materials (demo)"),
    ("Energia ja kaasut (demo)", "Energi och gaser (demo)", "Energy and gases (demo)"),
    ("Logistiikka (demo)", "Logistik (demo)", "Logistics (demo)"),
    ("Palvelut teollisuudelle (demo)", "Tjänster för industrin (demo)", "Plant services (demo)"),
    ("Kiertotalous ja vesi (demo)", "Cirkulär ekonomi och vatten (demo)", "Recycling (demo)"),
]
SITES = [
    ("Pohjoinen alue (demo)", "Norra området (demo)", "North area (demo)"),
    ("Eteläinen alue (demo)", "Södra området (demo)", "South area (demo)"),
    ("Satama (demo)", "Hamnen (demo)", "Harbour area (demo)"),
]
# The sectors of each member, by place in the lists.
IN_SECTORS = [
    *[(0,), (3,), (1,), (1,), (1,), (4,), (1, 6), (5,), (3,), (2,)],
    *[(1,), (5,), (0, 6), (4,), (1,), (5,), (5,), (1, 2), (3,), (6,)],
]
HEADCOUNTS = [412, 58, 133, 27, 74, 61, 39, 92, 66, 148, 31, 24, 45, 83, 19, 22, 57, 36, 48, 17]
# What these have not told yet, so that something waits.
TELL_LITTLE = {11, 18}
WITHOUT_LOGO = {3, 6, 10, 13, 16, 19}
HANDLE_CHEMICALS = {2: Seveso.UPPER, 4: Seveso.UPPER, 1: Seveso.LOWER, 9: Seveso.LOWER}

MERGING, MERGING_INTO = 17, 9
MOVING_AWAY = 14


def load_facts(*, at: datetime) -> None:
    """What the members have told, some days after they were recorded."""
    by = secretary()
    sectors = [_label(Sector, names, order, at) for order, names in enumerate(SECTORS)]
    sites = [_label(Site, names, order, at) for order, names in enumerate(SITES)]
    for place, company in enumerate(MEMBERS[: len(IN_SECTORS)]):
        member = Member.objects.get(number=place + 1)
        of_it: dict[str, Any] = {"member_id": member.pk, "by": by, "at": at}
        if place in RENAMED:
            services.record_change(
                facts={"name": company.full_name}, effective_on=RENAMED[place][1], **of_it
            )
        facts: dict[str, Any] = {
            "sectors": [sectors[n] for n in IN_SECTORS[place]],
            "sites": [sites[place % 3]],
        }
        if place not in TELL_LITTLE:
            number = member.business_id.replace("-", "")
            facts |= {
                "headcount": HEADCOUNTS[place],
                "seveso": HANDLE_CHEMICALS.get(place, Seveso.NONE),
                "chemicals": "Invented for this demo." if place in HANDLE_CHEMICALS else "",
                "certificates": "ISO 14001\nISO 45001" if place % 2 == 0 else "",
                "about_fi": f"{company.full_name} on keksitty: se on olemassa vain täällä.",
                "about_sv": f"{company.full_name} är påhittat: det finns bara här.",
                "about_en": f"{company.full_name} is invented: it exists here only. "
                f"{company.activities}",
                "einvoice_address": f"0037{number}",
                "einvoice_operator": "DEMO",
            }
        services.keep_own_facts(facts=facts, **of_it)
        if place not in WITHOUT_LOGO | TELL_LITTLE:
            services.choose_logo(upload=_emblem(place), **of_it)


def load_proposals(*, at: datetime) -> None:
    """Two changes that wait for the secretary."""
    merging, moving = (Member.objects.get(number=n + 1) for n in (MERGING, MOVING_AWAY))
    services.propose_merger(
        member_id=merging.pk,
        into_id=Member.objects.get(number=MERGING_INTO + 1).pk,
        effective_on=date(timezone.localdate(at).year + 1, 1, 1),
        ground="The group puts its two companies in the Park together.",
        by=person(2 * MERGING, at=at),
        at=before(at, 6, 10),
    )
    services.propose_change(
        member_id=moving.pk,
        facts={"domicile": "Kokkola"},
        effective_on=before(at, 20).date(),
        ground="The head office has moved here.",
        upload=paper("Extract from the trade register (demo)"),
        by=person(2 * MOVING_AWAY, at=at),
        at=before(at, 3, 14),
    )


def _label(
    model: type[Sector] | type[Site], names: tuple[str, ...], order: int, at: datetime
) -> Any:
    facts = dict(zip(("name_fi", "name_sv", "name_en"), names, strict=True))
    return services.add_label(to=model, facts={**facts, "order": order}, by=secretary(), at=at)


# --- Emblems ----------------------------------------------------------------------------------

WIDTH, HEIGHT = 160, 80
WHITE = (255, 255, 255)
COLOURS = [(11, 85, 120), (138, 75, 0), (29, 99, 67), (110, 44, 90), (60, 70, 80)]
SHAPES: list[Callable[[int, int], bool]] = [
    lambda x, y: (x - 80) ** 2 + (y - 40) ** 2 < 900,
    lambda x, y: abs(x - 80) + abs(y - 40) < 36,
    lambda x, y: 30 < x < 130 and (x // 12) % 2 == 0 and y > 74 - (x - 30) * 0.6,
    lambda x, y: 900 > (x - 80) ** 2 + (y - 40) ** 2 > 420 or abs(x - 80) < 5,
]


def _emblem(place: int) -> SimpleUploadedFile:
    """A drawn PNG of two colours, another for each place."""
    shape = SHAPES[place % len(SHAPES)]
    rows = b"".join(b"\0" + bytes(shape(x, y) for x in range(WIDTH)) for y in range(HEIGHT))
    palette = bytes([*WHITE, *COLOURS[place % len(COLOURS)]])
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 3, 0, 0, 0)
    parts = [(b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    png = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    return SimpleUploadedFile(f"emblem-{place + 1}.png", png, content_type="image/png")
