"""Pictures made small: what is kept of one, and what is refused."""

import io
import os

import pytest
from PIL import Image, PngImagePlugin

from kip.pictures import MAX_PIXELS, TooManyPixels, Unreadable, made_small
from tests.kip.documents.files import PDF, drawn, jpeg, png


def made(content: bytes, longest: int = 480) -> Image.Image:
    return Image.open(io.BytesIO(made_small(io.BytesIO(content), longest=longest)))


@pytest.mark.parametrize(
    ("size", "kept"),
    [
        ((1200, 400), (480, 160)),
        ((400, 1200), (160, 480)),
        ((40, 20), (40, 20)),
        ((4000, 1), (480, 1)),
    ],
)
def test_the_longer_side_is_made_short_and_nothing_is_made_larger(
    size: tuple[int, int], kept: tuple[int, int]
) -> None:
    assert made(drawn(size=size)).size == kept


@pytest.mark.parametrize(
    ("mode", "colour", "shown"),
    [
        ("RGBA", (200, 0, 0, 80), (200, 0, 0, 80)),
        ("LA", (90, 80), (90, 90, 90, 80)),
        ("L", 90, (90, 90, 90, 255)),
        ("1", 1, (255, 255, 255, 255)),
        ("I;16", 90 * 256, (90, 90, 90, 255)),
        ("RGB", (0, 90, 0), (0, 90, 0, 255)),
    ],
)
def test_colours_and_transparency_are_kept(
    mode: str, colour: object, shown: tuple[int, ...]
) -> None:
    small = made(drawn(mode=mode, colour=colour)).convert("RGBA").getpixel((5, 5))
    assert small == pytest.approx(shown, abs=1)


def test_a_transparent_colour_stays_transparent() -> None:
    content = drawn(colour=(9, 9, 9), transparency=(9, 9, 9))
    assert made(content).convert("RGBA").getpixel((5, 5))[3] == 0  # type: ignore[index]


def test_inks_become_colours_of_a_screen() -> None:
    assert made(drawn("JPEG", mode="CMYK", colour=(255, 0, 0, 0))).mode == "RGB"


def test_nothing_is_kept_but_the_pixels() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "Kaisa Kuvaaja")
    content = drawn(pnginfo=notes, icc_profile=b"no profile at all")
    assert b"Kuvaaja" in content
    assert made(content).info == {}


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_what_hardly_compresses_is_kept_in_few_colours(mode: str) -> None:
    noise = io.BytesIO()
    Image.frombytes(mode, (900, 900), os.urandom(900 * 900 * len(mode))).save(noise, "PNG")
    small = made_small(noise, longest=480)
    assert len(small) < 300 * 1024
    assert Image.open(io.BytesIO(small)).has_transparency_data == (mode == "RGBA")


@pytest.mark.parametrize("make", [png, jpeg])
def test_too_many_pixels_are_refused_before_they_are_unpacked(make: object) -> None:
    side = int(MAX_PIXELS**0.5) + 1
    for size in [(side, side), (60_000, 60_000)]:
        with pytest.raises(TooManyPixels):
            made(make(*size))  # type: ignore[operator]


@pytest.mark.parametrize(
    "content",
    [b"", PDF, png(300, 200), jpeg(300, 200), drawn("JPEG")[:900], drawn("GIF")],
    ids=["empty", "pdf", "png", "jpeg", "half", "gif"],
)
def test_what_shows_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(Unreadable):
        made(content)
