"""Pictures of every kind for tests: good covers, and what somebody might send in their place."""

from __future__ import annotations

import io
import random
import struct
import zlib

from PIL import Image


def painted(width: int = 300, height: int = 450, seed: int = 1) -> Image.Image:
    """Coloured blocks: no two seeds alike."""
    chance = random.Random(seed)  # noqa: S311 - colours guard nothing
    small = Image.new("RGB", (6, 9))
    small.putdata([tuple(chance.randrange(256) for _ in range(3)) for _ in range(54)])
    return small.resize((width, height), Image.Resampling.NEAREST)


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
