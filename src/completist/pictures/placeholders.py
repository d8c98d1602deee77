"""Placeholders: pictures that say "no cover". Some are known by their bytes, the others by how little they show."""

from __future__ import annotations

from PIL import Image, ImageStat

from completist.domain.pictures import TINY

#: Bytes of a file below which it holds no cover.
LEAST_BYTES = 100

#: How far the brightness of a picture that shows nothing strays from its average.
_BLANK = 2.5

#: The share of a colourless picture's pixels that are almost white, from which on it is a few words on an empty page.
_PAPER = 0.9
_PALE, _COLOURLESS = 225, 6


def placeholder(picture: Image.Image, size: int) -> str:
    """Why a picture of ``size`` bytes stands for no cover: ``tiny`` or ``blank``; empty when it may be one."""
    if size < LEAST_BYTES or min(picture.size) < TINY:
        return "tiny"
    small = picture.resize((48, 64), Image.Resampling.BOX, reducing_gap=1.0)
    if max(ImageStat.Stat(small).stddev) < _BLANK:
        return "blank"
    return "blank" if _is_empty_page(small) else ""


def _is_empty_page(small: Image.Image) -> bool:
    """A colourless page with hardly anything on it: "image not available"."""
    spread = ImageStat.Stat(small.convert("HSV").getchannel("S")).mean[0]
    if spread > _COLOURLESS:
        return False
    pale = sum(small.convert("L").histogram()[_PALE:]) / (small.width * small.height)
    return pale >= _PAPER
