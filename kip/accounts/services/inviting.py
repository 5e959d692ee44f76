"""Personal links to those who are to sign in, until they are accepted or taken back."""

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kip.access import require
from kip.accounts import letters, links
from kip.accounts.models import Invitation, User
from kip.accounts.services.people import can_sign_in, known_address, prove_address
from kip.audit.acts import act
from kip.exceptions import DomainError, InvalidTransition

INVITATION_VALID = timedelta(days=14)
# A second press, or an impatient one, must not fill somebody's mailbox.
BETWEEN_LINKS = timedelta(minutes=2)


class UnusableLink(DomainError):
    """The personal link was used, replaced by a newer one, or has expired."""


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
    known_address(person)
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


@act(gettext_noop("%(who)s changed an e-mail address that was not proved."))
def change_address(*, person: User, email: str, by: User | None, at: datetime) -> User:
    """The secretary heard of another e-mail address of somebody who has not proved theirs.

    Each invitation that waits is sent to the new one, and the links in the old mailbox stop
    working. Raises `NotAllowed`; `InvalidTransition` once the person has proved an address, which
    nobody else changes then; `DomainError` on "email" when it is none, or somebody else's.
    """
    person = User.objects.select_for_update(of=("self",)).get(pk=person.pk)
    require("accounts.change_address", by, person, at=at)
    if not person.address_may_be_changed:
        raise InvalidTransition(
            _(
                "Only the person can change this address, in My KIP: it was proved already, or they"
                " may not sign in."
            )
        )
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise DomainError(" ".join(error.messages), field="email") from error
    has_it = User.objects.filter(email=address).exclude(pk=person.pk).first()
    proved = EmailAddress.objects.filter(email=address, verified=True).exclude(user=person).first()
    if has_it is not None or proved is not None:
        other = has_it or proved.user
        raise DomainError(
            _("%(person)s has this address already.") % {"person": other}, field="email"
        )
    if address == person.email:
        raise DomainError(_("That is the address which the person has."), field="email")
    person.email, person.began_at = address, None
    person.save(update_fields=["email", "began_at"])
    EmailAddress.objects.filter(user=person).delete()
    known_address(person)
    for invited in person.invitations.waiting().select_for_update():
        _send_anew(invited, at)
    return person


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
    prove_address(person, at=at)
    # One proof of the address answers every invitation that waits for it.
    person.invitations.waiting().update(accepted_at=at)
    invited.refresh_from_db()
    return invited


def _send_anew(invited: Invitation, at: datetime) -> Invitation:
    invited.nonce = get_random_string(32)
    invited.sent_at = at
    invited.valid_until = at + INVITATION_VALID
    invited.renewals += 1
    invited.save(update_fields=["nonce", "sent_at", "valid_until", "renewals"])
    letters.invitation(invited, at=at)
    return invited
