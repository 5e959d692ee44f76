"""Who stands for a company: named, dated, ended, handed over, settled; and what follows from it."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from board.models import Office, Seat
from kip.access import allowed
from kip.accounts.models import User
from kip.exceptions import DomainError, InvalidTransition, NotAllowed
from kip.mail.models import OutboxMail
from members import services
from members.letters import people
from members.models import Member, Representative, RepresentativeRole
from members.services import Who
from tests.board.factories import a_board, another_matter
from tests.board.test_concurrency import at_once
from tests.members.factories import (
    AT,
    DAY,
    NewLetters,
    a_member,
    a_person,
    a_representative,
    a_secretary,
    business_id,
    letters,
    occasions_to,
)

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate(AT)
NINA = Who(email="nina@hoyry.example", given_name="Nina", family_name="New", language="en")


@pytest.fixture
def member(db: None) -> Member:
    return a_member()


@pytest.fixture
def primary(member: Member) -> User:
    person = a_person("Pia Primary")
    a_representative(member, person, "primary")
    return person


def name(member: Member, by: User, who: Who = NINA, role: str = "voting", **dates: Any) -> Any:
    at = dates.pop("at", AT)
    since = dates.pop("since", timezone.localdate(at))
    return services.name_representative(
        member_id=member.pk, role=role, who=who, since=since, by=by, at=at, **dates
    )


def held(member: Member, role: str) -> list[tuple[str, date, date | None]]:
    rows = member.representatives.filter(role=role).select_related("person").order_by("since")
    return [(r.person.given_name if r.person else r.address, r.since, r.until) for r in rows]


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="kip.accounts.backends.Backend")
    return client


# --- Naming ---------------------------------------------------------------------------------------


def test_somebody_new_is_named_told_and_invited_once(member: Member, primary: User) -> None:
    with NewLetters() as written:
        row = name(member, primary)
    assert (row.since, row.until, row.recorded_at) == (TODAY, None, AT)
    assert row.person.get_full_name() == "Nina New"
    assert written == [("invitation", "Nina"), ("representative-named", "Nina")]
    with NewLetters() as written:
        name(member, primary, role="safety")
    assert written == [("representative-named", "Nina")]


def test_who_can_sign_in_already_is_only_told(member: Member, primary: User) -> None:
    known = a_person("Kalle Known")
    with NewLetters() as written:
        row = name(member, primary, Who(email="Kalle.Known@kip.example", given_name="X"))
    assert row.person == known and known.given_name == "Kalle"
    assert written == [("representative-named", "Kalle")]


def test_for_billing_a_bare_address_is_enough(member: Member, primary: User) -> None:
    invoices = Who(email="invoices@hoyry.example")
    with NewLetters() as written:
        row = name(member, primary, Who(email="Invoices@Hoyry.example"), role="billing")
    assert (row.person, row.mail_address) == (None, "invoices@hoyry.example")
    assert written == []
    assert not User.objects.filter(email="invoices@hoyry.example").exists()
    with pytest.raises(DomainError, match="already"):
        name(member, primary, invoices, role="billing")


def test_one_of_the_people_is_named_by_who_they_are(member: Member, primary: User) -> None:
    assert name(member, primary, Who(person_id=primary.pk)).person == primary
    with pytest.raises(DomainError, match="nobody of this company"):
        name(member, primary, Who(person_id=a_person("Other One").pk), role="safety")


def test_a_new_primary_or_voting_representative_ends_the_one_before(
    member: Member, primary: User
) -> None:
    later = TODAY + 30 * DAY
    with NewLetters() as written:
        name(member, primary, role="primary", since=later)
    assert held(member, "primary") == [("Pia", date(2006, 1, 1), later), ("Nina", later, None)]
    before = member.representatives.get(person=primary)
    assert before.end_recorded_at == AT
    assert written == [
        ("invitation", "Nina"),
        ("representative-named", "Nina"),
        ("representative-role-ended", "Pia"),
    ]


def test_who_is_recorded_to_begin_later_stays(member: Member, primary: User) -> None:
    soon, later = TODAY + 10 * DAY, TODAY + 30 * DAY
    name(member, primary, role="primary", since=later)
    olli = Who(email="olli@hoyry.example", given_name="Olli", family_name="Other")
    name(member, primary, olli, role="primary", since=soon)
    assert [(who, since) for who, since, _ in held(member, "primary")][1:] == [
        ("Olli", soon),
        ("Nina", later),
    ]
    assert all(a[2] == b[1] for a, b in pairwise(held(member, "primary")))


def test_a_mistake_of_today_is_mended_today(member: Member, primary: User) -> None:
    wrong = name(member, primary, role="voting")
    name(member, primary, Who(email="right@hoyry.example", given_name="Right"), role="voting")
    assert held(member, "voting") == [("Right", TODAY, None)]
    assert not Representative.objects.filter(pk=wrong.pk).exists()
    assert not wrong.person.invitations.exists()
    assert "representative-role-ended" in occasions_to(wrong.person)


def test_the_past_is_told_to_nobody_and_not_rewritten_by_the_way(
    member: Member, primary: User
) -> None:
    since = TODAY - 30 * DAY
    name(member, primary, role="primary", since=since)
    assert held(member, "primary")[0] == ("Pia", date(2006, 1, 1), since)
    assert occasions_to(primary) == []
    olli = Who(email="olli@hoyry.example", given_name="Olli", family_name="Other")
    secretary = a_secretary()
    with pytest.raises(DomainError, match="Nina New has had this role since") as refused:
        name(member, secretary, olli, role="primary", since=since - DAY)
    assert refused.value.field == "since"


def test_roles_lie_within_the_membership(member: Member, primary: User) -> None:
    with pytest.raises(DomainError, match="not a member") as refused:
        name(member, primary, since=date(2005, 12, 31))
    assert refused.value.field == "since"
    ends = TODAY + 100 * DAY
    member.periods.update(until=ends, end_reason="resigned", end_recorded_at=AT)
    assert name(member, primary).until == ends
    assert name(member, primary, role="safety", until=TODAY + DAY).until == TODAY + DAY
    with pytest.raises(DomainError, match="not a member"):
        name(member, primary, role="hr", since=ends)


@pytest.mark.parametrize("role", ["voting", "safety"])
def test_reversed_dates_and_doubles_are_refused_in_words(
    member: Member, primary: User, role: str
) -> None:
    with pytest.raises(DomainError, match="end must come after") as refused:
        name(member, primary, role=role, until=TODAY - DAY)
    assert refused.value.field == "until"
    name(member, primary, role=role)
    with pytest.raises(DomainError, match="has this role then already"):
        name(member, primary, role=role, since=TODAY + DAY)


def test_a_person_may_stand_for_two_companies(member: Member, primary: User) -> None:
    other = a_member(number=2, name="Toinen Oy", business_id=business_id(1))
    name(member, primary)
    secretary = a_secretary()
    with NewLetters() as written:
        name(other, secretary, role="primary")
    assert written == [("invitation", "Nina"), ("representative-named", "Nina")]


# --- Dates and ends -------------------------------------------------------------------------------


def change(row: Representative, by: User, at: datetime = AT, **dates: Any) -> Representative:
    dates = {"since": row.since, "until": row.until, **dates}
    return services.change_dates(representative_id=row.pk, by=by, at=at, **dates)


def test_the_day_of_a_change_moves_for_both(member: Member, primary: User) -> None:
    first, second, third = (TODAY + n * DAY for n in (10, 20, 5))
    row = name(member, primary, role="voting", since=TODAY)
    after = name(member, primary, Who(person_id=primary.pk), role="voting", since=first)
    for minute, moved in enumerate((second, third)):
        with NewLetters() as written:
            after = change(after, primary, since=moved, at=AT + minute * timedelta(minutes=1))
        assert held(member, "voting") == [("Nina", TODAY, moved), ("Pia", moved, None)]
        assert written == [
            ("representative-dates-changed", "Nina"),
            ("representative-dates-changed", "Pia"),
        ]
    with pytest.raises(DomainError, match="has had this role since") as refused:
        change(after, primary, since=row.since)
    assert refused.value.field == "since"


def test_an_end_is_recorded_and_taken_away(member: Member, primary: User) -> None:
    row = name(member, primary, role="safety", since=TODAY + 2 * DAY)
    later = AT + DAY
    row = change(row, primary, until=TODAY + 9 * DAY, at=later)
    assert (row.recorded_at, row.end_recorded_at) == (AT, later)
    row = change(row, primary, until=None, at=later)
    assert (row.until, row.end_recorded_at) == (None, None)
    row = change(row, primary, since=TODAY - DAY, at=later)
    assert row.recorded_at == later
    with pytest.raises(DomainError, match="end must come after"):
        change(row, primary, until=row.since)


@pytest.mark.parametrize("days", [-40, 1])
def test_what_has_begun_began_on_its_day(member: Member, primary: User, days: int) -> None:
    """The register of a day that is past says what it said, or what was recorded later."""
    secretary = a_secretary()
    for begun in (TODAY - 30 * DAY, TODAY):
        row = a_representative(member, a_person(f"Begun{begun:%d} On"), "hr", since=begun)
        for by in (primary, secretary):
            with pytest.raises(DomainError, match="Its first day stays") as refused:
                change(row, by, since=TODAY + days * DAY)
            assert refused.value.field == "since"
    ended = TODAY + 9 * DAY
    assert change(row, primary, until=ended).until == ended
    # The days before are recorded by themselves, and say when that was.
    whose = Who(person_id=row.person.pk)
    earlier = name(member, primary, whose, role="hr", since=TODAY - 5 * DAY, until=TODAY)
    assert earlier.was_recorded_after(TODAY - DAY)


@pytest.mark.parametrize("until", [None, TODAY - 9 * DAY, TODAY + 9 * DAY])
def test_an_end_that_has_passed_stands(member: Member, primary: User, until: date | None) -> None:
    for passed in (TODAY - 5 * DAY, TODAY):
        row = a_representative(
            member, a_person(f"Gone{passed:%d} By"), "voting", since=TODAY - 30 * DAY, until=passed
        )
        for by in (primary, a_secretary(f"Siiri{passed:%d} S")):
            with pytest.raises(InvalidTransition, match="who returns is named again"):
                change(row, by, until=until)
        with pytest.raises(InvalidTransition, match="ended on"):
            end(row, primary, TODAY - 20 * DAY)
        row.delete()


def test_the_register_of_a_past_day_is_not_rewritten(member: Member, primary: User) -> None:
    """As the browser would ask for it, with what a stale or forged page sends."""
    today = timezone.localdate()
    on, long_ago = today - 100 * DAY, timezone.now() - 1000 * DAY
    member.periods.update(recorded_at=long_ago)
    votes = a_representative(member, a_person("Vera Voter"), "voting", at=long_ago)
    was = a_representative(
        member, a_person("Wanda Was"), "deputy", until=today - 200 * DAY, at=long_ago
    )
    client, reader = client_of(primary), client_of(a_secretary())

    def register() -> str:
        page = reader.get(reverse("register_votes"), {"on": on.isoformat()}).content.decode()
        return page[page.index("<main") : page.index("</main")]

    before = register()
    assert "Vera Voter" in before and "Wanda Was" not in before
    for row, since in ((votes, today + DAY), (votes, today - 300 * DAY), (was, was.since)):
        path = reverse("people_dates", args=[1, row.pk])
        client.post(path, {"since": since.isoformat(), "until": ""})
        assert register() == before
    page = client.get(reverse("people_dates", args=[1, votes.pk])).content.decode()
    assert re.search(r'name="since"[^>]*readonly', page)
    page = client.get(reverse("people_dates", args=[1, was.pk]), follow=True).content.decode()
    assert "who returns is named again" in page


def end(row: Representative, by: User, until: date = TODAY, at: datetime = AT) -> None:
    services.end_role(representative_id=row.pk, until=until, by=by, at=at)


def test_who_loses_a_role_today_or_later_is_told(member: Member, primary: User) -> None:
    for days, told in [(-1, False), (0, True), (5, True)]:
        person = a_person(f"Person{days + 1} Some")
        row = a_representative(member, person, "general", since=TODAY - 30 * DAY)
        with NewLetters() as written:
            end(row, primary, TODAY + days * DAY)
        row.refresh_from_db()
        assert row.until == TODAY + days * DAY
        assert bool(written) is told
        with pytest.raises(DomainError, match="by then already" if days > 0 else "ended on"):
            end(row, primary, row.until)


def test_a_role_taken_back_was_never_and_who_had_it_goes_on(member: Member, primary: User) -> None:
    nina = name(member, primary, role="primary", since=TODAY + 5 * DAY)
    with NewLetters() as written:
        end(nina, primary, nina.since)
    assert held(member, "primary") == [("Pia", date(2006, 1, 1), None)]
    assert written == [
        ("invitation-taken-back", "Nina"),
        ("representative-dates-changed", "Pia"),
        ("representative-role-ended", "Nina"),
    ]
    told = OutboxMail.objects.filter(
        reader=nina.person, key__startswith="representative-role-ended"
    )
    assert "has been taken back" in told.get().text
    with pytest.raises(InvalidTransition):
        end(nina, primary)


def test_who_was_to_end_anyway_does_not_go_on_when_the_next_one_is_taken_back(
    member: Member, primary: User
) -> None:
    first = name(member, primary, Who(email="first@hoyry.example", family_name="First"))
    services.end_role(representative_id=first.pk, until=TODAY + 20 * DAY, by=primary, at=AT + DAY)
    after = name(
        member,
        primary,
        Who(email="after@hoyry.example", family_name="After"),
        since=TODAY + 20 * DAY,
        at=AT + 2 * DAY,
    )
    services.end_role(
        representative_id=after.pk, until=TODAY + 20 * DAY, by=primary, at=AT + 3 * DAY
    )
    first.refresh_from_db()
    assert first.until == TODAY + 20 * DAY


def test_an_invitation_stays_while_another_role_does(member: Member, primary: User) -> None:
    row = name(member, primary, role="safety")
    name(member, primary, role="environment")
    end(row, primary, TODAY)
    assert row.person.invitations.waiting().exists()


# --- Who may --------------------------------------------------------------------------------------


def test_only_the_primary_of_the_company_and_the_secretary(member: Member, primary: User) -> None:
    other = a_member(number=2, name="Toinen Oy", business_id=business_id(1))
    others = a_person("Oona Othersprimary")
    a_representative(other, others, "primary")
    voting = a_person("Veera Voting")
    row = a_representative(member, voting, "voting")
    former = a_person("Forma Former")
    a_representative(member, former, "general", until=TODAY)
    root = User.objects.create_superuser("root@kip.example")
    for person in (others, voting, former, root):
        acts: list[Callable[[], object]] = [
            lambda person=person: name(member, person),
            lambda person=person: change(row, person, until=TODAY + DAY),
            lambda person=person: end(row, person),
            lambda person=person: services.settle_holdings(
                person_id=voting.pk,
                on=TODAY,
                choices={f"representative:{row.pk}": None},
                by=person,
                at=AT,
            ),
        ]
        for act in acts:
            with pytest.raises(NotAllowed):
                act()
    for person in (others, primary):
        with pytest.raises(NotAllowed):
            services.hand_over(
                member_id=member.pk, who=NINA, since=TODAY, ground="…", by=person, at=AT
            )
    assert Representative.objects.filter(member=member).count() == 3


def test_no_page_of_another_company_opens(member: Member, primary: User) -> None:
    other = a_member(number=2, name="Salainen Oy", business_id=business_id(1))
    secret = a_person("Salla Salainen")
    for role in RepresentativeRole.values:
        a_representative(other, secret, role, since=date(2020, 1, 1))
    theirs = other.representatives.first()
    assert theirs is not None
    mine = member.representatives.get()
    client = client_of(primary)
    for url, args in [
        ("company_people", [2]),
        ("people_name", [2]),
        ("people_hand_over", [2]),
        ("people_dates", [2, theirs.pk]),
        ("people_dates", [1, theirs.pk]),
        ("people_end", [1, theirs.pk]),
        ("people_end", [2, mine.pk]),
        ("settle_person", [secret.pk]),
    ]:
        assert client.get(reverse(url, args=args)).status_code == 404, (url, args)
        assert client.post(reverse(url, args=args)).status_code in {404, 405}, (url, args)
    page = client.get(reverse("people_name", args=[1])).content.decode()
    assert "Salla" not in page


# --- The instant ----------------------------------------------------------------------------------

MIDNIGHTS = [
    # The days on which summer time begins and ends in Helsinki, each from midnight to midnight.
    (date(2027, 3, 28), datetime(2027, 3, 27, 22, tzinfo=UTC)),
    (date(2027, 3, 29), datetime(2027, 3, 28, 21, tzinfo=UTC)),
    (date(2026, 10, 25), datetime(2026, 10, 24, 21, tzinfo=UTC)),
    (date(2026, 10, 26), datetime(2026, 10, 25, 22, tzinfo=UTC)),
]


@pytest.mark.parametrize(("day", "midnight"), MIDNIGHTS)
def test_a_role_holds_from_its_midnight_to_its_midnight(
    member: Member, day: date, midnight: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the next request, with no job having run: in the services' eyes and on the pages."""
    person, successor = a_person("Yrjö Yö"), a_person("Aamu Aamunen")
    a_representative(member, person, "primary", until=day)
    a_representative(member, successor, "primary", since=day)
    moment = timedelta(microseconds=1)
    path = reverse("people_name", args=[member.number])
    monkeypatch.setattr(timezone, "now", lambda: midnight - DAY)
    clients = [client_of(person), client_of(successor)]
    for at, who_may in [(midnight - moment, [True, False]), (midnight, [False, True])]:
        people = (person, successor)
        assert [allowed("members.keep_people", p, member, at=at) for p in people] == who_may
        assert [allowed("members.read_own_company", p, member, at=at) for p in people] == who_may
        monkeypatch.setattr(timezone, "now", lambda at=at: at)
        assert [c.get(path).status_code == 200 for c in clients] == who_may
        own = reverse("own_company", args=[member.number])
        assert [own in c.get(reverse("my_kip")).content.decode() for c in clients] == who_may


