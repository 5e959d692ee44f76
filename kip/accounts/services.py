"""Acts about people: who is known, who is invited, who may sign in.

A person is known long before signing in, or without ever doing so. Signing in begins with an
address that its owner has proved: by a code (applicants) or by an invitation (everybody else).
"""

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, ProtectedError, RestrictedError
from django.db.transaction import atomic
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kip.access import require
from kip.accounts import letters, links
from kip.accounts.models import SECRETARY, Invitation, User
from kip.audit.acts import act
from kip.audit.services import PersonalRows
from kip.exceptions import DomainError
from kip.hooks import Hook

INVITATION_VALID = timedelta(days=14)
# A second press, or an impatient one, must not fill somebody's mailbox.
BETWEEN_LINKS = timedelta(minutes=2)
UNVERIFIED_KEPT = timedelta(days=7)

# receiver(user=User, at=datetime) -> bool
needs_second_factor: Hook[bool] = Hook("Whose office asks for a second factor at sign-in.")


class UnusableLink(DomainError):
    """The personal link was used, replaced by a newer one, or has expired."""


@act(gettext_noop("%(who)s gave an e-mail address."))
def begin(*, email: str, language: str, by: User | None, at: datetime) -> User:
    """The person who has this address, made with an unproved address if nobody has it.

    The way in for applicants, who are invited by nobody. The caller then sends a code
    (`kip.accounts.sign_in.send_code`); an address never proved is purged after seven days.
    """
    person, _created = _find_or_make(email, at, language=language, began_at=at)
    _known_address(person)
    return person


@act(gettext_noop("%(who)s made a person known."))
def ensure_person(
    *,
    email: str | None,
    given_name: str,
    family_name: str,
    language: str,
    phone: str = "",
    by: User | None,
    at: datetime,
) -> User:
    """The person who has this address, or a new one. Without an address always a new one.

    Fills in a name or phone that was missing; never changes what is there, which is the person's
    own. Called inside acts that have checked who may name people.
    """
    given = {"given_name": given_name, "family_name": family_name, "phone": phone}
    if not (email or "").strip():
        return User.objects.create_user(None, language=language, known_since=at, **given)
    person, created = _find_or_make(email, at, language=language, **given)
    _known_address(person)
    if not created:
        missing = {
            name: value for name, value in given.items() if value and not getattr(person, name)
        }
        if missing or person.began_at:
            for name, value in missing.items():
                setattr(person, name, value)
            person.began_at = None
            person.save(update_fields=[*missing, "began_at"])
    return person


@act(gettext_noop("%(who)s made a person known."))
def name_person(
    *,
    email: str | None,
    given_name: str,
    family_name: str,
    language: str,
    phone: str,
    by: User | None,
    at: datetime,
) -> User:
    """The secretary writes down a person; the same as `ensure_person`, on its own."""
    require("accounts.name_people", by, at=at)
    return ensure_person(
        email=email,
        given_name=given_name,
        family_name=family_name,
        language=language,
        phone=phone,
        by=by,
        at=at,
    )


