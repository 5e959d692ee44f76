"""Every URL as every role, with data that could leak. A URL that is not known here fails."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from kip.accounts import links
from kip.accounts.models import User
from tests import world
from tests.world import World

pytestmark = pytest.mark.django_db

EVERYBODY = {
    "stranger",
    "applicant",
    "other_applicant",
    "representative",
    "own_billing",
    "former_representative",
    "future_representative",
    "other_primary",
    "former",
    "recused",
    "member_of_the_board",
    "secretary",
    "superuser",
}
SIGNED_IN = EVERYBODY - {"stranger"}
BOARD = {"recused", "member_of_the_board"}
READS_MATTERS = BOARD | {"secretary"}
READS_THE_APPLICATION = {"applicant", "secretary"}
STAFF = {"secretary", "superuser"}
SECRETARY = {"secretary"}
OWN_PEOPLE = {"representative", "own_billing"}
KEEPS_PEOPLE = {"representative", "secretary"}
KEEPS_FEES = {"representative", "own_billing", "secretary"}
STANDS_FOR_A_MEMBER = OWN_PEOPLE | {"other_primary"}
NOBODY: set[str] = set()


@pytest.fixture
def the_world(db: None) -> World:
    return world.build()


def urls(the: World) -> dict[str, tuple[tuple[object, ...], set[str]]]:
    """Each URL by its name: the arguments to open it with, and who may."""
    application, draft, asked = (
        (the.application.public_id,),
        (the.draft.public_id,),
        (the.asked.public_id,),
    )
    matter = (the.matter.pk,)
    number = the.member.number
    role = the.member.representatives.get(role="primary").pk
    task = the.plan.tasks.order_by("pk")[0].pk
    token = links.sign(the.invitation.pk, the.invitation.nonce)
    return {
        "healthz": ((), EVERYBODY),
        "receive_mail": ((), NOBODY),  # for mail servers, by a token
        "readyz": ((), EVERYBODY),
        "set_language": ((), EVERYBODY),
        "home": ((), EVERYBODY),
        "member_list": ((), EVERYBODY),
        "apply": ((), EVERYBODY),
        "bylaws": ((), EVERYBODY),
        "bylaws_version": ((the.bylaws.version,), EVERYBODY),
        "board_public": ((), EVERYBODY),
        "archive": ((), READS_MATTERS | STANDS_FOR_A_MEMBER),
        "board:former_resolutions": ((), READS_MATTERS),
        "board:former_resolution": ((the.former_resolution.pk,), READS_MATTERS),
        "my_kip": ((), SIGNED_IN),
        "privacy": ((), EVERYBODY),
        "my_data": ((), SIGNED_IN),
        "my_data_json": ((), SIGNED_IN),
        "my_data_pdf": ((), SIGNED_IN),
        "my_data_ask": ((), SIGNED_IN),
        "search": ((), SIGNED_IN),
        "accounts:details": ((), SIGNED_IN),
        "accounts:invitation": ((token,), EVERYBODY),
        "accounts:new_link": ((token,), EVERYBODY),
        "document": ((the.document.pk,), {"applicant", "member_of_the_board", "secretary"}),
        "applications": ((), SIGNED_IN),
        "application_begin": ((), SIGNED_IN),
        "application": (application, READS_THE_APPLICATION),
        "application_check": (draft, READS_THE_APPLICATION),
        "application_answer": (asked, READS_THE_APPLICATION),
        "application_add_document": (application, READS_THE_APPLICATION),
        "application_remove_document": ((the.draft.public_id, 1), READS_THE_APPLICATION),
        "application_withdraw": (application, READS_THE_APPLICATION),
        "own_company": ((the.member.number,), OWN_PEOPLE),
        "member_page": ((number,), EVERYBODY),
        "member_logo": ((number, the.member.logo.sha256[:16]), EVERYBODY),
        "own_facts": ((number, "safety"), KEEPS_PEOPLE),
        "own_logo": ((number,), KEEPS_PEOPLE),
        "own_history": ((number,), OWN_PEOPLE | SECRETARY),
        "own_papers": ((number,), OWN_PEOPLE),
        "own_fees": ((number,), KEEPS_FEES),
        "own_invoice": ((number, the.invoice.pk), KEEPS_FEES),
        "own_check": ((number,), KEEPS_PEOPLE),
        "propose_change": ((number,), KEEPS_PEOPLE),
        "propose_merger": ((number,), KEEPS_PEOPLE),
        "withdraw_change": ((the.change.member.number, the.change.pk), KEEPS_PEOPLE),
        "company_people": ((number,), OWN_PEOPLE | SECRETARY),
        "people_name": ((number,), KEEPS_PEOPLE),
        "people_dates": ((number, role), KEEPS_PEOPLE),
        "people_end": ((number, role), KEEPS_PEOPLE),
        "people_hand_over": ((number,), SECRETARY),
        "settle_person": ((the.representative.pk,), KEEPS_PEOPLE),
        "resign": ((number,), {"representative"}),
        "hearing": ((number, the.case.pk), KEEPS_PEOPLE),
        "answer_hearing": ((number, the.case.pk), KEEPS_PEOPLE),
        "register": ((), READS_MATTERS | STANDS_FOR_A_MEMBER),
        "register_file": (("pdf",), READS_MATTERS | STANDS_FOR_A_MEMBER),
        "register_votes": ((), READS_MATTERS),
        "register_votes_file": (("csv",), READS_MATTERS),
        "register_people": ((), SECRETARY),
        "register_people_file": (("csv",), SECRETARY),
        "application_step": ((the.draft.public_id, "company"), READS_THE_APPLICATION),
        "board:matters": ((), READS_MATTERS),
        "board:open_matter": ((), SECRETARY),
        "board:matter": (matter, READS_MATTERS),
        "board:vote": (matter, READS_MATTERS),
        "board:declare_conflict": (matter, READS_MATTERS),
        "board:take_back_conflict": (matter, READS_MATTERS),
        "board:send_to_meeting": (matter, READS_MATTERS),
        "board:declare": (matter, READS_MATTERS - {"recused"}),
        "board:confirm_record": ((the.for_meeting.pk, the.record.pk), READS_MATTERS),
        "board:enter_vote": (matter, SECRETARY),
        "board:absence": (matter, SECRETARY),
        "board:mark_absence": ((the.matter.pk, the.board.seats[4].pk), SECRETARY),
        "board:record_decision": (matter, SECRETARY),
        "board:close": (matter, SECRETARY),
        "board:take_up_anew": (matter, SECRETARY),
        "board:bring": ((the.asked.pk,), SECRETARY),
        "board:latest_plan": ((), READS_MATTERS),
        "board:plan": ((the.plan.year,), READS_MATTERS),
        "board:begin_plan": ((), SECRETARY),
        "board:plan_meeting": ((the.plan.year,), SECRETARY),
        "board:add_task": ((the.plan.year,), SECRETARY),
        "board:change_task": ((task,), SECRETARY),
        "board:remove_task": ((task,), SECRETARY),
        "board:settle_task": ((task,), SECRETARY),
        "board:reopen_task": ((task,), SECRETARY),
        "board:bring_expulsion": ((the.expulsion_matter.expulsion_id,), SECRETARY),
    }


# allauth's own pages: before signing in, and a person's own affairs afterwards.
SIGN_IN_PAGES = {
    "account_login",
    "account_logout",
    "account_inactive",
    "account_email_verification_sent",
    "account_reset_password",
    "account_confirm_login_code",
    "account_confirm_password_reset_code",
    "account_complete_password_reset",
    "account_password_reset_completed",
    "account_request_login_code",
    "mfa_authenticate",
    "mfa_login_webauthn",
}
OWN_SIGN_IN_PAGES = {
    "account_reauthenticate",
    "account_email",
    "account_change_password",
    "account_set_password",
    "mfa_index",
    "mfa_reauthenticate",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
    "mfa_list_webauthn",
    "mfa_add_webauthn",
    "mfa_reauthenticate_webauthn",
    "mfa_remove_webauthn",
    "mfa_edit_webauthn",
}
GONE = {"account_signup"}


def named_urls(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, int]]:
    """Every URL's name, with how many arguments it takes."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from named_urls(pattern, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name}", pattern.pattern.regex.groups


