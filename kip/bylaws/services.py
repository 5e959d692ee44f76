"""Changing the rules: a new version, never an edit."""

from datetime import date, datetime
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext_noop

from kip.access import require
from kip.accounts.models import User
from kip.audit.acts import act
from kip.bylaws.models import Bylaws
from kip.numbering import serialise

FIRST_PURPOSE = {
    "en": "To promote the attractiveness of the Kokkola Industrial Park as a location for "
    "companies and communities, and to improve the general conditions for business there.",
    "fi": "Edistää Kokkolan suurteollisuusalueen vetovoimaa yritysten ja yhteisöjen "
    "sijaintipaikkana ja parantaa alueen yleisiä toimintaedellytyksiä.",
    "sv": "Att främja Karleby storindustriområdes dragningskraft som etableringsort för företag "
    "och sammanslutningar och att förbättra de allmänna verksamhetsförutsättningarna där.",
}
FIRST_ADMISSION = {
    "en": "An entity with legal capacity that agrees with the purpose of the Association and "
    "carries out its activities in the Kokkola Industrial Park.",
    "fi": "Oikeuskelpoinen yhteisö, joka hyväksyy yhdistyksen tarkoituksen ja harjoittaa "
    "toimintaansa Kokkolan suurteollisuusalueella.",
    "sv": "En rättskapabel sammanslutning som godkänner föreningens syfte och som bedriver sin "
    "verksamhet inom Karleby storindustriområde.",
}


def _next_version() -> int:
    serialise("bylaws")
    return (Bylaws.objects.aggregate(last=Max("version"))["last"] or 0) + 1


@act(gettext_noop("%(who)s recorded a new version of the bylaws."))
def adopt(
    *, valid_from: date, adopted: str, rules: dict[str, Any], by: User, at: datetime
) -> Bylaws:
    """Record the bylaws as the general meeting changed them, in force from a local date.

    `rules` holds the settings of `Bylaws` by field name.
    """
    require("bylaws.adopt", by, at=at)
    bylaws = Bylaws(version=_next_version(), valid_from=valid_from, adopted=adopted, **rules)
    bylaws.full_clean()
    bylaws.save(force_insert=True)
    return bylaws


def ensure_first_version(**kwargs: Any) -> None:
    """After migrating: the rules an association starts with, until it records its own."""
    if Bylaws.objects.exists():
        return
    Bylaws.objects.create(
        version=_next_version(),
        valid_from=date(2006, 1, 1),
        adopted="At the founding of the association",
        **{f"purpose_{language}": text for language, text in FIRST_PURPOSE.items()},
        **{f"admission_{language}": text for language, text in FIRST_ADMISSION.items()},
    )
