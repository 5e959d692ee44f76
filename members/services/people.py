"""Those whom a company names, as people known to the association. Parts of acts, not acts."""

from datetime import datetime

from django.utils.translation import gettext_noop

from kip.accounts import services as accounts
from kip.accounts.models import User
from members.models import Application, ApplicationPerson, PersonRole, RepresentativeRole

# What a company's people are invited for; the invitation is about the company.
PURPOSE = gettext_noop("to act for %(about)s in the association")


def known(named: ApplicationPerson, *, language: str, by: User, at: datetime) -> User:
    """The person, by the address given; `language` for one who was not known."""
    return accounts.ensure_person(
        email=named.email,
        given_name=named.given_name,
        family_name=named.family_name,
        phone=named.phone,
        language=language,
        by=by,
        at=at,
    )


def people_of(application: Application, *, by: User, at: datetime) -> dict[str, User]:
    """Contact and signatory by their roles in the member company.

    Whoever is named twice is one person, with an e-mail address or without.
    """
    contact = application.people.get(role=PersonRole.CONTACT)
    signatory = application.people.get(role=PersonRole.SIGNATORY)
    as_one = contact.is_same_person(signatory)
    if as_one:
        contact.email = contact.email or signatory.email
        contact.phone = contact.phone or signatory.phone
    language = application.language
    primary = known(contact, language=language, by=by, at=at)
    voting = primary if as_one else known(signatory, language=language, by=by, at=at)
    return {RepresentativeRole.PRIMARY: primary, RepresentativeRole.VOTING: voting}
