"""Plain data in, PDF/UA-1 out: read back by its text and its tags."""

import io
from typing import Any

import pytest
from django.db import connection
from django.utils import translation
from pypdf import PdfReader

from kip import pdf as pdfs
from kip.exceptions import DomainError
from kip.pdf import pdf

pytestmark = pytest.mark.django_db

DATA: dict[str, Any] = {
    "title": "Register of members",
    "association": "The Association",
    "lines": ["As of 2 February 2027", "2 member companies"],
    "columns": ["Company", "Domicile", "Business ID", "Member since"],
    "rows": [
        {"cells": ["Öja Ab", "Kokkola", "9000000-3", "1 January 2006"], "remarks": []},
        {"cells": ["#panic() $x$ *b*", "", "", ""], "remarks": ["Recorded on 3 March"]},
    ],
    "dropped_title": "Recorded later",
    "dropped": ["Entinen Oy left"],
    "page": "Page {page} of {pages}",
}


def read(**changes: Any) -> PdfReader:
    return PdfReader(io.BytesIO(pdf("members/register.typ", {**DATA, **changes})))


def text_of(reader: PdfReader) -> str:
    return "\n".join(page.extract_text() for page in reader.pages)


def tags_of(reader: PdfReader) -> list[str]:
    """The kinds of the structure's elements, in the order in which they are read."""
    found: list[str] = []

    def walk(node: Any) -> None:
        node = node.get_object()
        if isinstance(node, list):
            for child in node:
                walk(child)
        elif isinstance(node, dict):
            if "/S" in node:
                found.append(str(node["/S"]))
            if "/K" in node:
                walk(node["/K"])

    walk(reader.trailer["/Root"]["/StructTreeRoot"])
    return found


def test_it_is_a_tagged_document_with_title_and_language() -> None:
    with translation.override("fi"):
        reader = read()
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "fi"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.xmp_metadata is not None
    assert reader.xmp_metadata.dc_title == {"x-default": "Register of members"}
    assert "<pdfuaid:part>1</pdfuaid:part>" in reader.xmp_metadata.rdf_root.toxml()


def test_the_table_is_a_table() -> None:
    tags = tags_of(read())
    assert tags.count("/H1") == 1 and tags.count("/Table") == 1
    assert tags.count("/TH") == 4 and tags.count("/TD") == 8 and tags.count("/TR") == 3
    assert tags.index("/H1") < tags.index("/Table")


def test_data_are_never_markup() -> None:
    text = text_of(read())
    assert "#panic() $x$ *b*" in text and "Recorded on 3 March" in text
    assert "Öja Ab" in text and "Entinen Oy left" in text


def test_each_page_says_which_of_how_many_it_is() -> None:
    rows = [{"cells": [f"Company {n} Oy", "Kokkola", "", ""], "remarks": []} for n in range(100)]
    reader = read(rows=rows)
    pages = [page.extract_text() for page in reader.pages]
    assert len(pages) > 2
    for number, text in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in text
        assert "Member since" in text  # the head of the table is repeated
    assert all(f"Company {n} Oy" in "\n".join(pages) for n in range(100))


@pytest.mark.parametrize("text", ["名前", "🏭"])
def test_what_the_fonts_do_not_have_is_refused_in_words(text: str) -> None:
    with pytest.raises(DomainError, match=f"cannot show “{text[0]}”"):
        read(rows=[{"cells": [text, "", "", ""], "remarks": []}])


def test_a_template_that_fails_says_why() -> None:
    with pytest.raises(RuntimeError, match="columns"):
        pdf("members/register.typ", {"title": "T", "association": "A", "page": "", "lines": []})


def test_what_takes_too_long_is_refused_in_words_and_gives_its_place_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as hurried:
        hurried.setattr(pdfs, "SECONDS", 0.001)
        for _ in range(pdfs.AT_ONCE + 1):
            with pytest.raises(DomainError, match="takes too long"):
                read()
    assert read().pages


def test_only_so_many_are_set_at_a_time() -> None:
    others = connection.copy()  # another process
    with others.cursor() as cursor:
        for place in range(pdfs.AT_ONCE):
            name = f"kip:pdf:{place}"
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])
    try:
        with pytest.raises(DomainError, match="Try again in a moment"):
            read()
    finally:
        with others.cursor() as cursor:  # by itself a server lets go some time after the goodbye
            cursor.execute("SELECT pg_advisory_unlock_all()")
        others.close()
    assert read().pages
