"""The one role that is a group, and what people may do with their own details.

Every other role is a dated row of the app that knows it.
"""

from typing import Any

import rules

from kip.access import Case


@rules.predicate
def is_secretary(user: Any, case: Case | None = None) -> bool:
    return bool(user.is_authenticated and user.is_secretary)


@rules.predicate
def is_superuser(user: Any, case: Case | None = None) -> bool:
    """Who looks after the machine: names the secretary, and has no vote."""
    return bool(user.is_authenticated and user.is_active and user.is_superuser)


@rules.predicate
def is_that_person(user: Any, case: Case | None = None) -> bool:
    return bool(case is not None and case.obj is not None and case.obj == user)


@rules.predicate
def is_invited(user: Any, case: Case | None = None) -> bool:
    return bool(case is not None and case.obj is not None and case.obj.person_id == user.pk)


@rules.predicate
def has_invited(user: Any, case: Case | None = None) -> bool:
    return bool(case is not None and case.obj is not None and case.obj.invited_by_id == user.pk)


rules.add_perm("accounts.update_profile", is_that_person | is_secretary | is_superuser)
rules.add_perm("accounts.change_address", is_secretary | is_superuser)
rules.add_perm("accounts.renew_invitation", is_invited | has_invited | is_secretary)
rules.add_perm("accounts.set_sign_in", is_secretary | is_superuser)
rules.add_perm("accounts.look_after", is_superuser)
rules.add_perm("accounts.name_people", is_secretary | is_superuser)
