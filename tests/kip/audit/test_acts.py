import threading
from datetime import UTC, datetime

import pghistory
import pytest
from django.db import IntegrityError, connection, transaction
from pghistory.models import Context

from kip.accounts.models import User, UserEvent
from kip.audit.acts import act

AT = datetime(2027, 3, 17, 12, 5, tzinfo=UTC)
LATER = datetime(2027, 3, 18, 8, 0, tzinfo=UTC)


@act("%(who)s corrected a name.")
def rename(*, person, name, by, at):
    person.family_name = name
    person.save(update_fields=["family_name"])


@act("%(who)s corrected two names.")
def rename_both(*, first, second, name, by, at):
    rename(person=first, name=name, by=second, at=LATER)
    rename(person=second, name=name, by=None, at=LATER)


@act("%(who)s failed.")
def rename_and_fail(*, person, name, by, at, error):
    rename(person=person, name=name, by=by, at=at)
    raise error


@pytest.fixture
def anna(db):
    return User.objects.create_user("anna@kip.example", given_name="Anna", family_name="Aalto")


@pytest.fixture
def bo(db):
    return User.objects.create_user("bo@kip.example", given_name="Bo", family_name="Berg")


def latest(person):
    return UserEvent.objects.filter(pgh_obj=person).select_related("pgh_context").latest("pgh_id")


def test_what_an_act_changes_says_who_when_and_what(anna, bo):
    rename(person=anna, name="Ahola", by=bo, at=AT)

    event = latest(anna)
    assert event.family_name == "Ahola"
    assert event.pgh_created_at == AT
    assert event.pgh_context.metadata == {
        "act": "%(who)s corrected a name.",
        "user": bo.pk,
        "at": AT.isoformat(),
    }


def test_the_clock_acts_as_nobody(anna):
    rename(person=anna, name="Ahola", by=None, at=AT)
    assert latest(anna).pgh_context.metadata["user"] is None


def test_a_bulk_update_inside_an_act_is_told_too(anna, bo):
    @act("%(who)s renamed everybody.")
    def rename_everybody(*, by, at):
        User.objects.update(family_name="Same")

    rename_everybody(by=bo, at=AT)
    assert latest(anna).pgh_context_id == latest(bo).pgh_context_id is not None


def test_an_inner_act_belongs_to_the_outer_one(anna, bo):
    rename_both(first=anna, second=bo, name="Cederberg", by=anna, at=AT)

    first, second = latest(anna), latest(bo)
    assert first.pgh_context_id == second.pgh_context_id
    assert first.pgh_context.metadata["act"] == "%(who)s corrected two names."
    assert first.pgh_context.metadata["user"] == anna.pk
    assert {first.pgh_created_at, second.pgh_created_at} == {AT}


def test_two_acts_in_one_transaction_stay_apart(anna, bo):
    with transaction.atomic():
        rename(person=anna, name="Ahola", by=anna, at=AT)
        rename(person=bo, name="Blom", by=bo, at=LATER)

    first, second = latest(anna), latest(bo)
    assert first.pgh_context_id != second.pgh_context_id
    assert second.pgh_context.metadata["user"] == bo.pk
    assert second.pgh_created_at == LATER


def test_what_follows_an_act_in_its_transaction_is_not_its_doing(anna, bo):
    with transaction.atomic():
        rename(person=anna, name="Ahola", by=anna, at=AT)
        User.objects.filter(pk=bo.pk).update(family_name="Blom")

    assert latest(bo).family_name == "Blom"
    assert latest(bo).pgh_context is None
    assert latest(bo).pgh_created_at != AT


@pytest.mark.parametrize("error", [ValueError("refused"), IntegrityError("refused")])
def test_an_act_that_fails_leaves_nothing_and_says_nothing_of_what_follows(anna, bo, error):
    events, contexts = UserEvent.objects.count(), Context.objects.count()
    with transaction.atomic():
        with pytest.raises(type(error)):
            rename_and_fail(person=anna, name="Ahola", by=bo, at=AT, error=error)
        assert (UserEvent.objects.count(), Context.objects.count()) == (events, contexts)
        User.objects.filter(pk=bo.pk).update(family_name="Blom")

    assert latest(bo).pgh_context is None
    assert not hasattr(pghistory.runtime._tracker, "value")


def test_an_inner_act_that_is_refused_is_undone_alone(anna, bo):
    @act("%(who)s tried.")
    def tries(*, by, at):
        with pytest.raises(ValueError, match="refused"):
            rename_and_fail(person=anna, name="Ahola", by=by, at=at, error=ValueError("refused"))
        rename(person=bo, name="Blom", by=by, at=at)

    before = latest(anna).pgh_id
    tries(by=bo, at=AT)
    assert latest(anna).pgh_id == before
    assert latest(bo).pgh_context.metadata["act"] == "%(who)s tried."


@pytest.mark.parametrize("at", [None, AT.replace(tzinfo=None)])
def test_an_act_has_an_aware_instant(anna, at):
    with pytest.raises(TypeError, match="aware datetime"):
        rename(person=anna, name="Ahola", by=None, at=at)


@pytest.mark.django_db(transaction=True)
def test_acts_in_two_threads_do_not_mix():
    people = [User.objects.create_user(f"{n}@kip.example", family_name="Old") for n in range(2)]
    both_inside = threading.Barrier(2, timeout=10)

    @act("%(who)s corrected a name.")
    def rename_together(*, person, by, at):
        both_inside.wait()
        person.family_name = "New"
        person.save(update_fields=["family_name"])
        both_inside.wait()

    def run(person):
        try:
            rename_together(person=person, by=person, at=AT)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [latest(person).pgh_context.metadata["user"] for person in people] == [
        person.pk for person in people
    ]
    assert latest(people[0]).pgh_context_id != latest(people[1]).pgh_context_id
