"""What every page needs besides its own content."""

from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url
from django.utils.translation import get_language, get_language_info


class Language(NamedTuple):
    """One choice of the language switch.

    `url` is this page in that language; empty where addresses carry no language, so that the choice
    has to be remembered instead (a form to `set_language`).
    """

    code: str
    name: str
    url: str
    current: bool


def site(request: HttpRequest) -> dict[str, Any]:
    here = request.get_full_path()
    languages = []
    for code, _name in settings.LANGUAGES:
        there = translate_url(here, code)
        languages.append(
            Language(
                code=code,
                name=get_language_info(code)["name_local"],
                url=there if there != here else "",
                current=code == get_language(),
            )
        )
    in_address = any(language.url for language in languages)
    return {"languages": languages, "in_address": in_address, "here": here}
