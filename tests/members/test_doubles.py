"""Two records of one company or person: found, merged, kept apart, and undone to the last field."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from typing import Any

import pytest
from django.core import serializers
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kip import desk
from kip.accounts import services as accounts
from kip.accounts.models import User
from kip.audit.models import Ground
from kip.audit.services import redact
from kip.audit.timeline import entries_of
from kip.exceptions import DomainError, InvalidTransition, NotAllowed
from members import search, services
from members.models import (
    CheckedMember,
    CompanyPair,
    Member,
    MembershipPeriod,
    PersonPair,
    ProposedChange,
    Representative,
    Sector,
    YearlyCheck,
)
from members.states import PairStatus
from tests.board.factories import a_board
from tests.members.factories import (
    AT,
    DAY,
    NewLetters,
    a_member,
    a_period,
    a_person,
    a_representative,
    a_secretary,
    business_id,
)

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate(AT)


def two_companies(**double: Any) -> tuple[Member, Member]:
    kept = a_member(number=1, name="Öja-Kemi Oy")
    fields = {"business_id": "", "joined": date(2010, 1, 1), **double}
    return kept, a_member(number=2, name="Oja Kemi", **fields)


def compared(one: Any, other: Any, by: User) -> Any:
    kind: Any = CompanyPair if isinstance(one, Member) else PersonPair
    return services.compare(kind=kind, one_id=one.pk, other_id=other.pk, by=by, at=AT)


def merge(kept: Any, double: Any, by: User, at: Any = AT) -> Any:
    pair = compared(kept, double, by)
    act: Any = services.merge_companies if isinstance(kept, Member) else services.merge_people
    act(pair_id=pair.pk, kept_id=kept.pk, by=by, at=at)
    kept.refresh_from_db()
    double.refresh_from_db()
    return type(pair).objects.get(pk=pair.pk)


def undo(pair: Any, by: User, at: Any = AT) -> Any:
    return services.undo_merge(kind=type(pair), pair_id=pair.pk, by=by, at=at)


def everything() -> str:
    """All rows that a merge can touch."""
    models = (
        *(Member, MembershipPeriod, Representative, ProposedChange, CheckedMember, User),
        *(Member.sectors.through, Member.sites.through),
    )
    rows = [row for model in models for row in model._base_manager.order_by("pk")]
    return json.dumps(json.loads(serializers.serialize("json", rows)), indent=1)


def roles(member: Member) -> list[tuple[str, str, date, date | None]]:
    rows = member.representatives.select_related("person").order_by("since", "pk")
    return [(str(row.person or row.address), row.role, row.since, row.until) for row in rows]


# --- Finding ------------------------------------------------------------------------------------


def test_likely_doubles_are_found_and_stand_on_the_desk() -> None:
    two_companies()
    a_person("Maija Virtanen")
    a_person("Maija Virtanen", email="mv@other.example")
    assert services.look_for_doubles(by=None, at=AT) == 2
    assert CompanyPair.objects.get().likenesses == ["same_name"]
    assert PersonPair.objects.get().likenesses == ["same_name"]
    texts = [item.text for item in desk.desk(at=AT)]
    assert "1 pair of records may be one company: compare them" in texts
    assert "1 pair of records may be one person: compare them" in texts


def test_looking_again_changes_nothing_and_forgets_what_is_not_so() -> None:
    _kept, double = two_companies()
    services.look_for_doubles(by=None, at=AT)
    found = CompanyPair.objects.get()
    services.look_for_doubles(by=None, at=AT + DAY)
    assert CompanyPair.objects.get().found_at == found.found_at
    Member.objects.filter(pk=double.pk).update(name="Something Else Oy")
    assert services.look_for_doubles(by=None, at=AT + DAY) == 0
    assert not CompanyPair.objects.exists()


def test_what_they_have_in_common_is_kept_up_to_date() -> None:
    secretary = a_secretary()
    kept, double = two_companies()
    other = a_member(number=3, name="Quite Another Oy", business_id="")
    compared(kept, other, secretary)
    services.look_for_doubles(by=None, at=AT)
    Member.objects.update(website="https://www.oja.example/")
    services.look_for_doubles(by=None, at=AT + DAY)
    assert {
        (pair.second_id, *pair.likenesses) for pair in CompanyPair.objects.filter(first=kept)
    } == {
        (double.pk, "same_name", "same_website"),
        (other.pk, "named", "same_website"),
    }


def test_what_is_not_the_same_is_not_shown_again() -> None:
    secretary = a_secretary()
    two_companies()
    services.look_for_doubles(by=None, at=AT)
    pair = CompanyPair.objects.get()
    services.keep_apart(kind=CompanyPair, pair_id=pair.pk, by=secretary, at=AT)
    assert services.look_for_doubles(by=None, at=AT + DAY) == 0
    assert CompanyPair.objects.get().status == PairStatus.APART


def test_an_earlier_name_is_compared_too() -> None:
    member = a_member(number=1, name="Kemira Fine Oy")
    services.record_change(
        member_id=member.pk,
        facts={"name": "CABB Oy"},
        effective_on=TODAY,
        by=a_secretary(),
        at=AT,
    )
    a_member(number=2, name="Kemira Fine", business_id="")
    assert services.look_for_doubles(by=None, at=AT) == 1


# --- Companies ----------------------------------------------------------------------------------


def test_memberships_become_one_from_the_earlier_day_to_the_later() -> None:
    kept, double = two_companies(joined=date(2000, 5, 1), until=date(2020, 1, 1))
    merge(kept, double, a_secretary())
    period = kept.periods.get()
    assert (period.since, period.until) == (date(2000, 5, 1), None)
    assert not double.periods.exists()
    assert double.double_of == kept
    assert not Member.objects.in_force(TODAY).filter(pk=double.pk).exists()


def test_memberships_apart_stay_two() -> None:
    kept, double = two_companies(joined=date(2000, 5, 1), until=date(2003, 1, 1))
    merge(kept, double, a_secretary())
    assert [period.since.year for period in kept.periods.order_by("since")] == [2000, 2006]


def test_the_one_that_stays_keeps_its_primary_and_nobody_loses_access() -> None:
    kept, double = two_companies()
    pia, outi = a_person("Pia Primary"), a_person("Outi Other")
    a_representative(kept, pia)
    a_representative(double, outi)
    a_representative(double, outi, "safety", since=date(2012, 1, 1))
    a_representative(double, None, "billing", address="bills@oja.example")
    with NewLetters() as letters:
        merge(kept, double, a_secretary())
    assert letters == [("representative-in-general", "Outi")]
    assert sorted(roles(kept)) == [
        ("Outi Other", "general", date(2006, 1, 1), None),
        ("Outi Other", "safety", date(2012, 1, 1), None),
        ("Pia Primary", "primary", date(2006, 1, 1), None),
        ("bills@oja.example", "billing", date(2006, 1, 1), None),
    ]


def test_the_same_person_in_the_same_role_is_there_once() -> None:
    kept, double = two_companies()
    pia = a_person("Pia Primary")
    a_representative(kept, pia, since=date(2015, 1, 1))
    a_representative(double, pia, since=date(2010, 1, 1), until=date(2016, 1, 1))
    merge(kept, double, a_secretary())
    assert roles(kept) == [("Pia Primary", "primary", date(2010, 1, 1), None)]


def test_what_the_one_kept_lacks_is_taken_from_the_double() -> None:
    number = business_id(7)
    kept, double = two_companies(business_id=number, website="https://oja.example")
    Member.objects.filter(pk=kept.pk).update(business_id="", registration_key="", street="")
    kept.refresh_from_db()
    sector = Sector.objects.create(name_fi="K", name_sv="K", name_en="Chemistry")
    double.sectors.add(sector)
    merge(kept, double, a_secretary())
    assert (kept.business_id, kept.registration_key) == (number, number)
    assert (kept.website, kept.street) == ("https://oja.example", double.street)
    assert kept.name == "Öja-Kemi Oy"
    assert list(kept.sectors.all()) == [sector]
    assert double.business_id == ""


def test_answers_and_changes_pass_over() -> None:
    secretary = a_secretary()
    kept, double = two_companies(business_id=business_id(7))
    check = YearlyCheck.objects.create(begun_by=secretary, begun_at=AT, answer_by=TODAY)
    CheckedMember.objects.create(yearly_check=check, member=double)
    services.record_change(
        member_id=double.pk, facts={"domicile": "Pori"}, effective_on=TODAY, by=secretary, at=AT
    )
    merge(kept, double, secretary)
    assert CheckedMember.objects.get().member == kept
    assert ProposedChange.objects.get().member == kept


def test_a_change_that_waits_is_settled_first() -> None:
    secretary = a_secretary()
    kept, double = two_companies(business_id=business_id(7))
    primary = a_person("Pia Primary")
    a_representative(double, primary)
    services.propose_change(
        member_id=double.pk, facts={"domicile": "Pori"}, effective_on=TODAY, by=primary, at=AT
    )
    with pytest.raises(DomainError, match="settle it first"):
        merge(kept, double, secretary)
    double.refresh_from_db()
    assert double.double_of is None


def test_two_resignations_that_stand_are_in_the_way() -> None:
    secretary = a_secretary()
    kept, double = two_companies()
    for member in (kept, double):
        services.record_resignation(
            member_id=member.pk,
            received_on=TODAY,
            channel="meeting",
            statement="Annual general meeting, § 9",
            by=secretary,
            at=AT,
        )
    before = everything()
    pair = compared(kept, double, secretary)
    with pytest.raises(DomainError, match="only one"):
        services.what_goes_where(pair, kept, at=AT)
    with pytest.raises(DomainError, match="only one"):
        merge(kept, double, secretary)
    assert everything() == before


def test_a_double_is_not_found_and_its_number_says_whose_it_is() -> None:
    secretary = a_secretary()
    kept, double = two_companies()
    merge(kept, double, secretary)
    reach = search.reach_of(secretary, at=AT)
    assert list(search.companies("kemi", reach.companies).rows) == [kept]


def test_an_import_writes_to_no_double() -> None:
    secretary = a_secretary()
    kept, double = two_companies(business_id=business_id(7))
    merge(kept, double, secretary)
    table = f"number;business_id;city\n2;;Pori\n;{business_id(7)};Pori\n"
    run = services.upload_import(
        upload=SimpleUploadedFile("table.csv", table.encode()),
        effective_on=TODAY,
        tells=False,
        by=secretary,
        at=AT,
    )
    services.work_on_import(run_id=run.pk, at=AT)
    run.refresh_from_db()
    said = "This is a double, number 2: the company is number 1."
    assert [row.errors for row in run.rows.order_by("line")] == [
        [["A2", "Member number", said]],
        [["B3", "Business ID", said]],
    ]


def test_only_the_secretary_merges() -> None:
    kept, double = two_companies()
    pair = compared(kept, double, a_secretary())
    stranger = a_person("Stina Stranger")
    with pytest.raises(NotAllowed):
        services.merge_companies(pair_id=pair.pk, kept_id=kept.pk, by=stranger, at=AT)
    with pytest.raises(NotAllowed):
        services.keep_apart(kind=CompanyPair, pair_id=pair.pk, by=stranger, at=AT)
    with pytest.raises(NotAllowed):
        compared(kept, double, stranger)


def test_a_company_is_not_compared_with_itself() -> None:
    kept, _double = two_companies()
    with pytest.raises(DomainError, match="same one"):
        compared(kept, kept, a_secretary())


# --- Undoing ------------------------------------------------------------------------------------

DATES = st.dates(date(2018, 1, 1), date(2024, 1, 1))
RANGES = st.tuples(DATES, st.none() | DATES).filter(lambda r: r[1] is None or r[1] > r[0])
PEOPLE = 3
ROLES = st.tuples(
    st.sampled_from([0, 1]),
    st.integers(0, PEOPLE - 1),
    st.sampled_from(["primary", "voting", "general", "safety"]),
    RANGES,
)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    periods=st.lists(st.tuples(st.sampled_from([0, 1]), RANGES), max_size=4),
    held=st.lists(ROLES, max_size=8),
    companies=st.booleans(),
)
def test_whatever_is_merged_covers_the_same_days_and_comes_back(
    periods: list[Any], held: list[Any], companies: bool
) -> None:
    """Over random rows: no day of anybody's is lost or won, and undoing leaves no trace."""
    with transaction.atomic():
        secretary = a_secretary()
        members = [
            Member.objects.create(number=n, name=f"Kemi {n}", registered_since=date(2018, 1, 1))
            for n in (1, 2)
        ]
        people = [a_person(f"Person{n} Laine") for n in range(PEOPLE)]
        for which, (since, until) in periods:
            with _if_it_fits():
                a_period(members[which], since=since, until=until)
        for which, who, role, (since, until) in held:
            with _if_it_fits():
                a_representative(members[which], people[who], role, since=since, until=until)
        before, days = everything(), _days(people[:2], companies=companies)
        kept, double = members if companies else people[:2]
        try:
            pair = merge(kept, double, secretary)
        except DomainError:
            assert not companies
        else:
            assert _days(people[:2], companies=companies) == days
            owner = "member" if companies else "person"
            assert not Representative.objects.filter(**{owner: double}).exists()
            undo(pair, secretary)
        assert everything() == before
        transaction.set_rollback(True)


