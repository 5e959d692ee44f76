"""Somebody who has no e-mail address, and is written to on paper."""

from datetime import datetime

from kip.accounts import services as accounts
from kip.mail import posting
from kip.mail.models import OutboxMail
from kip.mail.states import Channel
from members import services
from members.demo.props import before, secretary
from members.models import Member, RepresentativeRole

# A place in `companies.MEMBERS`.
COMPANY = 9


def load_on_paper(*, at: datetime) -> None:
    """Named for three roles: nobody could be told of the first; of the others one letter was
    posted, and one waits.
    """
    member, by = Member.objects.get(number=COMPANY + 1), secretary()
    first, second, third = before(at, 40), before(at, 20), before(at, 2)
    who = services.Who(given_name="Paavo", family_name="Demo-Paperi", language="fi")
    role = services.name_representative(
        member_id=member.pk,
        role=RepresentativeRole.GENERAL,
        who=who,
        since=first.date(),
        by=by,
        at=first,
    )
    person = role.person
    assert person is not None
    accounts.update_profile(
        person=person,
        given_name=who.given_name,
        family_name=who.family_name,
        phone="",
        language=who.language,
        channel=Channel.LETTER,
        postal_address="Demokuja 4 A 2\n67900 Kokkola",
        by=by,
        at=first,
    )
    for kind, then in (
        (RepresentativeRole.SAFETY, second),
        (RepresentativeRole.ENVIRONMENT, third),
    ):
        services.name_representative(
            member_id=member.pk,
            role=kind,
            who=services.Who(person_id=person.pk),
            since=then.date(),
            by=by,
            at=then,
        )
    posted = before(at, 19, 15)
    posting.mark_posted(
        mail_ids=OutboxMail.objects.to_post()
        .filter(reader=person, created_at__lt=posted)
        .values_list("pk", flat=True),
        posted_on=posted.date(),
        by=by,
        at=posted,
    )