def test_who_ends_their_own_role_is_out_on_the_next_request(member: Member, primary: User) -> None:
    client = client_of(primary)
    today = timezone.localdate()
    row = member.representatives.get()
    response = client.post(
        reverse("people_end", args=[1, row.pk]), {"until": today.isoformat()}, follow=True
    )
    assert response.redirect_chain == [(reverse("my_kip"), 302)]
    for url in ("company_people", "people_name", "own_company"):
        assert client.get(reverse(url, args=[1])).status_code == 404


# --- The dates, at random -------------------------------------------------------------------------

DAYS = st.integers(-8, 12)
ACTS = st.tuples(
    st.sampled_from(["name", "end", "change"]), st.integers(0, 5), DAYS, st.none() | DAYS
)
SPAN = range(-30, 40)


def calendar_of(member: Member) -> dict[int, Representative]:
    """Who votes on each day, by its distance from today."""
    rows = list(member.representatives.filter(role="voting"))
    return {n: row for n in SPAN for row in rows if row.holds(TODAY + n * DAY)}


@pytest.fixture
def voters(member: Member, primary: User) -> list[User]:
    people = [primary, *(a_person(f"Person{n} Number") for n in range(3))]
    for person in people[1:]:
        a_representative(member, person, "general")
    return people


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(acts=st.lists(ACTS, min_size=1, max_size=8))
def test_whatever_is_done_one_person_at_a_time_votes(
    acts: list[tuple[str, int, int, int | None]], member: Member, voters: list[User]
) -> None:
    """Each act is refused in words, or changes only the days that it is about."""
    primary = voters[0]
    with transaction.atomic():
        for kind, which, first, last in acts:
            before = calendar_of(member)
            rows = list(member.representatives.filter(role="voting").order_by("pk"))
            row = rows[which % len(rows)] if rows else None
            since, until = TODAY + first * DAY, None if last is None else TODAY + last * DAY
            try:
                with transaction.atomic():
                    if kind == "name":
                        who = Who(person_id=voters[which % 4].pk)
                        row = name(member, primary, who, since=since, until=until)
                    elif row is None:
                        continue
                    elif kind == "end":
                        end(row, primary, since)
                    else:
                        change(row, primary, since=since, until=until)
            except DomainError:
                assert calendar_of(member) == before
                continue
            after = calendar_of(member)
            if kind == "name":
                later = {n: r for n, r in before.items() if n > first and r.since > since}
                ends = min([*later, SPAN.stop if last is None else last])
                assert after == {n: r for n, r in before.items() if n < first} | later | (
                    dict.fromkeys(range(first, ends), row)
                )
                continue
            others = {n: r for n, r in before.items() if r != row}
            mine = {n for n, r in after.items() if r == row}
            if kind == "end":
                assert after.items() >= others.items()
                assert not {n for n in mine if n >= first}
            else:
                assert mine == set(range(first, SPAN.stop if last is None else last))
                # Of the others only whoever came just before may have gained or lost days.
                moved = {r for n, r in after.items() if r != row and others.get(n) != r}
                moved |= {r for n, r in others.items() if after.get(n) != r}
                assert len(moved) <= 1
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_several_at_once_leave_one(member: Member, primary: User) -> None:
    """Six namings of a voting representative from today, the primary's role ended meanwhile."""
    everybody = [
        Who(email=f"v{n}@hoyry.example", given_name="V", family_name=f"{n}") for n in "123456"
    ]
    row = member.representatives.get()
    acts = [lambda who=who: name(member, primary, who) for who in everybody]
    answers = at_once(*acts, lambda: end(row, primary))
    assert all(isinstance(a, Representative | NotAllowed | None) for a in answers), answers
    named = [answer for answer in answers if isinstance(answer, Representative)]
    assert member.representatives.filter(role="voting").count() == min(len(named), 1)
    assert member.representatives.get(role="primary").until == TODAY


