import pytest
from crispy_forms.helper import FormHelper
from crispy_forms.utils import render_crispy_form
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.datastructures import MultiValueDict

from kip.documents.forms import DocumentField, DocumentsField
from tests.kip.documents import files


class Application(forms.Form):
    extract = DocumentField()
    others = DocumentsField(required=False, most=2)


def good(name="plan.pdf"):
    return SimpleUploadedFile(name, files.PDF)


def bad(name="virus.pdf"):
    return SimpleUploadedFile(name, b"MZ\x90\x00")


def form(extract=(), others=()):
    return Application({}, MultiValueDict({"extract": list(extract), "others": list(others)}))


def test_good_files_come_through_unread():
    filled = form([good()], [good("a.pdf"), good("b.pdf")])
    assert filled.is_valid()
    assert filled.cleaned_data["extract"].read() == files.PDF
    assert [upload.name for upload in filled.cleaned_data["others"]] == ["a.pdf", "b.pdf"]


def test_none_is_an_empty_list():
    filled = form([good()])
    assert filled.is_valid()
    assert filled.cleaned_data["others"] == []


@pytest.mark.parametrize(
    ("extract", "others", "field", "told"),
    [
        ([], [], "extract", "This field is required."),
        ([bad()], [], "extract", "This is not a kind of file that can be added"),
        ([good()], [good(), bad()], "others", "virus.pdf: This is not a kind of file"),
        ([good()], [good()] * 3, "others", "Choose at most 2 files at a time."),
    ],
)
def test_the_error_stands_at_its_field(extract, others, field, told):
    filled = form(extract, others)
    assert not filled.is_valid()
    assert list(filled.errors) == [field]
    assert told in filled.errors[field][0]


def test_several_can_be_required():
    class Several(forms.Form):
        papers = DocumentsField()

    assert Several({}, MultiValueDict()).errors["papers"] == ["This field is required."]


def test_the_browser_offers_the_kinds_that_are_kept():
    html = str(form()["others"])
    assert 'accept=".pdf,.png,.jpg,.jpeg,.docx,.xlsx"' in html
    assert "multiple" in html
    assert "multiple" not in str(form()["extract"])
    assert form()["extract"].help_text == "PDF, PNG, JPEG, DOCX or XLSX, at most 10 MB."


def test_it_wears_the_clothes_of_the_other_fields():
    html = render_crispy_form(form([bad()]), FormHelper())
    assert 'class="documentinput form-control is-invalid"' in html
    assert "is not a kind of file" in html
    assert 'aria-describedby="id_extract_helptext' in html
