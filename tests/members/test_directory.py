"""The public directory: what everybody sees of the members, and nothing of their people."""

import json
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members import services
from members.models import Member, Sector
from tests.kip.documents.files import drawn, png
from tests.members.factories import (
    AT,
    a_member,
    a_person,
    a_representative,
    a_secretary,
    business_id,
)

pytestmark = pytest.mark.django_db

LIST = "/en/members/"


def get(path: str, **query: str) -> Any:
    return Client().get(path, query)


def page_of(path: str, **query: str) -> str:
    response = get(path, **query)
    assert response.status_code == 200
    return response.content.decode()


def described(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    assert found is not None
    return json.loads(found[1])


def keep(member: Member, **facts: Any) -> None:
    services.keep_own_facts(
        member_id=member.pk, facts=facts, by=a_secretary(f"S {member.number}"), at=AT
    )


def a_logo(member: Member, content: bytes | None = None) -> Member:
    services.choose_logo(
        member_id=member.pk,
        upload=SimpleUploadedFile("logo.png", png() if content is None else content),
        by=a_secretary(f"L {timezone.now().timestamp()}"),
        at=AT,
    )
    return Member.objects.select_related("logo").get(pk=member.pk)


def test_the_list_is_filtered_by_sector_in_its_address() -> None:
    metals = Sector.objects.create(name_fi="Metallit", name_sv="Metaller", name_en="Metals")
    one = a_member(name="Aallot Oy", activities="Makes waves.", website="https://aallot.example")
    a_member(number=2, name="Lumi Oy", business_id=business_id(2))
    a_member(number=3, name="Mennyt Oy", business_id=business_id(3), until=timezone.localdate())
    keep(one, sectors=[metals])
    everything = page_of(LIST)
    for text in ("Aallot Oy", "Makes waves.", "https://aallot.example", "Lumi Oy", "2 member"):
        assert text in everything
    assert "Mennyt Oy" not in everything
    filtered = page_of(LIST, sector=str(metals.pk))
    assert "Aallot Oy" in filtered and "Lumi Oy" not in filtered
    assert f'value="{metals.pk}" selected' in filtered
    assert "Metallit" in page_of("/fi/members/", sector=str(metals.pk))
    for nonsense in ("x", "999", "-1", "1e9"):
        assert "Lumi Oy" in page_of(LIST, sector=nonsense)
    assert "No member company matches" in page_of(LIST, sector=str(metals.pk), q="lumi")


def test_a_companys_page_tells_what_is_public_and_nothing_of_persons() -> None:
    member = a_member(website="https://hoyry.example", parent_company="Höyry Group")
    person = a_person("Salla Salainen", phone="+358 40 1234567")
    a_representative(member, person)
    keep(
        member,
        headcount=4711,
        chemicals="secret-chemicals",
        seveso="upper",
        einvoice_address="0216:SECRET",
        einvoice_operator="OPER",
        certificates="ISO 14001",
        about_fi="Teemme höyryä.",
        about_en="",
        about_sv="Vi gör ånga.",
    )
    page = page_of("/sv/members/1/")
    for text in ("ISO 14001", "Höyry Group", "Kemirantie 1", "https://hoyry.example"):
        assert text in page
    assert '<div lang="sv"><p>Vi gör ånga.</p></div>' in page
    assert '<div lang="fi"><p>Teemme höyryä.</p></div>' in page_of("/en/members/1/")
    for path in ("/sv/members/1/", "/en/members/1/", "/fi/members/"):
        for secret in ("Salla", person.email, "1234567", "4711", "secret-chem", "SECRET", "OPER"):
            assert secret not in page_of(path).replace(member.business_id, "")


@pytest.mark.parametrize("kind", ["unknown", "left", "not yet"])
def test_who_is_no_member_today_has_no_page(kind: str) -> None:
    if kind == "left":
        a_member(until=timezone.localdate())
    elif kind == "not yet":
        a_member(joined=timezone.localdate() + timezone.timedelta(days=1))
    assert get("/en/members/1/").status_code == 404


def test_search_engines_read_it_as_data_that_nothing_can_break_out_of() -> None:
    name = "</script><script>alert(1)</script> & Höyry"
    member = a_member(name=name, website="https://hoyry.example")
    logo = a_logo(member).logo_url
    page = page_of(f"{LIST}1/")
    assert "<script>alert" not in page
    data = described(page)
    assert (data["@type"], data["name"], data["url"]) == (
        "Organization",
        name,
        "https://hoyry.example",
    )
    assert data["logo"].endswith(logo.removeprefix("/en")) and data["@id"].endswith("/members/1/")
    assert data["address"]["addressLocality"] == "Kokkola"
    items = described(page_of(LIST))["itemListElement"]
    assert [(item["position"], item["name"]) for item in items] == [(1, name)]


@pytest.mark.parametrize(
    ("content", "kind"),
    [(png(), "image/png"), (drawn("JPEG"), "image/jpeg")],
    ids=["png", "jpeg"],
)
def test_a_logo_is_served_to_everybody_and_can_do_nothing(content: bytes, kind: str) -> None:
    member = a_logo(a_member(), content)
    response = get(member.logo_url)
    assert member.logo is not None
    assert b"".join(response.streaming_content) == member.logo.file.open().read()
    assert response["Content-Type"] == kind
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "sandbox" in response["Content-Security-Policy"]
    assert response["Content-Disposition"].startswith("inline")
    assert {"public", "immutable"} <= set(response["Cache-Control"].split(", "))
    assert not response.cookies
    again = Client().get(member.logo_url, headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304
    assert member.logo_url in page_of(LIST) and member.logo_url in page_of(f"{LIST}1/")


def test_only_the_logo_that_a_member_has_today_is_served() -> None:
    member = a_logo(a_member())
    first = member.logo_url
    second = a_logo(member, drawn("JPEG")).logo_url
    assert get(first).status_code == 404 and get(second).status_code == 200
    for version in ("0" * 16, "x", "%25"):
        assert get(f"{LIST}1/logo/{version}").status_code == 404
    assert get(reverse("member_logo", args=[2, second.rsplit("/", 1)[1]])).status_code == 404
    today = timezone.localdate()
    member.periods.update(until=today, end_recorded_at=AT, end_reason="resigned")
    assert get(second).status_code == 404
