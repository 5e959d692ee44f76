"""Letters that came back: to one person again and again, to another one once."""

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from kip.accounts.demo import demo_sign_ins
from kip.mail.models import OutboxMail
from kip.mail.receiving import receive
from kip.mail.services import post
from members.letters.people import AS_REPRESENTATIVE
from members.models import Representative, RepresentativeRole

_REPORT = """\
Message-ID: <report-{name}@mail.kip.example>
Content-Type: multipart/report; report-type=delivery-status; boundary="part"

--part
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.kip.example

Final-Recipient: rfc822; {to}
Action: failed
Status: {status}
Diagnostic-Code: smtp; {said}

--part
Content-Type: text/rfc822-headers

Message-ID: {message_id}

--part--
"""


def load_returns(*, at: datetime) -> None:
    """Of the voting representatives under whose names nobody signs in, the first has left, and the
    second one's mailbox was full.
    """
    rows = Representative.objects.in_force(timezone.localdate(at))
    voting = (
        rows.filter(role=RepresentativeRole.VOTING)
        .exclude(person__in=demo_sign_ins())
        .select_related("person", "member")
    )
    left, full = voting.order_by("member__number")[:2]
    for nth, row in enumerate((left, left, full)):
        sent_at = at - timedelta(days=6 - nth)
        mail = post(
            key=f"demo-return:{nth}",
            to=row.person,
            template="members/mail/representative_dates_changed",
            context={"row": row},
            why=AS_REPRESENTATIVE,
            about=row.member.in_letters,
            at=sent_at,
            link=reverse("own_company", args=[row.member.number]),
        )
        assert mail is not None
        _came_back(mail, lasting=row is left, at=sent_at + timedelta(minutes=2))


def _came_back(mail: OutboxMail, *, lasting: bool, at: datetime) -> None:
    report = _REPORT.format(
        name=mail.pk,
        to=mail.to_address,
        message_id=mail.message_id,
        status="5.1.1" if lasting else "5.2.2",
        said="550 5.1.1 There is no such mailbox here"
        if lasting
        else "552 5.2.2 The mailbox is full",
    )
    receive(report.encode(), by=None, at=at)
