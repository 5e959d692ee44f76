import time
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from kip import desk
from kip.accounts.models import SECRETARY, User
from kip.celery import app as celery_app

NOTHING_HERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def person(db: None, client: Client) -> User:
    user = User.objects.create_user("anna@kip.example", given_name="Anna", language="sv")
    client.force_login(user, backend="kip.accounts.backends.Backend")
    return user


@pytest.fixture
def secretary(person: User, settings: object) -> User:
    settings.SECOND_FACTOR_REQUIRED = False  # type: ignore[attr-defined]
    person.groups.add(Group.objects.get_or_create(name=SECRETARY)[0])
    return person


def waiting(**_asked: object) -> list[desk.Waiting]:
    since = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        desk.Waiting(
            "Later",
            "/later/",
            since,
            due=timezone.now() + timedelta(days=40),
            group="B",
        ),
        desk.Waiting("Sooner", "/sooner/", since, group="A"),
    ]


class TestHome:
    @pytest.mark.parametrize("language", ["fi", "sv", "en"])
    def test_is_public_in_every_language(self, client: Client, db: None, language: str) -> None:
        html = client.get(f"/{language}/").content.decode()
        assert f'<html lang="{language}">' in html
        assert html.count("<h1") == 1
        assert 'href="#main"' in html

    def test_leads_to_the_same_page_in_the_other_languages(self, client: Client, db: None) -> None:
        html = client.get("/en/?from=mail").content.decode()
        assert '<a href="/fi/?from=mail" lang="fi" hreflang="fi">suomi</a>' in html
        assert '<a href="/sv/?from=mail" lang="sv" hreflang="sv">svenska</a>' in html

    def test_asks_the_database_nothing_and_leaves_no_cookie(self, client: Client) -> None:
        answer = client.get("/en/")  # this test has no database
        assert answer.status_code == 200
        assert not answer.cookies

    def test_only_get(self, client: Client) -> None:
        assert client.post("/en/").status_code == 405


class TestMyKip:
    def test_needs_sign_in(self, client: Client, db: None) -> None:
        assert client.get("/my/").status_code == 302

    def test_tells_what_waits_the_most_urgent_first(
        self, client: Client, person: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(desk.waits_for, "_receivers", [waiting])
        html = client.get("/my/").content.decode()
        assert 0 < html.index("/sooner/") < html.index("/later/")

    def test_remembers_the_language_where_the_address_has_none(
        self, client: Client, person: User
    ) -> None:
        html = client.get("/my/").content.decode()
        assert '<html lang="sv">' in html
        assert '<button type="submit" name="language" value="fi" lang="fi">suomi</button>' in html
        client.post("/language/", {"language": "fi", "next": "/my/"})
        assert '<html lang="fi">' in client.get("/my/").content.decode()


class TestTheDesk:
    def test_groups_what_waits(
        self, client: Client, secretary: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(desk.on_the_desk, "_receivers", [waiting])
        html = client.get("/admin/").content.decode()
        assert 0 < html.index("/sooner/") < html.index("/later/")

    def test_is_only_for_staff(self, client: Client, person: User) -> None:
        assert client.get("/admin/").status_code in {302, 403}


class TestHealth:
    def test_alive_without_the_database(self, client: Client) -> None:
        assert client.get("/healthz").content == b"ok\n"  # this test has no database

    def test_ready_names_what_does_not_answer(self, client: Client, db: None) -> None:
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json() == {"ready": False, "missing": ["worker"]}

    def test_names_migrations_not_applied(self, client: Client, db: None) -> None:
        last = MigrationRecorder.Migration.objects.latest("id")
        MigrationRecorder(connection).record_unapplied(last.app, last.name)
        assert "migrations" in client.get("/readyz").json()["missing"]

    def test_does_not_hang_when_the_broker_is_down(
        self, client: Client, db: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(celery_app.conf, "broker_url", NOTHING_HERE)
        monkeypatch.setattr(celery_app.conf, "broker_write_url", NOTHING_HERE)
        began = time.monotonic()
        assert client.get("/readyz").json()["missing"] == ["broker", "worker"]
        assert time.monotonic() - began < 2


class TestErrors:
    def test_not_found_wears_the_shell(self, client: Client, person: User) -> None:
        answer = client.get("/no-such-page/")
        assert answer.status_code == 404
        assert 'id="main"' in answer.content.decode()

    def test_a_form_without_its_token_says_what_to_do(self, db: None) -> None:
        answer = Client(enforce_csrf_checks=True).post("/language/", {"language": "fi"})
        assert answer.status_code == 403
        assert "nothing was saved" in answer.content.decode()

    def test_a_failure_says_sorry_without_the_database(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_arguments: object, **_more: object) -> None:
            raise RuntimeError

        monkeypatch.setattr("kip.views.render", fail)
        client.raise_request_exception = False
        answer = client.get("/en/")
        assert answer.status_code == 500
        assert "The fault is ours" in answer.content.decode()
