"""A small association with everything in it that a page could show, or leak."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from board.models import FormerResolution, Matter, MeetingRecord, YearPlan
from board.services import matters, planning, resolving, terms, voting
from kip.accounts import services as accounts
from kip.accounts.models import Invitation, User
from kip.bylaws.models import Bylaws
from kip.documents.models import ArchivedDocument, Document
from kip.documents.services import archive
from kip.keeping.models import Backup, Handover
from kip.keeping.services import ask_for_handover
from kip.keeping.states import HandoverStatus
from kip.mail import posting, rewording
from kip.mail.letters import Made
from kip.mail.models import LetterWording, OutboxMail, StoppedAddress
from kip.mail.receiving import receive
from kip.mail.services import post
from kip.mail.wording import standing_letters
from kip.mailings import services as mailings
from kip.mailings.models import Mailing
from kip.privacy import services as privacy
from kip.privacy.models import DataRequest, Erasure
from members import services
from members.models import (
    Application,
    BankFile,
    CompanyPair,
    Expulsion,
    FeeReminder,
    FeeYear,
    ImportRun,
    Invoice,
    Member,
    Payment,
    PersonPair,
    ProposedChange,
    Question,
    Resignation,
    Sector,
    Site,
    YearlyCheck,
)
from tests.board.factories import BoardNow, a_board, a_matter, another_matter, declare, vote
from tests.kip.documents.files import PDF, png
from tests.kip.mail.reports import postfix
from tests.members.factories import (
    a_draft,
    a_member,
    a_pdf,
    a_person,
    a_representative,
    a_submitted_application,
    business_id,
)

# Words that some readers may see and others must not.
NOTE = "a-private-note"
VOTE_REASON = "a-reason-of-a-vote"
ACTIVITIES = "the-applicants-activities"
DOCUMENT = "annex-of-the-application.pdf"
EXPULSION = "the-facts-of-an-expulsion"
CHEMICALS = "the-chemicals-of-a-company"
GROUND = "the-ground-of-a-change"
BACK = "baccus"  # to whose address nothing is sent
OTHERS_GROUND = "the-ground-of-another-companys-change"
OTHER = "Othniel"  # the primary representative of another company
FORMER = "Formosa"  # stood for the company
FUTURE = "Futura"  # is to stand for it
ARCHIVED = "an-archived-paper-for-the-members"
FOR_THE_BOARD = "an-archived-paper-for-the-board"
FOR_THE_SECRETARY = "an-archived-paper-for-the-secretary"
END_GROUND = "the-ground-on-which-a-role-ended"


@dataclass
class World:
    at: datetime
    secretary: User
    superuser: User
    board: BoardNow
    recused: User
    former: User
    applicant: User
    other_applicant: User
    representative: User
    own_billing: User  # of that member, like the next two
    former_representative: User
    future_representative: User
    other_primary: User  # of `other`, and of no company else
    application: Application  # before the board, with votes, a note and a document
    draft: Application
    asked: Application
    unchecked: Application
    matter: Matter
    decided: Matter
    for_meeting: Matter
    expulsion_matter: Matter
    record: MeetingRecord
    document: Document
    mail: OutboxMail
    wording: LetterWording  # of a letter to the secretary, in Swedish
    stopped: StoppedAddress  # of somebody who stands for the member
    on_paper: OutboxMail  # posted, and came back
    invitation: Invitation
    member: Member
    change: ProposedChange  # of another company, which merges into `member`
    other: Member  # which is to merge into `member` too
    others_change: ProposedChange
    case: Expulsion  # of that member, which is being heard
    resignation: Resignation
    import_run: ImportRun  # checked, with a new company in each row
    archived: ArchivedDocument
    former_resolution: FormerResolution
    check: YearlyCheck
    company_pair: CompanyPair  # that member, and another one with as much
    person_pair: PersonPair
    question: Question
    fee_year: FeeYear  # fixed, of everybody; `invoice` of that member is paid in part
    fee_draft: FeeYear
    invoice: Invoice
    payment: Payment
    bank_file: BankFile  # read, with a payment for each invoice
    bylaws: Bylaws
    mailing: Mailing  # a draft
    sent_mailing: Mailing
    plan: YearPlan
    backup: Backup
    handover: Handover  # which can be downloaded
    data_request: DataRequest  # of the applicant, with the first erasure planned
    erasure: Erasure


def build(rows: int = 1, at: datetime | None = None) -> World:
    """`rows` of everything that lists show."""
    at = at or timezone.now()
    then = at - timedelta(days=5)
    deadline = at + timedelta(days=9)
    board = a_board(5, deputies=1, since=then - timedelta(days=30))
    secretary = board.secretary
    superuser = User.objects.create_superuser("root@kip.example")
    applicant = a_person("Anni Applicant")
    other = a_person("Olli Other")
    representative = a_person("Reino Representative")
    former = a_person("Forma Former")
    seat = terms.seat_person(
        term=board.term,
        person=former,
        kind="member",
        since=then - timedelta(days=20),
        by=secretary,
        at=then - timedelta(days=20),
    )
    terms.end_seat(seat_id=seat.pk, until=then, by=secretary, at=then)
    question = Question.objects.create(
        kind="text", label_fi="K", label_sv="F", label_en="How many shifts?", order=1
    )
    company = count()
    backup, handover = _kept_safe(rows, by=secretary, at=then)

    members, cases, before_board, resignations = [], [], [], []
    for number in range(1, rows + 1):
        member = a_member(
            number=number, name=f"Member {number} Oy", business_id=business_id(next(company))
        )
        a_representative(member, representative, "primary", since=then.date())
        for n in range(rows):
            deputy = a_person(f"Dora{number}{n} Deputy")
            a_representative(member, deputy, "deputy", since=then.date())
            a_representative(member, deputy, "hr", since=at.date() + timedelta(days=30))
            a_representative(member, deputy, "safety", until=then.date())
        members.append(_with_its_facts(member, rows, by=secretary, at=then))
        case: dict[str, Any] = {"facts": EXPULSION, "by": secretary, "at": then}
        cases.append(
            services.open_expulsion(
                member_id=member.pk, ground="harm", answer_by=deadline.date(), **case
            )
        )
        expelled = a_member(
            number=100 + number,
            name=f"Expelled {number} Oy",
            business_id=business_id(next(company)),
        )
        of_the_board = services.open_expulsion(
            member_id=expelled.pk, ground="fees", answer_by=None, **case
        )
        type(of_the_board).objects.filter(pk=of_the_board.pk).update(decided_by="board")
        before_board.append(of_the_board)
        leaving = a_member(
            number=200 + number, name=f"Leaving {number} Oy", business_id=business_id(next(company))
        )
        services.doubt_membership(member_id=leaving.pk, doubt="Moves away.", by=secretary, at=then)
        resignations.append(
            services.record_resignation(
                member_id=leaving.pk,
                channel="letter",
                received_on=then.date(),
                effective_on=then.date() + timedelta(days=100),
                has_authority=True,
                by=secretary,
                at=then,
            )
        )

    change: Any = None
    for n in range(rows):
        merging = a_member(
            number=900 + n, name=f"Merging {n} Oy", business_id=business_id(next(company))
        )
        a_representative(merging, representative, "primary", since=then.date())
        for role in ("safety", "environment", "hr")[:rows]:
            a_representative(merging, representative, role, since=then.date())
        change = services.propose_merger(
            member_id=merging.pk,
            into_id=members[-1].pk,
            effective_on=at.date(),
            ground=GROUND,
            by=representative,
            at=then,
        )

    today = at.date()
    billing, former_of_it, future_of_it, other_primary = (
        a_person(f"{name} Standing") for name in ("Billy", FORMER, FUTURE, OTHER)
    )
    a_representative(members[-1], billing, "billing", since=then.date())
    ended = a_representative(members[-1], former_of_it, "general", since=then.date())
    type(ended).objects.filter(pk=ended.pk).update(
        until=today, end_recorded_at=at, end_ground=END_GROUND
    )
    a_representative(members[-1], future_of_it, "general", since=today + timedelta(days=30))
    other_company = a_member(number=950, name="Other Oy", business_id=business_id(next(company)))
    a_representative(other_company, other_primary, "primary", since=then.date())
    others_change = services.propose_merger(
        member_id=other_company.pk,
        into_id=members[-1].pk,
        effective_on=today,
        ground=OTHERS_GROUND,
        by=other_primary,
        at=then,
    )

    last: dict[str, Any] = {}
    for n in range(rows):
        application = a_draft(
            by=applicant,
            at=then,
            name=f"Applying {n} Oy",
            business_id=business_id(next(company)),
            activities=ACTIVITIES,
        )
        services.save_answers(
            application_id=application.pk, answers={question.pk: "three"}, by=applicant, at=then
        )
        services.add_documents(
            application_id=application.pk,
            uploads=[a_pdf(DOCUMENT) for _ in range(rows)],
            by=applicant,
            at=then,
        )
        services.submit(application_id=application.pk, by=applicant, at=then)
        for _ in range(rows):
            services.add_note(application_id=application.pk, text=NOTE, by=secretary, at=then)
        matter = a_matter(board, application=application, at=then, deadline=deadline)
        vote(matter, board.people[2], "against", at=then, reason=VOTE_REASON)
        voting.declare_conflict(matter_id=matter.pk, by=board.people[3], at=then)
        asked = a_submitted_application(
            by=applicant, at=then, name=f"Asked {n} Oy", business_id=business_id(next(company))
        )
        for _ in range(rows):
            services.request_information(
                application_id=asked.pk,
                text="What?",
                due=(at + timedelta(days=5)).date(),
                by=secretary,
                at=then,
            )
            services.answer_request(application_id=asked.pk, text="That.", by=applicant, at=then)
        services.request_information(
            application_id=asked.pk,
            text="What else?",
            due=(at + timedelta(days=5)).date(),
            by=secretary,
            at=then,
        )
        draft = a_draft(
            by=applicant, at=then, name=f"Draft {n} Oy", business_id=business_id(next(company))
        )
        decided = another_matter(board, at=then, deadline=deadline)
        for person in board.people:
            vote(decided, person, at=then)
        declare(decided, board.chair, at=then)
        for_meeting = another_matter(board, at=then, deadline=deadline, for_meeting=True)
        expulsion_matter = matters.bring_expulsion(
            expulsion_id=before_board[n].pk, deadline=deadline, by=secretary, at=then
        )
        record = resolving.record_meeting_decision(
            matter_id=for_meeting.pk,
            meeting="Meeting of the board 1",
            held_on=then.date(),
            section="1",
            carried=True,
            unanimous=True,
            present=[row.pk for row in board.seats],
            by=secretary,
            at=then,
        )
        unchecked = a_submitted_application(
            by=other, at=then, name=f"Submitted {n} Oy", business_id=business_id(next(company))
        )
        invitation = accounts.invite(
            person=_unproved(f"invited{n}@kip.example"),
            purpose="a member of the board",
            by=secretary,
            at=then,
        )
        last = {
            "application": application,
            "draft": draft,
            "asked": asked,
            "unchecked": unchecked,
            "matter": matter,
            "decided": decided,
            "for_meeting": for_meeting,
            "expulsion_matter": expulsion_matter,
            "record": record,
            "invitation": invitation,
        }
    asked_for, planned = _about_personal_data(rows, applicant, by=secretary, at=then)
    check = services.begin_check(answer_by=deadline.date(), by=secretary, at=then)
    pairs = _pairs(members[-1], rows, by=secretary, at=then)
    application = last["application"]
    for row in last.values():
        row.refresh_from_db()
    stopped = _stopped(members, rows, at=at)
    document = application.documents.get_queryset()[0].document
    mail = OutboxMail.objects.filter(key__startswith="matter-opened").order_by("pk")[0]
    return World(
        at=at,
        secretary=secretary,
        superuser=superuser,
        board=board,
        recused=board.people[3],
        former=former,
        applicant=applicant,
        other_applicant=other,
        representative=representative,
        own_billing=billing,
        former_representative=former_of_it,
        future_representative=future_of_it,
        other_primary=other_primary,
        other=other_company,
        others_change=others_change,
        document=document,
        mail=mail,
        wording=_wordings(rows, by=secretary, at=then),
        stopped=stopped,
        on_paper=_on_paper(rows, by=secretary, at=then),
        member=members[-1],
        change=change,
        case=cases[-1],
        resignation=resignations[-1],
        check=check,
        mailing=_a_mailing(rows, by=secretary, at=then),
        sent_mailing=_a_mailing(rows, by=secretary, at=then, sent=True),
        **_the_past(rows, by=secretary, at=then),
        backup=backup,
        handover=handover,
        import_run=_an_import(rows, by=secretary, at=then),
        company_pair=pairs[0],
        person_pair=pairs[1],
        question=question,
        **_fees(members[-1], rows, by=secretary, at=then),
        bylaws=Bylaws.objects.get(),
        plan=_plan(rows, board.chair, by=secretary, at=then),
        data_request=asked_for,
        erasure=planned,
        **last,
    )


def _kept_safe(rows: int, *, by: User, at: datetime) -> tuple[Backup, Handover]:
    for number in range(rows):
        backup = Backup.objects.create(
            made_at=at,
            name=f"kip-{number}.tar.age",
            place="/backups",
            size=1000,
            sha256=f"{number:064x}",
            verified_at=at,
        )
        handover = ask_for_handover(by=by, at=at)
        handover.move_to(
            HandoverStatus.READY,
            file=f"{number}.zip",
            size=1000,
            sha256=f"{number:064x}",
            manifest=f"{number:064x}",
            ended_at=at,
        )
    return backup, handover


def _with_its_facts(member: Member, rows: int, *, by: User, at: datetime) -> Member:
    """A logo, `rows` of sectors, sites and changes in the register, and what is not public."""
    labels: dict[str, list[Any]] = {"sectors": [], "sites": []}
    for n in range(rows):
        names = dict.fromkeys(("name_fi", "name_sv", "name_en"), f"Label {n} of {member}")
        labels["sectors"].append(Sector.objects.create(**names))
        labels["sites"].append(Site.objects.create(**names))
        services.record_change(
            member_id=member.pk,
            facts={"domicile": f"Domicile {n}"},
            effective_on=at.date() + timedelta(days=n),
            by=by,
            at=at + timedelta(days=n),
        )
    services.keep_own_facts(
        member_id=member.pk, facts={"chemicals": CHEMICALS, **labels}, by=by, at=at
    )
    services.choose_logo(
        member_id=member.pk, upload=SimpleUploadedFile("logo.png", png()), by=by, at=at
    )
    return Member.objects.select_related("logo").get(pk=member.pk)


def _pairs(member: Member, rows: int, *, by: User, at: datetime) -> tuple[Any, Any]:
    """`rows` pairs of companies, and as many of people, the last with `rows` of everything."""
    companies: Any = None
    people: Any = None
    who = {"by": by, "at": at}
    for n in range(rows):
        double = a_member(
            number=990 + n,
            name=f"Member {n} Twice Oy",
            business_id="",
            joined=at.date(),
        )
        one, other = a_person(f"Tessa{n} Twice"), a_person(f"Tessa{n} Twise")
        for role in ("safety", "hr", "billing")[:rows]:
            a_representative(double, one, role)
            a_representative(double, other, role, until=at.date())
        companies = services.compare(kind=CompanyPair, one_id=member.pk, other_id=double.pk, **who)
        people = services.compare(kind=PersonPair, one_id=one.pk, other_id=other.pk, **who)
    return companies, people


def _plan(rows: int, responsible: User, *, by: User, at: datetime) -> YearPlan:
    """This year, with `rows` of tasks that are due, ahead and done, and as many other years."""
    today = at.date()
    for n in range(1, rows):
        planning.begin_plan(year=today.year + n, by=by, at=at)
    plan = planning.begin_plan(year=today.year, by=by, at=at)
    plan.tasks.all().delete()
    for begins in (today, today + timedelta(days=40)):
        for n in range(rows):
            task = planning.add_task(
                plan_id=plan.pk,
                facts={
                    "what": f"Task {n}",
                    "responsible": responsible,
                    "anchor": "calendar",
                    "begins_on": begins,
                    "ends_on": begins + timedelta(days=n),
                },
                by=by,
                at=at,
            )
    planning.settle_task(task_id=task.pk, outcome="done", by=by, at=at)
    return plan


def _wordings(rows: int, *, by: User, at: datetime) -> LetterWording:
    """`rows` versions of the words of one letter, and of as many others one each."""
    letters = [letter for letter in standing_letters if letter.template.startswith("members/")]
    for letter in letters[:rows]:
        subject = next(iter(Made(letter).pieces))
        for number in range(rows if letter is letters[0] else 1):
            rewording.change_wording(
                letter=letter,
                language="sv",
                pieces={subject: f"Ärende {number}"},
                seen=number,
                by=by,
                at=at,
            )
    return LetterWording.objects.filter(template=letters[0].template).latest("version")


def _the_past(rows: int, *, by: User, at: datetime) -> dict[str, Any]:
    """`rows` of papers for each kind of reader, and as many old resolutions citing the last."""
    papers = [
        archive.add_to_archive(
            uploads=[SimpleUploadedFile(f"{n}.pdf", PDF + f"\n% {readers} {n}".encode())],
            title=title,
            year=2009,
            body="board",
            kind="minutes",
            language="fi",
            readers=readers,
            by=by,
            at=at,
        )[0]
        for n in range(rows)
        for readers, title in (
            ("secretary", FOR_THE_SECRETARY),
            ("board", FOR_THE_BOARD),
            ("members", ARCHIVED),
        )
    ]
    table = "number;decided_on;body;title;text;scan\n" + "".join(
        f"{n}/2009;2009-05-05;board;Old {n};It was resolved.;A{papers[-1].pk}\n"
        for n in range(1, rows + 1)
    )
    run = services.upload_import(
        upload=SimpleUploadedFile("past.csv", table.encode()),
        effective_on=at.date(),
        tells=False,
        kind="resolutions",
        by=by,
        at=at,
    )
    services.work_on_import(run_id=run.pk, at=at)
    services.confirm_import(run_id=run.pk, by=by, at=at)
    services.work_on_import(run_id=run.pk, at=at)
    former = FormerResolution.objects.order_by("pk").last()
    assert former is not None
    return {"archived": papers[-1], "former_resolution": former}


def _fees(member: Member, rows: int, *, by: User, at: datetime) -> dict[str, Any]:
    """The fees of last year, overdue, with `rows` payments and reminders; and a draft."""
    today = at.date()
    who: dict[str, Any] = {"by": by, "at": at}
    facts: dict[str, Any] = {
        "basis": "flat",
        "amount": Decimal(500),
        "members_on": today,
        "due_on": today - timedelta(days=30),
        "decided_on": today - timedelta(days=60),
        "decision": "A meeting",
        "payee": "KIP",
        "iban": "FI2112345600000785",
        "bic": "NDEAFIHH",
    }
    years = []
    for n in range(rows):
        year = services.draft_fees(facts={**facts, "year": today.year - 1 - n}, **who)
        years.append(services.fix_fees(fee_year_id=year.pk, **who))
    draft = services.draft_fees(
        facts={**facts, "year": today.year + 1, "basis": "headcount"},
        bands=[(n, Decimal(n)) for n in range(10, 10 + rows)] + [(None, Decimal(99))],
        **who,
    )
    invoice = years[-1].invoices.get(member=member)
    payment: Any = None
    for n in range(rows):
        payment = services.record_payment(
            invoice_id=invoice.pk, amount=Decimal(1 + n), booked_on=today, **who
        )
        FeeReminder.objects.create(
            invoice=invoice, nth=n + 1, by=by, sent_at=at - timedelta(days=20 - n)
        )
    found = years[-1].invoices.all()[:rows]
    table = "pvm;summa;viite\n" + "".join(f"1.2.2026;5,00;{row.reference}\n" for row in found)
    bank_file: Any = None
    for _n in range(rows):
        upload = SimpleUploadedFile("bank.csv", table.encode())
        bank_file = services.read_bank_file(upload=upload, **who)
    return {
        "fee_year": years[-1],
        "fee_draft": draft,
        "invoice": invoice,
        "payment": payment,
        "bank_file": bank_file,
    }


def _about_personal_data(
    rows: int, person: User, *, by: User, at: datetime
) -> tuple[DataRequest, Erasure]:
    """`rows` of requests, of people who left long ago, and of planned erasures."""
    request = privacy.ask(kind="correction", text="My name.", by=person, at=at)
    erasure: Any = None
    for n in range(rows):
        gone = a_person(f"Gonzo{n} Gone", known_since=at - timedelta(days=1000))
        a_person(f"Longo{n} Gone", known_since=at - timedelta(days=1000))
        privacy.enter_request(
            person=gone,
            kind="erasure",
            text="Forget me.",
            channel="phone",
            received_at=at,
            by=by,
            at=at,
        )
        erasure = privacy.plan_erasure(person=gone, ground="request", by=by, at=at)
    return request, erasure


def _an_import(rows: int, *, by: User, at: datetime) -> ImportRun:
    table = "name;domicile;business_id;since\n" + "".join(
        f"Imported {n} Oy;Kokkola;{business_id(500 + n)};2020-01-01\n" for n in range(rows)
    )
    run = services.upload_import(
        upload=SimpleUploadedFile("table.csv", table.encode()),
        effective_on=at.date(),
        tells=False,
        by=by,
        at=at,
    )
    services.work_on_import(run_id=run.pk, at=at)
    run.refresh_from_db()
    return run


def _a_mailing(rows: int, *, by: User, at: datetime, sent: bool = False) -> Mailing:
    """To `rows` people, `rows` times."""
    mailing: Any = None
    to = [a_person(f"Paula{n} Post{sent}").pk for n in range(rows)]
    for _ in range(rows):
        mailing = mailings.begin_mailing(
            audience="people",
            rows=to,
            words={"subject_en": "To {{ name }}", "text_en": "Welcome."},
            uploads=[SimpleUploadedFile(f"{n}.png", png()) for n in range(rows)],
            by=by,
            at=at,
        )
        if sent:
            mailings.send(mailing_id=mailing.pk, read=rows, by=by, at=at)
            mailings.prepare(mailing_id=mailing.pk, at=at)
    return mailing


def _stopped(members: list[Member], rows: int, *, at: datetime) -> Any:
    """Letters come back from `rows` people who stand for each company; the last one's address."""
    people = [a_person(f"{BACK}{n} Bouncing", email=f"{BACK}{n}@kip.example") for n in range(rows)]
    for n, person in enumerate(people):
        for member in members:
            a_representative(member, person, "hr", since=at.date())
        back = [_posted(person, f"came-back:{nth}", at=at) for nth in range(rows + 1)]
        for mail in back:
            mail.move_to("sent", sent_at=at)
        for nth, mail in enumerate(back):
            raw = postfix(of=mail.message_id, to=person.email or "", nth=10 * n + nth)
            receive(raw, by=None, at=at)
        for nth in range(rows):
            _posted(person, f"held:{nth}", at=at)
    return StoppedAddress.objects.get(address=people[-1].email)


