"""Companies that apply, made as the association makes them: by its services."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.core.files.uploadedfile import SimpleUploadedFile

from kip.accounts import services as accounts
from kip.accounts.models import User
from kip.bylaws.models import Bylaws
from kip.bylaws.services import adopt
from kip.mail.models import OutboxMail
from members import services
from members.models import (
    Application,
    DocumentKind,
    Member,
    MembershipPeriod,
    Representative,
)
from tests.kip.documents.files import PDF

# A Tuesday at eleven in Helsinki.
AT = datetime(2027, 2, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def business_id(nth: int = 0) -> str:
    """The nth valid business ID from the unused stems, 9000000 and up."""
    stem = 9000000
    while True:
        weights = (7, 9, 10, 5, 8, 4, 2)
        rest = sum(int(digit) * by for digit, by in zip(str(stem), weights, strict=True)) % 11
        if rest != 1:  # no company has such a number
            if nth == 0:
                return f"{stem}-{(11 - rest) % 11}"
            nth -= 1
        stem += 1


def a_person(name: str = "Aino Laine", *, email: str | None = "", **fields: Any) -> User:
    """Somebody who has proved the address; `email=None`: somebody without one."""
    given_name, _, family_name = name.partition(" ")
    if email == "":
        email = f"{name.lower().replace(' ', '.')}@kip.example"
    person = User.objects.create_user(
        email, given_name=given_name, family_name=family_name, **{"language": "en", **fields}
    )
    if email:
        EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
    return person


def a_secretary(name: str = "Siiri Secretary") -> User:
    person = a_person(name)
    accounts.make_secretary(person=person, by=None, at=AT)
    return person


def a_pdf(name: str = "paper.pdf", tail: bytes = b"") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PDF + tail)


FACTS: dict[str, Any] = {
    "name": "Höyry & Co Oy",
    "country": "FI",
    "business_id": business_id(),
    "legal_form": "limited company",
    "domicile": "Kokkola",
    "street": "Kemirantie 1",
    "postcode": "67900",
    "city": "Kokkola",
    "activities": "Makes steam.",
    "location": "By the harbour",
    "active_from": "since 1998",
}
CONTACT = {"given_name": "Kaisa", "family_name": "Kontakti", "email": "kaisa@hoyry.example"}
SIGNATORY = {"given_name": "Sanna", "family_name": "Signeeraa", "email": "sanna@hoyry.example"}
PEOPLE = {"contact": CONTACT, "signatory": SIGNATORY}


def fill_in(
    application: Application,
    *,
    by: User,
    at: datetime = AT,
    people: dict[str, dict[str, str]] = PEOPLE,
    language: str = "",
    **facts: Any,
) -> Application:
    """Everything that the form asks for."""
    agreed = {"agrees": True, "has_authority": True}
    which = {"application_id": application.pk, "by": by, "at": at}
    services.save_draft(facts={**FACTS, **agreed, **facts}, **which)
    services.save_people(people=people, language=language, **which)
    application.refresh_from_db()
    return application


def a_draft(*, by: User | None = None, at: datetime = AT, **facts: Any) -> Application:
    """A draft, filled in and ready to be submitted."""
    by = by or a_person("Anni Applicant")
    return fill_in(services.begin_application(by=by, at=at), by=by, at=at, **facts)


def a_paper_draft(*, by: User, at: datetime = AT, signed: bool = True, **facts: Any) -> Application:
    """An application that came on paper, entered by the secretary with the signed form."""
    people = {
        "contact": {**CONTACT, "email": facts.pop("email", "")},
        "signatory": {**SIGNATORY, "email": ""},
    }
    facts = {"people": people, **facts}
    application = services.begin_on_behalf(by=by, at=at)
    fill_in(application, by=by, at=at, **facts)
    if signed:
        services.add_documents(
            application_id=application.pk,
            uploads=[a_pdf("signed.pdf")],
            kind=DocumentKind.SIGNED_FORM,
            by=by,
            at=at,
        )
    return application


def a_submitted_application(
    *, by: User | None = None, at: datetime = AT, **facts: Any
) -> Application:
    application = a_draft(by=by, at=at, **facts)
    assert application.applicant is not None
    assert services.submit(application_id=application.pk, by=application.applicant, at=at)
    application.refresh_from_db()
    return application


def a_member(
    *, number: int = 1, joined: date = date(2006, 1, 1), until: date | None = None, **facts: Any
) -> Member:
    """A company that was a member before KIP kept the register."""
    member = Member.objects.create(number=number, registered_since=joined, **{**FACTS, **facts})
    a_period(member, since=joined, until=until)
    return member


def a_period(
    member: Member, *, since: date, until: date | None = None, at: datetime = AT
) -> MembershipPeriod:
    return MembershipPeriod.objects.create(
        member=member,
        since=since,
        until=until,
        recorded_at=at,
        end_recorded_at=at if until else None,
        end_reason="resigned" if until else "",
    )


def a_representative(
    member: Member,
    person: User | None = None,
    role: str = "primary",
    *,
    since: date = date(2006, 1, 1),
    until: date | None = None,
    at: datetime = AT,
    **fields: Any,
) -> Representative:
    return Representative.objects.create(
        member=member,
        person=person,
        role=role,
        since=since,
        until=until,
        recorded_at=at,
        end_recorded_at=at if until else None,
        **fields,
    )


def bylaws_with(*, by: User, valid_from: date = date(2020, 1, 1), **rules: Any) -> Bylaws:
    """A new version of the bylaws: as before, but for `rules`."""
    before = Bylaws.objects.latest("version")
    kept = {
        field.name: getattr(before, field.name)
        for field in Bylaws._meta.concrete_fields
        if field.name not in {"id", "version", "valid_from", "adopted"}
    }
    return adopt(valid_from=valid_from, adopted="A meeting", rules={**kept, **rules}, by=by, at=AT)


# --- What was written to whom ------------------------------------------------------------------


def letters(since: Iterable[OutboxMail] = ()) -> list[tuple[str, str]]:
    """The letters, each by its occasion and its reader's name: ("application-received", "Anni").

    Whom KIP does not know stands there with the address.
    """
    rows = OutboxMail.objects.exclude(pk__in=[row.pk for row in since]).order_by("pk")
    return [
        (row.key.split(":")[0], row.reader.given_name if row.reader else row.to_address)
        for row in rows.select_related("reader")
    ]


def occasions_to(person: User) -> list[str]:
    keys = OutboxMail.objects.filter(reader=person).order_by("pk").values_list("key", flat=True)
    return [key.split(":")[0] for key in keys]


class NewLetters:
    """The letters that were written inside the block, sorted, as (occasion, given name)."""

    def __enter__(self) -> list[tuple[str, str]]:
        self.before = list(OutboxMail.objects.all())
        self.found: list[tuple[str, str]] = []
        return self.found

    def __exit__(self, *error: object) -> None:
        if error[0] is None:
            self.found += sorted(letters(self.before))
