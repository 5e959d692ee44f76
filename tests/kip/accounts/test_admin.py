"""People and invitations in the secretary's workplace."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.kip.accounts.people import make, templates_of

PEOPLE = "/admin/accounts/user/"
BACKEND = "kip.accounts.backends.Backend"


@pytest.fixture
def desk(client: Client, secretary: Any) -> Client:
    client.force_login(secretary, backend=BACKEND)
    return client


@pytest.fixture
def machine_room(client: Client, db: None) -> Client:
    client.force_login(make("root@kip.example", is_superuser=True), backend=BACKEND)
    return client


@pytest.mark.parametrize("query", ["laine", "AINO@", "Aino"])
def test_finding_a_person(desk: Client, person: Any, query: str) -> None:
    make("other@kip.example", given_name="Olli", family_name="Oja")
    page = desk.get(PEOPLE, {"q": query}).content.decode()
    assert f"{PEOPLE}{person.pk}/change/" in page
    assert "Olli" not in page


def details(**changes: str) -> dict[str, str]:
    return {
        "given_name": "Aino",
        "family_name": "Laine-Virta",
        "phone": "+358 40 1",
        "language": "fi",
        "channel": "email",
        "postal_address": "",
        "is_active": "on",
        **changes,
    }


def test_mending_a_persons_details(desk: Client, person: Any, secretary: Any) -> None:
    url = f"{PEOPLE}{person.pk}/change/"
    page = desk.get(url).content.decode()
    for hidden in ("is_superuser", "password", "groups", "user_permissions"):
        assert f'name="{hidden}"' not in page
    sly = {"email": "thief@kip.example", "is_superuser": "on", "groups": "1"}
    response = desk.post(url, details(**sly))
    assert response.status_code == 302
    person.refresh_from_db()
    assert (person.family_name, person.email) == ("Laine-Virta", "aino@kip.example")
    assert not person.is_superuser
    assert person.is_active
    event = type(person).pgh_event_models.popitem()[1].objects.order_by("pgh_id").last()
    assert event.pgh_context.metadata["user"] == secretary.pk


def test_ending_a_persons_access(desk: Client, person: Any) -> None:
    data = details()
    del data["is_active"]
    desk.post(f"{PEOPLE}{person.pk}/change/", data)
    person.refresh_from_db()
    assert not person.is_active


def test_writing_down_a_person(desk: Client) -> None:
    from kip.accounts.models import User

    page = desk.get(f"{PEOPLE}add/")
    assert page.status_code == 200
    data = {**details(), "email": "Ville@Firm.example"}
    response = desk.post(f"{PEOPLE}add/", data)
    assert response.status_code == 302, response.context["adminform"].errors
    person = User.objects.get(email="ville@firm.example")
    assert not person.has_usable_password()
    assert person.emailaddress_set.get().verified is False


def test_nothing_is_deleted_and_nobody_becomes_secretary_by_the_secretary(
    desk: Client, person: Any
) -> None:
    assert desk.get(f"{PEOPLE}{person.pk}/delete/").status_code == 403
    desk.post(f"{PEOPLE}{person.pk}/secretary/")
    assert not type(person).objects.get(pk=person.pk).is_secretary
    for path in ("auth/group/", "account/emailaddress/", "mfa/authenticator/"):
        assert desk.get(f"/admin/{path}").status_code == 404


def test_a_superuser_names_the_secretary(machine_room: Client, person: Any) -> None:
    url = f"{PEOPLE}{person.pk}/secretary/"
    assert url in machine_room.get(f"{PEOPLE}{person.pk}/change/").content.decode()
    page = machine_room.get(url).content.decode()
    assert "Make Aino Laine secretary" in page
    assert not type(person).objects.get(pk=person.pk).is_secretary
    machine_room.post(url)
    assert type(person).objects.get(pk=person.pk).is_secretary


def test_sending_a_new_link(desk: Client) -> None:
    from kip.accounts import services

    at = timezone.now() - timedelta(days=20)
    person = services.ensure_person(
        email="virta@firm.example",
        given_name="Ville",
        family_name="Virta",
        language="fi",
        by=None,
        at=at,
    )
    invited = services.invite(person=person, purpose="to the board", by=None, at=at)
    page = desk.get(f"{PEOPLE}{person.pk}/change/").content.decode()
    assert "link expired" in page
    url = f"/admin/accounts/invitation/{invited.pk}/renew/"
    assert url in page
    assert person.email in desk.get(url).content.decode()
    assert len(templates_of(person.email)) == 1
    desk.post(url)
    assert len(templates_of(person.email)) == 2
    # The second press is told, not obeyed.
    assert desk.post(url).status_code == 302
    assert len(templates_of(person.email)) == 2
    assert desk.get("/admin/accounts/invitation/").status_code == 200
    assert desk.get(f"/admin/accounts/invitation/{invited.pk}/change/").status_code == 200


@pytest.mark.parametrize("page", [PEOPLE, "/admin/accounts/invitation/"])
def test_lists_take_the_same_number_of_queries_whatever_their_length(
    desk: Client, page: str, django_assert_max_num_queries: Any
) -> None:
    from kip.accounts import services

    counts = []
    for wanted in (1, 3):
        for number in range(len(counts), wanted):
            person = services.ensure_person(
                email=f"p{wanted}{number}@firm.example",
                given_name="Ville",
                family_name="Virta",
                language="fi",
                by=None,
                at=timezone.now(),
            )
            services.invite(person=person, purpose="to the board", by=None, at=timezone.now())
        with django_assert_max_num_queries(12) as queries:
            desk.get(page)
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.django_db
def test_somebody_without_an_office_does_not_enter(client: Client, person: Any) -> None:
    client.force_login(person, backend=BACKEND)
    assert client.get(PEOPLE).status_code in {302, 403}


def test_another_address_is_entered_until_one_is_proved(desk: Client, person: Any) -> None:
    from kip.accounts import services

    proved, unproved = (
        person,
        services.ensure_person(
            email="dead@kip.example",
            given_name="Olli",
            family_name="Oja",
            language="fi",
            by=None,
            at=timezone.now(),
        ),
    )
    url = f"{PEOPLE}{proved.pk}/address/"
    assert url not in desk.get(f"{PEOPLE}{proved.pk}/change/").content.decode()
    assert "Only the person can change" in desk.get(url, follow=True).content.decode()
    url = f"{PEOPLE}{unproved.pk}/address/"
    assert url in desk.get(f"{PEOPLE}{unproved.pk}/change/").content.decode()
    assert "Now: dead@kip.example" in desk.get(url).content.decode()
    taken = desk.post(url, {"email": proved.email, "once": "a"}).content.decode()
    assert "has this address already" in taken
    desk.post(url, {"email": "olli@kip.example", "once": "b"})
    unproved.refresh_from_db()
    assert unproved.email == "olli@kip.example"
