"""How long what is known about a person is kept: a class for every personal field.

A model says so itself, from its first migration:

    class Application(models.Model):
        PERSONAL: ClassVar[dict[str, Retention]] = {"contact_name": Retention.APPLICATION}
        IMPERSONAL: ClassVar[dict[str, str]] = {"company_name": "the name of a company"}

A test (tests/kip/audit/test_personal_fields.py) fails on a field that looks personal and is in
neither. Models of other people's packages are declared with `declare`. The classes say when a field
may go, after as many months as the bylaws say; a person decides, and `kip.audit.services.redact`
does it.
"""

import re
from collections.abc import Mapping

from django.apps import apps
from django.db import models
from django.utils.translation import gettext_lazy as _


class Retention(models.TextChoices):
    """Why a personal field is kept, and so until when."""

    SIGN_IN = "sign_in", _("while the person may sign in")
    CONTACT = "contact", _("while the person has a part in the association, and for a time after")
    APPLICATION = "application", _("for a time after the application was decided")
    CORRESPONDENCE = "correspondence", _("for a time after the message was sent")
    RECORD = "record", _("permanently, as a record of the association's decisions")


# Never copied into history (law 12): the row itself is the only place where they are.
NEVER_IN_HISTORY = {"password", "last_login", "email", "phone", "postal_address"}

_LOOKS_PERSONAL = re.compile(
    r"(^|_)(name|email|mail|phone|mobile|telephone|address|signature|signed|ip|born|birthday)(_|$)"
)

_declared: dict[str, tuple[dict[str, Retention], dict[str, str]]] = {}


def declare(
    label: str,
    *,
    personal: Mapping[str, Retention] | None = None,
    impersonal: Mapping[str, str] | None = None,
) -> None:
    """Declare a model of another package, e.g. "account.EmailAddress", in `AppConfig.ready()`."""
    _declared[label] = (dict(personal or {}), dict(impersonal or {}))


def personal_fields(model: type[models.Model]) -> dict[str, Retention]:
    """The personal fields of a model, each with its class."""
    declared, _impersonal = _declared.get(model._meta.label, ({}, {}))
    return {**getattr(model, "PERSONAL", {}), **declared}


def impersonal_fields(model: type[models.Model]) -> dict[str, str]:
    """The fields that look personal and are not, each with the reason."""
    _personal, declared = _declared.get(model._meta.label, ({}, {}))
    return {**getattr(model, "IMPERSONAL", {}), **declared}


def looks_personal(field: models.Field) -> bool:
    """Whether a field's kind or name says that it may hold something about a person."""
    if field.is_relation or isinstance(field, models.BooleanField | models.DateTimeField):
        return False
    return isinstance(field, models.EmailField | models.GenericIPAddressField) or bool(
        _LOOKS_PERSONAL.search(field.name)
    )


def undeclared(model: type[models.Model]) -> list[str]:
    """Fields of `model` that look personal and of which nobody has said what they are."""
    known = {*personal_fields(model), *impersonal_fields(model)}
    return [
        f"{model._meta.label}.{field.name}"
        for field in model._meta.local_fields
        if looks_personal(field) and field.name not in known
    ]


def declared_models() -> list[type[models.Model]]:
    """Every model that holds something about a person."""
    return [model for model in apps.get_models() if personal_fields(model)]
