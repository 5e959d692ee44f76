from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DocumentsConfig(AppConfig):
    name = "kip.documents"
    verbose_name = _("Documents")

    def ready(self) -> None:
        from kip import desk
        from kip.documents import desk as own_desk
        from kip.documents import permissions  # noqa: F401
        from kip.documents.services import archive, may_read

        desk.places_of.register(own_desk.places)
        may_read.register(archive.may_read)
