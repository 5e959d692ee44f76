from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = _("Members")
    secretary_permissions = (
        *("add_question", "change_question"),
        *("add_sector", "change_sector", "add_site", "change_site"),
    )

    def ready(self) -> None:
        from kip import desk
        from kip.accounts.demo import demo_data
        from kip.audit.services import known_as, redactions, refusals
        from kip.documents.services import may_read
        from kip.privacy import services as privacy
        from members import demo, documents, erasure, permissions, waiting  # noqa: F401
        from members.services import holdings_of, settling

        desk.on_the_desk.register(waiting.for_the_secretary)
        desk.on_the_desk.register(waiting.proposed_changes)
        desk.on_the_desk.register(waiting.leaving)
        desk.on_the_desk.register(waiting.yearly_check)
        desk.on_the_desk.register(waiting.doubles)
        desk.on_the_desk.register(waiting.imports)
        desk.waits_for.register(waiting.for_the_applicant)
        desk.waits_for.register(waiting.for_the_company)
        desk.places_of.register(waiting.places)
        desk.pages_about.register(waiting.about)
        desk.holds.register(waiting.held)
        holdings_of.register(settling.roles_held)
        may_read.register(documents.may_read)
        may_read.register(documents.may_read_of_leaving)
        redactions.register(erasure.personal_rows)
        refusals.register(erasure.why_not)
        known_as.register(erasure.known_by)
        privacy.ties.register(erasure.ties)
        privacy.expired.register(erasure.expired)
        privacy.records_of.register(erasure.records)
        demo_data.register(demo.load)
