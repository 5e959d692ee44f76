"""Content that the association keeps in its three languages."""

from django.utils.translation import get_language, get_language_info


class InTheReadersLanguage:
    """A row with `name_fi`, `name_sv` and `name_en`, read in the reader's language, else in
    English, else in any.
    """

    def in_readers_language(self, name: str) -> str:
        code = self.language_of(name)
        return getattr(self, f"{name}_{code}") if code else ""

    def language_of(self, name: str) -> str:
        """The two letters of the language in which it is read; empty where there is no text."""
        codes = ((get_language() or "en")[:2], "en", "fi", "sv")
        return next((code for code in codes if getattr(self, f"{name}_{code}")), "")


def language_name(code: str) -> str:
    """A language by its name in the reader's: "Finnish", "suomi", "finska"."""
    return str(get_language_info(code)["name_translated"])
