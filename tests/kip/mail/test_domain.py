"""What a domain's records say, judged in plain words, and looked up without waiting for long."""

import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from kip.accounts.models import User
from kip.mail import domain, lookup
from kip.mail.domain import DUE, GOOD, UNKNOWN, WRONG, Senders

SENDERS = Senders("kip.example", "kip.example", ("k1",))
KEY = ("k1._domainkey.kip.example", "TXT")


def test_the_domains_of_the_settings() -> None:
    found = Senders.of("KIP <kip@Mail.KIP.example>", "bounces@kip.example", ["k1", "k2"])
    assert (found.domain, found.bounces) == ("mail.kip.example", "kip.example")
    assert found.dmarc_names() == ["_dmarc.mail.kip.example", "_dmarc.kip.example"]
    assert found.aligned
    assert not Senders("kip.example", "notkip.example", ()).aligned
    assert len(found.questions()) == 6


@pytest.mark.parametrize(
    ("records", "tone"),
    [
        (None, UNKNOWN),
        ([], WRONG),
        (["google-site-verification=x", "v=spf10 -all"], WRONG),
        (["v=spf1 mx -all"], GOOD),
        (["V=SPF1 mx ~all", "another text"], GOOD),
        (["v=spf1 mx -all", "v=spf1 a -all"], WRONG),
        (["v=spf1 mx +all"], WRONG),
        (["v=spf1 all"], WRONG),
        (["v=spf1 mx ?all"], DUE),
        (["v=spf1 mx"], DUE),
        (["v=spf1"], DUE),
        (["v=spf1 redirect=_spf.kip.example"], GOOD),
        (["v=spf1 " + "include:x.example " * 10 + "-all"], GOOD),
        (["v=spf1 " + "include:x.example " * 10 + "mx -all"], WRONG),
    ],
)
def test_who_may_send(records: list[str] | None, tone: str) -> None:
    assert domain.judge_spf(SENDERS, records).tone == tone


def test_letters_that_come_back_to_another_domain() -> None:
    found = domain.judge_spf(Senders("kip.example", "post.example", ()), ["v=spf1 mx -all"])
    assert found.tone == DUE and "kip.example" in found.advice


@pytest.mark.parametrize(
    ("records", "tone"),
    [
        (None, UNKNOWN),
        ([], WRONG),
        (["v=spf1 -all"], WRONG),
        (["v=DKIM1; k=rsa; p=MIIBIjANBg"], GOOD),
        (["p=MIIBIjANBg"], GOOD),
        (["v=DKIM1; p="], WRONG),
        (["v=DKIM2; p=MIIB"], WRONG),
        (["v=DKIM1; p=MIIB", "v=DKIM1; p=MIIC"], WRONG),
    ],
)
def test_the_key_that_signs(records: list[str] | None, tone: str) -> None:
    [found] = domain.judge_dkim(SENDERS, {} if records is None else {KEY: records})
    assert found.tone == tone


def test_a_key_of_which_nobody_knows_the_name() -> None:
    [found] = domain.judge_dkim(Senders("kip.example", "kip.example", ()), {})
    assert found.tone == DUE and "DKIM_SELECTORS" in found.advice


@pytest.mark.parametrize(
    ("own", "above", "tone"),
    [
        (None, [], UNKNOWN),
        ([], None, UNKNOWN),
        ([], [], WRONG),
        (["v=DMARC1; p=reject"], None, GOOD),
        (["v=DMARC1;p=Quarantine; rua=mailto:x@kip.example"], [], GOOD),
        (["v=DMARC1; p=none"], ["v=DMARC1; p=reject"], DUE),
        (["v=DMARC1; rua=mailto:x@kip.example"], [], WRONG),
        (["v=DMARC1; p=reject", "v=DMARC1; p=none"], [], WRONG),
        (["something else"], ["v=DMARC1; p=reject"], GOOD),
        ([], ["v=DMARC1; p=reject; sp=none"], DUE),
    ],
)
def test_what_is_forged(own: list[str] | None, above: list[str] | None, tone: str) -> None:
    senders = Senders("mail.kip.example", "kip.example", ())
    names = [("_dmarc.mail.kip.example", own), ("_dmarc.kip.example", above)]
    assert domain.judge_dmarc(senders, names).tone == tone


@pytest.mark.parametrize(
    ("records", "tone"),
    [(None, UNKNOWN), ([], WRONG), (["0 ."], WRONG), (["10 mx.kip.example."], GOOD)],
)
def test_where_letters_come_back_to(records: list[str] | None, tone: str) -> None:
    assert domain.judge_mx("kip.example", records).tone == tone


def test_a_slow_or_missing_answer_holds_nobody_up() -> None:
    def look_up(name: str, kind: str) -> list[str]:
        if kind == "MX":
            return ["10 mx.kip.example."]
        if name.startswith("_dmarc"):
            raise lookup.Unreachable("no network")
        time.sleep(1.5)
        return ["v=spf1 -all"]

    begun = time.monotonic()
    records = lookup.everything(SENDERS, look_up, patience=0.3)
    assert time.monotonic() - begun < 1.2
    assert records == {("kip.example", "MX"): ["10 mx.kip.example."]}
    tones = [found.tone for found in domain.judge(SENDERS, records)]
    assert tones == [GOOD, UNKNOWN, UNKNOWN, UNKNOWN]


def test_a_mistake_of_ours_is_no_missing_network() -> None:
    def look_up(name: str, kind: str) -> list[str]:
        raise TypeError("a mistake")

    with pytest.raises(TypeError):
        lookup.everything(SENDERS, look_up)


@pytest.mark.parametrize("network", [True, False])
def test_the_page_looks_up_when_asked(
    network: bool,
    client: Client,
    secretary: User,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.DKIM_SELECTORS = ["k1"]
    asked = []

    def everything(senders: Senders) -> domain.Records:
        asked.append(senders)
        found = {
            ("kip.example", "TXT"): ["v=spf1 mx <b>+all</b> +all"],
            ("kip.example", "MX"): ["10 mx.kip.example."],
            ("_dmarc.kip.example", "TXT"): ["v=DMARC1; p=none"],
            KEY: [],
        }
        return found if network else {}

    monkeypatch.setattr(lookup, "everything", everything)
    client.force_login(secretary)
    url = reverse("admin:mail_outboxmail_domain")
    assert "Look it up now" in client.get(url).content.decode()
    assert not asked
    page = client.get(url, {"check": "1"}).content.decode()
    assert len(asked) == 1
    assert ("cannot be looked up" in page) is not network
    if network:
        assert "“+all” lets everybody send" in page and "<b>+all" not in page
        assert "It only watches" in page and "There is no key." in page
    client.force_login(User.objects.create_superuser("root@kip.example"))
    assert client.get(url).status_code == 403
