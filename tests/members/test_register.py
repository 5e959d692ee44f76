"""The statutory register as page, PDF and XLSX; who votes, who stands; the admin's downloads."""

import csv
import io
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from pypdf import PdfReader

from kip.accounts.models import User
from members.models import Member
from tests.board.factories import a_board
from tests.members.factories import (
    a_member,
    a_person,
    a_representative,
    a_secretary,
    business_id,
)

pytestmark = pytest.mark.django_db

PHONE = "+358 40 0000001"


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="kip.accounts.backends.Backend")
    return client


@pytest.fixture
def reader() -> User:
    """Somebody who stands for the first of three members; one has left."""
    person = a_person("Reino Reader", phone=PHONE)
    first = a_member(number=1, name="Öja Ab", business_id=business_id(1))
    a_member(number=2, name="Wasa Ab", business_id=business_id(2), domicile="Vaasa")
    a_member(
        number=3,
        name="Aktiebolaget",
        country="SE",
        business_id="556000-0001",
        register="Bolagsverket",
        domicile="Umeå",
    )
    a_member(number=4, name="Entinen Oy", business_id=business_id(4), until=date(2020, 1, 1))
    a_representative(first, person)
    return person


def midnight(year: int, month: int, day: int) -> datetime:
    """How a spreadsheet gives back a date."""
    return datetime(year, month, day)  # noqa: DTZ001


def content(response: Any) -> bytes:
    return response.getvalue() if response.streaming else response.content


def test_the_page_has_the_four_facts_in_order_and_no_contact(reader: User) -> None:
    response = client_of(reader).get(reverse("register"))
    text = response.content.decode()
    places = [text.index(name) for name in ("Aktiebolaget", "Wasa Ab", "Öja Ab")]
    assert places == sorted(places)
    assert "3 member companies on" in text and "Entinen Oy" not in text
    assert "556000\N{NON-BREAKING HYPHEN}0001 (Bolagsverket)" in text and "1 January 2006" in text
    assert "Reino" not in text.split("<main")[1] and PHONE not in text


def test_the_page_of_another_day(reader: User) -> None:
    response = client_of(reader).get(reverse("register"), {"on": "2019-12-31"})
    text = response.content.decode()
    assert "4 member companies on 31 December 2019" in text and "Entinen Oy" in text
    assert (
        "Entinen Oy"
        not in client_of(reader).get(reverse("register"), {"on": "2020-01-01"}).content.decode()
    )


@pytest.mark.parametrize("asked", ["", "yesterday", "2027-02-30", "0001-01-01", "9999-12-31"])
def test_no_day_is_the_page_of_today(reader: User, asked: str) -> None:
    client = client_of(reader)
    for name in ("register", "board_public"):
        who = client if name == "register" else client_of(a_board(3).chair)
        response = who.get(reverse(name), {"on": asked})
        assert response.status_code == 200
        assert ("This is the page of today." in response.content.decode()) == bool(asked)
    assert "3 member companies" in client.get(reverse("register"), {"on": asked}).content.decode()


def test_the_pdf_is_the_whole_register_and_says_who_took_it(reader: User) -> None:
    for number in range(10, 130):
        a_member(number=number, name=f"Yhtiö {number} Oy", business_id=business_id(number))
    response = client_of(reader).get(reverse("register_file", args=["pdf"]), {"on": "2026-06-30"})
    assert response["Content-Disposition"] == 'attachment; filename="register-2026-06-30.pdf"'
    document = PdfReader(io.BytesIO(content(response)))
    pages = [page.extract_text() for page in document.pages]
    text = "\n".join(pages)
    assert "As of 30 June 2026" in text and "123 member companies" in text
    assert "by Reino Reader" in text and f"Page 1 of {len(pages)}" in text and len(pages) > 1
    assert all(f"Yhtiö {number} Oy" in text for number in range(10, 130))
    assert PHONE not in text and "@" not in text


def test_the_xlsx_is_the_whole_register_and_says_who_took_it(reader: User) -> None:
    response = client_of(reader).get(reverse("register_file", args=["xlsx"]))
    page = load_workbook(io.BytesIO(content(response))).active
    assert page is not None
    rows = list(page.iter_rows(values_only=True))
    head = rows.index(("Company", "Domicile", "Business ID", "Member since"))
    notes = [str(row[0]) for row in rows[:head]]
    assert "3 member companies" in notes and any(n.endswith("by Reino Reader") for n in notes)
    assert [row[0] for row in rows[head + 1 :]] == ["Aktiebolaget", "Wasa Ab", "Öja Ab"]
    assert rows[head + 2][1:] == ("Vaasa", business_id(2), midnight(2006, 1, 1))
    assert page.oddFooter.center.text == "Page &P of &N"


