"""What was before the system: boards and resolutions from tables, marked, kept, taken back."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import InternalError, transaction
from django.urls import reverse

from board import asof
from board.models import FormerResolution, Office, Seat, Term
from kip.accounts.models import User
from kip.exceptions import DomainError
from kip.mail import posting
from kip.mail.models import OutboxMail, StoppedAddress
from kip.mail.services import post
from members import services
from members.models import ImportRun
from members.services import importing
from members.states import ImportStatus
from tests.members.factories import AT, a_person, a_secretary
from tests.members.test_former import before, brought_in, looked_through, problems

pytestmark = pytest.mark.django_db

TERM = {"term_from": "17.3.2009", "term_until": "16.3.2010", "organisation": "Malli Oy"}
CHAIR = {**TERM, "given_name": "Maija", "family_name": "Menneisyys", "role": "puheenjohtaja"}
VICE = {**TERM, "given_name": "Olli", "family_name": "Entinen", "role": "vice chair"}
DEPUTY = {**TERM, "given_name": "Åsa", "family_name": "Öst", "role": "suppleant"}
RESOLUTION = {
    "number": "12/2009",
    "decided_on": "5.5.2009",
    "body": "hallitus",
    "title": "Safety rules",
    "text": "The board adopted the rules.\n\nAll of them.",
}


@pytest.fixture
def secretary() -> User:
    return a_secretary()


def of_2009() -> list[Any]:
    return list(asof.seats(asof.end_of(date(2009, 6, 1))))


def test_a_board_of_long_ago_sits_again(secretary: User) -> None:
    run = brought_in("boards", CHAIR, VICE, DEPUTY, by=secretary)
    assert run.status == ImportStatus.DONE
    held = {str(seat.person): (seat.office, seat.kind, seat.order) for seat in of_2009()}
    assert held == {
        "Maija Menneisyys": ("chair", "member", None),
        "Olli Entinen": ("vice_chair", "member", None),
        "Åsa Öst": (None, "deputy", 1),
    }
    assert not list(asof.seats(asof.end_of(date(2010, 3, 16))))
    assert not OutboxMail.objects.exists()
    people = User.objects.filter(family_name__in=["Menneisyys", "Entinen", "Öst"])
    assert [(each.email, each.has_usable_password()) for each in people] == [(None, False)] * 3


def test_nothing_of_it_can_be_changed(secretary: User) -> None:
    brought_in("boards", CHAIR, by=secretary)
    brought_in("resolutions", RESOLUTION, by=secretary)
    seat, one = Seat.objects.get(), FormerResolution.objects.get()
    for change in (
        lambda: Seat.objects.update(organisation="Another Oy"),
        lambda: Seat.objects.update(brought_in_by=None),
        lambda: Office.objects.update(kind="vice_chair"),
        lambda: Term.objects.update(elected="Otherwise"),
        lambda: Office.objects.all().delete(),
        lambda: FormerResolution.objects.update(text="Otherwise"),
        lambda: one.delete(),
    ):
        with pytest.raises(InternalError, match="before the system"), transaction.atomic():
            change()
    seat.person = a_person("Somebody")  # two records were one person
    seat.save()


def test_a_known_name_is_asked_about(secretary: User) -> None:
    known = a_person("Maija Menneisyys")
    known.given_name, known.family_name = "Maija", "Menneisyys"
    known.save()
    run = looked_through("boards", CHAIR, VICE, by=secretary)
    assert [each["key"] for each in run.unanswered] == ["maija menneisyys"]
    with pytest.raises(DomainError, match="who is known"):
        services.confirm_import(run_id=run.pk, by=secretary, at=AT)
    services.answer_questions(
        run_id=run.pk, answers={"maija menneisyys": known.pk, "nobody": 1}, by=secretary, at=AT
    )
    services.work_on_import(run_id=run.pk, at=AT)
    services.confirm_import(run_id=run.pk, by=secretary, at=AT)
    services.work_on_import(run_id=run.pk, at=AT)
    run.refresh_from_db()
    assert (run.status, run.questions) == (ImportStatus.DONE, [])
    assert Seat.objects.get(person=known).organisation == "Malli Oy"
    assert User.objects.filter(family_name="Menneisyys").count() == 1


def test_a_namesake_is_another_person_if_the_secretary_says_so(secretary: User) -> None:
    known = User.objects.create_user(None, given_name="Maija", family_name="Menneisyys")
    brought_in("boards", CHAIR, by=secretary, answers={"maija menneisyys": 0})
    assert not Seat.objects.filter(person=known).exists()
    assert User.objects.filter(family_name="Menneisyys").count() == 2


def test_an_address_is_told_and_not_kept(secretary: User) -> None:
    known = a_person("Somebody", email="maija@malli.example")
    run = looked_through("boards", {**CHAIR, "email": "Maija@Malli.example"}, by=secretary)
    assert [each["pk"] for each in run.unanswered[0]["candidates"]] == [known.pk]
    brought_in("boards", {**VICE, "email": "olli@malli.example"}, by=secretary)
    assert User.objects.get(family_name="Entinen").email is None


def test_wrong_rows_say_why(secretary: User) -> None:
    run = looked_through(
        "boards",
        CHAIR,
        {**VICE, "role": "chair"},
        {**VICE, "role": "king"},
        {**DEPUTY, "term_until": "16.3.2009"},
        {**DEPUTY, "term_from": "1.1.2010", "term_until": "1.1.2011"},
        {**DEPUTY, "term_until": "1.1.2500"},
        {**CHAIR, "role": "member"},
        {**DEPUTY, "until": "1.1.2012"},
        {**DEPUTY, "given_name": ""},
        {**DEPUTY, "email": "no address"},
        by=secretary,
    )
    texts = "\n".join(f"{cell} {text}" for cell, text in problems(run))
    assert run.wrong == 9
    for said in (
        "Somebody else holds this office then: 17 March 2009",
        "Write one of these: chair, vice chair, member, deputy",
        "The end must come after the beginning",
        "Another term overlaps",
        "Write the day like",
        "This person has a seat then already",
        "This is outside the term",
        "This cannot be left empty",
    ):
        assert said in texts


def test_it_is_all_or_nothing(secretary: User, monkeypatch: pytest.MonkeyPatch) -> None:
    run = looked_through("boards", CHAIR, VICE, by=secretary)
    services.confirm_import(run_id=run.pk, by=secretary, at=AT)

    def fails(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(Office.objects, "bulk_create", fails)
    with pytest.raises(RuntimeError):
        services.work_on_import(run_id=run.pk, at=AT)
    run.refresh_from_db()
    assert run.status == ImportStatus.FAILED
    assert not Term.objects.exists() and not Seat.objects.exists()
    assert not User.objects.filter(family_name="Entinen").exists()


def test_the_same_table_twice_changes_nothing(secretary: User) -> None:
    brought_in("boards", CHAIR, VICE, DEPUTY, by=secretary)
    brought_in("resolutions", RESOLUTION, by=secretary)
    people = {f"{row['given_name']} {row['family_name']}".casefold(): row for row in (CHAIR, VICE)}
    run = looked_through("boards", CHAIR, VICE, DEPUTY, by=secretary)
    answers = {
        each["key"]: each["candidates"][0]["pk"] for each in run.questions if each["candidates"]
    }
    assert set(people) < set(answers)
    services.answer_questions(run_id=run.pk, answers=answers, by=secretary, at=AT)
    services.work_on_import(run_id=run.pk, at=AT)
    run.refresh_from_db()
    assert (run.new, run.unchanged, run.wrong) == (0, 3, 0)
    again = looked_through("resolutions", RESOLUTION, by=secretary)
    assert (again.new, again.unchanged, again.wrong) == (0, 1, 0)


def test_resolutions_keep_their_numbers(secretary: User) -> None:
    brought_in(
        "resolutions",
        RESOLUTION,
        {**RESOLUTION, "body": "general meeting"},
        {**RESOLUTION, "number": "§ 7", "decided_on": "2006-01-02"},
        by=secretary,
    )
    rows = FormerResolution.objects.order_by("year", "body").values_list("year", "number", "body")
    assert list(rows) == [
        (2006, "§ 7", "board"),
        (2009, "12/2009", "board"),
        (2009, "12/2009", "general_meeting"),
    ]
    run = looked_through(
        "resolutions",
        {**RESOLUTION, "text": "Otherwise"},
        {**RESOLUTION, "number": "1", "scan": "A77"},
        {**RESOLUTION, "number": "2", "decided_on": "1.1.2100"},
        {**RESOLUTION, "number": "3"},
        {**RESOLUTION, "number": "3"},
        by=secretary,
    )
    assert run.wrong == 4
    assert "taken, by another text" in problems(run)[0][1]


def test_a_whole_import_is_taken_back(secretary: User) -> None:
    run = brought_in("boards", CHAIR, VICE, DEPUTY, by=secretary)
    services.take_back_import(run_id=run.pk, by=secretary, at=AT + timedelta(days=29))
    run.refresh_from_db()
    assert run.status == ImportStatus.TAKEN_BACK
    assert not Seat.objects.exists() and not Term.objects.exists()
    assert not User.objects.filter(family_name="Entinen").exists()
    brought_in("boards", CHAIR, by=secretary)
    assert len(of_2009()) == 1


def test_who_is_known_by_something_else_stays(secretary: User) -> None:
    run = brought_in("boards", CHAIR, VICE, DEPUTY, by=secretary)
    chair, vice = (User.objects.get(family_name=name) for name in ("Menneisyys", "Entinen"))
    User.objects.filter(pk=chair.pk).update(
        channel="letter", postal_address="Katu 1\n67100 Kokkola"
    )
    chair.refresh_from_db()
    letter = post(
        key="test:1",
        to=chair,
        template="privacy/mail/answered",
        context={"request": {"answer": "x"}},
        why="why",
        at=AT,
    )
    assert letter is not None
    posting.mark_posted(mail_ids=[letter.pk], posted_on=AT.date(), by=secretary, at=AT)
    StoppedAddress.objects.create(address="old@kip.example", reader=vice, since=AT)
    services.take_back_import(run_id=run.pk, by=secretary, at=AT)
    assert not Seat.objects.exists()
    assert OutboxMail.objects.get(pk=letter.pk).reader == chair
    assert User.objects.filter(pk=vice.pk).exists()
    assert not User.objects.filter(family_name="Öst").exists()


def test_after_thirty_days_it_stays(secretary: User) -> None:
    run = brought_in("boards", CHAIR, by=secretary)
    late = AT + importing.CAN_BE_TAKEN_BACK_FOR
    with pytest.raises(DomainError, match="cannot be taken back"):
        services.take_back_import(run_id=run.pk, by=secretary, at=late)
    assert len(of_2009()) == 1


def test_another_may_not(secretary: User) -> None:
    run = brought_in("boards", CHAIR, by=secretary)
    somebody = a_person("Somebody")
    with pytest.raises(DomainError):
        services.take_back_import(run_id=run.pk, by=somebody, at=AT)
    with pytest.raises(DomainError):
        before("boards", CHAIR, by=somebody)


def test_the_pages(client: Any, secretary: User) -> None:
    client.force_login(secretary, backend="kip.accounts.backends.Backend")
    User.objects.create_user(None, given_name="Maija", family_name="Menneisyys")
    for kind in ("boards", "memberships", "resolutions"):
        upload = client.get(reverse("admin:members_importrun_upload"), {"kind": kind})
        assert f"?kind={kind}" in upload.content.decode()
        template = client.get(
            reverse("admin:members_importrun_template", args=["csv"]), {"kind": kind}
        )
        content = b"".join(template.streaming_content)
        run = looked_through(kind, content=content, by=secretary)
        assert run.status == ImportStatus.FAILED  # there is nothing below the headings
    for name in ("term", "seat"):
        page = client.get(reverse(f"admin:board_{name}_changelist")).content.decode()
        assert f"{reverse('admin:members_importrun_upload')}?kind=boards" in page
    run = looked_through("boards", CHAIR, VICE, by=secretary)
    page = reverse("admin:members_importrun_change", args=[run.pk])
    assert "Who or what is known already?" in client.get(page).content.decode()
    client.post(
        reverse("admin:members_importrun_answer", args=[run.pk]), {"question-1": "0"}, follow=True
    )
    run = ImportRun.objects.get(pk=run.pk)
    assert run.answers == {"maija menneisyys": 0}
    services.work_on_import(run_id=run.pk, at=AT)
    ask = reverse("admin:members_importrun_confirm", args=[run.pk])
    assert "cannot be changed afterwards" in client.get(ask).content.decode()
    client.post(ask)
    client.post(ask)  # pressed twice
    services.work_on_import(run_id=run.pk, at=AT)
    assert Seat.objects.count() == 2
    shown = client.get(reverse("board_public"), {"on": "2009-06-01"}).content.decode()
    assert "from before the system" in shown
