"""Reports that mail servers write, and what is none: read without ever stumbling."""

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kip.mail import dsn
from tests.kip.mail.reports import OURS, SERVERS, TO, exchange, gmail, postfix, reply


@pytest.mark.parametrize(
    ("server", "status", "said", "against"),
    [
        ("Postfix", "5.1.1", "550 5.1.1 Nobody of that name here", 2),
        (
            "Exchange",
            "5.1.10",
            "550 5.1.10 RESOLVER.ADR.RecipientNotFound; vastaanottajaa ei löydy",
            2,
        ),
        (
            "Gmail",
            "5.2.2",
            "552-5.2.2 The mailbox that you write to 552 5.2.2 is over its quota.",
            0,
        ),
        ("Exim", "4.4.7", "", 0),
    ],
)
def test_what_four_servers_write(server: str, status: str, said: str, against: int) -> None:
    report = dsn.read(SERVERS[server]())
    assert report is not None
    assert report.message_ids == (OURS,)
    [recipient] = report.recipients
    assert recipient == dsn.Recipient(frozenset({TO}), "failed", status, said)
    assert dsn.weight(recipient.status) == against


def test_it_is_the_same_report_when_it_arrives_twice() -> None:
    first, again = (dsn.read(head + postfix()) for head in (b"", b"Received: by another\r\n"))
    assert first and again and first.identity == again.identity
    for other in (postfix(nth=2), gmail(), exchange()):
        found = dsn.read(other)
        assert found and found.identity != first.identity
    # Without a name of its own it is known by what it says.
    nameless = [re.sub(rb"(?i)message-id: <2026.*\r\n", b"", postfix(nth=n)) for n in (1, 1, 2)]
    one, same, other = (found.identity for found in map(dsn.read, nameless) if found)
    assert one == same != other


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_other_news_are_no_failure(action: str) -> None:
    report = dsn.read(postfix(action=action, status="4.4.1"))
    assert report is not None
    assert [each.failed for each in report.recipients] == [False]


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "nothing"),
        (reply(), "an automatic answer"),
        (postfix().replace(b"delivery-status;", b"disposition-notification;"), "a receipt"),
        (postfix().replace(b"multipart/report", b"multipart/mixed"), "parts of something else"),
        (postfix().replace(b"message/delivery-status", b"text/plain"), "no status in it"),
        (b"\xff\xfe\x00\x00" * 100, "bytes"),
        (b"Content-Type: message/delivery-status\r\n\r\nAction: failed\r\n", "only a status"),
    ],
)
def test_what_is_no_report(raw: bytes, why: str) -> None:
    assert dsn.read(raw) is None, why


def test_a_report_inside_a_returned_letter_is_not_the_report() -> None:
    """A report about a report: what came back is not ours, whatever is quoted in it."""
    inner = postfix().replace(b"=_parted", b"=_inner")
    outer = postfix(of="<theirs@elsewhere.example>").replace(b"\r\n\r\nHi.", b"\r\n" + inner)
    found = dsn.read(outer)
    assert found is not None
    assert found.message_ids == ("<theirs@elsewhere.example>",)


def test_a_huge_returned_letter_is_not_read_to_its_end() -> None:
    found = dsn.read(postfix().replace(b"Hi.", b"x" * 5_000_000))
    assert found is not None
    assert (found.message_ids, len(found.recipients)) == ((OURS,), 1)


def test_no_report_has_more_recipients_than_fifty() -> None:
    many = "\r\n".join(f"Final-Recipient: rfc822; a{n}@x.example\r\n" for n in range(500))
    found = dsn.read(postfix().replace(b"X-Postfix-Queue-ID", many.encode() + b"\r\nX-P"))
    assert found is not None
    assert len(found.recipients) <= 50


def test_a_status_part_that_is_encoded() -> None:
    lines = (
        f"Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; {TO}\nAction: failed\nStatus: 5.1.1\n"
    )
    for kind in ("delivery-status", "global-delivery-status"):
        raw = (
            "Content-Type: multipart/report; boundary=b\n\n--b\n"
            f"Content-Type: message/{kind}\nContent-Transfer-Encoding: base64\n\n"
            f"{base64.b64encode(lines.encode()).decode()}\n--b--\n"
        )
        found = dsn.read(raw.encode())
        assert found is not None, kind
        assert [(*each.addresses, each.status) for each in found.recipients] == [(TO, "5.1.1")]


@pytest.mark.parametrize(
    ("status", "said", "meant"),
    [
        ("5.0.0", "550 5.1.1 unknown", "5.1.1"),
        ("5.0.0", "451 4.7.1 later", "5.0.0"),
        ("5.7.1 (refused)", "550 5.1.1 unknown", "5.7.1"),
        ("", "550 no such user", "5.0.0"),
        ("", "host 192.5.1.1 said no", ""),
        ("nonsense", "", ""),
    ],
)
def test_the_most_exact_status(status: str, said: str, meant: str) -> None:
    found = dsn.read(postfix(status=status, said=said))
    assert found is not None
    assert found.recipients[0].status == meant


@pytest.mark.parametrize(
    ("status", "weight"),
    [
        *(("5.1.1", 2), ("5.1.2", 2), ("5.1.10", 2), ("5.1.8", 0)),
        *(("5.2.1", 1), ("5.2.2", 0), ("5.4.1", 1), ("5.0.0", 1)),
        *(("5.3.4", 0), ("5.6.0", 0), ("5.7.1", 0), ("5.7.26", 0)),
        *(("4.1.1", 0), ("4.4.7", 0), ("2.1.5", 0), ("", 0), ("5.1", 0), ("5.1.1.1", 0)),
    ],
)
def test_what_speaks_against_an_address(status: str, weight: int) -> None:
    assert dsn.weight(status) == weight


def test_what_no_column_takes_is_cleaned() -> None:
    raw = postfix(said="550 5.1.1 a\x00b\x1bc").replace(b"\x1b", b"\x1b\xff\xc3")
    found = dsn.read(raw)
    assert found is not None
    diagnostic = found.recipients[0].diagnostic
    assert diagnostic.isprintable() and "\x00" not in diagnostic
    diagnostic.encode()  # no half characters


@given(st.binary(max_size=400))
def test_any_bytes_are_read_without_stumbling(raw: bytes) -> None:
    dsn.read(raw)


@given(
    st.sampled_from(list(SERVERS)),
    st.integers(0, 1500),
    st.integers(0, 200),
    st.binary(max_size=60),
)
def test_any_damage_to_a_report_is_survived(
    server: str, place: int, length: int, instead: bytes
) -> None:
    whole = SERVERS[server]()
    found = dsn.read(whole[:place] + instead + whole[place + length :])
    for recipient in found.recipients if found else ():
        assert recipient.diagnostic.isprintable() and len(recipient.diagnostic) <= 500
        for address in recipient.addresses:
            assert "@" in address and len(address) <= 254
        assert re.fullmatch(r"|[245]\.\d{1,3}\.\d{1,3}", recipient.status)
