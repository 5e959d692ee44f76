"""Who may touch the outbox: the secretary."""

from typing import Any

import rules

from kip.access import Case


@rules.predicate
def looks_after_mail(user: Any, case: Case | None = None) -> bool:
    return bool(user.is_authenticated and user.is_secretary)


rules.add_perm("mail.view", looks_after_mail)
rules.add_perm("mail.send_again", looks_after_mail)
rules.add_perm("mail.change_wordings", looks_after_mail)
rules.add_perm("mail.try_address_again", looks_after_mail)
