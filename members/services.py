"""What the association does with applications: every write, one function per act."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from kip.access import require
from kip.accounts import services as accounts
from kip.accounts.models import User
from kip.audit.acts import act
from kip.documents import services as documents
from kip.exceptions import DomainError, InvalidTransition
from kip.hooks import Hook
from kip.numbering import serialise
from members import letters
from members.completeness import is_complete
from members.models import (
    COMPANY_FIELDS,
    DRAFT_LAPSES_AFTER,
    DRAFT_REMINDER_BEFORE,
    Answer,
    Application,
    ApplicationDocument,
    ApplicationPerson,
    DocumentKind,
    Member,
    MembershipPeriod,
    Message,
    MessageKind,
    PersonRole,
    Question,
    Representative,
    RepresentativeRole,
)
from members.registration import InvalidBusinessId, normalise
from members.states import ApplicationStatus

# receiver(application=Application, by=User|None, at=datetime): the board closes its matter.
on_application_withdrawn: Hook[None] = Hook("An application was withdrawn.")


@dataclass(frozen=True)
class NextAct:
    """An act that another app offers on an application's page."""

    text: str
    url: str


# receiver(application=Application, user=User, at=datetime) -> list[NextAct]
acts_on_application: Hook[list[NextAct]] = Hook("What else the secretary can do with it.")

REQUEST_REMINDER_BEFORE = timedelta(days=3)


def _locked(application_id: int) -> Application:
    return (
        Application.objects.select_for_update(of=["self"])
        .select_related("applicant", "entered_by")
        .get(pk=application_id)
    )


# --- Drafting ----------------------------------------------------------------------------------


@act(gettext_noop("%(who)s began an application for membership."))
def begin_application(*, by: User, at: datetime) -> Application:
    """A person whose address is proved starts applying for a company."""
    return Application.objects.create(applicant=by, begun_at=at, saved_at=at)


@act(gettext_noop("%(who)s began to enter an application that came on paper or by phone."))
def begin_on_behalf(*, by: User, at: datetime) -> Application:
    """The secretary enters an application for a company that does not apply online."""
    require("members.handle_applications", by, at=at)
    return Application.objects.create(entered_by=by, begun_at=at, saved_at=at)


def _draft(application_id: int, by: User, at: datetime) -> Application:
    application = _locked(application_id)
    require("members.edit_draft", by, application, at=at)
    if not application.is_draft:
        raise InvalidTransition(
            _("The application has been submitted and can no longer be edited.")
        )
    return application


@act(gettext_noop("%(who)s filled in the application."))
def save_draft(*, application_id: int, facts: Mapping[str, Any], by: User, at: datetime) -> None:
    """Save one step of the form: `facts` by field name.

    The business ID is kept in the one form in which companies are compared. Raises `DomainError`
    for a Finnish one whose check digit is wrong.
    """
    application = _draft(application_id, by, at)
    known = {*COMPANY_FIELDS, "agrees", "has_authority"}
    for name, value in facts.items():
        if name not in known:
            raise ValueError(f"{name} is not a field of the form")
        setattr(application, name, value)
    if application.business_id:
        application.country = application.country.strip().upper()
        try:
            application.business_id = normalise(application.country, application.business_id)
        except InvalidBusinessId as error:
            raise DomainError(
                _("This is not a Finnish business ID: check the digits."), field="business_id"
            ) from error
    application.saved_at = at
    application.save()


@act(gettext_noop("%(who)s named the company's people in the application."))
def save_people(
    *, application_id: int, people: Mapping[str, Mapping[str, str]], by: User, at: datetime
) -> None:
    """Save contact and signatory: `people` by role, each with the fields of ApplicationPerson."""
    application = _draft(application_id, by, at)
    for role, fields in people.items():
        ApplicationPerson.objects.update_or_create(
            application=application, role=role, defaults=dict(fields)
        )
    application.saved_at = at
    application.save(update_fields=["saved_at"])