ALL_URLS = sorted(set(named_urls(get_resolver())))


def people(the: World) -> dict[str, User | None]:
    return {
        "stranger": None,
        "applicant": the.applicant,
        "other_applicant": the.other_applicant,
        "representative": the.representative,
        "own_billing": the.own_billing,
        "former_representative": the.former_representative,
        "future_representative": the.future_representative,
        "other_primary": the.other_primary,
        "former": the.former,
        "recused": the.recused,
        "member_of_the_board": the.board.people[4],
        "secretary": the.secretary,
        "superuser": the.superuser,
    }


def others_pages(the: World) -> list[str]:
    """What the people of another company open, and nobody else but the secretary."""
    number = the.other.number
    return [
        *(
            reverse(name, args=[number])
            for name in (
                *("own_company", "own_history", "own_papers", "company_people"),
                "own_fees",
            )
        ),
        reverse("own_facts", args=[number, "safety"]),
        reverse("withdraw_change", args=[number, the.others_change.pk]),
    ]


def crossed(the: World) -> list[str]:
    """What belongs to one company, under the number of another: for nobody."""
    number, own = the.other.number, the.member.representatives.get(role="primary").pk
    return [
        reverse("people_end", args=[number, own]),
        reverse("own_invoice", args=[number, the.invoice.pk]),
        reverse("people_dates", args=[number, own]),
        reverse("hearing", args=[number, the.case.pk]),
        reverse("answer_hearing", args=[number, the.case.pk]),
        reverse("withdraw_change", args=[number, the.change.pk]),
    ]


