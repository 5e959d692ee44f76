"""Every list of the admin: each filter that it offers opens, and what nobody offers is no error."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.test import Client, RequestFactory
from django.urls import reverse

from kip.accounts.models import User
from tests import world
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
