"""Pictures: which of several is the best cover, told by their pixels alone. Pure."""

from __future__ import annotations

from dataclasses import dataclass

#: More pixels than this in either direction are worth nothing more: no screen shows a cover larger.
ENOUGH = 1600

#: Width by height of what looks like a cover; audiobooks are square, and what is wider is a spread or a banner.
NARROWEST, WIDEST = 0.55, 0.85

#: What a picture of another shape is worth beside one of a cover's, and a work's beside the very edition's.
ODD, OF_WORK = 0.4, 0.7

#: From this size on a cover of the right shape is good enough, and nobody else is asked for a better one.
GOOD_WIDTH, GOOD_HEIGHT = 240, 360

#: A picture with a side of so few pixels stands for none.
TINY = 40


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was looked at, and whose copy is kept under its digest."""

    sha256: str  #: of the copy, in hex
    width: int  #: pixels
    height: int
    form: str  #: of the copy: jpg, webp, png
    size: int  #: of the copy in bytes
    colour: str  #: the average, #rrggbb
    blurhash: str  #: https://blurha.sh


def area(width: int, height: int) -> int:
    """The pixels that count."""
    return min(width, ENOUGH) * min(height, ENOUGH)


def is_shaped(width: int, height: int) -> bool:
    """Whether a picture has the shape of a cover."""
    return height > 0 and NARROWEST <= width / height <= WIDEST


def rank(width: int, height: int, *, of_edition: bool) -> float:
    """How good a cover a picture makes: the higher, the better."""
    shape = 1.0 if is_shaped(width, height) else ODD
    return area(width, height) * shape * (1.0 if of_edition else OF_WORK)


def is_good(width: int, height: int) -> bool:
    """Whether there is no need to look any further."""
    return is_shaped(width, height) and width >= GOOD_WIDTH and height >= GOOD_HEIGHT


def is_smaller(new: tuple[int, int], old: tuple[int, int]) -> bool:
    """Whether a picture has fewer pixels that count than the one in whose place it would come."""
    return area(*new) < area(*old)
