"""Where a person stands in mailings, for `kip.audit.services.redact`."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from kip.audit.services import PersonalRows
from kip.mailings.models import MailingRecipient


def personal_rows(*, person: Any, at: datetime) -> list[PersonalRows]:
    """That they got one; their letters go with the outbox. What was written to all stays."""
    theirs = Q(person=person)
    if person.email:
        theirs |= Q(address__iexact=person.email)
    return [PersonalRows(MailingRecipient.objects.filter(theirs), delete=True)]
