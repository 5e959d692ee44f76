import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory

from kip.documents.services import DocumentRefused, check
from tests.kip.documents import files

MB = 1024 * 1024


@pytest.mark.parametrize(
    ("size", "written"), [(len(files.PDF), len(files.PDF)), (9 * MB, 9 * MB), (30 * MB, 10 * MB)]
)
def test_no_more_is_written_than_could_be_kept(size, written):
    data = files.PDF[:-6] + b" " * (size - len(files.PDF)) + files.PDF[-6:]
    request = RequestFactory().post("/", {"file": SimpleUploadedFile("a.pdf", data)})

    upload = request.FILES["file"]

    assert written <= upload.size <= written + 128 * 1024
    if written < size:
        with pytest.raises(DocumentRefused, match="larger than"):
            check(upload)
    else:
        assert upload.read() == data