def client_of(the: World, role: str) -> Client:
    client = Client(raise_request_exception=True)
    if (person := people(the)[role]) is not None:
        client.force_login(person, backend="kip.accounts.backends.Backend")
    return client


def was_let_in(response: object) -> bool:
    """Whether the page opened. Else: on to the sign-in page, or as if there were no such page."""
    status, location = response.status_code, response.headers.get("Location", "")  # type: ignore[attr-defined]
    return status not in {401, 403, 404} and not (
        status == 302 and location.startswith(reverse("account_login"))
    )


def test_every_url_is_known_here(the_world: World) -> None:
    known = {*urls(the_world), *SIGN_IN_PAGES, *OWN_SIGN_IN_PAGES, *GONE}
    unknown = {name for name, _ in ALL_URLS if not name.startswith("admin:")} - known
    # The one without a name leads from the admin's password page to the only one there is.
    assert unknown == {"None"}
    assert not known - {name for name, _ in ALL_URLS}


SECRETS = {
    world.NOTE: SECRETARY,
    world.VOTE_REASON: {"member_of_the_board", "secretary"},
    world.ACTIVITIES: {"applicant", "member_of_the_board", "secretary", "superuser"},
    world.EXPULSION: {"representative", *BOARD, "secretary"},
    world.CHEMICALS: {*OWN_PEOPLE, "secretary", "superuser"},
    world.GROUND: {"secretary", "superuser"},
    world.OTHERS_GROUND: {"secretary", "superuser"},
    world.OTHER: {"other_primary", *STAFF},
    world.FORMER: {"former_representative", *KEEPS_PEOPLE, *STAFF},
    world.FUTURE: {"future_representative", *OWN_PEOPLE, *STAFF},  # the people page says who comes
    world.END_GROUND: SECRETARY,
    world.DOCUMENT: {"applicant", "member_of_the_board", "secretary", "superuser"},
}


