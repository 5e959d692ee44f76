"""Where a person stands in mailings, for `kip.audit` and `kip.privacy`."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy

from kip.audit.retention import Retention
from kip.audit.services import PersonalRows
from kip.bylaws.models import Bylaws
from kip.mailings.models import MailingRecipient
from kip.privacy.periods import months_before
from kip.privacy.services import Expired


def personal_rows(*, person: Any, at: datetime) -> list[PersonalRows]:
    """That they got one; their letters go with the outbox. What was written to all stays."""
    records = [person, *person.doubles.all()]
    theirs = Q(person__in=records)
    for address in {record.email for record in records} - {None}:
        theirs |= Q(person=None, address__iexact=address)
    return [PersonalRows(MailingRecipient.objects.filter(theirs), delete=True)]


def expired(*, at: datetime, rules: Bylaws) -> list[Expired]:
    """Who got what was sent, or not, longer ago than the bylaws keep correspondence. What has not
    ended counts from its hour, a draft from when it was begun.
    """
    before = months_before(at, rules.correspondence_months)
    since = Coalesce("mailing__ended_at", "mailing__send_at", "mailing__created_at")
    recipients = MailingRecipient.objects.alias(since=since).filter(since__lt=before)
    return [
        Expired(
            key="mailings.recipients",
            name=gettext_lazy("Who got a mailing, and why"),
            retention=Retention.CORRESPONDENCE,
            **recipients.aggregate(count=Count("pk"), oldest=Min(since)),
            parts=[PersonalRows(recipients, delete=True)],
        )
    ]
