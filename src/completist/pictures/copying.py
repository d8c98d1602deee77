"""Copying: a decoded picture as the files that are kept: one clean copy, and a thumbnail of each size."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

from PIL import Image, ImageStat

from completist.domain.pictures import Picture
from completist.pictures.blurhash import blurhash
from completist.pictures.decoding import FORMATS, decode
from completist.pictures.nothing import NoPicture
from completist.pictures.placeholders import placeholder
from completist.pictures.sizes import BOXES, Size

_QUALITY, _THUMBNAIL = 90, {"quality": 78, "method": 0}


@dataclass(frozen=True, slots=True)
class Copy:
    """A picture with the bytes that are kept of it."""

    picture: Picture
    content: bytes
    thumbnails: dict[Size, bytes]


def copy(content: bytes, formats: tuple[str, ...] = FORMATS, *, cover: bool = True) -> Copy:
    """The clean copy of what came, with its thumbnails.

    ``cover`` says that what stands for no cover is refused.

    Raises:
        NoPicture: It is no picture, or stands for none (``tiny``, ``blank``).
    """
    decoded = decode(content, formats)
    if cover and (why := placeholder(decoded, len(content))):
        raise NoPicture(why, "That picture stands for no cover.")
    return copied(decoded)


def copied(decoded: Image.Image) -> Copy:
    """The copy of a picture that was decoded."""
    kept = _written(decoded, "JPEG", quality=_QUALITY, optimize=False)
    width, height = decoded.size
    thumbnails, source = dict[Size, bytes](), decoded
    for size, box in sorted(BOXES.items(), key=lambda pair: -pair[1][0]):
        source = _shrunk(source, box)  # each from the one before: a fraction of the work, and nobody sees it
        thumbnails[size] = _written(source, "WEBP", **_THUMBNAIL)
    picture = Picture(
        hashlib.sha256(kept).hexdigest(), width, height, "jpg", len(kept), average(source), blurhash(source)
    )
    return Copy(picture, kept, thumbnails)


def thumbnail(content: bytes, size: Size) -> bytes:
    """One thumbnail of a kept copy. Raises NoPicture when it is damaged."""
    return _written(_shrunk(decode(content), BOXES[size]), "WEBP", **_THUMBNAIL)


def average(picture: Image.Image) -> str:
    """The average colour as #rrggbb."""
    return "#{:02x}{:02x}{:02x}".format(*(round(each) for each in ImageStat.Stat(picture).mean))


def _shrunk(picture: Image.Image, box: tuple[int, int]) -> Image.Image:
    scale = min(1.0, box[0] / picture.width, box[1] / picture.height)
    if scale == 1.0:
        return picture
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    return picture.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)


def _written(picture: Image.Image, form: str, **options: int) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()
