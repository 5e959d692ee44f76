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
        from kip.documents.services.archive import reads_as
        from kip.keeping.services import bundle_parts
        from kip.mail.receiving import on_address_stopped
        from kip.mail.services import postal_address_of
        from kip.mail.wording import standing_letters
        from kip.mailings.audiences import audiences
        from kip.privacy import services as privacy
        from members import bundle, demo, documents, erasure, mailings, permissions, waiting  # noqa: F401
        from members.letters import standing
        from members.services import (
            Companies,
            Memberships,
            ask_companies,
            holdings_of,
            register_kind,
            settling,
        )

        desk.on_the_desk.register(waiting.for_the_secretary)
        desk.on_the_desk.register(waiting.proposed_changes)
        desk.on_the_desk.register(waiting.leaving)
        desk.on_the_desk.register(waiting.yearly_check)
        desk.on_the_desk.register(waiting.doubles)
        desk.on_the_desk.register(waiting.imports)
        desk.on_the_desk.register(waiting.fees)
        desk.waits_for.register(waiting.for_the_applicant)
        desk.waits_for.register(waiting.for_the_company)
        desk.places_of.register(waiting.places)
        desk.pages_about.register(waiting.about)
        desk.holds.register(waiting.held)
        register_kind(Companies())
        register_kind(Memberships())
        on_address_stopped.register(ask_companies)
        postal_address_of.register(waiting.postal_address_of)
        holdings_of.register(settling.roles_held)
        reads_as.register(documents.reads_as_member)
        may_read.register(documents.may_read)
        may_read.register(documents.may_read_of_leaving)
        may_read.register(documents.may_read_of_fees)
        redactions.register(erasure.personal_rows)
        audiences.register(mailings.members)
        audiences.register(mailings.representatives)
        audiences.register(mailings.people)
        bundle_parts.register(bundle.part)
        refusals.register(erasure.why_not)
        known_as.register(erasure.known_by)
        privacy.ties.register(erasure.ties)
        privacy.expired.register(erasure.expired)
        privacy.records_of.register(erasure.records)
        demo_data.register(demo.load)
        standing_letters.register(standing.LETTERS)
        standing_letters.keep(standing.UNCHANGEABLE)