def more_pages(the: World) -> list[str]:
    """Read too for what must not stand on them."""
    return [
        reverse("admin:members_application_change", args=[the.application.pk]),
        reverse("board:matter", args=[the.expulsion_matter.pk]),
        reverse("admin:members_expulsion_change", args=[the.case.pk]),
        reverse("admin:members_member_change", args=[the.member.pk]),
        reverse("admin:members_proposedchange_change", args=[the.change.pk]),
        reverse("admin:members_proposedchange_change", args=[the.others_change.pk]),
        reverse("admin:mail_outboxmail_changelist"),
        reverse("admin:documents_document_changelist"),
    ]


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_who_gets_where_and_reads_what(the_world: World, role: str) -> None:
    """Who may open a page does, nobody else; and only what is meant for them stands on it."""
    wrong = []
    seen: dict[str, list[str]] = {secret: [] for secret in SECRETS}
    client = client_of(the_world, role)

    def opened(path: str) -> Any:
        response = client.get(path)
        if not response.streaming and response.status_code == 200:
            page = response.content.decode(errors="replace")
            for secret in SECRETS:
                if secret in page:
                    seen[secret].append(path)
        return response

    for name, (arguments, may) in urls(the_world).items():
        path = reverse(name, args=arguments)
        for method in ("get", "post"):
            if method == "post" and role in may:
                continue  # acts of those who may are tried one by one elsewhere
            response = opened(path) if method == "get" else client.post(path)
            if response.status_code == 405:  # for nobody
                continue
            if was_let_in(response) != (role in may):
                wrong.append(f"{method} {path}: {response.status_code}")
    for path in others_pages(the_world):
        if was_let_in(opened(path)) and role not in {"other_primary", "secretary"}:
            wrong.append(f"get {path}")
    for path in crossed(the_world):
        if was_let_in(client.get(path)):
            wrong.append(f"get {path}")
    for path in more_pages(the_world):
        opened(path)
    for name in SIGN_IN_PAGES | OWN_SIGN_IN_PAGES:
        if name == "account_logout":
            continue
        args = (1,) if name in {"mfa_edit_webauthn", "mfa_remove_webauthn"} else ()
        response = client.get(reverse(name, args=args))
        if response.status_code >= 500 or (
            name in OWN_SIGN_IN_PAGES and was_let_in(response) and role == "stranger"
        ):
            wrong.append(f"get {name}: {response.status_code}")
    for name in GONE:
        if client.get(reverse(name)).status_code != 404:
            wrong.append(f"get {name}")
    assert not wrong
    for secret, may in SECRETS.items():
        assert bool(seen[secret]) == (role in may), (secret, seen[secret])


# For the admin all who stand for a company are alike: one of them is enough.
ALIKE = {"own_billing", "former_representative", "future_representative", "other_primary"}


@pytest.mark.parametrize("role", sorted(EVERYBODY - ALIKE))
def test_who_gets_into_the_admin(the_world: World, role: str) -> None:
    client = client_of(the_world, role)
    ids = {
        "accounts_user": the_world.applicant.pk,
        "accounts_invitation": the_world.invitation.pk,
        "mail_outboxmail": the_world.mail.pk,
        "mail_letterwording": the_world.wording.pk,
        "mail_stoppedaddress": the_world.stopped.pk,
        "bylaws_bylaws": the_world.bylaws.pk,
        "mailings_mailing": the_world.mailing.pk,
        "mailings_mailingrecipient": the_world.mailing.recipients.all()[0].pk,
        "documents_document": the_world.document.pk,
        "documents_archiveddocument": the_world.archived.pk,
        "members_application": the_world.application.pk,
        "members_representative": the_world.member.representatives.all()[0].pk,
        "members_member": the_world.member.pk,
        "members_proposedchange": the_world.change.pk,
        "members_sector": the_world.member.sectors.all()[0].pk,
        "members_site": the_world.member.sites.all()[0].pk,
        "members_question": the_world.question.pk,
        "members_expulsion": the_world.case.pk,
        "members_resignation": the_world.resignation.pk,
        "members_importrun": the_world.import_run.pk,
        "members_yearlycheck": the_world.check.pk,
        "members_companypair": the_world.company_pair.pk,
        "members_personpair": the_world.person_pair.pk,
        "members_feeyear": the_world.fee_year.pk,
        "members_invoice": the_world.invoice.pk,
        "members_payment": the_world.payment.pk,
        "members_bankfile": the_world.bank_file.pk,
        "board_term": the_world.board.term.pk,
        "board_seat": the_world.board.seats[0].pk,
        "board_matter": the_world.matter.pk,
        "board_resolution": 1,
        "board_yearplan": the_world.plan.pk,
        "board_formerresolution": the_world.former_resolution.pk,
        "audit_redaction": 1,
        "keeping_backup": the_world.backup.pk,
        "keeping_handover": the_world.handover.pk,
        "privacy_datarequest": the_world.data_request.pk,
        "privacy_erasure": the_world.erasure.pk,
    }
    kept = {
        "members_companypair": the_world.company_pair.first_id,
        "members_personpair": the_world.person_pair.first_id,
    }
    # Signing in and out; the one for passwords leads to the only page there is for them.
    open_to_all = {
        "admin:login",
        "admin:logout",
        "admin:jsi18n",
        "admin:password_change",
        "admin:None",
    }
    wrong = []
    for name, arguments in ALL_URLS:
        if not name.startswith("admin:") or name in open_to_all or name == "admin:view_on_site":
            continue
        model = "_".join(name.removeprefix("admin:").split("_")[:2])
        args: tuple[object, ...] = ()
        if name == "admin:mail_outboxmail_letter_pdf":
            ids[model] = the_world.on_paper.pk
        if arguments:
            args = ("members",) if name == "admin:app_list" else (ids[model],)
            if arguments == 2 and model == "mail_letterwording":
                args = ("members-approved", "fi")
            if name.endswith("pair_merge"):  # also which one is kept
                args = (ids[model], kept[model])
            elif name.endswith("pair_compare"):  # a record, not a pair
                args = (kept[model],)
        response = client.get(reverse(name, args=args))
        if role in STAFF:
            if response.status_code >= 500:
                wrong.append(f"{name}: {response.status_code}")
        elif response.status_code not in {302, 403, 404}:
            wrong.append(f"{name}: {response.status_code}")
        elif response.status_code == 302 and "login" not in response.headers["Location"]:
            wrong.append(f"{name}: to {response.headers['Location']}")
        if role == "secretary" and name.endswith("_delete") and response.status_code != 403:
            wrong.append(f"{name}: {response.status_code}")
    assert not wrong


