"""From a mailing's text to letters: laid out once for each language, then filled in."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import override

from kip import markdown
from kip.mail.placeholders import mask
from kip.mail.rendering import ASSOCIATION, Rendered, lay_out, one_line
from kip.mail.states import Channel
from kip.mailings.audiences import OF_EVERYBODY, Audience, Facts
from kip.mailings.fields import Marks, found
from kip.mailings.models import Mailing, MailingRecipient

# Nobody's name is as long.
LONGEST_VALUE = 300
_SUBJECT, _WHY = "subject of the letter", "why it is sent"


@dataclass
class Pressed:
    """A mailing in one language, ready to be filled in for one reader after the other."""

    mailing: Mailing
    audience: Audience
    language: str

    def __post_init__(self) -> None:
        self._marks = Marks([*OF_EVERYBODY, *self.audience.fields, _SUBJECT, _WHY])
        with override(self.language):
            self._association = str(ASSOCIATION)
            self._sentence = _("You get this letter as: %(reasons)s.")
        self._text = self._marks.put(getattr(self.mailing, f"text_{self.language}"))
        self._subject = self._marks.put(getattr(self.mailing, f"subject_{self.language}"))
        self._laid_out: dict[bool, Rendered] = {}

    def _letter(self, *, on_paper: bool) -> Rendered:
        """With marks for what is filled in. Laid out once, however many get it."""
        if on_paper not in self._laid_out:
            self._laid_out[on_paper] = lay_out(
                subject=self._marks[_SUBJECT],
                body=markdown.to_text(self._text),
                html=mark_safe(markdown.to_html(self._text)),  # cleaned by nh3
                language=self.language,
                why=self._marks[_WHY],
                on_paper=on_paper,
            )
        return self._laid_out[on_paper]

    def fill(self, reader: MailingRecipient, *, channel: str = "") -> Rendered:
        """The letter to this reader: as it goes, or as it would by another `channel`."""
        with override(self.language):
            values = self._values(reader)
            why = self._sentence % {"reasons": why_in_words(self.audience, reader.reasons)}
        subject = one_line(self._marks.fill(self._subject, values))[:300]
        values |= {_SUBJECT: subject, _WHY: why}
        letter = self._letter(on_paper=(channel or reader.channel) == Channel.LETTER)
        return Rendered(
            subject=subject,
            text=self._marks.fill(letter.text, values),
            html=self._marks.fill(letter.html, values, write=escape),
            why=why,
        )

    def _values(self, reader: MailingRecipient) -> dict[str, str]:
        """What each field holds for this reader, in the language of the moment."""
        values = {
            "name": reader.name,
            "given_name": reader.given_name,
            "family_name": reader.family_name,
            "association": self._association,
            **{name: each.value(reader.reasons) for name, each in self.audience.fields.items()},
        }
        return {name: _clean(value) for name, value in values.items()}


def why_in_words(audience: Audience, reasons: Sequence[Facts]) -> str:
    """Why somebody is among the readers, in the language of the moment."""
    return "; ".join(dict.fromkeys(_clean(audience.why(facts)) for facts in reasons))


def stands_in_a_link(source: str, names: Sequence[str]) -> bool:
    """Whether a field is part of a link's address: a value could lead the link elsewhere."""
    marks = Marks(names)
    return any(marks.stand_in(address) for address in markdown.links(marks.put(source)))


def used(mailing: Mailing) -> list[str]:
    """The fields that stand in it, in whatever language."""
    whole = [
        getattr(mailing, f"{part}_{code}")
        for code in mailing.languages
        for part in ("subject", "text")
    ]
    return found(" ".join(whole))


def _clean(value: str) -> str:
    """One line, and nothing that delivery would take for a personal value of its own."""
    return mask(one_line(str(value)))[:LONGEST_VALUE]
