"""What the group `secretary` may do in Django's admin.

Everything of the house may be looked at. What may be added or changed there, each app says itself:

    class MembersConfig(AppConfig):
        secretary_permissions = ["change_member"]

Deleting is not among it: what was, stays. These rights open the admin's pages only; whether an act
is allowed is asked again by its service (`kip.access`).
"""

from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed

from kip.accounts.models import SECRETARY

HOUSE = ("kip.", "members", "board", "workinggroups")


def grant_to_secretary(
    *, app_config: AppConfig, using: str, apps: Any = installed, **kwargs: Any
) -> None:
    """After each migration of an app of the house: exactly the rights that it names. Idempotent."""
    if not app_config.name.startswith(HOUSE):
        return
    try:
        group_model, permission_model = (
            apps.get_model("auth", "Group"),
            apps.get_model("auth", "Permission"),
        )
    except LookupError:
        return
    group, _created = group_model.objects.using(using).get_or_create(name=SECRETARY)
    of_the_app = permission_model.objects.using(using).filter(
        content_type__app_label=app_config.label
    )
    named = set(getattr(app_config, "secretary_permissions", ()))
    wanted = {
        permission.pk
        for permission in of_the_app
        if permission.codename.startswith("view_") or permission.codename in named
    }
    held = set(
        group.permissions.filter(content_type__app_label=app_config.label).values_list(
            "pk", flat=True
        )
    )
    group.permissions.remove(*(held - wanted))
    group.permissions.add(*(wanted - held))
