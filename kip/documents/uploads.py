from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler


class CutAtTheLimit(FileUploadHandler):
    """Nobody fills the disk: what comes after the largest size that is kept is not written.

    Before the usual handlers. What they get is still too large, so that the form says so.
    """

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data if start <= settings.DOCUMENT_MAX_BYTES else None

    def file_complete(self, file_size: int) -> UploadedFile | None:
        return None
