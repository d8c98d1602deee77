"""Images: pictures of any size, each of its own colours, made without a library.

A baseline JPEG (ITU-T T.81) of a few bands of one colour each. A block of one colour is a difference of brightness and
nothing else, so a band is one short pattern of bits over and over.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from zlib import compress, crc32

#: The smallest picture there is: what some providers send in the place of a cover that they lack.
BLANK = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00"
    b",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)

_BANDS = 5
_BLOCK = 8  #: pixels
_GREY = 128

#: Lengths of the codes for differences of brightness, then which difference each stands for (T.81, table K.3).
_DC_COUNTS = bytes([0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0])
_DC_VALUES = bytes(range(12))
#: One code of one bit: that nothing else follows in a block.
_AC_COUNTS = bytes([1, *[0] * 15])
_AC_VALUES = b"\0"
_NOTHING_ELSE = "0"


@lru_cache(maxsize=256)
def jpeg(name: str, width: int, height: int) -> bytes:
    """A picture whose colours follow from its name."""
    across, down = -(-width // _BLOCK), -(-height // _BLOCK)
    bits, before = [], [0, 0, 0]
    for band in range(_BANDS):
        rows = down * (band + 1) // _BANDS - down * band // _BANDS
        if not rows:
            continue
        colour = _colour(name, band)
        bits.append(
            "".join(_difference(now - was) + _NOTHING_ELSE for now, was in zip(colour, before, strict=True))
        )
        bits.append((_difference(0) + _NOTHING_ELSE) * 3 * (rows * across - 1))
        before = colour
    return _head(width, height) + _packed("".join(bits)) + b"\xff\xd9"


@lru_cache(maxsize=1)
def unavailable() -> bytes:
    """What Google sends for a cover that it lacks: a pale page of 575 x 750 pixels with a few grey words (a PNG)."""
    width, height, words = 575, 750, range(330, 420)
    blank, line = b"\0" + b"\xf0" * width, b"\0" + b"\xf0" * 180 + b"\x90\xf0" * 108 + b"\xf0" * 179
    rows = b"".join(line if row in words and row // 15 % 2 else blank for row in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + mark + data + struct.pack(">I", crc32(mark + data))
        for mark, data in parts
    )


def size_of(name: str) -> tuple[int, int]:
    """The size of a picture in its original form; about two to three, as covers are."""
    chance = crc32(name.encode())
    width = 400 + chance % 800
    return width, width * (145 + (chance >> 10) % 15) // 100


def fitted(size: tuple[int, int], box: tuple[int, int]) -> tuple[int, int]:
    """A size made smaller until it fits into a box."""
    shrunk = min(1.0, box[0] / size[0], box[1] / size[1])
    return max(1, round(size[0] * shrunk)), max(1, round(size[1] * shrunk))


def _colour(name: str, band: int) -> list[int]:
    """Brightness and two differences of colour, each from -100 to 100 around grey."""
    chance = crc32(f"{name}/{band}".encode())
    return [(chance >> shift) % 201 - 100 for shift in (0, 8, 16)]


def _difference(number: int) -> str:
    """The code of a difference: how many bits it takes, and those."""
    size = abs(number).bit_length()
    code = "00" if size == 0 else _DC_CODES[size]
    if not size:
        return code
    return code + format(number if number > 0 else number + (1 << size) - 1, f"0{size}b")


def _codes() -> dict[int, str]:
    """The code of each size, as the table of lengths assigns them (T.81, annex C)."""
    found, code, at = {}, 0, 0
    for length, count in enumerate(_DC_COUNTS, start=1):
        for _ in range(count):
            found[_DC_VALUES[at]] = format(code, f"0{length}b")
            code, at = code + 1, at + 1
        code <<= 1
    return found


_DC_CODES = _codes()


def _packed(bits: str) -> bytes:
    whole = bits + "1" * (-len(bits) % 8)
    return int(whole, 2).to_bytes(len(whole) // 8, "big").replace(b"\xff", b"\xff\0")


def _head(width: int, height: int) -> bytes:
    # Steps of 8 make a difference of one in the first coefficient a difference of one in brightness.
    steps = bytes([0, *[_BLOCK] * 64])
    frame = struct.pack(">BHHB", 8, height, width, 3) + b"\1\x11\0\2\x11\0\3\x11\0"
    codes = b"\0" + _DC_COUNTS + _DC_VALUES + b"\x10" + _AC_COUNTS + _AC_VALUES
    parts = [
        (b"\xe0", b"JFIF\0\1\1\0\0\1\0\1\0\0"),
        (b"\xdb", steps),
        (b"\xc0", frame),
        (b"\xc4", codes),
        (b"\xda", b"\3\1\0\2\0\3\0\0\x3f\0"),
    ]
    return b"\xff\xd8" + b"".join(
        b"\xff" + mark + struct.pack(">H", len(body) + 2) + body for mark, body in parts
    )
