"""Whatever is sent in the place of a picture is refused with a reason, or kept clean."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from tests.support.painting import bomb, cover, encoded, painted

from completist.domain.errors import BadInput
from completist.pictures.copying import Copy, copy, thumbnail
from completist.pictures.decoding import KEPT, decode
from completist.pictures.sizes import BOXES
from completist.simulator.images import unavailable

SCRIPT = b"<script>alert(1)</script>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>"


def _files(found: Copy) -> list[bytes]:
    return [found.content, *found.thumbnails.values()]


def _refused(content: bytes) -> str:
    with pytest.raises(BadInput) as refused:
        copy(content)
    return refused.value.code


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(bomb(), "too_many_pixels", id="bomb"),
        pytest.param(bomb(6_500), "too_many_pixels", id="bomb_below_what_pillow_refuses"),
        pytest.param(SVG, "not_an_image", id="svg_with_script"),
        pytest.param(b"  \n" + SVG, "not_an_image", id="svg_behind_blanks"),
        pytest.param(b"<!DOCTYPE html><html>" + SCRIPT, "not_an_image", id="page"),
        pytest.param(b"PK\3\4" + b"\0" * 500, "not_an_image", id="archive"),
        pytest.param(b"%PDF-1.4" + b"\0" * 500, "not_an_image", id="pdf"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not_an_image", id="postscript"),
        pytest.param(b"", "not_an_image", id="nothing"),
        pytest.param(cover()[:2000], "truncated", id="truncated_jpeg"),
        pytest.param(encoded(painted(), "PNG")[:400], "truncated", id="truncated_png"),
        pytest.param(b"\xff" * (10 * 1024 * 1024 + 1), "too_large", id="too_large"),
        pytest.param(encoded(painted(), "BMP"), "not_an_image", id="a_form_that_is_not_read"),
        pytest.param(encoded(painted(), "TIFF"), "not_an_image", id="another"),
    ],
)
def test_what_is_no_picture_is_refused_with_a_reason(content: bytes, code: str) -> None:
    assert _refused(content) == code


@pytest.mark.parametrize(
    ("picture", "code"),
    [
        pytest.param(Image.new("RGB", (1, 1)), "tiny", id="one_pixel"),
        pytest.param(painted(30, 45), "tiny", id="thirty_pixels"),
        pytest.param(Image.new("RGB", (300, 450), (255, 255, 255)), "blank", id="white"),
        pytest.param(Image.new("RGB", (300, 450), (12, 80, 140)), "blank", id="one_colour"),
    ],
)
def test_what_stands_for_no_cover_is_refused(picture: Image.Image, code: str) -> None:
    assert _refused(encoded(picture, "PNG")) == code


def test_a_page_with_a_few_grey_words_is_no_cover() -> None:
    page = Image.new("RGB", (300, 450), (255, 255, 255))
    page.paste((120, 120, 120), (90, 210, 210, 240))
    assert _refused(encoded(page, "PNG")) == "blank"


def test_a_polyglot_loses_what_hid_behind_the_picture() -> None:
    hidden = cover() + b"PK\3\4" + SCRIPT + b"PK\5\6" + b"\0" * 18
    found = copy(hidden)
    assert all(SCRIPT not in each and b"PK\3\4" not in each for each in _files(found))
    assert (found.picture.width, found.picture.height) == (300, 450)


def test_metadata_is_gone() -> None:
    exif = Image.Exif()
    exif[0x010E], exif[0x8298] = "taken at home", "somebody"
    content = encoded(painted(), exif=exif, comment=b"a secret", icc_profile=None)
    assert b"taken at home" in content
    found = copy(content)
    assert all(b"taken at home" not in each and b"a secret" not in each for each in _files(found))
    assert not Image.open(io.BytesIO(found.content)).getexif()


def test_what_lies_on_its_side_is_put_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    found = copy(encoded(painted(450, 300), exif=exif))
    assert (found.picture.width, found.picture.height) == (300, 450)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(encoded(painted().convert("CMYK")), id="cmyk"),
        pytest.param(encoded(painted().convert("L"), "PNG"), id="grey"),
        pytest.param(encoded(painted().quantize(16), "PNG"), id="palette"),
        pytest.param(encoded(painted().convert("RGBA"), "PNG"), id="alpha"),
        pytest.param(encoded(painted(), "WEBP"), id="webp"),
        pytest.param(encoded(painted(), "AVIF"), id="avif"),
        pytest.param(encoded(painted().convert("1"), "PNG"), id="one_bit"),
    ],
)
def test_every_form_becomes_a_plain_picture(content: bytes) -> None:
    with Image.open(io.BytesIO(copy(content).content)) as kept:
        assert (kept.format, kept.mode, kept.size) == ("JPEG", "RGB", (300, 450))


def test_sixteen_bits_keep_their_brightness() -> None:
    deep = Image.new("I;16", (300, 450), 0x8000)
    deep.paste(0xFFFF, (0, 0, 300, 225))
    found = decode(encoded(deep, "PNG"))
    top, below = found.getpixel((10, 10)), found.getpixel((10, 440))
    assert isinstance(top, tuple)
    assert isinstance(below, tuple)
    assert top[0] == 255
    assert below[0] == pytest.approx(128, abs=1)


def test_of_what_moves_the_first_picture_is_kept() -> None:
    frames = [painted(seed=n) for n in range(5)]
    for form in ("GIF", "WEBP", "PNG"):
        moving = encoded(frames[0], form, save_all=True, append_images=frames[1:], duration=50)
        with Image.open(io.BytesIO(copy(moving).content)) as kept:
            assert getattr(kept, "n_frames", 1) == 1
            assert kept.size == (300, 450)


def test_what_is_clear_lies_on_white() -> None:
    clear = painted().convert("RGBA")
    clear.paste((0, 0, 0, 0), (0, 0, 300, 20))
    assert decode(encoded(clear, "PNG")).getpixel((5, 5)) == (255, 255, 255)


def test_a_large_one_is_kept_smaller() -> None:
    found = copy(cover(3000, 4500))
    assert (found.picture.width, found.picture.height) == (round(KEPT * 2 / 3), KEPT)


def test_thumbnails_fit_and_are_never_enlarged() -> None:
    found = copy(cover(200, 300))
    for size, box in BOXES.items():
        for content in (found.thumbnails[size], thumbnail(found.content, size)):
            with Image.open(io.BytesIO(content)) as small:
                assert small.format == "WEBP"
                assert small.width <= min(box[0], 200)
                assert small.height <= min(box[1], 300)


def test_the_same_picture_is_kept_under_the_same_digest() -> None:
    assert copy(cover()).picture == copy(cover()).picture
    assert copy(cover(seed=2)).picture.sha256 != copy(cover()).picture.sha256


def test_the_page_that_google_sends_for_no_cover_is_known_for_what_it_is() -> None:
    assert _refused(unavailable()) == "blank"


def test_a_pale_cover_is_a_cover() -> None:
    pale = Image.new("RGB", (300, 450), (250, 250, 250))
    pale.paste((200, 20, 30), (60, 120, 240, 200))
    assert copy(encoded(pale, "PNG")).picture.width == 300
