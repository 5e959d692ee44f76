"""The letters of admission: one function per e-mail that the association sends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kip.accounts.models import User
from kip.bylaws.models import Bylaws
from kip.mail.services import post
from members.models import (
    Application,
    ApplicationDocument,
    Member,
    Message,
    PersonRole,
    Representative,
    RepresentativeRole,
)

AS_APPLICANT = _("You get this because you are handling a membership application.")
AS_SECRETARY = _("You get this because you are the secretary of the association.")
AS_CONTACT = _("You get this because you are your company's contact with the association.")
AS_NAMED_CONTACT = _("You get this because a membership application names you as the contact.")


@dataclass(frozen=True)
class Reader:
    """Somebody to write to: a known person, or the contact whom an application names."""

    to: User | str
    language: str | None = None
    # In a letter's key, so that each reader gets one of their own.
    key: str = ""


def readers_of(application: Application) -> list[Reader]:
    """The applicant, and the contact if the application names one at another address.

    An application without an applicant has no contact with an address either: such a contact
    becomes its applicant.
    """
    applicant = application.applicant
    if applicant is None:
        return []
    contact = application.people.filter(role=PersonRole.CONTACT).first()
    readers = [Reader(applicant)]
    if contact is not None and contact.email.casefold() not in {"", applicant.email or ""}:
        readers.append(Reader(contact.email, application.language, f"contact-{application.pk}"))
    return readers


def _to_applicant(
    name: str,
    application: Application,
    *,
    at: datetime,
    key: str = "",
    about: str = "",
    **context: Any,
) -> None:
    if application.applicant is not None:
        post(
            key=f"{key or name.replace('_', '-')}:{application.pk}",
            to=application.applicant,
            template=f"members/mail/{name}",
            context={"application": application, **context},
            why=AS_APPLICANT,
            about=about,
            at=at,
            link=reverse("application", args=[application.public_id]),
            link_text=_("Open the application"),
        )


def _to_contact(
    name: str,
    application: Application,
    *,
    at: datetime,
    key: str = "",
    about: str = "",
    **context: Any,
) -> None:
    """What the contact hears too. Without a link: the page is the applicant's own."""
    for reader in readers_of(application)[1:]:
        post(
            key=f"{key or name.replace('_', '-')}:{application.pk}:contact",
            to=reader.to,
            language=reader.language,
            template=f"members/mail/{name}",
            context={"application": application, "for_contact": True, **context},
            why=AS_NAMED_CONTACT,
            about=about,
            at=at,
        )


def _to_applicant_and_contact(
    name: str, application: Application, *, at: datetime, key: str = "", **context: Any
) -> None:
    _to_applicant(name, application, at=at, key=key, **context)
    _to_contact(name, application, at=at, key=key, **context)


def _to_secretaries(
    name: str,
    application: Application,
    *,
    at: datetime,
    key: str,
    but: User | None = None,
    **context: Any,
) -> None:
    """To all of them but the one who did it."""
    for secretary in User.objects.secretaries():
        if secretary == but:
            continue
        post(
            key=f"{key}:{secretary.pk}",
            to=secretary,
            template=f"members/mail/{name}",
            context={"application": application, **context},
            why=AS_SECRETARY,
            at=at,
            link=reverse("admin:members_application_change", args=[application.pk]),
            link_text=_("Open the application"),
        )


def application_received(application: Application, *, at: datetime) -> None:
    _to_applicant_and_contact(
        "application_received", application, at=at, checked_by=_checked_by(at)
    )


def application_arrived(application: Application, *, at: datetime) -> None:
    _to_secretaries(
        "application_arrived",
        application,
        at=at,
        key=f"application-arrived:{application.pk}",
        checked_by=_checked_by(at),
    )


def _checked_by(at: datetime) -> date:
    """Until when the bylaws let the secretary check what is submitted at `at`."""
    return timezone.localdate(at) + timedelta(days=Bylaws.objects.in_force_at(at).checking_days)


