"""What goes wrong around an import, on the real thing: web, worker and broker as processes."""

import contextlib
import csv
import io
import re
import signal
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
from celery import Celery
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.e2e.test_admission import sign_in
from tests.members.factories import business_id
from tests.stack import Stack, Visitors, wait_for

NEW = 30
IMPORTS = "/admin/members/importrun/"


def send(stack: Stack, task: str, *args: Any) -> None:
    """What beat does each minute, and what a broker does that delivers twice."""
    with Celery(broker=stack.broker.url) as app:
        app.send_task(f"members.tasks.{task}", args=args, queue="kip")


def table(stack: Stack, first: int) -> tuple[bytes, list[dict[str, Any]]]:
    """A CSV of new companies, and below them two that are known, each in a new street.

    Their business IDs are the unused ones from the `first` on. Also returns the two.
    """
    known = stack.sql(
        "SELECT m.id, m.number, m.name, m.country, m.business_id, m.domicile, p.since"
        " FROM members_member m JOIN members_membershipperiod p ON p.member_id = m.id"
        " WHERE p.until IS NULL AND m.double_of_id IS NULL AND m.country = 'FI'"
        " ORDER BY m.number LIMIT 2 OFFSET 2"
    )
    file = io.StringIO()
    columns = ["number", "name", "country", "business_id", "domicile", "since", "street"]
    writer = csv.DictWriter(file, columns, extrasaction="ignore")
    writer.writeheader()
    for nth in range(first, first + NEW):
        new = {"name": f"Öljy {nth} Oy", "country": "FI", "business_id": business_id(nth)}
        writer.writerow(new | {"domicile": "Kokkola", "since": timezone.localdate()})
    for row in known:
        writer.writerow(row | {"street": f"Uusikatu {first}"})
    return file.getvalue().encode(), known


def written(stack: Stack, first: int) -> tuple[int, int]:
    """How many companies of a table anybody sees in the register: new ones, and changed ones."""
    ids = [business_id(nth) for nth in range(first, first + NEW)]
    [new] = stack.sql(
        "SELECT count(*) FROM members_member m JOIN members_membershipperiod p"
        " ON p.member_id = m.id WHERE m.business_id = ANY(%s)",
        [ids],
    )
    [changed] = stack.sql(
        "SELECT count(*) FROM members_member WHERE street = %s", [f"Uusikatu {first}"]
    )
    return new["count"], changed["count"]


def status_of(stack: Stack, pk: int) -> str:
    [run] = stack.sql("SELECT status FROM members_importrun WHERE id = %s", [pk])
    return str(run["status"])


def upload(page: Page, content: bytes) -> int:
    """The import that it becomes."""
    page.goto(f"{IMPORTS}upload/")
    page.get_by_label("Table", exact=True).set_input_files(
        {"name": "companies.csv", "mimeType": "text/csv", "buffer": content}
    )
    page.get_by_role("button", name="Check the table").click()
    expect(page).to_have_url(re.compile(rf"{IMPORTS}\d+/change/$"))
    return int(page.url.split("/")[-3])


def confirm(page: Page, pk: int) -> None:
    page.goto(f"{IMPORTS}{pk}/confirm/")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("The import has begun.")).to_be_visible()


@pytest.fixture
def secretary(visitors: Visitors, stack: Stack) -> Page:
    page = visitors.arrive()
    sign_in(page, "secretary@kip.example", stack.demo_password)
    return page


@contextlib.contextmanager
def held(stack: Stack, member: dict[str, Any]) -> Iterator[None]:
    """Somebody else is writing to this company, so that an import has to wait in mid-writing."""
    with contextlib.closing(psycopg2.connect(stack.database_url)) as connection:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM members_member WHERE id = %s FOR UPDATE", [member["id"]])
        yield