SECRETS = {
    world.NOTE: SECRETARY,
    world.VOTE_REASON: {"member_of_the_board", "secretary"},
    world.ACTIVITIES: {"applicant", "member_of_the_board", "secretary", "superuser"},
    world.EXPULSION: {"representative", *BOARD, "secretary"},
    world.CHEMICALS: {*OWN_PEOPLE, "secretary", "superuser"},
    world.GROUND: {"secretary", "superuser"},
    world.OTHERS_GROUND: {"secretary", "superuser"},
    world.OTHER: {"other_primary", *STAFF},
    world.FORMER: {"former_representative", *KEEPS_PEOPLE, *STAFF},
    world.FUTURE: {"future_representative", *OWN_PEOPLE, *STAFF},  # the people page says who comes
    world.END_GROUND: SECRETARY,
    world.ARCHIVED: {*BOARD, *STANDS_FOR_A_MEMBER, "secretary"},
    world.FOR_THE_BOARD: READS_MATTERS,
    world.FOR_THE_SECRETARY: SECRETARY,
    world.DOCUMENT: {"applicant", "member_of_the_board", "secretary", "superuser"},
}


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_nothing_leaks(the_world: World, role: str) -> None:
    """Whatever somebody opens, only what is meant for them stands on it."""
    client = client_of(the_world, role)
    paths = [reverse(name, args=args) for name, (args, _may) in urls(the_world).items()]
    paths += [
        *others_pages(the_world),
        reverse("admin:members_application_change", args=[the_world.application.pk]),
        reverse("board:matter", args=[the_world.expulsion_matter.pk]),
        reverse("admin:members_expulsion_change", args=[the_world.case.pk]),
        reverse("admin:members_member_change", args=[the_world.member.pk]),
        reverse("admin:members_proposedchange_change", args=[the_world.change.pk]),
        reverse("admin:members_proposedchange_change", args=[the_world.others_change.pk]),
        reverse("admin:mail_outboxmail_changelist"),
        reverse("admin:mail_stoppedaddress_changelist"),
        reverse("admin:mail_stoppedaddress_change", args=[the_world.stopped.pk]),
        reverse("admin:documents_document_changelist"),
    ]
    seen: dict[str, list[str]] = {secret: [] for secret in SECRETS}
    for path in paths:
        response = client.get(path)
        if response.streaming or response.status_code != 200:
            continue
        for secret in SECRETS:
            if secret in response.content.decode(errors="replace"):
                seen[secret].append(path)
    for secret, may in SECRETS.items():
        assert bool(seen[secret]) == (role in may), (secret, seen[secret])
