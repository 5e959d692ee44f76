"""Who may read the documents of applications, of member companies, and of their leaving."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from kip.access import allowed
from kip.accounts.models import User
from kip.documents.models import Document
from members.models import ApplicationDocument, Member, ProposedChange


def documents_of(members: Iterable[Member]) -> QuerySet[Document]:
    """What companies have given to the association: with their applications, and for changes."""
    applied = ApplicationDocument.objects.filter(application__membership__member__in=members)
    proposed = ProposedChange.objects.filter(member__in=members)
    return Document.objects.filter(
        Q(pk__in=applied.values("document")) | Q(pk__in=proposed.values("document"))
    )


def may_read(*, user: User, document: Document, at: datetime) -> bool:
    """The applicant reads what belongs to the application, and whoever stands for a company what
    it has given (the secretary reads everything).
    """
    found = (
        ApplicationDocument.objects.filter(document=document).select_related("application").first()
    )
    if found is not None and allowed("members.read_application", user, found.application, at=at):
        return True
    own = Member.objects.represented_by(user, timezone.localdate(at))
    return own.filter(logo=document).exists() or (documents_of(own).filter(pk=document.pk).exists())


def may_read_of_leaving(*, user: User, document: Document, at: datetime) -> bool:
    """Who speaks for the member reads its resignation, what is held against it, and its answer."""
    member = Member.objects.filter(
        Q(periods__resignations__document=document)
        | Q(periods__expulsions__document=document)
        | Q(periods__expulsions__answer_document=document)
    ).first()
    return member is not None and allowed("members.be_heard", user, member, at=at)


def reads_as_member(*, user: User, at: datetime) -> str:
    """Who stands for a member company reads what the archive holds for the members."""
    own = Member.objects.represented_by(user, timezone.localdate(at))
    return "members" if own.in_force(timezone.localdate(at)).exists() else ""
