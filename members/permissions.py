"""Who may do what with applications and members."""

import rules

from kip.access import Case
from kip.accounts.models import User
from kip.accounts.permissions import is_secretary
from members.models import Representative, RepresentativeRole


@rules.predicate
def is_applicant(user: User, case: Case) -> bool:
    return case.obj.applicant_id is not None and case.obj.applicant_id == user.pk


@rules.predicate
def stands_for_it(user: User, case: Case) -> bool:
    return Representative.objects.in_force_at(case.at).filter(member=case.obj, person=user).exists()


@rules.predicate
def is_its_primary(user: User, case: Case) -> bool:
    """Is the primary representative of the member company."""
    return (
        Representative.objects.in_force_at(case.at)
        .filter(member=case.obj, person=user, role=RepresentativeRole.PRIMARY)
        .exists()
    )


@rules.predicate
def was_entered_by_the_secretary(user: User, case: Case) -> bool:
    return case.obj.entered_by_id is not None


rules.add_perm("members.read_application", is_applicant | is_secretary)
rules.add_perm("members.edit_draft", is_applicant | (is_secretary & was_entered_by_the_secretary))
rules.add_perm("members.answer", is_applicant | is_secretary)
rules.add_perm("members.add_document", is_applicant | is_secretary)
rules.add_perm("members.withdraw", is_applicant | is_secretary)
rules.add_perm("members.handle_applications", is_secretary)
rules.add_perm("members.set_questions", is_secretary)
rules.add_perm("members.read_own_company", stands_for_it)
rules.add_perm("members.keep_company", is_its_primary | is_secretary)
rules.add_perm("members.keep_people", is_its_primary | is_secretary)
rules.add_perm("members.keep_register", is_secretary)
