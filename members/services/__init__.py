"""Every act of the association with applications and members, by room:

`news`        what runs upward: the hooks that other apps fill
`drafting`    an application until it is submitted, and the documents added to it
`facts`       what is kept of a company, written and corrected
`handling`    the secretary's and the applicant's part until it is decided
`register`    what the register says from day to day; parts of acts
`deciding`    called by the board, which owns the decision; no page of its own
`people`      who is known when the company is admitted
`reminding`   the association's own clock
`questions`   what the association asks on its form besides
"""

from members.services.deciding import (
    approve_application,
    expect_decision,
    put_before_board,
    reject_application,
)
from members.services.drafting import (
    add_documents,
    begin_application,
    begin_on_behalf,
    remove_document,
    save_answers,
    save_draft,
    save_people,
    submit,
)
from members.services.facts import correct_application, correct_member, same_company
from members.services.handling import (
    add_note,
    answer_request,
    request_information,
    withdraw,
)
from members.services.news import (
    Holding,
    NextAct,
    acts_on_application,
    ends_with_membership,
    holdings_of,
    on_application_withdrawn,
    on_document_added,
    on_facts_corrected,
    on_membership_ended,
)
from members.services.questions import add_question, change_question
from members.services.reminding import remind_and_lapse

__all__ = [
    "Holding",
    "NextAct",
    "acts_on_application",
    "add_documents",
    "add_note",
    "add_question",
    "answer_request",
    "approve_application",
    "begin_application",
    "begin_on_behalf",
    "change_question",
    "correct_application",
    "correct_member",
    "ends_with_membership",
    "expect_decision",
    "holdings_of",
    "on_application_withdrawn",
    "on_document_added",
    "on_facts_corrected",
    "on_membership_ended",
    "put_before_board",
    "reject_application",
    "remind_and_lapse",
    "remove_document",
    "request_information",
    "same_company",
    "save_answers",
    "save_draft",
    "save_people",
    "submit",
    "withdraw",
]
