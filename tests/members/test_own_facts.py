"""What a company keeps of itself: changed at once, by its primary or the secretary."""

import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from kip.accounts.models import User
from kip.audit.timeline import entries_of
from kip.documents.models import Document
from kip.exceptions import DomainError, NotAllowed
from members import services
from members.completeness import company_tasks
from members.models import Member, Sector, Site
from tests.kip.documents.files import PDF, drawn, jpeg, png
from tests.members.factories import (
    AT,
    DAY,
    NewLetters,
    a_member,
    a_person,
    a_representative,
    a_secretary,
    a_submitted_application,
    business_id,
)

pytestmark = pytest.mark.django_db


def a_kept_member(**fields: Any) -> tuple[Member, User]:
    """A company and its primary representative."""
    member = a_member(**fields)
    primary = a_person(f"Priita Primary{member.number}")
    a_representative(member, primary)
    return member, primary


def keep(member: Member, by: User, at: Any = AT, **facts: Any) -> Member:
    services.keep_own_facts(member_id=member.pk, facts=facts, by=by, at=at)
    return Member.objects.get(pk=member.pk)


def a_label(model: Any, name: str = "Metals") -> Any:
    return model.objects.create(name_fi=name, name_sv=name, name_en=name)


def a_logo(name: str = "logo.png", content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, png() if content is None else content)


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="kip.accounts.backends.Backend")
    return client


# --- The act ------------------------------------------------------------------------------------


def test_a_company_changes_its_own_facts_at_once_and_its_history_says_so() -> None:
    member, primary = a_kept_member()
    sector, site = a_label(Sector), a_label(Site, "Harbour")
    with NewLetters() as letters:
        kept = keep(member, primary, city="Karleby", headcount=12, sectors=[sector], sites=[site])
    assert letters == []
    assert (kept.city, kept.headcount) == ("Karleby", 12)
    assert list(kept.sectors.all()) == [sector]
    entry = entries_of(kept)[0]
    assert entry.sentence == "Priita Primary1 changed what the company keeps of itself."
    assert sorted(entry.changes) == [
        "People employed in the Park: 12",
        "Sector: Metals",
        "Site in the Park: Harbour",
        "Town: Kokkola → Karleby",
    ]
    keep(member, primary, at=AT + DAY, sectors=[])
    assert entries_of(kept)[0].changes == ["Sector removed: Metals"]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"street": ""}, "street"),
        ({"activities": ""}, "activities"),
        ({"einvoice_address": "003790000000", "einvoice_operator": ""}, "einvoice_operator"),
        ({"einvoice_address": "", "einvoice_operator": "DEMO"}, "einvoice_address"),
        ({"einvoice_address": "003790000001", "einvoice_operator": "DEMO"}, "einvoice_address"),
        ({"einvoice_address": "FI00 1234", "einvoice_operator": "DEMO"}, "einvoice_address"),
    ],
)
def test_what_cannot_be_kept_is_said_beside_its_field(facts: dict[str, Any], field: str) -> None:
    member, primary = a_kept_member()
    with pytest.raises(DomainError) as refused:
        keep(member, primary, **facts)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (f"0037 {business_id().replace('-', '')}", f"0037{business_id().replace('-', '')}"),
        ("fi21 1234 5600 0007 85", "FI2112345600000785"),
        ("0216:de-x", "0216:DE-X"),
    ],
)
def test_an_einvoice_address_is_kept_as_programs_write_it(typed: str, kept: str) -> None:
    member, primary = a_kept_member()
    found = keep(member, primary, einvoice_address=typed, einvoice_operator=" ndeafihh ")
    assert (found.einvoice_address, found.einvoice_operator) == (kept, "NDEAFIHH")


