"""Asks the domain name system, all at once and never for long."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

import dns.exception
import dns.resolver

from kip.mail.domain import Records, Senders

# For everything together, in seconds: somebody waits for the page.
PATIENCE = 5.0
_EACH = 4.0

# What a name has of a kind ("TXT", "MX"). Raises `Unreachable`.
LookUp = Callable[[str, str], list[str]]


class Unreachable(Exception):
    """No answer: there is no network here, or the servers of that domain are away."""


def look_up(name: str, kind: str) -> list[str]:
    """The records as text, none when there are none. Raises `Unreachable`."""
    try:
        answer = dns.resolver.resolve(name, kind, lifetime=_EACH, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError, UnicodeError) as error:
        raise Unreachable(str(error)) from error
    if kind == "TXT":  # a long one comes in pieces
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
    return [record.to_text() for record in answer]


def everything(
    senders: Senders, look_up: LookUp = look_up, *, patience: float = PATIENCE
) -> Records:
    """What `domain.judge` wants to know. A question without an answer in time is left out."""
    questions = senders.questions()
    pool = ThreadPoolExecutor(max_workers=len(questions))
    asked = {pool.submit(look_up, *question): question for question in questions}
    answered, _late = wait(asked, timeout=patience)
    pool.shutdown(wait=False, cancel_futures=True)
    found = {}
    for each in answered:
        error = each.exception()
        if error is None:
            found[asked[each]] = each.result()
        elif not isinstance(error, Unreachable):
            raise error
    return found
