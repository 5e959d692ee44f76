"""Letters on paper as PDF/UA, and labels for their envelopes: made of the rows alone.

The places on the sheet are those of Finnish office letters (SFS 2487, "Asiakirjan asettelu", as it
is described in public: sender at the top left, date at 9.2 cm, page number as "1 (2)" at the top
right, text on columns of 2.3 cm, recipient 20 mm from the left from about 45 mm down). The
recipient stands in what the window shows of an A4 sheet folded once into a C5 envelope or in three
into an E65: nothing else is printed there, as the post's sorting machines want it.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from kip.exceptions import DomainError
from kip.mail.models import OutboxMail
from kip.mail.rendering import ASSOCIATION, parts_of
from kip.pdf import MissingGlyph, NotNow, pdf

# What the window shows, in millimetres from the left and the top of the sheet, and where in it the
# address stands: whatever way the sheet slides in its envelope, it is in sight.
WINDOW = {"left": 18, "top": 45, "width": 90, "height": 30}
ADDRESS = {"top": 47, "width": 85, "height": 27}
# Of 70 x 37 mm, three across and eight down.
LABELS_ON_A_SHEET = 24
# So many at a time: a printer's tray.
MOST = 500

_SENDER = "\n-- \n"


def letters(mails: Sequence[OutboxMail], *, duplex: bool = False) -> bytes:
    """The letters one after another; with `duplex` each begins on a sheet of its own.

    The same rows give the same bytes, also after they were posted (for one version of typst and of
    the template). Raises `DomainError` that names the letter which the fonts cannot show; or when
    others are being set.
    """
    try:
        return pdf("mail/letter.typ", letters_as_data(mails, duplex=duplex))
    except MissingGlyph as error:
        raise _names_the_letter(mails, error) from error
    except NotNow as error:
        raise _later() from error


def labels(mails: Sequence[OutboxMail], *, start: int = 1) -> bytes:
    """A label for each letter, in their order, from the label `start` (from 1) of the first sheet.

    Raises like `letters`.
    """
    data = {
        "title": _("Labels for letters"),
        "association": str(ASSOCIATION),
        "start": start,
        "labels": [mail.postal_address.splitlines() for mail in mails],
    }
    try:
        return pdf("mail/labels.typ", data)
    except MissingGlyph as error:
        raise _names_the_letter(mails, error) from error
    except NotNow as error:
        raise _later() from error


def letters_as_data(mails: Iterable[OutboxMail], *, duplex: bool = False) -> dict[str, Any]:
    """What `templates/mail/letter.typ` reads."""
    written = [_as_data(mail) for mail in mails]
    alone = written[0] if len(written) == 1 else None
    return {
        "title": alone["subject"] if alone else _("Letters to post"),
        "association": str(ASSOCIATION),
        "language": alone["language"] if alone else (get_language() or "en")[:2],
        "duplex": duplex,
        "window": ADDRESS,
        "letters": written,
    }


def enclosed_with(mail: OutboxMail) -> list[str]:
    """The names of the documents that go into the same envelope."""
    return sorted(each.name for each in mail.attachments.all() if not each.is_erased)


def _as_data(mail: OutboxMail) -> dict[str, Any]:
    """One letter: below its last line of hyphens are the sender's lines, then the small print."""
    body, _dashes, below = mail.text.rpartition(_SENDER)
    if not body:
        body, below = mail.text, ""
    sender, _empty, small = below.partition("\n\n")
    with override(mail.language):
        return {
            "language": mail.language,
            "subject": mail.subject,
            "date": formats.date_format(timezone.localtime(mail.created_at), "DATE_FORMAT"),
            "sender": sender.split("\n") if sender.strip() else [str(ASSOCIATION)],
            "to": mail.postal_address.splitlines(),
            "parts": parts_of(body.strip()),
            "enclosed_title": _("Enclosed"),
            "enclosed": enclosed_with(mail),
            "small": small.strip().splitlines(),
        }


def _names_the_letter(mails: Iterable[OutboxMail], error: MissingGlyph) -> DomainError:
    for mail in mails:
        printed = [mail.subject, mail.text, mail.postal_address, *enclosed_with(mail)]
        if error.text in "\n".join(printed):
            return DomainError(
                _(
                    "The letter to %(reader)s, “%(subject)s”, cannot be printed: there is no font"
                    " for “%(text)s” in it. Take the others without it, and write it otherwise."
                )
                % {"reader": mail.addressee, "subject": mail, "text": error.text}
            )
    return error


def _later() -> DomainError:
    return DomainError(
        _("Other PDFs are being made just now. Try again in a moment, or take fewer letters.")
    )