# --- Handing over ---------------------------------------------------------------------------------


def test_the_secretary_hands_over_a_company(member: Member, primary: User) -> None:
    with pytest.raises(DomainError, match="rests on") as refused:
        hand_over(member, ground=" ")
    assert refused.value.field == "ground"
    with NewLetters() as written:
        hand_over(member, ground="Letter of the managing director")
    assert held(member, "primary") == [("Pia", date(2006, 1, 1), TODAY), ("Nina", TODAY, None)]
    assert member.representatives.get(person=primary).end_ground.startswith("Letter of")
    assert written == [
        ("invitation", "Nina"),
        ("representative-named", "Nina"),
        ("representative-role-ended", "Pia"),
    ]
    told = OutboxMail.objects.get(key__startswith="representative-role-ended")
    assert told.to_address == primary.email and "Letter of the managing director" in told.text


def test_a_company_without_anybody_is_handed_over_too(member: Member) -> None:
    hand_over(member, ground="Found nobody")
    assert held(member, "primary") == [("Nina", TODAY, None)]


def hand_over(member: Member, ground: str) -> None:
    secretary = User.objects.filter(groups__name="secretary").first() or a_secretary()
    services.hand_over(
        member_id=member.pk, who=NINA, since=TODAY, ground=ground, by=secretary, at=AT
    )


