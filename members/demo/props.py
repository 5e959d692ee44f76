"""What every scene of the demo needs, the board's as well: hours, people, papers."""

from datetime import date, datetime, time, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from django.utils.text import slugify

from kip.accounts import services as accounts
from kip.accounts.demo import DOMAIN, SECRETARY_ADDRESS, demo_person
from kip.accounts.models import User

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
