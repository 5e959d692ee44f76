"""How a matter stands at an instant: its rows, and what `board.decision` makes of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Least
from django.utils import timezone
from django.utils.functional import cached_property

from board import decision
from board.decision import Choice, Poll, Rules, Tally
from board.models import Entitlement, Matter, MeetingRecord, Office, OfficeKind, SeatKind
from board.states import MatterStatus
from kip.accounts.models import User
from kip.bylaws.models import Bylaws
from kip.ordering import by_person


def rules_of(bylaws: Bylaws) -> Rules:
    return Rules(
        quorum=bylaws.board_quorum,
        quorum_number=bylaws.board_quorum_number,
        majority=bylaws.board_majority,
        procedure=bylaws.written_procedure,
        early_closing=bylaws.early_closing,
    )


@dataclass
class Standing:
    """A matter at the instant `at`, by the bylaws in force then.

    After the deadline, by those in force at the deadline: when it is declared changes nothing.
    """

    matter: Matter
    at: datetime

    @property
    def counted_at(self) -> datetime:
        return min(self.at, self.matter.deadline)

    @cached_property
    def bylaws(self) -> Bylaws:
        return Bylaws.objects.in_force_at(self.counted_at)

    @cached_property
    def entitlements(self) -> dict[int, Entitlement]:
        """By seat id, members first, deputies in their order."""
        self._read([self])
        return self.entitlements

    @cached_property
    def recused_people(self) -> set[int]:
        """Ids of all who declared a conflict in this question, before this board or another."""
        self._read([self])
        return self.recused_people

    @property
    def votes(self) -> dict[int, Entitlement]:
        """Those who have voted, by seat id."""
        return {seat_id: row for seat_id, row in self.entitlements.items() if row.choice}

    @property
    def recusals(self) -> dict[int, Entitlement]:
        """Those who have declared a conflict of interest, by seat id."""
        return {seat_id: row for seat_id, row in self.entitlements.items() if row.recused_at}

    @property
    def offices(self) -> dict[int, str]:
        """Chair and vice chair by seat id, as they were when the votes are counted."""
        return self._offices("office")

    @property
    def offices_now(self) -> dict[int, str]:
        """Chair and vice chair by seat id, at the instant `at`."""
        return self._offices("office_now")

    def _offices(self, annotation: str) -> dict[int, str]:
        found = {seat_id: getattr(row, annotation) for seat_id, row in self.entitlements.items()}
        return {seat_id: office for seat_id, office in found.items() if office}

    @cached_property
    def board(self) -> decision.Board:
        seats = [entitlement.seat for entitlement in self.entitlements.values()]
        by_office = {kind: seat_id for seat_id, kind in self.offices.items()}
        return decision.Board(
            elected=tuple(seat.pk for seat in seats if seat.kind == SeatKind.MEMBER),
            deputies=tuple(seat.pk for seat in seats if seat.kind == SeatKind.DEPUTY),
            chair=by_office.get(OfficeKind.CHAIR),
            vice_chair=by_office.get(OfficeKind.VICE_CHAIR),
        )

    @cached_property
    def poll(self) -> Poll:
        return Poll(
            votes={seat_id: Choice(vote.choice) for seat_id, vote in self.votes.items()},
            recused=frozenset(self.recusals),
            absent=frozenset(
                seat_id for seat_id, row in self.entitlements.items() if row.absent_since
            ),
            deadline_passed=self.at >= self.matter.deadline,
        )

    @cached_property
    def tally(self) -> Tally:
        return decision.tally(self.board, rules_of(self.bylaws), self.poll)

    @cached_property
    def acting_for(self) -> dict[int, int]:
        """Deputies who fill a seat: deputy's seat id → the seat filled."""
        filled = decision.fill_seats(self.board, self.poll)
        return {voter: seat for seat, voter in filled.items() if voter not in (None, seat)}  # type: ignore[misc]

    @property
    def takes_votes(self) -> bool:
        """Whether those who have a vote can cast it now."""
        return self.matter.is_open and not self.poll.deadline_passed and not self.board_has_changed

    @property
    def board_has_changed(self) -> bool:
        """Whether the term or an entitled seat has ended: the matter stops."""
        return not self.matter.term.holds(self.at) or not all(
            entitlement.seat.holds(self.at) for entitlement in self.entitlements.values()
        )

    def seat_of(self, person: User) -> Entitlement | None:
        """This person's entitled seat."""
        return next(
            (row for row in self.entitlements.values() if row.seat.person_id == person.pk), None
        )

    def has_vote(self, seat_id: int) -> bool:
        return seat_id in self.tally.voters

    @property
    def votes_are_shown(self) -> bool:
        """Whether board members see how the others voted."""
        return not self.bylaws.votes_hidden or self.matter.status == MatterStatus.DECIDED

    @property
    def presider(self) -> Entitlement | None:
        """Who declares it: who presided over the vote, and after a change of office who has it now.

        The outcome stands as it was counted; a new chair only says what it is.
        """
        presided = self.tally.presider
        now = {office: seat_id for seat_id, office in self.offices_now.items()}
        in_order = [
            presided if presided in now.values() else None,
            now.get(OfficeKind.CHAIR),
            now.get(OfficeKind.VICE_CHAIR),
        ]
        able = [seat for seat in in_order if seat is not None and seat not in self.recusals]
        return self.entitlements[able[0]] if presided is not None and able else None

    def confirms(self, record: MeetingRecord, seat_id: int) -> bool:
        """Whether this seat's holder presided at the meeting, and so confirms its record."""
        return record.presider_id == seat_id and seat_id not in self.recusals

    @cached_property
    def recused_elsewhere(self) -> set[int]:
        """Ids of those who declared a conflict in another matter of the same question."""
        self._read([self])
        return self.recused_elsewhere

    def is_recused(self, person: User) -> bool:
        """Whether this person declared a conflict in this question, before this board or another.

        A matter that is taken up anew is the same question, and so is whatever concerns the same
        application.
        """
        return person.pk in self.recused_people

    @staticmethod
    def _read(standings: "list[Standing]") -> None:
        """Read the parts of the matters, and of those about the same question, with one query."""
        matters = {standing.matter.pk: standing.matter for standing in standings}
        at = standings[0].at
        parts = _parts(list(matters.values()), at)
        for standing in standings:
            key = standing.matter.pk
            standing.entitlements = {part.seat_id: part for part in parts if part.matter_id == key}
            for part in standing.entitlements.values():
                part.matter = standing.matter
            standing.recused_elsewhere = {
                part.seat.person_id
                for part in parts
                if part.recused_at is not None
                and part.matter_id != key
                and standing.matter.is_same_question(part.matter)
            }
            standing.recused_people = {
                part.seat.person_id
                for part in parts
                if part.recused_at is not None and standing.matter.is_same_question(part.matter)
            }