@act(gettext_noop("%(who)s answered the further questions of the application."))
def save_answers(
    *, application_id: int, answers: Mapping[int, str], by: User, at: datetime
) -> None:
    """Save the answers to the association's own questions, by question id."""
    application = _draft(application_id, by, at)
    for question in Question.objects.filter(pk__in=answers):
        Answer.objects.update_or_create(
            application=application, question=question, defaults={"text": answers[question.pk]}
        )
    application.saved_at = at
    application.save(update_fields=["saved_at"])


# --- Documents ---------------------------------------------------------------------------------


@act(gettext_noop("%(who)s added a document to the application."))
def add_documents(
    *,
    application_id: int,
    uploads: Iterable[UploadedFile],
    kind: str = DocumentKind.ATTACHMENT,
    by: User,
    at: datetime,
) -> None:
    """Attach files, at any time until the application is decided."""
    application = _locked(application_id)
    require("members.add_document", by, application, at=at)
    if not application.is_open:
        raise InvalidTransition(_("The application has been decided; nothing can be added to it."))
    _attach(application, uploads, kind, by, at)
    if application.is_draft:
        application.saved_at = at
        application.save(update_fields=["saved_at"])


def _attach(
    application: Application, uploads: Iterable[UploadedFile], kind: str, by: User, at: datetime
) -> None:
    for upload in uploads:
        ApplicationDocument.objects.create(
            application=application,
            document=documents.store(upload=upload, by=by, at=at),
            kind=kind,
        )


@act(gettext_noop("%(who)s removed a document from the draft."))
def remove_document(*, application_id: int, document_id: int, by: User, at: datetime) -> None:
    """Take a file off a draft. What was submitted stays."""
    application = _draft(application_id, by, at)
    row = application.documents.select_related("document").filter(pk=document_id).first()
    if row is None:
        raise DomainError(_("The document is not there any more."))
    row.delete()
    documents.discard(document=row.document, by=by, at=at)
    application.saved_at = at
    application.save(update_fields=["saved_at"])


# --- Submitting --------------------------------------------------------------------------------


def company_is_with_the_association(application: Application, on: date) -> list[User] | None:
    """The contacts of the company if it is a member or has an application open; None if neither."""
    same = {"registration_key": application.registration_key}
    contacts: list[User] = []
    found = False
    # Applications are read before members: one that is approved between the two reads is seen.
    others = Application.objects.with_the_association().filter(**same).exclude(pk=application.pk)
    for other in others.select_related("applicant"):
        found = True
        if other.applicant:
            contacts.append(other.applicant)
    for member in Member.objects.in_force(on).filter(**same):
        found = True
        contacts += letters.contacts_of(member, on)
    return list(dict.fromkeys(contacts)) if found else None


@act(gettext_noop("%(who)s submitted the application."))
def submit(*, application_id: int, by: User, at: datetime) -> bool:
    """Hand the application to the association.

    False when the company is already with the association: nothing is submitted, its contacts and
    the secretary are told, and the applicant is told no more than that. Raises `DomainError` while
    something is missing.
    """
    application = _draft(application_id, by, at)
    if not is_complete(application):
        raise DomainError(_("Something is still missing: see the steps marked “to do”."))
    serialise(f"company:{application.registration_key}")
    contacts = company_is_with_the_association(application, timezone.localdate(at))
    if contacts is not None:
        letters.already_with_the_association(application, contacts, at=at)
        return False
    contact = application.people.get(role=PersonRole.CONTACT)
    if application.applicant is None and contact.email:
        # Entered from paper for a company that does read mail: its contact follows it online.
        application.applicant = _known_person(contact, by=by, at=at)
        application.save(update_fields=["applicant"])
    application.move_to(ApplicationStatus.SUBMITTED, submitted_at=at)
    letters.application_received(application, at=at)
    letters.application_arrived(application, at=at)
    return True


