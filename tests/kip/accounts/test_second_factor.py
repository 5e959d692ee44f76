"""The second step: asked of everybody who has it, required of those whose office needs it."""

from typing import Any

import pytest
from django.test import Client

from tests.kip.accounts.people import (
    PASSWORD,
    app_code,
    enrol,
    make,
    secret,
    signed_in,
    templates_of,
)

LOGIN = "/accounts/login/"
AUTHENTICATE = "/accounts/2fa/authenticate/"
SET_UP = "/accounts/2fa/"


@pytest.fixture
def required(settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = True


def by_password(client: Client, person: Any) -> Any:
    return client.post(LOGIN, {"login": person.email, "password": PASSWORD})


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["password", "code"])
def test_whoever_has_it_is_asked_whichever_way_they_come(
    client: Client, person: Any, way: str
) -> None:
    key = enrol(person)
    if way == "password":
        response = by_password(client, person)
    else:
        client.post("/accounts/login/code/", {"email": person.email})
        response = client.post(
            "/accounts/login/code/confirm/", {"code": secret(person.email, "code")}
        )
    assert response.url == AUTHENTICATE
    assert not signed_in(client)
    assert client.get("/my/").status_code == 302
    assert client.post(AUTHENTICATE, {"code": "000000"}).status_code == 200
    assert not signed_in(client)
    client.post(AUTHENTICATE, {"code": app_code(key)})
    assert signed_in(client)


@pytest.mark.django_db
def test_a_code_of_the_app_counts_once(person: Any) -> None:
    code = app_code(enrol(person))
    first, second = Client(), Client()
    for client in (first, second):
        by_password(client, person)
        client.post(AUTHENTICATE, {"code": code})
    assert signed_in(first)
    assert not signed_in(second)


@pytest.mark.django_db
def test_the_apps_key_is_sealed_in_the_database(person: Any) -> None:
    from allauth.mfa.models import Authenticator

    key = enrol(person)
    assert key not in str(list(Authenticator.objects.values_list("data", flat=True)))


@pytest.mark.django_db
@pytest.mark.usefixtures("required")
@pytest.mark.parametrize(
    ("who", "page"),
    [
        ("secretary", "/my/"),
        ("secretary", "/admin/"),
        ("secretary", "/people/me/"),
        ("secretary", "/en/"),
        ("superuser", "/admin/"),
        ("officer", "/my/"),
        ("member", "/my/"),
    ],
)
def test_who_must_set_it_up_before_anything_else(
    client: Client, who: str, page: str, monkeypatch: Any
) -> None:
    from django.contrib.auth.models import Group

    from kip.accounts import services

    person = make(is_superuser=who == "superuser")
    if who == "secretary":
        person.groups.add(Group.objects.get(name="secretary"))
    officers = {person.pk} if who == "officer" else set()
    monkeypatch.setattr(
        services.needs_second_factor, "_receivers", [lambda user, at: user.pk in officers]
    )
    by_password(client, person)
    response = client.get(page)
    if who == "member":
        assert response.headers.get("Location") != SET_UP
    else:
        assert (response.status_code, response.headers["Location"]) == (302, SET_UP)
        assert client.get(SET_UP).status_code == 200
        assert client.post("/accounts/logout/").status_code == 302


@pytest.mark.django_db(transaction=True)  # allauth writes its letter after the commit
@pytest.mark.usefixtures("required")
def test_setting_it_up_opens_the_house(client: Client, secretary: Any) -> None:
    by_password(client, secretary)
    response = client.get("/accounts/2fa/totp/activate/")
    if response.status_code == 302:  # asked for the password once more
        response = client.post(response.url, {"password": PASSWORD}, follow=True)
    page = response.content.decode()
    assert "data:image/svg+xml" in page
    key = client.session["mfa.totp.secret"]
    response = client.post("/accounts/2fa/totp/activate/", {"code": app_code(key)}, follow=True)
    assert "Recovery codes" in response.content.decode()
    assert "totp_activated" in templates_of(secretary.email)
    assert client.get("/admin/").status_code == 200


@pytest.mark.django_db
@pytest.mark.usefixtures("required")
def test_a_session_from_before_is_asked_for_it(client: Client, secretary: Any) -> None:
    """Whoever came in with a stolen password before the second step existed stays outside."""
    by_password(client, secretary)
    key = enrol(secretary)
    response = client.get("/admin/")
    assert response.url == "/accounts/2fa/reauthenticate/?next=%2Fadmin%2F"
    assert client.post(response.url, {"code": app_code(key)}).url == "/admin/"
    assert client.get("/admin/").status_code == 200


@pytest.mark.django_db
@pytest.mark.usefixtures("required")
def test_a_recovery_code_opens_too_and_works_once(client: Client, secretary: Any) -> None:
    from allauth.mfa.models import Authenticator

    enrol(secretary)
    codes = Authenticator.objects.get(user=secretary, type="recovery_codes").wrap()
    code = codes.get_unused_codes()[0]
    by_password(client, secretary)
    client.post(AUTHENTICATE, {"code": code})
    assert client.get("/admin/").status_code == 200
    other = Client()
    by_password(other, secretary)
    other.post(AUTHENTICATE, {"code": code})
    assert not signed_in(other)


@pytest.mark.django_db
@pytest.mark.usefixtures("required")
@pytest.mark.parametrize("passwordless", [True, False])
def test_a_passkey_alone_counts(client: Client, secretary: Any, passwordless: bool) -> None:
    """What allauth notes after a sign-in by passkey is what the middleware looks for."""
    from allauth.account.internal.flows.login import (
        _AUTHENTICATION_METHODS_USER_SESSION_KEY,
        AUTHENTICATION_METHODS_SESSION_KEY,
    )

    client.force_login(secretary, backend="kip.accounts.backends.Backend")
    assert client.get("/admin/").status_code == 302
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {"method": "mfa", "type": "webauthn", "passwordless": passwordless, "at": 0, "id": 1}
    ]
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(secretary.pk)
    session.save()
    assert client.get("/admin/").status_code == 200


@pytest.mark.django_db
@pytest.mark.usefixtures("required")
def test_what_it_costs(
    client: Client, person: Any, django_assert_num_queries: Any, settings: Any, monkeypatch: Any
) -> None:
    """Nothing beside session and person, but what the receivers ask for offices."""
    from kip.accounts import services

    monkeypatch.setattr(services.needs_second_factor, "_receivers", [])
    page = "/accounts/password/set/"  # answers with a redirect, before any template
    by_password(client, person)
    client.get(page)
    settings.SECOND_FACTOR_REQUIRED = False
    with django_assert_num_queries(2):  # session, user
        client.get(page)
    settings.SECOND_FACTOR_REQUIRED = True
    with django_assert_num_queries(2):  # whether it is the secretary comes with the person
        client.get(page)
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": 0}]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()
    with django_assert_num_queries(2):
        client.get(page)
