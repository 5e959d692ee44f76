from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class BylawsConfig(AppConfig):
    name = "kip.bylaws"
    verbose_name = _("Bylaws")
    secretary_permissions = ("add_bylaws",)

    def ready(self) -> None:
        from kip.bylaws import permissions, services  # noqa: F401

        post_migrate.connect(services.ensure_first_version, sender=self)
