"""How a demo company applies, and the applications that have not come before the board."""

from datetime import datetime, timedelta

from kip.accounts.models import User
from members import services
from members.demo.companies import (
    ANSWERED,
    ARRIVED,
    ASKED,
    DRAFT,
    LAPSED,
    ON_PAPER,
    WITHDRAWN,
    Invented,
)
from members.demo.props import before, paper, person, secretary
from members.models import Application, DocumentKind, PersonRole


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


def load_applications(*, password: str, at: datetime) -> None:
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
