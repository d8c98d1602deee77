from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completist.domain.fields import Data, Origin, Value
from completist.domain.kind import Field, FieldType, Kind
from completist.domain.scoring import (
    BANDS,
    MUCH,
    SOME,
    completeness,
    completeness_at_first,
    quality,
    spread,
)

T = FieldType
WINE = Kind(
    name="wine",
    plural="wines",
    title="name",
    fields=(
        Field("name", T.TEXT, "Name", wanted=True, weight=3, worth=5),
        Field("story", T.LONG_TEXT, "Story", wanted=True, weight=2, worth=3),
        Field("bottles", T.INTEGER, "Bottles", weight=2),
        Field("grapes", T.TEXTS, "Grapes", weight=1, worth=2),
        Field("ean", T.IDENTIFIER, "EAN"),
        Field("stars", T.NUMBER, "Stars", personal=True),
    ),
)
PLAIN = Kind("cork", "corks", (Field("name", T.TEXT, "Name", wanted=True), Field("size", T.INTEGER, "Size")))
BARE = Kind("nail", "nails", (Field("name", T.TEXT, "Name"),))


def said(data: dict[str, Data], origin: Origin = Origin.PROVIDER) -> dict[str, Value]:
    return {name: Value(name, held, origin) for name, held in data.items()}


@pytest.mark.parametrize(
    ("data", "score"),
    [
        ({}, 0),
        ({"name": "Riesling"}, 38),  # 3 of 8, which is 37.5: halves go up
        ({"name": "  "}, 0),
        ({"grapes": []}, 0),
        ({"grapes": ["Elbling"]}, 13),
        ({"bottles": 0}, 0),
        ({"bottles": 6}, 25),
        ({"story": "a" * SOME}, 0),  # a stub
        ({"story": "a" * (SOME + 1)}, 25),
        ({"ean": ["1"], "stars": 5.0}, 0),  # of no weight
        ({"name": "R", "story": "a" * 99, "bottles": 1, "grapes": ["E"]}, 100),
    ],
)
def test_what_is_there_counts_by_its_weight(data: dict[str, Data], score: int) -> None:
    assert completeness(WINE, said(data)) == completeness_at_first(WINE, data) == score


def test_what_a_person_decided_is_settled_whatever_it_holds() -> None:
    assert completeness(WINE, said({"story": None, "name": "R"}, Origin.USER)) == 63
    assert completeness(WINE, said({"story": "stub"}), locks={"story", "stars"}) == 25


def test_a_kind_without_weights_is_complete_when_nothing_is_missing() -> None:
    assert completeness(PLAIN, said({"name": "Oak"})) == 100
    assert completeness(PLAIN, said({"size": 3})) == 0
    assert completeness(BARE, {}) == 100


@pytest.mark.parametrize(
    ("data", "unsound", "worth"),
    [
        ({}, (), 0.0),
        ({"name": "Riesling"}, (), 0.5),
        (
            {"name": "Riesling", "story": "a" * MUCH},
            (),
            0.5,
        ),  # long enough to be read, too short to be praised
        ({"name": "Riesling", "story": "a" * (MUCH + 1), "grapes": ["E"]}, (), 1.0),
        ({"name": "Riesling", "ean": ["1"]}, (), 0.5),
        ({"name": "Riesling", "ean": ["x"]}, ("ean",), 0.25),
        ({"name": "Riesling", "grapes": ["E"]}, ("grapes",), 0.5),
    ],
)
def test_a_record_is_as_good_as_what_it_says(
    data: dict[str, Data], unsound: tuple[str, ...], worth: float
) -> None:
    assert quality(WINE, data, unsound) == worth


_DATA = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["", "Riesling"]),
        "story": st.integers(0, 120).map("a".__mul__),
        "bottles": st.integers(0, 3),
        "grapes": st.lists(st.just("Elbling"), max_size=2),
    },
)


@given(before=_DATA, more=_DATA, typed=st.sets(st.sampled_from([f.name for f in WINE.fields])))
def test_more_of_what_counts_never_makes_an_item_less_complete(
    before: dict[str, Data], more: dict[str, Data], typed: set[str]
) -> None:
    longer = {name: max(before.get(name, held), held, key=_size) for name, held in more.items()}
    less, full = said(before), said({**before, **longer})
    assert 0 <= completeness(WINE, less) <= completeness(WINE, full) <= 100
    assert completeness(WINE, full) <= completeness(WINE, full | said(dict.fromkeys(typed), Origin.USER))
    assert quality(WINE, before) <= quality(WINE, {**before, **longer}) <= 1


def _size(data: Data) -> int:
    return data if isinstance(data, int) else len(data) if isinstance(data, (str, list)) else 0


def test_many_scores_are_told_by_their_average_and_their_bands() -> None:
    told = spread({0: 1, 19: 1, 20: 2, 99: 1, 100: 3, None: 7})
    assert told.average == pytest.approx((0 + 19 + 40 + 99 + 300) / 8, abs=0.05)
    assert told.bands == {0: 2, 20: 2, 40: 0, 60: 0, 80: 1, 100: 3}
    assert told.unscored == 7
    assert spread({}).average is None
    assert spread({None: 2}).bands == dict.fromkeys(BANDS, 0)
