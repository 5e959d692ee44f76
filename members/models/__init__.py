"""Companies: those that apply, and those that are members. A `Member` is never a person.

`company`          what is known of either
`application`      the form, the people that it names, its files
`questions`        what the association asks on the form besides, and the answers
`messages`         what is said about an application
`labels`           what companies are sorted by
`member`           a member company, and what the register said of it earlier
`periods`          when it is a member
`changes`          what a company proposes to change in the register
`leaving`          resignations and expulsions
`checks`           the yearly check
`doubles`          records that are likely one company, or one person, entered twice
`imports`          tables on their way in, and the mark of what was before the system
`representatives`  who stands for it
`fees`             what members owe for a year, and what was paid

What points back at a model further on names it by a string, so that imports run one way:
`company`, `questions` ← `application` ← `messages`, `periods` ← `representatives` ← `member`; and
`imports` ← `periods`, `member`; `labels` ← `member` ← `changes`, `checks`, `doubles`, `fees`;
`periods` ← `leaving`.
"""

from members.models.application import (
    DRAFT_LAPSES_AFTER,
    DRAFT_REMINDER_BEFORE,
    Application,
    ApplicationDocument,
    ApplicationPerson,
    ApplicationQuerySet,
    DocumentKind,
    PersonRole,
)
from members.models.changes import ProposedChange
from members.models.checks import CheckedMember, YearlyCheck
from members.models.company import COMPANY_FIELDS, Company
from members.models.doubles import CompanyPair, Pair, PersonPair
from members.models.fees import IN_BANDS, FeeBand, FeeBasis, FeeValue, FeeYear
from members.models.imports import (
    COMPANIES,
    ImportedRow,
    ImportRun,
    Outcome,
    brought_in_by,
    kept_as_brought_in,
)
from members.models.invoices import BankFile, FeeReminder, Invoice, Payment, PaymentSource
from members.models.labels import Sector, Site
from members.models.leaving import (
    LONGEST_DELAY,
    Expulsion,
    ExpulsionGround,
    Resignation,
    ResignationChannel,
)
from members.models.member import (
    KEPT_BY_ITSELF,
    OWN_FIELDS,
    REGISTERED_FIELDS,
    FormerFacts,
    Member,
    MemberQuerySet,
    MemberSector,
    MemberSite,
    Seveso,
)
from members.models.messages import Message, MessageKind, MessageQuerySet
from members.models.periods import ByDay, ByDayQuerySet, DateRange, EndReason, MembershipPeriod
from members.models.questions import Answer, Question, QuestionKind
from members.models.representatives import (
    HELD_BY_ONE,
    Representative,
    RepresentativeRole,
    come_back_since,
)

__all__ = [
    "COMPANIES",
    "COMPANY_FIELDS",
    "DRAFT_LAPSES_AFTER",
    "DRAFT_REMINDER_BEFORE",
    "HELD_BY_ONE",
    "IN_BANDS",
    "KEPT_BY_ITSELF",
    "LONGEST_DELAY",
    "OWN_FIELDS",
    "REGISTERED_FIELDS",
    "Answer",
    "Application",
    "ApplicationDocument",
    "ApplicationPerson",
    "ApplicationQuerySet",
    "BankFile",
    "ByDay",
    "ByDayQuerySet",
    "CheckedMember",
    "Company",
    "CompanyPair",
    "DateRange",
    "DocumentKind",
    "EndReason",
    "Expulsion",
    "ExpulsionGround",
    "FeeBand",
    "FeeBasis",
    "FeeReminder",
    "FeeValue",
    "FeeYear",
    "FormerFacts",
    "ImportRun",
    "ImportedRow",
    "Invoice",
    "Member",
    "MemberQuerySet",
    "MemberSector",
    "MemberSite",
    "MembershipPeriod",
    "Message",
    "MessageKind",
    "MessageQuerySet",
    "Outcome",
    "Pair",
    "Payment",
    "PaymentSource",
    "PersonPair",
    "PersonRole",
    "ProposedChange",
    "Question",
    "QuestionKind",
    "Representative",
    "RepresentativeRole",
    "Resignation",
    "ResignationChannel",
    "Sector",
    "Seveso",
    "Site",
    "YearlyCheck",
    "brought_in_by",
    "come_back_since",
    "kept_as_brought_in",
]
