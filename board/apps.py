from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BoardConfig(AppConfig):
    name = "board"
    verbose_name = _("Board")

    def ready(self) -> None:
        from board import bundle, demo, documents, erasure, letters, mailings, permissions, waiting
        from board.services import matters, terms
        from board.services.former_boards import FormerBoards
        from board.services.former_resolutions import FormerResolutions
        from kip import desk
        from kip.accounts.demo import demo_data
        from kip.accounts.services import needs_second_factor
        from kip.audit.services import redactions, refusals
        from kip.bylaws.services import elected_seats, last_decided_on
        from kip.documents.services import may_read
        from kip.documents.services.archive import reads_as
        from kip.keeping.services import bundle_parts, withheld_rows
        from kip.mail.wording import standing_letters
        from kip.mailings.audiences import audiences
        from kip.privacy import services as privacy
        from members.permissions import reads_the_register
        from members.services import (
            acts_on_application,
            acts_on_expulsion,
            ends_with_membership,
            holdings_of,
            on_application_withdrawn,
            on_companies_merged,
            on_document_added,
            on_expulsion_dropped,
            on_facts_corrected,
            on_membership_ended,
            on_membership_reopened,
            on_people_merged,
            register_kind,
        )

        register_kind(FormerBoards())
        register_kind(FormerResolutions())
        on_application_withdrawn.register(matters.close_for_withdrawn)
        on_document_added.register(matters.tell_of_document)
        on_facts_corrected.register(matters.tell_of_correction)
        on_expulsion_dropped.register(matters.close_for_dropped)
        on_membership_ended.register(terms.end_seats_with_membership)
        on_membership_reopened.register(terms.seats_go_on)
        on_companies_merged.register(terms.seats_for_a_double)
        on_people_merged.register(terms.seats_of_a_double)
        ends_with_membership.register(terms.ends_with_membership)
        holdings_of.register(terms.seats_held)
        last_decided_on.register(matters.last_decided_on)
        elected_seats.register(matters.elected_seats)
        acts_on_application.register(waiting.acts_on_application)
        acts_on_expulsion.register(waiting.acts_on_expulsion)
        needs_second_factor.register(permissions.holds_an_office)
        reads_the_register.register(permissions.sits_on_it)
        desk.on_the_desk.register(waiting.for_the_secretary)
        desk.on_the_desk.register(waiting.the_year)
        desk.waits_for.register(waiting.for_the_board)
        desk.waits_for.register(waiting.tasks_of)
        desk.places_of.register(waiting.places)
        redactions.register(erasure.personal_rows)
        reads_as.register(documents.reads_as_board)
        refusals.register(erasure.why_not)
        privacy.ties.register(erasure.ties)
        privacy.records_of.register(erasure.records)
        may_read.register(documents.may_read)
        audiences.register(mailings.seats)
        bundle_parts.register(bundle.part)
        withheld_rows.register(bundle.votes_in_words)
        demo_data.register(demo.load)
        standing_letters.register(letters.LETTERS)
