"""How an application is shown: where it is, what happens next, and its answers in order."""

from dataclasses import dataclass
from datetime import date, timedelta

from babel import Locale
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kip.bylaws.models import Bylaws
from members.completeness import ACTIVITIES, COMPANY, PEOPLE, QUESTIONS, STEP_TITLES
from members.models import Application, PersonRole, QuestionKind
from members.states import ApplicationStatus as S

TONES = {
    S.DRAFT: "neutral",
    S.SUBMITTED: "sea",
    S.INFORMATION_REQUESTED: "due",
    S.BEFORE_BOARD: "sea",
    S.APPROVED: "good",
    S.REJECTED: "wrong",
    S.WITHDRAWN: "neutral",
    S.LAPSED: "neutral",
}

Fact = tuple[str, str]


@dataclass(frozen=True)
class Section:
    """One step's answers, with where to change them."""

    title: str
    facts: list[Fact]
    url: str


@dataclass(frozen=True)
class Progress:
    """Where the application is on its way, in words."""

    stages: list[tuple[str, str]]  # (stage, "done" | "now" | "ahead")
    next: str
    by: date | None


def progress(application: Application, *, bylaws: Bylaws) -> Progress:
    """What has been, what happens next and by when."""
    status = application.status
    stages = [_("Submitted"), _("Checked by the secretary"), _("Decided by the board"), _("Member")]
    reached = {
        S.SUBMITTED: 1,
        S.INFORMATION_REQUESTED: 1,
        S.BEFORE_BOARD: 2,
        S.APPROVED: 4,
        S.REJECTED: 3,
    }.get(S(status), 0)
    if status == S.REJECTED:
        stages = stages[:3]
    by: date | None = None
    if status == S.SUBMITTED:
        text = _("The secretary checks the application and brings it before the board.")
        if application.submitted_at is not None:
            by = timezone.localdate(application.submitted_at) + timedelta(days=bylaws.checking_days)
    elif status == S.INFORMATION_REQUESTED:
        text = _("The secretary waits for your answer.")
    elif status == S.BEFORE_BOARD:
        text = _("The board decides. You will get mail as soon as the resolution stands.")
        if application.decision_by and application.decision_by >= timezone.localdate():
            by = application.decision_by
    elif status == S.APPROVED:
        text = _("The company is a member. Its people have been invited by mail.")
    elif status == S.REJECTED:
        text = _("The board did not admit the company.")
    elif status == S.LAPSED:
        text = _("The draft lapsed because nobody had touched it for 90 days.")
    else:
        text = _("The application was withdrawn. A new one can be made at any time.")
    return Progress(
        stages=[
            (stage, "done" if n < reached else "now" if n == reached else "ahead")
            for n, stage in enumerate(stages)
        ],
        next=text,
        by=by,
    )


def country_name(code: str) -> str:
    return str(Locale(get_language() or "en").territories.get(code, code))


def _facts(application: Application, *names: str) -> list[Fact]:
    return [
        (
            capfirst(str(Application._meta.get_field(name).verbose_name)),  # type: ignore[union-attr]
            str(getattr(application, name)),
        )
        for name in names
    ]


def answers_to_check(application: Application) -> list[Section]:
    """Every answer, step by step. Reads what the caller has prefetched."""
    company = _facts(application, "name")
    company.append((_("Country of registration"), country_name(application.country)))
    company += _facts(application, "business_id")
    if application.country != "FI":
        company += _facts(application, "register")
    company += _facts(application, "legal_form", "domicile")
    company.append((_("Postal address"), application.postal_address))
    company += _facts(application, "website", "parent_company")
    people = {person.role: person for person in application.people.all()}
    named: list[Fact] = []
    for role in PersonRole:
        person = people.get(role)
        parts = (
            [str(person), person.title, person.email, person.phone] if person is not None else []
        )
        named.append((capfirst(str(role.label)), ", ".join(part for part in parts if part)))
    sections = [
        (COMPANY, company),
        (ACTIVITIES, _facts(application, "activities", "location", "active_from")),
        (PEOPLE, named),
    ]
    answers = list(application.answers.all())
    if answers:
        sections.append(
            (QUESTIONS, [(a.question.label, _answer(a.question.kind, a.text)) for a in answers])
        )
    return [
        Section(
            title=str(STEP_TITLES[key]),
            facts=facts,
            url=reverse("application_step", args=[application.public_id, key]) + "?back=check",
        )
        for key, facts in sections
    ]


def _answer(kind: str, text: str) -> str:
    if kind == QuestionKind.YES_NO:
        return {"yes": _("yes"), "no": _("no")}.get(text, text)
    return text


def consequences_of_withdrawing(application: Application) -> list[str]:
    consequences = [_("The application ends. A new one can be made at any time.")]
    if application.status == S.BEFORE_BOARD:
        consequences.append(_("The board’s matter is closed without a decision."))
    return consequences
