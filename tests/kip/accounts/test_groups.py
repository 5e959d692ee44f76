"""The secretary's rights in the admin come from the apps, after each migration."""

import pytest
from django.core.management import call_command


@pytest.mark.django_db
def test_the_secretary_looks_at_everything_and_deletes_nothing() -> None:
    from django.contrib.auth.models import Group, Permission

    held = Group.objects.get(name="secretary").permissions
    assert held.filter(codename="change_user").exists()
    house = ["accounts", "mail", "bylaws", "documents", "members", "board"]
    views = Permission.objects.filter(
        content_type__app_label__in=house, codename__startswith="view_"
    )
    assert set(views) <= set(held.all())
    assert not held.filter(codename__startswith="delete_").exists()


@pytest.mark.django_db
def test_migrating_again_mends_and_adds_nothing() -> None:
    from django.contrib.auth.models import Group, Permission

    group = Group.objects.get(name="secretary")
    before = set(group.permissions.all())
    group.permissions.add(Permission.objects.get(codename="delete_user"))
    group.permissions.remove(Permission.objects.get(codename="view_user"))
    call_command("migrate", verbosity=0)
    assert set(group.permissions.all()) == before
    assert Group.objects.filter(name="secretary").count() == 1
