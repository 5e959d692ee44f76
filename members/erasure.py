"""Where a person stands in applications, for `kip.audit.services.redact`."""

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from kip.accounts.models import User
from kip.audit.services import PersonalRows
from kip.exceptions import DomainError
from members.models import ApplicationPerson, Representative


def personal_rows(*, person: User, at: datetime) -> list[PersonalRows]:
    """The people that applicants named, known by their address, or by name where they applied.

    Raises `DomainError` for who stands for a member company, or is named in an open application:
    the company has to name somebody else first.
    """
    if Representative.objects.in_force_at(at).filter(person=person).exists():
        raise DomainError(_("This person stands for a member company: enter somebody else first."))
    themself = Q(
        application__applicant=person,
        given_name=person.given_name,
        family_name=person.family_name,
    )
    if person.email:
        themself |= Q(email__iexact=person.email)
    named = ApplicationPerson.objects.filter(themself)
    if any(row.application.is_open for row in named.select_related("application")):
        raise DomainError(_("This person is named in an application that is still open."))
    return [PersonalRows(named)]
