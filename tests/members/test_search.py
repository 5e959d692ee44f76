"""Who finds which companies and people, and how the secretary narrows the list."""

from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kip import finding
from kip.accounts.models import User
from members import search
from members.models import (
    CheckedMember,
    FormerFacts,
    Member,
    Representative,
    Sector,
    Site,
    YearlyCheck,
)
from tests.members.factories import (
    AT,
    a_member,
    a_period,
    a_person,
    a_representative,
    a_secretary,
    business_id,
)

pytestmark = pytest.mark.django_db


def signed_in(person):
    client = Client()
    client.force_login(person, backend="kip.accounts.backends.Backend")
    return client


@pytest.fixture
def secretary():
    return a_secretary()


@pytest.fixture
def steam():
    """Was called otherwise once, and has a site."""
    member = a_member(number=1, name="Höyry Oy", business_id=business_id(1), domicile="Kokkola")
    FormerFacts.objects.create(
        member=member,
        **{**member.registered_facts(), "name": "Lämpö ja Vesi Ky"},
        since=date(2000, 1, 1),
        until=date(2006, 1, 1),
        recorded_at=AT,
        end_recorded_at=AT,
    )
    member.sites.add(
        Site.objects.create(name_fi="Satama", name_sv="Hamnen", name_en="Harbour", order=1)
    )
    return member


@pytest.fixture
def lime():
    return a_member(number=2, name="Öja Kalk Ab", business_id=business_id(2), domicile="Larsmo")


@pytest.fixture
def left():
    return a_member(
        number=3, name="Kadonnut Oy", business_id=business_id(3), until=date(2020, 1, 1)
    )


def names(found, text=""):
    return [member.name for member in search.best_first(found, text)]


@pytest.mark.parametrize(
    ("typed", "who"),
    [
        ("hoyry", ["Höyry Oy"]),
        ("HÖYRY oy", ["Höyry Oy"]),
        ("lampo", ["Höyry Oy"]),
        ("vesi kokkola", ["Höyry Oy"]),
        (business_id(1), ["Höyry Oy"]),
        (business_id(1).replace("-", ""), ["Höyry Oy"]),
        ("satama", ["Höyry Oy"]),
        ("hamnen höyry", ["Höyry Oy"]),
        ("oja", ["Öja Kalk Ab"]),
        ("larsmo", ["Öja Kalk Ab"]),
    ],
)
def test_a_company_is_found_by_what_it_is_and_was(steam, lime, typed, who):
    found = search.companies(typed, Member.objects.all())
    assert found.is_exact
    assert names(found, typed) == who


@pytest.mark.parametrize("typed", ["höyyr", "hoyrry", "lamppo", "lämpö ja vsei", "HÖÄYRY"])
def test_slips_are_forgiven_in_names_of_any_time(steam, lime, typed):
    found = search.companies(typed, Member.objects.all())
    assert not found.is_exact
    assert names(found) == ["Höyry Oy"]


@pytest.mark.django_db
def test_former_names_are_looked_up_and_not_read_through():
    like_it = FormerFacts.objects.order_by("member").filter(finding.nearly("hoyri")[0])
    with finding.by_likeness():
        assert "former_facts_found_by" in like_it.explain()


def test_only_among_those_given(steam, lime, left):
    in_force = Member.objects.in_force(date(2026, 1, 1))
    assert names(search.companies("kadonnut", in_force)) == []
    assert names(search.companies("kadonut", in_force)) == []


def test_a_name_that_begins_so_comes_first(db):
    a_member(number=1, name="Alfa Zinc Oy", business_id=business_id(1))
    a_member(number=2, name="Zinc Beta Oy", business_id=business_id(2))
    a_member(number=3, name="Zinc Ånga Oy", business_id=business_id(3))
    a_member(number=4, name="Zinc Zeta Oy", business_id=business_id(4))
    found = search.companies("zinc", Member.objects.all())
    assert names(found, "zinc") == ["Zinc Beta Oy", "Zinc Zeta Oy", "Zinc Ånga Oy", "Alfa Zinc Oy"]


def test_many_are_found_like_few(monkeypatch, steam, lime, left):
    """What is said otherwise to the database, to be quick, means the same."""
    typed = ["oy", "hoyry oy", "lampo", "satama", "vesi kokkola", business_id(2)]
    few = [search.companies(text, Member.objects.all()) for text in typed]
    assert all(found.number is not None for found in few)
    monkeypatch.setattr("kip.finding.FEW", 0)
    many = [search.companies(text, Member.objects.all()) for text in typed]
    assert all(found.number is None for found in many)
    assert [set(found.rows) for found in many] == [set(found.rows) for found in few]


