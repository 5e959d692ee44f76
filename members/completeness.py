"""What an application still lacks before it can be submitted, and a member after its admission."""

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.models import (
    Application,
    Company,
    DocumentKind,
    Member,
    PersonRole,
    Question,
    RepresentativeRole,
)

COMPANY = "company"
ACTIVITIES = "activities"
PEOPLE = "people"
DOCUMENTS = "documents"
QUESTIONS = "questions"
AGREEMENT = "agreement"

STEP_TITLES: dict[str, Promise] = {
    COMPANY: _("The company"),
    ACTIVITIES: _("Activities in the Park"),
    PEOPLE: _("Contact and signatory"),
    DOCUMENTS: _("Attachments"),
    QUESTIONS: _("Further questions"),
    AGREEMENT: _("Agreement"),
}

REQUIRED_FIELDS = {
    COMPANY: [
        "name",
        "country",
        "business_id",
        "legal_form",
        "domicile",
        "street",
        "postcode",
        "city",
    ],
    ACTIVITIES: ["activities", "location", "active_from"],
}


@dataclass(frozen=True)
class Step:
    """One step of the form: whether everything it needs is there, and what is not."""

    key: str
    title: Promise
    lacks: list[str]

    @property
    def is_complete(self) -> bool:
        return not self.lacks


def steps(application: Application) -> list[Step]:
    """The steps of this application's form, in order."""
    asked = list(Question.objects.filter(asked=True))
    keys = [key for key in STEP_TITLES if key != QUESTIONS or asked]
    return [Step(key, STEP_TITLES[key], _lacks(application, key, asked)) for key in keys]


def missing_facts(company: Company) -> list[str]:
    """The fields without which nothing complete is known of a company, and which are empty."""
    names = [name for step in (COMPANY, ACTIVITIES) for name in _needed(company, step)]
    return [name for name in names if not getattr(company, name)]


def _needed(company: Company, key: str) -> list[str]:
    register = ["register"] if key == COMPANY and company.country != "FI" else []
    return [*REQUIRED_FIELDS[key], *register]


def is_complete(application: Application) -> bool:
    return all(step.is_complete for step in steps(application))


def _lacks(application: Application, key: str, asked: list[Question]) -> list[str]:
    if key in REQUIRED_FIELDS:
        return [
            str(Application._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
            for name in _needed(application, key)
            if not getattr(application, name)
        ]
    if key == PEOPLE:
        people = {person.role: person for person in application.people.all()}
        named = {role for role, person in people.items() if person.is_named}
        lacking = [str(role.label) for role in PersonRole if role not in named]
        reachable = application.entered_by_id is not None or any(
            person.role == PersonRole.CONTACT and person.email for person in people.values()
        )
        if PersonRole.CONTACT in named and not reachable:
            lacking.append(str(_("the contact’s e-mail address")))
        return lacking
    if key == DOCUMENTS:
        kinds = {document.kind for document in application.documents.all()}
        on_paper = application.entered_by_id is not None
        return (
            [str(_("the signed form"))]
            if on_paper and DocumentKind.SIGNED_FORM not in kinds
            else []
        )
    if key == QUESTIONS:
        answered = {answer.question_id for answer in application.answers.all() if answer.text}
        return [q.label for q in asked if q.required and q.pk not in answered]
    lacks = []
    if not application.agrees:
        lacks.append(str(_("agreement with the purpose and the bylaws")))
    if not application.has_authority:
        lacks.append(str(_("authority to apply for the company")))
    return lacks


@dataclass(frozen=True)
class Task:
    """Something that a member tells after its admission, because the application did not ask."""

    key: str
    is_done: bool
    is_needed: bool = True

    @property
    def waits(self) -> bool:
        return self.is_needed and not self.is_done


def company_tasks(member: Member, *, roles: Collection[str], has_labels: bool) -> list[Task]:
    """What a member is asked to tell.

    `roles` are those that somebody has for it, or will have; `has_labels` when it has a sector and
    a site.
    """
    is_invoiced = bool(member.einvoice_address) or RepresentativeRole.BILLING in roles
    return [
        Task("about", bool(member.about)),
        Task("labels", has_labels),
        Task("headcount", member.headcount is not None),
        Task("seveso", bool(member.seveso)),
        Task("invoices", is_invoiced),
        Task("voting", RepresentativeRole.VOTING in roles),
        Task("safety_contact", RepresentativeRole.SAFETY in roles),
        Task("logo", member.logo_id is not None, is_needed=False),
    ]
