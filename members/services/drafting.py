"""An application until it is submitted, and the documents that are added to it."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kip.access import require
from kip.accounts.models import User
from kip.audit.acts import act
from kip.documents import services as documents
from kip.exceptions import DomainError, InvalidTransition
from kip.numbering import serialise
from members.completeness import is_complete
from members.letters import application as letters
from members.models import (
    COMPANY_FIELDS,
    Answer,
    Application,
    ApplicationDocument,
    ApplicationPerson,
    DocumentKind,
    PersonRole,
    Question,
)
from members.services.facts import same_company, set_facts
from members.services.locks import PRESSED_AGAIN, locked
from members.services.news import on_document_added
from members.services.people import known
from members.states import ApplicationStatus


@act(gettext_noop("%(who)s began an application for membership."))
def begin_application(*, by: User, at: datetime) -> Application:
    """A person whose address is proved starts applying for a company.

    Pressed twice, it is one draft: the one just begun, while nothing has been saved in it.
    """
    serialise(f"begin-application:{by.pk}")
    just_begun = Application.objects.filter(
        applicant=by,
        status=ApplicationStatus.DRAFT,
        begun_at__gt=at - PRESSED_AGAIN,
        saved_at=F("begun_at"),
        name="",
        business_id="",
        people=None,
        documents=None,
    ).first()
    return just_begun or Application.objects.create(
        applicant=by, language=by.language, begun_at=at, saved_at=at
    )


@act(gettext_noop("%(who)s began to enter an application that came on paper or by phone."))
def begin_on_behalf(*, by: User, at: datetime) -> Application:
    """The secretary enters an application for a company that does not apply online."""
    require("members.handle_applications", by, at=at)
    return Application.objects.create(entered_by=by, begun_at=at, saved_at=at)


def _draft(application_id: int, by: User, at: datetime) -> Application:
    application = locked(application_id)
    require("members.edit_draft", by, application, at=at)
    if not application.is_draft:
        raise InvalidTransition(
            _("The application has been submitted and can no longer be edited.")
        )
    return application


@act(gettext_noop("%(who)s filled in the application."))
def save_draft(*, application_id: int, facts: Mapping[str, Any], by: User, at: datetime) -> None:
    """Save one step of the form, or what there is of it: `facts` by field name.

    The business ID is kept in the one form in which companies are compared. Raises `DomainError`
    for a Finnish one whose check digit is wrong.
    """
    application = _draft(application_id, by, at)
    set_facts(application, facts, {*COMPANY_FIELDS, "agrees", "has_authority"})
    application.saved_at = at
    application.save()


@act(gettext_noop("%(who)s named the company's people in the application."))
def save_people(
    *,
    application_id: int,
    people: Mapping[str, Mapping[str, str]],
    language: str = "",
    by: User,
    at: datetime,
) -> None:
    """Save contact and signatory, or what there is of them: `people` by role, each with the fields
    of ApplicationPerson.

    `language` is that of the people of an application on paper; an applicant's own is known.
    Raises `DomainError` on "signatory_email" when two people would share an address, by which
    KIP tells people apart.
    """
    application = _draft(application_id, by, at)
    for role, fields in people.items():
        ApplicationPerson.objects.update_or_create(
            application=application, role=role, defaults=dict(fields)
        )
    named = list(application.people.all())
    if len(named) == 2 and named[0].shares_address_with(named[1]):
        raise DomainError(
            _(
                "The contact, who has another name, has this address already. Use another "
                "address, or leave it empty."
            ),
            field="signatory_email",
        )
    application.language = language or application.language
    application.saved_at = at
    application.save(update_fields=["language", "saved_at"])


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


@act(gettext_noop("%(who)s added a document to the application."))
def add_documents(
    *,
    application_id: int,
    uploads: Iterable[UploadedFile],
    kind: str = DocumentKind.ATTACHMENT,
    by: User,
    at: datetime,
) -> None:
    """Attach files, at any time until the application is decided.

    To one that was submitted: the secretary is told, and the board if it is there already.
    """
    application = locked(application_id)
    require("members.add_document", by, application, at=at)
    if not application.is_open:
        raise InvalidTransition(_("The application has been decided; nothing can be added to it."))
    added = attach(application, uploads, kind, by, at)
    if application.is_draft:
        application.saved_at = at
        application.save(update_fields=["saved_at"])
    elif added:
        letters.documents_added(application, added, by=by, at=at)
        on_document_added(application=application, by=by, at=at)


def attach(
    application: Application, uploads: Iterable[UploadedFile], kind: str, by: User, at: datetime
) -> list[ApplicationDocument]:
    """Part of an act, which holds the application's lock and has checked who may."""
    return [
        ApplicationDocument.objects.create(
            application=application,
            document=documents.store(upload=upload, by=by, at=at),
            kind=kind,
        )
        for upload in uploads
    ]


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


def company_is_with_the_association(
    application: Application, on: date
) -> list[letters.Reader] | None:
    """Who stands for the company if it is a member or has an application open; None if neither."""
    applications, members = same_company(application, on, but=application)
    contacts = [reader for other in applications for reader in letters.readers_of(other)]
    for member in members:
        contacts += [letters.Reader(person) for person in letters.contacts_of(member, on)]
    return contacts if applications or members else None


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
        application.applicant = known(contact, language=application.language, by=by, at=at)
        application.save(update_fields=["applicant"])
    if application.applicant is not None:
        application.language = application.applicant.language
    application.move_to(
        ApplicationStatus.SUBMITTED,
        submitted_at=at,
        language=application.language,
    )
    letters.application_received(application, at=at)
    letters.application_arrived(application, at=at)
    return True
