"""Pictures as the image servers of providers hand them out."""

from __future__ import annotations

from completist.simulator.answers import Answer
from completist.simulator.images import BLANK, fitted, jpeg, size_of

JPEG, GIF = "image/jpeg", "image/gif"


def picture_of(name: str, box: tuple[int, int] | None = None) -> Answer:
    """The picture of this name, no larger than ``box``."""
    size = size_of(name)
    return picture(name, fitted(size, box) if box else size)


def picture(name: str, size: tuple[int, int]) -> Answer:
    """The picture of this name in a size."""
    return Answer(200, jpeg(name, *size), kind=JPEG)


def blank() -> Answer:
    """No picture, said as a picture of one pixel."""
    return Answer(200, BLANK, kind=GIF)
