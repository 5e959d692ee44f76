import io
import zipfile
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kip.documents.content import Kind, Reason, Refused, identify
from tests.kip.documents import files

WORD = b"wordprocessingml.document.main+xml"
GOOD = {
    Kind.PDF: files.PDF,
    Kind.PNG: files.png(),
    Kind.JPEG: files.jpeg(),
    Kind.DOCX: files.docx(),
    Kind.XLSX: files.xlsx(),
}


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.name)
def test_a_kind_is_known_by_its_content(kind):
    file = io.BytesIO(GOOD[kind])
    assert identify(file) is kind
    assert file.tell() == 0


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (files.PDF + b"\n" * 200, Kind.PDF),
        (files.png() + b"trailing", Kind.PNG),
        (files.jpeg() + b"a phone's own data", Kind.JPEG),
        (files.jpeg().replace(b"\xff\xc4", b"\xff\xff\xff\xc4"), Kind.JPEG),  # fill bytes
    ],
    ids=["blank lines", "png trailer", "phone trailer", "fill bytes"],
)
def test_what_real_programs_add_is_accepted(data, kind):
    assert identify(io.BytesIO(data)) is kind


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", Reason.EMPTY),
        (b"MZ\x90\x00", Reason.UNKNOWN),
        (b"<html><script>alert(1)</script></html>", Reason.UNKNOWN),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Reason.UNKNOWN),
        (b"GIF89a...", Reason.UNKNOWN),
        (b"junk before %PDF-1.7 %%EOF", Reason.UNKNOWN),
        (files.archive({"a.txt": b"a"}), Reason.UNKNOWN),
        (files.archive({"[Content_Types].xml": b"<Types/>", "ppt/a.xml": b""}), Reason.UNKNOWN),
        (files.archive({"[Content_Types].xml": WORD}), Reason.UNKNOWN),
        (files.PDF.replace(b"%%EOF", b""), Reason.DAMAGED),
        (files.PDF + b"<script>" * 1000, Reason.DAMAGED),
        (files.png()[:-4 - 8], Reason.DAMAGED),
        (files.png().replace(b"IHDR\0\0\0\x02", b"IHDR\0\0\0\x03"), Reason.DAMAGED),
        (files.png(0, 1), Reason.DAMAGED),
        (files.jpeg()[:-2], Reason.DAMAGED),
        (files.jpeg(2, 0), Reason.DAMAGED),
        (b"\xff\xd8\xff<script>", Reason.DAMAGED),
        (files.docx()[:-30], Reason.DAMAGED),
        (files.docx(**{"../../etc/passwd": b"x"}), Reason.DAMAGED),
        (files.docx(**{"..\\evil": b"x"}), Reason.DAMAGED),
        (files.docx(**{"/etc/passwd": b"x"}), Reason.DAMAGED),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, Reason.OLD_OFFICE),
        (files.locked(), Reason.LOCKED),
        (files.DOCM, Reason.MACROS),
        (files.docx(**{"word/vbaProject.bin": b"x"}), Reason.MACROS),
        (files.xlsx(**{"xl/VBAPROJECT.BIN": b"x"}), Reason.MACROS),
        (files.xlsx(**{"xl/macrosheets/sheet1.xml": b"x"}), Reason.MACROS),
        (files.bomb(), Reason.BOMB),
        (files.png(100_000, 100_000), Reason.BOMB),
        (files.jpeg(60_000, 60_000), Reason.BOMB),
    ],
)  # fmt: skip
def test_what_is_not_kept(data, reason):
    with pytest.raises(Refused) as refused:
        identify(io.BytesIO(data))
    assert refused.value.reason is reason


def test_an_archive_of_countless_parts_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for number in range(5_001):
            package.writestr(f"{number}", b"")
    with pytest.raises(Refused, match="bomb"):
        identify(out)


def test_what_an_archive_says_of_its_size_is_not_believed():
    """A listing that unpacks to more than it says is read no further than we ask."""
    data = files.archive(
        {
            "[Content_Types].xml": b" " * 3_000_000 + WORD,
            "word/a": b"",
        }
    )
    with pytest.raises(Refused, match="unknown"):
        identify(io.BytesIO(data))


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.builds(
            lambda data, at, junk: data[:at] + junk + data[at:][len(junk) :],
            st.sampled_from(list(GOOD.values())),
            st.integers(0, 400),
            st.binary(max_size=12),
        ),
        st.builds(
            lambda data, at: data[:at], st.sampled_from(list(GOOD.values())), st.integers(0, 400)
        ),
    )
)
@example(b"PK\x03\x04")
@example(b"\xff\xd8\xff\xff")
def test_whatever_comes_is_known_or_refused(data):
    file = io.BytesIO(data)
    with suppress(Refused):
        assert identify(file) in Kind
    assert file.tell() == 0
