from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = _("Members")
    secretary_permissions = ("add_question", "change_question")

    def ready(self) -> None:
        from kip import desk
        from kip.accounts.demo import demo_data
        from kip.audit.services import redactions
        from kip.documents.services import may_read
        from members import demo, documents, erasure, permissions, waiting  # noqa: F401

        desk.on_the_desk.register(waiting.for_the_secretary)
        desk.waits_for.register(waiting.for_the_applicant)
        desk.places_of.register(waiting.places)
        may_read.register(documents.may_read)
        redactions.register(erasure.personal_rows)
        demo_data.register(demo.load)
