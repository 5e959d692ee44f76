"""What every page needs besides its own content."""

from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language, get_language_info

# By code, each by its own name: "suomi", "svenska".
NAMES: dict[str, str] = {
    code: get_language_info(code)["name_local"] for code, _name in settings.LANGUAGES
}


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
    # Addresses differ in their language alone; Django's `translate_url` would resolve each anew.
    in_address = here[1:3] in NAMES and here[3:4] == "/"
    languages = [
        Language(
            code=code,
            name=name,
            url=f"/{code}{here[3:]}" if in_address and here[1:3] != code else "",
            current=code == get_language(),
        )
        for code, name in NAMES.items()
    ]
    return {"languages": languages, "in_address": in_address, "here": here}
