"""Member companies from a table: what it would do is shown first, and all of it happens or none."""

import io
import zipfile
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import escape

from kip import reading, sheets
from kip.accounts.models import User
from kip.desk import desk
from kip.exceptions import DomainError
from kip.mail.models import OutboxMail
from members import columns, services
from members.erasure import why_not
from members.models import FormerFacts, ImportRun, Member, Outcome, Representative, Sector
from members.services import import_plan, import_rows, importing
from members.states import ImportStatus
from tests.members.factories import (
    AT,
    a_member,
    a_person,
    a_representative,
    a_secretary,
    a_submitted_application,
    business_id,
)

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate(AT)


@pytest.fixture
def secretary() -> User:
    return a_secretary()


def table(*rows: dict[str, Any]) -> bytes:
    """A CSV with the columns that the rows name."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    file = io.BytesIO()
    sheets.write_csv(
        sheets.Sheet("", names, ([row.get(name, "") for name in names] for row in rows)), file
    )
    return file.getvalue()


def xlsx_of(members: Any = None) -> bytes:
    file = io.BytesIO()
    rows = Member.objects.order_by("number") if members is None else members
    sheets.write_xlsx(columns.as_sheet(rows, TODAY, title="Members"), file)
    return file.getvalue()


def upload(content: bytes, by: User, **options: Any) -> ImportRun:
    return services.upload_import(
        upload=SimpleUploadedFile("members.csv", content),
        **{"effective_on": TODAY, "tells": False, **options},
        by=by,
        at=AT,
    )


def checked(content: bytes, by: User, **options: Any) -> ImportRun:
    run = upload(content, by, **options)
    services.work_on_import(run_id=run.pk, at=AT)
    run.refresh_from_db()
    return run


def imported(content: bytes, by: User, **options: Any) -> ImportRun:
    run = checked(content, by, **options)
    assert run.status == ImportStatus.CHECKED, run.reason
    assert not run.wrong, problems(run)
    services.confirm_import(run_id=run.pk, by=by, at=AT)
    services.work_on_import(run_id=run.pk, at=AT)
    run.refresh_from_db()
    return run


def problems(run: ImportRun) -> list[tuple[str, str]]:
    return [(cell, text) for row in run.rows.all() for cell, _column, text in row.errors]


def counts(run: ImportRun) -> tuple[int, int, int, int]:
    return run.new, run.changed, run.unchanged, run.wrong


NEW = {
    "name": "Uusi Oy",
    "business_id": business_id(5),
    "country": "FI",
    "domicile": "Kokkola",
    "since": "1.5.2020",
    "primary_given_name": "Paula",
    "primary_family_name": "Pää",
    "primary_email": "Paula@uusi.example",
    "voting_given_name": "Veikko",
    "voting_family_name": "Ääni",
}


def test_a_new_company_is_shown_and_then_written(secretary: User) -> None:
    a_member(number=7, business_id=business_id(1))
    run = checked(table(NEW), secretary)
    assert counts(run) == (1, 0, 0, 0)
    assert Member.objects.count() == 1
    run = imported(table(NEW), secretary)
    assert run.status == ImportStatus.DONE
    member = Member.objects.get(number=8)
    assert (member.name, member.registered_since) == ("Uusi Oy", date(2020, 5, 1))
    assert member.periods.get().since == date(2020, 5, 1)
    people = {row.role: row.person for row in member.representatives.all()}
    assert people["primary"].email == "paula@uusi.example"  # type: ignore[union-attr]
    assert people["voting"].email is None  # type: ignore[union-attr]
    assert not OutboxMail.objects.exists()
    assert ImportRun.objects.values_list("content", flat=True).get(pk=run.pk) is None
    assert not run.rows.exists()


def test_the_same_file_twice_changes_nothing(secretary: User) -> None:
    assert imported(table(NEW), secretary).new == 1
    run = checked(table(NEW), secretary)
    assert counts(run) == (0, 0, 1, 0)
    with pytest.raises(DomainError, match="nothing to import"):
        services.confirm_import(run_id=run.pk, by=secretary, at=AT)


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@pytest.mark.parametrize("language", ["en", "fi", "sv"])
def test_an_export_imports_back_unchanged(secretary: User, kind: str, language: str) -> None:
    sector = Sector.objects.create(
        name_fi="Metallit; ja muut", name_sv="Metaller", name_en="Metals"
    )
    member = a_member(
        number=1,
        name="=1+1 Oy",
        activities="Makes\r\nsteam. ",
        chemicals="'-quoted",
        headcount=12,
        website="https://x.example/",
        postcode="00100",
    )
    member.sectors.add(sector)
    a_representative(member, a_person("Aino Laine"))
    a_representative(member, a_person("Ilman Osoitetta", email=None), "voting")
    a_member(number=2, business_id=business_id(2), until=date(2020, 1, 1), street="", activities="")
    a_member(number=3, business_id="", country="SE", joined=TODAY + timedelta(days=30))
    with translation.override(language):
        sheet = columns.as_sheet(Member.objects.order_by("number"), TODAY, title="x")
        file = io.BytesIO()
        sheets.FORMATS[kind][0](sheet, file)
    User.objects.filter(pk=secretary.pk).update(language=language)
    run = checked(file.getvalue(), secretary)
    assert (run.reason, problems(run)) == ("", [])
    assert counts(run) == (0, 0, 3, 0)


def test_facts_and_people_of_a_known_company_change_by_their_services(secretary: User) -> None:
    member = a_member(number=4)
    before = a_person("Edellinen Edustaja")
    a_representative(member, before)
    row = {
        "number": 4,
        "name": "Höyry Group Oyj",
        "headcount": 30,
        "primary_email": "uusi@hoyry.example",
        "primary_given_name": "Uuno",
        "primary_family_name": "Uusi",
    }
    run = imported(table(row), secretary)
    assert counts(run) == (0, 1, 0, 0)
    member.refresh_from_db()
    assert (member.name, member.headcount, member.registered_since) == (
        "Höyry Group Oyj",
        30,
        TODAY,
    )
    assert FormerFacts.objects.get(member=member).name == "Höyry & Co Oy"
    now = Representative.objects.in_force(TODAY).get(member=member)
    assert now.person.email == "uusi@hoyry.example"
    assert Representative.objects.get(person=before).until == TODAY
    assert not OutboxMail.objects.exists()


def test_people_get_mail_only_when_asked_for(secretary: User) -> None:
    imported(table(NEW), secretary, tells=True)
    assert [mail.to_address for mail in OutboxMail.objects.all()] == ["paula@uusi.example"]


def test_each_wrong_cell_is_named_with_its_reason(secretary: User) -> None:
    a_member(number=1, business_id=business_id(1))
    a_submitted_application(business_id=business_id(2))
    rows = [
        {**NEW, "business_id": "1234567-0"},
        {**NEW, "business_id": business_id(1), "number": ""},
        {**NEW, "business_id": business_id(2)},
        {**NEW, "business_id": business_id(6), "since": "yesterday"},
        {**NEW, "business_id": business_id(7), "name": ""},
        {**NEW, "business_id": business_id(8), "primary_email": "nobody"},
        {**NEW, "business_id": business_id(9)},
        {**NEW, "business_id": business_id(9)},
        {**NEW, "business_id": business_id(10), "number": 99},
    ]
    run = checked(table(*rows), secretary)
    assert problems(run) == [
        ("B2", "This is not a Finnish business ID: check the digits."),
        (
            "E3",
            "The company is a member since 1 January 2006, and an import does not change that.",
        ),
        ("B4", "An application of this company is open."),
        ("E5", "Write the day like 2027-05-01 or 1.5.2027."),
        ("A6", "This cannot be left empty."),
        ("H7", "Enter a valid email address."),
        ("B9", "The same company as in row 8."),
        ("K10", "No member has this number. Leave it empty for a new company: it gets one."),
    ]
    assert counts(run) == (1, 0, 0, 8)
    with pytest.raises(DomainError, match="Mend what is wrong"):
        services.confirm_import(run_id=run.pk, by=secretary, at=AT)
    assert Member.objects.count() == 1


def test_planning_asks_the_database_no_more_for_more_rows(secretary: User) -> None:
    def queries(rows: int) -> int:
        made = [{**NEW, "business_id": business_id(n)} for n in range(20, 20 + rows)]
        run = upload(table(*made), secretary)
        with CaptureQueriesContext(connection) as captured:
            import_plan.plan(run, at=AT, say=lambda _line: None)
        return len(captured)

    assert queries(1) == queries(30)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "headings"),
        (b"a,b\n1,2\n", "headings"),
        (b"name,number,colour\n", "colour"),
        (b"name,domicile\nX,Y\n", "number or the business ID"),
        (b"name,number,number\n", "twice"),
        (b"name,number\n", "no row"),
    ],
)
def test_what_is_no_table_of_companies_fails_in_words(
    secretary: User, content: bytes, says: str
) -> None:
    run = checked(content, secretary)
    assert run.status == ImportStatus.FAILED
    assert says in run.reason


def _zip(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return file.getvalue()


def test_a_zip_bomb_is_refused_before_it_is_unpacked(secretary: User) -> None:
    bomb = io.BytesIO()
    book = openpyxl.Workbook()
    book.save(bomb)
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/sharedStrings2.xml", b"0" * (reading.LARGEST_OTHER + 1))
    with pytest.raises(DomainError, match="far too large"):
        upload(bomb.getvalue(), secretary)
    with pytest.raises(DomainError):
        upload(_zip(nothing=b"x"), secretary)


def test_a_million_rows_are_refused_politely(secretary: User) -> None:
    file = io.BytesIO()
    sheets.write_xlsx(sheets.Sheet("", ["number", "name"], [[1, "X"]]), file)
    many = io.BytesIO()
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(many, "w", zipfile.ZIP_DEFLATED) as copy:
        for part in source.infolist():
            content = source.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                rows = b"".join(b'<row r="%d"/>' % n for n in range(3, 1_000_001))
                content = content.replace(b"</sheetData>", rows + b"</sheetData>")
            copy.writestr(part, content)
    run = checked(many.getvalue(), secretary)
    assert run.status == ImportStatus.FAILED
    assert "20,000 rows" in run.reason


def test_what_was_confirmed_is_what_is_written_or_nothing(secretary: User) -> None:
    member = a_member(number=4)
    run = checked(table({"number": 4, "street": "Uusikatu 1"}), secretary)
    services.confirm_import(run_id=run.pk, by=secretary, at=AT)
    Member.objects.filter(pk=member.pk).update(street="Toinenkatu 2")
    services.work_on_import(run_id=run.pk, at=AT)
    run.refresh_from_db()
    assert run.status == ImportStatus.FAILED
    assert "changed since" in run.reason
    member.refresh_from_db()
    assert member.street == "Toinenkatu 2"
    services.check_again(run_id=run.pk, by=secretary, at=AT)
    services.work_on_import(run_id=run.pk, at=AT)
    services.confirm_import(run_id=run.pk, by=secretary, at=AT)
    services.work_on_import(run_id=run.pk, at=AT)
    member.refresh_from_db()
    assert member.street == "Uusikatu 1"


def test_an_import_whose_worker_died_has_failed_and_can_be_tried_again(secretary: User) -> None:
    run = checked(table(NEW), secretary)
    services.confirm_import(run_id=run.pk, by=secretary, at=AT)
    ImportRun.objects.filter(pk=run.pk).update(started_at=AT)  # as the dead worker left it
    services.sweep_imports(at=AT)
    run.refresh_from_db()
    assert run.status == ImportStatus.FAILED
    assert not Member.objects.exists()
    services.check_again(run_id=run.pk, by=secretary, at=AT)
    services.sweep_imports(at=AT)
    services.confirm_import(run_id=run.pk, by=secretary, at=AT)
    services.sweep_imports(at=AT)
    run.refresh_from_db()
    assert run.status == ImportStatus.DONE


def test_what_fails_half_way_leaves_nothing(
    secretary: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = a_member(number=4)
    known = {"number": 4, "since": "2006-01-01", "street": "Uusikatu 1"}
    known |= {name: getattr(member, name) for name in import_rows.NEEDED}
    run = checked(table(NEW, known), secretary)
    services.confirm_import(run_id=run.pk, by=secretary, at=AT)

    def refuse(*_args: Any, **_kwargs: Any) -> None:
        raise DomainError("No.")

    monkeypatch.setattr("members.services.import_writing.keep_own_facts", refuse)
    services.work_on_import(run_id=run.pk, at=AT)
    run.refresh_from_db()
    assert (run.status, run.reason) == (ImportStatus.FAILED, "Row 3: No.")
    assert Member.objects.get() == member


def test_files_nobody_came_back_to_are_forgotten(secretary: User) -> None:
    run = checked(table(NEW), secretary)
    services.sweep_imports(at=AT + importing.KEPT_FOR)
    run.refresh_from_db()
    assert run.status == ImportStatus.DROPPED
    assert ImportRun.objects.values_list("content", flat=True).get(pk=run.pk) is None


def test_what_waits_stands_on_the_desk_and_leads_to_its_page(secretary: User) -> None:
    def texts() -> list[str]:
        return [item.text for item in desk(at=AT) if "/importrun/" in item.url]

    run = upload(table(NEW), secretary)
    assert texts() == []  # the worker is at it
    services.work_on_import(run_id=run.pk, at=AT)
    assert texts() == ["members.csv has been checked: import it, or drop it"]
    (item,) = [item for item in desk(at=AT) if "/importrun/" in item.url]
    assert item.url == reverse("admin:members_importrun_change", args=[run.pk])
    assert item.due == AT + importing.KEPT_FOR
    services.confirm_import(run_id=run.pk, by=secretary, at=AT)
    assert texts() == []
    importing.fail_import(run_id=run.pk, reason="No.", by=None, at=AT)
    assert texts() == ["members.csv was not imported: see why"]
    services.drop_import(run_id=run.pk, by=secretary, at=AT)
    assert texts() == []

    wrong = checked(table({**NEW, "country": "Finland"}), secretary)
    assert texts() == ["members.csv has 1 row that is wrong: mend it, and upload it again"]
    services.drop_import(run_id=wrong.pk, by=secretary, at=AT)
    imported(table(NEW), secretary)
    assert texts() == []
    checked(table(NEW), secretary)
    assert texts() == ["members.csv has nothing new: drop it"]


def test_nobody_is_erased_while_a_table_that_names_them_waits(secretary: User) -> None:
    person = a_person("Paula Pää", email="paula@uusi.example")
    run = checked(table(NEW), secretary)
    assert ["drop it first" in reason for reason in why_not(person=person, at=AT)] == [True]
    services.drop_import(run_id=run.pk, by=secretary, at=AT)
    assert why_not(person=person, at=AT) == []


def test_headings_are_told_apart_in_every_language() -> None:
    for language in ("en", "fi", "sv"):
        with translation.override(language):
            labels = [columns.label_of(name) for name in columns.COLUMNS]
        assert len(set(labels)) == len(labels)


def test_nobody_but_the_secretary_imports() -> None:
    with pytest.raises(DomainError):
        upload(table(NEW), a_person())


def test_from_the_file_to_the_register_by_the_pages(
    secretary: User, django_capture_on_commit_callbacks: Any
) -> None:
    client = Client()
    client.force_login(secretary, backend="kip.accounts.backends.Backend")
    template = client.get(reverse("admin:members_importrun_template", args=["xlsx"]))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(template)))
    sheet = book.worksheets[0]
    headings = next(row for row in sheet.iter_rows(values_only=True) if row[0] == "Member number")
    where = {heading: place for place, heading in enumerate(headings, start=1)}
    last = sheet.max_row
    for name, value in NEW.items():
        sheet.cell(last + 1, where[columns.label_of(name)], value)
    filled = io.BytesIO()
    book.save(filled)
    response = client.post(
        reverse("admin:members_importrun_upload"),
        {
            "upload": SimpleUploadedFile("members.xlsx", filled.getvalue()),
            "effective_on": "2027-02-02",
        },
    )
    run = ImportRun.objects.get()
    assert response.headers["Location"] == reverse("admin:members_importrun_change", args=[run.pk])
    page = client.get(response.headers["Location"]).content.decode()
    assert "hx-trigger" in page
    services.work_on_import(run_id=run.pk, at=AT)
    page = client.get(response.headers["Location"]).content.decode()
    assert "Uusi Oy" in page
    assert "hx-trigger" not in page
    confirm = reverse("admin:members_importrun_confirm", args=[run.pk])
    assert "1 company becomes a member." in client.get(confirm).content.decode()
    assert client.post(confirm).status_code == 302
    services.work_on_import(run_id=run.pk, at=AT)
    assert Member.objects.get().name == "Uusi Oy"
    run.refresh_from_db()
    assert run.status == ImportStatus.DONE
    assert client.get(response.headers["Location"]).status_code == 200


def test_the_mended_table_takes_the_place_of_the_wrong_one(secretary: User) -> None:
    wrong = checked(table({**NEW, "business_id": "1234567-8"}), secretary)
    client = Client()
    client.force_login(secretary, backend="kip.accounts.backends.Backend")
    page = reverse("admin:members_importrun_change", args=[wrong.pk])
    again = f"{reverse('admin:members_importrun_upload')}?kind=companies&instead={wrong.pk}"
    assert escape(again) in client.get(page).content.decode()
    mended = SimpleUploadedFile("mended.csv", table(NEW))
    client.post(again, {"upload": mended, "effective_on": TODAY.isoformat()})
    wrong.refresh_from_db()
    assert wrong.status == ImportStatus.DROPPED
    assert ImportRun.objects.exclude(pk=wrong.pk).get().name == "mended.csv"
    # One that is done or gone is left alone, and so is what is no number.
    for instead in (wrong.pk, "x", 999999):
        other = SimpleUploadedFile("other.csv", table(NEW))
        address = f"{reverse('admin:members_importrun_upload')}?instead={instead}"
        answer = client.post(address, {"upload": other, "effective_on": TODAY.isoformat()})
        assert answer.status_code == 302
    assert ImportRun.objects.filter(status=ImportStatus.DROPPED).count() == 1


def test_what_is_wrong_can_be_taken_along(secretary: User) -> None:
    run = checked(table({**NEW, "name": ""}), secretary)
    client = Client()
    client.force_login(secretary, backend="kip.accounts.backends.Backend")
    response = client.get(reverse("admin:members_importrun_wrong", args=[run.pk]))
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(response))).worksheets[0]
    assert list(sheet.iter_rows(min_row=2, values_only=True)) == [
        (2, "A2", "Name of the company", None, "This cannot be left empty.")
    ]
    assert run.rows.get().outcome == Outcome.WRONG


# What spreadsheets and people make of a cell; what of it is kept.
@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [
        ("since", "1.5.2020", "2020-05-01"),
        ("since", "01.05.2020", "2020-05-01"),
        ("since", "1. 5. 2020", "2020-05-01"),
        ("since", "1.5.2020 0.00", "2020-05-01"),
        ("since", "2020-05-01T00:00:00", "2020-05-01"),
        ("since", "43952", "2020-05-01"),  # days since 1899-12-30
        ("since", "43952.0", "2020-05-01"),
        ("headcount", "12.0", "12"),
        ("headcount", "12,00", "12"),
        ("headcount", "1\N{NO-BREAK SPACE}200", "1200"),
        ("postcode", "67900.0", "67900"),
        ("postcode", "100", "00100"),
        ("postcode", "100.0", "00100"),
        ("business_id", "90000062", "9000006-2"),
        ("business_id", "9000006\N{EN DASH}2", "9000006-2"),
        ("business_id", "FI90000062", "9000006-2"),
        ("business_id", "112038-9", "0112038-9"),
        ("country", " fi ", "FI"),
        ("name", "\N{NO-BREAK SPACE}Uusi\N{NO-BREAK SPACE}\nOy", "Uusi Oy"),
        ("einvoice_address", "3790000062", "003790000062"),
        ("einvoice_address", "fi21 1234 5600 0007 85", "FI2112345600000785"),
        ("primary_email", "\N{ZERO WIDTH SPACE}Paula@uusi.example\N{NO-BREAK SPACE}", None),
    ],
)
def test_a_cell_is_read_as_it_was_meant_and_shown_as_it_will_be_kept(
    secretary: User, name: str, typed: str, kept: str | None
) -> None:
    file = table({**NEW, "einvoice_operator": "X", "einvoice_address": "X", name: typed})
    run = checked(file, secretary)
    assert (run.reason, problems(run)) == ("", [])
    (row,) = run.rows.all()
    shown = {column: after for _cell, column, _before, after in row.changes}
    assert shown[columns.label_of(name)] == (kept or "Paula@uusi.example")
    imported(file, secretary)
    # Whatever a cell looks like, it says the same the second time.
    assert counts(checked(file, secretary)) == (0, 0, 1, 0)


@pytest.mark.parametrize(
    ("name", "typed", "says"),
    [
        ("since", "1.5.20", "Write the day"),
        ("since", "1/5/2020", "Write the day"),
        ("since", "31.2.2020", "Write the day"),
        ("since", "1.5.1020", "Write the day"),
        ("since", "####", "shows an error"),
        ("name", "#REF!", "shows an error"),
        ("name", "#PUUTTUU!", "shows an error"),
        ("street", "#JAKO/0!", "shows an error"),
        ("headcount", "12.5", "whole number"),
        ("headcount", "1.000", "whole number"),  # a thousand, or one?
        ("postcode", "6790A", "five digits"),
        ("country", "Suomi", "two letters"),
        ("business_id", "9000006", "check the digits"),
        ("einvoice_address", "3.79E+11", "check the digits"),
        ("number", "7.5", "No member has this number"),
    ],
)
def test_what_could_be_meant_otherwise_is_not_guessed(
    secretary: User, name: str, typed: str, says: str
) -> None:
    a_member(number=7)
    facts = {**NEW, "einvoice_operator": "X", "einvoice_address": "X", name: typed}
    run = checked(table(facts), secretary)
    [(cell, problem)] = problems(run)
    assert says in problem
    assert cell == import_rows.cell_name(2, list(facts).index(name))


@pytest.mark.parametrize("typed", ["7", "7.0", "7,0", "007", " 7 ", "7\N{NO-BREAK SPACE}"])
def test_a_member_number_is_known_however_a_spreadsheet_writes_it(
    secretary: User, typed: str
) -> None:
    a_member(number=7)
    run = checked(table({"number": typed, "street": "Uusikatu 1"}), secretary)
    assert counts(run) == (0, 1, 0, 0)


def test_a_foreign_postcode_keeps_its_length(secretary: User) -> None:
    foreign = {**NEW, "country": "DK", "register": "CVR", "postcode": "1050"}
    imported(table(foreign), secretary)
    assert Member.objects.get().postcode == "1050"


def test_the_day_of_leaving_may_be_written_as_finns_do(secretary: User) -> None:
    a_member(number=2, until=date(2020, 1, 1))
    for typed in ("2020-01-01", "1.1.2020", "43831"):
        assert counts(checked(table({"number": 2, "left": typed}), secretary)) == (0, 0, 1, 0)
    [(cell, problem)] = problems(checked(table({"number": 2, "left": "2.1.2020"}), secretary))
    assert (cell, problem) == ("B2", "An import ends no membership.")


FINNISH_CSV = (
    "Yrityksen nimi;Y-tunnus;Rekisteröintimaa;Kotipaikka;Jäsenyys alkanut;Katuosoite\r\n"
    f"Höyry, Öljy & Åbo Oy;{business_id(5)};FI;Kokkola;1.5.2020;Tie 1, 2\r\n"
)


@pytest.mark.parametrize(
    "content",
    [
        FINNISH_CSV.encode("cp1252"),
        FINNISH_CSV.encode("utf-8"),
        FINNISH_CSV.encode("utf-8-sig"),
        FINNISH_CSV.replace(";", "\t").encode("utf-16"),
        FINNISH_CSV.replace("\r\n", "\n").encode("cp1252"),
        FINNISH_CSV.replace(" ", "\N{NO-BREAK SPACE}").encode("cp1252"),
        f"sep=;\r\n{FINNISH_CSV}".encode("cp1252"),
        f"Jäsenet\r\n\r\n{FINNISH_CSV}".encode("cp1252"),
        f"Jäsenet, Kokkola, 2027\r\n\r\n{FINNISH_CSV}".encode("cp1252"),
        f"Jäsenet, Kokkola;;;;;\r\n{FINNISH_CSV}".encode("cp1252"),
    ],
)
def test_a_csv_of_a_finnish_spreadsheet_is_read(secretary: User, content: bytes) -> None:
    with translation.override("en"):
        imported(content, secretary)
    member = Member.objects.get()
    assert (member.name, member.street) == ("Höyry, Öljy & Åbo Oy", "Tie 1, 2")
    assert member.registered_since == date(2020, 5, 1)


def test_semicolons_in_cells_divide_no_table_of_commas(secretary: User) -> None:
    for name in ("Metals", "Energy"):
        Sector.objects.create(name_fi=name, name_sv=name, name_en=name)
    rows = [
        {**NEW, "business_id": business_id(n), "sectors": "Metals; Energy", "street": f"Tie{end}"}
        for n, end in ((5, ""), (6, ", 1"), (7, ", 1, 2"), (8, ""))
    ]
    assert counts(checked(table(*rows), secretary)) == (4, 0, 0, 0)


def test_no_two_rows_make_the_same_company(secretary: User) -> None:
    a_member(number=1, business_id=business_id(1))
    a_member(number=2, business_id=business_id(2))
    taken = business_id(9)

    def refused(*rows: dict[str, Any]) -> list[str]:
        return [text for _cell, text in problems(checked(table(*rows), secretary))]

    again = ["The same company as in row 2."]
    assert refused({"number": 1, "street": "A"}, {"number": "1.0", "street": "B"}) == again
    facts = {"name": "X Oy", "country": "FI", "domicile": "Kokkola", "since": "1.1.2006"}
    by_id = facts | {"business_id": business_id(1).replace("-", "")}
    by_number = facts | {"business_id": business_id(1), "number": 1}
    assert refused(by_number, by_id) == again
    assert refused({"number": 1, "business_id": taken}, {"number": 2, "business_id": taken}) == (
        again
    )
    new = facts | {"business_id": taken}
    changed = facts | {"business_id": f"FI {taken}", "number": 2}
    assert refused(new, changed) == again
    assert refused(changed, new) == again
    foreign = facts | {"country": "SE", "register": "Bolagsverket", "business_id": "5560-1234"}
    assert refused(foreign, foreign | {"register": "bolagsverket ", "business_id": "55601234"}) == (
        again
    )


def test_one_address_is_not_two_people(secretary: User) -> None:
    other = {**NEW, "business_id": business_id(6)}
    assert problems(checked(table(NEW, other), secretary)) == []
    run = checked(table(NEW, {**other, "primary_given_name": "Pauli"}), secretary)
    assert problems(run) == [("H3", "This is the address of Paula Pää in row 2.")]
