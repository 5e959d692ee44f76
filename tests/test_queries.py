"""Every page has a fixed number of queries, with one row and with three, and at most twelve.

The desk and My KIP alone may have more: every part of the association adds what waits in it, with
one query.
"""

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kip import finding
from kip.accounts.models import User
from members.forms.company import PARTS
from members.models import Representative
from tests import world
from tests.world import World

pytestmark = pytest.mark.django_db

LIMIT = 12
WRITE = "admin:mailings_mailing_write"
DESK_LIMIT = 32
MY_LIMIT = 20
MEMBERS = "admin:members_member_changelist"

Page = tuple[str, Callable[[World], User | None], Callable[[World], str]]


def _anyone(the: World) -> User | None:
    return None


def _page(name: str, *args: str) -> Callable[[World], str]:
    """The address of a page whose arguments are read from the world."""

    def address(the: World) -> str:
        values = []
        for arg in args:
            value: object = the
            for part in arg.split("."):
                value = getattr(value, part)
            values.append(value)
        return reverse(name, args=values)

    return address


def _typed(name: str, text: str) -> Callable[[World], str]:
    """The address of a search."""
    return lambda the: f"{reverse(name)}?{urlencode({'q': text})}"


def _applicant(the: World) -> User | None:
    return the.applicant


def _board_member(the: World) -> User | None:
    return the.board.people[4]


def _chair(the: World) -> User | None:
    return the.board.chair


def _recused(the: World) -> User | None:
    return the.recused


def _representative(the: World) -> User | None:
    return the.representative


def _deputy(the: World) -> Representative:
    return the.member.representatives.filter(role="deputy")[0]


def _secretary(the: World) -> User | None:
    return the.secretary


def _a_letter(the: World) -> str:
    """The page of a standing letter that has as many versions as there are rows."""
    slug = the.wording.template.replace("/mail/", "-")
    return reverse("admin:mail_letterwording_letter", args=[slug, the.wording.language])


