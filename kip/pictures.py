"""Pictures made small on the way in: what is kept is drawn anew, with nothing but its pixels."""

import io
from typing import BinaryIO

from PIL import Image, ImageCms, ImageOps

# As many pixels are unpacked at most, 4 bytes each, twice over while transparent ones are averaged.
MAX_PIXELS = 16_000_000
# A PNG that is larger is kept in 256 colours: a photograph, which loses little by it.
_MANY_BYTES = 100 * 1024
_JPEG_QUALITY = 85


class TooManyPixels(Exception):
    """Unpacked, this picture would fill the memory."""


class Unreadable(Exception):
    """This is no picture, or only a part of one."""


def made_small(file: BinaryIO, *, longest: int) -> bytes:
    """A PNG or JPEG again, of at most `longest` pixels on its longer side; never made larger.

    Upright, in the colours of a screen (sRGB), transparent where it was, its first frame alone, and
    without what cameras and programs write beside the pixels. Raises `TooManyPixels` before it
    unpacks anything; `Unreadable`.
    """
    file.seek(0)
    try:
        with Image.open(file, formats=["PNG", "JPEG"]) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise TooManyPixels
            kind = "PNG" if picture.format == "PNG" else "JPEG"
            picture.draft(None, (2 * longest, 2 * longest))  # type: ignore[arg-type]
            small = _in_screen_colours(picture)
            small.thumbnail((longest, longest), Image.Resampling.LANCZOS)
            return _written(ImageOps.exif_transpose(small), kind)
    except TooManyPixels:
        raise
    except Image.DecompressionBombError as error:
        raise TooManyPixels from error
    except Exception as error:
        # Pillow raises a dozen kinds of error on a broken file; all mean the same to a person.
        raise Unreadable from error
    finally:
        file.seek(0)


def _in_screen_colours(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):  # 16 bits of grey, of which a screen shows the upper eight
        return picture.convert("I").point(lambda grey: grey / 256).convert("L")
    profile = picture.info.get("icc_profile")
    if profile and picture.mode in {"RGB", "CMYK"} and not picture.has_transparency_data:
        try:
            of_picture = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(
                picture, of_picture, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
        except (ImageCms.PyCMSError, OSError):
            pass  # a damaged profile: the picture is shown without one, as browsers do
        else:
            assert converted is not None
            return converted
    opaque = "L" if picture.mode in {"1", "L"} else "RGB"
    mode = "RGBA" if picture.has_transparency_data else opaque
    as_it_is = picture.mode == mode and "transparency" not in picture.info
    return picture if as_it_is else picture.convert(mode)


def _written(picture: Image.Image, kind: str) -> bytes:
    # A picture of its own, so that nothing of `info` is written.
    bare = Image.new(picture.mode, picture.size)
    bare.paste(picture)
    out = io.BytesIO()
    if kind == "JPEG":
        bare.save(out, "JPEG", quality=_JPEG_QUALITY, optimize=True)
        return out.getvalue()
    bare.save(out, "PNG", optimize=True)
    if out.tell() > _MANY_BYTES:
        out = io.BytesIO()
        few = bare.quantize(256, method=Image.Quantize.FASTOCTREE)
        few.save(out, "PNG", optimize=True)
    return out.getvalue()
