"""What the page of a matter shows, and to whom."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, Q, prefetch_related_objects
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from board import words
from board.conflicts import CompanyIdentity, Ground, PersonIdentity, grounds
from board.models import Entitlement, MatterDocument, MeetingRecord, SeatKind, VoteChannel
from board.standing import Standing
from board.states import MatterStatus as S
from kip.access import allowed
from kip.accounts.models import User
from kip.audit.timeline import entries_of
from kip.documents.models import Document
from members.models import Answer, Application, ApplicationDocument, Company, Member, Message
from members.presentation import Section, answers_to_check
from members.presentation.leaving import consequences_of_ending, expulsion_facts

MATTER_TONES = {
    S.OPEN: "sea",
    S.FOR_MEETING: "due",
    S.DECIDED: "good",
    S.CLOSED: "neutral",
    S.STOPPED: "wrong",
}


# The history's sentences say these already.
QUIET_FIELDS = [
    f"board.Entitlement.{name}" for name in ("absent_since", "recused_at", "cast_at", "channel")
]


@dataclass(frozen=True)
class SeatRow:
    """One line of the list of seats: who, as what, and what of the vote may be shown."""

    part: Entitlement
    title: str
    state: str
    tone: str
    reason: str
    came: str  # how the vote came, when the secretary entered it


def seat_rows(standing: Standing) -> list[SeatRow]:
    """Every entitled seat. How somebody voted only while votes are shown."""
    rows = []
    for seat_id, part in standing.entitlements.items():
        is_deputy = part.seat.kind == SeatKind.DEPUTY
        if is_deputy and seat_id not in standing.acting_for:
            continue
        title = words.seat_title(standing.offices.get(seat_id, ""), part.seat.kind)
        if is_deputy:
            member = standing.entitlements[standing.acting_for[seat_id]]
            title = _("deputy in place of %(member)s") % {"member": member}
        state, tone = _state(standing, part)
        shown = standing.votes_are_shown
        came = "" if part.channel in {"", VoteChannel.HERE} else part.get_channel_display()
        rows.append(
            SeatRow(
                part,
                title,
                state,
                tone,
                reason=part.reason if shown else "",
                came=came if shown else "",
            )
        )
    return rows


def _state(standing: Standing, part: Entitlement) -> tuple[str, str]:
    if part.recused_at:
        return _("conflict of interest"), "neutral"
    if part.absent_since:
        return _("absent"), "neutral"
    if part.choice:
        return (
            (part.get_choice_display(), "sea")
            if standing.votes_are_shown
            else (_("has voted"), "sea")
        )
    return (_("has not voted"), "due") if standing.matter.is_open else (_("no vote"), "neutral")


def suggested_grounds(standing: Standing, part: Entitlement | None) -> list[str]:
    """Why this board member may be disqualified, in words; the member decides (§ 37)."""
    matter = standing.matter
    application = matter.application
    if part is None or part.recused_at or not matter.is_pending:
        return []
    about: Company | None = application
    if matter.expulsion is not None:
        about = matter.expulsion.period.member
    if about is None:
        return []
    person = part.seat.person
    companies = [
        CompanyIdentity(member.name, member.business_id, member.parent_company)
        for member in Member.objects.filter(
            Q(pk__in=Member.objects.represented_by(person, timezone.localdate(standing.at)))
            | Q(pk=part.seat.member_id)
            | Q(name__iexact=part.seat.organisation)
        )
    ]
    if part.seat.organisation:
        companies.append(CompanyIdentity(part.seat.organisation))
    found: list[Ground] = grounds(
        PersonIdentity(person.get_full_name(), person.email or ""),
        companies,
        CompanyIdentity(about.name, about.business_id, about.parent_company),
        _people_of(application) if application is not None else [],
    )
    return [words.ground(ground, admission=application is not None) for ground in found]


def _people_of(application: Application) -> list[PersonIdentity]:
    """Those whom it names, and who handles it. Who stands for a member has it as a company."""
    applicant = application.applicant
    people = [PersonIdentity(str(p), p.email) for p in application.people.all()]
    if applicant is not None:
        people.append(PersonIdentity(applicant.get_full_name(), applicant.email or ""))
    return people


def record_in_words(standing: Standing, record: MeetingRecord) -> list[str]:
    """What the secretary recorded, as whoever presided compares it with the minutes."""
    names = {seat_id: str(part) for seat_id, part in standing.entitlements.items()}
    lines = [
        _("Held on %(day)s; presided over by %(presider)s.")
        % {"day": formats.date_format(record.held_on), "presider": names[record.presider_id]},
        _("Present: %(names)s.") % {"names": ", ".join(names[seat] for seat in record.present)},
    ]
    if record.recused:
        lines.append(
            _("Disqualified: %(names)s.")
            % {"names": ", ".join(names[seat] for seat in record.recused)}
        )
    lines.append(
        _("The proposal was carried.") if record.carried else _("The proposal was not carried.")
    )
    lines.append(
        _("Unanimous, without a vote.")
        if record.unanimous
        else _("%(in_favour)d in favour, %(against)d against, %(abstained)d abstained.")
        % {
            "in_favour": record.in_favour,
            "against": record.against,
            "abstained": record.abstained,
        }
    )
    if record.dissents:
        lines.append(_("Dissenting opinions: %(text)s") % {"text": record.dissents})
    if record.reason:
        lines.append(
            (
                _("Reason given to the applicant: %(text)s")
                if standing.matter.application_id is not None
                else _("Reasons given to the member: %(text)s")
            )
            % {"text": record.reason}
        )
    return lines


def _documents(standing: Standing) -> list[Document]:
    papers = MatterDocument.objects.filter(matter=standing.matter).values("document")
    attached = ApplicationDocument.objects.filter(
        application=standing.matter.application_id
    ).values("document")
    expulsion = standing.matter.expulsion
    of_the_case = (
        [expulsion.document_id, expulsion.answer_document_id] if expulsion is not None else []
    )
    return list(
        Document.objects.filter(
            Q(pk__in=papers) | Q(pk__in=attached) | Q(pk__in=[pk for pk in of_the_case if pk])
        ).order_by("uploaded_at")
    )


def what_expelling_does(standing: Standing, *, carried: bool) -> list[str]:
    """What follows from a decision on an expulsion, said beforehand; else nothing."""
    expulsion = standing.matter.expulsion
    if expulsion is None:
        return []
    if not carried:
        return [_("The company stays a member, and is told so.")]
    return [
        *consequences_of_ending(expulsion.period.member, timezone.localdate(standing.at)),
        _("The company’s people are told the reasons."),
    ]


def _talk(standing: Standing) -> list[Message]:
    """What the secretary asked and the applicant answered; no private notes."""
    return list(
        Message.objects.seen_by_applicant()
        .filter(application=standing.matter.application_id)
        .exclude(application=None)
    )


def _answers(standing: Standing) -> list[Section]:
    application = standing.matter.application
    if application is None:
        return []
    answers = Prefetch("answers", Answer.objects.select_related("question"))
    prefetch_related_objects([application], "people", answers)
    return answers_to_check(application)


def matter_page(standing: Standing, user: User) -> dict[str, Any]:
    """The context of the page. Whoever declared a conflict sees neither papers nor votes."""
    matter, tally, at = standing.matter, standing.tally, standing.at
    recused = standing.is_recused(user)
    part = standing.seat_of(user)
    if part is not None and not part.seat.holds(at):
        part = None
    context: dict[str, Any] = {
        "matter": matter,
        "tone": MATTER_TONES[matter.status],
        "part": part,
        "recused": recused,
        "may_take_back": part is not None
        and part.recused_at is not None
        and matter.is_pending
        and user.pk not in standing.recused_elsewhere
        and not standing.board_has_changed
        and not (matter.is_open and standing.poll.deadline_passed),
        "standing": standing,
        "resolution": getattr(matter, "resolution", None),
    }
    if context["recused"]:
        return context
    open_for_votes = standing.takes_votes
    record = None  # while it is open for votes, no meeting has decided
    if not matter.is_open:
        record = MeetingRecord.objects.filter(matter=matter, withdrawn_at=None).first()
    may_prepare = allowed("board.prepare", user, at=at)
    shows_votes = matter.is_open or (matter.status == S.STOPPED and standing.votes_are_shown)
    return context | {
        "shows_votes": shows_votes,
        "answers": _answers(standing),
        "case": expulsion_facts(matter.expulsion) if matter.expulsion is not None else [],
        "talk": _talk(standing),
        "documents": _documents(standing),
        "rows": seat_rows(standing),
        "tally_rows": [
            (_("In favour"), tally.in_favour),
            (_("Against"), tally.against),
            (_("Abstained"), tally.abstained),
        ]
        if standing.votes_are_shown
        else [(_("Taking part"), tally.taking_part)],
        "of": tally.elected,
        "words": words.missing(standing) if matter.is_open else "",
        "may_vote": open_for_votes and part is not None and standing.has_vote(part.seat_id),
        "may_recuse": matter.is_pending
        and part is not None
        and not (matter.is_open and standing.poll.deadline_passed),
        "grounds": suggested_grounds(standing, part),
        "may_send_to_meeting": matter.is_open
        and (may_prepare or (part is not None and part.seat.kind == SeatKind.MEMBER)),
        "may_declare": matter.is_open
        and tally.may_be_declared
        and part is not None
        and standing.presider == part,
        "record": record,
        "may_confirm": record is not None
        and matter.is_pending
        and part is not None
        and standing.confirms(record, part.seat_id),
        "record_lines": record_in_words(standing, record) if record is not None else [],
        "absent": part is not None and part.absent_since is not None and open_for_votes,
        "may_mark_absent": open_for_votes
        and not may_prepare
        and part is not None
        and part.seat_id in standing.offices_now,
        "acts": _secretarys_acts(standing, open_for_votes) if may_prepare else [],
        "entries": entries_of(matter, hide=QUIET_FIELDS),
    }


def _secretarys_acts(standing: Standing, open_for_votes: bool) -> list[tuple[str, str]]:
    matter = standing.matter
    acts = []
    if open_for_votes:
        acts.append((_("Enter a vote that came by mail or phone"), "board:enter_vote"))
        acts.append((_("Mark somebody absent"), "board:absence"))
    if matter.is_pending and not standing.board_has_changed:
        acts.append((_("Record a decision made at a meeting"), "board:record_decision"))
    if matter.is_pending and matter.application_id is None:
        acts.append((_("Close without a decision"), "board:close"))
    about = matter.application or matter.expulsion
    ended = about is not None and not about.is_open
    if matter.status == S.STOPPED and not ended:
        acts.append((_("Take up anew"), "board:take_up_anew"))
    places = [(text, reverse(name, args=[matter.pk])) for text, name in acts]
    if matter.application_id is not None:
        place = reverse("admin:members_application_change", args=[matter.application_id])
        places.append((_("Open the application"), place))
    if matter.expulsion_id is not None:
        place = reverse("admin:members_expulsion_change", args=[matter.expulsion_id])
        places.append((_("Open the expulsion"), place))
    return places