# --- Settling everything that a person holds ------------------------------------------------------


def keys(person: User, at: datetime = AT) -> list[str]:
    return [holding.key for holding in services.everything_held(person, at=at)]


def settle(person: User, by: User, choices: Any, on: date = TODAY, at: datetime = AT) -> None:
    services.settle_holdings(person_id=person.pk, on=on, choices=choices, by=by, at=at)


def test_everything_is_settled_in_one_act_and_told_in_one_letter(
    member: Member, primary: User
) -> None:
    """Two companies, a seat with an office, and signing in; from today."""
    board = a_board(5, since=AT - 30 * DAY)
    chair = board.chair
    pending = another_matter(board, at=AT, deadline=AT + 9 * DAY)
    other = a_member(number=2, name="Toinen Oy", business_id=business_id(1))
    here = a_representative(member, chair, "voting")
    there = a_representative(other, chair, "primary")
    kept = a_representative(other, chair, "hr")
    seat = Seat.objects.get(person=chair)
    assert keys(chair) == [
        f"representative:{here.pk}",
        f"representative:{there.pk}",
        f"representative:{kept.pk}",
        f"seat:{seat.pk}",
        f"sign_in:{chair.pk}",
    ]
    with NewLetters() as written:
        settle(
            chair,
            board.secretary,
            {
                f"representative:{here.pk}": Who(person_id=primary.pk),
                f"representative:{there.pk}": NINA,
                f"seat:{seat.pk}": None,
                f"sign_in:{chair.pk}": None,
            },
        )
    assert held(member, "voting")[1:] == [("Pia", TODAY, None)]
    assert held(other, "primary")[1:] == [("Nina", TODAY, None)]
    kept.refresh_from_db()
    seat.refresh_from_db()
    chair.refresh_from_db()
    pending.refresh_from_db()
    assert (kept.until, seat.until, chair.is_active) == (None, AT, False)
    assert not Office.objects.in_force(AT).filter(seat=seat).exists()
    assert not pending.is_pending
    assert keys(chair) == [f"representative:{kept.pk}"]
    assert [(key, who) for key, who in written if "stopped" not in key] == [
        ("holdings-settled", chair.given_name),
        ("invitation", "Nina"),
        ("representative-named", "Nina"),
        ("representative-named", "Pia"),
    ]
    told = OutboxMail.objects.get(key__startswith="holdings-settled").text
    assert "Toinen Oy: Primary representative: passes to Nina New on" in told
    assert "Seat on the board: member: ends on" in told


