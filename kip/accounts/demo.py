"""Demo people, who share a printed password, and the lock that keeps them out of real servers."""

import functools
from datetime import datetime

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.transaction import atomic

from kip.accounts import services
from kip.accounts.models import User
from kip.hooks import Hook
from kip.mail.services import sent_long_ago

DOMAIN = "@kip.example"
SECRETARY_ADDRESS = f"secretary{DOMAIN}"

# receiver(password=str, at=datetime) -> None
demo_data: Hook[None] = Hook("Loads an app's invented data, once, after the demo secretary.")


@functools.cache
def _hashed(password: str) -> str:
    """One hash for all who share the password: hashing is slow on purpose."""
    return make_password(password)


def demo_person(
    email: str, given_name: str, family_name: str, language: str, password: str, at: datetime
) -> User:
    """A known person who can sign in at once with the demo password."""
    person = services.ensure_person(
        email=email,
        given_name=given_name,
        family_name=family_name,
        language=language,
        by=None,
        at=at,
    )
    person.password = _hashed(password)
    person.save(update_fields=["password"])
    EmailAddress.objects.filter(user=person, email=person.email).update(verified=True)
    return person


def load(*, password: str, at: datetime) -> bool:
    """Load all demo data, in one transaction of the caller's. False when it is there already."""
    if User.objects.filter(email=SECRETARY_ADDRESS).exists():
        return False
    secretary = demo_person(SECRETARY_ADDRESS, "Sanna", "Demo-Sihteeri", "en", password, at)
    services.make_secretary(person=secretary, by=None, at=at)
    with sent_long_ago():
        demo_data(password=password, at=at)
    return True


def demo_sign_ins() -> QuerySet[User]:
    """Everybody under the demo's domain who could come in."""
    proved = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
    return (
        User.objects.filter(is_active=True, email__endswith=DOMAIN)
        .filter(Exists(proved) | ~(Q(password="") | Q(password__startswith="!")))
        .order_by("pk")
    )


def refuse_demo_sign_ins_at_start(**kwargs: object) -> None:
    """A worker starts."""
    refuse_demo_sign_ins()


def refuse_demo_sign_ins() -> None:
    """Stop a program that would serve demo sign-ins to the world.

    Asked at the start of web and worker. Raises `ImproperlyConfigured`. A database without tables,
    or out of reach, has none: that is somebody else's complaint.
    """
    if settings.DEMO_ALLOWED:
        return
    try:
        with atomic():
            found = list(demo_sign_ins().values_list("email", flat=True)[:3])
    except DatabaseError:
        return
    if found:
        raise ImproperlyConfigured(
            f"This database has demo sign-ins ({', '.join(map(str, found))} …), whose password is "
            "known to everybody. Use a database without demo data, or make those people unable to "
            "sign in."
        )
