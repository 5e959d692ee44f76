"""Whoever reads the whole database finds no code, no link, no secret that opens anything."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.kip.accounts.people import PASSWORD, enrol, make, secret


def everything() -> str:
    """Every text in every table, as SQL sees it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
        )
        tables = [name for (name,) in cursor.fetchall()]
        found = []
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            found += [row for (row,) in cursor.fetchall()]
    return "\n".join(found)


@pytest.mark.django_db
def test_no_secret_is_readable_in_any_table(client: Client) -> None:
    from kip.accounts import services

    person = make()
    totp = enrol(person)
    client.post("/accounts/login/code/", {"email": person.email})
    code = secret(person.email, "code")
    reset = Client()
    reset.post("/accounts/password/reset/", {"email": person.email})
    reset_code = secret(person.email, "code")
    stranger = services.ensure_person(
        email="virta@firm.example",
        given_name="Ville",
        family_name="Virta",
        language="fi",
        by=None,
        at=timezone.now(),
    )
    services.invite(person=stranger, purpose="to the board", by=None, at=timezone.now())
    link = secret(stranger.email, "link")
    token = link.split("/")[-2]

    stored = everything()
    assert client.session.session_key in stored  # the scan does see sessions
    assert person.email in stored
    for what in (code, reset_code, link, token, totp, PASSWORD):
        for written in (what, what.replace("-", "")):
            assert written not in stored


@pytest.mark.django_db
def test_a_session_says_nothing_to_who_reads_its_row(client: Client, person: Any) -> None:
    from django.contrib.sessions.models import Session
    from django.core import signing

    client.post("/accounts/login/code/", {"email": person.email})
    row = Session.objects.get()
    code = secret(person.email, "code")
    assert (
        code == client.session["account_login"]["state"]["stages"]["login_by_code"]["data"]["code"]
    )
    # Django's session is signed and compressed, not encrypted: inside the wrapping there is a seal.
    inside = signing.b64_decode(row.session_data.split(":")[0].lstrip(".").encode())
    assert code.encode() not in inside