def test_a_later_day_holds_from_that_day(member: Member, primary: User) -> None:
    board = a_board(5, since=AT - 30 * DAY)
    person = board.people[2]
    row = a_representative(member, person, "voting")
    seat = Seat.objects.get(person=person)
    day = TODAY + 40 * DAY
    settle(
        person,
        board.secretary,
        {f"representative:{row.pk}": Who(person_id=primary.pk), f"seat:{seat.pk}": None},
        on=day,
    )
    seat.refresh_from_db()
    assert timezone.localtime(seat.until).isoformat() == f"{day}T00:00:00+02:00"
    assert held(member, "voting") == [
        (person.given_name, date(2006, 1, 1), day),
        ("Pia", day, None),
    ]
    with pytest.raises(DomainError, match="ends at once") as refused:
        settle(person, board.secretary, {f"sign_in:{person.pk}": None}, on=day)
    assert refused.value.field == f"sign_in:{person.pk}"


def test_nothing_happens_when_one_of_them_is_refused(member: Member, primary: User) -> None:
    person = a_person("Veera Voting")
    rows = [a_representative(member, person, role) for role in ("voting", "safety")]
    a_representative(member, primary, "safety")
    move = {f"representative:{row.pk}": Who(person_id=primary.pk) for row in rows}
    with pytest.raises(DomainError, match="has this role then already") as refused:
        settle(person, primary, move)
    assert refused.value.field == f"representative:{rows[1].pk}"
    assert held(member, "voting") == [("Veera", date(2006, 1, 1), None)]
    with pytest.raises(DomainError, match="Choose"):
        settle(person, primary, {})
    end(rows[0], primary)
    with pytest.raises(InvalidTransition, match="look again"):
        settle(person, primary, {f"representative:{rows[0].pk}": None})


