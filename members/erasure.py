"""Where a person stands in applications and for companies, for `kip.audit.services.redact`."""

from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext as _

from kip.accounts.models import User
from kip.audit.services import PersonalRows
from kip.documents.models import Document
from members.models import (
    Application,
    ApplicationDocument,
    ApplicationPerson,
    CompanyPair,
    DocumentKind,
    ImportedRow,
    ImportRun,
    Message,
    PersonPair,
    Representative,
)
from members.states import APPLICATION, ApplicationStatus

# What came of these is no membership, on which it could rest: nothing of it needs to stay.
CAME_TO_NOTHING = (
    ApplicationStatus.REJECTED,
    ApplicationStatus.WITHDRAWN,
    ApplicationStatus.LAPSED,
)


def personal_rows(*, person: User, at: datetime) -> list[PersonalRows]:
    """The people that applicants named, known by their address, or by name where they applied; what
    they wrote and sent with it; the address to which a company's invoices went, and what a merge of
    two records could undo.
    """
    records, addresses = _records(person)
    ended = Application.objects.filter(status__in=APPLICATION.final)
    own = ended.filter(applicant__in=records)
    said = Message.objects.filter(
        Q(application__in=own.filter(status__in=CAME_TO_NOTHING))
        | Q(application__in=ended, author__in=records)
    )
    named = _named(person, addresses)
    # A paper form bears a signature; the other papers are the company's, unless the person sent
    # them.
    papers = ApplicationDocument.objects.filter(application__in=ended).filter(
        Q(document__uploaded_by__in=records)
        | Q(kind=DocumentKind.SIGNED_FORM, application__in=named.values("application"))
    )
    # Without its address such a row says nothing, and there cannot be one.
    invoices = Representative.objects.filter(_addressed(addresses), person=None)
    imports = _imports(addresses)
    return [
        PersonalRows(named),
        PersonalRows(invoices, fields=["address"], delete=True),
        PersonalRows(imports, theirs=False),
        PersonalRows(ImportRun.objects.filter(rows__in=imports), theirs=False),
        PersonalRows(said, theirs=False),
        PersonalRows(Document.objects.filter(pk__in=papers.values("document")), theirs=False),
        *_merges(person, addresses),
    ]


def why_not(*, person: User, at: datetime) -> list[str]:
    """Who stands for a member company, now or later, or is named in an open application: the
    company has to name somebody else first; and who is named in a table that waits to be imported.
    """
    records, addresses = _records(person)
    found = []
    roles = Representative.objects.filter(Q(person__in=records) | _addressed(addresses))
    if roles.reaching(timezone.localdate(at)).exists():
        found.append(_("This person stands for a member company: enter somebody else first."))
    if (
        _named(person, addresses).filter(application__status__in=APPLICATION.open).exists()
        or Application.objects.filter(applicant__in=records, status__in=APPLICATION.open).exists()
    ):
        found.append(_("This person is named in an application that is still open."))
    if _imports(addresses).exists():
        found.append(_("A table that waits to be imported names this person: drop it first."))
    return found


def known_by(*, person: User, at: datetime) -> set[str]:
    """As applicants named the person."""
    _theirs, addresses = _records(person)
    found = set()
    for named in _named(person, addresses):
        found |= {str(named) if named.is_named else "", named.email, named.phone}
    return found - {""}


def _records(person: User) -> tuple[list[User], list[str]]:
    """The person's row and those that were merged into it, and their addresses."""
    records = [person, *person.doubles.all()]
    return records, [each.email for each in records if each.email]


def _addressed(addresses: list[str]) -> Q:
    return reduce(or_, [Q(address__iexact=address) for address in addresses], Q(pk=None))


def _named(person: User, addresses: list[str]) -> QuerySet[ApplicationPerson]:
    themself = Q(
        application__applicant=person,
        given_name=person.given_name,
        family_name=person.family_name,
    )
    for address in addresses:
        themself |= Q(email__iexact=address)
    return ApplicationPerson.objects.filter(themself)


def _imports(addresses: list[str]) -> QuerySet[ImportedRow]:
    named = [Q(text__icontains=address) for address in addresses]
    rows = ImportedRow.objects.annotate(text=Cast("changes", TextField()))
    return rows.filter(reduce(or_, named, Q(pk=None)))


def _merges(person: User, addresses: list[str]) -> list[PersonalRows]:
    """Merges of this person's records, and of companies for which the person stood."""
    records = [person, *person.doubles.all()]
    of_people = PersonPair.objects.filter(Q(first__in=records) | Q(second__in=records))
    named = [Q(text__contains=f'"person": {each.pk},') for each in records]
    named += [Q(text__contains=f'"person": {each.pk}}}') for each in records]
    named += [Q(text__icontains=address) for address in addresses]
    of_companies = CompanyPair.objects.annotate(text=Cast("changes", TextField()))
    return [
        PersonalRows(of_people, theirs=False),
        PersonalRows(of_companies.filter(reduce(or_, named)), theirs=False),
    ]
