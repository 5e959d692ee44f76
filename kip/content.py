"""Content that the association keeps in its three languages."""

from django.utils.translation import get_language


class InTheReadersLanguage:
    """A row with `name_fi`, `name_sv` and `name_en`, read in the reader's language, else in
    English, else in any.
    """

    def in_readers_language(self, name: str) -> str:
        language = (get_language() or "en")[:2]
        texts = [getattr(self, f"{name}_{code}") for code in (language, "en", "fi", "sv")]
        return next((text for text in texts if text), "")
