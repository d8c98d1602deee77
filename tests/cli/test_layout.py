"""Layout: on a narrow terminal nothing that matters vanishes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from completist.cli.layout import GUTTER, LEAST, Column, fit

SHOW = (
    Column("field"),
    Column("value", grows=True, wraps=True),
    Column("from", spare=True),
    Column(spare=True),
)


def test_a_wide_terminal_shows_everything_whole() -> None:
    assert fit(SHOW, (15, 40, 12, 6), 200) == [15, 40, 12, 6]


def test_what_may_be_cut_gives_way_first() -> None:
    assert fit(SHOW, (15, 90, 12, 6), 60) == [15, 21, 12, 6]


def test_then_spare_columns_go_and_the_value_stays() -> None:
    assert fit(SHOW, (15, 90, 12, 6), 38) == [15, 21, 0, 0]


COLUMNS = st.builds(Column, grows=st.booleans(), wraps=st.booleans(), spare=st.booleans())


@given(st.lists(st.tuples(COLUMNS, st.integers(1, 300)), min_size=1, max_size=6), st.integers(20, 200))
def test_a_table_fits_and_no_column_that_matters_vanishes(table: list[tuple[Column, int]], room: int) -> None:
    columns, needs = zip(*table, strict=True)
    widths = fit(columns, needs, room)
    shown = [width for width in widths if width]
    assert sum(shown) + GUTTER * (len(shown) - 1) <= room
    for column, need, width in zip(columns, needs, widths, strict=True):
        assert width <= need
        assert width or column.spare
        if 0 < width < min(need, LEAST) and column.grows:
            assert not any(w for c, w in zip(columns, widths, strict=True) if c.spare)