def _on_paper(rows: int, *, by: User, at: datetime) -> OutboxMail:
    """`rows` letters that wait to be posted, and as many that came back, with a paper in each."""
    came_back: Any = None
    for n in range(rows):
        reader = User.objects.create_user(
            None,
            given_name=f"Paavo{n}",
            family_name="Paper",
            language="en",
            channel="letter",
            postal_address="Tehtaantie 1\n67900 Kokkola",
        )
        for key in ("waits", "came-back"):
            came_back = post(
                key=f"{key}:{n}",
                to=reader,
                template="members/mail/records_joined",
                context={"kept": "a", "double": "b"},
                why="",
                at=at,
                attachments=Document.objects.order_by("pk")[:rows],
            )
        assert came_back is not None
        done = {"by": by, "at": at}
        posting.mark_posted(mail_ids=[came_back.pk], posted_on=timezone.localdate(at), **done)
        posting.mark_returned(mail_id=came_back.pk, reason="Moved away", **done)
    return OutboxMail.objects.get(pk=came_back.pk)


def _posted(person: User, key: str, *, at: datetime) -> Any:
    return post(
        key=f"{key}:{person.pk}",
        to=person,
        template="members/mail/records_parted",
        context={},
        why="",
        at=at,
    )


def _unproved(address: str) -> User:
    return User.objects.create_user(address, given_name="Ines", family_name="Invited")
