"""One request that waits for the secretary."""

from datetime import datetime, timedelta

from kip.accounts.demo import DOMAIN
from kip.accounts.models import User
from kip.privacy import services
from kip.privacy.models import RequestKind

TEXT = {
    "fi": "Sukunimeni on muuttunut. Voitteko korjata sen myös vanhoihin tietoihin?",
    "sv": "Mitt efternamn har ändrats. Kan ni rätta det också i de äldre uppgifterna?",
    "en": "My family name has changed. Could you correct it in the older records too?",
}


def load(*, password: str, at: datetime) -> None:
    person = User.objects.filter(email=f"member{DOMAIN}").first()
    if person is None:
        return
    services.ask(
        kind=RequestKind.CORRECTION,
        text=TEXT[person.language],
        by=person,
        at=at - timedelta(days=9),
    )