def standings(matters: Iterable[Matter], at: datetime) -> list[Standing]:
    """How several matters stand, read with as many queries as one takes."""
    found = [Standing(matter, at) for matter in matters]
    if found:
        today = timezone.localdate(at)
        versions = list(
            Bylaws.objects.filter(valid_from__lte=today).order_by("-valid_from", "-version")
        )
        Standing._read(found)
        for standing in found:
            on = timezone.localdate(standing.counted_at)
            standing.bylaws = next(version for version in versions if version.valid_from <= on)
    return found


def _parts(matters: list[Matter], at: datetime) -> list[Entitlement]:
    """Each seat's part and person, and the office held.

    As `office` what was held when the votes are counted, as `office_now` what is held at `at`.
    """
    counted_at = Least(Value(at), OuterRef("matter__deadline"))
    office = Office.objects.in_force(counted_at).filter(seat=OuterRef("seat")).values("kind")[:1]
    now = Office.objects.in_force(at).filter(seat=OuterRef("seat")).values("kind")[:1]
    return list(
        Entitlement.objects.filter(matter__in=Matter.objects.same_questions(matters))
        .select_related("matter", "seat__person", "source")
        .annotate(office=Subquery(office), office_now=Subquery(now))
        .order_by("-seat__kind", "seat__order", *by_person("seat__person__"), "seat_id")
    )