PAGES: list[Page] = [
    ("home", _anyone, _page("home")),
    ("members", _anyone, _page("member_list")),
    ("board", _anyone, _page("board_public")),
    ("apply", _anyone, _page("apply")),
    ("bylaws", _anyone, _page("bylaws")),
    ("my KIP of an applicant", _applicant, _page("my_kip")),
    ("my KIP of a board member", _board_member, _page("my_kip")),
    ("my KIP of the chair", _chair, _page("my_kip")),
    ("my details", _applicant, _page("accounts:details")),
    ("my data", _applicant, _page("my_data")),
    ("ask about my data", _applicant, _page("my_data_ask")),
    ("privacy notice", _anyone, _page("privacy")),
    ("applications", _applicant, _page("applications")),
    ("application", _applicant, _page("application", "application.public_id")),
    ("application with a question", _applicant, _page("application", "asked.public_id")),
    ("draft", _applicant, _page("application", "draft.public_id")),
    ("check", _applicant, _page("application_check", "draft.public_id")),
    ("answer", _applicant, _page("application_answer", "asked.public_id")),
    ("my KIP of a company's person", _representative, _page("my_kip")),
    ("own company", _representative, _page("own_company", "member.number")),
    ("a member for everybody", _anyone, _page("member_page", "member.number")),
    (
        "members of a sector",
        _anyone,
        lambda the: f"{reverse('member_list')}?sector={the.member.sectors.all()[0].pk}",
    ),
    *(
        (
            f"own facts: {part}",
            _representative,
            lambda the, part=part: reverse("own_facts", args=[the.member.number, part]),
        )
        for part in PARTS
    ),
    ("own logo", _representative, _page("own_logo", "member.number")),
    ("own papers", _representative, _page("own_papers", "member.number")),
    ("own history", _representative, _page("own_history", "member.number")),
    ("yearly check of a company", _representative, _page("own_check", "member.number")),
    ("propose a change", _representative, _page("propose_change", "member.number")),
    ("propose a merger", _representative, _page("propose_merger", "member.number")),
    ("own company with a change", _representative, _page("own_company", "change.member.number")),
    ("people of a company", _representative, _page("company_people", "member.number")),
    ("people of any company", _secretary, _page("company_people", "member.number")),
    ("name a representative", _representative, _page("people_name", "member.number")),
    ("hand over a company", _secretary, _page("people_hand_over", "member.number")),
    ("hearing", _representative, _page("hearing", "member.number", "case.pk")),
    ("search of the secretary", _secretary, _typed("search", "member")),
    ("search with a slip", _secretary, _typed("search", "memebr")),
    ("search of a company's person", _representative, _typed("search", "member oy")),
    ("search of the directory", _anyone, _typed("member_list", "member")),
    ("search of the directory with a slip", _anyone, _typed("member_list", "memebr")),
    ("search of the list of members", _secretary, _typed(MEMBERS, "member")),
    ("search of the list of people", _secretary, _typed("admin:accounts_user_changelist", "reino")),
    ("register", _representative, _page("register")),
    ("who votes", _board_member, _page("register_votes")),
    ("representatives", _secretary, _page("register_people")),
    ("board as of a day", _board_member, lambda the: reverse("board_public") + "?on=2026-01-31"),
    ("matters", _board_member, _page("board:matters")),
    ("matter of a board member", _board_member, _page("board:matter", "matter.pk")),
    ("matter of the chair", _chair, _page("board:matter", "matter.pk")),
    ("matter of the recused", _recused, _page("board:matter", "matter.pk")),
    ("matter of the secretary", _secretary, _page("board:matter", "matter.pk")),
    ("matter of an expulsion", _chair, _page("board:matter", "expulsion_matter.pk")),
    ("decided matter", _chair, _page("board:matter", "decided.pk")),
    ("matter of a meeting", _chair, _page("board:matter", "for_meeting.pk")),
    ("absence", _secretary, _page("board:absence", "matter.pk")),
    ("enter a vote", _secretary, _page("board:enter_vote", "matter.pk")),
    ("desk", _secretary, _page("admin:index")),
    ("list of applications", _secretary, _page("admin:members_application_changelist")),
    ("an application", _secretary, _page("admin:members_application_change", "application.pk")),
    ("list of members", _secretary, _page("admin:members_member_changelist")),
    ("a member", _secretary, _page("admin:members_member_change", "member.pk")),
    ("list of resignations", _secretary, _page("admin:members_resignation_changelist")),
    ("a resignation", _secretary, _page("admin:members_resignation_change", "resignation.pk")),
    ("list of expulsions", _secretary, _page("admin:members_expulsion_changelist")),
    ("an expulsion", _secretary, _page("admin:members_expulsion_change", "case.pk")),
    ("history of a member", _secretary, _page("admin:members_member_history", "member.pk")),
    ("list of yearly checks", _secretary, _page("admin:members_yearlycheck_changelist")),
    ("a yearly check", _secretary, _page("admin:members_yearlycheck_change", "check.pk")),
    (
        "a yearly check on paper",
        _secretary,
        lambda the: (
            f"{reverse('admin:members_yearlycheck_change', args=[the.check.pk])}?list=paper"
        ),
    ),
    ("list of changes", _secretary, _page("admin:members_proposedchange_changelist")),
    ("a change", _secretary, _page("admin:members_proposedchange_change", "change.pk")),
    ("companies twice", _secretary, _page("admin:members_companypair_changelist")),
    ("a company twice", _secretary, _page("admin:members_companypair_change", "company_pair.pk")),
    ("people twice", _secretary, _page("admin:members_personpair_changelist")),
    ("a person twice", _secretary, _page("admin:members_personpair_change", "person_pair.pk")),
    ("list of imports", _secretary, _page("admin:members_importrun_changelist")),
    ("an import", _secretary, _page("admin:members_importrun_change", "import_run.pk")),
    ("upload a table", _secretary, _page("admin:members_importrun_upload")),
    ("own fees", _representative, _page("own_fees", "member.number")),
    ("list of fees", _secretary, _page("admin:members_feeyear_changelist")),
    ("fees of a year", _secretary, _page("admin:members_feeyear_change", "fee_year.pk")),
    ("fees being prepared", _secretary, _page("admin:members_feeyear_change", "fee_draft.pk")),
    ("prepare fees", _secretary, _page("admin:members_feeyear_begin")),
    ("values of fees", _secretary, _page("admin:members_feeyear_values", "fee_draft.pk")),
    ("list of invoices", _secretary, _page("admin:members_invoice_changelist")),
    ("an invoice", _secretary, _page("admin:members_invoice_change", "invoice.pk")),
    ("list of banks' files", _secretary, _page("admin:members_bankfile_changelist")),
    ("a bank's file", _secretary, _page("admin:members_bankfile_change", "bank_file.pk")),
    ("list of sectors", _secretary, _page("admin:members_sector_changelist")),
    (
        "a sector",
        _secretary,
        lambda the: reverse("admin:members_sector_change", args=[the.member.sectors.all()[0].pk]),
    ),
    ("list of people", _secretary, _page("admin:accounts_user_changelist")),
    ("list of invitations", _secretary, _page("admin:accounts_invitation_changelist")),
    ("list of mail", _secretary, _page("admin:mail_outboxmail_changelist")),
    ("standing letters", _secretary, _page("admin:mail_letterwording_changelist")),
    ("a standing letter", _secretary, _a_letter),
    ("a wording", _secretary, _page("admin:mail_letterwording_change", "wording.pk")),
    ("letters to post", _secretary, _page("admin:mail_outboxmail_paper")),
    ("a letter on paper", _secretary, _page("admin:mail_outboxmail_change", "on_paper.pk")),
    (
        "letters to record as posted",
        _secretary,
        lambda the: f"{reverse('admin:mail_outboxmail_posted')}?take=posted&upto=999999999",
    ),
    ("a mail", _secretary, _page("admin:mail_outboxmail_change", "mail.pk")),
    ("mail domain", _secretary, _page("admin:mail_outboxmail_domain")),
    ("stopped addresses", _secretary, _page("admin:mail_stoppedaddress_changelist")),
    (
        "a stopped address",
        _secretary,
        _page("admin:mail_stoppedaddress_change", "stopped.pk"),
    ),
    (
        "a person whose letters come back",
        _secretary,
        _page("admin:accounts_user_change", "stopped.reader_id"),
    ),
    ("list of terms", _secretary, _page("admin:board_term_changelist")),
    ("a term", _secretary, _page("admin:board_term_change", "board.term.pk")),
    ("list of yearly plans", _secretary, _page("admin:board_yearplan_changelist")),
    ("a yearly plan", _secretary, _page("board:plan", "plan.year")),
    ("a yearly plan for the board", _board_member, _page("board:plan", "plan.year")),
    ("list of matters", _secretary, _page("admin:board_matter_changelist")),
    ("list of resolutions", _secretary, _page("admin:board_resolution_changelist")),
    ("list of representatives", _secretary, _page("admin:members_representative_changelist")),
    ("list of seats", _secretary, _page("admin:board_seat_changelist")),
    ("list of mailings", _secretary, _page("admin:mailings_mailing_changelist")),
    ("a draft of a mailing", _secretary, _page("admin:mailings_mailing_change", "mailing.pk")),
    ("a mailing", _secretary, _page("admin:mailings_mailing_change", "sent_mailing.pk")),
    ("change a mailing", _secretary, _page("admin:mailings_mailing_edit", "mailing.pk")),
    ("preview of a mailing", _secretary, _page("admin:mailings_mailing_preview", "mailing.pk")),
    ("write to people", _secretary, lambda the: reverse(WRITE, args=["people"])),
    ("write to members", _secretary, lambda the: reverse(WRITE, args=["members"])),
    ("archive", _representative, _page("archive")),
    ("search of the archive", _board_member, _typed("archive", "archived")),
    ("old resolutions", _board_member, _page("board:former_resolutions")),
    ("an old resolution", _board_member, _page("board:former_resolution", "former_resolution.pk")),
    ("list of old resolutions", _secretary, _page("admin:board_formerresolution_changelist")),
    ("archive's list", _secretary, _page("admin:documents_archiveddocument_changelist")),
    (
        "a paper of the archive",
        _secretary,
        _page("admin:documents_archiveddocument_change", "archived.pk"),
    ),
    ("add to the archive", _secretary, _page("admin:documents_archiveddocument_upload")),
    ("list of documents", _secretary, _page("admin:documents_document_changelist")),
    ("list of bylaws", _secretary, _page("admin:bylaws_bylaws_changelist")),
    ("a version of the bylaws", _secretary, _page("admin:bylaws_bylaws_change", "bylaws.pk")),
    ("list of backups", _secretary, _page("admin:keeping_backup_changelist")),
    ("a backup", _secretary, _page("admin:keeping_backup_change", "backup.pk")),
    ("list of handover bundles", _secretary, _page("admin:keeping_handover_changelist")),
    ("a handover bundle", _secretary, _page("admin:keeping_handover_change", "handover.pk")),
    ("make a bundle", _secretary, _page("admin:keeping_handover_make")),
    ("remove a bundle", _secretary, _page("admin:keeping_handover_remove", "handover.pk")),
    ("a question", _secretary, _page("admin:members_question_change", "question.pk")),
    ("list of requests", _secretary, _page("admin:privacy_datarequest_changelist")),
    ("a request", _secretary, _page("admin:privacy_datarequest_change", "data_request.pk")),
    ("list of erasures", _secretary, _page("admin:privacy_erasure_changelist")),
    ("an erasure", _secretary, _page("admin:privacy_erasure_change", "erasure.pk")),
    ("kept long enough", _secretary, _page("admin:privacy_erasure_due")),
    ("register of processing", _secretary, _page("admin:privacy_datarequest_processing")),
    ("data of a person", _secretary, _page("admin:accounts_user_data", "applicant.pk")),
]

