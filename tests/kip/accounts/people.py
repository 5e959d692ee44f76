"""People to sign in, and reading what was sent to them (which only tests may do)."""

import re
from datetime import UTC, datetime
from typing import Any

from django.test import Client

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PASSWORD = "spruce-harbour-lantern"


def make(email: str = "aino@kip.example", *, password: str = PASSWORD, **fields: Any) -> Any:
    """A person who has proved the address."""
    from allauth.account.models import EmailAddress

    from kip.accounts.models import User

    fields = {"given_name": "Aino", "family_name": "Laine", "language": "en", **fields}
    person = User.objects.create_user(email, password or None, **fields)
    EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
    return person


def make_secretary(**fields: Any) -> Any:
    from django.contrib.auth.models import Group

    person = make("secretary@kip.example", **fields)
    person.groups.add(Group.objects.get(name="secretary"))
    return person


def latest(to: str) -> Any:
    from kip.mail.models import OutboxMail

    return OutboxMail.objects.filter(to_address=to).order_by("-pk").first()


def secret(to: str, name: str) -> str:
    """The code or link in the latest letter to this address."""
    from kip.sealing import unseal

    return unseal(latest(to).personal[name])


def templates_of(to: str) -> list[str]:
    """Which letters were sent to this address, by the names in their keys."""
    from kip.mail.models import OutboxMail

    keys = OutboxMail.objects.filter(to_address=to).order_by("pk").values_list("key", flat=True)
    return [key.split(":")[1] if key.startswith("sign-in:") else key.split(":")[0] for key in keys]


def path_of(link: str) -> str:
    return re.sub(r"^https?://[^/]+", "", link)


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def enrol(person: Any) -> str:
    """An authenticator app, set up; answers with its secret."""
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    key = generate_totp_secret()
    TOTP.activate(person, key)
    RecoveryCodes.activate(person)
    return str(key)


def app_code(key: str) -> str:
    from allauth.mfa.totp.internal import auth

    # The middle one of those that count: still good when the half minute ends during the test.
    _before, now, _after = auth.yield_hotp_counters_from_time()
    return str(auth.format_hotp_value(auth.hotp_value(key, now)))
