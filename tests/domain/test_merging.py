from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completist.domain.fields import DOUBTFUL, Data, Layer, Level, Origin, Value
from completist.domain.kind import Field, FieldType, Kind
from completist.domain.merging import STUB, Skip, effective, effective_values, is_worse, plan
from completist.domain.trust import EQUAL, Trust

WINE = Kind(
    name="wine",
    plural="wines",
    title="name",
    fields=(
        Field("name", FieldType.TEXT, "Name", wanted=True, level=Level.WORK),
        Field("bottled", FieldType.DATE, "Bottled", wanted=True, level=Level.EDITION),
        Field("story", FieldType.LONG_TEXT, "Story", wanted=True, level=Level.WORK),
        Field("stars", FieldType.NUMBER, "Stars", personal=True),
        Field("cellar", FieldType.TEXT, "Cellar"),
        Field("rack", FieldType.TEXT, "Rack", beside="cellar"),
    ),
)
LONG = "a" * STUB


def user(field: str, data: Data, at: int = 9) -> Value:
    return Value(field, data, Origin.USER, at=at)


def imported(field: str, data: Data, source: str = "cellar", *, sure: float = 1.0, at: int = 1) -> Value:
    return Value(field, data, Origin.IMPORT, source, sure, at=at)


def provided(
    field: str,
    data: Data,
    source: str = "atlas",
    *,
    level: Level = Level.EDITION,
    record: str = "R1",
    at: int = 1,
) -> Value:
    return Value(field, data, Origin.PROVIDER, source, 0.9, level, record, at=at)


def standing(*values: Value) -> dict[Layer, Value]:
    return {value.layer: value for value in values}


# --- what may be written ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "there", "locks", "skip"),
    [
        (imported("colour", "red"), [], (), Skip.UNKNOWN),
        (user("colour", "red"), [], (), Skip.UNKNOWN),
        (imported("name", "Riesling"), [], (), None),
        (imported("name", "Riesling"), [imported("name", "Riesling")], (), Skip.SAME),
        (imported("name", "Riesling"), [imported("name", "Silvaner")], (), None),
        (imported("name", ""), [], (), Skip.SAME),
        (imported("name", "Riesling"), [user("name", "Mine")], (), None),  # its own layer, below the person's
        (imported("name", "Riesling"), [], ("name",), Skip.LOCKED),
        (provided("name", "Riesling"), [], ("name",), Skip.LOCKED),
        (user("name", "Mine"), [], ("name",), None),  # who locked it may still type
        (user("name", "Mine"), [user("name", "Mine")], (), Skip.SAME),
        (user("name", None), [], (), None),  # clearing is saying something
        (user("name", None), [user("name", None)], (), Skip.SAME),
        (provided("stars", 5.0), [], (), Skip.PERSONAL),
        (imported("stars", 5.0), [], (), None),
        (provided("name", "Riesling", level=Level.WORK), [], (), None),
        (provided("bottled", "1999", level=Level.WORK), [], (), Skip.UNCERTAIN),
        (provided("bottled", "1999"), [], (), None),
        (provided("bottled", "1999"), [provided("bottled", "1999-05")], (), Skip.WORSE),
        (provided("bottled", "1999-05"), [provided("bottled", "1999")], (), None),
        (provided("bottled", "1998"), [provided("bottled", "1999-05")], (), None),  # another year, not less
        (
            provided("bottled", "1999", record="R2"),
            [provided("bottled", "1999-05")],
            (),
            None,
        ),  # other record
        (provided("story", "Fine."), [provided("story", LONG)], (), Skip.WORSE),
        (provided("story", "Fine.", source="other"), [provided("story", LONG)], (), None),  # another voice
        (imported("bottled", "1999"), [imported("bottled", "1999-05")], (), None),  # the file's word is law
    ],
)
def test_what_may_be_written(
    value: Value, there: list[Value], locks: tuple[str, ...], skip: Skip | None
) -> None:
    found = plan(WINE, [value], standing(*there), locks)
    assert found.skipped == (() if skip is None else ((value.field, skip),))
    assert found.writes == ((value,) if skip is None else ())


