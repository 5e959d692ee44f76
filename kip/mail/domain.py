"""What a domain says of itself to other mail servers, judged: records in, findings out.

SPF is RFC 7208, DKIM RFC 6376, DMARC RFC 7489, MX RFC 5321.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import parseaddr

from django.utils.translation import gettext as _

Question = tuple[str, str]  # a name, and the kind of record
# What was found, by question; a question that nobody answered is not in it.
Records = Mapping[Question, list[str]]

# How a finding looks (components/status.html).
GOOD, DUE, WRONG, UNKNOWN = "good", "due", "wrong", "neutral"

_LOOKS_UP = re.compile(r"[-+~?]?(include:|a\b|mx\b|ptr\b|exists:)|redirect=")
# More look-ups than ten make every check of the record fail (RFC 7208, 4.6.4).
_MOST_LOOKUPS = 10


@dataclass(frozen=True)
class Senders:
    """The domain in the letters' From, the one that they come back to, and the keys' names."""

    domain: str
    bounces: str
    selectors: tuple[str, ...]

    @classmethod
    def of(cls, sender: str, bounce_address: str, selectors: Iterable[str]) -> "Senders":
        """From addresses as they stand in the settings, "KIP <kip@example.fi>"."""
        return cls(_domain(sender), _domain(bounce_address), tuple(selectors))

    def questions(self) -> list[Question]:
        """Everything that `judge` wants to know."""
        return [
            (self.bounces, "TXT"),
            (self.bounces, "MX"),
            *((name, "TXT") for name in self.dmarc_names()),
            *((self._key(selector), "TXT") for selector in self.selectors),
        ]

    def dmarc_names(self) -> list[str]:
        """Where a policy may be: at the domain, else at one above it."""
        labels = self.domain.split(".")
        above = [".".join(labels[n:]) for n in range(max(1, len(labels) - 1))]
        return [f"_dmarc.{name}" for name in above]

    def _key(self, selector: str) -> str:
        return f"{selector}._domainkey.{self.domain}"

    @property
    def aligned(self) -> bool:
        """Whether the two are one domain, or one is part of the other."""
        one, other = f".{self.domain}", f".{self.bounces}"
        return one.endswith(other) or other.endswith(one)


@dataclass(frozen=True)
class Finding:
    """Of one record: where it is, what was found, what to do, and how it may read."""

    subject: str
    name: str
    tone: str
    found: str
    advice: str = ""
    example: str = ""

    @property
    def in_a_word(self) -> str:
        return {
            GOOD: _("in order"),
            DUE: _("could be better"),
            WRONG: _("to be mended"),
            UNKNOWN: _("not known"),
        }[self.tone]


def judge(senders: Senders, records: Records) -> list[Finding]:
    """Every record that letters need to arrive, in the order in which to set them up."""
    dmarc = [(name, records.get((name, "TXT"))) for name in senders.dmarc_names()]
    return [
        judge_mx(senders.bounces, records.get((senders.bounces, "MX"))),
        judge_spf(senders, records.get((senders.bounces, "TXT"))),
        *judge_dkim(senders, records),
        judge_dmarc(senders, dmarc),
    ]


def judge_mx(domain: str, found: list[str] | None) -> Finding:
    subject = _("Mail that comes back (MX)")
    example = f"{domain}. MX 10 mx.{domain}."
    if found is None:
        return _unknown(subject, domain)
    hosts = sorted(found)
    if not hosts:
        return Finding(
            subject,
            domain,
            WRONG,
            _("No server takes mail for this domain, so nobody hears that a letter came back."),
            _("Add an MX record that names the server which hands mail to KIP."),
            example,
        )
    if all(host.split()[-1] == "." for host in hosts):
        return Finding(
            subject,
            domain,
            WRONG,
            _("The domain says that it takes no mail at all."),
            _("Replace that record by one that names the server which hands mail to KIP."),
            example,
        )
    return Finding(subject, domain, GOOD, "\n".join(hosts))


def judge_spf(senders: Senders, found: list[str] | None) -> Finding:
    """Which servers may send for the domain of the envelope, to which letters come back."""
    subject, domain = _("Who may send (SPF)"), senders.bounces
    example = f'{domain}. TXT "v=spf1 mx -all"'
    if found is None:
        return _unknown(subject, domain)
    spf = [text for text in found if re.match(r"v=spf1(\s|$)", text, re.IGNORECASE)]
    if not spf:
        return Finding(
            subject,
            domain,
            WRONG,
            _("There is no SPF record."),
            _("Add a TXT record that names the servers which send for the association."),
            example,
        )
    if len(spf) > 1:
        return Finding(
            subject,
            domain,
            WRONG,
            "\n".join(spf),
            _("There may be one SPF record only: two make every check fail. Join them."),
        )
    terms = spf[0].lower().split()[1:]
    everybody = [term for term in terms if re.fullmatch(r"[-+~?]?all", term)]
    lookups = [term for term in terms if _LOOKS_UP.match(term)]
    text = spf[0]
    if any(term in {"all", "+all"} for term in everybody):
        advice = _("“+all” lets everybody send in the association’s name: end it with “-all”.")
        return Finding(subject, domain, WRONG, text, advice)
    if len(lookups) > _MOST_LOOKUPS:
        advice = _("More than ten look-ups make every check fail: take out what is not needed.")
        return Finding(subject, domain, WRONG, text, advice)
    if not any(term[0] in "-~" for term in everybody) and not any(
        term.startswith("redirect=") for term in terms
    ):
        advice = _("It does not say that others may not send: end it with “-all”.")
        return Finding(subject, domain, DUE, text, advice)
    if not senders.aligned:
        advice = _(
            "Letters come from %(domain)s and back to another domain, so that SPF says nothing for"
            " DMARC: let BOUNCE_ADDRESS be of the same domain."
        ) % {"domain": senders.domain}
        return Finding(subject, domain, DUE, text, advice)
    return Finding(subject, domain, GOOD, text)


def judge_dkim(senders: Senders, records: Records) -> list[Finding]:
    """The keys that sign the letters, one for each selector."""
    subject = _("Signature (DKIM)")
    if not senders.selectors:
        advice = _(
            "Ask whoever runs the mail server under which names (selectors) it signs, and set"
            " DKIM_SELECTORS."
        )
        found = _("It is not known under which names the keys are published.")
        return [Finding(subject, senders.domain, DUE, found, advice)]
    return [_judge_key(subject, senders._key(each), records) for each in senders.selectors]


def _judge_key(subject: str, name: str, records: Records) -> Finding:
    found = records.get((name, "TXT"))
    example = f'{name}. TXT "v=DKIM1; k=rsa; p=MIIB…"'
    if found is None:
        return _unknown(subject, name)
    tags = [_tags(text) for text in found]
    keys = [each["p"] for each in tags if "p" in each and each.get("v", "DKIM1") == "DKIM1"]
    if not keys:
        return Finding(
            subject,
            name,
            WRONG,
            _("There is no key."),
            _("Add the TXT record that the mail server gives for this selector."),
            example,
        )
    if len(found) > 1:
        advice = _("There may be one record only under this name: take the others out.")
        return Finding(subject, name, WRONG, "\n".join(_short(text) for text in found), advice)
    if not keys[0]:
        advice = _("The key has been withdrawn. Sign with another one, and set DKIM_SELECTORS.")
        return Finding(subject, name, WRONG, found[0], advice)
    return Finding(subject, name, GOOD, _short(found[0]))


def judge_dmarc(senders: Senders, found: Iterable[tuple[str, list[str] | None]]) -> Finding:
    """What others shall do with letters that are not ours; the first name that says it counts."""
    subject, own = _("What is forged (DMARC)"), f"_dmarc.{senders.domain}"
    example = f'{own}. TXT "v=DMARC1; p=quarantine; rua=mailto:dmarc@{senders.domain}"'
    for name, records in found:
        if records is None:
            return _unknown(subject, name)
        policies = [text for text in records if re.match(r"v\s*=\s*DMARC1\b", text)]
        if not policies:
            continue
        text = "\n".join(policies)
        if len(policies) > 1:
            advice = _("There may be one DMARC record only: with two, none counts. Join them.")
            return Finding(subject, name, WRONG, text, advice)
        tags = _tags(policies[0])
        policy = tags.get("p", "").lower()
        if name != own:
            policy = tags.get("sp", policy).lower()
        if policy in {"quarantine", "reject"}:
            return Finding(subject, name, GOOD, text)
        if policy == "none":
            advice = _(
                "It only watches: what is forged is delivered. When the reports show that our own"
                " letters pass, change it to “p=quarantine”, later to “p=reject”."
            )
            return Finding(subject, name, DUE, text, advice, example)
        advice = _("It says nothing about what to do: add “p=quarantine”.")
        return Finding(subject, name, WRONG, text, advice, example)
    return Finding(
        subject,
        own,
        WRONG,
        _("There is no DMARC record."),
        _(
            "Add one; begin with “p=none” if other programs send for the domain too, and look at"
            " the reports."
        ),
        example,
    )


def _unknown(subject: str, name: str) -> Finding:
    return Finding(subject, name, UNKNOWN, _("No answer came in time."))


def _domain(address: str) -> str:
    return parseaddr(address)[1].rpartition("@")[2].lower().rstrip(".")


def _tags(text: str) -> dict[str, str]:
    """Of "v=DMARC1; p=none" the parts by name; white space means nothing (RFC 6376, 3.2)."""
    pairs = (part.partition("=") for part in text.split(";") if "=" in part)
    return {name.strip().lower(): "".join(value.split()) for name, _eq, value in pairs}


def _short(text: str) -> str:
    """A key is long, and nobody reads it."""
    return text if len(text) <= 80 else f"{text[:60]}…"
