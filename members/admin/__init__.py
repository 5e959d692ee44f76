"""The secretary's pages for applications and members.

What has a status is read-only here; every act asks once on its own page and calls a service.
"""

from members.admin.applications import ApplicationAdmin
from members.admin.changes import ProposedChangeAdmin
from members.admin.checks import YearlyCheckAdmin
from members.admin.doubles import CompanyPairAdmin, PersonPairAdmin
from members.admin.expelling import ExpulsionAdmin
from members.admin.fees import BankFileAdmin, FeeYearAdmin, InvoiceAdmin
from members.admin.imports import ImportRunAdmin
from members.admin.labels import LabelAdmin
from members.admin.leaving import ResignationAdmin
from members.admin.members import MemberAdmin
from members.admin.questions import QuestionAdmin
from members.admin.representatives import RepresentativeAdmin

__all__ = [
    "ApplicationAdmin",
    "BankFileAdmin",
    "CompanyPairAdmin",
    "ExpulsionAdmin",
    "FeeYearAdmin",
    "ImportRunAdmin",
    "InvoiceAdmin",
    "LabelAdmin",
    "MemberAdmin",
    "PersonPairAdmin",
    "ProposedChangeAdmin",
    "QuestionAdmin",
    "RepresentativeAdmin",
    "ResignationAdmin",
    "YearlyCheckAdmin",
]
