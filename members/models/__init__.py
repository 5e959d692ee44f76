"""Companies: those that apply, and those that are members. A `Member` is never a person.

`company`          what is known of either
`application`      the form, the people that it names, its files
`questions`        what the association asks on the form besides, and the answers
`messages`         what is said about an application
`member`           a member company
`periods`          when it is a member
`representatives`  who stands for it

What points back at a model further on names it by a string, so that imports run one way:
`company`, `questions` ← `application` ← `messages`, `periods` ← `representatives` ← `member`.
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
from members.models.company import COMPANY_FIELDS, Company
from members.models.member import Member, MemberQuerySet
from members.models.messages import Message, MessageKind, MessageQuerySet
from members.models.periods import DateRange, MembershipPeriod, MembershipPeriodQuerySet
from members.models.questions import Answer, Question, QuestionKind
from members.models.representatives import (
    Representative,
    RepresentativeQuerySet,
    RepresentativeRole,
)

__all__ = [
    "COMPANY_FIELDS",
    "DRAFT_LAPSES_AFTER",
    "DRAFT_REMINDER_BEFORE",
    "Answer",
    "Application",
    "ApplicationDocument",
    "ApplicationPerson",
    "ApplicationQuerySet",
    "Company",
    "DateRange",
    "DocumentKind",
    "Member",
    "MemberQuerySet",
    "MembershipPeriod",
    "MembershipPeriodQuerySet",
    "Message",
    "MessageKind",
    "MessageQuerySet",
    "PersonRole",
    "Question",
    "QuestionKind",
    "Representative",
    "RepresentativeQuerySet",
    "RepresentativeRole",
]