@contextmanager
def _if_it_fits() -> Iterator[None]:
    with suppress(IntegrityError), transaction.atomic():
        yield


def _days(one_person: list[User], *, companies: bool) -> tuple[set[Any], set[Any]]:
    """On which days either company is a member, and who stands for which in what."""
    end = date(2024, 1, 1)

    def days(row: Any) -> set[date]:
        last = min(row.until or end, end)
        return {row.since + timedelta(days=n) for n in range((last - row.since).days)}

    member = {day for row in MembershipPeriod.objects.all() for day in days(row)}
    stands = set()
    for row in Representative.objects.all():
        # Who is primary at a double stands for the company in general: how, is tested elsewhere.
        role = "any" if companies else row.role
        company = 0 if companies else row.member_id
        person = 0 if not companies and row.person in one_person else row.person_id
        stands |= {(company, person, role, day) for day in days(row)}
    return member, stands


def test_what_was_changed_since_stays_as_it_was_changed() -> None:
    secretary = a_secretary()
    kept, double = two_companies(website="https://oja.example")
    outi = a_person("Outi Other")
    role = a_representative(double, outi, "safety")
    pair = merge(kept, double, secretary)
    services.end_role(representative_id=role.pk, until=TODAY + 5 * DAY, by=secretary, at=AT + DAY)
    services.keep_own_facts(
        member_id=kept.pk,
        facts={"website": "https://new.example"},
        by=secretary,
        at=AT + DAY,
    )
    undo(pair, secretary, at=AT + 2 * DAY)
    kept.refresh_from_db()
    double.refresh_from_db()
    assert roles(double) == [("Outi Other", "safety", date(2006, 1, 1), TODAY + 5 * DAY)]
    assert (kept.website, double.website) == ("https://new.example", "https://oja.example")
    assert [period.since.year for period in double.periods.all()] == [2010]