@act(gettext_noop("%(who)s withdrew the application."))
def withdraw(*, application_id: int, by: User, at: datetime) -> None:
    """The applicant, or the secretary on its behalf, takes the application back.

    Possible until it is decided; an open matter of the board is closed with it.
    """
    application = _locked(application_id)
    require("members.withdraw", by, application, at=at)
    was_draft = application.is_draft
    application.move_to(ApplicationStatus.WITHDRAWN, ended_at=at)
    on_application_withdrawn(application=application, by=by, at=at)
    if not was_draft:
        letters.withdrawn(application, at=at)


# --- Checking ----------------------------------------------------------------------------------


@act(gettext_noop("%(who)s asked the applicant for information."))
def request_information(
    *, application_id: int, text: str, due: date, by: User, at: datetime
) -> Message:
    """The secretary asks the applicant, to be answered by the local date `due`."""
    application = _locked(application_id)
    require("members.handle_applications", by, at=at)
    if due <= timezone.localdate(at):
        raise DomainError(_("Give the applicant at least until tomorrow."), field="due")
    application.move_to(ApplicationStatus.INFORMATION_REQUESTED)
    request = Message.objects.create(
        application=application,
        kind=MessageKind.REQUEST,
        text=text,
        author=by,
        written_at=at,
        due=due,
    )
    letters.information_requested(request, at=at)
    return request


@act(gettext_noop("%(who)s answered the secretary's question."))
def answer_request(
    *, application_id: int, text: str, uploads: Iterable[UploadedFile] = (), by: User, at: datetime
) -> Message:
    """The applicant answers; the application goes back to the secretary."""
    application = _locked(application_id)
    require("members.answer", by, application, at=at)
    application.move_to(ApplicationStatus.SUBMITTED)
    application.messages.filter(kind=MessageKind.REQUEST, answered_at=None).update(answered_at=at)
    answer = Message.objects.create(
        application=application, kind=MessageKind.ANSWER, text=text, author=by, written_at=at
    )
    _attach(application, uploads, DocumentKind.ATTACHMENT, by, at)
    letters.answer_received(answer, at=at)
    return answer


@act(gettext_noop("%(who)s wrote a private note."))
def add_note(*, application_id: int, text: str, by: User, at: datetime) -> None:
    """A note that only the secretary sees."""
    require("members.handle_applications", by, at=at)
    application = _locked(application_id)
    Message.objects.create(
        application=application, kind=MessageKind.NOTE, text=text, author=by, written_at=at
    )


# --- Deciding (called by the board, which owns the decision; these have no address of their own) --


@act(gettext_noop("%(who)s brought the application before the board."))
def put_before_board(
    *, application_id: int, decision_by: date, by: User, at: datetime
) -> Application:
    """The application is checked and goes to the board, which means to decide by a local date."""
    require("members.handle_applications", by, at=at)
    application = _locked(application_id)
    application.move_to(ApplicationStatus.BEFORE_BOARD, decision_by=decision_by)
    letters.before_the_board(application, at=at)
    return application


@act(gettext_noop("%(who)s put off the day by which a decision is expected."))
def expect_decision(*, application_id: int, decision_by: date, by: User, at: datetime) -> None:
    """The board takes the application up anew, and means to decide by another local date."""
    require("members.handle_applications", by, at=at)
    application = _locked(application_id)
    application.decision_by = decision_by
    application.save(update_fields=["decision_by"])


@act(gettext_noop("%(who)s recorded the admission of the company."))
def approve_application(*, application_id: int, resolution: str, by: User, at: datetime) -> Member:
    """The board has admitted the company: it is a member from today (§ 12).

    `resolution` is the board's, e.g. "2027/3". The contact becomes the primary representative, who
    signs for the company its voting representative; both get their access by mail. A company that
    was a member before keeps its number and begins a new membership period, and whoever stood for
    it then does so no longer.
    """
    application = _locked(application_id)
    application.move_to(ApplicationStatus.APPROVED, ended_at=at, resolution=resolution)
    member = _admit(application)
    joined = timezone.localdate(at)
    MembershipPeriod.objects.create(
        member=member, application=application, joined=joined, resolution=resolution
    )
    Representative.objects.in_force(joined).filter(member=member).update(until=joined)
    people = [
        (RepresentativeRole.PRIMARY, application.people.get(role=PersonRole.CONTACT)),
        (RepresentativeRole.VOTING, application.people.get(role=PersonRole.SIGNATORY)),
    ]
    to_invite: list[User] = []
    for role, named in people:
        person = _known_person(named, by=by, at=at)
        Representative.objects.create(member=member, person=person, role=role, since=joined)
        to_invite.append(person)
    for person in dict.fromkeys(to_invite):
        if person.email and person.is_active:
            with override(person.language):
                purpose = _("to act for %(company)s in the association") % {"company": member.name}
            accounts.invite(person=person, purpose=purpose, by=by, at=at)
    letters.approved(application, member, at=at)
    return member


