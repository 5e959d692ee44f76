"""What a mail server reports of a letter that it could not deliver (RFC 3464), as plain data.

Anybody may write such a report. What is in it is read here and believed nowhere: whether it names a
letter of ours is found out by who reads it (`kip.mail.receiving`).
"""

import hashlib
import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from typing import Any

# A report names its letter at its beginning; what is after that of a returned letter is not read.
READ_BYTES = 1024 * 1024
_MOST = 50  # recipients, and names of letters, that one report may have
_LONGEST = 500  # characters of what a server says

_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<!\d)([245])\d\d(?!\d)")
_MESSAGE_ID = re.compile(r"<[^<>\s]{3,290}>")
_RETURNED = {
    *("message/rfc822", "text/rfc822-headers", "message/rfc822-headers"),
    *("message/global", "message/global-headers"),
}
_STATUS = {"message/delivery-status", "message/global-delivery-status"}


@dataclass(frozen=True)
class Recipient:
    """What became of the letter for one address.

    `action` is "failed", "delayed", "delivered", "relayed" or "expanded"; `status` is like "5.1.1",
    empty when nothing says it; `diagnostic` is what the server said, for people.
    """

    addresses: frozenset[str]  # the final one, and the one that it was sent to, in lower case
    action: str
    status: str
    diagnostic: str

    @property
    def failed(self) -> bool:
        """Whether the server has given up: also after trying in vain for days (4.x.x)."""
        return self.action == "failed"


@dataclass(frozen=True)
class Report:
    """One report. `identity` is the same when it arrives twice."""

    identity: str
    message_ids: tuple[str, ...]
    recipients: tuple[Recipient, ...]


def read(raw: bytes) -> Report | None:
    """The report in a message, or None if it is none: a reply, an advertisement, rubbish.

    Never raises: a message that cannot be read is no report.
    """
    try:
        return _read(message_from_bytes(raw[:READ_BYTES]))
    except Exception:  # the standard library stumbles over some malformed headers
        return None


def weight(status: str) -> int:
    """How much a failure says against the address, and not against the letter or its sender.

    2 when there is no such mailbox or domain (5.1.x), 1 for another lasting refusal that is about
    the address (5.2.1 disabled, 5.4.x no way there, 5.0.0 unspecified); 0 for a full mailbox, a
    letter that is too large or looks like spam, and for everything that may pass (4.x.x). The
    classes are those of RFC 3463.
    """
    match = _ENHANCED.fullmatch(status)
    if match is None or match[1] != "5":
        return 0
    match int(match[2]), int(match[3]):
        case 1, detail:
            return 0 if detail in (7, 8) else 2  # 7 and 8 are about the sender
        case (0, _) | (2, 0 | 1) | (4, _):
            return 1
    return 0


def status_in(answer: str) -> str:
    """The status that a server's answer names ("550 5.1.1 No such user"); 5.0.0 if a final no
    names none, and "" for any other.
    """
    code, _space, said = answer.partition(" ")
    if not code.startswith("5"):
        return ""
    named = _ENHANCED.match(said)
    return named[0] if named else "5.0.0"


def _read(message: Message) -> Report | None:
    if message.get_content_type() != "multipart/report":
        return None
    if str(message.get_param("report-type", "delivery-status")).lower() != "delivery-status":
        return None
    parts = _parts(message)
    blocks = [
        block for part in parts if part.get_content_type() in _STATUS for block in _blocks(part)
    ]
    if not blocks:
        return None
    own = _MESSAGE_ID.search(_text(message.get("Message-ID")))
    everything = "\n".join(f"{name}:{value}" for block in blocks for name, value in block.items())
    named = own[0] if own else everything
    return Report(
        identity=hashlib.sha256(named.encode("utf-8", "replace")).hexdigest(),
        message_ids=tuple(_letters_named(message, parts, blocks)),
        recipients=tuple(filter(None, map(_recipient, blocks[:_MOST]))),
    )


def _parts(message: Message, depth: int = 0) -> list[Message]:
    """Its parts, nested multiparts' too; what is inside a returned letter is not its own."""
    payload: Any = message.get_payload() if message.get_content_maintype() == "multipart" else []
    found: list[Message] = []
    for part in payload if isinstance(payload, list) else []:
        if part.get_content_maintype() != "multipart":
            found.append(part)
        elif depth < 3:
            found += _parts(part, depth + 1)
    return found