def test_only_the_primary_of_this_company_today_and_the_secretary() -> None:
    member, primary = a_kept_member()
    _other, of_another = a_kept_member(number=2, business_id=business_id(2))
    voting, former, ahead = a_person("Veera V"), a_person("Forma F"), a_person("Tuula T")
    a_representative(member, voting, "voting")
    gone = a_member(number=3, business_id="")
    a_representative(gone, former, until=timezone.localdate(AT))
    a_representative(gone, ahead, since=date(2027, 5, 1))
    for person, company in [
        (voting, member),
        (of_another, member),
        (former, gone),
        (ahead, gone),
        (a_person("Root R", is_superuser=True), member),
    ]:
        with pytest.raises(NotAllowed):
            keep(company, person, headcount=1)
        with pytest.raises(NotAllowed):
            services.choose_logo(member_id=company.pk, upload=a_logo(), by=person, at=AT)
    for person in (primary, a_secretary()):
        assert keep(member, person, headcount=3).headcount == 3
    for name in ("name", "business_id", "domicile", "logo", "number"):
        with pytest.raises(ValueError, match=name):
            keep(member, primary, **{name: "X"})


# --- The logo -----------------------------------------------------------------------------------


def test_another_logo_takes_the_place_of_the_one_before() -> None:
    member, primary = a_kept_member()
    act = {"member_id": member.pk, "by": primary, "at": AT}
    first = services.choose_logo(upload=a_logo(), **act).logo
    member.refresh_from_db()
    assert member.logo == first and first is not None
    before = member.logo_url
    second = services.choose_logo(upload=a_logo("l.jpg", drawn("JPEG")), **act)
    assert not Document.objects.filter(pk=first.pk).exists()
    assert second.logo_url != before
    assert services.remove_logo(**act).logo_url == ""
    assert not Document.objects.exists()
    assert entries_of(member)[0].changes == ["Logo changed"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.png", PDF, "save it as PNG or JPEG"),
        ("a.png", b"<svg/>", "not a kind of file"),
        ("a.png", png() + b"\0" * 10 * 1024 * 1024, "larger than 10 MB"),
        ("a.png", png(5000, 5000), "too many pixels"),
        ("a.png", png(20_000, 20_000), "far too large when opened"),
        ("a.png", png(200, 100), "damaged or incomplete"),
        ("a.jpg", jpeg(200, 100), "damaged or incomplete"),
    ],
)
def test_a_logo_is_a_picture_that_can_be_shown(name: str, content: bytes, says: str) -> None:
    member, primary = a_kept_member()
    with pytest.raises(DomainError, match=says) as refused:
        services.choose_logo(member_id=member.pk, upload=a_logo(name, content), by=primary, at=AT)
    assert refused.value.field == "logo"
    assert not Document.objects.exists()


def test_a_logo_of_any_size_is_kept_small_and_without_what_the_camera_noted() -> None:
    member, primary = a_kept_member()
    exif = Image.Exif()
    exif[0x013B] = "Kaisa Kuvaaja"  # the artist
    exif[0x0112] = 6  # lies on its side
    photo = drawn("JPEG", (3000, 2000), colour="teal", exif=exif)
    logo = services.choose_logo(
        member_id=member.pk, upload=a_logo("Oma kuva.jpg", photo), by=primary, at=AT
    ).logo
    assert logo is not None
    content = logo.file.open().read()
    assert logo.name == "Oma kuva.jpg" and logo.size == len(content) < 20_000
    assert b"Kuvaaja" in photo and b"Kuvaaja" not in content and b"Exif" not in content
    with Image.open(io.BytesIO(content)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (320, 480))


# --- What is left out ---------------------------------------------------------------------------


def test_the_tasks_go_as_they_are_done() -> None:
    member, primary = a_kept_member()

    def waiting(*roles: str) -> set[str]:
        found = Member.objects.get(pk=member.pk)
        has_labels = found.sectors.exists() and found.sites.exists()
        tasks = company_tasks(found, roles=roles, has_labels=has_labels)
        return {task.key for task in tasks if task.waits}

    everything = {"about", "labels", "headcount", "seveso", "invoices", "voting", "safety_contact"}
    assert waiting("primary") == everything
    assert waiting("voting", "safety", "billing") == {"about", "labels", "headcount", "seveso"}
    keep(member, primary, about_sv="Text.", headcount=0, seveso="none")
    keep(member, primary, sectors=[a_label(Sector)], sites=[a_label(Site)])
    keep(member, primary, einvoice_address="0216:X", einvoice_operator="D")
    assert waiting("voting", "safety") == set()