def test_the_primary_settles_what_is_of_the_company_the_own_last_role_included(
    member: Member, primary: User
) -> None:
    voting = a_representative(member, primary, "voting")
    first = member.representatives.get(role="primary")
    seat = a_board(5, since=AT - 30 * DAY).seats[0]
    with pytest.raises(NotAllowed):
        settle(primary, primary, {f"sign_in:{primary.pk}": None})
    with pytest.raises(NotAllowed):
        settle(seat.person, primary, {f"seat:{seat.pk}": None})
    settle(
        primary,
        primary,
        {f"representative:{first.pk}": NINA, f"representative:{voting.pk}": None},
    )
    assert held(member, "primary")[1:] == [("Nina", TODAY, None)]
    assert not allowed("members.keep_people", primary, member, at=AT)


def test_what_is_to_begin_later_is_settled_too(member: Member, primary: User) -> None:
    person = a_person("Late Laura")
    soon, later = TODAY + 5 * DAY, TODAY + 20 * DAY
    ends, moves = (a_representative(member, person, r, since=soon) for r in ("hr", "safety"))
    begun = a_representative(member, person, "general", since=TODAY - DAY)
    choices = {
        f"representative:{ends.pk}": None,
        f"representative:{moves.pk}": Who(person_id=primary.pk),
    }
    settle(person, primary, choices)
    assert held(member, "hr") == []
    assert held(member, "safety") == [("Pia", soon, None)]
    with pytest.raises(DomainError, match="has had this role since"):
        settle(person, primary, {f"representative:{begun.pk}": None}, on=TODAY - 9 * DAY)
    settle(person, primary, {f"representative:{begun.pk}": None}, on=later)


