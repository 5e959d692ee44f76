import hashlib
import uuid
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.urls import reverse

from kip.accounts.models import SECRETARY, User
from kip.documents.models import Document
from kip.documents.services import may_read, store
from tests.kip.documents import files

AT = datetime(2026, 3, 17, 12, 5, tzinfo=UTC)


@pytest.fixture
def anna(db):
    return User.objects.create_user("anna@kip.example", given_name="Anna", family_name="Aalto")


@pytest.fixture
def secretary(db):
    person = User.objects.create_user("sec@kip.example", given_name="Sirpa", family_name="Salo")
    person.groups.add(Group.objects.get_or_create(name=SECRETARY)[0])
    return person


@pytest.fixture
def allow():
    """Let an app of this test's own say who may read, in place of the real ones."""
    before = list(may_read._receivers)
    may_read._receivers.clear()
    yield may_read.register
    may_read._receivers[:] = before


def kept(data=files.PDF, name="Plan – 2027.pdf"):
    return store(upload=SimpleUploadedFile(name, data), by=None, at=AT)


def test_who_may_read_it_gets_it(client, anna, allow):
    asked = []
    allow(lambda user, document, at: False)
    allow(lambda user, document, at: asked.append((user, document)) or user == anna)
    document = kept()
    client.force_login(anna)

    response = client.get(document.get_absolute_url())

    assert response.status_code == 200
    assert b"".join(response.streaming_content) == files.PDF
    assert asked == [(anna, document)]


def test_the_secretary_may_always(client, secretary, allow):
    client.force_login(secretary)
    assert client.get(kept().get_absolute_url()).status_code == 200


@pytest.mark.parametrize("who", ["anna", "superuser"])
def test_for_all_others_there_is_no_such_document(client, anna, allow, who):
    allow(lambda user, document, at: False)
    client.force_login(anna if who == "anna" else User.objects.create_superuser("root@kip.example"))
    missing = client.get(reverse("document", args=[uuid.uuid4()]))
    refused = client.get(kept().get_absolute_url())
    assert refused.status_code == missing.status_code == 404
    # Nothing but the address that was asked for.
    assert b"Plan" not in refused.content.replace(b"Plan%20%E2%80%93%202027.pdf", b"")


def test_without_signing_in_one_is_asked_to(client, db, allow):
    allow(lambda user, document, at: True)
    response = client.get(kept().get_absolute_url())
    assert response.status_code == 302
    assert response.url.startswith("/accounts/login/")


def test_who_may_not_sign_in_any_more_may_not_read(client, anna, allow):
    allow(lambda user, document, at: True)
    client.force_login(anna)
    User.objects.filter(pk=anna.pk).update(is_active=False)
    assert client.get(kept().get_absolute_url()).status_code == 302


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_is_only_read(client, secretary, method):
    client.force_login(secretary)
    assert getattr(client, method)(kept().get_absolute_url()).status_code == 405


@pytest.mark.parametrize(
    ("data", "name", "query", "disposition"),
    [
        (files.PDF, "a.pdf", "", "attachment"),
        (files.PDF, "a.pdf", "?inline", "inline"),
        (files.png(), "a.png", "?inline", "inline"),
        (files.jpeg(), "a.jpg", "?inline", "inline"),
        (files.docx(), "a.docx", "?inline", "attachment"),
        (files.xlsx(), "a.xlsx", "?inline", "attachment"),
    ],
)
def test_its_headers_are_safe(client, secretary, data, name, query, disposition):
    client.force_login(secretary)
    document = kept(data, name)
    response = client.get(document.get_absolute_url() + query)

    assert response["Content-Type"] == document.content_type
    assert response["Content-Length"] == str(len(data))
    assert response["Content-Disposition"] == f'{disposition}; filename="{name}"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"
    assert response["ETag"] == f'"{hashlib.sha256(data).hexdigest()}"'
    policy = response["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert policy.endswith("; sandbox")
    assert "script-src" not in policy


def test_a_name_of_any_letters_comes_back(client, secretary):
    client.force_login(secretary)
    response = client.get(kept(name="Åäkköset – 2027.pdf").get_absolute_url())
    assert (
        "filename*=utf-8''%C3%85%C3%A4kk%C3%B6set%20%E2%80%93%202027.pdf"
        in (response["Content-Disposition"])
    )


def test_what_the_reader_already_has_is_not_sent_again(client, secretary):
    client.force_login(secretary)
    document = kept()
    response = client.get(
        document.get_absolute_url(), headers={"If-None-Match": f'"{document.sha256}"'}
    )
    assert response.status_code == 304


def test_a_file_that_was_lost_is_not_there(client, secretary):
    client.force_login(secretary)
    document = kept()
    document.file.storage.delete(document.file.name)
    assert client.get(document.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_secretarys_list_is_for_looking(
    client, secretary, count, django_assert_max_num_queries
):
    documents = [kept(name=f"plan {n}.pdf") for n in range(count)]
    client.force_login(secretary)
    with django_assert_max_num_queries(9):
        page = client.get(reverse("admin:documents_document_changelist")).content.decode()
    assert all(document.name in page for document in documents)
    change = reverse("admin:documents_document_change", args=[documents[0].pk])
    assert documents[0].get_absolute_url() in client.get(change).content.decode()
    assert client.post(change, {"name": "other"}).status_code == 403
    assert client.get(reverse("admin:documents_document_add")).status_code == 403


def test_a_superuser_who_is_not_the_secretary_sees_no_list(client, db):
    client.force_login(User.objects.create_superuser("root@kip.example"))
    assert client.get(reverse("admin:documents_document_changelist")).status_code == 403


def test_the_list_component(db):
    erased = Document(content_type="image/png", size=2048, uploaded_at=AT)
    html = render_to_string(
        "documents/list.html",
        {"documents": [kept(name="a.pdf"), kept(files.docx(), "b.docx"), erased]},
    )
    assert 'a.pdf?inline">a.pdf</a>' in html
    assert 'b.docx">b.docx</a>' in html
    assert "Word document" in html
    assert "2.0\xa0KB" in html
    assert html.count("<a ") == 2