def test_what_is_said_again_stays_whatever_another_says_of_the_same_field() -> None:
    mine, other = provided("bottled", "1999"), provided("bottled", "1999", "other", level=Level.WORK)
    layers = {value.layer: value for value in (mine, other._replace(level=Level.EDITION))}
    for patch in ([mine, other], [other, mine]):
        found = plan(WINE, patch, layers)
        assert found.stays == {mine.layer}
        assert set(found.skipped) == {("bottled", Skip.SAME), ("bottled", Skip.UNCERTAIN)}


def test_a_refused_value_does_not_hold_up_the_others() -> None:
    values = [provided("stars", 5.0), provided("name", "Riesling"), imported("colour", "red")]
    found = plan(WINE, values, {})
    assert [value.field for value in found.writes] == ["name"]
    assert found.skipped == (("stars", Skip.PERSONAL), ("colour", Skip.UNKNOWN))


@pytest.mark.parametrize(
    ("kind", "new", "old", "worse"),
    [
        (FieldType.TEXT, "", "Riesling", True),
        (FieldType.TEXT, "", None, False),
        (FieldType.TEXT, "R", "Riesling", False),  # a shorter name may be the right one
        (FieldType.TEXTS, [], ["a"], True),
        (FieldType.INTEGER, 1, 100, False),
        (FieldType.INTEGER, 0, 100, False),  # nought is a number
        (FieldType.DATE, "1999", "1999-05-01", True),
        (FieldType.DATE, "1999-05", "1999-05-01", True),
        (FieldType.DATE, "2001", "1999-05-01", False),
        (FieldType.LONG_TEXT, "a" * (STUB - 1), LONG, True),
        (FieldType.LONG_TEXT, LONG, LONG + LONG, False),
    ],
)
def test_worse_is_what_says_less(kind: FieldType, new: Data, old: Data, *, worse: bool) -> None:
    assert is_worse(Field("x", kind, "X"), new, old) is worse


# --- what counts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "order", "winner"),
    [
        ([], (), None),
        ([provided("name", "P"), imported("name", "I"), user("name", "U")], (), "U"),
        ([provided("name", "P"), imported("name", "I")], (), "I"),
        ([imported("name", "old", "a", at=1), imported("name", "new", "b", at=2)], (), "new"),
        ([imported("name", "new", "a", at=2), imported("name", "old", "b", at=1)], (), "new"),
        ([imported("name", "R\ufffdsling", sure=0.2), provided("name", "Rösling")], (), "Rösling"),
        ([imported("name", "R\ufffdsling", sure=0.2)], (), "R\ufffdsling"),  # better than nothing
        ([imported("name", "edge", sure=DOUBTFUL), provided("name", "P")], (), "edge"),
        ([imported("name", ""), provided("name", "P")], (), "P"),  # blank is no voice
        ([provided("name", "A", "a"), provided("name", "B", "b")], ("b", "a"), "B"),
        ([provided("name", "A", "a"), provided("name", "B", "b")], ("a", "b"), "A"),
        ([provided("name", "unranked", "z"), provided("name", "B", "b")], ("b",), "B"),
        ([provided("name", "A", "a")._replace(confidence=0.5), provided("name", "B", "b")], (), "B"),
    ],
)
def test_who_is_believed(values: list[Value], order: tuple[str, ...], winner: str | None) -> None:
    for voices in (values, values[::-1]):  # the order in which they were said does not matter
        best = effective(voices, order)
        assert (None if best is None else best.data) == winner


def test_a_cleared_value_counts_as_the_persons_word() -> None:
    best = effective([provided("name", "P"), imported("name", "I"), user("name", None)])
    assert best is not None
    assert (best.origin, best.data) == (Origin.USER, None)