# Pages that ask before an act carry it out and undo it (`kip.mail.confirm`): they cost what the act
# costs besides. That is fixed too, whatever else is on file, and however many letters it writes.
ACT_LIMIT = 36
ACTS: list[Page] = [
    ("ask", _secretary, _page("admin:members_application_ask", "unchecked.pk")),
    (
        "correct an application",
        _secretary,
        _page("admin:members_application_correct", "unchecked.pk"),
    ),
    ("correct a member", _secretary, _page("admin:members_member_correct", "member.pk")),
    (
        "end a role",
        _representative,
        lambda the: reverse("people_end", args=[the.member.number, _deputy(the).pk]),
    ),
    (
        "change the dates of a role",
        _representative,
        lambda the: reverse("people_dates", args=[the.member.number, _deputy(the).pk]),
    ),
    (
        "settle what somebody holds",
        _secretary,
        lambda the: reverse("settle_person", args=[the.board.people[1].pk]),
    ),
    (
        "settle a company's person",
        _representative,
        lambda the: reverse("settle_person", args=[_deputy(the).person_id]),
    ),
    ("resign", _representative, _page("resign", "member.number")),
    ("answer a hearing", _representative, _page("answer_hearing", "member.number", "case.pk")),
    ("record a resignation", _secretary, _page("admin:members_resignation_record", "member.pk")),
    ("take it back", _secretary, _page("admin:members_resignation_take_back", "resignation.pk")),
    ("give more time", _secretary, _page("admin:members_yearlycheck_more_time", "check.pk")),
    ("close a yearly check", _secretary, _page("admin:members_yearlycheck_close", "check.pk")),
    ("flag a member", _secretary, _page("admin:members_expulsion_doubt", "member.pk")),
    ("drop an expulsion", _secretary, _page("admin:members_expulsion_drop", "case.pk")),
    (
        "take back a change",
        _representative,
        _page("withdraw_change", "change.member.number", "change.pk"),
    ),
    ("confirm a change", _secretary, _page("admin:members_proposedchange_confirm", "change.pk")),
    ("decline a change", _secretary, _page("admin:members_proposedchange_decline", "change.pk")),
    # Merging is not among them: it writes row by row, so that it can be undone row by row.
    ("keep apart", _secretary, _page("admin:members_companypair_apart", "company_pair.pk")),
    ("compare", _secretary, _page("admin:members_companypair_compare", "member.pk")),
    ("credit an invoice", _secretary, _page("admin:members_invoice_credit", "invoice.pk")),
    ("book a bank's file", _secretary, _page("admin:members_bankfile_book", "bank_file.pk")),
    ("drop an import", _secretary, _page("admin:members_importrun_drop", "import_run.pk")),
    ("send a mailing", _secretary, _page("admin:mailings_mailing_send", "mailing.pk")),
    ("discard a mailing", _secretary, _page("admin:mailings_mailing_discard", "mailing.pk")),
    ("bring before the board", _secretary, _page("board:bring", "unchecked.pk")),
    ("open a matter", _secretary, _page("board:open_matter")),
    ("withdraw", _applicant, _page("application_withdraw", "application.public_id")),
    (
        "mark somebody absent",
        _chair,
        lambda the: reverse("board:mark_absence", args=[the.matter.pk, the.board.seats[4].pk]),
    ),
    ("declare a conflict", _board_member, _page("board:declare_conflict", "matter.pk")),
    ("send to a meeting", _board_member, _page("board:send_to_meeting", "matter.pk")),
    ("record a decision", _secretary, _page("board:record_decision", "matter.pk")),
    (
        "confirm a record",
        _chair,
        _page("board:confirm_record", "for_meeting.pk", "record.pk"),
    ),
]