def test_something_newer_may_stand_in_the_way_of_undoing() -> None:
    secretary = a_secretary()
    kept, double = two_companies()
    pia = a_person("Pia Primary")
    a_representative(kept, pia, "safety", since=date(2015, 1, 1))
    a_representative(double, pia, "safety", since=date(2016, 1, 1))
    pair = merge(kept, double, secretary)
    a_representative(double, pia, "safety", since=date(2017, 1, 1))  # nobody should, but
    before = everything()
    with pytest.raises(DomainError, match="stands in the way"):
        undo(pair, secretary)
    assert everything() == before


def test_a_merge_can_be_undone_for_thirty_days_and_then_nothing_is_kept_of_it() -> None:
    secretary = a_secretary()
    pair = merge(*two_companies(), secretary)
    assert services.forget_merges(by=None, at=AT + 30 * DAY) == 0
    with pytest.raises(DomainError, match="thirty days"):
        undo(pair, secretary, at=AT + 30 * DAY + timedelta(seconds=1))
    assert services.forget_merges(by=None, at=AT + 31 * DAY) == 1
    assert services.forget_merges(by=None, at=AT + 31 * DAY) == 0
    pair.refresh_from_db()
    assert (pair.status, pair.changes) == (PairStatus.MERGED, [])
    with pytest.raises(DomainError, match="thirty days"):
        undo(pair, secretary)