def test_values_that_count_come_in_the_kinds_order_and_without_foreign_fields() -> None:
    said = [imported("stars", 4.0), imported("colour", "red"), imported("name", "Riesling")]
    assert [*effective_values(WINE, said)] == ["name", "stars"]


def _counts(said: list[Value], trust: Trust = EQUAL) -> dict[str, Data]:
    """What counts by field, in whatever order it was said."""
    found = [
        {name: v.data for name, v in effective_values(WINE, each, trust).items()}
        for each in (said, said[::-1])
    ]
    assert found[0] == found[1]
    return found[0]


def test_each_field_has_an_order_of_its_own() -> None:
    said = [provided(name, source, source) for name in ("name", "bottled") for source in ("a", "b")]
    assert _counts(said, Trust(("a", "b"), {"bottled": ("b",)})) == {"name": "a", "bottled": "b"}


def test_no_stub_counts_while_another_has_more_to_say() -> None:
    said = [provided("story", "Fine.", "a"), provided("story", LONG, "b")]
    assert _counts(said, Trust(("a", "b"))) == {"story": LONG}
    assert _counts(said[:1], Trust(("a", "b"))) == {"story": "Fine."}
    assert _counts([*said, imported("story", "Mine.")], Trust(("a", "b"))) == {"story": "Mine."}


@pytest.mark.parametrize(
    ("dates", "counts"),
    [
        (("1999", "1999-05-04"), "1999-05-04"),
        (("1999", "1999-05", "1999-05-04"), "1999-05-04"),
        (("1999", "1999-05", "1999-06-04"), "1999-05"),  # the year is the first one's, the month the second's
        (("1999", "2001-05-04"), "1999"),
        (("1999-05-04", "1999"), "1999-05-04"),
        (("1999", "1999-01-01"), "1999"),  # many records say so that mean the year
        (("1999", "1999~"), "1999"),
    ],
)
def test_a_date_is_taken_from_whoever_names_the_day(dates: tuple[str, ...], counts: str) -> None:
    said = [provided("bottled", date, source) for date, source in zip(dates, "abc", strict=False)]
    assert _counts(said, Trust(("a", "b", "c"))) == {"bottled": counts}


def test_the_better_record_speaks_where_nothing_else_tells_two_apart() -> None:
    said = [
        provided("name", "A", "a", at=9),
        provided("name", "B", "b"),
        provided("story", "b" * 200, "b"),
    ]
    assert _counts(said)["name"] == "B"
    assert _counts(said, Trust(("a",)))["name"] == "A"
    assert _counts([said[0]._replace(confidence=0.95), *said[1:]])["name"] == "A"


@pytest.mark.parametrize(
    ("cellars", "counts"),
    [
        ({"a": "North", "b": "South"}, None),  # b's rack stands in another cellar
        ({"a": "North", "b": "the north"}, None),
        ({"a": "North", "b": "NORTH!"}, "2"),
        ({"b": "South"}, "2"),
        ({"a": "North"}, None),
        ({}, None),
    ],
)
def test_what_says_nothing_without_another_field_is_taken_from_beside_it(
    cellars: dict[str, str], counts: str | None
) -> None:
    said = [provided("cellar", name, source) for source, name in cellars.items()]
    found = _counts([*said, provided("rack", "2", "b")], Trust(("a", "b")))
    assert found.get("rack") == counts
    typed = _counts([*said, provided("rack", "2", "b"), user("rack", "7")], Trust(("a", "b")))
    assert typed["rack"] == "7"


