from __future__ import annotations

import struct

import pytest

from completist.simulator.images import BLANK, fitted, jpeg, size_of

_FRAME, _SCAN = 0xC0, 0xDA


def segments(picture: bytes) -> dict[int, bytes]:
    """The parts of a JPEG before its pixels, by their marks; what follows the last one begins with the pixels."""
    assert picture.startswith(b"\xff\xd8")
    assert picture.endswith(b"\xff\xd9")
    found, at = {}, 2
    while at < len(picture):
        mark, length = picture[at + 1], struct.unpack(">H", picture[at + 2 : at + 4])[0]
        found[mark] = picture[at + 4 : at + 2 + length]
        at += 2 + length
        if mark == _SCAN:
            found[0] = picture[at:-2]
            break
    return found


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (333, 500), (1_200, 1_801)])
def test_a_picture_has_the_size_that_was_asked_for(size: tuple[int, int]) -> None:
    frame = segments(jpeg("a cover", *size))[_FRAME]
    height, width = struct.unpack(">HH", frame[1:5])
    assert (width, height) == size


def test_nothing_among_the_pixels_looks_like_a_mark() -> None:
    for name in map(str, range(40)):
        pixels = segments(jpeg(name, 64, 96))[0]
        assert all(pixels[at + 1] == 0 for at, byte in enumerate(pixels[:-1]) if byte == 0xFF)


def test_pictures_differ_by_name_and_are_the_same_each_time() -> None:
    assert jpeg("one", 80, 120) == jpeg("one", 80, 120) != jpeg("two", 80, 120)


def test_a_picture_is_larger_than_what_stands_for_none() -> None:
    assert len(BLANK) < 100 < len(jpeg("a cover", 116, 58))


def test_a_size_is_made_smaller_to_fit_and_never_larger() -> None:
    assert fitted((800, 1_200), (500, 500)) == (333, 500)
    assert fitted((80, 120), (500, 500)) == (80, 120)
    width, height = size_of("a cover")
    assert 1.4 < height / width < 1.6
