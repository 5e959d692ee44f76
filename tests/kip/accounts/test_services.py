"""Who is known, who is invited, who is forgotten."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from tests.kip.accounts.people import (
    AT,
    latest,
    make,
    make_secretary,
    path_of,
    secret,
    templates_of,
)

PURPOSE = "to act for your company in the association"


def begin(email: str = "New@Firm.example", at: Any = AT) -> Any:
    from kip.accounts import services

    return services.begin(email=email, language="sv", by=None, at=at)


def name(email: str | None = "virta@firm.example", **fields: Any) -> Any:
    from kip.accounts import services

    details = {"given_name": "Ville", "family_name": "Virta", "language": "fi", "phone": ""}
    return services.ensure_person(email=email, **{**details, **fields}, by=None, at=AT)


@pytest.mark.django_db
def test_beginning_makes_a_person_with_an_unproved_address() -> None:
    from kip.accounts.services import can_sign_in

    person = begin()
    assert (person.email, person.language, person.known_since) == ("new@firm.example", "sv", AT)
    assert not person.has_usable_password()
    assert not can_sign_in(person)
    assert begin(" new@firm.example ") == person


@pytest.mark.django_db(transaction=True)
def test_twenty_beginnings_at_once_make_one_person() -> None:
    from allauth.account.models import EmailAddress

    from kip.accounts.models import User

    def call(_number: int) -> int:
        try:
            return int(begin().pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        found = set(pool.map(call, range(20)))
    assert len(found) == User.objects.count() == EmailAddress.objects.count() == 1


@pytest.mark.django_db
def test_naming_a_person_fills_in_what_is_missing_and_changes_nothing() -> None:
    known = name()
    again = name("VIRTA@firm.example", given_name="William", phone="+358 40 1")
    assert again == known
    assert (again.given_name, again.phone, again.began_at) == ("Ville", "+358 40 1", None)


@pytest.mark.django_db
def test_people_without_an_address_are_different_people() -> None:
    assert name("").pk != name(None).pk


@pytest.mark.django_db
@pytest.mark.parametrize("fate", ["forgotten", "young", "proved", "named", "invited", "cited"])
def test_only_strangers_who_never_proved_their_address_are_forgotten(fate: str) -> None:
    from django.contrib.auth.models import Group

    from kip.accounts import services
    from kip.accounts.models import Invitation, User

    person = begin()
    if fate == "proved":
        person.emailaddress_set.update(verified=True)
    if fate == "named":
        name(person.email)
    if fate == "invited":
        services.invite(person=person, purpose=PURPOSE, by=None, at=AT)
    if fate == "cited":
        Invitation.objects.create(
            person=make(),
            invited_by=person,
            purpose=PURPOSE,
            nonce="n",
            created_at=AT,
            sent_at=AT,
            valid_until=AT + timedelta(days=14),
        )
    assert Group.objects.filter(name="secretary").exists()
    age = timedelta(days=6 if fate == "young" else 7)
    assert services.purge_unverified(by=None, at=AT + age) == (fate == "forgotten")
    assert User.objects.filter(pk=person.pk).exists() == (fate != "forgotten")


@pytest.mark.django_db
def test_a_forgotten_address_leaves_no_letter_behind(client: Any) -> None:
    from kip.accounts import services
    from kip.mail.models import OutboxMail

    begin()
    client.post("/accounts/login/code/", {"email": "new@firm.example"})
    assert templates_of("new@firm.example") == ["login_code"]
    assert services.purge_unverified(by=None, at=AT + timedelta(days=8)) == 1
    assert not OutboxMail.objects.exists()


@pytest.mark.django_db
def test_inviting_twice_for_the_same_sends_one_letter_until_the_link_expires() -> None:
    from kip.accounts import services

    person = name()
    first = services.invite(person=person, purpose=PURPOSE, by=None, at=AT)
    assert services.invite(person=person, purpose=PURPOSE, by=None, at=AT) == first
    assert templates_of(person.email) == ["invitation"]
    later = AT + timedelta(days=15)
    again = services.invite(person=person, purpose=PURPOSE, by=None, at=later)
    assert again == first
    assert again.nonce != first.nonce
    assert again.valid_until == later + timedelta(days=14)
    assert templates_of(person.email) == ["invitation", "invitation"]


@pytest.mark.django_db
def test_an_invitation_says_for_whom_one_is_to_act() -> None:
    """Kept as a source and a name, so that each reader reads it in their own language."""
    from kip.accounts import services

    purpose = "to act for %(about)s in the association"
    person = name()
    for about in ("Satama 100 % Oy", "Tehdas Oy", "Tehdas Oy"):
        services.invite(person=person, purpose=purpose, about=about, by=None, at=AT)
    assert {invited.what_for for invited in person.invitations.all()} == {
        "to act for Satama 100 % Oy in the association",
        "to act for Tehdas Oy in the association",
    }
    assert "- yrityksen Tehdas Oy edustajaksi yhdistykseen" in latest(person.email).text


@pytest.mark.django_db
def test_whoever_can_sign_in_gets_a_letter_without_a_personal_link() -> None:
    from kip.accounts import services
    from kip.mail.models import OutboxMail

    invited = services.invite(person=make(), purpose=PURPOSE, by=None, at=AT)
    assert invited.accepted_at == AT
    letter = OutboxMail.objects.get()
    assert letter.personal == {}
    assert PURPOSE in letter.text


@pytest.mark.django_db
@pytest.mark.parametrize(("email", "active"), [(None, True), ("a@firm.example", False)])
def test_whoever_cannot_be_reached_cannot_be_invited(email: str | None, active: bool) -> None:
    from kip.accounts import services
    from kip.exceptions import DomainError

    person = name(email)
    person.is_active = active
    person.save()
    with pytest.raises(DomainError):
        services.invite(person=person, purpose=PURPOSE, by=None, at=AT)


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["invited", "inviter", "secretary", "somebody", "nobody"])
def test_who_may_have_a_new_link_sent(who: str) -> None:
    from kip.accounts import services
    from kip.exceptions import NotAllowed

    people = {
        "invited": name(),
        "inviter": make("inviter@kip.example"),
        "secretary": make_secretary(),
        "somebody": make("somebody@kip.example", is_superuser=True),
        "nobody": None,
    }
    invited = services.invite(
        person=people["invited"], purpose=PURPOSE, by=people["inviter"], at=AT
    )
    later = AT + timedelta(days=1)
    if who in {"somebody", "nobody"}:
        with pytest.raises(NotAllowed):
            services.renew_invitation(invitation=invited, by=people[who], at=later)
    else:
        services.renew_invitation(invitation=invited, by=people[who], at=later)
        assert templates_of("virta@firm.example") == ["invitation", "invitation"]


@pytest.mark.django_db
def test_a_second_link_waits_two_minutes() -> None:
    from kip.accounts import services
    from kip.exceptions import DomainError

    person = name()
    invited = services.invite(person=person, purpose=PURPOSE, by=None, at=AT)
    with pytest.raises(DomainError):
        services.renew_invitation(invitation=invited, by=person, at=AT + timedelta(seconds=119))
    services.renew_invitation(invitation=invited, by=person, at=AT + timedelta(seconds=120))


@pytest.mark.django_db
def test_the_last_secretary_stays_until_another_is_named() -> None:
    from kip.accounts import services
    from kip.exceptions import DomainError, NotAllowed

    secretary = make_secretary()
    root = make("root@kip.example", is_superuser=True)
    with pytest.raises(NotAllowed):
        services.make_secretary(person=root, by=secretary, at=AT)
    with pytest.raises(DomainError):
        services.end_secretary(person=secretary, by=root, at=AT)
    services.make_secretary(person=make("next@kip.example"), by=root, at=AT)
    services.end_secretary(person=secretary, by=root, at=AT)
    assert not type(secretary).objects.get(pk=secretary.pk).is_secretary


@pytest.mark.django_db
def test_nobody_changes_their_own_right_to_sign_in_and_no_secretary_a_superusers() -> None:
    from kip.accounts import services
    from kip.exceptions import DomainError, NotAllowed

    secretary, root = make_secretary(), make("root@kip.example", is_superuser=True)
    with pytest.raises(DomainError):
        services.set_sign_in(
            person=secretary, is_active=False, is_superuser=False, by=secretary, at=AT
        )
    for flags in (
        {"is_active": False, "is_superuser": True},
        {"is_active": True, "is_superuser": False},
    ):
        with pytest.raises(NotAllowed):
            services.set_sign_in(person=root, **flags, by=secretary, at=AT)
    other = make()
    with pytest.raises(NotAllowed):
        services.set_sign_in(person=other, is_active=True, is_superuser=True, by=secretary, at=AT)
    assert not services.set_sign_in(
        person=other, is_active=False, is_superuser=False, by=secretary, at=AT
    ).is_active


@pytest.mark.django_db
def test_what_is_kept_in_history_is_no_address_and_no_password() -> None:
    person = name()
    person.given_name = "Vilho"
    person.save()
    events = type(person).pgh_event_models.popitem()[1]
    fields = {field.name for field in events._meta.fields}
    assert not fields & {"email", "phone", "password", "last_login"}
    assert list(events.objects.order_by("pgh_id").values_list("given_name", flat=True)) == [
        "Ville",
        "Vilho",
    ]


@pytest.mark.django_db
def test_erasing_a_person_ends_the_sign_in() -> None:
    from kip.accounts.services import can_sign_in
    from kip.audit.models import Ground
    from kip.audit.services import redact
    from kip.exceptions import DomainError

    secretary, person = make_secretary(), make()
    redact(person, by=secretary, at=AT, ground=Ground.REQUEST)
    person.refresh_from_db()
    assert (person.email, person.given_name, person.is_active) == (None, "", False)
    assert not can_sign_in(person)
    assert not person.emailaddress_set.exists()
    with pytest.raises(DomainError):
        redact(secretary, by=secretary, at=AT, ground=Ground.REQUEST)


@pytest.mark.django_db
def test_an_address_that_was_never_proved_is_changed_by_the_secretary(secretary: Any) -> None:
    from allauth.account.models import EmailAddress

    from kip.accounts import services
    from kip.exceptions import DomainError, InvalidTransition, NotAllowed

    def opened(link: str) -> Any:
        token = path_of(link).strip("/").rpartition("/")[2]
        return services.accept_invitation(token=token, by=None, at=AT)

    person = name("dead@kip.example")
    invited = services.invite(person=person, purpose=PURPOSE, by=None, at=AT)
    old = secret("dead@kip.example", "link")
    other = make("taken@kip.example")

    def change(email: str, by: Any = secretary) -> None:
        services.change_address(person=person, email=email, by=by, at=AT)

    for by in (None, other, person):
        with pytest.raises(NotAllowed):
            change("olli@kip.example", by)
    for email in ("", "nonsense", "TAKEN@kip.example", "dead@kip.example"):
        with pytest.raises(DomainError) as refused:
            change(email)
        assert refused.value.field == "email"
    change(" Olli@KIP.example ")
    person.refresh_from_db()
    assert person.email == "olli@kip.example"
    addresses = EmailAddress.objects.filter(user=person).values_list("email", "verified")
    assert list(addresses) == [("olli@kip.example", False)]
    # The link in the dead mailbox opens nothing; the new one does, and then the address stays.
    with pytest.raises(services.UnusableLink):
        opened(old)
    opened(secret("olli@kip.example", "link"))
    invited.refresh_from_db()
    assert invited.accepted_at == AT
    with pytest.raises(InvalidTransition, match="Only the person"):
        change("thief@kip.example")


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["superuser", "secretary", "with a password", "not active"])
def test_nobody_who_signs_in_is_led_elsewhere(who: str, secretary: Any) -> None:
    from allauth.account.models import EmailAddress

    from kip.accounts import services
    from kip.exceptions import InvalidTransition

    person = make("olli@kip.example", password="")
    EmailAddress.objects.all().delete()
    if who == "secretary":
        person = secretary
    elif who == "superuser":
        person.is_superuser = True
    elif who == "with a password":
        person.set_password("spruce-harbour-lantern")
    else:
        person.is_active = False
    person.save()
    with pytest.raises(InvalidTransition):
        services.change_address(person=person, email="thief@kip.example", by=secretary, at=AT)
