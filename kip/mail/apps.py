from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MailConfig(AppConfig):
    name = "kip.mail"
    verbose_name = _("Mail")

    def ready(self) -> None:
        from kip.audit.services import erased_elsewhere, redactions
        from kip.desk import on_the_desk
        from kip.mail import desk, permissions, services  # noqa: F401

        on_the_desk.register(desk.failed_letters)
        redactions.register(services.letters_to)
        erased_elsewhere.register(services.forget_files)
