"""Standing letters in other words: what they then say, what no wording can do, and the pages."""

import itertools
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core import mail as outgoing
from django.db import InternalError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from kip.accounts import letters as invitations
from kip.accounts.models import User
from kip.audit.acts import act
from kip.exceptions import DomainError, NotAllowed
from kip.mail import rendering, rewording, wording
from kip.mail.delivery import as_message
from kip.mail.desk import stale_wordings
from kip.mail.letters import Made, stale
from kip.mail.models import LetterWording, OutboxMail
from kip.mail.wording import Letter, standing_letters
from members.letters import application as letters
from tests.members.factories import a_person, a_secretary, a_submitted_application, business_id

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
LANGUAGES = ["fi", "sv", "en"]
LETTERS = sorted(standing_letters, key=lambda letter: letter.template)
RECEIVED = "The association received the membership application of %(company)s on %(on)s."
SUBJECT = "Application received: %(company)s"
LIST = "admin:mail_letterwording_changelist"


def the(name: str = "members/mail/application_received") -> Letter:
    letter = standing_letters.get(name)
    assert letter is not None
    return letter


def change(
    pieces: dict[str, str], by: User, language: str = "en", seen: int = 0, **more: Any
) -> LetterWording:
    facts = {"letter": the(), "language": language, "pieces": pieces, "seen": seen, "at": AT}
    return rewording.change_wording(**(facts | {"by": by} | more))


def url(page: str, language: str = "en") -> str:
    return reverse(f"admin:mail_letterwording_{page}", args=[the().slug, language])


def received(language: str) -> OutboxMail:
    """What somebody who reads that language gets on submitting an application."""
    applicant = User.objects.create_user(
        f"applicant-{language}@kip.example", given_name="Anni", language=language
    )
    application = a_submitted_application(
        by=applicant,
        at=AT,
        name=f"Hakija {language} Oy",
        business_id=business_id(700 + OutboxMail.objects.count()),
    )
    return OutboxMail.objects.get(key=f"application-received:{application.pk}")


# --- Which letters there are ----------------------------------------------------------------------


def test_every_letter_is_one_that_may_be_changed_or_says_why_not() -> None:
    folder = Path(settings.BASE_DIR) / "templates"
    unknown = []
    for path in folder.glob("*/mail/*.txt"):
        name = str(path.relative_to(folder).with_suffix(""))
        kept = any(name.startswith(start) for start in standing_letters.unchangeable)
        if (name in standing_letters) == kept:
            unknown.append(name)
    assert not unknown
    assert {f"{letter.template}.txt" for letter in LETTERS} <= {
        str(path.relative_to(folder)) for path in folder.glob("*/mail/*.txt")
    }


@pytest.mark.parametrize("letter", LETTERS, ids=lambda letter: letter.slug)
def test_every_letter_can_be_looked_at_in_every_case_and_language(letter: Letter) -> None:
    made = Made(letter)
    cases = made.cases()
    for language in LANGUAGES:
        with override(language):
            assert made.title()
        for chosen in itertools.product([True, False], repeat=len(cases)):
            shown = made.preview(language, {}, dict(zip(cases, chosen, strict=True)))
            assert shown.subject
            assert "{" not in shown.subject + shown.text
            assert "%(" not in shown.text
    for part in made.shown():
        assert made.examples(part) or not part.fields
        assert part.source or made.field(part.expression).label
        assert len(made.when(part)) == len(part.conditions)


def test_no_piece_has_a_plural_or_is_kept_for_later() -> None:
    """Such texts could not be changed."""
    for letter in LETTERS:
        source = (Path(settings.BASE_DIR) / "templates" / f"{letter.template}.txt").read_text()
        assert "{% plural" not in source and " asvar " not in source and " context " not in source


# --- What a letter then says ----------------------------------------------------------------------


@pytest.mark.django_db
def test_a_letter_says_it_in_the_new_words_in_that_language_only() -> None:
    secretary = a_secretary()
    change({RECEIVED: "Tack {company}! ({on})", SUBJECT: "Tack, {company}"}, secretary, "sv")
    swedish, finnish = received("sv"), received("fi")
    assert swedish.subject == "Tack, Hakija sv Oy"
    assert "Tack Hakija sv Oy! (24 november 2026)" in swedish.text
    assert "Tack Hakija sv Oy! (24 november 2026)" in swedish.html
    assert "Tack" not in finnish.subject + finnish.text
    assert finnish.subject == "Hakemus vastaanotettu: Hakija fi Oy"


