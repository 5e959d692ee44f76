from datetime import UTC, datetime, timedelta

import pghistory
import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import InternalError, models, transaction
from django.urls import reverse

from kip.accounts.models import SECRETARY, User, UserEvent
from kip.accounts.services import ensure_person, invite
from kip.audit.acts import act
from kip.audit.models import Ground, Redaction
from kip.audit.services import (
    PersonalRows,
    erased_elsewhere,
    known_as,
    redact,
    redactions,
    refusals,
)
from kip.audit.timeline import entries_of
from kip.documents.models import Document
from kip.documents.services import store
from kip.exceptions import DomainError, NotAllowed

AT = datetime(2027, 3, 17, 12, 5, tzinfo=UTC)
LATER = AT + timedelta(days=800)
NAMES = ["given_name", "family_name", "phone"]


@act("%(who)s married.")
def marry(*, person, name, by, at):
    person.family_name = name
    person.save(update_fields=["family_name"])


@pytest.fixture
def anna(db):
    anna = User.objects.create_user("anna@kip.example", given_name="Anna", family_name="Aalto")
    marry(person=anna, name="Ahola", by=anna, at=AT)
    return anna


@pytest.fixture
def bo(db):
    return User.objects.create_user("bo@kip.example", given_name="Bo", family_name="Berg")


@pytest.fixture
def secretary(db):
    person = User.objects.create_user(
        "sec@kip.example", given_name="Sirpa", family_name="Salo", language="en"
    )
    person.groups.add(Group.objects.get_or_create(name=SECRETARY)[0])
    return person


@pytest.fixture
def keeps():
    """Register receivers for one test only, in place of those of the apps."""
    hooks = [redactions, refusals, known_as, erased_elsewhere]
    before = [list(hook._receivers) for hook in hooks]
    for hook in hooks:
        hook._receivers.clear()
    yield redactions.register
    for hook, receivers in zip(hooks, before, strict=True):
        hook._receivers[:] = receivers


def names_of(person, at):
    return [PersonalRows(User.objects.filter(pk=person.pk), fields=NAMES)]


def test_a_person_is_erased_from_rows_and_history(anna, bo, secretary, keeps):
    keeps(names_of)
    assert UserEvent.objects.filter(pgh_obj=anna, family_name="Aalto").exists()

    redaction = redact(anna, by=secretary, at=LATER, ground=Ground.REQUEST)

    anna.refresh_from_db()
    assert (anna.given_name, anna.family_name, anna.phone) == ("", "", "")
    assert set(UserEvent.objects.filter(pgh_obj=anna).values_list(*NAMES[:2])) == {("", "")}
    assert (redaction.person, redaction.by, redaction.at) == (anna, secretary, LATER)
    assert redaction.counts["accounts.User"] == 1
    assert redaction.counts["accounts.UserEvent"] == UserEvent.objects.filter(pgh_obj=anna).count()
    # Nobody else is touched, and what happened still happened.
    assert UserEvent.objects.filter(pgh_obj=bo, family_name="Berg").exists()
    assert AT in {entry.at for entry in entries_of(anna)}


def test_a_redaction_holds_no_personal_data(anna, secretary, keeps):
    keeps(names_of)
    redaction = redact(anna, by=secretary, at=LATER, ground=Ground.EXPIRED)
    assert "Ahola" not in repr(redaction.counts)
    with pytest.raises(ValueError, match="because she left"):
        redact(anna, by=secretary, at=LATER, ground="because she left Ahola Oy")


def test_history_is_closed_again_afterwards(anna, secretary, keeps):
    keeps(names_of)
    with transaction.atomic():
        redact(anna, by=secretary, at=LATER, ground=Ground.REQUEST)
        with pytest.raises(InternalError, match="Cannot update"), transaction.atomic():
            UserEvent.objects.filter(pgh_obj=anna).update(family_name="Forged")
    with pytest.raises(InternalError), transaction.atomic():
        Redaction.objects.all().delete()


@pytest.mark.parametrize("who", ["anna", "superuser", "clock"])
def test_only_the_secretary_erases(anna, keeps, who):
    keeps(names_of)
    superuser = User.objects.create_superuser("root@kip.example")
    with pytest.raises(NotAllowed):
        redact(
            anna,
            by={"anna": anna, "superuser": superuser, "clock": None}[who],
            at=LATER,
            ground=Ground.REQUEST,
        )
    assert UserEvent.objects.filter(family_name="Aalto").exists()