def test_a_name_that_no_font_has_is_refused_and_not_left_out(reader: User) -> None:
    Member.objects.filter(number=2).update(name="名前 Oy")
    client = client_of(reader)
    response = client.get(reverse("register_file", args=["pdf"]), follow=True)
    assert "The PDF cannot show “名”" in response.content.decode()
    assert client.get(reverse("register_file", args=["xlsx"])).status_code == 200


def test_who_stands_for_no_member_has_no_register(reader: User) -> None:
    applicant = a_person("Anni Applicant")
    gone = a_person("Gunnar Gone")
    a_representative(Member.objects.get(number=4), gone, until=date(2020, 1, 1))
    ended = a_person("Eva Ended")
    today = timezone.localdate()
    a_representative(Member.objects.get(number=1), ended, "safety", until=today)
    for person in (applicant, gone, ended):
        client = client_of(person)
        assert client.get(reverse("register")).status_code == 404
        assert client.get(reverse("register_file", args=["xlsx"])).status_code == 404
        assert reverse("register") not in client.get(reverse("my_kip")).content.decode()
    assert reverse("register") in client_of(reader).get(reverse("my_kip")).content.decode()
    assert client_of(reader).get(reverse("register_votes")).status_code == 404
    assert client_of(reader).get(reverse("register_file", args=["docx"])).status_code == 404


def test_who_had_a_vote_on_a_day() -> None:
    board = a_board(3)
    member = a_member(number=1, name="Öja Ab", business_id=business_id(1))
    a_member(number=2, name="Wasa Ab", business_id=business_id(2))
    change = date(2026, 5, 1)
    a_representative(member, a_person("Vanha Valtias"), "voting", until=change)
    a_representative(member, a_person("Uusi Valtias"), "voting", since=change)
    a_representative(member, a_person("Salla Safety"), "safety")
    client = client_of(board.people[1])
    before = client.get(reverse("register_votes"), {"on": "2026-04-30"}).content.decode()
    after = client.get(reverse("register_votes"), {"on": "2026-05-01"}).content.decode()
    assert "Vanha Valtias, voting representative" in before and "Uusi" not in before
    assert "Uusi Valtias, voting representative" in after and "Vanha" not in after
    assert "Nobody can vote for it." in after and "Salla" not in after
    assert client.get(reverse("register_people")).status_code == 404
    people = client_of(board.secretary).get(reverse("register_people")).content.decode()
    assert "Salla Safety, safety" in people


def test_the_board_as_it_sat() -> None:
    now = timezone.now()
    board = a_board(3, since=now - timedelta(days=400))
    client = client_of(board.chair)
    that_day = (now - timedelta(days=200)).date()
    page = client.get(reverse("board_public"), {"on": that_day.isoformat()}).content.decode()
    assert str(board.chair) in page and "As it sat at the end of" in page
    long_ago = client.get(reverse("board_public"), {"on": "2001-01-01"}).content.decode()
    assert "There was no board on that day." in long_ago
    assert Client().get(reverse("board_public"), {"on": "2026-01-01"}).status_code == 404
    public = Client().get(reverse("board_public"))
    assert public.status_code == 200 and "As it stood on" not in public.content.decode()


# --- Lists of the admin, taken along -------------------------------------------------------------


def download(client: Client, kind: str, **asked: str) -> Any:
    return client.get(reverse("admin:members_member_download", args=[kind]), asked)


def test_the_members_as_filtered_and_whole(reader: User) -> None:
    client = client_of(a_secretary())
    for number in range(10, 170):
        a_member(number=number, name=f"Yhtiö {number} Oy", business_id=business_id(number))
    whole = list(csv.DictReader(io.StringIO(content(download(client, "csv")).decode("utf-8-sig"))))
    assert len(whole) == 164 and whole[0]["Name of the company"] == "Öja Ab"
    page = load_workbook(io.BytesIO(content(download(client, "xlsx", q="Vaasa")))).active
    assert page is not None
    head, row = page.iter_rows(values_only=True)
    found = dict(zip(head, row, strict=True))
    assert found["Name of the company"] == "Wasa Ab" and found["Member number"] == 2
    assert found["Member since"] == midnight(2006, 1, 1)
    listed = client.get(reverse("admin:members_member_changelist"), {"q": "Vaasa", "p": "1"})
    assert "/members/member/download/xlsx/?q=Vaasa" in listed.content.decode()