@act(gettext_noop("%(who)s invited a person."))
def invite(
    *, person: User, purpose: str, about: str = "", by: User | None, at: datetime
) -> Invitation:
    """Send a personal link, valid for 14 days, with which `person` begins to sign in.

    `purpose` is a gettext source (`gettext_noop("to act for %(about)s in the association")`) that
    everybody reads in their own language, `about` the name in it. The same purpose again renews
    what is waiting when its link has expired, and does nothing otherwise.
    Somebody who has proved the address already gets a letter without a personal link.

    Has no page of its own: the acts that call it (an admission, an election) have checked who may.

    Raises `DomainError` when the person has no e-mail address or may not sign in.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if not person.email:
        raise DomainError(
            _("%(person)s has no e-mail address and cannot be invited.") % {"person": person}
        )
    if not person.is_active:
        raise DomainError(_("%(person)s may not sign in.") % {"person": person})
    waiting = person.invitations.waiting().filter(purpose=purpose, about=about).first()
    if waiting is not None:
        return waiting if waiting.is_valid(at) else _send_anew(waiting, at)

    proved = can_sign_in(person)
    invited = Invitation.objects.create(
        person=person,
        invited_by=by,
        purpose=purpose,
        about=about,
        nonce=get_random_string(32),
        created_at=at,
        sent_at=at,
        valid_until=at + INVITATION_VALID,
        accepted_at=at if proved else None,
    )
    _known_address(person)
    if person.began_at:
        person.began_at = None
        person.save(update_fields=["began_at"])
    if proved:
        letters.known_invitation(invited, at=at)
    else:
        letters.invitation(invited, at=at)
    return invited


@act(gettext_noop("%(who)s had a new link sent for an invitation."))
def renew_invitation(*, invitation: Invitation, by: User | None, at: datetime) -> Invitation:
    """Send a new personal link to the same address; the older links stop working.

    For the secretary, whoever invited, and the person themself from an expired link's page.

    Raises `UnusableLink` when it was accepted or taken back, `DomainError` when a link has just
    been sent.
    """
    invited = Invitation.objects.select_for_update().filter(pk=invitation.pk).first()
    if invited is None:
        raise UnusableLink(_("This invitation was taken back."))
    require("accounts.renew_invitation", by, invited, at=at)
    if invited.accepted_at is not None:
        raise UnusableLink(_("This invitation was accepted already."))
    if at - invited.sent_at < BETWEEN_LINKS:
        raise DomainError(
            _("A link was sent a moment ago. If it has not arrived, try again in two minutes.")
        )
    return _send_anew(invited, at)


@act(gettext_noop("%(who)s took back an invitation."))
def take_back_invitation(*, invitation: Invitation, by: User | None, at: datetime) -> None:
    """What somebody was invited for is not to be: a link that waits stops working.

    Who was invited is told, also who had accepted or needed no link. Called inside acts that have
    checked who may, like `invite`.
    """
    User.objects.select_for_update(no_key=True).get(pk=invitation.person_id)
    invited = Invitation.objects.select_for_update().get(pk=invitation.pk)
    letters.invitation_taken_back(invited, at=at)
    if invited.accepted_at is None:
        invited.delete()


@act(gettext_noop("%(who)s accepted an invitation."))
def accept_invitation(
    *, token: str, password: str = "", by: User | None, at: datetime
) -> Invitation:
    """The link proves the address: from now on the person can sign in.

    With a password of their own choice, or (empty) by codes sent by mail. Who holds the link is
    who acts, so `by` is the invited person.

    Raises `UnusableLink`, or `DomainError` on "password" when the password is too weak.
    """
    opened = links.open_token(token)
    # The person first, as `invite` does: the other order could deadlock with it.
    person = (
        User.objects.select_for_update(no_key=True, of=("self",))
        .filter(invitations=opened.invitation_id if opened else None)
        .first()
    )
    if opened is None or person is None:
        raise UnusableLink(_("This link does not work any more."))
    invited = Invitation.objects.select_for_update().filter(pk=opened.invitation_id).first()
    if invited is None or opened.nonce != invited.nonce:
        raise UnusableLink(_("This link does not work any more."))
    if not invited.is_valid(at):
        raise UnusableLink(
            _("This link was used already.") if invited.accepted_at else _("This link has expired.")
        )
    if not person.is_active or not person.email:
        raise UnusableLink(_("This link does not work any more."))
    if password and person.has_usable_password():
        # A link in a mailbox may open the door once; it must not replace a known secret.
        raise UnusableLink(_("You have a password already. Please sign in with it."))
    if password:
        try:
            validate_password(password, person)
        except ValidationError as error:
            raise DomainError(" ".join(error.messages), field="password") from error
        person.set_password(password)
        person.save(update_fields=["password"])
    _prove_address(person)
    # One proof of the address answers every invitation that waits for it.
    person.invitations.waiting().update(accepted_at=at)
    invited.refresh_from_db()
    return invited


@act(gettext_noop("%(who)s changed a person's details."))
def update_profile(
    *,
    person: User,
    given_name: str,
    family_name: str,
    phone: str,
    language: str,
    by: User | None,
    at: datetime,
) -> User:
    """A person keeps their own name, phone and language; the secretary may mend them."""
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    require("accounts.update_profile", by, person, at=at)
    person.given_name = given_name
    person.family_name = family_name
    person.phone = phone
    person.language = language
    person.save(update_fields=["given_name", "family_name", "phone", "language"])
    return person


@act(gettext_noop("%(who)s chose a language."))
def choose_language(*, person: User, language: str, by: User | None, at: datetime) -> None:
    """The language in which a person reads KIP and its letters."""
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    require("accounts.update_profile", by, person, at=at)
    person.language = language
    person.save(update_fields=["language"])


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


@act(gettext_noop("%(who)s purged addresses that were never proved."))
def purge_unverified(*, by: User | None, at: datetime) -> int:
    """Forget those who gave an address themselves and did not prove it in seven days.

    Nobody whom the association itself named or invited; nobody whom any row cites (the foreign
    keys protect them). Returns how many were forgotten.
    """
    proved = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
    invited = Invitation.objects.filter(person=OuterRef("pk"))
    strangers = (
        User.objects.filter(began_at__lte=at - UNVERIFIED_KEPT, is_superuser=False, groups=None)
        .filter(~Exists(proved), ~Exists(invited))
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("pk")
    )
    forgotten = 0
    for person in strangers:
        try:
            with atomic():
                person.delete()
        except (ProtectedError, RestrictedError):
            continue
        forgotten += 1
    return forgotten


def personal_rows(*, person: User, at: datetime) -> list[PersonalRows]:
    """What erasing a person means here: no sign-in, and a row that no longer says who it was.

    Raises `DomainError` for the secretary and for superusers, whose work has to end first.
    """
    if person.is_superuser or person.is_secretary:
        raise DomainError(_("End the person's work as secretary or superuser first."))
    person.set_unusable_password()
    person.is_active = False
    person.save(update_fields=["password", "is_active"])
    return [
        PersonalRows(User.objects.filter(pk=person.pk)),
        PersonalRows(EmailAddress.objects.filter(user=person), delete=True),
        PersonalRows(Authenticator.objects.filter(user=person), delete=True),
    ]


def can_sign_in(person: User) -> bool:
    """Whether the person has proved the address, by a code or an invitation, and may sign in."""
    return (
        person.is_active
        and EmailAddress.objects.filter(user=person, email=person.email, verified=True).exists()
    )


def _find_or_make(email: str | None, at: datetime, **fields: object) -> tuple[User, bool]:
    address = (email or "").strip().lower()
    if not address:
        raise DomainError(_("Give an e-mail address."), field="email")
    return User.objects.get_or_create(
        email=address, defaults={"known_since": at, "password": make_password(None), **fields}
    )


def _known_address(person: User) -> EmailAddress:
    address, _created = EmailAddress.objects.get_or_create(
        user=person, email=person.email, defaults={"primary": True, "verified": False}
    )
    return address


def _prove_address(person: User) -> None:
    address = _known_address(person)
    if not address.verified:
        address.verified = True
        address.save(update_fields=["verified"])
    if not address.primary:
        address.set_as_primary()


def _send_anew(invited: Invitation, at: datetime) -> Invitation:
    invited.nonce = get_random_string(32)
    invited.sent_at = at
    invited.valid_until = at + INVITATION_VALID
    invited.renewals += 1
    invited.save(update_fields=["nonce", "sent_at", "valid_until", "renewals"])
    letters.invitation(invited, at=at)
    return invited
