"""Every page of sign-in: in the house's look, without inline code, in the reader's language."""

import re
from typing import Any

import pytest
from django.test import Client

from tests.kip.accounts.people import PASSWORD, app_code, enrol, make

BACKEND = "kip.accounts.backends.Backend"
INLINE = re.compile(
    r"""\sstyle=|\son[a-z]+=|<style|<script(?![^>]*\bsrc=)(?![^>]*type="application/json")""", re.I
)

FOR_ALL = [
    "/accounts/login/",
    "/accounts/login/code/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/inactive/",
]
SIGNED_IN = [
    "/people/me/",
    "/accounts/logout/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/reauthenticate/",
    "/accounts/2fa/",
    "/accounts/2fa/webauthn/",
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/webauthn/add/",
]
WITH_SECOND_FACTOR = [
    "/accounts/2fa/",
    "/accounts/2fa/totp/deactivate/",
    "/accounts/2fa/recovery-codes/",
    "/accounts/2fa/recovery-codes/generate/",
    "/accounts/2fa/reauthenticate/",
]


def check(response: Any) -> str:
    page = response.content.decode()
    assert response.status_code == 200, response.headers.get("Location")
    assert 'id="main"' in page  # base.html, not allauth's own
    assert page.count("<h1") == 1
    assert "placeholder=" not in page
    assert not INLINE.search(page), INLINE.search(page)
    assert "signup" not in page
    return page


@pytest.mark.django_db
@pytest.mark.parametrize("path", FOR_ALL)
def test_a_page_for_everybody(client: Client, path: str) -> None:
    check(client.get(path))


def reauthenticated(client: Client, person: Any, data: dict[str, str], way: str) -> None:
    client.force_login(person, backend=BACKEND)
    client.post(f"/accounts/{way}", data)


@pytest.mark.django_db
@pytest.mark.parametrize("path", SIGNED_IN)
def test_a_page_of_ones_own(client: Client, person: Any, path: str) -> None:
    reauthenticated(client, person, {"password": PASSWORD}, "reauthenticate/")
    check(client.get(path))


@pytest.mark.django_db
@pytest.mark.parametrize("path", WITH_SECOND_FACTOR)
def test_a_page_with_a_second_factor(client: Client, person: Any, path: str) -> None:
    key = enrol(person)
    reauthenticated(client, person, {"code": app_code(key)}, "2fa/reauthenticate/")
    check(client.get(path))


@pytest.mark.django_db
def test_choosing_a_password_for_the_first_time(client: Client) -> None:
    person = make(password="")
    client.force_login(person, backend=BACKEND)
    check(client.get("/accounts/password/set/"))
    client.post("/accounts/password/set/", {"password1": PASSWORD, "password2": PASSWORD})
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


@pytest.mark.django_db
def test_the_steps_of_a_sign_in(client: Client, person: Any) -> None:
    enrol(person)
    client.post("/accounts/login/code/", {"email": person.email})
    page = check(client.get("/accounts/login/code/confirm/"))
    assert "15 minutes" in page
    other = Client()
    other.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    check(other.get("/accounts/2fa/authenticate/"))


@pytest.mark.django_db
def test_my_details(client: Client, person: Any) -> None:
    client.force_login(person, backend=BACKEND)
    data = {
        "given_name": "Aina",
        "family_name": "Laine",
        "phone": "",
        "language": "sv",
        "channel": "email",
    }
    assert client.post("/people/me/", data).status_code == 302
    person.refresh_from_db()
    assert (person.given_name, person.language) == ("Aina", "sv")
    bad = client.post("/people/me/", {**data, "family_name": "", "given_name": "Typed"})
    assert bad.status_code == 200
    assert "Typed" in bad.content.decode()
    assert Client().get("/people/me/").status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_whose_language_a_page_is_in(client: Client, language: str) -> None:
    person = make(language=language)
    client.force_login(person, backend=BACKEND)
    client.cookies["django_language"] = "en"
    own = client.get("/people/me/", HTTP_ACCEPT_LANGUAGE="en")
    assert f'<html lang="{language}">' in own.content.decode()
    assert own.headers["Content-Language"] == language
    public = client.get("/sv/")
    assert '<html lang="sv">' in public.content.decode()
    stranger = Client().get("/accounts/login/", HTTP_ACCEPT_LANGUAGE=language)
    assert f'<html lang="{language}">' in stranger.content.decode()


