"""The bylaws: versions by the day they come into force, never edited."""

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from kip.accounts.models import User
from kip.bylaws.models import Bylaws
from kip.bylaws.services import ensure_first_version, last_decided_on
from kip.exceptions import DomainError, NotAllowed
from tests.members.factories import a_person, a_secretary, bylaws_with

pytestmark = pytest.mark.django_db


def test_an_association_begins_with_a_version() -> None:
    first = Bylaws.objects.get()
    ensure_first_version()
    assert Bylaws.objects.get() == first
    assert (first.board_quorum, first.board_majority) == ("at_least_half", "more_than_half")
    assert not first.early_closing, "off unless the association says otherwise"
    assert first.purpose
    assert first.admission


def test_the_version_in_force_is_the_newest_that_had_come_into_force() -> None:
    secretary = a_secretary()
    first = Bylaws.objects.get()
    spring = bylaws_with(by=secretary, valid_from=date(2027, 3, 17))
    mended = bylaws_with(by=secretary, valid_from=date(2027, 3, 17))
    # Recorded later, and of older force: it does not overrule what came into force after it.
    older = bylaws_with(by=secretary, valid_from=date(2026, 1, 1))
    assert [first.version, spring.version, mended.version, older.version] == [1, 2, 3, 4]
    for on, expected in [
        (date(2025, 12, 31), first),
        (date(2026, 1, 1), older),
        (date(2027, 3, 16), older),
        (date(2027, 3, 17), mended),
        (date(2030, 1, 1), mended),
    ]:
        assert Bylaws.objects.in_force(on) == expected, on


def test_a_day_begins_at_midnight_in_helsinki() -> None:
    bylaws = bylaws_with(by=a_secretary(), valid_from=date(2027, 3, 17))
    midnight = datetime(2027, 3, 16, 22, 0, tzinfo=UTC)
    assert Bylaws.objects.in_force_at(midnight) == bylaws
    assert Bylaws.objects.in_force_at(midnight.replace(hour=21)) != bylaws


def test_only_the_secretary_records_a_version() -> None:
    for by in (a_person("Other One"), a_person("Root Root", is_superuser=True)):
        with pytest.raises(NotAllowed):
            bylaws_with(by=by)


@pytest.mark.parametrize(
    "rules",
    [
        {"board_quorum": "number"},
        {"board_quorum_number": 3},
        {"board_quorum": "number", "board_quorum_number": 0},
        {"board_majority": "whatever"},
        {"written_procedure": "perhaps"},
        {"decision_days": 0},
        {"decision_days": 91},
        {"purpose_fi": ""},
    ],
)
def test_what_is_no_rule_is_refused(rules: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        bylaws_with(by=a_secretary(), **rules)
    assert Bylaws.objects.count() == 1


@pytest.mark.parametrize("language", ["en", "fi", "sv"])
def test_purpose_and_criteria_are_read_in_ones_language(language: str) -> None:
    bylaws = Bylaws.objects.get()
    with override(language):
        assert bylaws.purpose == getattr(bylaws, f"purpose_{language}")
        assert bylaws.admission == getattr(bylaws, f"admission_{language}")


@pytest.mark.parametrize(
    ("decided", "valid_from", "possible"),
    [
        (None, date(2010, 1, 1), True),  # the versions of before, written down at the outset
        (date(2027, 1, 20), date(2027, 1, 19), False),
        (date(2027, 1, 20), date(2027, 1, 20), False),
        (date(2027, 1, 20), date(2027, 1, 21), True),
        (date(2027, 2, 2), date(2027, 2, 2), True),  # today: what follows is decided under it
        (date(2027, 2, 2), date(2027, 3, 1), True),
    ],
)
def test_what_was_decided_stands_under_the_bylaws_of_then(
    monkeypatch: pytest.MonkeyPatch, decided: date | None, valid_from: date, possible: bool
) -> None:
    monkeypatch.setattr(last_decided_on, "_receivers", [lambda at: decided, lambda at: None])
    secretary = a_secretary()
    if possible:
        assert bylaws_with(by=secretary, valid_from=valid_from).valid_from == valid_from
        return
    with pytest.raises(DomainError) as refused:
        bylaws_with(by=secretary, valid_from=valid_from)
    assert refused.value.field == "valid_from"


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="kip.accounts.backends.Backend")
    return client


def test_who_looks_after_the_machine_records_no_bylaws() -> None:
    client = client_of(a_person("Root Root", is_superuser=True))
    add = reverse("admin:bylaws_bylaws_add")
    assert client.get(add).status_code == 403
    assert client.post(add, {}).status_code == 403
    page = client.get(reverse("admin:bylaws_bylaws_changelist")).content.decode()
    assert add not in page
    # Where how long data are kept is recorded, the pages that say it are one step away.
    assert f'href="{reverse("bylaws")}#retention"' in page and reverse("privacy") in page


