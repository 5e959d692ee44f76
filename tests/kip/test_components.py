"""The shared pieces of pages, rendered alone: what they promise to whoever includes them."""

import re
from pathlib import Path
from typing import Any

import pytest
from crispy_forms.utils import render_crispy_form
from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.template.loader import render_to_string
from django.test import RequestFactory

from kip.mail.services import Rehearsed

PAGES = sorted(
    path
    for path in (Path(settings.BASE_DIR) / "templates").rglob("*.html")
    if "mail" not in path.relative_to(settings.BASE_DIR / "templates").parts
)
INLINE = re.compile(
    r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", re.IGNORECASE
)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.name))
def test_nothing_inline_that_the_security_policy_forbids(path: Path) -> None:
    data = re.compile(r"<script[^>]*type=\"application/json\"")
    found = [m.group() for m in INLINE.finditer(data.sub("", path.read_text(encoding="utf-8")))]
    assert not found


class Form(forms.Form):
    name = forms.CharField(label="Name", help_text="As in the trade register.")
    vote = forms.ChoiceField(label="Vote", choices=[("y", "In favour")], widget=forms.RadioSelect)
    kinds = forms.MultipleChoiceField(
        label="Kinds",
        choices=[("a", "Production")],
        widget=forms.CheckboxSelectMultiple,
    )
    agree = forms.BooleanField(label="We agree", help_text="With the bylaws.")
    website = forms.URLField(label="Website", required=False, assume_scheme="https")

    def clean(self) -> None:
        raise forms.ValidationError("This company is already with the association.")


def test_errors_are_summed_up_and_tied_to_their_fields() -> None:
    html = render_crispy_form(Form({}))
    ids = set(re.findall(r'\sid="([^"]+)"', html))
    linked = re.findall(r'href="#([^"]+)"', html)
    described = [
        i for value in re.findall(r'aria-describedby="([^"]+)"', html) for i in value.split()
    ]
    assert linked == ["id_name", "id_vote_0", "id_kinds_0", "id_agree"]
    assert {
        "id_name_helptext",
        "id_name_error",
        "id_vote_error",
        "id_agree_error",
    } <= set(described)
    assert set(linked) | set(described) <= ids
    assert "This company is already with the association." in html


def test_a_form_without_errors_has_no_summary() -> None:
    assert "error-summary" not in render_crispy_form(Form())


def test_pages_keep_the_filters_of_the_address() -> None:
    request = RequestFactory().get("/", {"q": "zinc", "page": "2"})
    page = Paginator(range(93), 20).page(2)
    html = render_to_string("components/pagination.html", {"page_obj": page}, request=request)
    assert re.findall(r'href="([^"]+)"', html) == [
        "?q=zinc&amp;page=1",
        "?q=zinc&amp;page=3",
    ]
    assert "21–40 of 93" in html


def test_one_page_needs_no_pagination() -> None:
    page = Paginator(range(3), 20).page(1)
    assert render_to_string("components/pagination.html", {"page_obj": page}).strip() == ""


@pytest.mark.parametrize(
    ("letters", "words"),
    [
        (
            [Rehearsed("chair@kip.example", "Kaisa Chair", "A matter waits")],
            ["A matter waits", "Kaisa Chair"],
        ),
        ([], ["No mail goes out."]),
    ],
)
def test_confirmation_says_who_gets_mail(letters: list[Rehearsed], words: list[str]) -> None:
    html = render_to_string(
        "components/confirm.html",
        {
            "title": "Bring before the board",
            "act_text": "Bring it",
            "cancel_url": "/back/",
            "consequences": ["A matter opens."],
            "letters": letters,
        },
        request=RequestFactory().get("/"),
    )
    for word in [
        *words,
        "A matter opens.",
        "Bring it",
        "/back/",
        "csrfmiddlewaretoken",
    ]:
        assert word in html
    # Addresses are for the secretary's eyes only.
    assert "@" not in html


FACTS = [("Name", "Demo <Oy>"), ("Site", ""), ("Id", 0, "/x/")]
EMPTY = {"text": "None yet.", "act_text": "Add", "act_url": "/a/"}
TALLY = {"rows": [("In favour", 4)], "of": 8, "words": "One more."}
TASK = {"title": "Company", "url": "", "status": "Not yet"}


@pytest.mark.parametrize(
    ("component", "context", "words"),
    [
        ("facts", {"facts": FACTS}, ["Demo &lt;Oy&gt;", "not given", ">0<", 'href="/x/"']),
        ("status", {"status": "Approved", "tone": "good"}, ["Approved", "status-good"]),
        ("status", {"status": "Draft"}, ["status-neutral"]),
        ("empty", EMPTY, ["None yet.", 'href="/a/"']),
        ("tally", TALLY, ["In favour", ">4<", "One more."]),
        ("task_list", {"tasks": [TASK]}, ["Company", "Not yet"]),
        ("company", {"name": "Demo Oy", "domicile": "Kokkola"}, ["Demo Oy", "Kokkola"]),
        ("person", {"person": "Anna", "role": "Chair"}, ["Anna", "Chair"]),
    ],
)
def test_component_shows_what_it_is_given(
    component: str, context: dict[str, Any], words: list[str]
) -> None:
    html = render_to_string(f"components/{component}.html", context)
    for word in words:
        assert word in html
