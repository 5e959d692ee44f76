from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KeepingConfig(AppConfig):
    name = "kip.keeping"
    verbose_name = _("Safe keeping")

    def ready(self) -> None:
        from kip import desk
        from kip.audit.services import erased_elsewhere
        from kip.keeping import bundle, permissions, waiting  # noqa: F401
        from kip.keeping.services import bundle_parts, forget_bundles

        desk.on_the_desk.register(waiting.backups)
        desk.on_the_desk.register(waiting.handovers)
        desk.in_order.register(waiting.last_backup)
        erased_elsewhere.register(forget_bundles)
        for part in bundle.PARTS:
            bundle_parts.register(part)