def test_my_kip_says_what_is_left_out_to_the_primary_only() -> None:
    member, primary = a_kept_member()
    voting = a_person("Veera Voting")
    a_representative(member, voting, "voting")
    text = "Höyry &amp; Co Oy: tell the association 6 more things"
    assert text in client_of(primary).get(reverse("my_kip")).content.decode()
    assert text not in client_of(voting).get(reverse("my_kip")).content.decode()


def test_who_is_named_for_a_later_day_is_asked_for_no_more() -> None:
    member, primary = a_kept_member()
    voting, safe = a_person("Veera Voting"), a_person("Saara Safe")
    a_representative(member, voting, "voting")
    a_representative(member, safe, "safety", since=timezone.localdate() + timedelta(days=30))
    text = "Höyry &amp; Co Oy: tell the association 5 more things"
    assert text in client_of(primary).get(reverse("my_kip")).content.decode()
    own = client_of(primary).get(reverse("own_company", args=[1])).content.decode()
    assert "Saara Safe" not in own  # not yet
    assert own.lower().count("to do") == 5


# --- The pages ----------------------------------------------------------------------------------

PARTS: dict[str, dict[str, Any]] = {
    "address": {"street": "Uusi 1", "postcode": "67900", "city": "Kokkola", "website": "a.fi"},
    "park": {"activities": "Steam.", "location": "North", "active_from": "since 1999"},
    "about": {"about_fi": "Teksti.", "about_sv": "Text.", "about_en": "Words."},
    "safety": {"headcount": "7", "chemicals": "None.", "seveso": "upper"},
    "invoicing": {"einvoice_address": "0216:x", "einvoice_operator": "demo"},
}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("who", ["primary", "secretary"])
def test_each_page_saves_and_leads_back(part: str, who: str) -> None:
    member, primary = a_kept_member()
    client = client_of(primary if who == "primary" else a_secretary())
    home = (
        reverse("own_company", args=[1])
        if who == "primary"
        else reverse("admin:members_member_change", args=[member.pk])
    )
    path = reverse("own_facts", args=[1, part])
    assert path in client.get(home).content.decode()
    assert client.get(path).status_code == 200
    response = client.post(path, PARTS[part], follow=True)
    assert response.request["PATH_INFO"] == home
    assert "Saved. It is in force at once." in response.content.decode()
    member.refresh_from_db()
    kept = {name: str(getattr(member, name)) for name in PARTS[part]}
    wanted = {"website": "https://a.fi", "einvoice_address": "0216:X", "einvoice_operator": "DEMO"}
    assert kept == {name: wanted.get(name, value) for name, value in PARTS[part].items()}


@pytest.mark.parametrize(
    ("part", "typed", "says"),
    [
        ("address", {**PARTS["address"], "postcode": "679"}, "five digits"),
        ("park", {"activities": "", "location": "L", "active_from": "F"}, "What does the company"),
        ("park", {**PARTS["park"], "sectors": ["999"]}, "999"),
        ("safety", {"headcount": "99999999999"}, "100000"),
        ("invoicing", {"einvoice_address": "0037123", "einvoice_operator": "X"}, "OVT"),
    ],
)
def test_what_is_wrong_stands_beside_what_was_typed(
    part: str, typed: dict[str, Any], says: str
) -> None:
    _member, primary = a_kept_member()
    response = client_of(primary).post(reverse("own_facts", args=[1, part]), typed)
    page = response.content.decode()
    assert response.status_code == 200 and says in page
    for value in typed.values():
        assert not isinstance(value, str) or value in page


def test_a_page_that_is_none_is_none() -> None:
    _member, primary = a_kept_member()
    client = client_of(primary)
    assert client.get(reverse("own_facts", args=[1, "register"])).status_code == 404
    assert client.get(reverse("own_facts", args=[2, "park"])).status_code == 404


def test_the_logo_has_its_page_and_is_read_there_before_it_is_public() -> None:
    member, primary = a_kept_member()
    client = client_of(primary)
    path = reverse("own_logo", args=[1])
    response = client.post(path, {"logo": a_logo("a.png", PDF)})
    assert "save it as PNG or JPEG" in response.content.decode()
    client.post(path, {"logo": a_logo()})
    member.refresh_from_db()
    assert member.logo is not None
    address = member.logo.get_absolute_url()
    assert address in client.get(path).content.decode()
    assert client.get(address).status_code == 200
    assert client_of(a_person("Toinen T")).get(address).status_code == 404
    client.post(path, {"remove": "1"})
    member.refresh_from_db()
    assert member.logo is None


