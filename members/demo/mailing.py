"""A mailing to the members that went out a week ago."""

from datetime import datetime, timedelta

from kip.mailings import services
from members.demo.props import secretary
from members.models import Member


def load_mailing(*, at: datetime) -> None:
    """To the primary representatives of all members, in three languages."""
    by = secretary()
    rows = Member.objects.in_force(at.date()).values_list("pk", flat=True)
    mailing = services.begin_mailing(
        audience="members",
        rows=list(rows),
        query="membership=now",
        part="primary",
        words={
            "subject_fi": "Turvallisuuspäivä kutsuu: {{ company }}",
            "text_fi": "Hei {{ given_name }},\n\nalueen **turvallisuuspäivä** on tulossa."
            " Kertoisitteko:\n\n- kuinka moni teiltä tulee\n- mitä haluatte kuulla\n\n"
            "Tervetuloa!",
            "subject_sv": "Inbjudan till säkerhetsdagen: {{ company }}",
            "text_sv": "Hej {{ given_name }},\n\nområdets **säkerhetsdag** närmar sig."
            " Berätta gärna:\n\n- hur många som kommer från er\n- vad ni vill höra om\n\n"
            "Välkomna!",
            "subject_en": "Safety day: an invitation to {{ company }}",
            "text_en": "Dear {{ given_name }},\n\nthe Park’s **safety day** is coming up."
            " Please tell us:\n\n- how many of you will come\n- what you wish to hear about\n\n"
            "You are welcome!",
        },
        by=by,
        at=at - timedelta(hours=1),
    )
    number = mailing.recipients.getting_it().count()
    services.send(mailing_id=mailing.pk, read=number, counted=number, by=by, at=at)
    services.prepare(mailing_id=mailing.pk, at=at)
    services.sweep(at=at + timedelta(minutes=1))
