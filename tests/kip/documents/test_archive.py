"""The archive: papers added, searched, read by those who may, and never changed."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import Error, transaction
from django.urls import reverse
from django.utils import timezone

from kip import pdftext
from kip.accounts.models import User
from kip.documents.models import ArchivedDocument, Document, TextState
from kip.documents.services import archive
from kip.exceptions import DomainError, NotAllowed
from members.demo.props import paper
from tests.kip.documents.files import PDF, png
from tests.members.factories import a_member, a_person, a_representative, a_secretary

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 17, 9, tzinfo=UTC)


@pytest.fixture
def secretary() -> User:
    return a_secretary()


def add(*uploads: Any, by: User, **said: Any) -> list[ArchivedDocument]:
    return archive.add_to_archive(
        uploads=uploads,
        **{
            "year": 2009,
            "body": "board",
            "kind": "minutes",
            "language": "fi",
            "readers": "members",
            **said,
        },
        by=by,
        at=AT,
    )


def found(text: str) -> list[str]:
    return [row.title for row in archive.search(ArchivedDocument.objects.listed(), text)]


def test_its_own_text_makes_a_paper_searchable(secretary: User) -> None:
    add(paper("Pöytäkirja vuosikokouksesta"), by=secretary, title="Vuosikokous 2009")
    assert found("poytakirja") == []
    assert archive.read_texts(at=AT) == 1
    assert found("poytakirja") == found("VUOSIKOKOUKSESTA pöytäkirja") == ["Vuosikokous 2009"]
    assert found("hallitus") == []
    assert archive.read_texts(at=AT) == 0


def test_what_holds_no_text_says_so(secretary: User) -> None:
    scan, picture, broken = add(
        SimpleUploadedFile("scan.pdf", paper("").read()),
        SimpleUploadedFile("picture.png", png()),
        SimpleUploadedFile("broken.pdf", PDF),
        by=secretary,
    )
    archive.read_texts(at=AT)
    states = [ArchivedDocument.objects.get(pk=row.pk).text_state for row in (scan, picture, broken)]
    assert states == [TextState.NONE, TextState.NONE, TextState.UNREADABLE]


def test_a_bomb_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdftext, "SECONDS", 1)
    monkeypatch.setattr(pdftext, "READER", "while True: pass")
    with pytest.raises(pdftext.Unreadable):
        pdftext.text_of(b"")


def test_too_much_memory_is_refused() -> None:
    with pytest.raises(pdftext.Unreadable):
        pdftext.text_of(b"%PDF-1.7" + b"[" * 5_000_000 + b"%%EOF")


def test_whose_reader_died_is_left(secretary: User) -> None:
    [row] = add(paper("Something"), by=secretary)
    ArchivedDocument.objects.update(reading_since=AT)
    assert archive.read_texts(at=AT + timedelta(minutes=4)) == 0
    archive.read_texts(at=AT + timedelta(minutes=6))
    row.refresh_from_db()
    assert row.text_state == TextState.UNREADABLE


def test_a_paper_stays(secretary: User) -> None:
    [row] = add(paper("Something"), by=secretary)
    [other] = add(paper("Something else"), by=secretary)
    for change in (
        lambda: row.delete(),
        lambda: ArchivedDocument.objects.filter(pk=row.pk).update(document=other.document),
    ):
        with pytest.raises(Error), transaction.atomic():
            change()


def test_what_is_said_of_it_is_corrected_with_history(secretary: User) -> None:
    [row] = add(paper("Something"), by=secretary)
    row = ArchivedDocument.objects.listed().get(pk=row.pk)
    row.title, row.year, row.dated = "Otherwise", 2008, date(2008, 5, 1)
    archive.correct_archived(archived=row, by=secretary, at=AT)
    history = apps.get_model("documents", "ArchivedDocumentEvent")._default_manager
    titles = history.values_list("title")
    assert {title for (title,) in titles} >= {"Otherwise"}
    row.dated = date(2007, 5, 1)
    with pytest.raises(DomainError, match="another year"):
        archive.correct_archived(archived=row, by=secretary, at=AT)
    with pytest.raises(NotAllowed):
        archive.correct_archived(archived=row, by=a_person("Somebody"), at=AT)


def test_who_reads_what(client: Any, secretary: User) -> None:
    person, stranger = a_person("Reader"), a_person("Stranger")
    a_representative(a_member(), person)
    for readers in ("members", "board", "secretary"):
        [row] = add(paper(readers), by=secretary, title=f"for {readers}", readers=readers)
        for user, may in ((person, readers == "members"), (stranger, False), (secretary, True)):
            client.force_login(user, backend="kip.accounts.backends.Backend")
            response = client.get(row.document.get_absolute_url())
            assert (response.status_code == 200) == may
    client.force_login(person, backend="kip.accounts.backends.Backend")
    page = client.get(reverse("archive")).content.decode()
    assert "for members" in page and "for board" not in page and "for secretary" not in page
    assert "its text cannot be searched yet" in page and "SHA-256" not in page
    in_vain = client.get(reverse("archive"), {"q": "nowhere"}).content.decode()
    assert "The text of 1 paper cannot be searched" in in_vain
    client.force_login(secretary, backend="kip.accounts.backends.Backend")
    assert "SHA-256" in client.get(reverse("archive")).content.decode()


def test_sent_twice_it_is_added_once(client: Any, secretary: User) -> None:
    client.force_login(secretary, backend="kip.accounts.backends.Backend")
    upload = reverse("admin:documents_archiveddocument_upload")
    said = {"year": "2009", "body": "board", "kind": "minutes", "readers": "board"}
    assert 'name="once"' in client.get(upload).content.decode()

    def sent(once: str, *papers: Any) -> str:
        answer = client.post(upload, {**said, "once": once, "uploads": list(papers)}, follow=True)
        return answer.content.decode()

    assert "1 paper added." in sent("1", paper("A"))
    assert "This was done already." in sent("1", paper("A"))
    [row] = ArchivedDocument.objects.all()
    # As another form, or twice in one.
    assert f"A.pdf is in the archive already: {row.reference}, “A”." in sent("2", paper("A"))
    assert "B.pdf is in the archive already" in sent("3", paper("B"), paper("B"))
    assert ArchivedDocument.objects.count() == 1 == Document.objects.count()
    assert "1 paper added." in sent("3", paper("B"))


def test_the_year_follows_from_the_date(client: Any, secretary: User) -> None:
    client.force_login(secretary, backend="kip.accounts.backends.Backend")
    upload = reverse("admin:documents_archiveddocument_upload")
    said = {"year": "", "body": "board", "kind": "minutes", "readers": "board"}
    neither = client.post(upload, {**said, "uploads": [paper("A")]})
    assert neither.context["form"].errors == {"year": ["Give the year, or the date."]}
    client.post(upload, {**said, "dated": "2009-05-14", "uploads": [paper("A")]})
    assert ArchivedDocument.objects.get().year == 2009


def test_several_files_at_once(client: Any, secretary: User) -> None:
    client.force_login(secretary, backend="kip.accounts.backends.Backend")
    upload = reverse("admin:documents_archiveddocument_upload")
    said = {"year": "2009", "body": "board", "kind": "minutes", "readers": "board"}
    refused = client.post(upload, {**said, "uploads": [SimpleUploadedFile("a.pdf", b"no")]})
    assert "a.pdf" in refused.content.decode()
    wrong = client.post(upload, {**said, "dated": "2008-01-01", "uploads": [paper("A")]})
    assert wrong.status_code == 200 and not ArchivedDocument.objects.exists()
    assert "Choose these again, for a browser does not keep files: A.pdf." in wrong.content.decode()
    client.post(upload, {**said, "uploads": [paper("A"), paper("B")]})
    titles = ArchivedDocument.objects.order_by("title").values_list("title", flat=True)
    assert list(titles) == ["A", "B"]
    row = ArchivedDocument.objects.first()
    assert row is not None
    page = reverse("admin:documents_archiveddocument_change", args=[row.pk])
    assert row.document.sha256 in client.get(page).content.decode()
    client.post(page, {**said, "title": "Corrected", "year": "2010"})
    row.refresh_from_db()
    assert (row.title, row.year) == ("Corrected", 2010)
    assert row.document.uploaded_at <= timezone.now()