def test_the_companys_page_shows_it_all_and_only_to_its_own() -> None:
    member, primary = a_kept_member()
    billing = a_representative(member, None, "billing", address="laskut@hoyry.example")
    keep(member, primary, chemicals="Chlorine.", about_en="We make steam.")
    general = a_person("Geena General")
    a_representative(member, general, "general")
    path = reverse("own_company", args=[1])
    page = client_of(primary).get(path).content.decode()
    for text in ("Chlorine.", "We make steam.", billing.address, "Nobody votes for the company"):
        assert text in page
    assert reverse("propose_change", args=[1]) in page
    read_only = client_of(general).get(path).content.decode()
    assert "Chlorine." in read_only
    for name in ("propose_change", "propose_merger", "own_logo"):
        assert reverse(name, args=[1]) not in read_only
        assert client_of(general).get(reverse(name, args=[1])).status_code == 404
    history = reverse("own_history", args=[1])
    assert "changed what the company keeps" in client_of(general).get(history).content.decode()
    for stranger in (a_person("Toinen T"), a_person("Root R", is_superuser=True)):
        assert client_of(stranger).get(path).status_code == 404
        assert client_of(stranger).get(history).status_code == 404


def test_documents_and_the_readers_own_mail_to_read_again() -> None:
    member, primary = a_kept_member()
    general = a_person("Geena General")
    a_representative(member, general, "general")
    secretary = a_secretary()
    change = services.propose_change(
        member_id=member.pk,
        facts={"name": "Höyry Oy"},
        effective_on=timezone.localdate(AT),
        upload=SimpleUploadedFile("extract.pdf", PDF),
        by=primary,
        at=AT,
    )
    services.decline_change(change_id=change.pk, reply="Ask PRH first.", by=secretary, at=AT)
    path = reverse("own_papers", args=[1])
    theirs = client_of(primary).get(path).content.decode()
    assert "extract.pdf" in theirs and "Ask PRH first." in theirs
    others = client_of(general).get(path).content.decode()
    assert "extract.pdf" in others and "Ask PRH first." not in others
    assert change.document is not None
    document = change.document.get_absolute_url()
    assert client_of(general).get(document).status_code == 200
    stranger = client_of(a_person("Toinen T"))
    assert stranger.get(path).status_code == stranger.get(document).status_code == 404


# --- The lists that companies are sorted by ------------------------------------------------------


@pytest.mark.parametrize(("model", "name"), [(Sector, "sector"), (Site, "site")])
def test_the_secretary_keeps_the_lists_in_the_admin(model: Any, name: str) -> None:
    desk = client_of(a_secretary())
    facts = {"name_fi": "Metallit", "name_sv": "Metaller", "name_en": "Metals", "order": "1"}
    add = reverse(f"admin:members_{name}_add")
    assert desk.post(add, facts | {"name_sv": ""}).status_code == 200
    assert desk.post(add, facts).status_code == 302
    label = model.objects.get()
    change = reverse(f"admin:members_{name}_change", args=[label.pk])
    assert desk.post(change, facts | {"name_en": "Metals and ores"}).status_code == 302
    page = desk.get(change).content.decode()
    assert "Siiri Secretary added an entry to the list." in page
    assert "Metals → Metals and ores" in page
    with pytest.raises(NotAllowed):
        services.change_label(label=label, facts=facts, by=a_person("Ei Saa"), at=AT)
    with pytest.raises(NotAllowed):
        services.add_label(to=model, facts=facts, by=a_person("Ei Vaan"), at=AT)


# --- Two pages opened at once ---------------------------------------------------------------------


def opened(client: Client, path: str) -> dict[str, Any]:
    """What a page sends when nothing is changed on it."""
    return sent_by(client.get(path).context["form"])


def sent_by(form: Any) -> dict[str, Any]:
    values = {name: form[name].value() for name in form.fields}
    return {name: "" if value is None else value for name, value in values.items()}