def test_the_later_merge_is_undone_first() -> None:
    secretary = a_secretary()
    kept, double = two_companies()
    first = merge(kept, double, secretary)
    third = a_member(number=3, name="Third", business_id="")
    second = merge(third, kept, secretary)
    double.refresh_from_db()
    assert double.double_of == third
    with pytest.raises(DomainError, match="undo that first"):
        undo(first, secretary)
    undo(second, secretary)
    undo(CompanyPair.objects.get(pk=first.pk), secretary)
    double.refresh_from_db()
    assert double.double_of is None


def test_merges_of_both_kinds_are_undone_the_later_first() -> None:
    secretary = a_secretary()
    kept, double = two_companies()
    maija, twice = a_person("Maija Virtanen"), a_person("Maija Virtanen", email=None)
    a_representative(kept, twice, "safety")
    a_representative(double, twice, "safety")
    before = everything()
    first = merge(kept, double, secretary)
    second = merge(maija, twice, secretary)
    with pytest.raises(DomainError, match="merged since: undo that first"):
        undo(first, secretary)
    undo(second, secretary)
    undo(CompanyPair.objects.get(pk=first.pk), secretary)
    assert everything() == before


def test_a_merge_says_how_much_stays_as_it_was_changed_since() -> None:
    secretary = a_secretary()
    kept, double = two_companies(website="https://oja.example")
    pair = merge(kept, double, secretary)
    services.keep_own_facts(
        member_id=kept.pk, facts={"website": "https://new.example"}, by=secretary, at=AT + DAY
    )
    assert undo(pair, secretary, at=AT + 2 * DAY) == 1


