"""Who may sign in, and who is secretary."""

from datetime import datetime

from django.contrib.auth.models import Group
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kip.access import require
from kip.accounts.models import SECRETARY, User
from kip.audit.acts import act
from kip.exceptions import DomainError
from kip.hooks import Hook

# receiver(user=User, at=datetime) -> bool
needs_second_factor: Hook[bool] = Hook("Whose office asks for a second factor at sign-in.")


@act(gettext_noop("%(who)s changed who may sign in."))
def set_sign_in(
    *, person: User, is_active: bool, is_superuser: bool, by: User | None, at: datetime
) -> User:
    """Let a person sign in or not; superusers also say who looks after the machine.

    Raises `DomainError` when somebody would lock themself out.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if (person.is_active, person.is_superuser) == (is_active, is_superuser):
        return person
    require("accounts.set_sign_in", by, person, at=at)
    if person.double_of is not None:
        raise DomainError(
            _("This record was merged into the one of %(person)s, who signs in with that.")
            % {"person": person.double_of}
        )
    if person.is_superuser or is_superuser:
        require("accounts.look_after", by, person, at=at)
    if person == by:
        raise DomainError(_("You cannot change your own right to sign in."))
    person.is_active = is_active
    person.is_superuser = is_superuser
    person.save(update_fields=["is_active", "is_superuser"])
    return person


@act(gettext_noop("%(who)s made a person secretary."))
def make_secretary(*, person: User, by: User | None, at: datetime) -> None:
    """The secretary is the only role that is a group. Given by whoever looks after the machine."""
    if by is not None:
        require("accounts.look_after", by, person, at=at)
    group, _created = Group.objects.get_or_create(name=SECRETARY)
    person.groups.add(group)


@act(gettext_noop("%(who)s ended a person's work as secretary."))
def end_secretary(*, person: User, by: User | None, at: datetime) -> None:
    """Takes the group away; the person stays known.

    Raises `DomainError` for the last secretary, without whom nobody would see the desk.
    """
    require("accounts.look_after", by, person, at=at)
    Group.objects.select_for_update().get(name=SECRETARY)
    if not User.objects.secretaries().exclude(pk=person.pk).exists():
        raise DomainError(_("Name the new secretary first: somebody must see the desk."))
    person.groups.remove(*person.groups.filter(name=SECRETARY))
