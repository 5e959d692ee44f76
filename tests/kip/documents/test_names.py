import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kip.documents.content import Kind
from kip.documents.names import LONGEST, safe_name


@pytest.mark.parametrize(
    ("uploaded", "kind", "kept"),
    [
        ("Kaupparekisteriote 2027.pdf", Kind.PDF, "Kaupparekisteriote 2027.pdf"),
        ("Åäkköset.PDF", Kind.PDF, "Åäkköset.PDF"),
        ("photo.jpeg", Kind.JPEG, "photo.jpeg"),
        ("photo.png", Kind.JPEG, "photo.png.jpg"),
        ("plan.exe", Kind.PDF, "plan.exe.pdf"),
        ("plan", Kind.XLSX, "plan.xlsx"),
        ("../../etc/passwd", Kind.PDF, "passwd.pdf"),
        ("C:\\Users\\anna\\plan.docx", Kind.DOCX, "plan.docx"),
        ("invoice\u202excod.pdf", Kind.PDF, "invoice xcod.pdf"),
        ("a\r\nSet-Cookie: b.pdf", Kind.PDF, "a Set-Cookie_ b.pdf"),
        ('a"b?.pdf', Kind.PDF, "a_b_.pdf"),
        ("", Kind.PDF, "document.pdf"),
        (".pdf", Kind.PDF, "document.pdf"),
        ("...", Kind.PNG, "document.png"),
        ("x" * 300 + ".pdf", Kind.PDF, "x" * 116 + ".pdf"),
    ],
)
def test_the_name_kept(uploaded, kind, kept):
    assert safe_name(uploaded, kind) == kept


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200), st.sampled_from(Kind))
def test_any_name_becomes_a_safe_one(uploaded, kind):
    name = safe_name(uploaded, kind)
    assert 0 < len(name) <= LONGEST
    assert name.lower().endswith(kind.endings)
    assert not set(name) & set('/\\<>:"|?*\r\n\0')
    assert name.isprintable()
    assert safe_name(name, kind) == name