def test_once_undone_they_are_apart_and_may_be_merged_the_other_way() -> None:
    secretary = a_secretary()
    kept, double = two_companies()
    pair = merge(kept, double, secretary)
    undo(pair, secretary)
    with pytest.raises(InvalidTransition):
        undo(pair, secretary)
    merge(double, kept, secretary)
    assert kept.double_of == double
    assert len(entries_of(CompanyPair.objects.get())) == 4


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_merge_once() -> None:
    secretary = a_secretary()
    kept, double = two_companies()
    pair = compared(kept, double, secretary)

    def press(keeps: int) -> str:
        try:
            services.merge_companies(pair_id=pair.pk, kept_id=keeps, by=secretary, at=AT)
        except DomainError:
            return "refused"
        finally:
            connection.close()
        return "merged"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(press, [kept.pk, double.pk])) == ["merged", "refused"]
    assert Member.objects.filter(double_of=None).count() == 1


# --- People -------------------------------------------------------------------------------------


def test_a_person_entered_twice_holds_everything_as_one() -> None:
    secretary = a_secretary()
    one, other = two_companies()
    maija = a_person("Maija Virtanen")
    twice = a_person("Maija Virtanen", email=None, phone="040 1234567")
    a_representative(one, maija, "safety", since=date(2020, 1, 1))
    a_representative(one, twice, "safety", since=date(2018, 1, 1), until=date(2021, 1, 1))
    a_representative(other, twice, "hr")
    with NewLetters() as letters:
        merge(maija, twice, secretary)
    assert letters == []  # who never signed in has nothing to be told
    assert roles(one) == [("Maija Virtanen", "safety", date(2018, 1, 1), None)]
    assert roles(other) == [("Maija Virtanen", "hr", date(2006, 1, 1), None)]
    assert maija.phone == "040 1234567"
    assert (twice.is_active, twice.double_of) == (False, maija)


def test_who_signed_in_with_two_addresses_hears_with_which_one_from_now_on() -> None:
    secretary = a_secretary()
    maija = a_person("Maija Virtanen")
    twice = a_person("Maija Virtanen", email="mv@old.example")
    with NewLetters() as letters:
        merge(maija, twice, secretary)
    assert letters == [("records-joined", "Maija"), ("records-joined", "Maija")]
    assert accounts.can_sign_in(maija)
    assert not accounts.can_sign_in(twice)


def test_the_record_with_which_the_person_signs_in_is_kept() -> None:
    secretary = a_secretary()
    maija = a_person("Maija Virtanen")
    silent = a_person("Maija Virtanen", email=None)
    with pytest.raises(DomainError, match="signs in"):
        merge(silent, maija, secretary)


def test_the_address_and_the_invitation_go_where_there_is_none() -> None:
    secretary = a_secretary()
    silent = a_person("Maija Virtanen", email=None)
    invited = User.objects.create_user("maija@oja.example", family_name="Virtanen")
    invitation = accounts.invite(person=invited, purpose="to act", by=secretary, at=AT)
    pair = merge(silent, invited, secretary)
    invitation.refresh_from_db()
    assert (silent.email, invited.email) == ("maija@oja.example", None)
    assert invitation.person == silent
    undo(pair, secretary)
    silent.refresh_from_db()
    invited.refresh_from_db()
    assert (silent.email, invited.email) == (None, "maija@oja.example")
    assert invited.is_active


