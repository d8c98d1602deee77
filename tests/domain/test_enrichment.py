from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completist.domain.enrichment import Enriched, Telling, blend, says_less
from completist.domain.fields import Data
from completist.domain.kind import Field, FieldType

DECLARED = {
    "title": Field("title", FieldType.TEXT, "Title"),
    "published": Field("published", FieldType.DATE, "Published"),
    "description": Field("description", FieldType.LONG_TEXT, "Description"),
    "authors": Field("authors", FieldType.TEXTS, "Authors"),
    "pages": Field("pages", FieldType.INTEGER, "Pages"),
}
ORDER = ("openlibrary", "googlebooks")
LONG = "A planet of sand, a boy, and a worm as long as a road: what more could anybody want of a novel?"


def rank(_name: str, by: str) -> int:
    return ORDER.index(by) if by in ORDER else len(ORDER)


def told(standing: Enriched | None, by: str, at: int = 1, **fields: Data) -> tuple[Enriched, tuple[str, ...]]:
    return blend(standing, Telling(by, fields), DECLARED, rank, at)


def after(*tellings: tuple[str, Mapping[str, Data]]) -> dict[str, Data]:
    standing = None
    for at, (by, fields) in enumerate(tellings):
        standing, _ = told(standing, by, at, **fields)
    assert standing is not None
    return standing.data


def test_what_is_told_stands_and_says_who_said_so() -> None:
    standing, updated = told(None, "googlebooks", 5, title="Dune", pages=412)
    assert standing.data == {"title": "Dune", "pages": 412}
    assert updated == ("title", "pages")
    assert standing.fields["title"].by == "googlebooks"
    assert (standing.created_at, standing.updated_at) == (5, 5)


def test_what_is_left_out_or_empty_takes_nothing_away() -> None:
    standing, _ = told(None, "googlebooks", title="Dune", authors=["Frank Herbert"])
    again, updated = told(standing, "googlebooks", 9, title=None, authors=[], pages=412)
    assert again.data == {"title": "Dune", "authors": ["Frank Herbert"], "pages": 412}
    assert updated == ("pages",)


@pytest.mark.parametrize(
    ("name", "better", "worse"),
    [
        ("description", LONG, "A novel."),
        ("published", "1965-08-01", "1965"),
        ("published", "1965-08", "1965"),
        ("authors", ["Frank Herbert", "Brian Herbert"], ["Frank Herbert"]),
    ],
)
@pytest.mark.parametrize("tellers", [("openlibrary", "googlebooks"), ("me", "me"), ("me", "openlibrary")])
def test_the_better_value_stays_whoever_comes_last(
    name: str, better: Data, worse: Data, tellers: tuple[str, str]
) -> None:
    one, two = tellers
    for first, second in ((better, worse), (worse, better)):
        for left, right in ((one, two), (two, one)):
            assert after((left, {name: first}), (right, {name: second})) == {name: better}


def test_of_two_equally_good_values_the_more_trusted_teller_is_believed_in_either_order() -> None:
    ours, theirs = {"title": "Dune"}, {"title": "Dune (Dune, #1)"}
    assert after(("openlibrary", ours), ("googlebooks", theirs)) == ours
    assert after(("googlebooks", theirs), ("openlibrary", ours)) == ours


def test_the_last_of_several_who_are_trusted_alike_takes_nothing_from_the_first() -> None:
    assert after(("me", {"pages": 412}), ("you", {"pages": 500})) == {"pages": 412}


def test_who_has_said_something_may_correct_it() -> None:
    assert after(("me", {"pages": 412}), ("me", {"pages": 421})) == {"pages": 421}


def test_who_is_trusted_more_and_says_the_same_makes_it_safe_from_others() -> None:
    same, other = {"title": "Dune"}, {"title": "Dunes"}
    assert after(("me", same), ("openlibrary", same), ("googlebooks", other)) == same


def test_contributors_are_a_set_however_often_they_come() -> None:
    standing = None
    for at in range(50):
        standing, _ = told(standing, ("me", "googlebooks")[at % 2], at, title="Dune")
    assert standing is not None
    assert standing.contributors == ("googlebooks", "me")
    assert standing.primary(rank) == "googlebooks"


def test_what_changes_nothing_is_no_update() -> None:
    first, _ = told(None, "me", 1, title="Dune", authors=["Frank Herbert"])
    second, updated = told(first, "me", 99, title="Dune", authors=["Frank Herbert"])
    assert (second, updated) == (first, ())


def test_metadata_is_kept_by_contributor_and_key() -> None:
    one, _ = blend(None, Telling("me", {}, {"a": 1, "b": 2}), DECLARED, rank, 1)
    two, updated = blend(one, Telling("you", {}, {"a": 3}), DECLARED, rank, 2)
    three, again = blend(two, Telling("me", {}, {"a": 9}), DECLARED, rank, 3)
    assert three.metadata == {"me": {"a": 9, "b": 2}, "you": {"a": 3}}
    assert (updated, again) == (("metadata",), ("metadata",))


_dates = st.sampled_from(["1965", "1965-08", "1965-08-01", "1984", "1984-06-01"])
_texts = st.sampled_from(["A novel.", LONG, LONG + " More."])
_names = st.lists(st.sampled_from(["Ann", "Bo", "Cy"]), unique=True)
_fields = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(["Dune", "Dunes"]),
        "published": _dates,
        "description": _texts,
        "authors": _names,
    },
)
_tellings = st.lists(st.tuples(st.sampled_from([*ORDER, "me", "you"]), _fields), min_size=1, max_size=8)


@given(_tellings)
def test_nothing_told_ever_makes_a_record_say_less(tellings: list[tuple[str, dict[str, Data]]]) -> None:
    standing: Enriched | None = None
    for at, (by, fields) in enumerate(tellings):
        before = {} if standing is None else standing.data
        standing, updated = told(standing, by, at, **fields)
        assert before.keys() <= standing.data.keys()
        for name, old in before.items():
            assert not says_less(DECLARED[name], standing.data[name], old)
        assert set(updated) == {name for name in standing.data if standing.data[name] != before.get(name)}
        assert told(standing, by, at + 1, **fields) == (standing, ())
