"""Every template of ours compiles, and carries nothing that the content-security policy refuses."""

import re
from pathlib import Path

import pytest
from django.template.loader import get_template

FOLDER = Path(__file__).parent.parent / "templates"
TEMPLATES = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.*") if path.is_file())
# Mail programs know no style sheets, and have no policy of ours.
MAY_CARRY_STYLES = {"mail/layout.html"}

INLINE = {
    "a style": re.compile(r"<style|\sstyle\s*=", re.I),
    "a script": re.compile(r"<script(?![^>]*\ssrc=)(?![^>]*application/(?:ld\+)?json)", re.I),
    "a handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.I),
    "a script address": re.compile(r"(?:href|action|src)\s*=\s*[\"']?\s*javascript:", re.I),
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_it_compiles(name: str) -> None:
    get_template(name)


@pytest.mark.parametrize(
    "name", [name for name in TEMPLATES if name.endswith(".html") and name not in MAY_CARRY_STYLES]
)
def test_it_carries_nothing_inline(name: str) -> None:
    source = (FOLDER / name).read_text()
    assert [what for what, pattern in INLINE.items() if pattern.search(source)] == []
