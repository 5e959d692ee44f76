"""Where a person stands in applications and for companies, for `kip.audit` and `kip.privacy`."""

from datetime import date, datetime
from functools import reduce
from operator import or_

from django.db.models import Min, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kip.accounts.models import User
from kip.audit.retention import Retention
from kip.audit.services import PersonalRows
from kip.bylaws.models import Bylaws
from kip.documents.models import Document
from kip.privacy.periods import months_before
from kip.privacy.services import Expired, Held
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
    if _imports(addresses).exists() or _asks_about(person).exists():
        found.append(_("A table that waits to be imported names this person: drop it first."))
    return found


def known_by(*, person: User, at: datetime) -> set[str]:
    """As applicants named the person."""
    _theirs, addresses = _records(person)
    found = set()
    for named in _named(person, addresses):
        found |= {str(named) if named.is_named else "", named.email, named.phone}
    return found - {""}


def ties(*, at: datetime) -> list[tuple[int, date | datetime | None]]:
    """Roles for companies, and applications."""
    applied = Application.objects.exclude(applicant=None)
    return [
        *Representative.objects.exclude(person=None).values_list("person_id", "until"),
        *applied.values_list("applicant_id", "ended_at"),
    ]


def expired(*, at: datetime, rules: Bylaws) -> list[Expired]:
    """Of applications decided longer ago than the bylaws keep them: who was named, what was said,
    and the papers where no membership came of it.
    """
    before = months_before(at, rules.application_months)
    decided = Application.objects.filter(status__in=APPLICATION.final, ended_at__lt=before)
    people = ApplicationPerson.objects.filter(application__in=decided).exclude(family_name="")
    messages = Message.objects.filter(application__in=decided).exclude(text="")
    papers = ApplicationDocument.objects.filter(
        application__in=decided.filter(status__in=CAME_TO_NOTHING)
    )
    documents = Document.objects.filter(pk__in=papers.values("document")).exclude(file="")
    count = people.count() + messages.count() + documents.count()
    return [
        Expired(
            key="members.applications",
            name=gettext_lazy("People, messages and papers of decided applications"),
            retention=Retention.APPLICATION,
            count=count,
            oldest=decided.aggregate(first=Min("ended_at"))["first"] if count else None,
            parts=[PersonalRows(people), PersonalRows(messages), PersonalRows(documents)],
        )
    ]


def records(*, person: User, at: datetime) -> list[Held]:
    """Roles for companies, and the person's own applications."""
    roles = Representative.objects.filter(person=person).select_related("member")
    applications = Application.objects.filter(applicant=person)
    return [
        Held(
            _("Roles for member companies"),
            Retention.RECORD,
            [
                [
                    (_("Company"), str(role.member)),
                    (_("Role"), role.get_role_display()),
                    (_("Since"), role.since),
                    (_("Until"), role.until),
                ]
                for role in roles
            ],
        ),
        Held(
            _("Applications for membership"),
            Retention.APPLICATION,
            [
                [
                    (_("Company"), str(application)),
                    (_("Begun"), application.begun_at),
                    (_("State"), application.get_status_display()),
                ]
                for application in applications
            ],
        ),
    ]


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


def _asks_about(person: User) -> QuerySet[ImportRun]:
    """Tables that ask whether somebody in them is this person."""
    runs = ImportRun.objects.annotate(text=Cast("questions", TextField()))
    return runs.filter(text__contains=f'"pk": {person.pk},')


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
