"""Real files, small: what people upload, and what they should not."""

import io
import struct
import zipfile
import zlib
from typing import Any

from PIL import Image

PDF = b"%PDF-1.7\n1 0 obj << >> endobj\ntrailer << >>\nstartxref\n9\n%%EOF\n"


def png(width: int = 2, height: int = 1) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" + b"\xff\0\0" * 2)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def jpeg(width: int = 2, height: int = 1) -> bytes:
    def segment(mark: int, data: bytes) -> bytes:
        return bytes([0xFF, mark]) + struct.pack(">H", len(data) + 2) + data

    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    return (
        b"\xff\xd8"
        + segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
        + segment(0xC4, b"\x00" * 17)
        + segment(0xC0, frame)
        + segment(0xDA, b"\x01\x01\x00\x00\x3f\x00")
        + b"\x12\x34\xff\xd9"
    )


def drawn(
    kind: str = "PNG",
    size: tuple[int, int] = (1200, 400),
    *,
    mode: str = "RGB",
    colour: Any = 0,
    **written: Any,
) -> bytes:
    """A picture that shows, "PNG" or "JPEG", of one colour."""
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, kind, **written)
    return out.getvalue()


def archive(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            # Without a date of their own: the same bytes, and test names, in every process.
            package.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _types(main: str) -> bytes:
    return (
        '<?xml version="1.0"?><Types><Override PartName="/x" ContentType='
        f'"application/vnd.openxmlformats-officedocument.{main}"/></Types>'
    ).encode()


def docx(**parts: bytes) -> bytes:
    return archive(
        {
            "[Content_Types].xml": _types("wordprocessingml.document.main+xml"),
            "word/document.xml": b"<w:document/>",
            **parts,
        }
    )


def xlsx(**parts: bytes) -> bytes:
    return archive(
        {
            "[Content_Types].xml": _types("spreadsheetml.sheet.main+xml"),
            "xl/workbook.xml": b"<workbook/>",
            **parts,
        }
    )


DOCM = archive(
    {
        "[Content_Types].xml": b"application/vnd.ms-word.document.macroEnabled.main+xml",
        "word/document.xml": b"<w:document/>",
    }
)


def bomb() -> bytes:
    """A ZIP whose listing says that a part unpacks to 300 MB."""
    data = bytearray(docx())
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 300 * 1024 * 1024)
    return bytes(data)


def locked() -> bytes:
    """A ZIP whose parts are marked as encrypted."""
    data = bytearray(docx())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(mark, at + 4)
    return bytes(data)
