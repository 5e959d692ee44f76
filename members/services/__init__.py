"""Every act of the association with applications and members, by room:

`news`        what runs upward: the hooks that other apps fill
`drafting`    an application until it is submitted, and the documents added to it
`facts`       what is kept of a company, written and corrected
`own_facts`   what a member company keeps of itself
`changes`     what it proposes for the register, mergers included, and the secretary confirms
`labels`      the lists of sectors and sites
`handling`    the secretary's and the applicant's part until it is decided
`representatives`  who stands for a company
`addresses`   letters to somebody who stands for a company come back; part of an act
`settling`    what a person holds, settled in one act
`register`    what the register says from day to day; parts of acts
`deciding`    called by the board, which owns the decision; no page of its own
`people`      who is known when the company is admitted
`leaving`     resignations, and doubts about the conditions of membership
`expelling`   expulsions, from the hearing to the decision
`checking`    the yearly check, its reminders included
`reminding`   the association's own clock
`doubles`     looking for companies and people that are on record twice
`merging`     two records become one, and two again
`joining`     what is recorded at the two, joined; parts of those acts
`importing`   tables: checked, shown, confirmed, written; `import_kinds`: what they are of
`questions`   what the association asks on its form besides
"""

from members.services.addresses import ask_companies
from members.services.changes import (
    confirm_change,
    decline_change,
    people_in_merger,
    propose_change,
    propose_merger,
    record_change,
    record_merger,
    withdraw_change,
)
from members.services.checking import (
    answer_check,
    begin_check,
    close_check,
    enter_answer,
    give_more_time,
    remind_of_check,
    within_reach,
)
from members.services.deciding import (
    approve_application,
    expect_decision,
    put_before_board,
    reject_application,
)
from members.services.doubles import look_for_doubles
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
from members.services.expelling import (
    answer_hearing,
    drop_expulsion,
    expel,
    keep_member,
    open_expulsion,
    put_expulsion_before_board,
    record_meeting_expulsion,
    return_expulsion,
)
from members.services.facts import correct_application, correct_member, same_company
from members.services.handling import (
    add_note,
    answer_request,
    request_information,
    withdraw,
)
from members.services.import_kinds import ImportKind, import_kinds, kind_of, register_kind
from members.services.import_periods import Memberships
from members.services.import_plan import Companies
from members.services.importing import (
    answer_questions,
    can_be_taken_back,
    check_again,
    confirm_import,
    drop_import,
    sweep_imports,
    take_back_import,
    upload_import,
    work_on_import,
)
from members.services.labels import add_label, change_label
from members.services.leaving import (
    doubt_membership,
    earliest_end,
    membership_now,
    record_resignation,
    resign,
    settle_doubt,
    take_back_resignation,
)
from members.services.merging import (
    compare,
    forget_merges,
    keep_apart,
    merge_companies,
    merge_people,
    undo_merge,
    undone_by,
    what_goes_where,
)
from members.services.news import (
    Holding,
    NextAct,
    acts_on_application,
    acts_on_expulsion,
    ends_with_membership,
    holdings_of,
    on_application_withdrawn,
    on_companies_merged,
    on_document_added,
    on_expulsion_dropped,
    on_facts_corrected,
    on_membership_ended,
    on_membership_reopened,
    on_people_merged,
)
from members.services.own_facts import choose_logo, keep_own_facts, remove_logo
from members.services.questions import add_question, change_question
from members.services.reminding import remind_and_lapse
from members.services.representatives import (
    Who,
    change_dates,
    end_role,
    hand_over,
    name_representative,
    people_of_company,
)
from members.services.settling import everything_held, settle_holdings

__all__ = [
    "Companies",
    "Holding",
    "ImportKind",
    "Memberships",
    "NextAct",
    "Who",
    "acts_on_application",
    "acts_on_expulsion",
    "add_documents",
    "add_label",
    "add_note",
    "add_question",
    "answer_check",
    "answer_hearing",
    "answer_questions",
    "answer_request",
    "approve_application",
    "ask_companies",
    "begin_application",
    "begin_check",
    "begin_on_behalf",
    "can_be_taken_back",
    "change_dates",
    "change_label",
    "change_question",
    "check_again",
    "choose_logo",
    "close_check",
    "compare",
    "confirm_change",
    "confirm_import",
    "correct_application",
    "correct_member",
    "decline_change",
    "doubt_membership",
    "drop_expulsion",
    "drop_import",
    "earliest_end",
    "end_role",
    "ends_with_membership",
    "enter_answer",
    "everything_held",
    "expect_decision",
    "expel",
    "forget_merges",
    "give_more_time",
    "hand_over",
    "holdings_of",
    "import_kinds",
    "keep_apart",
    "keep_member",
    "keep_own_facts",
    "kind_of",
    "look_for_doubles",
    "membership_now",
    "merge_companies",
    "merge_people",
    "name_representative",
    "on_application_withdrawn",
    "on_companies_merged",
    "on_document_added",
    "on_expulsion_dropped",
    "on_facts_corrected",
    "on_membership_ended",
    "on_membership_reopened",
    "on_people_merged",
    "open_expulsion",
    "people_in_merger",
    "people_of_company",
    "propose_change",
    "propose_merger",
    "put_before_board",
    "put_expulsion_before_board",
    "record_change",
    "record_meeting_expulsion",
    "record_merger",
    "record_resignation",
    "register_kind",
    "reject_application",
    "remind_and_lapse",
    "remind_of_check",
    "remove_document",
    "remove_logo",
    "request_information",
    "resign",
    "return_expulsion",
    "same_company",
    "save_answers",
    "save_draft",
    "save_people",
    "settle_doubt",
    "settle_holdings",
    "submit",
    "sweep_imports",
    "take_back_import",
    "take_back_resignation",
    "undo_merge",
    "undone_by",
    "upload_import",
    "what_goes_where",
    "withdraw",
    "withdraw_change",
    "within_reach",
    "work_on_import",
]
