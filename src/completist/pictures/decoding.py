"""Decoding: bytes that somebody handed in, made into pixels or refused. Nothing of them is kept but the pixels.

Each refusal has a short, stable code. The decoder is chosen by the first bytes, never by a name or a media type, and
the size that a file announces is judged before a pixel of it is decoded.
"""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from completist.pictures.nothing import NoPicture

#: Bytes of a picture as it comes.
LARGEST = 10 * 1024 * 1024

#: Pixels that a picture may have, in all and along one side: beyond, a few bytes could fill the memory.
MOST_PIXELS, LONGEST = 40_000_000, 20_000

#: What is read. GIF is what some providers send for "no cover"; nobody may upload one.
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF")

#: Pixels along the longer side that a copy has at most.
KEPT = 1600

_SRGB = ImageCms.createProfile("sRGB")
_MARKUP = (b"<svg", b"<?xml", b"<!doctype", b"<html", b"<!--")
_WHITE = (255, 255, 255)
#: Sixteen bits a pixel.
_DEEP = frozenset({"I", "I;16", "I;16B", "I;16L", "I;16N"})
_DEEPER = 257  #: of such a pixel, one of eight bits


def decode(content: bytes, formats: tuple[str, ...] = FORMATS) -> Image.Image:
    """The first picture in ``content`` as it is meant to be seen: upright, in sRGB, on white, at most `KEPT` long.

    Raises:
        NoPicture: ``too_large``, ``not_an_image``, ``too_many_pixels``, ``truncated`` or ``broken``.
    """
    if len(content) > LARGEST:
        raise NoPicture("too_large", f"A picture may have {LARGEST:,} bytes.")
    if content[:256].lstrip().lower().startswith(_MARKUP):
        raise NoPicture("not_an_image", "That is a document, not a picture.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what it warns of is judged here, or refused
            return _decoded(content, formats)
    except NoPicture:
        raise
    except UnidentifiedImageError:
        raise NoPicture("not_an_image", "That is no picture that can be read.") from None
    except Image.DecompressionBombError:
        raise _too_many() from None
    except (OSError, EOFError, SyntaxError) as error:
        cut = "truncated" in str(error).casefold() or isinstance(error, EOFError)
        raise NoPicture("truncated" if cut else "broken", "The picture is damaged.") from None
    except (ValueError, TypeError, LookupError, ArithmeticError, MemoryError, RuntimeError):
        raise NoPicture("broken", "The picture is damaged.") from None


def _decoded(content: bytes, formats: tuple[str, ...]) -> Image.Image:
    with Image.open(io.BytesIO(content), formats=formats) as opened:
        width, height = opened.size
        if width * height > MOST_PIXELS or max(width, height) > LONGEST:
            raise _too_many()
        if opened.format == "JPEG":
            opened.draft(None, (KEPT, KEPT))  # decodes a large one at a fraction of its size
        opened.load()
        upright = ImageOps.exif_transpose(opened)
    picture = _on_white(_in_srgb(upright))
    picture.thumbnail((KEPT, KEPT), Image.Resampling.LANCZOS, reducing_gap=2.0)
    clean = Image.new("RGB", picture.size)
    clean.paste(picture)  # a new picture: no profile, no comment, no place where it was taken
    return clean


def _in_srgb(picture: Image.Image) -> Image.Image:
    """The same colours without a profile of their own."""
    profile = picture.info.get("icc_profile")
    if picture.mode in _DEEP:
        return picture.point(lambda pixel: pixel / _DEEPER).convert("L")
    if not profile or picture.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return picture
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = "RGBA" if picture.mode == "RGBA" else "RGB"
        found = ImageCms.profileToProfile(picture, source, _SRGB, outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return picture  # a profile that cannot be read says nothing about colours
    return found or picture


def _on_white(picture: Image.Image) -> Image.Image:
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture if picture.mode == "RGB" else picture.convert("RGB")
    clear = picture.convert("RGBA")
    ground = Image.new("RGB", clear.size, _WHITE)
    ground.paste(clear, mask=clear.getchannel("A"))
    return ground


def _too_many() -> NoPicture:
    return NoPicture("too_many_pixels", f"A picture may have {MOST_PIXELS:,} pixels.")
