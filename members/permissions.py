"""Who may do what with applications and members."""

import rules
from django.utils import timezone

from kip.access import Case
from kip.accounts.models import User
from kip.accounts.permissions import is_secretary
from kip.hooks import Hook
from members.models import HELD_BY_ONE, Member, Representative, RepresentativeRole


@rules.predicate
def is_applicant(user: User, case: Case) -> bool:
    return case.obj.applicant_id is not None and case.obj.applicant_id == user.pk


def _roles(user: User, case: Case) -> set[str]:
    """In which roles somebody stands for the member company at that instant.

    Of a company that a page has read with those who stand for it now (`with_standing`), from there.
    """
    if (standing := getattr(case.obj, "standing", None)) is not None:
        today = timezone.localdate(case.at)
        return {row.role for row in standing if row.person_id == user.pk and row.holds(today)}
    rows = Representative.objects.in_force_at(case.at).filter(member=case.obj, person=user)
    return set(rows.values_list("role", flat=True))


@rules.predicate
def stands_for_it(user: User, case: Case) -> bool:
    return bool(_roles(user, case))


@rules.predicate
def is_its_primary(user: User, case: Case) -> bool:
    """Is the primary representative of the member company."""
    return RepresentativeRole.PRIMARY in _roles(user, case)


@rules.predicate
def speaks_for_it(user: User, case: Case) -> bool:
    """Is the primary or the voting representative of the member company."""
    return not _roles(user, case).isdisjoint(HELD_BY_ONE)


@rules.predicate
def pays_for_it(user: User, case: Case) -> bool:
    """Is for billing at the member company."""
    return RepresentativeRole.BILLING in _roles(user, case)


@rules.predicate
def stands_for_a_member(user: User, case: Case) -> bool:
    """Stands for a company that is a member."""
    today = timezone.localdate(case.at)
    return Member.objects.in_force(today).represented_by(user, today).exists()


# receiver(user=User, at=datetime) -> bool
reads_the_register: Hook[bool] = Hook("Who may read the register besides members' people.")


@rules.predicate
def reads_it_by_office(user: User, case: Case) -> bool:
    return any(reads_the_register(user=user, at=case.at))


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
rules.add_perm("members.read_register", is_secretary | stands_for_a_member | reads_it_by_office)
rules.add_perm("members.read_votes", is_secretary | reads_it_by_office)
rules.add_perm("members.read_mail", speaks_for_it)
rules.add_perm("members.resign", speaks_for_it)
rules.add_perm("members.be_heard", speaks_for_it | is_secretary)
rules.add_perm("members.keep_fees", is_secretary)
rules.add_perm("members.read_fees", is_its_primary | pays_for_it | is_secretary)