def test_who_was_invited_at_the_other_address_is_invited_anew() -> None:
    secretary = a_secretary()
    kept = User.objects.create_user("maija@new.example", given_name="Maija", family_name="V")
    invited = User.objects.create_user("maija@old.example", given_name="Maija", family_name="V")
    accounts.invite(person=invited, purpose="to act", by=secretary, at=AT)
    with NewLetters() as letters:
        merge(kept, invited, secretary)
    assert letters == [("invitation", "Maija")]
    assert kept.invitations.waiting().count() == 1
    assert not invited.invitations.exists()


def test_a_record_that_may_not_sign_in_is_not_kept_and_a_double_is_not_let_in() -> None:
    secretary = a_secretary()
    closed = a_person("Maija Virtanen", is_active=False)
    other = User.objects.create_user("maija@new.example", family_name="Virtanen")
    with pytest.raises(DomainError, match="may not sign in"):
        merge(closed, other, secretary)
    merge(other, closed, secretary)
    with pytest.raises(DomainError, match="signs in with that"):
        accounts.set_sign_in(person=closed, is_active=True, is_superuser=False, by=secretary, at=AT)


def test_undoing_tells_who_signs_in_with_two_addresses_again() -> None:
    secretary = a_secretary()
    pair = merge(
        a_person("Maija Virtanen"), a_person("Maija Virtanen", email="mv@old.example"), secretary
    )
    with NewLetters() as letters:
        undo(pair, secretary)
    assert letters == [("records-parted", "Maija"), ("records-parted", "Maija")]


def test_naming_somebody_by_the_old_address_names_the_one_kept() -> None:
    maija = a_person("Maija Virtanen")
    twice = a_person("Maija Virtanen", email="mv@old.example")
    merge(maija, twice, a_secretary())
    named = accounts.ensure_person(
        email="mv@old.example",
        given_name="Maija",
        family_name="Virtanen",
        language="fi",
        by=None,
        at=AT,
    )
    assert named == maija


def test_seats_pass_over_unless_both_had_one_at_a_time() -> None:
    board = a_board(3, since=AT - 30 * DAY)
    seated = board.people[1]
    maija = a_person("Maija Virtanen")
    pair = merge(maija, seated, board.secretary)
    assert board.seats[1].__class__.objects.get(pk=board.seats[1].pk).person == maija
    undo(pair, board.secretary)
    assert board.seats[1].__class__.objects.get(pk=board.seats[1].pk).person == seated
    with pytest.raises(DomainError, match="Both have a seat"):
        merge(board.people[2], seated, board.secretary)


def test_the_secretarys_record_is_kept() -> None:
    secretary = a_secretary()
    with pytest.raises(DomainError, match="secretary"):
        merge(a_person("Siiri Double"), secretary, secretary)


def test_erasing_a_person_blanks_what_a_merge_of_companies_noted() -> None:
    secretary = a_secretary()
    kept, double = two_companies()
    maija = a_person("Maija Virtanen")
    for member in (kept, double):
        a_representative(member, maija, "safety", until=TODAY)
    pair = merge(kept, double, secretary)
    third, fourth = (a_member(number=n, name=f"Third {n}", business_id="") for n in (3, 4))
    untouched = merge(third, fourth, secretary)
    redact(maija, by=secretary, at=AT + DAY, ground=Ground.REQUEST)
    pair.refresh_from_db()
    untouched.refresh_from_db()
    assert (pair.changes, bool(untouched.changes)) == ([], True)


def test_erasing_a_person_erases_the_double_and_what_the_merge_noted() -> None:
    secretary = a_secretary()
    maija = a_person("Maija Virtanen")
    twice = a_person("Maja Virtanen", email="mv@old.example")
    pair = merge(maija, twice, secretary)
    redact(maija, by=secretary, at=AT + DAY, ground=Ground.REQUEST)
    twice.refresh_from_db()
    pair.refresh_from_db()
    assert (twice.email, twice.given_name, pair.changes) == (None, "", [])


# --- Pages --------------------------------------------------------------------------------------