# --- The pages ------------------------------------------------------------------------------------


def test_the_primary_keeps_the_companys_people_on_its_pages(member: Member, primary: User) -> None:
    client, today = client_of(primary), timezone.localdate()
    a_representative(member, a_person("Old Hand"), "hr", until=date(2020, 1, 1))
    name_page = reverse("people_name", args=[1])
    typed = {
        "role": "voting",
        "given_name": "Nina",
        "family_name": "New",
        "email": "nina@hoyry.example",
        "language": "sv",
        "since": (today + DAY).isoformat(),
        "until": today.isoformat(),
    }
    wrong = client.post(name_page, typed).content.decode()
    assert "The end must come after the beginning." in wrong and "nina@hoyry.example" in wrong
    assert not User.objects.filter(email="nina@hoyry.example").exists()
    right = client.post(name_page, typed | {"until": ""}, follow=True)
    page = right.content.decode()
    assert "Recorded: Nina New" in page
    now_, later = page.split('id="later"')
    later, before = later.split('id="before"')
    assert "Nina New" in later and "Nina New" not in now_.split('id="now"')[1]
    assert "Old Hand" in before
    acts = ("End the role", "Take back", "Change the dates")
    assert [tuple(act in part for act in acts) for part in (now_, later, before)] == [
        (True, False, True),
        (False, True, True),
        (False, False, False),
    ]
    assert "Nobody has this role now: voting representative." in page
    row = member.representatives.get(person__email="nina@hoyry.example")
    assert row.person is not None and row.person.language == "sv"
    dates = reverse("people_dates", args=[1, row.pk])
    client.post(dates, {"since": today.isoformat(), "until": ""})
    row.refresh_from_db()
    assert row.since == today
    pages = [dates, reverse("people_end", args=[1, row.pk]), name_page]
    assert all(client.get(path).status_code == 200 for path in pages)
    settled = reverse("settle_person", args=[row.person.pk])
    page = client.get(settled).content.decode()
    assert "Voting representative" in page and "Signing in" not in page
    key = f"representative:{row.pk}"
    client.post(settled, {"on": today.isoformat(), key: str(primary.pk)})
    assert held(member, "voting") == [("Pia", today, None)]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Write the name of the person."),
        ({"given_name": "A", "family_name": "B"}, "Write an e-mail address"),
        ({"given_name": "A", "family_name": "B", "email": "x"}, "Write an e-mail address"),
        ({"role": "billing"}, "Write the name of the person."),
        ({"role": "king"}, "Select a valid choice."),
        ({"since": ""}, "Give the day."),
    ],
)
def test_what_is_missing_is_asked_for(
    member: Member, primary: User, typed: dict[str, str], said: str
) -> None:
    today = timezone.localdate().isoformat()
    form = {"role": "safety", "since": today, "language": "fi", **typed}
    response = client_of(primary).post(reverse("people_name", args=[1]), form)
    assert response.status_code == 200 and said in response.content.decode()
    assert member.representatives.count() == 1