@pytest.mark.django_db
def test_the_language_switch_is_remembered_with_the_person(client: Client, person: Any) -> None:
    client.force_login(person, backend=BACKEND)
    client.post("/language/", {"language": "fi", "next": "/people/me/"})
    person.refresh_from_db()
    assert person.language == "fi"
    client.post("/language/", {"language": "xx"})
    person.refresh_from_db()
    assert person.language == "fi"
    client.post("/language/", {"language": "de"})
    person.refresh_from_db()
    assert person.language == "fi"


@pytest.mark.django_db
def test_public_pages_cost_a_stranger_no_query_for_the_language(
    client: Client, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        client.get("/accounts/login/")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("area", "name"),
    [
        ("account", name)
        for name in (
            "login_code",
            "password_reset_code",
            "email_confirmation",
            "email_confirmation_signup",
            "unknown_account",
            "account_already_exists",
            "password_changed",
            "password_set",
            "password_reset",
            "email_changed",
            "email_deleted",
        )
    ]
    + [
        ("mfa", name)
        for name in (
            "totp_activated",
            "totp_deactivated",
            "webauthn_added",
            "webauthn_removed",
            "recovery_codes_generated",
        )
    ],
)
def test_every_letter_that_allauth_may_send_is_ours(area: str, name: str, rf: Any) -> None:
    from allauth.core.context import request_context

    from kip.accounts.adapter import AccountAdapter
    from tests.kip.accounts.people import latest

    request = rf.post("/")
    with request_context(request):
        AccountAdapter(request).send_mail(
            f"{area}/email/{name}",
            "Somebody@kip.example",
            {
                "code": "1234-5678" if "code" in name or "confirmation" in name else "",
                "ip": "192.0.2.1",
                "from_email": "old@kip.example",
                "to_email": "new@kip.example",
                "deleted_email": "old@kip.example",
            },
        )
    letter = latest("Somebody@kip.example")
    assert letter.subject
    assert "1234-5678" not in letter.text
    assert "You get this because" in letter.text


def test_no_mail_of_allauth_is_forgotten() -> None:
    """A new version of allauth may bring a new letter: then this test asks for its template."""
    from pathlib import Path

    import allauth
    from django.conf import settings

    ours = Path(settings.BASE_DIR) / "templates"
    theirs = Path(allauth.__file__).parent / "templates"
    by_link_only = {"password_reset_key", "email_confirm"}
    for area in ("account", "mfa"):
        names = {
            file.name.removesuffix("_subject.txt")
            for file in (theirs / area / "email").glob("*_subject.txt")
        }
        missing = {
            name for name in names - by_link_only if not (ours / area / f"mail/{name}.txt").exists()
        }
        assert not missing


@pytest.mark.django_db
@pytest.mark.parametrize("browser", ["en", "sv"])
def test_a_stranger_signs_in_in_the_language_of_the_public_page(
    client: Client, browser: str
) -> None:
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = browser
    public = client.get("/fi/")
    assert not public.cookies
    assert 'href="/accounts/login/?lang=fi"' in public.content.decode()
    brought = client.get("/accounts/login/?next=/my/&lang=fi")
    assert (brought.status_code, brought.headers["Location"]) == (
        302,
        "/accounts/login/?next=%2Fmy%2F",
    )
    for path in ("/accounts/login/?next=/my/", "/accounts/login/code/"):
        assert '<html lang="fi">' in client.get(path).content.decode()
    # A choice made there stands.
    client.post("/language/", {"language": "en", "next": "/accounts/login/"})
    assert '<html lang="en">' in client.get("/accounts/login/").content.decode()


@pytest.mark.django_db
def test_an_applicant_types_the_code_in_the_language_of_the_public_page(client: Client) -> None:
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    response = client.post("/fi/apply/", {"email": "new@firm.example"}, follow=True)
    assert response.redirect_chain
    assert '<html lang="fi">' in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["xx", "", "fi/../", "//evil.example"])
def test_a_language_we_do_not_have_is_not_remembered(client: Client, language: str) -> None:
    response = client.get("/accounts/login/", {"lang": language})
    assert response.status_code == 200
    assert "django_language" not in response.cookies


@pytest.mark.django_db
def test_a_signed_in_person_switches_for_good_on_a_public_page_too(
    client: Client, person: Any
) -> None:
    client.force_login(person, backend=BACKEND)
    page = client.get("/fi/?from=mail").content.decode()
    assert 'name="language" value="sv"' in page
    assert '<input type="hidden" name="next" value="/fi/?from=mail">' in page
    there = client.post("/language/", {"language": "sv", "next": "/fi/?from=mail"})
    assert there.headers["Location"] == "/sv/?from=mail"
    person.refresh_from_db()
    assert person.language == "sv"
