from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "kip.accounts"
    verbose_name = _("People and sign-in")
    # What the secretary's group may do in the admin besides looking (`kip.accounts.groups`).
    secretary_permissions = ["add_user", "change_user"]

    def ready(self) -> None:
        from allauth.account.signals import authentication_step_completed, email_confirmed
        from allauth.mfa.signals import authenticator_added
        from celery.signals import worker_init

        from kip.accounts import demo, groups, letters, services, sign_in
        from kip.audit import services as audit
        from kip.audit.retention import Retention, declare
        from kip.mail.wording import standing_letters

        worker_init.connect(demo.refuse_demo_sign_ins_at_start, weak=False)
        post_migrate.connect(groups.grant_to_secretary)
        authentication_step_completed.connect(sign_in.a_code_was_typed_in)
        email_confirmed.connect(sign_in.an_address_was_confirmed)
        authenticator_added.connect(sign_in.second_factor_was_set_up)
        audit.redactions.register(services.personal_rows)
        standing_letters.register(letters.LETTERS)
        standing_letters.keep(letters.UNCHANGEABLE)
        audit.refusals.register(services.why_not_erased)
        audit.known_as.register(services.known_by)
        declare("account.EmailAddress", personal={"email": Retention.SIGN_IN})