def already_with_the_association(
    application: Application, contacts: Sequence[Reader], *, at: datetime
) -> None:
    """Somebody applies for a company that is a member or has an application open.

    The one who applies learns nothing but that; those who stand for the company are told.
    """
    told: set[str | None] = set()
    for reader in contacts:
        address = reader.to if isinstance(reader.to, str) else reader.to.email
        if address in told:
            continue
        told.add(address)
        whose = reader.to.pk if isinstance(reader.to, User) else reader.key
        post(
            key=f"already-here:{application.pk}:{application.registration_key}:{whose}",
            to=reader.to,
            language=reader.language,
            template="members/mail/already_with_the_association",
            context={"application": application, "at": at},
            why=AS_CONTACT,
            at=at,
        )
    _to_secretaries(
        "already_with_the_association_secretary",
        application,
        at=at,
        key=f"already-here-secretary:{application.pk}:{application.registration_key}",
    )


def information_requested(request: Message, *, at: datetime) -> None:
    _to_applicant_and_contact(
        "information_requested",
        request.application,
        at=at,
        key=f"information-requested:{request.pk}",
        request=request,
    )


def information_reminder(request: Message, *, occasion: str, at: datetime) -> None:
    _to_applicant(
        "information_reminder",
        request.application,
        at=at,
        key=f"information-reminder:{request.pk}:{occasion}",
        request=request,
        overdue=occasion == "overdue",
    )


def answer_received(answer: Message, *, at: datetime) -> None:
    _to_secretaries(
        "answer_received",
        answer.application,
        at=at,
        key=f"answer-received:{answer.pk}",
        answer=answer,
    )


def documents_added(
    application: Application, added: Sequence[ApplicationDocument], *, by: User, at: datetime
) -> None:
    _to_secretaries(
        "documents_added",
        application,
        at=at,
        key=f"documents-added:{application.pk}:{added[0].pk}",
        but=by,
        by=by,
        names=[str(row) for row in added],
    )


def before_the_board(application: Application, *, at: datetime) -> None:
    _to_applicant_and_contact("before_the_board", application, at=at)


def withdrawn(application: Application, *, at: datetime) -> None:
    _to_applicant_and_contact("withdrawn", application, at=at, key="application-withdrawn")
    _to_secretaries(
        "withdrawn_secretary", application, at=at, key=f"application-withdrawn:{application.pk}"
    )


def draft_withdrawn(application: Application, *, at: datetime) -> None:
    """The secretary has withdrawn what the applicant had not yet submitted."""
    _to_applicant("draft_withdrawn", application, at=at)


def approved(
    application: Application,
    member: Member,
    *,
    invited: Sequence[User],
    not_invited: Sequence[User],
    at: datetime,
) -> None:
    """The company is a member. `not_invited` are its people without an address or a sign-in."""
    context: dict[str, Any] = {"member": member, "invited": invited, "not_invited": not_invited}
    _to_applicant_and_contact(
        "approved",
        application,
        at=at,
        key="application-approved",
        about=member.in_letters,
        **context,
    )
    _to_secretaries(
        "approved_secretary",
        application,
        at=at,
        key=f"application-approved:{application.pk}",
        **context,
    )


def rejected(application: Application, *, at: datetime) -> None:
    _to_applicant_and_contact("rejected", application, at=at, key="application-rejected")
    _to_secretaries(
        "rejected_secretary", application, at=at, key=f"application-rejected:{application.pk}"
    )


def draft_reminder(application: Application, *, lapses_on: date, at: datetime) -> None:
    """To the applicant; of a draft entered from paper, to the secretary."""
    # A draft that was taken up again and left again is reminded of again.
    key = f"draft-reminder:{application.saved_at:%Y%m%d}"
    if application.applicant is not None:
        _to_applicant("draft_reminder", application, at=at, key=key, lapses_on=lapses_on)
    else:
        _to_secretaries(
            "draft_reminder", application, at=at, key=f"{key}:{application.pk}", lapses_on=lapses_on
        )


def contacts_of(member: Member, on: date) -> list[User]:
    """The people to tell about something that concerns the company."""
    return [
        representative.person
        for representative in Representative.objects.in_force(on)
        .filter(member=member, role=RepresentativeRole.PRIMARY)
        .select_related("person")
    ]