# --- The page ---------------------------------------------------------------------------------


@pytest.fixture
def everybody(steam, lime, left):
    today = timezone.localdate()
    people = {
        "primary": a_person("Prima Laine"),
        "colleague": a_person("Kollega Laine"),
        "other": a_person("Ottilia Laine"),
        "gone": a_person("Gunnar Laine"),
        "applicant": a_person("Anni Laine"),
    }
    a_representative(steam, people["primary"], "primary")
    a_representative(steam, people["colleague"], "safety")
    a_representative(lime, people["colleague"], "environment")
    a_representative(lime, people["other"], "primary")
    a_representative(steam, people["gone"], "hr", until=today)
    a_representative(left, people["applicant"], "primary", until=date(2020, 1, 1))
    return people


def page(person, typed):
    response = signed_in(person).get(reverse("search"), {"q": typed})
    assert response.status_code == 200
    return response


def people_found(response):
    return [person.given_name for person in response.context["people"].rows]


def test_a_companys_people_find_each_other_and_nobody_else(everybody):
    response = page(everybody["primary"], "laine")
    assert people_found(response) == ["Kollega", "Prima"]
    # Nor what a colleague does for somebody else.
    assert "Öja Kalk" not in response.content.decode()
    assert ", environment" not in response.content.decode()


def test_a_slip_reveals_nobody_either(everybody):
    assert people_found(page(everybody["primary"], "ottilja")) == []
    assert people_found(page(everybody["primary"], "ottilia@kip.example")) == []


@pytest.mark.parametrize("who", ["gone", "applicant"])
def test_who_stands_for_no_company_finds_members_and_no_people(everybody, who):
    assert people_found(page(everybody[who], "laine")) == []
    response = page(everybody[who], "oy")
    assert [row.name for row in response.context["companies"].rows] == ["Höyry Oy"]


def test_who_has_left_is_found_by_the_secretary_only(everybody, secretary):
    assert "left 1 January 2020" in page(secretary, "kadonnut").content.decode()
    assert page(everybody["primary"], "kadonnut").context["companies"].rows == []


def test_the_secretary_finds_all(everybody, secretary):
    response = page(secretary, "laine")
    assert people_found(response) == ["Anni", "Gunnar", "Kollega", "Ottilia", "Prima"]
    response = page(secretary, "lampo")
    assert "earlier Lämpö ja Vesi Ky" in response.content.decode()


def test_each_result_leads_to_the_readers_own_kind_of_page(everybody, steam, lime, secretary):
    def pages(person, typed):
        response = page(person, typed)
        return [
            row.page
            for rows in (response.context["companies"].rows, response.context["people"].rows)
            for row in rows
        ]

    assert pages(everybody["primary"], "hoyry") == [reverse("own_company", args=[1])]
    assert pages(everybody["primary"], "oja") == [reverse("member_page", args=[2])]
    assert pages(everybody["primary"], "kollega") == [reverse("company_people", args=[1])]
    assert pages(secretary, "oja") == [reverse("admin:members_member_change", args=[lime.pk])]
    for person, typed in ((everybody["primary"], "laine"), (secretary, "laine oy oja")):
        for there in pages(person, typed):
            assert signed_in(person).get(there).status_code == 200


def test_what_is_only_like_it_is_said_to_be(everybody):
    response = page(everybody["primary"], "hoyrry")
    assert "None is called so" in response.content.decode()


@pytest.mark.parametrize("typed", ["", "   ", "'", '"><script>', "%", "\\", "😀", "a" * 3000])
def test_whatever_is_typed(everybody, secretary, typed):
    for person in (everybody["primary"], secretary):
        assert "<script>" not in page(person, typed).content.decode().replace("<script src", "")


def test_the_directory_searches_likewise(steam, lime, left):
    def shown(typed):
        response = Client().get(reverse("member_list"), {"q": typed})
        return [entry["name"] for entry in response.context["page_obj"]]

    assert shown("lampo") == ["Höyry Oy"]
    assert shown("hoyrry") == ["Höyry Oy"]
    assert shown("kadonnut") == []


# --- The secretary's list -----------------------------------------------------------------------


@pytest.fixture
def listed(secretary):
    client = signed_in(secretary)

    def listed(**narrowed):
        response = client.get(reverse("admin:members_member_changelist"), narrowed)
        assert response.status_code == 200
        return [member.name for member in response.context["cl"].result_list]

    return listed