def _queries(the: World, who: User | None, path: str) -> list[str]:
    client = Client()
    if who is not None:
        client.force_login(who, backend="kip.accounts.backends.Backend")
    client.get(path)  # the first request of a process fills caches of content types and sites
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return [
        query["sql"] for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))
    ]


def test_every_page_has_a_fixed_number_of_queries() -> None:
    _same_with_one_row_and_with_three(PAGES + ACTS)


def test_so_has_a_search_that_finds_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than a few are not named one by one to the queries that follow."""
    monkeypatch.setattr(finding, "FEW", 0)
    _same_with_one_row_and_with_three([page for page in PAGES if page[0].startswith("search")])


def _same_with_one_row_and_with_three(pages: list[Page]) -> None:
    counts: dict[int, dict[str, list[str]]] = {}
    for rows in (1, 3):
        with transaction.atomic():
            the = world.build(rows)
            counts[rows] = {name: _queries(the, who(the), path(the)) for name, who, path in pages}
            transaction.set_rollback(True)
    limits = {
        **{name: LIMIT for name, _, _ in PAGES},
        **{name: ACT_LIMIT for name, _, _ in ACTS},
        # Every part of the association adds what waits in it, or what it holds, with one query.
        **dict.fromkeys(["desk", "my data", "kept long enough", "data of a person"], DESK_LIMIT),
        **{name: MY_LIMIT for name, _, _ in PAGES if name.startswith("my KIP")},
        # Besides what other pages ask: how the person is written to, and what may be done about it.
        "a person whose letters come back": MY_LIMIT,
    }
    wrong = {
        name: (len(counts[1][name]), len(counts[3][name]))
        for name, _, _ in pages
        if len(counts[1][name]) != len(counts[3][name]) or len(counts[3][name]) > limits[name]
    }
    assert not wrong, "\n".join(
        [
            str(wrong),
            *(f"{name}:\n  " + "\n  ".join(s[:230] for s in counts[3][name]) for name in wrong),
        ]
    )