def _admit(application: Application) -> Member:
    member = Member.objects.filter(registration_key=application.registration_key).first()
    if member is None:
        serialise("member-number")
        last = Member.objects.aggregate(last=Max("number"))["last"] or 0
        return Member.objects.create(number=last + 1, **application.facts())
    for name, value in application.facts().items():
        setattr(member, name, value)
    member.save()
    return member


def _known_person(named: ApplicationPerson, *, by: User, at: datetime) -> User:
    language = named.application.applicant.language if named.application.applicant else "fi"
    return accounts.ensure_person(
        email=named.email,
        given_name=named.given_name,
        family_name=named.family_name,
        phone=named.phone,
        language=language,
        by=by,
        at=at,
    )


@act(gettext_noop("%(who)s recorded that the company was not admitted."))
def reject_application(
    *, application_id: int, resolution: str, reason: str, by: User, at: datetime
) -> None:
    """The board has not admitted the company. `reason` is what it chose to tell the applicant."""
    application = _locked(application_id)
    application.move_to(
        ApplicationStatus.REJECTED, ended_at=at, resolution=resolution, reason=reason
    )
    letters.rejected(application, at=at)


# --- The association's own clock ---------------------------------------------------------------


def remind_and_lapse(*, at: datetime) -> None:
    """Remind of questions unanswered and drafts untouched, and let drafts lapse after 90 days.

    Everything due by `at` is done, so a run that was missed is made good by the next; the letters'
    keys keep each from going out twice.
    """
    today = timezone.localdate(at)
    open_requests = Message.objects.filter(
        kind=MessageKind.REQUEST,
        answered_at=None,
        application__status=ApplicationStatus.INFORMATION_REQUESTED,
        due__lte=today + REQUEST_REMINDER_BEFORE,
    ).select_related("application__applicant")
    for request in open_requests:
        if timezone.localdate(request.written_at) == today:
            continue  # asked today, to be answered soon: the question itself has just gone out
        occasion = "overdue" if request.due is not None and request.due < today else "soon"
        letters.information_reminder(request, occasion=occasion, at=at)

    for application_id in Application.objects.drafts_to_remind(at).values_list("pk", flat=True):
        _remind_of_draft(application_id=application_id, by=None, at=at)
    for application_id in Application.objects.drafts_to_lapse(at).values_list("pk", flat=True):
        _lapse(application_id=application_id, by=None, at=at)


@act(gettext_noop("%(who)s reminded the applicant of the untouched draft."))
def _remind_of_draft(*, application_id: int, by: None, at: datetime) -> None:
    application = _locked(application_id)
    if Application.objects.drafts_to_remind(at).filter(pk=application_id).exists():
        application.reminded_at = at
        application.save(update_fields=["reminded_at"])
        lapses_at = max(application.saved_at + DRAFT_LAPSES_AFTER, at + DRAFT_REMINDER_BEFORE)
        letters.draft_reminder(application, lapses_on=timezone.localdate(lapses_at), at=at)


@act(gettext_noop("%(who)s let an untouched draft lapse."))
def _lapse(*, application_id: int, by: None, at: datetime) -> None:
    application = _locked(application_id)
    if Application.objects.drafts_to_lapse(at).filter(pk=application_id).exists():
        application.move_to(ApplicationStatus.LAPSED, ended_at=at)
