"""No name, subject or field can put a header, HTML or another field into a letter."""

from html.parser import HTMLParser
from typing import Any

from django.core.mail import EmailMultiAlternatives
from hypothesis import given, settings
from hypothesis import strategies as st

from kip import markdown
from kip.mailings.audiences import Audience, Field, joined
from kip.mailings.fields import found, unknown
from kip.mailings.models import Mailing, MailingRecipient
from kip.mailings.rendering import Pressed, stands_in_a_link

AUDIENCE: Any = Audience(
    key="testing",
    model=Mailing,
    candidates=lambda ids, part, at: [],
    why=lambda facts: facts.get("company", ""),
    reaches_most=lambda ids, part, at: False,
    fields={"company": Field("company", lambda facts: joined(facts, "company"))},
)
NASTY = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "*x*",
            "<script>alert(1)</script>",
            "A\r\nBcc: all@kip.example",
            "{{ name }}",
            "{% load i18n %}",
            "[x](javascript:1)",
            "[[personal-code-0123456789abcdef]]",
            "\x00\x1b[0m",
            "&amp;",
            "a\u2028b",
        ]
    ),
)


def letter(subject: str, text: str, company: str = "", name: str = "") -> Any:
    mailing = Mailing(subject_en=subject, text_en=text)
    reader = MailingRecipient(given_name=name, reasons=[{"company": company}])
    return Pressed(mailing, AUDIENCE, "en").fill(reader)


def plain(company: str) -> Any:
    return letter("About {{ company }}", "Dear {{ company }}, {{ name }}.", company, "Anna")


@given(NASTY, NASTY)
@settings(deadline=None, max_examples=60)
def test_a_value_is_text_and_nothing_else(company: str, name: str) -> None:
    made = letter("About {{ company }}", "Dear {{ company }}, **{{ name }}**.", company, name)
    assert made.subject.isprintable() and len(made.subject) <= 300
    message = EmailMultiAlternatives(made.subject, made.text, to=["a@kip.example"])
    message.attach_alternative(made.html, "text/html")
    sent = message.message()
    assert sent["Bcc"] is None
    # The same elements as with a harmless name: whatever it holds, it makes none.
    assert _elements(made.html) == _elements(
        letter("About {{ company }}", "Dear {{ company }}, **{{ name }}**.", "A", "B").html
    )
    assert made.text.count("\n") == letter(
        "About {{ company }}", "Dear {{ company }}, **{{ name }}**.", "A", "B"
    ).text.count("\n")


@given(NASTY, NASTY)
@settings(deadline=None, max_examples=60)
def test_the_secretarys_own_words_run_nothing(subject: str, text: str) -> None:
    made = letter(subject, text)
    assert made.subject.isprintable()
    for element, attributes in _elements(made.html):
        assert element not in {"script", "img", "iframe", "object", "form"}
        assert not any(name.startswith("on") for name in attributes)
    assert "javascript:" not in "".join(markdown.links(text)).lower()


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(sorted(name for name, _value in attrs))))


def _elements(html: str) -> list[tuple[str, tuple[str, ...]]]:
    parser = _Elements()
    parser.feed(html)
    return parser.found


def test_a_value_is_not_read_again() -> None:
    made = plain("{{ name }} *x* <b>")
    assert made.subject == "About {{ name }} *x* <b>"
    assert "Dear {{ name }} *x* <b>, Anna." in made.text
    assert "Dear {{ name }} *x* &lt;b&gt;, Anna." in made.html


def test_what_is_no_field_is_named() -> None:
    assert unknown("{{ name }} {{ nmae }} {{ name|upper }}", ["name"]) == ["nmae", "name|upper"]
    assert found("{{name}} {{ name }}") == ["name"]


def test_a_field_leads_no_link_elsewhere() -> None:
    assert stands_in_a_link("[x]({{ name }})", ["name"])
    assert stands_in_a_link("<https://kip.example/{{ name }}>", ["name"])
    assert not stands_in_a_link("[{{ name }}](https://kip.example/)", ["name"])


def test_markdown_as_text() -> None:
    source = "# Hello *you*\n\n- a\n- b\n\n1. [here](https://kip.example)\n2. c\n\n> d"
    assert markdown.to_text(source) == (
        "Hello you\n\n- a\n- b\n\n1. here (https://kip.example)\n2. c\n\n> d"
    )


def test_markdown_as_html() -> None:
    html = markdown.to_html('<b onclick="x">a</b> ![p](http://a.example/p.png) [x](javascript:1)')
    assert "<b" not in html and "<img" not in html and 'href="javascript' not in html
