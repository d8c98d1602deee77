from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from completist.domain.trust import EQUAL, Trust

DECLARED = Trust(("a", "b", "c"), {"story": ("c",)})


def test_a_fields_own_order_comes_before_the_general_one() -> None:
    assert DECLARED.of("name") == ("a", "b", "c")
    assert DECLARED.of("story") == ("c", "a", "b")
    assert EQUAL.of("name") == ()


def test_a_persons_order_comes_before_what_is_declared() -> None:
    by_field = Trust(fields={"story": ("b",), "name": ("c",)}).over(DECLARED)
    assert by_field.of("story") == ("b", "c", "a")
    assert by_field.of("name") == ("c", "a", "b")
    in_general = Trust(("b",)).over(DECLARED)
    assert in_general.of("story") == ("b", "c", "a")
    assert in_general.of("name") == ("b", "a", "c")
    both = Trust(("b",), {"story": ("a",)}).over(DECLARED)
    assert both.of("story") == ("a", "b", "c")


_NAMES = st.lists(st.sampled_from("abcde"), unique=True, max_size=4).map(tuple)
_TRUST = st.builds(Trust, _NAMES, st.dictionaries(st.sampled_from(["x", "y"]), _NAMES))


@given(mine=_TRUST, theirs=_TRUST, name=st.sampled_from(["x", "y", "z"]))
def test_an_order_over_another_keeps_both_and_names_nobody_twice(
    mine: Trust, theirs: Trust, name: str
) -> None:
    order = mine.over(theirs).of(name)
    assert len(set(order)) == len(order)
    assert order[: len(mine.of(name))] == mine.of(name)
    assert [each for each in order if each not in mine.of(name)] == [
        each for each in theirs.of(name) if each not in mine.of(name)
    ]
