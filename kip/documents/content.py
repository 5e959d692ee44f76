"""What a file is, told from what is in it and never from its name. Pure: bytes in, a kind out."""

import struct
import zipfile
import zlib
from enum import Enum, StrEnum
from typing import BinaryIO


class Kind(Enum):
    """A kind of file that is kept: its media type, and the endings a name may have."""

    PDF = ("application/pdf", (".pdf",))
    PNG = ("image/png", (".png",))
    JPEG = ("image/jpeg", (".jpg", ".jpeg"))
    DOCX = (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        (".docx",),
    )
    XLSX = ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (".xlsx",))

    def __init__(self, media_type: str, endings: tuple[str, ...]) -> None:
        self.media_type = media_type
        self.endings = endings


class Reason(StrEnum):
    """Why a file is refused."""

    EMPTY = "empty"
    UNKNOWN = "unknown"
    DAMAGED = "damaged"
    OLD_OFFICE = "old_office"  # .doc and .xls, and whatever Office wrote behind a password
    LOCKED = "locked"
    MACROS = "macros"
    BOMB = "bomb"


class Refused(Exception):
    """This file is not kept."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


# What an office file may unpack to. Real ones stay far below: their pictures hardly compress.
MAX_PARTS = 5_000
MAX_UNPACKED_BYTES = 200 * 1024 * 1024
# An image of more pixels than this fills a reader's memory when it is shown.
MAX_PIXELS = 150_000_000
# Writers may add a line or two after the end mark.
_TAIL_BYTES = 1024
_MAX_CONTENT_TYPES_BYTES = 1024 * 1024

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def identify(file: BinaryIO) -> Kind:
    """The kind of a seekable file. Raises `Refused`; leaves the file at its beginning."""
    file.seek(0)
    try:
        head = file.read(len(_PNG))
        if not head:
            raise Refused(Reason.EMPTY)
        if head.startswith(b"%PDF-"):
            return _pdf(file)
        if head == _PNG:
            return _png(file)
        if head.startswith(_JPEG):
            return _jpeg(file)
        if head.startswith(_ZIP):
            return _office(file)
        raise Refused(Reason.OLD_OFFICE if head == _OLE else Reason.UNKNOWN)
    finally:
        file.seek(0)


def _pdf(file: BinaryIO) -> Kind:
    """ISO 32000: `%PDF-` and a version, and `%%EOF` at the end; without it the upload broke off."""
    file.seek(0, 2)
    file.seek(max(0, file.tell() - _TAIL_BYTES))
    if b"%%EOF" not in file.read():
        raise Refused(Reason.DAMAGED)
    return Kind.PDF


def _png(file: BinaryIO) -> Kind:
    """Chunk after chunk, from a header with a right checksum to the end mark."""
    file.seek(len(_PNG))
    header = file.read(25)
    if header[:8] != b"\x00\x00\x00\rIHDR" or len(header) < 25:
        raise Refused(Reason.DAMAGED)
    if struct.unpack(">I", header[21:])[0] != zlib.crc32(header[4:21]):
        raise Refused(Reason.DAMAGED)
    _sane_picture(*struct.unpack(">II", header[8:16]))
    while True:
        chunk = file.read(8)
        if len(chunk) < 8:
            raise Refused(Reason.DAMAGED)
        if chunk[4:] == b"IEND":
            return Kind.PNG
        file.seek(struct.unpack(">I", chunk[:4])[0] + 4, 1)


def _jpeg(file: BinaryIO) -> Kind:
    """Segment after segment to the picture's size, then its data, then the end mark."""
    file.seek(2)
    sized = False
    while True:
        mark = file.read(2)
        while mark == b"\xff\xff":  # fill bytes are allowed between segments
            mark = b"\xff" + file.read(1)
        if len(mark) < 2 or mark[0] != 0xFF:
            raise Refused(Reason.DAMAGED)
        length = file.read(2)
        if len(length) < 2 or (size := struct.unpack(">H", length)[0]) < 2:
            raise Refused(Reason.DAMAGED)
        if 0xC0 <= mark[1] <= 0xCF and mark[1] not in {0xC4, 0xC8, 0xCC}:
            frame = file.read(5)
            if len(frame) < 5:
                raise Refused(Reason.DAMAGED)
            height, width = struct.unpack(">HH", frame[1:])
            _sane_picture(width, height)
            sized = True
            file.seek(size - 7, 1)
        elif mark[1] == 0xDA:
            if not sized or b"\xff\xd9" not in file.read():
                raise Refused(Reason.DAMAGED)
            return Kind.JPEG
        else:
            file.seek(size - 2, 1)


def _sane_picture(width: int, height: int) -> None:
    if not width or not height:
        raise Refused(Reason.DAMAGED)
    if width * height > MAX_PIXELS:
        raise Refused(Reason.BOMB)


def _office(file: BinaryIO) -> Kind:
    """ECMA-376: a ZIP whose `[Content_Types].xml` says what the main part is."""
    try:
        with zipfile.ZipFile(file) as package:
            parts = package.infolist()
            if len(parts) > MAX_PARTS or sum(p.file_size for p in parts) > MAX_UNPACKED_BYTES:
                raise Refused(Reason.BOMB)
            if any(part.flag_bits & 0x1 for part in parts):
                raise Refused(Reason.LOCKED)
            names = {part.filename.lower() for part in parts}
            if "[content_types].xml" not in names:
                raise Refused(Reason.UNKNOWN)
            if any(_climbs(name) for name in names):
                raise Refused(Reason.DAMAGED)
            with package.open("[Content_Types].xml") as listing:
                types = listing.read(_MAX_CONTENT_TYPES_BYTES)
    except Refused:
        raise
    except Exception as error:
        # zipfile raises a dozen kinds of error on a broken archive; all mean the same to a person.
        raise Refused(Reason.DAMAGED) from error
    if b"macroEnabled" in types or any(_is_macro(name) for name in names):
        raise Refused(Reason.MACROS)
    if b"wordprocessingml.document.main+xml" in types and _has_folder(names, "word/"):
        return Kind.DOCX
    if b"spreadsheetml.sheet.main+xml" in types and _has_folder(names, "xl/"):
        return Kind.XLSX
    raise Refused(Reason.UNKNOWN)


def _climbs(name: str) -> bool:
    """Whether unpacking this part would write outside its folder."""
    return name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/")


def _is_macro(name: str) -> bool:
    return name.endswith("vbaproject.bin") or name.startswith("xl/macrosheets/")


def _has_folder(names: set[str], folder: str) -> bool:
    return any(name.startswith(folder) for name in names)
