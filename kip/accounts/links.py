"""The personal link of an invitation: signed, readable by nobody but its receiver."""

from typing import NamedTuple

from django.core import signing

_SALT = "kip.accounts.invitation"


class Opened(NamedTuple):
    """Which invitation a link speaks of, and which of its links it is."""

    invitation_id: int
    nonce: str


def sign(invitation_id: int, nonce: str) -> str:
    """The token that stands in the link."""
    return signing.dumps([invitation_id, nonce], salt=_SALT)


def open_token(token: str) -> Opened | None:
    """What the token says, or None when this installation never signed it."""
    try:
        invitation_id, nonce = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, TypeError, ValueError):
        return None
    return Opened(invitation_id, nonce)
