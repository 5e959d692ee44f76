"""Values that the database must hold but nobody may read in it: codes, personal links, sessions.

Encrypted under a key derived from `SECRET_KEY`; keys named in `SECRET_KEY_FALLBACKS` still open
what they sealed.
"""

import base64
import hashlib
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class BrokenSeal(ValueError):
    """The value was not sealed by this installation, or was altered since."""


def _fernet() -> MultiFernet:
    return MultiFernet(
        [
            Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"kip.sealing:{key}".encode()).digest()))
            for key in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        ]
    )


def seal(value: str) -> str:
    """`value`, readable only with this installation's secret key."""
    return _fernet().encrypt(value.encode()).decode()


def unseal(token: str) -> str:
    """What was sealed. Raises `BrokenSeal`."""
    try:
        return _fernet().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise BrokenSeal("not sealed with this installation's key") from error


class SealedSerializer:
    """Session serializer: a sign-in code waiting in a session is not readable in its table."""

    def dumps(self, obj: Any) -> bytes:
        return seal(json.dumps(obj, separators=(",", ":"))).encode()

    def loads(self, data: bytes) -> Any:
        return json.loads(unseal(data.decode()))
