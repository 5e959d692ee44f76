"""What the lower apps keep of people, and for how long: for the hooks of `kip.privacy.services`."""

from datetime import date, datetime

from django.db.models import Count, Min, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kip.accounts.models import SECRETARY, Invitation, User
from kip.audit.retention import Retention
from kip.audit.services import PersonalRows
from kip.bylaws.models import Bylaws
from kip.documents.models import Document
from kip.mail.models import OutboxMail, StoppedAddress
from kip.privacy.models import DataRequest
from kip.privacy.periods import months_before
from kip.privacy.services import Expired, Held
from kip.privacy.states import REQUEST


def ties(*, at: datetime) -> list[tuple[int, date | datetime | None]]:
    """Since when people are known; invitations; requests; the secretary's and superusers' work."""
    holding = User.objects.filter(Q(is_superuser=True) | Q(groups__name=SECRETARY))
    asked = DataRequest.objects.values_list("person_id", "answered_at")
    return [
        *User.objects.values_list("pk", "known_since"),
        *((pk, None) for pk in holding.values_list("pk", flat=True)),
        *Invitation.objects.values_list("person_id", "valid_until"),
        *asked.filter(status__in=REQUEST.open),
    ]


def expired(*, at: datetime, rules: Bylaws) -> list[Expired]:
    """Settled letters, addresses that were tried again, and answered requests, older than the
    bylaws keep correspondence.
    """
    before = months_before(at, rules.correspondence_months)
    letters = OutboxMail.objects.older_than(before)
    answered = DataRequest.objects.filter(answered_at__lt=before).filter(
        ~Q(text="") | ~Q(answer="")
    )
    of_letters = letters.aggregate(count=Count("pk"), oldest=Min("created_at"))
    tried = StoppedAddress.objects.filter(until__lt=before)
    of_requests = answered.aggregate(count=Count("pk"), oldest=Min("answered_at"))
    return [
        Expired(
            key="mail.letters",
            name=gettext_lazy("Letters that were sent or given up"),
            retention=Retention.CORRESPONDENCE,
            **of_letters,
            parts=[PersonalRows(letters, delete=True)],
        ),
        Expired(
            key="mail.stopped",
            name=gettext_lazy("Addresses that letters came back from, and that work again"),
            retention=Retention.CORRESPONDENCE,
            **tried.aggregate(count=Count("pk"), oldest=Min("until")),
            parts=[PersonalRows(tried, delete=True)],
        ),
        Expired(
            key="privacy.requests",
            name=gettext_lazy("What was said in answered requests about personal data"),
            retention=Retention.CORRESPONDENCE,
            **of_requests,
            parts=[PersonalRows(answered)],
        ),
    ]


def personal_rows(*, person: User, at: datetime) -> list[PersonalRows]:
    """What the person asked about their data, and was answered."""
    return [PersonalRows(DataRequest.objects.filter(person=person))]


def records(*, person: User, at: datetime) -> list[Held]:
    """Since when they are known, what they were invited to, what they added to the files."""
    invitations = Invitation.objects.filter(person=person)
    documents = Document.objects.filter(uploaded_by=person).exclude(name="")
    return [
        Held(
            _("Known to the association"),
            Retention.CONTACT,
            [[(_("Since"), person.known_since), (_("Language"), person.get_language_display())]],
        ),
        Held(
            _("Invitations"),
            Retention.CONTACT,
            [
                [(_("What for"), each.what_for), (_("Invited"), each.created_at)]
                for each in invitations
            ],
        ),
        Held(
            _("Documents you added"),
            Retention.RECORD,
            [[(_("Name"), each.name), (_("Added"), each.uploaded_at)] for each in documents],
        ),
    ]
