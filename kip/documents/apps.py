from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DocumentsConfig(AppConfig):
    name = "kip.documents"
    verbose_name = _("Documents")

    def ready(self) -> None:
        from kip.documents import permissions  # noqa: F401
