"""Letters to somebody who stands for a company come back: the company is asked."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from kip.accounts.backends import Backend
from kip.desk import my_kip
from kip.mail.models import OutboxMail, StoppedAddress
from kip.mail.receiving import receive, try_again
from kip.mail.services import post
from members.models import Member
from tests.kip.mail.reports import postfix
from tests.members.factories import AT, DAY, a_member, a_person, a_representative, a_secretary

pytestmark = pytest.mark.django_db

TEXT = "Testiyritys Oy: letters to Vilja Virta come back, check the address"


@pytest.fixture
def company() -> Member:
    return a_member(name="Testiyritys Oy")


def stop(person: Any, address: str = "") -> StoppedAddress:
    """Two letters come back from the person's address, or from a bare one."""
    for nth in (1, 2):
        mail: Any = post(
            key=f"test:{person}:{address}:{nth}",
            to=address or person,
            language="en",
            template="members/mail/records_parted",
            context={},
            why="",
            at=AT,
        )
        mail.move_to("sent", sent_at=AT)
        to = mail.to_address
        receive(postfix(of=mail.message_id, to=to, nth=mail.pk), by=None, at=AT)
    return StoppedAddress.objects.get(address=address or person.email)


def asked() -> list[str | None]:
    letters = OutboxMail.objects.filter(key__startswith="letters-come-back")
    return sorted(letters.values_list("to_address", flat=True))


def roles(company: Member, **names: str) -> dict[str, Any]:
    people = {role: a_person(name) for role, name in names.items()}
    for role, person in people.items():
        a_representative(company, person, role)
    return people


def test_the_primary_representative_is_asked(company: Member) -> None:
    people = roles(company, primary="Pia Primo", voting="Vilja Virta", deputy="Dora Depu")
    stop(people["voting"])
    assert asked() == [people["primary"].email]
    letter = OutboxMail.objects.get(key__startswith="letters-come-back")
    assert letter.subject == "Our letters to Vilja Virta come back: please check the address"
    assert people["voting"].email not in letter.text
    assert letter.link.endswith(reverse("company_people", args=[company.number]))
    assert letter.about == company.in_letters


def test_of_the_primary_representative_another_one_is_asked(company: Member) -> None:
    people = roles(company, primary="Pia Primo", deputy="Dora Depu", safety="Sakari Safe")
    stop(people["deputy"])
    stop(people["primary"])
    assert asked() == [people["primary"].email]  # and of them, nobody is left to be asked
    others = roles(company, voting="Vilja Virta")
    StoppedAddress.objects.all().delete()
    OutboxMail.objects.all().delete()
    stop(people["primary"])
    assert asked() == [others["voting"].email]


def test_each_company_is_asked_once_and_no_former_one(company: Member) -> None:
    other = a_member(number=77, name="Toinen Oy", business_id="")
    person = a_person("Vilja Virta")
    for member in (company, other):
        roles(member, primary=f"Pia{member.number} Primo")
        for role in ("safety", "hr"):
            a_representative(member, person, role)
    ended = a_member(number=78, name="Entinen Oy", business_id="")
    roles(ended, primary="Erkki Entinen")
    a_representative(ended, person, "hr", until=AT.date() - timedelta(days=1))
    stop(person)
    assert len(asked()) == 2


def test_a_bare_address_for_invoices(company: Member) -> None:
    people = roles(company, primary="Pia Primo")
    row = a_representative(company, None, "billing", address="laskut@firma.example")
    assert stop(None, row.address).reader is None
    assert asked() == [people["primary"].email]


def test_it_waits_for_who_can_settle_it(company: Member) -> None:
    people = roles(
        company, primary="Pia Primo", voting="Vilja Virta", safety="Sakari Safe", deputy="Dora Depu"
    )
    stopped = stop(people["voting"])

    def waits_for(role: str) -> list[str]:
        items = my_kip(user=Backend().get_user(people[role].pk), at=AT)
        return [item.text for item in items if "come back" in item.text]

    assert waits_for("primary") == [TEXT]
    assert waits_for("voting") == ["Our letters to you come back: check your address"]
    assert waits_for("safety") == [] == waits_for("deputy")
    stop(people["primary"])
    assert len(waits_for("voting")) == 2
    secretary = a_secretary()
    try_again(stopped_id=stopped.pk, by=secretary, at=AT + DAY)
    assert TEXT not in waits_for("primary")


@pytest.mark.parametrize(("role", "told"), [("primary", True), ("safety", False)])
def test_the_people_page_says_it_to_who_keeps_the_people(
    role: str, told: bool, company: Member, client: Client
) -> None:
    people = roles(company, primary="Pia Primo", voting="Vilja Virta", safety="Sakari Safe")
    stop(people["voting"])
    client.force_login(people[role])
    page = client.get(reverse("company_people", args=[company.number])).content.decode()
    assert page.count("letters come back") == told
    secretary = a_secretary()
    client.force_login(secretary)
    page = client.get(f"/admin/accounts/user/{people['voting'].pk}/change/").content.decode()
    assert "Nothing is sent to vilja.virta@kip.example since" in page
    assert "Came back: 550 5.1.1 Nobody of that name here" in page
    page = client.get(f"/admin/accounts/user/{people['safety'].pk}/change/").content.decode()
    assert "Letters that came back" not in page


def test_the_secretary_has_it_tried_again(company: Member, client: Client) -> None:
    stopped = stop(a_person("Vilja Virta"))
    client.force_login(a_secretary())
    url = reverse("admin:mail_stoppedaddress_change", args=[stopped.pk])
    page = client.get(url).content.decode()
    assert "Nothing is sent to it" in page and page.count("Came back:") == 2
    act = reverse("admin:mail_stoppedaddress_try_again", args=[stopped.pk])
    assert act in page
    assert "send again which of them still matter" in client.get(act).content.decode()
    stopped.refresh_from_db()
    assert stopped.until is None
    page = client.post(act, follow=True).content.decode()
    assert "Letters are sent to this address again." in page and act not in page
    page = client.post(act, follow=True).content.decode()
    assert "This address is sent to again already." in page
