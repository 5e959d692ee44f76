"""Every personal field has a retention class from its first migration (law 12)."""

from datetime import UTC, datetime
from typing import ClassVar

import pytest
from django.apps import apps
from django.db import models
from pghistory.models import Event

from kip.accounts.models import User
from kip.audit.retention import (
    NEVER_IN_HISTORY,
    Retention,
    declared_models,
    impersonal_fields,
    looks_personal,
    personal_fields,
    undeclared,
)
from kip.audit.services import redactions

AT = datetime(2027, 3, 17, 12, 5, tzinfo=UTC)

# The frame of Django and of sign-in: their own tables of kinds, rights and sessions.
FRAME = {"admin", "auth", "contenttypes", "sessions", "pghistory", "mfa"}

EVENTS = [model for model in apps.get_models() if issubclass(model, Event)]
ROWS = [
    model
    for model in apps.get_models()
    if not issubclass(model, Event) and model._meta.app_label not in FRAME
]


def label(model):
    return model._meta.label


@pytest.mark.parametrize("model", ROWS, ids=label)
def test_what_looks_personal_is_declared(model):
    assert undeclared(model) == [], "declare them in PERSONAL or IMPERSONAL (kip.audit.retention)"


@pytest.mark.parametrize("model", ROWS, ids=label)
def test_what_is_declared_exists_once(model):
    names = {field.name for field in model._meta.get_fields()}
    assert {*personal_fields(model), *impersonal_fields(model)} <= names
    assert not set(personal_fields(model)) & set(impersonal_fields(model))


def test_what_may_go_one_day_is_reached_by_an_erasure(db):
    """Only what is kept permanently, as a record, is in no receiver of `redactions`."""
    person = User.objects.create_user("anna@kip.example", given_name="Anna")
    reached = {part.rows.model for parts in redactions(person=person, at=AT) for part in parts}
    # Rows that go together with the row they belong to.
    reached |= {
        model
        for model in ROWS
        for field in model._meta.fields
        if field.related_model in reached and field.remote_field.on_delete is models.CASCADE
    }
    for model in declared_models():
        if set(personal_fields(model).values()) != {Retention.RECORD}:
            assert model in reached, f"{model._meta.label}: tell kip.audit.services.redactions"


@pytest.mark.parametrize("model", EVENTS, ids=label)
def test_history_never_copies_what_it_must_not(model):
    for field in model._meta.fields:
        assert field.name not in NEVER_IN_HISTORY
        assert not isinstance(field, models.EmailField)
        assert not field.name.endswith(("_email", "_phone", "_password")), field


@pytest.mark.parametrize("model", EVENTS, ids=label)
def test_history_is_append_only(model):
    assert "append_only" in [trigger.name for trigger in model._meta.triggers]


@pytest.mark.parametrize(
    ("name", "kind", "personal"),
    [
        ("contact_email", models.CharField, True),
        ("address", models.EmailField, True),
        ("name", models.CharField, True),
        ("signed_by_name", models.CharField, True),
        ("ip", models.CharField, True),
        ("seen_from", models.GenericIPAddressField, True),
        ("description", models.TextField, False),
        ("shipping", models.CharField, False),
        ("signed", models.BooleanField, False),
        ("signed_at", models.DateTimeField, False),
    ],
)
def test_what_looks_personal(name, kind, personal):
    field = kind()
    field.set_attributes_from_name(name)
    assert looks_personal(field) is personal


def test_an_undeclared_field_is_found():
    class Forgotten(models.Model):
        phone = models.CharField()
        name = models.CharField()
        IMPERSONAL: ClassVar = {"name": "of a thing"}

        class Meta:
            app_label = "audit"
            abstract = True

    assert undeclared(Forgotten) == ["audit.Forgotten.phone"]
