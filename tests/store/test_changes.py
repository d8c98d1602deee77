from __future__ import annotations

from collections.abc import Callable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from completist.domain.fields import Data, Layer, Level, Origin, Value
from completist.store import changes
from completist.store.bulk import Row
from completist.store.database import Database

Stock = Callable[[int], Sequence[int]]

_TEXT = st.text(st.characters(codec="utf-8"), max_size=5)
_DATA: st.SearchStrategy[Data] = st.recursive(
    st.one_of(
        st.none(), _TEXT, st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False)
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_TEXT, inner, max_size=3)),
    max_leaves=6,
)


@st.composite
def _layers(draw: st.DrawFn) -> dict[Layer, Value | None]:
    said = draw(
        st.lists(
            st.builds(
                Value,
                field=_TEXT,
                data=_DATA,
                origin=st.sampled_from(Origin),
                source=_TEXT,
                confidence=st.floats(0, 1),
                level=st.sampled_from([None, *Level]),
                record=st.one_of(st.none(), _TEXT),
                run_id=st.one_of(st.none(), st.integers(1, 2**40)),
                version=st.one_of(st.none(), _TEXT),
                at=st.integers(0, 2**45),
            ),
            max_size=4,
        )
    )
    return {value.layer: value if draw(st.booleans()) else None for value in said}


@given(layers=_layers())
def test_layers_come_out_of_history_as_they_went_in(layers: dict[Layer, Value | None]) -> None:
    assert changes.unpack(changes.pack(layers)) == layers


def _row(library: int, item: int, action: str, *, run: int | None = None, by: int | None = None) -> Row:
    before: dict[Layer, Value | None] = {("name", Origin.USER, ""): None}
    after: dict[Layer, Value | None] = {("name", Origin.USER, ""): Value("name", action, Origin.USER)}
    return (
        library,
        item,
        5,
        action,
        "user",
        "",
        run,
        by,
        None,
        changes.pack(before),
        changes.pack(after),
        None,
    )


def test_history_is_told_oldest_first(database: Database, library: int, stock: Stock) -> None:
    one, two = stock(2)
    with database.write() as connection:
        ids = changes.append_changes(connection, [_row(library, one, "create"), _row(library, two, "create")])
        ids = [*ids, *changes.append_changes(connection, [_row(library, one, "type")])]
        told = changes.history(connection, library, one)
        assert [(c.id, c.action) for c in told] == [(ids[0], "create"), (ids[2], "type")]
        assert told[1].after[("name", Origin.USER, "")] == Value("name", "type", Origin.USER)
        assert changes.history(connection, library + 1, one) == []


def test_what_is_not_undone_yet_is_found_newest_first(database: Database, library: int, stock: Stock) -> None:
    (item,) = stock(1)
    rows = [
        _row(library, item, "import", by=1),
        _row(library, item, "fill", run=7),
        _row(library, item, "import", by=1),
        _row(library, item, "undo", run=7),
        _row(library, item, "type"),
    ]
    with database.write() as connection:
        first, fill, second, undo, typed = changes.append_changes(connection, rows)
        by_import = changes.changes_by(connection, library, import_id=1)
        assert [c.id for c in by_import] == [second, first]
        assert [c.id for c in changes.changes_by(connection, library, import_id=1, after=second)] == [first]
        assert [c.id for c in changes.changes_by(connection, library, run_id=7)] == [fill]  # not its undoing
        assert [c.id for c in changes.changes_by(connection, library, change_id=typed)] == [typed]
        latest = changes.latest_deed(connection, library)
        assert latest is not None
        assert latest.id == typed
        changes.mark_undone(connection, [typed, second], undo)
        assert changes.latest_deed(connection, library) is None
        assert [c.id for c in changes.changes_by(connection, library, import_id=1)] == [first]
        assert changes.changes_by(connection, library, change_id=typed) == []
