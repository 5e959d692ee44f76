from datetime import UTC, datetime, timedelta

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from kip.accounts.models import Invitation, InvitationEvent, User
from kip.audit.acts import act
from kip.audit.timeline import entries_of

AT = datetime(2026, 3, 17, 22, 5, tzinfo=UTC)  # 18 March, 0.05 in Helsinki
DAY = timedelta(days=1)


@act("%(who)s made a person known.")
def make_known(*, email, by, at):
    return User.objects.create_user(email, given_name="Bo", family_name="Berg", language="fi")


@act("%(who)s changed a person's details.")
def change(*, person, by, at, **values):
    for name, value in values.items():
        setattr(person, name, value)
    person.save()


@act("%(who)s invited a person.")
def invite(*, person, purpose, by, at):
    return Invitation.objects.create(
        person=person,
        invited_by=by,
        purpose=purpose,
        nonce="n",
        created_at=at,
        sent_at=at,
        valid_until=at + 14 * DAY,
    )


@pytest.fixture
def anna(db):
    return User.objects.create_user("anna@kip.example", given_name="Anna", family_name="Aalto")


@pytest.fixture
def bo(anna):
    return make_known(email="bo@kip.example", by=anna, at=AT)


def told(*objects, **options):
    return [(entry.sentence, entry.changes) for entry in entries_of(*objects, **options)]


def test_one_entry_per_act_newest_first(anna, bo):
    change(person=bo, language="sv", is_active=False, by=None, at=AT + DAY)
    invite(person=bo, purpose="board member", by=bo, at=AT + 2 * DAY)

    entries = entries_of(bo)
    assert [(entry.at, entry.who, entry.sentence) for entry in entries] == [
        (AT + 2 * DAY, bo, "Bo Berg invited a person."),
        (AT + DAY, None, "KIP changed a person's details."),
        (AT, anna, "Anna Aalto made a person known."),
    ]


def test_changes_are_told_in_words(anna, bo):
    change(person=bo, family_name="", language="sv", is_active=False, by=anna, at=AT + DAY)
    assert set(entries_of(bo)[0].changes) == {
        "Language: suomi → svenska",
        "May sign in: yes → no",
        "Family name: Berg → empty",
    }


def test_what_was_empty_needs_no_arrow(anna):
    person = User.objects.create_user("bo@kip.example")
    change(person=person, family_name="Berg", by=anna, at=AT)
    assert ("Anna Aalto changed a person's details.", ["Family name: Berg"]) in told(person)


def test_people_and_instants_in_changes(anna, bo):
    invitation = invite(person=bo, purpose="board member", by=anna, at=AT)

    @act("%(who)s renewed an invitation.")
    def renew(*, by, at):
        invitation.invited_by = bo
        invitation.valid_until = at
        invitation.purpose = "x" * 200
        invitation.save()

    renew(by=anna, at=AT + DAY)
    changes = entries_of(invitation)[0].changes
    assert "Invited by: Anna Aalto → Bo Berg" in changes
    assert "What for changed" in changes  # too long to quote
    assert any(c.startswith("Link valid until: 1 April 2026, 01:05 → ") for c in changes)


def test_what_ad_hoc_sql_changed_is_told(bo):
    User.objects.filter(pk=bo.pk).update(family_name="Blom")
    assert told(bo)[0] == ("Changed outside KIP.", ["Family name: Berg → Blom"])


def test_what_ad_hoc_sql_added_is_told(anna):
    assert told(anna) == [("Changed outside KIP.", ["Person: added"])]


def test_an_act_seen_from_two_objects_is_told_once(anna, bo):
    invitation = invite(person=bo, purpose="board member", by=anna, at=AT + DAY)
    assert [s for s, _ in told(bo, invitation)] == [
        "Anna Aalto invited a person.",
        "Anna Aalto made a person known.",
    ]


@pytest.mark.parametrize("hide", [["accounts.Invitation"], [Invitation], [InvitationEvent]])
def test_a_hidden_model_hides_its_acts(anna, bo, hide):
    invite(person=bo, purpose="board member", by=anna, at=AT + DAY)
    assert [s for s, _ in told(bo, hide=hide)] == ["Anna Aalto made a person known."]


def test_a_hidden_field_hides_its_changes_only(anna, bo):
    change(person=bo, language="sv", family_name="Blom", by=anna, at=AT + DAY)
    assert told(bo, hide=["accounts.User.language"])[0] == (
        "Anna Aalto changed a person's details.",
        ["Family name: Berg → Blom"],
    )


def test_the_sentence_is_told_in_the_readers_language(anna):
    # A sentence that Django itself has in Finnish.
    @act("Please correct the error below.")
    def borrowed(*, by, at):
        return User.objects.create_user("bo@kip.example")

    person = borrowed(by=anna, at=AT)
    with translation.override("fi"):
        assert told(person)[0][0] == "Korjaa alla oleva virhe."


def test_a_person_who_is_gone_is_somebody(anna):
    person = make_known(email="bo@kip.example", by=anna, at=AT)
    anna.delete()
    assert entries_of(person)[0].sentence == "Somebody made a person known."
    assert entries_of(person)[0].who is None


@pytest.mark.parametrize("count", [1, 3])
def test_the_number_of_queries_is_fixed(anna, count, django_assert_num_queries):
    people = [make_known(email=f"{n}@kip.example", by=anna, at=AT) for n in range(count)]
    invitations = [
        invite(person=p, purpose=str(n), by=p, at=AT) for p in people for n in range(count)
    ]
    with django_assert_num_queries(3):  # one per kind of object, one for the people
        assert len(entries_of(*people, *invitations)) == count + count * count


def test_nothing_asked_nothing_told(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert entries_of() == []


def test_the_component(anna, bo):
    change(person=bo, family_name="<b>Blom</b>", by=None, at=AT + DAY)
    html = render_to_string("components/timeline.html", {"entries": entries_of(bo)})
    assert '<time datetime="2026-03-18T00:05:00+02:00">' in html
    assert "Anna Aalto made a person known." in html
    assert "Family name: Berg → &lt;b&gt;Blom&lt;/b&gt;" in html
    assert "Nothing has happened here yet." in render_to_string(
        "components/timeline.html", {"entries": []}
    )
