"""Demo people never reach a real server."""

from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client

from tests.kip.accounts.people import AT, PASSWORD, make, signed_in


@pytest.fixture
def loaded(monkeypatch: Any) -> list[str]:
    """Calls of the hook, instead of what the other apps load."""
    from kip.accounts import demo

    calls: list[str] = []
    monkeypatch.setattr(demo.demo_data, "_receivers", [lambda password, at: calls.append(password)])
    return calls


def load(*args: str) -> str:
    out = StringIO()
    call_command("load_demo", *args, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_it_is_loaded_once(client: Client, loaded: list[str], settings: Any) -> None:
    from kip.accounts.models import User

    settings.DEMO_PASSWORD = PASSWORD
    assert "secretary@kip.example" in load()
    assert "already" in load()
    assert loaded == [PASSWORD]
    assert User.objects.get(email="secretary@kip.example").is_secretary
    client.post("/accounts/login/", {"login": "secretary@kip.example", "password": PASSWORD})
    assert signed_in(client)
    assert client.get("/admin/").status_code == 200


@pytest.mark.django_db
def test_a_failure_in_one_app_loads_nothing(monkeypatch: Any) -> None:
    from kip.accounts import demo
    from kip.accounts.models import User

    def fail(password: str, at: Any) -> None:
        raise ValueError("broken demo data")

    monkeypatch.setattr(demo.demo_data, "_receivers", [fail])
    with pytest.raises(ValueError, match="broken demo data"):
        load()
    assert not User.objects.exists()


@pytest.mark.django_db
def test_elsewhere_it_takes_an_explicit_word(loaded: list[str], settings: Any) -> None:
    settings.DEMO_ALLOWED = False
    with pytest.raises(CommandError, match="--yes-with-known-password"):
        load()
    assert loaded == []
    load("--yes-with-known-password")
    assert len(loaded) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("email", "fields", "refused"),
    [
        ("chair@kip.example", {}, True),
        ("chair@kip.example", {"password": ""}, True),
        ("chair@kip.example", {"is_active": False}, False),
        ("chair@firm.example", {}, False),
    ],
)
def test_a_real_server_does_not_start_with_demo_sign_ins(
    email: str, fields: dict[str, Any], refused: bool, settings: Any
) -> None:
    from kip.accounts.demo import refuse_demo_sign_ins

    make(email, **fields)
    refuse_demo_sign_ins()
    settings.DEMO_ALLOWED = False
    if refused:
        with pytest.raises(ImproperlyConfigured, match=email):
            refuse_demo_sign_ins()
    else:
        refuse_demo_sign_ins()


@pytest.mark.django_db
def test_people_who_cannot_come_in_are_no_danger(settings: Any) -> None:
    from kip.accounts import services
    from kip.accounts.demo import refuse_demo_sign_ins

    services.begin(email="stranger@kip.example", language="fi", by=None, at=AT)
    settings.DEMO_ALLOWED = False
    refuse_demo_sign_ins()


@pytest.mark.django_db
def test_a_database_without_tables_has_none(settings: Any) -> None:
    from kip.accounts.demo import refuse_demo_sign_ins

    settings.DEMO_ALLOWED = False
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE accounts_user RENAME TO not_yet")
        refuse_demo_sign_ins()
        transaction.set_rollback(True)
