import hashlib
import io
import os
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import IntegrityError, InternalError, transaction
from django.utils import timezone

from kip.accounts.models import User
from kip.documents.models import Document
from kip.documents.services import DocumentRefused, discard, store, sweep
from tests.kip.documents import files

AT = datetime(2027, 3, 17, 12, 5, tzinfo=UTC)


@pytest.fixture
def anna(db):
    return User.objects.create_user("anna@kip.example", given_name="Anna", family_name="Aalto")


def upload(data=files.PDF, name="plan.pdf", claimed="application/pdf"):
    return SimpleUploadedFile(name, data, content_type=claimed)


def test_a_document_is_kept_as_it_came(anna):
    document = store(upload=upload(name="Plan 2027.pdf"), by=anna, at=AT)

    document = Document.objects.get(pk=document.pk)
    assert document.file.read() == files.PDF
    assert document.sha256 == hashlib.sha256(files.PDF).hexdigest()
    assert (document.size, document.name) == (len(files.PDF), "Plan 2027.pdf")
    assert (document.uploaded_by, document.uploaded_at) == (anna, AT)
    assert document.get_content_type_display() == "PDF"
    assert isinstance(document.pk, UUID)
    assert document.get_absolute_url() == f"/documents/{document.pk}/Plan%202027.pdf"


def test_where_it_lies_says_nothing(anna, settings):
    document = store(upload=upload(name="Secret merger.pdf"), by=anna, at=AT)
    assert "ecret" not in document.file.name
    assert "." not in document.file.name
    assert document.file.path.startswith(str(settings.DATA_DIR / "documents"))
    again = store(upload=upload(name="Secret merger.pdf"), by=anna, at=AT)
    assert again.file.name != document.file.name


@pytest.mark.parametrize(
    ("data", "name", "claimed", "kind", "kept"),
    [
        (files.PDF, "setup.exe", "application/x-msdownload", "application/pdf", "setup.exe.pdf"),
        (files.png(), "photo.pdf", "application/pdf", "image/png", "photo.pdf.png"),
    ],
)
def test_the_content_decides_and_not_the_name(anna, data, name, claimed, kind, kept):
    document = store(upload=upload(data, name, claimed), by=anna, at=AT)
    assert (document.content_type, document.name) == (kind, kept)


@pytest.mark.parametrize(
    ("data", "name", "told"),
    [
        (b"", "plan.pdf", "This file is empty"),
        (b"MZ\x90\x00", "plan.pdf", "not a kind of file"),
        (b"<script>alert(1)</script>", "photo.png", "not a kind of file"),
        (files.docx(**{"word/vbaProject.bin": b"x"}), "plan.docx", "macros"),
        (files.bomb(), "plan.docx", "far too large"),
        (files.locked(), "plan.docx", "password"),
        (files.PDF[:40], "plan.pdf", "damaged or incomplete"),
        (files.PDF + b" " * 10 * 1024 * 1024, "plan.pdf", "larger than 10 MB: make it smaller"),
    ],
)
def test_bad_content_under_a_good_name_is_refused(anna, data, name, told):
    before = stored_files()
    with pytest.raises(DocumentRefused, match=told):
        store(upload=upload(data, name), by=anna, at=AT)
    assert stored_files() == before
    assert not Document.objects.exists()


def stored_files():
    root = Document._meta.get_field("file").storage.location
    return {os.path.join(folder, name) for folder, _, names in os.walk(root) for name in names}


def test_a_row_that_is_refused_leaves_no_file(db):
    before = stored_files()
    with pytest.raises(ValueError, match="unsaved related object"):
        store(upload=upload(), by=User(), at=AT)
    assert stored_files() == before


def test_what_is_stored_never_changes(anna):
    document = store(upload=upload(), by=anna, at=AT)
    for values in ({"name": "b.pdf"}, {"sha256": "0" * 64}, {"file": "x"}, {"uploaded_by": None}):
        with pytest.raises(InternalError, match="Cannot update"), transaction.atomic():
            Document.objects.filter(pk=document.pk).update(**values)


@pytest.mark.parametrize(
    "values",
    [
        {"size": 0},
        {"size": 10 * 1024 * 1024 + 1},
        {"content_type": "text/html"},
        {"sha256": "ABC"},
        {"file": "same"},
    ],
)
def test_the_database_holds_it_too(anna, values):
    good = {
        "file": "other",
        "name": "a.pdf",
        "content_type": "application/pdf",
        "size": 1,
        "sha256": "0" * 64,
        "uploaded_at": AT,
    }
    Document.objects.create(**good | {"file": "same"})
    with pytest.raises(IntegrityError), transaction.atomic():
        Document.objects.create(**good | values)


def test_a_document_can_be_removed_with_its_file(anna, django_capture_on_commit_callbacks):
    document = store(upload=upload(), by=anna, at=AT)
    path = document.file.path
    with django_capture_on_commit_callbacks(execute=True):
        discard(document=document, by=anna, at=AT)
    assert not os.path.exists(path)
    assert not Document.objects.exists()


def test_a_removal_that_is_undone_keeps_the_file(anna):
    document = store(upload=upload(), by=anna, at=AT)
    with transaction.atomic():
        discard(document=document, by=anna, at=AT)
        transaction.set_rollback(True)
    assert Document.objects.get().file.read() == files.PDF


def test_the_file_of_an_undone_act_is_swept(anna):
    kept = store(upload=upload(), by=anna, at=AT)
    with transaction.atomic():
        undone = store(upload=upload(), by=anna, at=AT).file.path
        transaction.set_rollback(True)
    assert os.path.exists(undone)

    now = timezone.now()
    # Its transaction might still be going on.
    assert undone not in paths(sweep(at=now + timedelta(hours=23)).removed)
    assert undone in paths(sweep(at=now + timedelta(hours=25)).removed)
    assert not os.path.exists(undone)
    assert os.path.exists(kept.file.path)


def paths(names):
    storage = Document._meta.get_field("file").storage
    return {storage.path(name) for name in names}


def test_the_sweep_names_documents_that_lost_their_file(anna):
    document = store(upload=upload(), by=anna, at=AT)
    os.remove(document.file.path)
    err = io.StringIO()
    with pytest.raises(CommandError, match="1 documents have lost their file"):
        call_command("sweep_documents", stdout=io.StringIO(), stderr=err)
    assert document.file.name in err.getvalue()
