from __future__ import annotations

import pytest

from completist.kinds.tracks.isrc import fault, is_known_prefix, isrc, suggestion
from completist.kinds.tracks.typed import isrcs


@pytest.mark.parametrize(
    "text",
    [
        "USRC17607839", "us-rc1-76-07839", "US RC1 76 07839", "US\u2010RC1\u201376\u201407839", " USRC17607839 ",
        "ISRC US-RC1-76-07839", "ISRC: USRC17607839",
        "\uff35\uff33\uff32\uff23\uff11\uff17\uff16\uff10\uff17\uff18\uff13\uff19", "US.RC1.76.07839",
    ],
)  # fmt: skip
def test_an_isrc_is_read_however_it_is_shown(text: str) -> None:
    assert isrc(text) == "USRC17607839"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "123456789012",
        "ABCDEFGHIJKL",
        "USRC1760783O",
        "USTEST000001",
        "USRC1760783",
        "USRC176078390",
        "U1RC17607839",
    ],
)
def test_what_is_none_is_not_taken_for_one(text: str) -> None:
    assert isrc(text) is None
    assert fault(text)


def test_letters_that_look_like_digits_are_offered_and_not_taken() -> None:
    assert suggestion("USRC1760783O") == "USRC17607830"
    assert suggestion("USRC17607839") is None
    with pytest.raises(ValueError, match="is it USRC17607830"):
        isrcs(["USRC1760783O"])


def test_an_unknown_prefix_is_no_reason_to_refuse() -> None:
    assert isrc("AA6Q72000047") == "AA6Q72000047"
    assert not is_known_prefix("AA6Q72000047")
    assert is_known_prefix("USRC17607839")


def test_typed_isrcs_are_brought_into_form_each_once() -> None:
    assert isrcs(["us-rc1-76-07839", "USRC17607839"]) == ["USRC17607839"]
    assert isrcs(None) is None
