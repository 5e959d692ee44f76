"""Acts about people: who is known, who is invited, who may sign in.

A person is known long before signing in, or without ever doing so. Signing in begins with an
address that its owner has proved: by a code (applicants) or by an invitation (everybody else).

`people`      who is known, and what is kept of them
`inviting`    personal links, until they are accepted or taken back
`signing_in`  who may sign in, and who is secretary
`merging`     a person who was entered twice; parts of acts
"""

from kip.accounts.services.inviting import (
    BETWEEN_LINKS,
    INVITATION_VALID,
    UnusableLink,
    accept_invitation,
    change_address,
    invite,
    renew_invitation,
    take_back_invitation,
)
from kip.accounts.services.people import (
    UNVERIFIED_KEPT,
    begin,
    can_sign_in,
    choose_language,
    ensure_person,
    known_by,
    name_person,
    personal_rows,
    purge_unverified,
    update_profile,
    why_not_erased,
)
from kip.accounts.services.signing_in import (
    end_secretary,
    make_secretary,
    needs_second_factor,
    set_sign_in,
)

__all__ = [
    "BETWEEN_LINKS",
    "INVITATION_VALID",
    "UNVERIFIED_KEPT",
    "UnusableLink",
    "accept_invitation",
    "begin",
    "can_sign_in",
    "change_address",
    "choose_language",
    "end_secretary",
    "ensure_person",
    "invite",
    "known_by",
    "make_secretary",
    "name_person",
    "needs_second_factor",
    "personal_rows",
    "purge_unverified",
    "renew_invitation",
    "set_sign_in",
    "take_back_invitation",
    "update_profile",
    "why_not_erased",
]