def waits_in_mid_writing(stack: Stack) -> bool:
    """Whether the worker waits for a row, all that comes before it written and not yet seen."""
    [waiting] = stack.sql(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return bool(waiting["count"])


def numbers_given(stack: Stack) -> int:
    """Primary keys of member companies given out, which no rollback takes back."""
    [sequence] = stack.sql("SELECT last_value FROM members_member_id_seq")
    return int(sequence["last_value"])


def test_a_worker_killed_in_mid_writing_leaves_nothing_and_the_import_is_run_again(
    secretary: Page, stack: Stack
) -> None:
    content, known = table(stack, first := 300)
    pk = upload(secretary, content)
    expect(secretary.get_by_role("link", name="Import", exact=True)).to_be_visible()
    before = numbers_given(stack)

    with held(stack, known[-1]):
        confirm(secretary, pk)
        wait_for(lambda: waits_in_mid_writing(stack))
        assert numbers_given(stack) == before + NEW
        expect(secretary.get_by_text(re.compile(rf"row [1-9]\d* of {NEW + 2}"))).to_be_visible()
        assert written(stack, first) == (0, 0)

        stack.kill_worker(signal.SIGKILL)
        assert written(stack, first) == (0, 0)
        # The database still holds the dead worker's work: nobody else begins.
        stack.start_worker()
        send(stack, "sweep_imports")
        send(stack, "work_on_import", pk)
        secretary.wait_for_timeout(1000)
        assert status_of(stack, pk) == "confirmed"

    wait_for(lambda: not waits_in_mid_writing(stack))
    assert written(stack, first) == (0, 0)

    def given_up() -> bool:
        send(stack, "sweep_imports")
        return status_of(stack, pk) == "failed"

    wait_for(given_up)
    assert written(stack, first) == (0, 0)
    expect(secretary.get_by_text("Nothing was written.")).to_be_visible()

    secretary.get_by_role("link", name="Check again").click()
    secretary.get_by_role("button", name="Check again").click()
    wait_for(lambda: status_of(stack, pk) == "checked")
    confirm(secretary, pk)
    wait_for(lambda: status_of(stack, pk) == "done")
    assert written(stack, first) == (NEW, 2)
    send(stack, "sweep_imports")
    send(stack, "work_on_import", pk)
    secretary.wait_for_timeout(1000)
    assert written(stack, first) == (NEW, 2)


def test_an_import_confirmed_twice_and_delivered_twice_is_written_once(
    secretary: Page, stack: Stack
) -> None:
    content, known = table(stack, first := 340)
    pk = upload(secretary, content)
    wait_for(lambda: status_of(stack, pk) == "checked")
    other = secretary.context.new_page()
    for page in (secretary, other):
        page.goto(f"{IMPORTS}{pk}/confirm/")
    with held(stack, known[-1]):
        secretary.get_by_role("button", name="Import", exact=True).dblclick()
        wait_for(lambda: waits_in_mid_writing(stack))
        other.get_by_role("button", name="Import", exact=True).click()
        expect(other).to_have_url(re.compile(rf"{IMPORTS}{pk}/change/$"))
        expect(other.get_by_text("The import has begun.")).to_have_count(0)
        send(stack, "work_on_import", pk)
        send(stack, "sweep_imports")
    wait_for(lambda: status_of(stack, pk) == "done")
    assert written(stack, first) == (NEW, 2)
    begun = stack.sql(
        "SELECT 1 FROM members_importrunevent WHERE pgh_obj_id = %s AND status = 'confirmed'", [pk]
    )
    assert len(begun) == 1
    send(stack, "work_on_import", pk)
    secretary.wait_for_timeout(1000)
    assert (status_of(stack, pk), written(stack, first)) == ("done", (NEW, 2))


def test_a_stopped_broker_delays_an_import_and_loses_nothing(secretary: Page, stack: Stack) -> None:
    content, _known = table(stack, first := 380)
    stack.stop_broker()
    pk = upload(secretary, content)
    expect(secretary.get_by_text("It waits for its turn.")).to_be_visible()
    stack.start_broker()
    wait_for(stack.is_ready, within=30)
    assert status_of(stack, pk) == "uploaded"
    send(stack, "sweep_imports")
    expect(secretary.get_by_role("link", name="Import", exact=True)).to_be_visible()

    stack.stop_broker()
    confirm(secretary, pk)
    stack.start_broker()
    wait_for(stack.is_ready, within=30)
    assert (status_of(stack, pk), written(stack, first)) == ("confirmed", (0, 0))
    send(stack, "sweep_imports")
    wait_for(lambda: status_of(stack, pk) == "done")
    assert written(stack, first) == (NEW, 2)
