"""A person who was entered twice: one row goes on, the other becomes its double. Parts of acts."""

from allauth.account.models import EmailAddress
from django.utils.translation import gettext as _

from kip.accounts.models import User
from kip.accounts.services.people import can_sign_in
from kip.exceptions import DomainError
from kip.undoing import Noted

# What the one kept lacks is taken from the double.
FILLED = ("given_name", "family_name", "phone", "postal_address")


def lock_both(one_id: int, other_id: int) -> dict[int, User]:
    """Both rows by id, held until the act is over."""
    rows = User.objects.select_for_update(of=("self",)).filter(pk__in=[one_id, other_id])
    return {person.pk: person for person in rows.order_by("pk")}


def refuse_to_merge(kept: User, double: User) -> None:
    """Raises `DomainError` with the reason for which these cannot be one person, or not yet."""
    for person in (kept, double):
        if person.double_of_id is not None:
            raise DomainError(
                _("%(person)s was merged into another record already.") % {"person": person}
            )
    if double.is_superuser or double.is_secretary:
        raise DomainError(_("End the person’s work as secretary or superuser first, or keep it."))
    if double.is_active and not kept.is_active:
        raise DomainError(_("The record kept may not sign in: keep the other one, or let it."))
    if can_sign_in(double) and not can_sign_in(kept):
        raise DomainError(_("Keep the record with which the person signs in: it is the other one."))


def merge_sign_in(kept: User, double: User, noted: Noted) -> None:
    """The double does not sign in any more, and lends the one kept what that one lacks.

    Its address, if the one kept has none, and the invitations that wait at it, go along; otherwise
    they are taken back.
    """
    waiting = double.invitations.waiting()
    if kept.email is None and double.email is not None:
        address = double.email
        noted.change(double, email=None, is_active=False, double_of=kept)
        noted.change(kept, email=address)
        for row in [*EmailAddress.objects.filter(user=double), *waiting]:
            noted.change(row, **{"user" if isinstance(row, EmailAddress) else "person": kept})
    else:
        noted.change(double, is_active=False, double_of=kept)
        for invited in waiting:
            noted.delete(invited)
    noted.change(
        kept,
        **{name: getattr(double, name) for name in FILLED if not getattr(kept, name)},
    )
    for earlier in double.doubles.all():
        noted.change(earlier, double_of=kept)