@given(
    said=st.lists(
        st.tuples(st.sampled_from("abcd"), st.sampled_from(["1", "1-02", "1-02-03", "2"])), min_size=1
    ),
    order=st.permutations("abc"),
    sure=st.lists(st.sampled_from([0.5, 0.9]), min_size=4, max_size=4),
    shuffled=st.randoms(use_true_random=False),
)
def test_the_same_voices_come_to_the_same_value_whoever_spoke_first(
    said: list[tuple[str, str]], order: list[str], sure: list[float], shuffled: Random
) -> None:
    confidence = dict(zip("abcd", sure, strict=True))
    voices = [
        provided("bottled", date, source)._replace(confidence=confidence[source])
        for source, date in dict(said).items()
    ]
    first = effective(voices, order, WINE.by_name["bottled"])
    shuffled.shuffle(voices)
    assert effective(voices, order, WINE.by_name["bottled"]) == first


# --- never overwrite what a person typed -----------------------------------------------------------------------

_DATA: st.SearchStrategy[Data] = st.one_of(
    st.none(), st.text(max_size=6), st.integers(), st.lists(st.text(max_size=3), max_size=2), st.just(LONG)
)


@st.composite
def _voices(draw: st.DrawFn) -> Value:
    origin = draw(st.sampled_from([Origin.IMPORT, Origin.PROVIDER]))
    return Value(
        field=draw(st.sampled_from([f.name for f in WINE.fields])),
        data=draw(_DATA),
        origin=origin,
        source=draw(st.sampled_from(["", "a", "b"])),
        confidence=draw(st.sampled_from([0.0, 0.2, 0.9, 1.0, 1e9])),
        level=draw(st.sampled_from([None, Level.WORK, Level.EDITION])),
        record=draw(st.sampled_from([None, "R1", "R2"])),
        at=draw(st.integers(0, 10**15)),
    )


@given(
    before=st.lists(_voices(), max_size=8),
    typed=st.lists(st.tuples(st.sampled_from([f.name for f in WINE.fields]), _DATA), min_size=1, max_size=4),
    after=st.lists(st.lists(_voices(), max_size=4), max_size=6),
    order=st.permutations(["", "a", "b"]),
)
def test_nothing_that_is_imported_or_found_ever_changes_what_a_person_typed(
    before: list[Value], typed: list[tuple[str, Data]], after: list[list[Value]], order: list[str]
) -> None:
    layers = _written({}, before)
    layers = _written(layers, [user(field, data, at=5) for field, data in typed])
    want = dict(typed)
    for patch in after:
        layers = _written(layers, patch)
        counts = effective_values(WINE, layers.values(), Trust(fields=dict.fromkeys(want, tuple(order))))
        assert {field: counts[field].data for field in want} == want
        assert all(counts[field].origin is Origin.USER for field in want)


@given(patches=st.lists(st.lists(_voices(), max_size=4), max_size=6))
def test_nothing_is_written_to_a_locked_field(patches: list[list[Value]]) -> None:
    layers: dict[Layer, Value] = {}
    for patch in patches:
        layers = _written(layers, patch, locks=("name",))
    assert all(value.field != "name" for value in layers.values())


@given(patch=st.lists(_voices(), max_size=8))
def test_a_match_of_the_work_alone_never_fills_what_is_true_of_one_edition(patch: list[Value]) -> None:
    of_work = [value._replace(origin=Origin.PROVIDER, level=Level.WORK) for value in patch]
    assert all(value.field != "bottled" for value in plan(WINE, of_work, {}).writes)


@given(patches=st.lists(st.lists(_voices(), max_size=4), max_size=4))
def test_writing_a_patch_again_writes_nothing_unless_it_contradicts_itself(
    patches: list[list[Value]],
) -> None:
    layers: dict[Layer, Value] = {}
    for patch in patches:
        once = list(standing(*patch).values())  # one value per layer
        layers = _written(layers, once)
        assert plan(WINE, once, layers).writes == ()


def _written(
    layers: dict[Layer, Value], patch: list[Value], locks: tuple[str, ...] = ()
) -> dict[Layer, Value]:
    return layers | standing(*plan(WINE, patch, layers, locks).writes)
