"""Who is known. A person is known long before signing in, or without ever doing so."""

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.db.models import Exists, OuterRef, ProtectedError, Q, RestrictedError
from django.db.transaction import atomic
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kip.access import require
from kip.accounts.models import (  # type: ignore[attr-defined]  # made by pghistory
    Invitation,
    User,
    UserEvent,
)
from kip.audit.acts import act
from kip.audit.services import PersonalRows
from kip.exceptions import DomainError
from kip.mail.receiving import address_proved
from kip.mail.services import address_offered
from kip.mail.states import Channel

UNVERIFIED_KEPT = timedelta(days=7)
# Of a postal address under the name: what the window of an envelope shows.
MOST_LINES = 5
LONGEST_LINE = 50


@act(gettext_noop("%(who)s gave an e-mail address."))
def begin(*, email: str, language: str, by: User | None, at: datetime) -> User:
    """The person who has this address, made with an unproved address if nobody has it.

    The way in for applicants, who are invited by nobody. The caller then sends a code
    (`kip.accounts.sign_in.send_code`); an address never proved is purged after seven days.
    """
    person, _created = _find_or_make(email, at, language=language, began_at=at)
    known_address(person)
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
    known_address(person)
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
    channel: str = Channel.EMAIL,
    postal_address: str = "",
    by: User | None,
    at: datetime,
) -> User:
    """The secretary writes down a person; the same as `ensure_person`, on its own.

    Who is new is written to by `channel`; who is known keeps theirs, and an address of their own.
    Raises `DomainError` on "postal_address" like `update_profile`.
    """
    require("accounts.name_people", by, at=at)
    person = ensure_person(
        email=email,
        given_name=given_name,
        family_name=family_name,
        language=language,
        phone=phone,
        by=by,
        at=at,
    )
    is_new = person.known_since == at
    if is_new or not person.postal_address:
        _write_to(person, channel if is_new else person.channel, postal_address, at=at)
        person.save(update_fields=["channel", "postal_address"])
    return person


@act(gettext_noop("%(who)s changed a person's details."))
def update_profile(
    *,
    person: User,
    given_name: str,
    family_name: str,
    phone: str,
    language: str,
    channel: str | None = None,
    postal_address: str | None = None,
    by: User | None,
    at: datetime,
) -> User:
    """A person keeps their own name, phone, language and address; the secretary may mend them.

    `channel` and `postal_address` stay as they are when they are not given. Raises `DomainError` on
    "postal_address": for a letter there must be one, of the person's own or of who they stand for,
    and one that fits into the window of an envelope.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    require("accounts.update_profile", by, person, at=at)
    person.given_name = given_name
    person.family_name = family_name
    person.phone = phone
    person.language = language
    if (channel, postal_address) != (None, None):
        lines = person.postal_address if postal_address is None else postal_address
        _write_to(person, channel or person.channel, lines, at=at)
    person.save(
        update_fields=[
            *("given_name", "family_name", "phone", "language"),
            *("channel", "postal_address"),
        ]
    )
    return person


@act(gettext_noop("%(who)s chose a language."))
def choose_language(*, person: User, language: str, by: User | None, at: datetime) -> None:
    """The language in which a person reads KIP and its letters."""
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    require("accounts.update_profile", by, person, at=at)
    person.language = language
    person.save(update_fields=["language"])


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
    """What erasing a person means here: no sign-in, and a row that no longer says who it was."""
    rows = User.objects.filter(Q(pk=person.pk) | Q(double_of=person))
    return [
        PersonalRows(rows, also={"password": make_password(None), "is_active": False}),
        PersonalRows(EmailAddress.objects.filter(user__in=rows), delete=True),
        PersonalRows(Authenticator.objects.filter(user__in=rows), delete=True),
    ]


def why_not_erased(*, person: User, at: datetime) -> list[str]:
    """The secretary's and superusers' work has to end first; of two records that were merged, only
    the one that was kept can be erased, and takes the other along.
    """
    if person.double_of is not None:
        return [
            _("This record was merged into that of %(kept)s: whoever erases that erases both.")
            % {"kept": person.double_of}
        ]
    if person.is_superuser or person.is_secretary:
        return [_("End the person's work as secretary or superuser first.")]
    return []


def known_by(*, person: User, at: datetime) -> set[str]:
    """Names in full, as they are and were, in either order; addresses and numbers."""
    records = [person, *person.doubles.all()]
    names = {(each.given_name, each.family_name) for each in records}
    names.update(
        UserEvent.objects.filter(pgh_obj_id__in=[each.pk for each in records])
        .values_list("given_name", "family_name")
        .distinct()
    )
    found = {
        name
        for given, family in names
        if given and family
        for name in (f"{given} {family}", f"{family} {given}", f"{family}, {given}")
    }
    for each in records:
        found |= {each.email or "", each.phone, each.postal_address}
    found.update(EmailAddress.objects.filter(user__in=records).values_list("email", flat=True))
    return found - {""}


def can_sign_in(person: User) -> bool:
    """Whether the person has proved the address, by a code or an invitation, and may sign in."""
    return (
        person.is_active
        and EmailAddress.objects.filter(user=person, email=person.email, verified=True).exists()
    )


def _write_to(person: User, channel: str, postal_address: str, *, at: datetime) -> None:
    lines = [" ".join(line.split()) for line in postal_address.splitlines()]
    lines = [line for line in lines if line]
    if len(lines) > MOST_LINES or any(len(line) > LONGEST_LINE for line in lines):
        raise DomainError(
            _("At most %(lines)d lines of %(letters)d letters each fit into an envelope’s window.")
            % {"lines": MOST_LINES, "letters": LONGEST_LINE},
            field="postal_address",
        )
    person.channel = channel
    person.postal_address = "\n".join(lines)
    if channel == Channel.LETTER and not lines and not address_offered(person, at=at):
        raise DomainError(
            _("Give an address, or choose e-mail: a letter needs to know where to go."),
            field="postal_address",
        )


def _find_or_make(email: str | None, at: datetime, **fields: object) -> tuple[User, bool]:
    address = (email or "").strip().lower()
    if not address:
        raise DomainError(_("Give an e-mail address."), field="email")
    person, created = User.objects.get_or_create(
        email=address, defaults={"known_since": at, "password": make_password(None), **fields}
    )
    return person.double_of or person, created


def known_address(person: User) -> EmailAddress:
    address, _created = EmailAddress.objects.get_or_create(
        user=person, email=person.email, defaults={"primary": True, "verified": False}
    )
    return address


def prove_address(person: User, *, at: datetime) -> None:
    address = known_address(person)
    if not address.verified:
        address.verified = True
        address.save(update_fields=["verified"])
    if not address.primary:
        address.set_as_primary()
    address_proved(address=address.email, by=person, at=at)
