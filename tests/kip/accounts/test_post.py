"""How a person is written to: chosen, and always with somewhere to go."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kip.accounts import services
from kip.accounts.models import User
from kip.exceptions import DomainError
from kip.mail.services import address_offered, way_to
from kip.mail.states import Channel
from tests.kip.accounts.people import make
from tests.members.factories import a_member, a_representative

BACKEND = "kip.accounts.backends.Backend"
DETAILS = {
    "given_name": "Aino",
    "family_name": "Laine",
    "phone": "",
    "language": "en",
    "channel": "letter",
    "postal_address": "",
}

pytestmark = pytest.mark.django_db


def of_a_company(person: User) -> None:
    member = a_member(name="Esimerkki Oy", street="Tehtaantie 1", postcode="67900", city="Kokkola")
    a_representative(member, person, "general")


def test_oneself_chooses_letters(client: Client, person: User) -> None:
    client.force_login(person, backend=BACKEND)
    client.post(
        reverse("accounts:details"), DETAILS | {"postal_address": " Tie  1\r\n\r\n67900 K "}
    )
    person.refresh_from_db()
    assert (person.channel, person.postal_address) == (Channel.LETTER, "Tie 1\n67900 K")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "Give an address, or choose e-mail"),
        ("\n".join("abcdef"), "At most 5 lines"),
        ("x" * 51, "50 letters"),
    ],
)
def test_an_address_that_cannot_be_is_refused_beside_the_field(
    client: Client, person: User, address: str, words: str
) -> None:
    client.force_login(person, backend=BACKEND)
    page = client.post(
        reverse("accounts:details"), DETAILS | {"postal_address": address, "phone": "+358 1"}
    )
    assert words in page.context["form"].errors["postal_address"][0]
    assert "+358 1" in page.content.decode()
    person.refresh_from_db()
    assert person.channel == Channel.EMAIL


def test_the_address_of_the_company_serves(client: Client, person: User) -> None:
    of_a_company(person)
    client.force_login(person, backend=BACKEND)
    page = client.get(reverse("accounts:details")).content.decode()
    assert "If it is left empty: Esimerkki Oy, Tehtaantie 1, 67900 Kokkola." in page
    client.post(reverse("accounts:details"), DETAILS)
    person.refresh_from_db()
    assert (person.channel, person.postal_address) == (Channel.LETTER, "")
    way = way_to(person, at=timezone.now())
    assert way.lines == (str(person), "Esimerkki Oy", "Tehtaantie 1", "67900 Kokkola")


def test_nothing_is_offered_to_others(person: User) -> None:
    assert address_offered(person, at=timezone.now()) == []


def test_the_secretary_chooses_for_somebody(client: Client, person: User, secretary: User) -> None:
    client.force_login(secretary, backend=BACKEND)
    url = reverse("admin:accounts_user_change", args=[person.pk])
    page = client.post(url, DETAILS | {"is_active": "on"})
    assert page.status_code == 200
    assert "Give an address" in page.content.decode()
    page = client.post(url, DETAILS | {"is_active": "on", "postal_address": "Tie 1\n67900 K"})
    assert page.status_code == 302
    person.refresh_from_db()
    assert person.channel == Channel.LETTER


def test_a_new_person_without_mail(client: Client, secretary: User) -> None:
    client.force_login(secretary, backend=BACKEND)
    url = reverse("admin:accounts_user_add")
    typed: dict[str, Any] = DETAILS | {"given_name": "Paavo", "email": ""}
    assert "Give an address" in client.post(url, typed).content.decode()
    assert not User.objects.filter(given_name="Paavo").exists()
    assert client.post(url, typed | {"postal_address": "Tie 1"}).status_code == 302
    assert User.objects.get(given_name="Paavo").postal_address == "Tie 1"


def test_who_is_known_keeps_what_they_have(secretary: User) -> None:
    known = make("known@kip.example", given_name="Kaisa", postal_address="Oma 1")
    services.name_person(
        email=known.email,
        given_name="Kaisa",
        family_name="",
        language="fi",
        phone="",
        channel=Channel.LETTER,
        postal_address="Toinen 2",
        by=secretary,
        at=timezone.now(),
    )
    known.refresh_from_db()
    assert (known.channel, known.postal_address) == (Channel.EMAIL, "Oma 1")


def test_what_is_not_given_stays(person: User) -> None:
    typed = {"given_name": "A", "family_name": "B", "phone": "", "language": "fi"}
    who = {"person": person, "by": person, "at": timezone.now()}
    services.update_profile(**typed, channel="letter", postal_address="Tie 1", **who)
    services.update_profile(**typed, **who)
    person.refresh_from_db()
    assert (person.channel, person.postal_address) == ("letter", "Tie 1")
    with pytest.raises(DomainError):
        services.update_profile(**typed, postal_address="", **who)
