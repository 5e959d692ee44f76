from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "kip.audit"
    verbose_name = _("History")

    def ready(self) -> None:
        from kip.audit import permissions  # noqa: F401
        from kip.audit.guards import refuse_truncate

        post_migrate.connect(refuse_truncate, sender=self)
