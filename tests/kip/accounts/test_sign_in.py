"""Signing in: a password, or a code by mail; nobody signs up."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.kip.accounts.people import (
    PASSWORD,
    latest,
    make,
    secret,
    signed_in,
    templates_of,
)

LOGIN = "/accounts/login/"
CODE = "/accounts/login/code/"
CONFIRM = "/accounts/login/code/confirm/"


def by_password(client: Client, email: str, password: str = PASSWORD, **data: str) -> Any:
    return client.post(LOGIN, {"login": email, "password": password, **data})


@pytest.mark.django_db
def test_with_a_password(client: Client, person: Any) -> None:
    response = by_password(client, "AINO@kip.example")
    assert (response.status_code, response.url) == (302, reverse("my_kip"))
    assert signed_in(client)


@pytest.mark.django_db
def test_a_wrong_password_and_an_unknown_address_read_the_same(client: Client, person: Any) -> None:
    pages = [
        by_password(client, email, "not this one").content.decode()
        for email in ("aino@kip.example", "nobody@kip.example")
    ]
    assert all("do not belong together" in page for page in pages)
    assert not signed_in(client)


@pytest.mark.django_db
def test_with_a_code_by_mail(client: Client, person: Any) -> None:
    response = client.post(CODE, {"email": person.email, "next": "/people/me/"})
    assert response.status_code == 302
    page = client.get(response.url)
    assert person.email in page.content.decode()
    letter = latest(person.email)
    code = secret(person.email, "code")
    assert code not in letter.text + letter.html + letter.subject
    response = client.post(response.url, {"code": code.replace("-", " ")})
    assert (response.status_code, response.url) == (302, "/people/me/")
    assert signed_in(client)


@pytest.mark.django_db
def test_an_unknown_address_gets_a_letter_without_a_code(client: Client) -> None:
    response = client.post(CODE, {"email": "nobody@kip.example"})
    assert (response.status_code, response.url) == (302, CONFIRM)
    assert templates_of("nobody@kip.example") == ["unknown_account"]
    assert latest("nobody@kip.example").personal == {}
    # Without a code there is nothing to guess, not even nothing.
    for guess in ("", " ", "0000-0000"):
        client.post(CONFIRM, {"code": guess})
    assert not signed_in(client)


@pytest.mark.django_db
def test_three_wrong_codes_end_the_attempt(client: Client, person: Any) -> None:
    client.post(CODE, {"email": person.email})
    code = secret(person.email, "code")
    for _ in range(2):
        assert client.post(CONFIRM, {"code": "0000-0001"}).status_code == 200
    assert client.post(CONFIRM, {"code": "0000-0001"}).status_code == 302
    client.post(CONFIRM, {"code": code})
    assert not signed_in(client)


@pytest.mark.django_db
def test_a_code_sent_anew_replaces_the_first(client: Client, person: Any) -> None:
    client.post(CODE, {"email": person.email})
    first = secret(person.email, "code")
    client.post(CONFIRM, {"action": "resend"})
    second = secret(person.email, "code")
    assert first != second
    assert client.post(CONFIRM, {"code": first}).status_code == 200
    client.post(CONFIRM, {"code": second})
    assert signed_in(client)


@pytest.mark.django_db
def test_a_code_proves_the_address(client: Client) -> None:
    from django.utils import timezone

    from kip.accounts import services

    person = services.begin(email="new@firm.example", language="en", by=None, at=timezone.now())
    assert not services.can_sign_in(person)
    client.post(CODE, {"email": "new@firm.example"})
    client.post(CONFIRM, {"code": secret("new@firm.example", "code")})
    assert signed_in(client)
    assert services.can_sign_in(person)


@pytest.mark.django_db
def test_a_password_alone_does_not_prove_an_address(client: Client, person: Any) -> None:
    """`createsuperuser` makes such a person: the first sign-in asks for a code by mail."""
    person.emailaddress_set.all().delete()
    response = by_password(client, person.email)
    assert response.url == reverse("account_email_verification_sent")
    assert not signed_in(client)
    client.get(response.url)
    client.post(response.url, {"code": secret(person.email, "code")})
    assert signed_in(client)


@pytest.mark.django_db
def test_whoever_may_not_sign_in_gets_no_code(client: Client) -> None:
    gone = make("gone@kip.example", is_active=False)
    by_password(client, gone.email)
    client.post(CODE, {"email": gone.email})
    assert templates_of(gone.email) == ["unknown_account"]
    assert not signed_in(client)


@pytest.mark.django_db
def test_a_forgotten_password(client: Client, person: Any) -> None:
    response = client.post("/accounts/password/reset/", {"email": person.email})
    client.get(response.url)
    response = client.post(response.url, {"code": secret(person.email, "code")})
    assert client.get(response.url).status_code == 200
    new = "another-harbour-light"
    response = client.post(response.url, {"password1": new, "password2": new})
    assert response.status_code == 302
    assert signed_in(client)
    assert templates_of(person.email) == ["password_reset_code", "password_reset"]
    fresh = Client()
    by_password(fresh, person.email, new)
    assert signed_in(fresh)


@pytest.mark.django_db
def test_changing_ones_address(client: Client, person: Any) -> None:
    by_password(client, person.email)
    client.get(reverse("account_email"))
    response = client.post(
        reverse("account_email"), {"email": "aino.laine@kip.example", "action_add": ""}
    )
    assert response.url.startswith(reverse("account_reauthenticate"))
    assert latest("aino.laine@kip.example") is None
    response = client.post(response.url, {"password": PASSWORD})
    client.get(response.url)
    assert secret("aino.laine@kip.example", "code")
    client.post(response.url, {"code": secret("aino.laine@kip.example", "code")})
    person.refresh_from_db()
    assert person.email == "aino.laine@kip.example"
    assert templates_of("aino@kip.example") == ["email_changed"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "/accounts/signup/",
        "/accounts/signup/passkey/",
        "/accounts/2fa/webauthn/signup/",
        "/accounts/2fa/trust/",
        "/accounts/phone/verify/",
        "/accounts/social/signup/",
        "/accounts/3rdparty/",
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_signs_up(client: Client, path: str, method: str) -> None:
    from kip.accounts.models import User

    data = {"email": "x@firm.example", "password1": PASSWORD, "password2": PASSWORD}
    assert getattr(client, method)(path, data).status_code == 404
    assert not User.objects.exists()


@pytest.mark.django_db
def test_the_admin_signs_in_at_the_same_door(client: Client, secretary: Any) -> None:
    response = client.get("/admin/login/", follow=True)
    assert response.redirect_chain[-1][0].startswith(LOGIN)
    client.post("/admin/login/", {"username": secretary.email, "password": PASSWORD})
    assert not signed_in(client)
    response = by_password(client, secretary.email, next="/admin/")
    assert response.url == "/admin/"
    assert client.get("/admin/").status_code == 200


@pytest.mark.django_db
def test_there_is_one_place_to_change_a_password(client: Client, secretary: Any) -> None:
    by_password(client, secretary.email)
    assert client.get("/admin/password_change/").url == reverse("account_change_password")
    new = "another-harbour-light"
    client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )
    assert templates_of(secretary.email) == ["password_changed"]
    assert signed_in(client)


@pytest.mark.django_db
def test_createsuperuser_makes_somebody_who_can_come_in(client: Client, monkeypatch: Any) -> None:
    from django.core.management import call_command

    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", email="Root@Firm.example", interactive=False, verbosity=0)
    response = by_password(client, "root@firm.example")
    client.get(response.url)
    client.post(response.url, {"code": secret("root@firm.example", "code")})
    assert client.get("/admin/").status_code == 200


@pytest.mark.django_db
def test_a_session_ends_when_the_person_may_not_sign_in_any_more(
    client: Client, person: Any
) -> None:
    by_password(client, person.email)
    assert client.get("/people/me/").status_code == 200
    person.is_active = False
    person.save()
    assert client.get("/people/me/").status_code == 302
