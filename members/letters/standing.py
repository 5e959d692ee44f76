"""The letters about companies that the secretary may say in other words, and what is in them."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kip.mail.wording import Case, Field, Letter, Text

COMPANY, OTHER_COMPANY = "Esimerkki Oy", "Malli Oy"
PERSON, OTHER_PERSON = "Maija Malli", "Matti Malli"
RESOLUTION = "4/2026"

THE_COMPANY = Field(_("the company"), COMPANY, needed=True)
ROLE = Field(_("the role"))
SINCE_WHEN = Field(_("the day from which it holds"))

FIELDS: Mapping[str, Field] = {
    "account": Field(_("the account number"), "FI21 1234 5600 0007 85", needed=True),
    "address": Field(_("the address to sign in with"), "maija@malli.example", needed=True),
    "after": Field(_("what the register says now")),
    "answer.text": Field(_("the answer")),
    "application": THE_COMPANY,
    "application.applicant": Field(_("the applicant"), PERSON),
    "application.begun_at": Field(_("the day on which the draft was begun")),
    "application.business_id": Field(_("the business ID"), "1234567-1"),
    "application.decision_by": Field(_("the day by which the board means to decide")),
    "application.domicile": Field(_("the domicile"), "Kokkola"),
    "application.ended_at": Field(_("the day of the decision or withdrawal")),
    "application.entered_by": Field(_("the secretary who entered it"), OTHER_PERSON),
    "application.reason": Field(_("the reason that the board gives")),
    "application.resolution": Field(_("the number of the resolution"), RESOLUTION, needed=True),
    "application.saved_at": Field(_("the day on which it was last saved")),
    "application.submitted_at": Field(_("the day on which it was submitted")),
    "at": Field(_("the day on which it happened")),
    "before": Field(_("what it was before")),
    "by": Field(_("who did it"), OTHER_PERSON),
    "change.effective_on": SINCE_WHEN,
    "change.ground": Field(_("what who proposed it wrote")),
    "change.member": THE_COMPANY,
    "change.merge_into": Field(_("the company that it becomes part of"), OTHER_COMPANY),
    "change.reply": Field(_("what the secretary wrote")),
    "check.answer_by": Field(_("the day by which to answer")),
    "checked_by": Field(_("the day by which it is checked")),
    "day": Field(_("the day on which it ends")),
    "double": Field(_("the address that is not used any more"), "m.malli@malli.example"),
    "expulsion.answer": Field(_("the answer")),
    "expulsion.answer_by": Field(_("the day by which to answer")),
    "expulsion.answered_by": Field(_("who answered"), PERSON),
    "expulsion.facts": Field(_("the facts")),
    "expulsion.get_ground_display": Field(_("the ground for the expulsion"), needed=True),
    "expulsion.period.until": Field(_("the day on which the membership ended")),
    "expulsion.reasons": Field(_("the reasons for the decision")),
    "expulsion.resolution": Field(_("the decision, with its number"), RESOLUTION, needed=True),
    "into": Field(_("the company that it becomes part of"), OTHER_COMPANY),
    "invited.0": Field(_("the first person who is invited"), PERSON),
    "invited.1": Field(_("the second person who is invited"), OTHER_PERSON),
    "invoice.billed_name": THE_COMPANY,
    "invoice.due_on": Field(_("the due date")),
    "kept": Field(_("the address to sign in with"), "maija@malli.example", needed=True),
    "lapses_on": Field(_("the day on which the draft lapses")),
    "member": THE_COMPANY,
    "member.number": Field(_("the member number"), "24"),
    "move.role": Field(_("the person and the role")),
    "move.role.get_role_display": ROLE,
    "move.since": SINCE_WHEN,
    "name": Field(_("what it is called")),
    "on": SINCE_WHEN,
    "owed": Field(_("the sum to be paid"), "500,00", needed=True),
    "person": Field(_("the person"), PERSON),
    "reference": Field(_("the reference number"), "1232", needed=True),
    "request.due": Field(_("the day by which to answer")),
    "request.text": Field(_("the secretary’s question")),
    "resignation.consent": Field(_("where the board agreed"), RESOLUTION, needed=True),
    "resignation.effective_on": Field(_("the day on which the membership ends")),
    "resignation.received_on": Field(_("the day on which the resignation arrived")),
    "resignation.statement": Field(_("what the company wrote")),
    "row.end_ground": Field(_("what the end of the role rests on")),
    "row.get_role_display": ROLE,
    "row.member": THE_COMPANY,
    "row.since": Field(_("the day on which the role begins")),
    "row.until": Field(_("the day on which the role ends")),
    "to": Field(_("who has it from then on"), OTHER_PERSON),
    "what": Field(_("what the person held")),
    "who": Field(
        _("the person, or the address, that cannot be reached"), OTHER_PERSON, needed=True
    ),
    "year.payee": Field(_("the payee")),
    "year.year": Field(_("the year"), "2026"),
}

CASES: Mapping[str, Case] = {
    "application.applicant": Case(_("the application has an applicant who reads mail")),
    "application.decision_by": Case(_("the board decides in writing")),
    "application.entered_by": Case(_("the secretary entered the application"), usual=False),
    'application.status == "before_board"': Case(_("it is before the board"), usual=False),
    "before": Case(_("the register said something before")),
    "change.ground": Case(_("who proposed it wrote something")),
    "change.merge_into": Case(_("it is a merger"), usual=False),
    "change.reply": Case(_("the secretary wrote something")),
    "expulsion.answer_by": Case(_("the company is asked to answer")),
    'expulsion.decided_by == "board"': Case(_("the board decides, not the general meeting")),
    "expulsion.reasons": Case(_("reasons are given")),
    "expulsion.resolution": Case(_("there is a decision")),
    "for_contact": Case(_("the reader is the contact and not the applicant"), usual=False),
    "goes_on": Case(_("invoices still come to this address"), usual=False),
    "into": Case(_("the company becomes part of another"), usual=False),
    "invited": Case(_("somebody is invited")),
    "invited|length == 2": Case(_("two people are invited"), usual=False),
    "move.goes_on": Case(_("the role goes on")),
    "moves": Case(_("people of the company go on")),
    "never_begun": Case(_("the role had not begun"), usual=False),
    'occasion == "late"': Case(_("it is the reminder after the day"), usual=False),
    'occasion == "soon"': Case(_("it is the reminder before the day"), usual=False),
    "over": Case(_("the membership has ended"), usual=False),
    "overdue": Case(_("the answer is overdue"), usual=False),
    "reader.email": Case(_("the reader has an e-mail address")),
    "resignation.statement": Case(_("the company wrote something")),
    "row.end_ground": Case(_("it is recorded what the end rests on")),
    "row.until": Case(_("the role has an end")),
    "to": Case(_("somebody else has it from then on")),
}

ADMISSION = _("Admission")
MEMBERS = pgettext_lazy("group of letters", "Members")

APPLICANT = _("the applicant")
APPLICANT_AND_CONTACT = _("the applicant and the contact")
SECRETARIES = _("the secretaries")
PRIMARY = _("the primary representative")
SPEAKING = _("the primary and the voting representative")
PAYER = _("the billing address, or else the primary representative")
PERSON_CONCERNED = _("the person concerned")
STOOD_FOR_IT = _("everybody who stood for the company")


def _letters(group: Text, rows: list[tuple[str, Text, Text]]) -> list[Letter]:
    return [
        Letter(f"members/mail/{name}", when, to, group, FIELDS, CASES) for name, when, to in rows
    ]


LETTERS = [
    *_letters(
        ADMISSION,
        [
            (
                "application_received",
                _("an application has been submitted"),
                APPLICANT_AND_CONTACT,
            ),
            ("application_arrived", _("an application has been submitted"), SECRETARIES),
            (
                "already_with_the_association",
                _("somebody applies for a company that is known already"),
                _("the company’s contacts"),
            ),
            (
                "already_with_the_association_secretary",
                _("somebody applies for a company that is known already"),
                SECRETARIES,
            ),
            (
                "information_requested",
                _("the secretary asks for information"),
                APPLICANT_AND_CONTACT,
            ),
            (
                "information_reminder",
                _("an answer is soon due, and when it is overdue"),
                APPLICANT,
            ),
            ("answer_received", _("the applicant has answered"), SECRETARIES),
            ("documents_added", _("a document has been added"), SECRETARIES),
            (
                "before_the_board",
                _("the application is brought before the board"),
                APPLICANT_AND_CONTACT,
            ),
            ("approved", _("the board has admitted the company"), APPLICANT_AND_CONTACT),
            ("approved_secretary", _("the board has admitted the company"), SECRETARIES),
            ("rejected", _("the board has not admitted the company"), APPLICANT_AND_CONTACT),
            ("rejected_secretary", _("the board has not admitted the company"), SECRETARIES),
            ("withdrawn", _("the application is withdrawn"), APPLICANT_AND_CONTACT),
            ("withdrawn_secretary", _("the application is withdrawn"), SECRETARIES),
            (
                "draft_reminder",
                _("a draft is about to lapse"),
                _("the applicant, or the secretaries if it came on paper"),
            ),
            ("draft_withdrawn", _("the secretary has withdrawn a draft"), APPLICANT),
        ],
    ),
    *_letters(
        MEMBERS,
        [
            ("representative_named", _("somebody is named as a representative"), PERSON_CONCERNED),
            (
                "representative_dates_changed",
                _("the dates of a role have changed"),
                PERSON_CONCERNED,
            ),
            ("representative_role_ended", _("a role ends or is taken back"), PERSON_CONCERNED),
            (
                "representative_in_general",
                _("two records of a company are joined and somebody gets another role"),
                PERSON_CONCERNED,
            ),
            (
                "holdings_settled",
                _("it is settled what somebody holds who leaves an employer"),
                PERSON_CONCERNED,
            ),
            ("records_joined", _("two records of a person are joined"), PERSON_CONCERNED),
            ("records_parted", _("the joining of two records is undone"), PERSON_CONCERNED),
            (
                "letters_come_back",
                _("letters to somebody of the company come back"),
                _("one other person who stands for the company"),
            ),
            ("yearly_check", _("the yearly check begins, and as its reminders"), PRIMARY),
            ("change_proposed", _("a change in the register is proposed"), SECRETARIES),
            (
                "change_confirmed",
                _("a change in the register is confirmed"),
                _("the primary representative and who proposed it"),
            ),
            (
                "change_declined",
                _("a change in the register is declined"),
                _("the primary representative and who proposed it"),
            ),
            ("merged", _("a member merges into another"), STOOD_FOR_IT),
            (
                "merged_into",
                _("a member merges into another"),
                _("the primary representative of the company that goes on"),
            ),
            ("resigned", _("a resignation is recorded"), STOOD_FOR_IT),
            ("resigned_secretary", _("a resignation is recorded"), SECRETARIES),
            (
                "resignation_taken_back",
                _("a resignation is taken back"),
                _("everybody who stands for the company, and the secretaries"),
            ),
            ("billing", _("invoices change because a membership does"), _("the billing address")),
            ("invoice", _("the invoice of a membership fee is sent"), PAYER),
            ("invoice_reminder", _("a membership fee is not paid in time"), PAYER),
            ("hearing", _("an expulsion is proposed"), SPEAKING),
            ("hearing_answered", _("the company has answered in its hearing"), SECRETARIES),
            ("expelled", _("a member is expelled"), STOOD_FOR_IT),
            ("not_expelled", _("a member is not expelled"), SPEAKING),
        ],
    ),
]

UNCHANGEABLE: Mapping[str, Text] = {
    f"members/mail/{part}": _("A part of other letters: it is changed in each of them.")
    for part in ("for_contact", "how_to_pay")
}