def test_the_list_is_searched_by_people_too(everybody, listed):
    assert listed(q="ottilia") == ["Öja Kalk Ab"]
    assert listed(q="anni.laine@kip") == ["Kadonnut Oy"]
    assert listed(q="lampo") == ["Höyry Oy"]
    assert listed(q="hoyrry") == ["Höyry Oy"]


def test_the_list_is_searched_by_a_bare_address(lime, listed):
    a_representative(lime, None, "billing", address="laskut@oja.example")
    assert listed(q="laskut@OJA") == ["Öja Kalk Ab"]


def test_filters(everybody, steam, lime, left, listed):
    today = timezone.localdate()
    ahead = Member.objects.create(number=4, name="Tuleva Oy", registered_since=today)
    a_period(ahead, since=today + timedelta(days=3))
    new = a_member(number=5, name="Uusi Oy", business_id=business_id(5), joined=today)
    sector = Sector.objects.create(name_fi="M", name_sv="M", name_en="Metals", order=1)
    lime.sectors.add(sector)
    assert set(listed(membership="now")) == {"Höyry Oy", "Öja Kalk Ab", "Uusi Oy"}
    assert listed(membership="ended") == ["Kadonnut Oy"]
    assert listed(membership="ahead") == ["Tuleva Oy"]
    assert listed(sector=sector.pk) == ["Öja Kalk Ab"]
    assert listed(site=steam.sites.get().pk) == ["Höyry Oy"]
    assert listed(joined=f"{today.year}-{today.year}") == ["Uusi Oy"]
    assert set(listed(joined=f"-{today.year - 1}")) == {"Höyry Oy", "Öja Kalk Ab"}
    assert set(listed(missing="primary")) == {"Uusi Oy"}
    a_representative(new, everybody["other"], "primary", since=today)
    assert listed(missing="primary") == []
    assert set(listed(missing="voting")) == {"Höyry Oy", "Öja Kalk Ab", "Uusi Oy"}
    assert listed(missing="voting", sector=sector.pk, q="oja") == ["Öja Kalk Ab"]


def test_no_reply_to_the_latest_yearly_check(steam, lime, secretary, listed):
    for begun_at, replied in ((AT - timedelta(days=400), lime), (AT, steam)):
        YearlyCheck.objects.update(closed_at=AT)
        check = YearlyCheck.objects.create(
            begun_by=secretary, begun_at=begun_at, answer_by=begun_at.date()
        )
        for member in (steam, lime):
            CheckedMember.objects.create(
                yearly_check=check, member=member, answered_at=AT if member == replied else None
            )
    assert listed(reply="no") == ["Öja Kalk Ab"]
    assert listed(reply="yes") == ["Höyry Oy"]
    lime.periods.update(
        until=timezone.localdate(), end_recorded_at=AT, end_reason="other"
    )  # waited for no more
    assert listed(reply="no") == []


@pytest.mark.parametrize("name", ["membership", "joined", "missing", "reply", "sector", "site"])
@pytest.mark.parametrize("value", ["nonsense-1", "0-0", "-", "99999-99999", "1-²", "9" * 30 + "-1"])
def test_what_the_address_says_wrongly_narrows_nothing(steam, listed, name, value):
    assert listed(**{name: value}) == ["Höyry Oy"]


# --- A register of any size -----------------------------------------------------------------------


def seed(*arguments):
    said = StringIO()
    call_command("seed", *arguments, stdout=said)
    return said.getvalue()


def test_seed_makes_so_many_and_no_more():
    assert "45 companies added" in seed("--members", "45")
    assert Member.objects.count() == 45
    assert User.objects.count() == 5 * 45
    assert "0 companies added" in seed("--members", "45")
    assert "15 companies added" in seed("--members", "60")
    today = timezone.localdate()
    assert Member.objects.in_force(today).count() == 57
    assert Representative.objects.in_force(today).filter(role="voting").count() == 55
    assert all(member.name.endswith("(demo)") for member in Member.objects.all())
    assert names(search.companies(Member.objects.all()[30].name, Member.objects.all()))


def test_seed_spares_a_register_of_real_companies(steam):
    with pytest.raises(CommandError, match="1 members here besides"):
        seed()
    assert "2 companies added" in seed("--members", "3", "--among-others")


def test_seed_spares_real_servers(settings):
    settings.DEMO_ALLOWED = False
    with pytest.raises(CommandError, match="not a private demo database"):
        seed()
