"""How an application is shown: where it is, what happens next, and its answers in order."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from kip.bylaws.models import Bylaws
from kip.documents.models import Document
from members.completeness import (
    ACTIVITIES,
    AGREEMENT,
    COMPANY,
    DOCUMENTS,
    PEOPLE,
    QUESTIONS,
    STEP_TITLES,
)
from members.models import Application, PersonRole, QuestionKind
from members.presentation.company import Fact, activity_facts, company_facts, facts_of
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


@dataclass(frozen=True)
class Section:
    """One step's answers or files, with where to change them."""

    step: str
    title: str
    facts: list[Fact]
    url: str
    documents: list[Document] | None = None


@dataclass(frozen=True)
class Progress:
    """Where the application is on its way, in words."""

    stages: list[tuple[str, str]]  # (stage, "done" | "now" | "ahead")
    next: str
    by: date | None


def progress(application: Application, *, bylaws: Bylaws, today: date) -> Progress:
    """What has been, what happens next and by when; never by a day that has passed."""
    status = application.status
    on_paper = application.applicant_id is None
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
    if status in {S.WITHDRAWN, S.LAPSED}:  # no way ahead: only what was reached
        reached = (application.submitted_at is not None) + (application.before_board_at is not None)
        stages = stages[:reached]
    by: date | None = None
    if status == S.SUBMITTED:
        text = _("The secretary checks the application and brings it before the board.")
        since = application.returned_at or application.submitted_at
        if since is not None:
            by = timezone.localdate(since) + timedelta(days=bylaws.checking_days)
    elif status == S.INFORMATION_REQUESTED:
        text = (
            _("The association waits for the company’s answer.")
            if on_paper
            else _("The secretary waits for your answer.")
        )
    elif status == S.BEFORE_BOARD:
        text = (
            _("The board decides.")
            if on_paper
            else _("The board decides. You will get mail as soon as the resolution stands.")
        )
        by = application.decision_by
    elif status == S.APPROVED:
        text = _(
            "The company is a member. Those of its people who have an e-mail address and may "
            "sign in have been told by mail how they act for it."
        )
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
        by=by if by is not None and by >= today else None,
    )


def answers_to_check(application: Application) -> list[Section]:
    """Every answer, step by step. Reads what the caller has prefetched."""
    people = {person.role: person for person in application.people.all()}
    named: list[Fact] = []
    for role in PersonRole:
        person = people.get(role)
        parts = (
            [str(person), person.title, person.email, person.phone] if person is not None else []
        )
        named.append((capfirst(str(role.label)), ", ".join(part for part in parts if part)))
    if application.entered_by_id is not None:  # chosen by the secretary; else the applicant's own
        named.append((_("Language"), str(application.get_language_display())))
    sections = [
        _section(application, COMPANY, company_facts(application)),
        _section(application, ACTIVITIES, activity_facts(application)),
        _section(application, PEOPLE, named),
    ]
    answers = list(application.answers.all())
    if answers:
        facts = [(a.question.label, _answer(a.question.kind, a.text)) for a in answers]
        sections.append(_section(application, QUESTIONS, facts))
    facts = [
        (label, _("yes") if value == "True" else "")
        for label, value in facts_of(application, "agrees", "has_authority")
    ]
    return [*sections, _section(application, AGREEMENT, facts)]


def _section(
    application: Application,
    key: str,
    facts: list[Fact],
    documents: list[Document] | None = None,
) -> Section:
    step = reverse("application_step", args=[application.public_id, key])
    return Section(key, str(STEP_TITLES[key]), facts, f"{step}?back=check", documents)


def sections_to_check(application: Application) -> list[Section]:
    """The answers and the files, in the order of the steps."""
    files = [row.document for row in application.documents.all()]
    sections = [*answers_to_check(application), _section(application, DOCUMENTS, [], files)]
    order = list(STEP_TITLES)
    return sorted(sections, key=lambda section: order.index(section.step))


def _answer(kind: str, text: str) -> str:
    if kind == QuestionKind.YES_NO:
        return {"yes": _("yes"), "no": _("no")}.get(text, text)
    return text


def consequences_of_withdrawing(application: Application) -> list[str]:
    consequences = [_("The application ends. A new one can be made at any time.")]
    if application.status == S.BEFORE_BOARD:
        consequences.append(_("The board’s matter is closed without a decision."))
    if application.applicant_id is None:
        consequences.append(nobody_reads_mail())
    return consequences


def nobody_reads_mail() -> str:
    """What the secretary has to know of a company that applied on paper."""
    return _("Nobody in the company gets mail: tell them by phone or letter.")


def consequences_of_asking(application: Application) -> list[str]:
    if application.applicant_id is None:
        return [
            nobody_reads_mail(),
            _("You enter the answer when it comes; until then the question stays on your desk."),
        ]
    return [
        _("The applicant is asked, and reminded if no answer comes."),
        _("The answer comes back to your desk."),
    ]


def what_submitting_does(application: Application) -> str:
    """Before the button: who gets the application, and who hears of it."""
    afterwards = _("Afterwards documents can be added, but answers not changed.")
    if application.entered_by_id is None:
        told = _("When you submit, the secretary gets the application and you get a receipt.")
    elif any(p.role == PersonRole.CONTACT and p.email for p in application.people.all()):
        told = _("When you submit, the contact gets a receipt by mail and can follow it online.")
    else:
        told = nobody_reads_mail()
    return f"{told} {afterwards}"
