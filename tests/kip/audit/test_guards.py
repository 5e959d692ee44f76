"""Ad-hoc SQL cannot rewrite history."""

from datetime import UTC, datetime

import pgtrigger
import pytest
from django.db import InternalError, connection, transaction
from pghistory.models import Context

from kip.accounts.models import User, UserEvent
from kip.audit.acts import act
from kip.audit.models import Ground, Redaction

AT = datetime(2027, 3, 17, 12, 5, tzinfo=UTC)


@act("%(who)s added a person.")
def add_person(*, by, at):
    return User.objects.create_user("anna@kip.example", given_name="Anna")


@pytest.fixture
def anna(transactional_db):
    """Somebody whose history is committed: the guards know an act that is still going on."""
    return add_person(by=None, at=AT)


def sql(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


REWRITES = [
    "UPDATE accounts_userevent SET given_name = 'Bo'",
    "DELETE FROM accounts_userevent",
    "UPDATE audit_redaction SET ground = 'mistake'",
    "DELETE FROM audit_redaction",
    "UPDATE pghistory_context SET metadata = '{}'",
    "UPDATE pghistory_context SET metadata = '{}', created_at = now()",
    "UPDATE pghistory_context SET id = gen_random_uuid()",
    "DELETE FROM pghistory_context",
]


def test_sql_cannot_rewrite(anna):
    Redaction.objects.create(person=anna, by=anna, at=AT, ground=Ground.REQUEST)
    # One test and not eight: emptying the database after each would take longer than the tests.
    for statement in REWRITES:
        with pytest.raises(InternalError, match=r"pgtrigger|append-only"):
            sql(statement)
    assert UserEvent.objects.get().given_name == "Anna"
    assert Context.objects.latest("created_at").metadata["at"] == AT.isoformat()
    assert Redaction.objects.get().ground == Ground.REQUEST


def append_only_tables():
    return {
        model._meta.db_table
        for model, trigger in pgtrigger.registered()
        if trigger.name == "append_only"
    }


@pytest.mark.django_db
def test_no_append_only_table_can_be_emptied():
    tables = {*append_only_tables(), "pghistory_context"}
    assert {"accounts_userevent", "audit_redaction"} <= tables
    # Without it the test runner's own databases may be emptied.
    sql("SET LOCAL kip.refuse_truncate = 'on'")
    for table in tables:
        with pytest.raises(InternalError, match="TRUNCATE"), transaction.atomic():
            sql(f"TRUNCATE {table} CASCADE")


@pytest.mark.django_db
def test_an_act_that_goes_on_may_say_more_about_itself():
    import pghistory

    @act("%(who)s did two things.")
    def two_things(*, by, at):
        first = add_person(by=by, at=at)
        pghistory.context(matter=7)
        User.objects.filter(pk=first.pk).update(given_name="Bo")

    two_things(by=None, at=AT)
    assert Context.objects.latest("created_at").metadata["matter"] == 7