@pytest.mark.django_db
def test_a_text_of_an_included_part_is_changed_in_that_letter_only() -> None:
    applicant, contact = a_person("Anni Applicant"), "contact@kip.example"
    [source] = [s for s in Made(the()).pieces if s.startswith("The application names you")]
    change({source: "You are the contact; {applicant} applies."}, a_secretary())
    application = a_submitted_application(by=applicant, at=AT)
    words = {}
    for name in ("application_received", "before_the_board"):
        context = {"application": application, "for_contact": True, "checked_by": AT.date()}
        words[name] = rendering.render(
            f"members/mail/{name}", context, language="en", why=contact
        ).text
    assert "You are the contact; Anni Applicant applies." in words["application_received"]
    assert "The application names you" in words["before_the_board"]


@pytest.mark.django_db
def test_a_text_that_is_emptied_is_left_out() -> None:
    change({RECEIVED: ""}, a_secretary())
    letter = received("en")
    assert "received the membership application" not in letter.text
    assert letter.text.startswith("The secretary now checks it")


@pytest.mark.django_db
def test_the_preview_is_the_letter() -> None:
    """With the examples as facts, the letter itself and its preview say the same."""
    invited = the("accounts/mail/invitation")
    pieces = {next(iter(Made(invited).pieces)): "Come in"}
    shown = Made(invited).preview("en", pieces)
    when = shown.text.split("valid until ")[1].split(". On its")[0]
    with wording.in_use(pieces):
        context = {"reader": "Maija Malli", "purpose": "[what the invitation is for]"}
        blocks = rendering._blocks("accounts/mail/invitation.txt", context)
    body = rendering.one_gap(blocks["body"].replace("valid until .", f"valid until {when}."))
    assert shown.text.startswith(f"{body}\n\n(Here comes the link or button")
    assert shown.subject == blocks["subject"] == "Come in"


@pytest.mark.django_db
def test_the_wordings_are_read_once_for_all_letters_of_an_act() -> None:
    applicant = a_person("Anni Applicant")
    application = a_submitted_application(by=applicant, at=AT)

    @act("%(who)s wrote letters.")
    def write(*, by: User, at: datetime) -> None:
        for number in range(5):
            letters._to_applicant("draft_withdrawn", application, at=at, key=f"k{number}")

    with CaptureQueriesContext(connection) as queries:
        write(by=applicant, at=AT)
    read = [q for q in queries if "mail_letterwording" in q["sql"]]
    assert len(read) == 1
    assert OutboxMail.objects.filter(key__startswith="k").count() == 5


@pytest.mark.django_db
def test_a_letter_that_cannot_be_changed_reads_no_wordings() -> None:
    context = {"personal": {"code": "123"}}
    with CaptureQueriesContext(connection) as queries:
        rendering.render("account/mail/login_code", context, language="en", why="Why.")
    assert not queries.captured_queries


# --- What no wording can do -----------------------------------------------------------------------

HOSTILE = [
    "{{ reader.password }}",
    "{% include 'mail/layout.html' %}",
    "{% load i18n %}",
    "<b>bold</b><script>alert(1)</script>",
    "Subject\r\nBcc: everybody@kip.example",
    "{company.__class__}",
    "{company!r:>10}",
    "%(company)s %s %d",
    "\u2028Bcc: x@kip.example",
    "&lt;b&gt; & '\"",
]


def _rendered(text: str) -> rendering.Rendered:
    pieces = dict.fromkeys(("You have a new task in KIP", "You sign in as before."), text)
    return Made(the("accounts/mail/invitation_known")).preview("en", pieces)