def _blocks(part: Message) -> list[dict[str, str]]:
    """The fields of the report, in groups parted by empty lines, by names in lower case."""
    payload: Any = part.get_payload()
    if not isinstance(payload, list):
        text = _decoded(part)
    elif part.get("Content-Transfer-Encoding", "").lower() in {"base64", "quoted-printable"}:
        inner = Message()
        inner["Content-Transfer-Encoding"] = part["Content-Transfer-Encoding"]
        inner.set_payload("\n".join(str(each.get_payload()) for each in payload))
        text = _decoded(inner)
    else:
        text = "\n\n".join(_as_text(each) for each in payload)
    blocks = []
    for group in re.split(r"\r?\n[ \t]*\r?\n", text):
        block: dict[str, str] = {}
        for line in re.sub(r"\r?\n[ \t]+", " ", group).splitlines():
            name, colon, value = line.partition(":")
            if colon and name.strip():
                block.setdefault(name.strip().lower()[:80], _clean(value)[: 2 * _LONGEST])
        if block:
            blocks.append(block)
    return blocks


def _as_text(message: Message) -> str:
    # Raw: what is not ASCII in them would else be lost.
    head = "\n".join(f"{name}: {_text(value)}" for name, value in message.raw_items())
    return f"{head}\n\n{_decoded(message)}"


def _decoded(part: Message) -> str:
    payload: Any = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        inner: Any = part.get_payload()
        return "\n\n".join(_as_text(each) for each in inner) if isinstance(inner, list) else ""
    return payload.decode("utf-8", "replace")


def _letters_named(
    message: Message, parts: list[Message], blocks: list[dict[str, str]]
) -> list[str]:
    """The Message-IDs of what came back: as it is returned, then as the report refers to it."""
    found: list[str] = []
    for part in parts:
        if part.get_content_type() in _RETURNED:
            payload: Any = part.get_payload()
            if isinstance(payload, list):
                found += [_text(each.get("Message-ID")) for each in payload]
            else:
                found.append(_text(message_from_bytes(_decoded(part).encode()).get("Message-ID")))
    found += [value for block in blocks for name, value in block.items() if "message-id" in name]
    found += [_text(message.get(name)) for name in ("In-Reply-To", "References")]
    ids = [match for text in found for match in _MESSAGE_ID.findall(text)]
    return list(dict.fromkeys(ids))[:_MOST]


def _recipient(block: dict[str, str]) -> Recipient | None:
    fields = [block.get(name, "") for name in ("final-recipient", "original-recipient")]
    addresses = frozenset(filter(None, map(_address, fields)))
    if not addresses:
        return None
    diagnostic = block.get("diagnostic-code", "")
    said = diagnostic.partition(";")[2].strip() or diagnostic
    status = _status(block.get("status", ""), said)
    action = block.get("action", "").partition(" ")[0].strip("();,").lower()
    if not action and status.startswith("5"):
        action = "failed"
    return Recipient(addresses, action, status, said[:_LONGEST])


def _address(field: str) -> str:
    """Of "rfc822; <Matti@firma.example>" the address."""
    address = field.partition(";")[2] or field
    match = re.search(r"[^\s<>;,\"]+@[^\s<>;,\"]+", address)
    return match[0].lower()[:254] if match else ""


def _status(status: str, said: str) -> str:
    """The most exact status; many servers give 5.0.0 and say the rest in their own words."""
    exact, words = _ENHANCED.search(status), _ENHANCED.search(said)
    if exact is not None:
        vague = exact[2] == exact[3] == "0"
        return words[0] if vague and words is not None and words[1] == exact[1] else exact[0]
    if words is not None:
        return words[0]
    reply = _REPLY.search(status) or _REPLY.search(said)
    return f"{reply[1]}.0.0" if reply else ""


def _text(header: Any) -> str:
    return _clean(str(header)) if header is not None else ""


def _clean(text: str) -> str:
    """On one line, without what no column of text takes: NUL, control characters, broken UTF-8."""
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
