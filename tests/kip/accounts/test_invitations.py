"""The life of an invitation, as its receiver sees it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from kip.accounts.passwords import LongEnough
from tests.kip.accounts.people import (
    PASSWORD,
    app_code,
    enrol,
    latest,
    make,
    path_of,
    secret,
    signed_in,
    templates_of,
)

PURPOSE = "to act for your company in the association"
EMAIL = "virta@firm.example"


@pytest.fixture
def invited(db: None) -> Any:
    from kip.accounts import services

    now = timezone.now()
    person = services.ensure_person(
        email=EMAIL, given_name="Ville", family_name="Virta", language="en", by=None, at=now
    )
    return services.invite(person=person, purpose=PURPOSE, by=None, at=now)


def link() -> str:
    return path_of(secret(EMAIL, "link"))


def expire(invited: Any) -> None:
    """Fifteen days go by."""
    for field in ("created_at", "sent_at", "valid_until"):
        setattr(invited, field, getattr(invited, field) - timedelta(days=15))
    invited.save()


def test_opening_the_link_accepts_nothing(client: Client, invited: Any) -> None:
    for _ in range(2):
        page = client.get(link()).content.decode()
        assert PURPOSE in page
        assert "Accept the invitation" in page
    client.head(link())
    invited.refresh_from_db()
    assert invited.accepted_at is None
    assert not signed_in(client)


@pytest.mark.parametrize("password", ["", PASSWORD])
def test_accepting_proves_the_address_and_signs_in(
    client: Client, invited: Any, password: str
) -> None:
    from kip.accounts.services import can_sign_in

    response = client.post(link(), {"password": password})
    assert (response.status_code, response.url) == (302, "/my/")
    assert signed_in(client)
    invited.refresh_from_db()
    assert invited.accepted_at is not None
    assert can_sign_in(invited.person)
    assert invited.person.has_usable_password() == bool(password)


def test_a_weak_password_is_refused_and_nothing_is_accepted(client: Client, invited: Any) -> None:
    page = client.post(link(), {"password": "virta"})
    assert "too short" in page.content.decode()
    invited.refresh_from_db()
    assert invited.accepted_at is None
    assert not signed_in(client)


def test_all_of_it_is_in_the_language_of_who_is_invited(client: Client, invited: Any) -> None:
    """Also what the password must be, and what was wrong with it."""
    invited.person.language = "fi"
    invited.person.save()
    english: Any = {"headers": {"accept-language": "en"}}
    page = client.get(link(), **english).content.decode()
    assert 'lang="fi"' in page
    assert "Valitse salasana" in page
    assert "Your password" not in page
    with override("fi"):
        too_short = LongEnough(12).get_error_message()
    assert too_short in client.post(link(), {"password": "virta"}, **english).content.decode()
    welcome = client.post(link(), follow=True, **english).content.decode()
    assert "Tervetuloa. Osoitteesi on vahvistettu." in welcome


def test_accepting_twice_leads_to_signing_in(client: Client, invited: Any) -> None:
    used = link()
    client.post(used)
    assert client.post(used).url == "/my/"
    other = Client()
    for method in (other.get, other.post):
        page = method(used)
        assert "accepted this invitation already" in page.content.decode()
    assert not signed_in(other)


def test_an_expired_link_offers_a_new_one_to_the_same_address(client: Client, invited: Any) -> None:
    old = link()
    expire(invited)
    page = client.get(old).content.decode()
    assert "Send me a new link" in page
    assert "Send me a new link" in client.post(old).content.decode()
    assert client.get(f"{old}new-link/").url == old
    assert EMAIL in client.post(f"{old}new-link/").content.decode()
    assert templates_of(EMAIL) == ["invitation", "invitation"]
    assert link() != old
    assert "Send me a new link" in client.get(old).content.decode()
    # Pressed twice, sent once.
    assert client.post(f"{old}new-link/").status_code == 302
    assert len(templates_of(EMAIL)) == 2
    client.post(link())
    assert signed_in(client)


def test_an_invitation_that_was_taken_back_says_so(client: Client, invited: Any) -> None:
    from kip.accounts import services

    old = link()
    services.take_back_invitation(invitation=invited, by=None, at=timezone.now())
    assert templates_of(EMAIL) == ["invitation", "invitation-taken-back"]
    assert "The link in the earlier letter does not work any more." in latest(EMAIL).text
    assert client.post(f"{old}new-link/").url == old
    for response in (client.get(old), client.post(old)):
        assert response.status_code == 410
        assert "has taken this invitation back" in response.content.decode()
    assert not signed_in(client)


@pytest.mark.parametrize("change", ["altered", "unsigned"])
def test_a_link_that_is_not_ours_opens_nothing(client: Client, invited: Any, change: str) -> None:
    token = link().split("/")[-2]
    token = {
        "altered": token[:-1] + ("A" if token[-1] != "A" else "B"),
        "unsigned": "hello",
    }[change]
    for path in (f"/people/invitation/{token}/", f"/people/invitation/{token}/new-link/"):
        assert client.post(path).status_code == 404


def test_somebody_elses_session_cannot_accept(client: Client, invited: Any) -> None:
    client.force_login(make(), backend="kip.accounts.backends.Backend")
    page = client.post(link()).content.decode()
    assert "for somebody else" in page
    invited.refresh_from_db()
    assert invited.accepted_at is None


def test_the_link_is_not_readable_in_the_outbox(invited: Any) -> None:
    letter = latest(EMAIL)
    token = link().split("/")[-2]
    stored = " ".join(map(str, vars(letter).values()))
    assert token not in stored
    assert invited.nonce not in stored


def test_a_second_factor_is_still_asked_for(client: Client, invited: Any) -> None:
    key = enrol(invited.person)
    response = client.post(link())
    assert response.url == "/accounts/2fa/authenticate/"
    assert not signed_in(client)
    client.post(response.url, {"code": app_code(key)})
    assert signed_in(client)


def test_a_link_cannot_replace_a_password(client: Client, invited: Any) -> None:
    invited.person.set_password(PASSWORD)
    invited.person.save()
    response = client.post(link(), {"password": "another-harbour-light"})
    assert response.url == "/accounts/login/?lang=en"
    invited.person.refresh_from_db()
    assert invited.person.check_password(PASSWORD)


def test_accepting_one_answers_all_that_wait(client: Client, invited: Any) -> None:
    from kip.accounts import services
    from kip.accounts.models import Invitation

    services.invite(person=invited.person, purpose="to the board", by=None, at=timezone.now())
    client.post(link())
    assert not Invitation.objects.waiting().exists()


@pytest.mark.django_db(transaction=True)
def test_a_link_pressed_in_many_places_while_the_person_is_invited_anew() -> None:
    """One acceptance, no deadlock, and never two waiting invitations for the same."""
    from kip.accounts import services
    from kip.accounts.models import Invitation

    now = timezone.now()
    person = services.ensure_person(
        email=EMAIL, given_name="Ville", family_name="Virta", language="en", by=None, at=now
    )
    services.invite(person=person, purpose=PURPOSE, by=None, at=now)
    token = link().split("/")[-2]

    def act(number: int) -> str:
        try:
            if number % 2:
                services.invite(person=person, purpose=PURPOSE, by=None, at=now)
                return "invited"
            services.accept_invitation(token=token, by=person, at=now)
            return "accepted"
        except services.UnusableLink:
            return "told"
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        outcomes = list(pool.map(act, range(20)))
    assert outcomes.count("accepted") == 1
    assert outcomes.count("told") == 9
    assert not Invitation.objects.waiting().exists()
