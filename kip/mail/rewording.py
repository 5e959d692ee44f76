"""Changing the words of a standing letter: a new version, never an edit."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kip.access import require
from kip.audit.acts import act
from kip.exceptions import DomainError
from kip.mail import wording
from kip.mail.letters import Made
from kip.mail.models import LetterWording
from kip.mail.wording import Letter
from kip.numbering import serialise


class WrittenMeanwhile(DomainError):
    """Somebody else has written a newer version since this person opened the page."""


@act(gettext_noop("%(who)s changed the words of a standing letter."))
def change_wording(
    *,
    letter: Letter,
    language: str,
    pieces: Mapping[str, str],
    seen: int,
    note: str = "",
    by: Any,
    at: datetime,
) -> LetterWording:
    """Say a standing letter in other words from now on, in one language.

    `pieces` are wordings by the English source of a text; what is not in it, or reads as the
    program's own, stays the program's. An empty one leaves the text out. `seen` is the version that
    this person had before them, 0 for none.

    Raises `DomainError` on `wording.key(source)` for a wording that cannot be used, and
    `WrittenMeanwhile` when `seen` is not the newest; `ValueError` for a text or a language that
    there is not.
    """
    require("mail.change_wordings", by, at=at)
    made = Made(letter)
    if unknown := pieces.keys() - made.pieces.keys():
        raise ValueError(f"not texts of {letter.template}: {sorted(unknown)}")
    said = {}
    for source, part in made.pieces.items():
        text = wording.tidy(pieces.get(source, part.original(language)))
        if text == part.original(language):
            continue
        if problem := wording.problem(source, text, in_subject=part.in_subject):
            raise DomainError(problem, field=wording.key(source))
        said[source] = text
    if not any(
        said.get(source, "…") for source in made.pieces if not made.pieces[source].in_subject
    ):
        raise DomainError(_("Something must be left of the letter."))
    return _write(letter, language, said, seen=seen, note=note, by=by, at=at)


@act(gettext_noop("%(who)s gave a standing letter its own words back."))
def back_to_original(
    *, letter: Letter, language: str, seen: int, by: Any, at: datetime
) -> LetterWording:
    """The letter reads as the program has it. Raises as `change_wording` does."""
    require("mail.change_wordings", by, at=at)
    return _write(letter, language, {}, seen=seen, by=by, at=at)


@act(gettext_noop("%(who)s took up an earlier wording of a standing letter again."))
def restore_wording(
    *, letter: Letter, version_id: int, seen: int, by: Any, at: datetime
) -> LetterWording:
    """The letter reads as in an earlier version, but for texts that it no longer has."""
    require("mail.change_wordings", by, at=at)
    version = LetterWording.objects.get(pk=version_id, template=letter.template)
    known = Made(letter).pieces
    return _write(
        letter,
        version.language,
        {source: text for source, text in version.pieces.items() if source in known},
        seen=seen,
        note=_("As version %(number)d") % {"number": version.version},
        by=by,
        at=at,
    )


def _write(
    letter: Letter,
    language: str,
    pieces: Mapping[str, str],
    *,
    seen: int,
    note: str = "",
    by: Any,
    at: datetime,
) -> LetterWording:
    serialise("letter-wording")
    versions = LetterWording.objects.filter(template=letter.template, language=language)
    newest = versions.select_related("by").order_by("-version").first()
    if seen != (newest.version if newest else 0):
        raise WrittenMeanwhile(_meanwhile(newest))
    if dict(pieces) == (newest.pieces if newest else {}):
        raise DomainError(_("The letter says this already: nothing was changed."))
    version = LetterWording(
        template=letter.template,
        language=language,
        version=seen + 1,
        pieces=dict(pieces),
        note=note.strip(),
        by=by,
        at=at,
    )
    version.full_clean()
    version.save(force_insert=True)
    return version


def _meanwhile(newest: LetterWording | None) -> str:
    if newest is None:
        return _("This page is out of date: open it again.")
    return _(
        "%(who)s wrote version %(number)d of this letter on %(when)s, while you had it open. What"
        " you typed is below. Compare, and save again if yours is to hold."
    ) % {
        "who": newest.by,
        "number": newest.version,
        "when": formats.date_format(timezone.localtime(newest.at), "DATETIME_FORMAT"),
    }
