"""Every list of the admin: each filter that it offers opens, and what nobody offers is no error."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.test import Client, RequestFactory
from django.urls import reverse

from kip.accounts.models import User
from kip.admin_site import Downloadable
from tests import world
from tests.members.factories import a_secretary
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def the_world(db: None) -> World:
    return world.build()


def a_client(person: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(person, backend="kip.accounts.backends.Backend")
    return client


def lists(the: World) -> Iterator[tuple[ModelAdmin, str, User]]:
    """Each list, its address, and somebody who may read it."""
    for model, of_it in admin.site._registry.items():
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for person in (the.secretary, the.superuser):
            if a_client(person).get(address).status_code == 200:
                yield of_it, address, person
                break
        else:
            raise AssertionError(f"neither secretary nor superuser reads {address}")


def a_changelist(of_it: ModelAdmin, address: str, person: User) -> Any:
    request = RequestFactory().get(address)
    request.user = person
    return of_it.get_changelist_instance(request)


def test_every_link_that_a_filter_offers_opens(the_world: World) -> None:
    opened, wrong = 0, []
    for of_it, address, person in lists(the_world):
        client, changelist = a_client(person), a_changelist(of_it, address, person)
        for spec in changelist.filter_specs:
            for choice in spec.choices(changelist):
                link = address + choice["query_string"]
                opened += 1
                if client.get(link).status_code != 200:
                    wrong.append(link)
    assert not wrong
    assert opened > 80


def test_what_no_filter_offers_is_no_error(the_world: World) -> None:
    wrong = []
    for of_it, address, person in lists(the_world):
        client, changelist = a_client(person), a_changelist(of_it, address, person)
        asked = {name for spec in changelist.filter_specs for name in spec.expected_parameters()}
        places = [(address, value) for value in ("\0", "9" * 5000, "nothing")]
        if isinstance(of_it, Downloadable):  # which asks the same list
            places.append((f"{address}download/csv/", "\0"))
        for where, value in places:
            for name in {*asked, "status", "q", "p", "o"}:
                if client.get(where, {name: value}).status_code >= 500:
                    wrong.append(f"{where}?{name}={value[:9]!r}")
    assert not wrong


def test_a_status_that_there_is_not_narrows_pairs_as_none_does(the_world: World) -> None:
    client = a_client(the_world.secretary)
    address = reverse("admin:members_companypair_changelist")
    shown = [
        [pair.pk for pair in client.get(address, asked).context["cl"].result_list]
        for asked in ({}, {"status": "nonsense"})
    ]
    assert shown[0] == shown[1] == [the_world.company_pair.pk]


def test_every_empty_list_says_what_will_be_here() -> None:
    silent = [
        model._meta.label
        for model, of_it in admin.site._registry.items()
        if not getattr(of_it, "nothing_yet", "")
    ]
    assert not silent
    page = a_client(a_secretary()).get(reverse("admin:members_companypair_changelist"))
    assert "Only pairs that nobody has settled yet are shown" in page.content.decode()


def test_a_filter_is_called_by_its_title_alone(the_world: World) -> None:
    address = reverse("admin:members_member_changelist")
    page = a_client(the_world.secretary).get(address).content.decode()
    assert "<summary>Nobody is</summary>" in page
    assert "By nobody" not in page
