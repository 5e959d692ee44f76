from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MailConfig(AppConfig):
    name = "kip.mail"
    verbose_name = _("Mail")

    def ready(self) -> None:
        from kip.audit.services import erased_elsewhere, redactions
        from kip.desk import on_the_desk, waits_for
        from kip.mail import desk, permissions, services  # noqa: F401

        on_the_desk.register(desk.failed_letters)
        on_the_desk.register(desk.stale_wordings)
        on_the_desk.register(desk.letters_that_came_back)
        waits_for.register(desk.own_address)
        on_the_desk.register(desk.letters_to_post)
        on_the_desk.register(desk.returned_letters)
        redactions.register(services.letters_to)
        erased_elsewhere.register(services.forget_files)
