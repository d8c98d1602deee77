"""Pictures of every kind for tests: good covers, and what somebody might send in their place."""

from __future__ import annotations

import io
import random
import struct
import zlib
from textwrap import wrap

from PIL import Image, ImageDraw, ImageFont


def painted(width: int = 300, height: int = 450, seed: int = 1) -> Image.Image:
    """Coloured blocks: no two seeds alike."""
    chance = random.Random(seed)  # noqa: S311 - colours guard nothing
    small = Image.new("RGB", (6, 9))
    small.putdata([tuple(chance.randrange(256) for _ in range(3)) for _ in range(54)])
    return small.resize((width, height), Image.Resampling.NEAREST)


#: Cloths of painted books with the ink that is read on each.
_CLOTHS = (
    ("#17273f", "#e8e0cd", "#c9593a"), ("#7a1f2b", "#efe6d6", "#d69a4b"), ("#ece5d3", "#22362f", "#c4593a"),
    ("#104c57", "#f0e7d2", "#e0a43e"), ("#c9552d", "#fbf3e4", "#2a2440"), ("#d6dfe3", "#1f2f4d", "#e08b2c"),
    ("#2c4733", "#ece7d4", "#b8c9a3"), ("#2a2349", "#f2ead9", "#c8552f"), ("#e9d8b9", "#3a2a1c", "#a8432d"),
)  # fmt: skip


def jacket(title: str, author: str, seed: int, width: int = 400, height: int = 600) -> Image.Image:
    """A jacket with a title, an author and a figure: as covers look from afar, and nobody's."""
    cloth, ink, second = _CLOTHS[seed % len(_CLOTHS)]
    made = Image.new("RGB", (width, height), cloth)
    draw = ImageDraw.Draw(made)
    _figure(draw, seed, (ink, second), width, height)
    font = ImageFont.load_default(width // 11)
    for number, line in enumerate(wrap(title.partition(":")[0].partition("(")[0], 15)[:3]):
        draw.text((width * 0.1, width * (0.09 + 0.12 * number)), line, ink, font)
    draw.text((width * 0.1, height * 0.925), author[:30], ink, ImageFont.load_default(width // 22))
    draw.rectangle((0, 0, width * 0.03, height), fill=_darker(cloth))
    return made


def _figure(draw: ImageDraw.ImageDraw, seed: int, inks: tuple[str, str], width: int, height: int) -> None:
    top, middle = height * 0.36, width / 2
    match seed // len(_CLOTHS) % 4:
        case 0:  # a sun
            draw.ellipse((middle - 120, top + 20, middle + 120, top + 260), fill=inks[1])
        case 1:  # waves
            for row in range(5):
                at = top + 40 + row * 56
                for column in range(-1, 5):
                    x = column * 110 + row % 2 * 55
                    draw.chord((x, at, x + 110, at + 90), 180, 360, fill=inks[row % 2])
        case 2:  # stripes
            for row in range(-2, 9):
                x = row * 60
                points = [(x, top + 300), (x + 24, top + 300), (x + 204, top + 20), (x + 180, top + 20)]
                draw.polygon(points, fill=inks[row % 2])
        case _:  # dots
            for row in range(6):
                for column in range(5):
                    x, y = 48 + column * 68, top + 20 + row * 50
                    draw.ellipse((x, y, x + 34, y + 34), fill=inks[(row * 5 + column) % 7 == 0])


def _darker(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) * 7 // 10 for at in (1, 3, 5))


def encoded(picture: Image.Image, form: str = "JPEG", **options: object) -> bytes:
    """The bytes of a picture."""
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def cover(width: int = 300, height: int = 450, seed: int = 1) -> bytes:
    """A good cover as JPEG."""
    return encoded(painted(width, height, seed), quality=85)


def bomb(side: int = 30_000) -> bytes:
    """A PNG of a few kilobytes that announces so many pixels each way."""
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * 100_000, 9)
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, (b"IHDR", b"IDAT", b"IEND"), (head, rows, b"")))


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
