"""Blurhash: a cover as twenty-odd letters, for what is shown until the picture has come (https://blurha.sh)."""

from __future__ import annotations

from functools import cache

import numpy as np
from PIL import Image

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
_ACROSS, _DOWN = 3, 4  #: components: a cover is higher than it is wide
_KNEE = 0.04045  #: below it, sRGB is a straight line
_WIDE, _HIGH = 24, 32  #: pixels that they are told from


def blurhash(picture: Image.Image) -> str:
    """The hash of a picture in RGB."""
    return encode(np.asarray(picture.resize((_WIDE, _HIGH), Image.Resampling.BOX, reducing_gap=1.0)))


def encode(pixels: np.ndarray, across: int = _ACROSS, down: int = _DOWN) -> str:
    """The hash of pixels, as rows of RGB from 0 to 255, with so many components each way.

    The algorithm: https://github.com/woltapp/blurhash/blob/master/Algorithm.md
    """
    height, width = pixels.shape[:2]
    linear = _linear()[pixels]
    columns, rows = _waves(across, width), _waves(down, height)
    found = np.einsum("jy,ix,yxc->jic", rows, columns, linear) / (width * height)
    scale = np.full((down, across, 1), 2.0)
    scale[0, 0] = 1.0
    factors = (found * scale).reshape(-1, 3)
    first, rest = factors[0], factors[1:]
    largest = float(np.abs(rest).max()) if len(rest) else 0.0
    quantised = max(0, min(82, int(largest * 166 - 0.5))) if len(rest) else 0
    most = (quantised + 1) / 166 if len(rest) else 1.0
    flag = (across - 1) + (down - 1) * 9
    return (
        _base83(flag, 1)
        + _base83(quantised, 1)
        + _base83(_flat(first), 4)
        + "".join(_base83(_wave(each, most), 2) for each in rest)
    )


@cache
def _linear() -> np.ndarray:
    value = np.arange(256) / 255.0
    return np.where(value <= _KNEE, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


@cache
def _waves(count: int, size: int) -> np.ndarray:
    return np.cos(np.pi * np.arange(count)[:, None] * np.arange(size)[None, :] / size)


def _flat(colour: np.ndarray) -> int:
    red, green, blue = (_srgb(float(each)) for each in colour)
    return (red << 16) + (green << 8) + blue


def _srgb(linear: float) -> int:
    value = max(0.0, min(1.0, linear))
    curved = value * 12.92 if value <= _KNEE / 12.92 else 1.055 * value ** (1 / 2.4) - 0.055
    return int(curved * 255 + 0.5)


def _wave(factor: np.ndarray, most: float) -> int:
    steps = [max(0, min(18, int(np.floor(_root(float(each) / most) * 9 + 9.5)))) for each in factor]
    return steps[0] * 19 * 19 + steps[1] * 19 + steps[2]


def _root(value: float) -> float:
    return float(np.copysign(np.sqrt(abs(value)), value))


def _base83(number: int, length: int) -> str:
    return "".join(_DIGITS[number // 83 ** (length - 1 - place) % 83] for place in range(length))
