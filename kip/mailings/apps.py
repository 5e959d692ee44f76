from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MailingsConfig(AppConfig):
    name = "kip.mailings"
    verbose_name = _("Mailings")

    def ready(self) -> None:
        from kip import admin_site
        from kip.audit.services import redactions
        from kip.desk import on_the_desk
        from kip.mail.posting import written_anew
        from kip.mailings import desk, erasure, permissions, presentation, services  # noqa: F401
        from kip.privacy.services import expired

        admin_site.list_acts.register(presentation.write_to_these)
        on_the_desk.register(desk.mailings)
        written_anew.register(services.follow)
        redactions.register(erasure.personal_rows)
        expired.register(erasure.expired)
