"""Where a person stands in applications and for companies, for `kip.audit.services.redact`."""

from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext as _

from kip.accounts.models import User
from kip.audit.services import PersonalRows
from kip.exceptions import DomainError
from members.models import (
    ApplicationPerson,
    CompanyPair,
    ImportedRow,
    ImportRun,
    PersonPair,
    Representative,
)


def personal_rows(*, person: User, at: datetime) -> list[PersonalRows]:
    """The people that applicants named, known by their address, or by name where they applied; and
    the address to which a company's invoices went, and what a merge of two records could undo.

    Raises `DomainError` for who stands for a member company, now or later, or is named in an
    open application: the company has to name somebody else first; and for who is named in a table
    that waits to be imported.
    """
    # Those of records that were merged into this one are theirs too.
    addresses = [each.email for each in (person, *person.doubles.all()) if each.email]
    of_theirs = Q(person=person)
    for address in addresses:
        of_theirs |= Q(address__iexact=address)
    roles = Representative.objects.filter(of_theirs)
    if roles.reaching(timezone.localdate(at)).exists():
        raise DomainError(_("This person stands for a member company: enter somebody else first."))
    themself = Q(
        application__applicant=person,
        given_name=person.given_name,
        family_name=person.family_name,
    )
    for address in addresses:
        themself |= Q(email__iexact=address)
    named = ApplicationPerson.objects.filter(themself)
    if any(row.application.is_open for row in named.select_related("application")):
        raise DomainError(_("This person is named in an application that is still open."))
    waiting = ImportedRow.objects.annotate(text=Cast("changes", TextField()))
    named_in_it = [Q(text__icontains=address) for address in addresses]
    waiting = waiting.filter(reduce(or_, named_in_it, Q(pk=None)))
    asks = ImportRun.objects.annotate(text=Cast("questions", TextField()))
    if waiting.exists() or asks.filter(text__contains=f'"pk": {person.pk},').exists():
        raise DomainError(_("A table that waits to be imported names this person: drop it first."))
    # Without its address such a row says nothing, and there cannot be one.
    return [
        PersonalRows(named),
        PersonalRows(roles.filter(person=None), delete=True),
        PersonalRows(ImportRun.objects.filter(rows__in=waiting)),
        *_merges(person, addresses),
    ]


def _merges(person: User, addresses: list[str]) -> list[PersonalRows]:
    """Merges of this person's records, and of companies for which the person stood."""
    records = [person, *person.doubles.all()]
    of_people = PersonPair.objects.filter(Q(first__in=records) | Q(second__in=records))
    named = [Q(text__contains=f'"person": {each.pk},') for each in records]
    named += [Q(text__contains=f'"person": {each.pk}}}') for each in records]
    named += [Q(text__icontains=address) for address in addresses]
    of_companies = CompanyPair.objects.annotate(text=Cast("changes", TextField()))
    return [
        PersonalRows(of_people),
        PersonalRows(of_companies.filter(reduce(or_, named))),
    ]
