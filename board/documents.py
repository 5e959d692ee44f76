"""Who may read what the board has before it."""

from datetime import datetime

from django.db.models import Q

from board.models import Entitlement, Matter, Seat
from board.standing import Standing
from kip.access import allowed
from kip.accounts.models import User
from kip.documents.models import Document
from members.models import ApplicationDocument


def may_read(*, user: User, document: Document, at: datetime) -> bool:
    """The board reads the papers of its matters, and those of the applications and expulsions.

    Whoever declared a conflict of interest takes no part in handling, and does not read them.
    """
    application = (
        ApplicationDocument.objects.filter(document=document)
        .values_list("application", flat=True)
        .first()
    )
    source = Entitlement.objects.filter(source=document).select_related("seat", "matter").first()
    # The mail in which a vote came says how its sender voted.
    if (
        source is not None
        and source.seat.person_id != user.pk
        and not Standing(source.matter, at).votes_are_shown
    ):
        return False
    of_it = Q(papers__document=document) | Q(entitlements__source=document)
    if application is not None:
        of_it |= Q(application=application)
    of_it |= Q(expulsion__document=document) | Q(expulsion__answer_document=document)
    matters = list(Matter.objects.filter(of_it).distinct())
    return (
        bool(matters)
        and not any(Standing(matter, at).is_recused(user) for matter in matters)
        and any(allowed("board.read_matter", user, matter, at=at) for matter in matters)
    )


def reads_as_board(*, user: User, at: datetime) -> str:
    """Who sits on the board reads its papers of the past in the archive."""
    return "board" if Seat.objects.in_force(at).filter(person=user).exists() else ""