def test_a_receiver_can_refuse_the_whole_act(anna, secretary, keeps):
    def holds_an_office(person, at):
        raise DomainError("End the office first.")

    keeps(names_of)
    keeps(holds_an_office)
    with pytest.raises(DomainError, match="End the office first"):
        redact(anna, by=secretary, at=LATER, ground=Ground.REQUEST)
    anna.refresh_from_db()
    assert anna.family_name == "Ahola"
    assert UserEvent.objects.filter(family_name="Aalto").exists()
    assert not Redaction.objects.exists()


def test_files_go_once_it_is_certain(anna, secretary, keeps, django_capture_on_commit_callbacks):
    upload = SimpleUploadedFile("Anna Ahola CV.pdf", b"%PDF-1.7\n...\n%%EOF\n")
    document = store(upload=upload, by=anna, at=AT)
    storage, name = document.file.storage, document.file.name
    keeps(lambda person, at: [PersonalRows(Document.objects.filter(uploaded_by=person))])

    with django_capture_on_commit_callbacks(execute=False) as callbacks:
        redact(anna, by=secretary, at=LATER, ground=Ground.REQUEST)
    assert storage.exists(name)
    for callback in callbacks:
        callback()

    assert not storage.exists(name)
    document.refresh_from_db()
    assert document.is_erased
    assert str(document) == "Erased document"


def test_rows_can_go_altogether_and_leave_blank_history(anna, secretary, keeps):
    gone = User.objects.create_user("old@kip.example", family_name="Ahola")
    keeps(
        lambda person, at: [
            PersonalRows(User.objects.filter(pk=gone.pk), fields=["family_name"], delete=True)
        ]
    )
    redact(anna, by=secretary, at=LATER, ground=Ground.REQUEST)
    assert not User.objects.filter(pk=gone.pk).exists()
    assert set(
        UserEvent.objects.filter(pgh_obj_id=gone.pk).values_list("family_name", flat=True)
    ) == {""}


def test_history_whose_row_is_gone_can_be_named(anna, secretary, keeps):
    with pghistory.context():
        gone = User.objects.create_user("old@kip.example", family_name="Ahola")
        pk = gone.pk
        gone.delete()
    events = UserEvent.objects.filter(pgh_obj_id=pk)
    keeps(lambda person, at: [PersonalRows(events, fields=["family_name"])])
    redact(anna, by=secretary, at=LATER, ground=Ground.MISTAKE)
    assert set(events.values_list("family_name", flat=True)) == {""}


def everything_stored():
    """Every value of every row, history included, as text."""
    return {
        model._meta.label: repr(list(models.QuerySet(model).values_list()))
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    }


def test_with_the_real_apps_nothing_says_who_it_was(secretary, client):
    person = ensure_person(
        email="vieno.virta@kip.example",
        given_name="Vieno",
        family_name="Virta",
        phone="+358 40 7654321",
        language="fi",
        by=secretary,
        at=AT,
    )
    invite(person=person, purpose="board member", by=secretary, at=AT)
    marry(person=person, name="Virtanen-Virta", by=secretary, at=AT)
    client.force_login(person)
    LogEntry.objects.log_actions(
        secretary.pk, [person], CHANGE, change_message="Virta became Virtanen-Virta."
    )
    traces = ("vieno", "virta", "7654321")
    before = " ".join(everything_stored().values()).lower()
    assert all(trace in before for trace in traces)

    redact(person, by=secretary, at=LATER, ground=Ground.REQUEST)

    left = {
        (label, trace)
        for label, values in everything_stored().items()
        for trace in traces
        if trace in values.lower()
    }
    assert left == set()
    person.refresh_from_db()
    assert not person.is_active
    assert client.get(reverse("my_kip")).status_code == 302
    # That somebody was invited stays told.
    assert "Sirpa Salo invited a person." in [entry.sentence for entry in entries_of(person)]


def test_the_secretarys_list_of_redactions_is_for_looking(anna, secretary, keeps, client):
    keeps(names_of)
    redaction = redact(anna, by=secretary, at=LATER, ground=Ground.REQUEST)
    client.force_login(secretary)
    assert (
        "the person asked for it"
        in client.get(reverse("admin:audit_redaction_changelist")).content.decode().lower()
    )
    change = reverse("admin:audit_redaction_change", args=[redaction.pk])
    assert "accounts.User: 1" in client.get(change).content.decode()
    assert client.post(change, {}).status_code == 403