def test_no_cell_of_a_download_runs() -> None:
    a_member(name="=HYPERLINK(1)", street="@SUM(A1)")
    client = client_of(a_secretary())
    assert b"'=HYPERLINK(1)" in content(download(client, "csv"))
    page = load_workbook(io.BytesIO(content(download(client, "xlsx")))).active
    assert page is not None
    assert [cell.value for row in page for cell in row if str(cell.value)[:2] in ("'=", "'@")] == [
        "'=HYPERLINK(1)",
        "'@SUM(A1)",
    ]


def test_only_the_secretary_takes_lists_along(reader: User) -> None:
    assert download(client_of(reader), "xlsx").status_code == 302
    secretary = client_of(a_secretary())
    assert download(secretary, "exe").status_code == 404
    assert download(secretary, "csv", nonsense="1").status_code in {302, 404}


def test_who_keeps_the_people_of_a_company_reads_any_day() -> None:
    member = a_member()
    primary, safety = a_person("Pia Primary"), a_person("Salla Safety")
    a_representative(member, primary)
    a_representative(member, safety, "safety", since=date(2026, 1, 1))
    a_representative(member, a_person("Vanha Voima"), "voting", until=date(2020, 1, 1))
    address = reverse("company_people", args=[member.number])
    page = client_of(primary).get(address, {"on": "2019-12-31"}).content.decode()
    assert "Vanha Voima, voting representative" in page and "Salla" not in page
    assert "Who stood for the company on 31 December 2019" in page
    now = client_of(primary).get(address).content.decode()
    assert "On another day" in now and "Salla Safety" in now
    # Who does not keep them sees who stands for the company now, and nothing of before.
    assert client_of(safety).get(address).status_code == 200
    assert client_of(safety).get(address, {"on": "2019-12-31"}).status_code == 404
    nobody = client_of(a_secretary()).get(address, {"on": "2001-01-01"}).content.decode()
    assert "Nobody stood for this company on that day." in nobody


def test_who_stands_is_taken_along_whole_as_a_file() -> None:
    board = a_board(3)
    for number in range(1, 61):
        a_member(number=number, name=f"Yhtiö {number:02} Oy", business_id=business_id(number))
    member = Member.objects.get(number=1)
    change = date(2026, 5, 1)
    a_representative(member, a_person("Vanha Valtias"), "voting", until=change)
    a_representative(member, a_person("Uusi Valtias"), "voting", since=change)
    a_representative(member, a_person("Salla Safety"), "safety")
    client, desk = client_of(board.people[1]), client_of(board.secretary)

    def rows(who: Client, name: str, on: str) -> list[list[str]]:
        response = who.get(reverse(name, args=["csv"]), {"on": on})
        assert f"{on}.csv" in response["Content-Disposition"]
        text = content(response).decode("utf-8-sig")
        assert "@" not in text
        return list(csv.reader(text.splitlines()))

    votes = rows(client, "register_votes_file", "2026-04-30")
    assert len([row for row in votes if any("Yhtiö" in cell for cell in row)]) == 60
    assert any({"Yhtiö 01 Oy", "voting representative", "Vanha Valtias"} <= {*r} for r in votes)
    assert not any("Uusi Valtias" in row or "Salla Safety" in row for row in votes)
    people = rows(desk, "register_people_file", "2026-05-01")
    assert any({"Yhtiö 01 Oy", "safety", "Salla Safety"} <= {*row} for row in people)
    assert client.get(reverse("register_people_file", args=["csv"])).status_code == 404
    assert desk.get(reverse("register_people_file", args=["pdf"])).status_code == 404
    sheet = desk.get(reverse("register_people_file", args=["xlsx"]))
    assert load_workbook(io.BytesIO(content(sheet))).active is not None
    page = desk.get(reverse("register_people"), {"on": "2026-05-01"}).content.decode()
    assert f"{reverse('register_people_file', args=['csv'])}?on=2026-05-01" in page