def test_a_version_is_recorded_and_says_who_recorded_it(monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of(a_secretary())
    add = reverse("admin:bylaws_bylaws_add")
    typed = {
        name: value
        for name, value in client.get(add).context["form"].initial.items()
        if value is not None and value is not False
    } | {"adopted": "Annual general meeting", "valid_from": "2020-01-01"}
    decided = date(2020, 1, 2)
    monkeypatch.setattr(last_decided_on, "_receivers", [lambda at: decided])
    page = client.post(add, typed)
    assert page.status_code == 200
    assert "The board has decided on" in page.content.decode()
    assert "Annual general meeting" in page.content.decode()
    page = client.post(add, {**typed, "valid_from": "2020-01-03"}, follow=True)
    assert "The version has been recorded." in page.content.decode()
    newest = Bylaws.objects.latest("version")
    page = client.get(reverse("admin:bylaws_bylaws_change", args=[newest.pk]))
    assert "Siiri Secretary recorded a new version of the bylaws." in page.content.decode()
    first = client.get(reverse("admin:bylaws_bylaws_change", args=[Bylaws.objects.first().pk]))
    assert first.status_code == 200


def test_the_page_says_what_recording_does_before_it_is_done() -> None:
    client = client_of(a_secretary())
    page = client.get(reverse("admin:bylaws_bylaws_add")).content.decode()
    for said in (
        "cannot be changed or removed afterwards",
        "Matters that are open on its first day are counted by it",
        "the board no longer sees those cast in open matters",
        "No mail goes out.",
        "Record the version",
    ):
        assert said in page, said
    assert "Save and add another" not in page
    assert Bylaws.objects.count() == 1, "looking records nothing"


def test_what_is_wrong_is_said_and_nothing_is_recorded() -> None:
    client = client_of(a_secretary())
    page = client.post(reverse("admin:bylaws_bylaws_add"), {"adopted": ""})
    assert "There is something to mend" in page.content.decode()
    assert "Fill in “Adopted”." in page.content.decode()
    assert Bylaws.objects.count() == 1


def test_yes_and_no_are_words() -> None:
    version = Bylaws.objects.get()
    page = client_of(a_secretary()).get(reverse("admin:bylaws_bylaws_change", args=[version.pk]))
    assert "icon-no" not in page.content.decode()
    assert '<div class="readonly">no</div>' in page.content.decode()
    assert '<div class="readonly">Finnish</div>' in page.content.decode()


@pytest.mark.parametrize("garbage", ["²", "9" * 30, "x"])
def test_what_is_no_id_is_no_version(garbage: str) -> None:
    page = client_of(a_secretary()).get(reverse("admin:bylaws_bylaws_change", args=[garbage]))
    assert page.status_code in {302, 404}


def test_everybody_reads_the_bylaws_and_those_of_before() -> None:
    secretary = a_secretary()
    first = Bylaws.objects.get()
    spring = bylaws_with(
        by=secretary,
        valid_from=date(2020, 3, 17),
        board_quorum="number",
        board_quorum_number=3,
        text_fi="1 § Nimi\n2 § <Kotipaikka>",
    )
    coming = bylaws_with(by=secretary, valid_from=date(2999, 1, 1), text_en="Not yet")
    page = Client().get("/en/bylaws/").content.decode()
    assert "at least 3 elected seats" in page and spring.purpose in page
    assert '<div lang="fi"><p>1 § Nimi<br>2 § &lt;Kotipaikka&gt;</p></div>' in page
    assert "Not yet" not in page
    earlier = reverse("bylaws_version", args=[first.version])
    assert earlier in page
    page = Client().get(earlier).content.decode()
    assert "An earlier version" in page and "at least half of the elected seats" in page
    assert "1 § Nimi" not in page
    for number in (coming.version, 99, 10**30):
        assert Client().get(reverse("bylaws_version", args=[number])).status_code == 404
    for path in ("/en/apply/", "/fi/apply/"):
        assert "/bylaws/" in Client().get(path).content.decode()


def test_the_public_page_says_what_an_unpaid_fee_means_and_how_long_data_are_kept(
    client: Client,
) -> None:
    bylaws_with(
        by=a_secretary(),
        unpaid_excludes_from_voting=True,
        contact_months=36,
        application_months=1,
        valid_from=timezone.localdate(),
    )
    page = client.get(reverse("bylaws")).content.decode()
    assert "has no vote at general meetings" in page
    assert "36 months" in page and "1 month<" in page
    assert reverse("privacy") in page
