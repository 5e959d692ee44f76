"""Who may read the documents of an application."""

from datetime import datetime

from kip.access import allowed
from kip.accounts.models import User
from kip.documents.models import Document
from members.models import ApplicationDocument


def may_read(*, user: User, document: Document, at: datetime) -> bool:
    """The applicant reads what belongs to the application (the secretary reads everything)."""
    found = (
        ApplicationDocument.objects.filter(document=document).select_related("application").first()
    )
    return found is not None and allowed("members.read_application", user, found.application, at=at)