def test_a_person_is_chosen_or_written(member: Member, primary: User) -> None:
    client, path = client_of(primary), reverse("people_name", args=[1])
    today = timezone.localdate().isoformat()
    form = {"role": "safety", "since": today, "language": "fi", "person": str(primary.pk)}
    assert "not both" in client.post(path, form | {"given_name": "Nina"}).content.decode()
    client.post(path, form)
    assert [who for who, *_ in held(member, "safety")] == ["Pia"]
    billing = {"role": "billing", "email": "in@hoyry.example", "since": today, "language": "fi"}
    page = client.post(path, billing, follow=True).content.decode()
    assert "in@hoyry.example" in page
    page = client.get(reverse("own_company", args=[1])).content.decode()
    assert "in@hoyry.example" in page and "None" not in page


def test_the_secretary_keeps_the_people_of_any_company(member: Member, primary: User) -> None:
    secretary = a_secretary()
    client = client_of(secretary)
    member_page = reverse("admin:members_member_change", args=[member.pk])
    people_page = reverse("company_people", args=[1])
    assert people_page in client.get(member_page).content.decode()
    assert reverse("people_hand_over", args=[1]) in client.get(people_page).content.decode()
    page = client.get(reverse("people_hand_over", args=[1])).content.decode()
    assert "Pia Primary" in page
    form = {
        "given_name": "Nina",
        "family_name": "New",
        "email": "",
        "language": "fi",
        "since": timezone.localdate().isoformat(),
    }
    path = reverse("people_hand_over", args=[1])
    assert "Fill in “What this rests on”." in client.post(path, form).content.decode()
    client.post(path, form | {"ground": "The only contact has left"})
    assert [who for who, *_ in held(member, "primary")] == ["Pia", "Nina"]
    person_page = reverse("admin:accounts_user_change", args=[primary.pk])
    settled = reverse("settle_person", args=[primary.pk])
    assert settled in client.get(person_page).content.decode()
    assert "Signing in to KIP" in client.get(settled).content.decode()
    nobody = a_person("Nobody Atall", email=None)
    page = client.get(reverse("settle_person", args=[nobody.pk])).content.decode()
    assert "holds nothing" in page
    assert "holdings" not in str(letters())


def test_whoever_has_no_mail_is_promised_no_link(member: Member, primary: User) -> None:
    person = a_person("Olli Oja", email=None, postal_address="Tehtaantie 1\n67900 Kokkola")
    people.named(a_representative(member, person, "voting"), by=primary, at=AT)
    letter = OutboxMail.objects.get(reader=person)
    assert letter.is_on_paper
    assert "personal link" not in letter.text
    assert "give one to the secretary" in letter.text


def test_history_says_who_got_which_role(member: Member, primary: User) -> None:
    name(member, primary)
    path = reverse("admin:members_member_history", args=[member.pk])
    page = client_of(a_secretary()).get(path).content.decode()
    assert "Pia Primary named a representative of the company." in page
    assert "Representative: voting representative, Nina New" in page


def test_an_address_is_told_from_a_person_everywhere(member: Member) -> None:
    a_representative(member, None, "billing", address="in@hoyry.example")
    page = client_of(a_secretary()).get(reverse("admin:members_member_change", args=[member.pk]))
    assert "in@hoyry.example" in page.content.decode()


def test_a_code_of_an_invited_person_leads_nowhere_before_the_day(
    member: Member, primary: User
) -> None:
    """Whoever is named from a later day can sign in, and sees nothing of the company yet."""
    day = timezone.localdate() + 5 * DAY
    row = name(member, primary, since=day, at=timezone.now())
    EmailAddress.objects.filter(user=row.person).update(verified=True)
    client = client_of(row.person)
    assert client.get(reverse("own_company", args=[1])).status_code == 404
    assert client.get(reverse("company_people", args=[1])).status_code == 404