@given(text=st.one_of(st.sampled_from(HOSTILE), st.text(max_size=200)))
@hypothesis_settings(max_examples=150, deadline=None)
def test_whatever_it_contains_stays_text(text: str) -> None:
    """As if the checks were not there: neither a header, nor HTML, nor template code."""
    shown = _rendered(text)
    assert "\n" not in shown.subject and "\r" not in shown.subject
    message = outgoing.EmailMessage(shown.subject, shown.text, "a@kip.example", ["b@kip.example"])
    headers = {name.lower() for name in message.message().keys()}  # noqa: SIM118
    assert "bcc" not in headers
    assert "<script" not in shown.html and "<b>" not in shown.html
    for code in ("{{", "{%"):
        if code in text and "\0" not in text:
            assert code in shown.text


@given(value=st.text(max_size=60), name=st.sampled_from(["{company}", "{on}", "%(on)s", "{{"]))
def test_what_is_filled_in_is_not_looked_at_again(value: str, name: str) -> None:
    assert wording.fill("To {company}", {"company": value + name, "on": "X"}) == f"To {value}{name}"


@pytest.mark.django_db
def test_hostile_names_and_words_in_a_real_letter() -> None:
    change({SUBJECT: "<b>{company}</b>", RECEIVED: "100 % <i>{company}</i>"}, a_secretary())
    letter = received("en")
    message = as_message(letter)
    assert letter.subject == "<b>Hakija en Oy</b>"
    assert "&lt;i&gt;Hakija en Oy&lt;/i&gt;" in letter.html
    assert "<i>" not in letter.html
    assert message.message()["Subject"]


# --- Who may, and what is refused -----------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("source", "text", "why"),
    [
        (RECEIVED, "Of {compny}", "{compny} is no field of this text. It has these: {company}"),
        (RECEIVED, "Of {reader}", "{reader} is no field"),
        (RECEIVED, "{{ company.secret }}", "Braces only mark a field."),
        (RECEIVED, "{% now %}", "Braces only mark a field."),
        (RECEIVED, "x" * 4001, "longer than 4000"),
        (SUBJECT, "  ", "A letter needs a subject."),
    ],
)
def test_what_cannot_be_used_is_refused(source: str, text: str, why: str) -> None:
    with pytest.raises(DomainError) as refused:
        change({source: text}, a_secretary())
    assert why in str(refused.value)
    assert refused.value.field == wording.key(source)
    assert not LetterWording.objects.exists()


@pytest.mark.django_db
def test_only_a_secretary_changes_letters() -> None:
    for person in (a_person("Anni Applicant"), User.objects.create_superuser("root@kip.example")):
        with pytest.raises(NotAllowed):
            change({SUBJECT: "Hello"}, person)
        with pytest.raises(NotAllowed):
            rewording.back_to_original(letter=the(), language="en", seen=0, by=person, at=AT)


@pytest.mark.django_db
def test_nothing_may_be_left_of_no_letter() -> None:
    pieces = {s: "" for s, part in Made(the()).pieces.items() if not part.in_subject}
    with pytest.raises(DomainError, match="Something must be left"):
        change(pieces, a_secretary())


@pytest.mark.django_db
def test_the_own_words_are_not_stored_as_a_change() -> None:
    by = a_secretary()
    with pytest.raises(DomainError, match="nothing was changed"):
        change({SUBJECT: "Application received: {company}"}, by)
    version = change(
        {SUBJECT: "Hei { company }\0\r\n", RECEIVED: Made(the()).pieces[RECEIVED].original("en")},
        by,
    )
    assert version.pieces == {SUBJECT: "Hei {company}"}


# --- Versions -------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_versions_count_up_and_each_can_be_taken_up_again() -> None:
    by = a_secretary()
    first = change({SUBJECT: "One"}, by, note="First")
    change({SUBJECT: "Two"}, by, seen=1)
    assert received("en").subject == "Two"
    back = rewording.back_to_original(letter=the(), language="en", seen=2, by=by, at=AT)
    assert (back.version, back.pieces) == (3, {})
    OutboxMail.objects.all().delete()
    again = rewording.restore_wording(letter=the(), version_id=first.pk, seen=3, by=by, at=AT)
    assert (again.version, again.pieces) == (4, {SUBJECT: "One"})
    assert LetterWording.objects.in_use() == {(the().template, "en"): {SUBJECT: "One"}}


@pytest.mark.django_db
def test_after_back_to_the_original_letters_have_their_own_words() -> None:
    by = a_secretary()
    change({SUBJECT: "Changed"}, by)
    rewording.back_to_original(letter=the(), language="en", seen=1, by=by, at=AT)
    assert received("en").subject == "Application received: Hakija en Oy"


