from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completist.domain.fields import Level, Origin, Value
from completist.domain.kind import Field, FieldType, Kind
from completist.domain.merging import Skip, effective, plan
from completist.domain.pictures import ENOUGH, area, is_good, is_shaped, is_smaller, rank

SIDES = st.integers(1, 4000)


@given(SIDES, SIDES)
def test_pixels_beyond_what_is_enough_are_worth_nothing(width: int, height: int) -> None:
    assert area(width, height) == area(min(width, ENOUGH), min(height, ENOUGH))


@given(SIDES, SIDES, SIDES, SIDES)
def test_of_two_at_most_one_is_smaller(a: int, b: int, c: int, d: int) -> None:
    assert not (is_smaller((a, b), (c, d)) and is_smaller((c, d), (a, b)))


@pytest.mark.parametrize(
    ("size", "shaped"),
    [((300, 450), True), ((500, 500), False), ((800, 300), False), ((100, 300), False), ((5, 0), False)],
)
def test_a_cover_is_higher_than_wide(size: tuple[int, int], *, shaped: bool) -> None:
    assert is_shaped(*size) is shaped


def test_the_very_edition_comes_before_some_edition_of_the_same_size() -> None:
    assert rank(300, 450, of_edition=True) > rank(300, 450, of_edition=False)


def test_a_cover_comes_before_a_larger_square() -> None:
    assert rank(300, 450, of_edition=True) > rank(450, 450, of_edition=True)


def test_a_much_larger_one_of_the_work_comes_before_a_thumbnail_of_the_edition() -> None:
    assert rank(800, 1200, of_edition=False) > rank(128, 192, of_edition=True)


def test_a_thumbnail_is_not_good_enough() -> None:
    assert is_good(300, 450)
    assert not is_good(128, 192)
    assert not is_good(900, 300)


COVER = Field("cover", FieldType.IMAGE, "Cover", wanted=True, level=Level.WORK)
KIND = Kind("book", "books", (Field("title", FieldType.TEXT, "Title"), COVER))


def _said(source: str, version: str, url: str = "https://a.example/1.jpg", at: int = 1) -> Value:
    return Value("cover", url, Origin.PROVIDER, source, level=Level.WORK, record="r", version=version, at=at)


def test_a_picture_that_was_looked_at_counts_before_addresses_that_nobody_has_called() -> None:
    claimed, looked_at = _said("openlibrary", "book-metadata@1", at=9), _said("dnb", "cover@1")
    assert effective([claimed, looked_at], ("openlibrary", "dnb"), COVER) is looked_at


def test_an_address_does_not_take_the_place_of_a_picture_that_was_looked_at() -> None:
    standing = _said("openlibrary", "cover@1")
    claimed = _said("openlibrary", "book-metadata@2", "https://a.example/2.jpg")
    planned = plan(KIND, [claimed], {standing.layer: standing})
    assert planned.skipped == (("cover", Skip.WORSE),)
    better = _said("openlibrary", "cover@1", "https://a.example/2.jpg")
    assert plan(KIND, [better], {standing.layer: standing}).writes == (better,)