def test_an_older_page_does_not_undo_what_another_has_saved() -> None:
    member, primary = a_kept_member()
    client, path = client_of(primary), reverse("own_facts", args=[member.number, "safety"])
    page = opened(client, path)
    client.post(path, {**page, "chemicals": "chlorine\r\n20 t"})
    client.post(path, {**page, "headcount": "12"})
    member.refresh_from_db()
    assert (member.chemicals, member.headcount) == ("chlorine\r\n20 t", 12)


def test_what_both_have_changed_is_said_and_a_second_press_decides() -> None:
    member, primary = a_kept_member()
    client, path = client_of(primary), reverse("own_facts", args=[member.number, "safety"])
    page = opened(client, path)
    client.post(path, {**page, "chemicals": "chlorine"})
    refused = client.post(path, {**page, "chemicals": "ammonia", "headcount": "12"})
    text = refused.content.decode()
    assert "It is now: “chlorine”." in text
    assert "ammonia" in text  # nothing typed is lost
    member.refresh_from_db()
    assert (member.chemicals, member.headcount) == ("chlorine", None)
    client.post(path, sent_by(refused.context["form"]))
    member.refresh_from_db()
    assert (member.chemicals, member.headcount) == ("ammonia", 12)


def test_the_same_change_twice_is_no_quarrel() -> None:
    member, primary = a_kept_member()
    client, path = client_of(primary), reverse("own_facts", args=[member.number, "safety"])
    page = opened(client, path)
    for _press in range(2):
        assert client.post(path, {**page, "headcount": "12"}).status_code == 302


def test_labels_are_left_to_who_chose_them() -> None:
    member, primary = a_kept_member()
    sector, other = a_label(Sector), a_label(Sector, "Energy")
    client, path = client_of(primary), reverse("own_facts", args=[member.number, "park"])
    page = opened(client, path)
    client.post(path, {**page, "sectors": [sector.pk]})
    client.post(path, {**page, "location": "At the gate"})
    assert list(member.sectors.all()) == [sector]
    refused = client.post(path, {**page, "sectors": [other.pk]})
    assert "It is now: “Metals”." in refused.content.decode()
    client.post(path, sent_by(refused.context["form"]))
    member.refresh_from_db()
    assert (list(member.sectors.all()), member.location) == ([other], "At the gate")


@pytest.mark.parametrize("sent", ["", "[]", "{", '{"headcount": [], "chemicals": {}}', "null"])
def test_what_no_page_has_sent_is_taken_as_a_page_that_said_nothing(sent: str) -> None:
    member, primary = a_kept_member()
    path = reverse("own_facts", args=[member.number, "safety"])
    page = client_of(primary).post(path, {"as_read": sent, "headcount": "12", "chemicals": "x"})
    assert page.status_code in {200, 302}


@pytest.mark.parametrize("kind", ["member", "application"])
def test_a_correction_leaves_alone_what_the_company_changed_meanwhile(kind: str) -> None:
    secretary = a_secretary()
    company: Any = a_member() if kind == "member" else a_submitted_application()
    client = client_of(secretary)
    path = reverse(f"admin:members_{kind}_correct", args=[company.pk])
    page = opened(client, path)
    client.post(path, {**page, "street": "New Street 7"})
    client.post(path, {**page, "legal_form": "cooperative"})
    company.refresh_from_db()
    assert (company.street, company.legal_form) == ("New Street 7", "cooperative")
    refused = client.post(path, {**page, "street": "Old Street 1"})
    assert "It is now: “New Street 7”." in refused.content.decode()


def test_a_recorded_change_is_of_what_was_changed() -> None:
    member, _primary = a_kept_member()
    client, path = client_of(a_secretary()), reverse("propose_change", args=[member.number])
    page = {**opened(client, path), "effective_on": timezone.localdate().isoformat()}
    page.pop("upload")
    services.correct_member(
        member_id=member.pk, facts={"domicile": "Kalajoki"}, by=a_secretary("S S"), at=AT
    )
    client.post(path, {**page, "name": "Uusi Oy"})
    member.refresh_from_db()
    assert (member.name, member.domicile) == ("Uusi Oy", "Kalajoki")
