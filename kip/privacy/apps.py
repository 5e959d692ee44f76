from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PrivacyConfig(AppConfig):
    name = "kip.privacy"
    verbose_name = _("Personal data")

    def ready(self) -> None:
        from kip import desk as desks
        from kip.accounts.demo import demo_data
        from kip.audit.services import redactions
        from kip.mail.wording import standing_letters
        from kip.privacy import demo, desk, erasure, letters, permissions, services  # noqa: F401

        services.ties.register(erasure.ties)
        services.expired.register(erasure.expired)
        services.records_of.register(erasure.records)
        redactions.register(erasure.personal_rows)
        desks.on_the_desk.register(desk.for_the_secretary)
        desks.places_of.register(desk.places)
        desks.pages_about.register(desk.about)
        demo_data.register(demo.load)
        standing_letters.register(letters.LETTERS)