@pytest.fixture
def desk_client() -> Client:
    client = Client()
    client.force_login(a_secretary(), backend="kip.accounts.backends.Backend")
    return client


def test_the_secretary_compares_merges_and_undoes(desk_client: Client) -> None:
    kept, double = two_companies(website="https://oja.example")
    outi = a_person("Outi Other")
    a_representative(double, outi, "safety")
    looks = reverse("admin:members_companypair_look")
    page = desk_client.post(looks, follow=True)
    assert "1 pair is likely" in page.content.decode()
    pair = CompanyPair.objects.get()
    here = reverse("admin:members_companypair_change", args=[pair.pk])
    assert here in page.content.decode()
    text = desk_client.get(here).content.decode()
    assert "The same name" in text
    assert "Outi Other, safety" in text
    merges = reverse("admin:members_companypair_merge", args=[pair.pk, kept.pk])
    assert merges in text
    text = desk_client.get(merges).content.decode()
    assert "Outi Other, safety: passes over" in text
    assert "Website: https://oja.example, from the double" in text
    double.refresh_from_db()
    assert double.double_of is None
    page = desk_client.post(merges, follow=True)
    assert "The two records are one now." in page.content.decode()
    undoes = reverse("admin:members_companypair_undo", args=[pair.pk])
    assert undoes in page.content.decode()
    listed = desk_client.get(reverse("admin:members_member_changelist")).content.decode()
    assert "Öja-Kemi Oy" in listed
    assert "Oja Kemi<" not in listed
    own = desk_client.get(reverse("admin:members_member_change", args=[double.pk]))
    assert "Öja-Kemi Oy" in own.content.decode()
    page = desk_client.post(undoes, follow=True)
    assert "They are two records again." in page.content.decode()
    double.refresh_from_db()
    assert double.double_of is None


def test_the_secretary_takes_two_people_for_one(desk_client: Client) -> None:
    maija, maria = a_person("Maija Virtanen"), a_person("Maria Wirtanen")
    page = reverse("admin:members_personpair_compare", args=[maija.pk])
    assert (
        page
        in desk_client.get(reverse("admin:accounts_user_change", args=[maija.pk])).content.decode()
    )
    answer = desk_client.post(page, {"other": "nobody at all"})
    assert "No record is known by" in answer.content.decode()
    a_person("Maria Wirtanen", email="second@kip.example")
    answer = desk_client.post(page, {"other": "Wirtanen"})
    assert f"{maria.pk}: Maria Wirtanen" in answer.content.decode()
    answer = desk_client.post(page, {"other": maria.email}, follow=True)
    assert "Compare the two, and decide." in answer.content.decode()
    pair = PersonPair.objects.get()
    apart = reverse("admin:members_personpair_apart", args=[pair.pk])
    assert apart in answer.content.decode()
    desk_client.post(apart)
    pair.refresh_from_db()
    assert pair.status == PairStatus.APART


def test_a_merge_that_cannot_be_says_why_before_the_button(desk_client: Client) -> None:
    secretary = User.objects.secretaries().get()
    kept, double = two_companies(business_id=business_id(7))
    pair = compared(kept, double, secretary)
    merges = reverse("admin:members_companypair_merge", args=[pair.pk, kept.pk])
    words = desk_client.get(merges).content.decode()
    assert f"two business IDs, {kept.business_id} and {double.business_id}" in words
    primary = a_person("Pia Primary")
    a_representative(double, primary)
    services.propose_change(
        member_id=double.pk, facts={"domicile": "Pori"}, effective_on=TODAY, by=primary, at=AT
    )
    page = desk_client.get(merges, follow=True)
    assert "settle it first" in page.content.decode()
    assert page.redirect_chain[-1][0].endswith(f"/{pair.pk}/change/")


def test_what_cannot_be_is_said_and_nothing_happens(desk_client: Client) -> None:
    maija, silent = a_person("Maija Virtanen"), a_person("Maija Virtanen", email=None)
    secretary = User.objects.secretaries().get()
    pair = compared(maija, silent, secretary)
    merges = reverse("admin:members_personpair_merge", args=[pair.pk, silent.pk])
    page = desk_client.post(merges, follow=True)
    assert "Keep the record with which the person signs in" in page.content.decode()
    pair.refresh_from_db()
    assert pair.status == PairStatus.LIKELY
