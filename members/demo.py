"""Demo companies and applications. All are invented, and say so in their names.

What happened goes through the services, at the instants at which it would have happened, so that
histories and timelines look as they do in real life. The board's part is told by `board.demo`.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_noop

from kip.accounts import services as accounts
from kip.accounts.demo import DOMAIN, SECRETARY_ADDRESS, demo_person
from kip.accounts.models import User
from kip.audit.acts import act
from members import services
from members.models import (
    Application,
    DocumentKind,
    Member,
    MembershipPeriod,
    PersonRole,
    Representative,
    RepresentativeRole,
)


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
# Whose primary representative changed, and when: the one before stays in the register's history.
HANDED_OVER = {2: date(2019, 8, 1), 7: date(2023, 1, 1)}

# Who can sign in: as the voting or the primary representative of the company at that place.
# The board's people stand for companies; `board.demo` seats them.
VOTING = ["chair", *[f"board{place}" for place in range(2, 11)]]
PRIMARY = {11: "member"}

GIVEN_NAMES = [
    *["Aino", "Kaisa", "Mats", "Henrik", "Tuula", "Ulla", "Jarkko", "Göran", "Minna", "Annika"],
    *["Pekka", "Esa", "Maarit", "Riitta", "Tom", "Kjell", "Johanna", "Camilla", "Antti", "Ville"],
    *["Satu", "Päivi", "Ralf", "Mikael", "Elina", "Ann-Sofi", "Juhani", "Timo", "Sari", "Bo"],
]
FAMILY_NAMES = [
    *["Ahonen", "Kallio", "Nygård", "Lindqvist", "Rantala", "Hautala", "Storm", "Björk", "Salo"],
    *["Koskela", "Sandvik", "Forsman", "Harju", "Jylhä", "Granholm", "Backlund", "Mäki-Rahkola"],
    *["Perälä", "Enqvist", "Högnäs", "Saari", "Uusitalo", "Kronqvist", "Sundell", "Tikkala"],
    *["Lahti", "Wikman", "Östman", "Kangas"],
]


def _business_ids(first: int, count: int) -> list[str]:
    """Valid business IDs from a stem on: weights 7, 9, 10, 5, 8, 4, 2, modulo 11."""
    found: list[str] = []
    stem = first
    while len(found) < count:
        remainder = sum(w * int(d) for w, d in zip((7, 9, 10, 5, 8, 4, 2), f"{stem}", strict=True))
        remainder %= 11
        if remainder != 1:  # never given out
            found.append(f"{stem}-{(11 - remainder) % 11}")
        stem += 1
    return found


# Stems from 9000000 up are not in use.
BUSINESS_IDS = _business_ids(9_000_000, len(COMPANIES))


def before(at: datetime, days: int, hour: int = 10, minute: int = 0) -> datetime:
    """An hour in Helsinki, some days before (or, negative, after) the day of `at`."""
    return moment(timezone.localdate(at) - timedelta(days=days), hour, minute)


def moment(day: date, hour: int = 10, minute: int = 0) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


def person(place: int, *, at: datetime, sign_in: str = "", password: str = "") -> User:
    """The invented person at `place` in a list of 870; can sign in only under a name for it."""
    given_name = GIVEN_NAMES[place % len(GIVEN_NAMES)]
    family_name = f"Demo-{FAMILY_NAMES[place % len(FAMILY_NAMES)]}"
    if sign_in:
        return demo_person(f"{sign_in}{DOMAIN}", given_name, family_name, "en", password, at)
    return accounts.ensure_person(
        email=f"{slugify(given_name)}.{slugify(family_name)}{DOMAIN}",
        given_name=given_name,
        family_name=family_name,
        language=("fi", "fi", "sv", "en")[place % 4],
        phone=f"+358 50 000 {place:04}",
        by=None,
        at=at,
    )


def secretary() -> User:
    return User.objects.get(email=SECRETARY_ADDRESS)


def load(*, password: str, at: datetime) -> None:
    """Twenty members and one that left (the board's past adds two), and applications."""
    _load_members(password=password, at=moment(date(timezone.localdate(at).year - 2, 2, 1)))
    _load_applications(password=password, at=at)


# --- Members that joined before KIP ------------------------------------------------------------


def _load_members(*, password: str, at: datetime) -> None:
    for place, (company, joined) in enumerate(zip(MEMBERS, JOINED, strict=True)):
        until, handed_over = LEFT.get(place), HANDED_OVER.get(place)
        primary = person(2 * place, at=at, sign_in=PRIMARY.get(place, ""), password=password)
        voting = person(
            2 * place + 1,
            at=at,
            sign_in=VOTING[place] if place < len(VOTING) else "",
            password=password,
        )
        representatives = [
            (RepresentativeRole.PRIMARY, primary, handed_over or joined, until),
            (RepresentativeRole.VOTING, voting, joined, until),
        ]
        if handed_over:
            predecessor = person(100 + place, at=at)
            representatives.append((RepresentativeRole.PRIMARY, predecessor, joined, handed_over))
        _record_member(
            number=place + 1,
            company=company,
            joined=joined,
            until=until,
            representatives=representatives,
            by=secretary(),
            at=at + timedelta(minutes=5 * place),
        )


@act(gettext_noop("%(who)s recorded a company that was a member before KIP."))
def _record_member(
    *,
    number: int,
    company: Invented,
    joined: date,
    until: date | None,
    representatives: Iterable[tuple[str, User, date, date | None]],
    by: User,
    at: datetime,
) -> None:
    """A member by a decision that KIP has never seen.

    The services know one way to membership: an application that the board approved. Companies that
    joined before KIP was taken into use have none, and a service for recording them comes with the
    register; until then only the demo needs such rows, and it writes them here and nowhere else.
    """
    member = Member.objects.create(number=number, **company.facts)
    MembershipPeriod.objects.create(member=member, joined=joined, until=until)
    for role, representative, since, ends in representatives:
        Representative.objects.create(
            member=member, person=representative, role=role, since=since, until=ends
        )


# --- Applications ------------------------------------------------------------------------------


def begin(company: Invented, *, applicant: User, signatory: User, at: datetime) -> Application:
    """A complete draft, filled in by its contact within an hour."""
    application = services.begin_application(by=applicant, at=at)
    _fill_in(application, company, applicant, signatory, by=applicant, at=at)
    return application


def apply(company: Invented, *, applicant: User, signatory: User, at: datetime) -> Application:
    """An application that arrives at `at`."""
    application = begin(
        company, applicant=applicant, signatory=signatory, at=at - timedelta(hours=1)
    )
    services.submit(application_id=application.pk, by=applicant, at=at)
    return application


def _fill_in(
    application: Application,
    company: Invented,
    contact: User,
    signatory: User,
    *,
    by: User,
    at: datetime,
    reads_mail: bool = True,
) -> None:
    services.save_draft(
        application_id=application.pk, facts=company.facts, by=by, at=at + timedelta(minutes=9)
    )
    named = {PersonRole.CONTACT: contact, PersonRole.SIGNATORY: signatory}
    services.save_people(
        application_id=application.pk,
        people={
            role: {
                "given_name": who.given_name,
                "family_name": who.family_name,
                "title": "Plant manager" if role == PersonRole.CONTACT else "Managing director",
                "email": who.email or "" if reads_mail else "",
                "phone": who.phone,
            }
            for role, who in named.items()
        },
        by=by,
        at=at + timedelta(minutes=17),
    )
    services.save_draft(
        application_id=application.pk,
        facts={"agrees": True, "has_authority": True},
        by=by,
        at=at + timedelta(minutes=24),
    )


def _load_applications(*, password: str, at: datetime) -> None:
    # First of all, while there is nothing else of which the clock could remind.
    untouched = before(at, 240)
    begin(
        LAPSED,
        applicant=person(60, at=untouched),
        signatory=person(61, at=untouched),
        at=untouched,
    )
    services.remind_and_lapse(at=before(at, 240 - 77))
    services.remind_and_lapse(at=before(at, 240 - 92))

    _withdrawn(at)
    _answered(at)
    _asked(password, at)
    _arrived(at)
    _on_paper(at)
    _draft(password, at)


def _withdrawn(at: datetime) -> None:
    applicant = person(62, at=before(at, 151))
    application = apply(
        WITHDRAWN, applicant=applicant, signatory=person(63, at=before(at, 151)), at=before(at, 150)
    )
    services.withdraw(application_id=application.pk, by=applicant, at=before(at, 141, 15))


def _answered(at: datetime) -> None:
    applicant = person(64, at=before(at, 20))
    application = apply(
        ANSWERED,
        applicant=applicant,
        signatory=person(65, at=before(at, 20)),
        at=before(at, 18, 14),
    )
    services.request_information(
        application_id=application.pk,
        text="Which of your cranes are kept in the Park all year round?",
        due=before(at, 2).date(),
        by=secretary(),
        at=before(at, 15, 9),
    )
    services.answer_request(
        application_id=application.pk,
        text="Two harbour cranes, since last spring. Their inspection record is attached.",
        uploads=[paper("Inspection record (demo)")],
        by=applicant,
        at=before(at, 4, 11),
    )


def _asked(password: str, at: datetime) -> None:
    applicant = person(66, at=before(at, 13), sign_in="applicant", password=password)
    application = apply(
        ASKED, applicant=applicant, signatory=person(67, at=before(at, 13)), at=before(at, 9, 13)
    )
    services.add_note(
        application_id=application.pk,
        text="Called on the phone first; friendly and in no hurry.",
        by=secretary(),
        at=before(at, 8, 10),
    )
    services.request_information(
        application_id=application.pk,
        text="From when on are you active in the Park, and in which building?",
        due=before(at, -11).date(),
        by=secretary(),
        at=before(at, 3, 9),
    )


def _arrived(at: datetime) -> None:
    apply(
        ARRIVED,
        applicant=person(68, at=before(at, 3)),
        signatory=person(69, at=before(at, 3)),
        at=before(at, 2, 16),
    )


def _on_paper(at: datetime) -> None:
    """A company without e-mail: the secretary enters its form and attaches it, signed."""
    by, begun = secretary(), before(at, 1, 9)
    application = services.begin_on_behalf(by=by, at=begun)
    _fill_in(
        application,
        ON_PAPER,
        person(70, at=begun),
        person(71, at=begun),
        by=by,
        at=begun,
        reads_mail=False,
    )
    services.add_documents(
        application_id=application.pk,
        uploads=[paper("Application form, signed (demo)")],
        kind=DocumentKind.SIGNED_FORM,
        by=by,
        at=begun + timedelta(minutes=31),
    )
    services.submit(application_id=application.pk, by=by, at=begun + timedelta(minutes=33))


def _draft(password: str, at: datetime) -> None:
    applicant = person(66, at=at, sign_in="applicant", password=password)
    application = services.begin_application(by=applicant, at=before(at, 1, 14))
    facts = {name: DRAFT.facts[name] for name in ("name", "business_id", "legal_form", "domicile")}
    services.save_draft(
        application_id=application.pk, facts=facts, by=applicant, at=before(at, 1, 14, 6)
    )


def paper(title: str) -> SimpleUploadedFile:
    """A one-page PDF that says no more than its title."""
    words = title.replace("(", r"\(").replace(")", r"\)")
    content = f"BT /F1 18 Tf 72 760 Td ({words}) Tj ET".encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    pdf, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(pdf))
        pdf += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    pdf += b"xref\n0 6\n0000000000 65535 f \n%strailer\n<< /Size 6 /Root 1 0 R >>\n" % table
    pdf += b"startxref\n%d\n%%%%EOF\n" % (pdf.index(b"xref\n"),)
    return SimpleUploadedFile(f"{title}.pdf", pdf, content_type="application/pdf")
