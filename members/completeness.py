"""What an application still lacks before it can be submitted, step by step."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.models import Application, DocumentKind, PersonRole, Question

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


def is_complete(application: Application) -> bool:
    return all(step.is_complete for step in steps(application))


def _lacks(application: Application, key: str, asked: list[Question]) -> list[str]:
    if key in REQUIRED_FIELDS:
        names = list(REQUIRED_FIELDS[key])
        if key == COMPANY and application.country != "FI":
            names.append("register")
        return [
            str(Application._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
            for name in names
            if not getattr(application, name)
        ]
    if key == PEOPLE:
        named = {person.role for person in application.people.all()}
        return [str(role.label) for role in PersonRole if role not in named]
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
