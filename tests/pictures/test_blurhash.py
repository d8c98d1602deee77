from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from tests.support.painting import painted

from completist.pictures.blurhash import blurhash, encode
from completist.pictures.copying import average


def test_one_colour_is_that_colour_and_nothing_else() -> None:
    """The flag of 3 x 4 components, no other than the first, and 0xff0000 in base 83."""
    red = np.zeros((32, 24, 3), dtype=np.uint8)
    red[:, :, 0] = 255
    assert encode(red, 1, 1) == "00TI:j"
    assert encode(red).startswith("T")


def test_its_length_follows_from_its_components() -> None:
    assert len(blurhash(painted())) == 1 + 1 + 4 + 2 * (3 * 4 - 1)


@pytest.mark.parametrize("seed", range(3))
def test_other_pictures_have_other_hashes(seed: int) -> None:
    assert blurhash(painted(seed=seed)) != blurhash(painted(seed=seed + 1))


def test_the_average_colour() -> None:
    half = Image.new("RGB", (10, 10), (0, 0, 0))
    half.paste((255, 255, 255), (0, 0, 10, 5))
    assert average(half) == "#808080"
