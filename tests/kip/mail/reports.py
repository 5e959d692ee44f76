"""Reports of letters that came back, in the forms in which four mail servers write them."""

from collections.abc import Callable
from email.message import EmailMessage

OURS = "<0123456789abcdef0123456789abcdef@127.0.0.1>"
TO = "aino@kip.example"


def _report(
    *, subject: str, words: str, status: str, returned: str, kind: str, headers: str = ""
) -> bytes:
    text = f"""\
Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.kip.example>
To: bounces@kip.example
Subject: {subject}
Date: Tue, 24 Nov 2026 10:07:00 +0200
Auto-Submitted: auto-replied
MIME-Version: 1.0
{headers}Content-Type: multipart/report; report-type=delivery-status; boundary="=_parted"

--=_parted
Content-Type: text/plain; charset=utf-8

{words}

--=_parted
Content-Type: message/delivery-status

{status}
--=_parted
Content-Type: {kind}

{returned}
--=_parted--
"""
    return text.replace("\n", "\r\n").encode()


def postfix(
    *,
    to: str = TO,
    of: str = OURS,
    status: str = "5.1.1",
    action: str = "failed",
    said: str = "550 5.1.1 Nobody of that name here",
    nth: int = 1,
) -> bytes:
    return _report(
        subject="Undelivered Mail Returned to Sender",
        headers=f"Message-Id: <2026112408070{nth}.4F1A@mx.kip.example>\n",
        words=f"I could not hand your letter over to <{to}>.",
        status=f"""\
Reporting-MTA: dns; mx.kip.example
X-Postfix-Queue-ID: 4F1A{nth}
Arrival-Date: Tue, 24 Nov 2026 10:06:59 +0200 (EET)

Final-Recipient: rfc822; {to}
Original-Recipient: rfc822;{to}
Action: {action}
Status: {status}
Remote-MTA: dns; mail.firma.example
Diagnostic-Code: smtp; {said}
""",
        kind="message/rfc822",
        returned=f"From: KIP <kip@kip.example>\nTo: {to}\nMessage-ID: {of}\n\nHi.",
    )


def exchange(*, to: str = TO, of: str = OURS, status: str = "5.1.10") -> bytes:
    """Names the letter in its own headers too, writes 8-bit words, and returns headers only."""
    return _report(
        subject="Undeliverable: A letter",
        headers=f"Message-ID: <e1@firma.onmail.example>\nIn-Reply-To: {of}\nReferences: {of}\n",
        words=f"Viestiäsi ei voitu toimittaa: {to}.",
        status=f"""\
Reporting-MTA: dns;HE1PR01.firma.example
Received-From-MTA: dns;mx.kip.example
Arrival-Date: Tue, 24 Nov 2026 08:07:00 +0000

Final-Recipient: rfc822;{to}
Action: failed
Status: {status}
Diagnostic-Code: smtp;550 {status} RESOLVER.ADR.RecipientNotFound; vastaanottajaa
 ei löydy
X-Display-Name: Aino
""",
        kind="text/rfc822-headers",
        returned=f"Subject: A letter\nMessage-ID:\n {of}\nFrom: KIP <kip@kip.example>",
    )


def gmail(*, to: str = TO, of: str = OURS) -> bytes:
    """A full mailbox; has a nested multipart, and the letter's name in the status part as well."""
    return _report(
        subject="Delivery Status Notification (Failure)",
        headers=f"Message-ID: <g1@mail.gmail.example>\nX-Failed-Recipients: {to}\n",
        words="The inbox is full.",
        status=f"""\
Reporting-MTA: dns; googlemail.example
Arrival-Date: Tue, 24 Nov 2026 00:07:00 -0800 (PST)
X-Original-Message-ID: {of}

Final-Recipient: rfc822; {to}
Action: failed
Status: 5.2.2
Remote-MTA: dns; gmail-smtp-in.example. (192.0.2.26)
Diagnostic-Code: smtp; 552-5.2.2 The mailbox that you write to
 552 5.2.2 is over its quota.
Last-Attempt-Date: Tue, 24 Nov 2026 00:07:01 -0800 (PST)
""",
        kind="message/rfc822",
        returned=f"Message-ID: {of}\nTo: {to}\nContent-Type: text/html\n\n<p>Hi.",
    )


def exim(*, to: str = TO, of: str = OURS) -> bytes:
    """Gives up after days of trying: a status that may pass, and no Diagnostic-Code."""
    return _report(
        subject="Mail delivery failed: returning message to sender",
        headers=f"Message-Id: <E1abcd-0001@exim.example>\nX-Failed-Recipients: {to}\n",
        words=f"{to}: retry timeout exceeded",
        status=f"""\
Reporting-MTA: dns; exim.example

Action: failed
Final-Recipient: rfc822;{to}
Status: 4.4.7
""",
        kind="message/rfc822",
        returned=f"Received: from kip\n\tby exim.example\nMessage-ID: {of}\nTo: {to}\n\nHi.",
    )


SERVERS: dict[str, Callable[..., bytes]] = {
    "Postfix": postfix,
    "Exchange": exchange,
    "Gmail": gmail,
    "Exim": exim,
}


def reply(text: str = "I am away until Monday.") -> bytes:
    """Somebody's automatic answer: no report."""
    message = EmailMessage()
    message["From"], message["To"], message["In-Reply-To"] = TO, "bounces@kip.example", OURS
    message["Auto-Submitted"] = "auto-replied"
    message.set_content(text)
    return message.as_bytes()