@pytest.mark.django_db
def test_a_version_can_be_neither_changed_nor_deleted() -> None:
    version = change({SUBJECT: "One"}, a_secretary())
    for statement in ("UPDATE mail_letterwording SET note = 'x'", "DELETE FROM mail_letterwording"):
        with pytest.raises(InternalError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    version.refresh_from_db()
    assert version.note == ""


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_at_once_the_second_is_told() -> None:
    by = a_secretary()
    outcomes: list[str] = []

    def save(subject: str) -> None:
        try:
            change({SUBJECT: subject}, by)
            outcomes.append("saved")
        except rewording.WrittenMeanwhile as refused:
            outcomes.append(str(refused))
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=[f"From {n}"]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("saved") == 1
    assert all("wrote version 1" in text for text in outcomes if text != "saved")
    assert LetterWording.objects.count() == 1


@pytest.mark.django_db
def test_a_wording_of_a_text_that_is_no_more_waits_on_the_desk() -> None:
    by = a_secretary()
    LetterWording.objects.create(
        template=the().template,
        language="fi",
        version=1,
        pieces={"What the program said once, %(company)s": "Vanha, {company}"},
        by=by,
        at=AT,
    )
    assert stale(the(), LetterWording.objects.get().pieces)
    [item] = stale_wordings(at=AT)
    assert item.url == url("letter", "fi")
    assert "Vanha" not in received("fi").text
    client = Client()
    client.force_login(by)
    page = client.get(item.url).content.decode()
    assert "What the program said once, {company}" in page and "Vanha, {company}" in page


# --- The pages ------------------------------------------------------------------------------------


@pytest.fixture
def at_the_desk(client: Client, db: None) -> Client:
    client.force_login(a_secretary())
    return client


def typed(seen: int = 0) -> dict[str, str]:
    """What the page sends when nothing was changed on it."""
    made = Made(the())
    data = {wording.key(s): part.original("en") for s, part in made.pieces.items()}
    return {**data, "seen": str(seen), "note": ""}


def test_the_list_says_what_is_changed_by_whom(at_the_desk: Client) -> None:
    secretary = User.objects.secretaries()[0]
    change({SUBJECT: "Tack"}, secretary, "sv")
    page = at_the_desk.get(reverse(LIST)).content.decode()
    assert page.count(">original<") == 3 * len(LETTERS) - 1
    assert str(secretary) in page
    assert "Codes and notices of sign-in" in page


def test_a_letter_is_changed_after_a_look(at_the_desk: Client) -> None:
    page = at_the_desk.get(url("letter"))
    assert "such as Esimerkki Oy" in page.content.decode()
    assert "Only if the reader is the contact" in page.content.decode()
    data = typed() | {wording.key(RECEIVED): "Welcome, <b>{company}</b>!"}
    looked = at_the_desk.post(url("letter"), data | {"preview": "1"})
    assert "Welcome, &lt;b&gt;Esimerkki Oy&lt;/b&gt;!" in looked.content.decode()
    assert "This text no longer says: {on} (the day on which it was submitted)." in (
        looked.content.decode()
    )
    assert not LetterWording.objects.exists()
    frame = at_the_desk.get(looked.context["frame"])
    assert "Welcome, &lt;b&gt;Esimerkki Oy&lt;/b&gt;!" in frame.content.decode()
    assert "sandbox" in frame["Content-Security-Policy"]
    saved = at_the_desk.post(url("letter"), data | {"save": "1"}, follow=True)
    assert "no longer says: {on}" in saved.content.decode()
    assert LetterWording.objects.get().pieces == {RECEIVED: "Welcome, <b>{company}</b>!"}
    assert "Welcome, <b>Hakija en Oy</b>!" in received("en").text


def test_the_preview_follows_the_cases(at_the_desk: Client) -> None:
    page = at_the_desk.get(url("letter"))
    [(name, _words, so)] = page.context["cases"]
    assert not so and "You are told by mail when" in page.context["shown"].text
    other = at_the_desk.post(url("letter"), typed() | {"preview": "1", name: "on"})
    assert "Maija Malli, who made the application" in other.context["shown"].text


def test_a_mistake_stands_beside_its_text_and_nothing_is_lost(at_the_desk: Client) -> None:
    data = typed() | {
        wording.key(RECEIVED): "Of {nobody}",
        wording.key(SUBJECT): "My own subject",
        "note": "because",
        "save": "1",
    }
    page = at_the_desk.post(url("letter"), data)
    form = page.context["form"]
    assert list(form.errors) == [wording.key(RECEIVED)]
    for words in ("Of {nobody}", "My own subject", "because", "{nobody} is no field"):
        assert words in page.content.decode()
    assert not LetterWording.objects.exists()


def test_the_second_of_two_is_told_and_may_save_knowing_it(at_the_desk: Client) -> None:
    change({SUBJECT: "Of the other"}, User.objects.secretaries()[0])
    data = typed() | {wording.key(SUBJECT): "Mine", "save": "1"}
    page = at_the_desk.post(url("letter"), data)
    text = page.content.decode()
    assert "wrote version 1 of this letter" in text
    assert "Mine" in text and "Of the other" in text
    assert LetterWording.objects.count() == 1
    again = data | {"seen": page.context["form"]["seen"].value()}
    at_the_desk.post(url("letter"), again)
    assert LetterWording.objects.get(version=2).pieces == {SUBJECT: "Mine"}


def test_a_version_that_never_was_is_no_version_to_know(at_the_desk: Client) -> None:
    data = typed() | {wording.key(SUBJECT): "Mine", "seen": "7", "save": "1"}
    page = at_the_desk.post(url("letter"), data)
    assert "This page is out of date" in page.content.decode()
    at_the_desk.post(url("letter"), data | {"seen": page.context["form"]["seen"].value()})
    assert LetterWording.objects.get(version=1).pieces == {SUBJECT: "Mine"}


def test_a_version_is_looked_at_and_taken_up_again(at_the_desk: Client) -> None:
    by = User.objects.secretaries()[0]
    first = change({SUBJECT: "The first"}, by)
    change({SUBJECT: "The second"}, by, seen=1)
    page = at_the_desk.get(reverse("admin:mail_letterwording_change", args=[first.pk]))
    assert "The first" in page.content.decode()
    assert "The first" in at_the_desk.get(page.context["frame"]).content.decode()
    restore = reverse("admin:mail_letterwording_restore", args=[first.pk])
    asked = at_the_desk.get(restore)
    assert LetterWording.objects.count() == 2
    at_the_desk.post(restore, {"pressed": asked.context["pressed"], "once": "a"})
    assert LetterWording.objects.latest("version").pieces == {SUBJECT: "The first"}


def test_back_to_the_original_asks_first(at_the_desk: Client) -> None:
    by = User.objects.secretaries()[0]
    change({SUBJECT: "Changed"}, by)
    asked = at_the_desk.get(url("original"))
    assert LetterWording.objects.count() == 1
    change({SUBJECT: "Changed meanwhile"}, by, seen=1)
    stale_press = {"pressed": asked.context["pressed"], "once": "a"}
    assert (
        "wrote version 2"
        in at_the_desk.post(url("original"), stale_press, follow=True).content.decode()
    )
    at_the_desk.post(url("original"), {"pressed": "2", "once": "b"})
    assert LetterWording.objects.latest("version").pieces == {}


@pytest.mark.parametrize("page", ["letter", "html", "original"])
def test_there_is_no_such_letter_or_language(page: str, at_the_desk: Client) -> None:
    for args in (["members-nothing", "en"], [the().slug, "de"]):
        assert (
            at_the_desk.get(reverse(f"admin:mail_letterwording_{page}", args=args)).status_code
            == 404
        )
    assert at_the_desk.get(url("html") + "?draft=unknown").status_code == 404
    assert at_the_desk.get(url("html") + "?version=999").status_code == 404


@pytest.mark.django_db
def test_a_superuser_does_not_get_in(client: Client) -> None:
    client.force_login(User.objects.create_superuser("root@kip.example"))
    for address in (reverse(LIST), url("letter"), url("html"), url("original")):
        assert client.get(address).status_code == 403


def test_the_invitation_can_be_changed_too() -> None:
    assert the("accounts/mail/invitation") in invitations.LETTERS
