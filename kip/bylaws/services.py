"""Changing the rules: a new version, never an edit."""

from datetime import date, datetime
from typing import Any

from django.db.models import Max
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kip.access import require
from kip.accounts.models import User
from kip.audit.acts import act
from kip.bylaws.models import FIRST_ADOPTED, Bylaws
from kip.exceptions import DomainError
from kip.hooks import Hook
from kip.numbering import serialise

# receiver(at=datetime) -> date | None, a local date
last_decided_on: Hook[date | None] = Hook("When something was last decided under the bylaws.")

# receiver(at=datetime) -> int, the seats of members on the board; 0 while there is no board.
elected_seats: Hook[int] = Hook("How many elected seats the board has.")

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

    `rules` holds the settings of `Bylaws` by field name. Raises `DomainError` on "valid_from" for
    a day in the past since which something was decided, on "board_quorum_number" for more seats
    than there are.
    """
    require("bylaws.adopt", by, at=at)
    _check_nothing_was_decided_since(valid_from, at=at)
    _check_quorum_can_be_met(rules.get("board_quorum_number"), valid_from, at=at)
    bylaws = Bylaws(version=_next_version(), valid_from=valid_from, adopted=adopted, **rules)
    bylaws.full_clean()
    bylaws.save(force_insert=True)
    return bylaws


def _check_quorum_can_be_met(number: int | None, valid_from: date, *, at: datetime) -> None:
    """A quorum of more seats than the board has would let no matter be decided.

    Asked only of a version that comes into force at once: of earlier and later boards nobody knows
    here. Raises `DomainError` on "board_quorum_number".
    """
    today = timezone.localdate(at)
    if valid_from > today or Bylaws.objects.filter(
        valid_from__gt=valid_from, valid_from__lte=today
    ):
        return
    seats = max(elected_seats(at=at), default=0)
    if number is not None and 0 < seats < number:
        raise DomainError(
            _(
                "The board has %(seats)d elected seats, so this quorum could never be met. If that "
                "has changed, record the seats first."
            )
            % {"seats": seats},
            field="board_quorum_number",
        )


def _check_nothing_was_decided_since(valid_from: date, *, at: datetime) -> None:
    """What was decided stands under the bylaws that were in force then.

    A day in the past is possible while nothing was decided on it or since: an association writes
    down its older versions when it begins with KIP. Raises `DomainError` on "valid_from".
    """
    if valid_from >= timezone.localdate(at):
        return
    decided = max((day for day in last_decided_on(at=at) if day is not None), default=None)
    if decided is not None and decided >= valid_from:
        raise DomainError(
            _("The board has decided on %(day)s under the bylaws of then: give a later day.")
            % {"day": formats.date_format(decided)},
            field="valid_from",
        )


def ensure_first_version(**kwargs: Any) -> None:
    """After migrating: the rules an association starts with, until it records its own."""
    if not Bylaws.objects.exists():
        _record_first_version(by=None, at=timezone.now())


@act(gettext_noop("%(who)s wrote down the bylaws with which an association begins."))
def _record_first_version(*, by: None, at: datetime) -> None:
    Bylaws.objects.create(
        version=_next_version(),
        valid_from=date(2006, 1, 1),
        adopted=FIRST_ADOPTED,
        **{f"purpose_{language}": text for language, text in FIRST_PURPOSE.items()},
        **{f"admission_{language}": text for language, text in FIRST_ADMISSION.items()},
    )
