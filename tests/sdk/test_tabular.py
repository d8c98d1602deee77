from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from completist.domain.errors import BadInput
from completist.sdk import tabular
from completist.sdk.files import head
from completist.sdk.source import Skipped
from completist.sdk.tabular import Row, columns_of, delimiter_of, read_table


def written(folder: Path, text: str) -> Path:
    path = folder / "list.csv"
    path.write_bytes(text.encode())
    return path


def rows(path: Path, needs: tuple[str, ...] = ()) -> list[Row | Skipped]:
    return list(read_table(path, needs=needs))


def sound(path: Path, needs: tuple[str, ...] = ()) -> list[Row]:
    """The rows of a table of which none is skipped."""
    found = rows(path, needs)
    whole = [row for row in found if not isinstance(row, Skipped)]
    assert len(whole) == len(found)
    return whole


def test_rows_come_by_name_with_the_line_they_begin_at(tmp_path: Path) -> None:
    path = written(tmp_path, '\nBook  ID,Title\n1,"two\nlines, ""quoted"""\n\n,,\n2,three\n')
    assert rows(path) == [
        (3, {"book id": "1", "title": 'two\nlines, "quoted"'}),
        (7, {"book id": "2", "title": "three"}),
    ]


def test_of_two_columns_with_one_name_the_first_counts(tmp_path: Path) -> None:
    ((_, cells),) = sound(written(tmp_path, "title,isbn,Title\na,b,c\n"))
    assert cells["title"] == "a"


@pytest.mark.parametrize("cell", ['="1401249000"', '"=""1401249000"""', "1401249000"])
def test_wrappers_are_taken_off(tmp_path: Path, cell: str) -> None:
    ((_, cells),) = sound(written(tmp_path, f"isbn,title\n{cell},x\n"))
    assert cells["isbn"] == "1401249000"


def test_cells_that_a_spreadsheet_left_off_are_filled_up(tmp_path: Path) -> None:
    path = written(tmp_path, "title,shelf,note\na,read\nb,read,\nc,read,,,\nd,to-read")
    assert [cells["note"] for _, cells in sound(path, needs=("shelf",))] == ["", "", "", ""]


def test_rows_of_another_width_are_skipped_by_number(tmp_path: Path) -> None:
    path = written(tmp_path, "title,shelf,note\na\nb,read,x,y\nc,read,z\n")
    assert rows(path, needs=("title", "shelf")) == [
        Skipped(2, "1 cells where the header has 3"),
        Skipped(3, "4 cells where the header has 3; is a separator not quoted?"),
        (4, {"title": "c", "shelf": "read", "note": "z"}),
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("title,note\na,b\nc", 3),
        ('title,note\na,b\nc,"half a', 3),
        ('title,note\na,b\nc,"half\na\nnote\n', 3),
        ('title,no"te\n"a', 2),
    ],
)
def test_a_cut_off_file_names_the_line(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(BadInput, match=rf"list\.csv, line {line}: .*cut off"):
        rows(written(tmp_path, text))


def test_wherever_it_is_cut_nothing_half_is_taken_for_whole(tmp_path: Path) -> None:
    whole = 'title,note,shelf\n"Emma, a novel","two\nlines",read\nPersuasion,,to-read\n'
    full = [cells for _, cells in sound(written(tmp_path, whole))]
    for length in range(len("title,note,shelf\n"), len(whole)):
        try:
            found = [cells for _, cells in sound(written(tmp_path, whole[:length]))]
        except BadInput:
            continue
        # Only the very last cell of a row without its line end may be short: nothing tells that apart.
        assert found == full[: len(found)] or found[-1] | {"shelf": ""} == full[len(found) - 1] | {
            "shelf": ""
        }


def test_the_last_line_may_lack_its_end(tmp_path: Path) -> None:
    assert len(rows(written(tmp_path, "title,note\na,b\nc,d"))) == 2


def test_a_cell_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tabular, "LONGEST_CELL", 1000)
    path = written(tmp_path, 'title,note\na,"never closed\n' + "b,c\n" * 1000)
    with pytest.raises(BadInput, match=r"list\.csv, line 2: ") as caught:
        rows(path)
    assert "quote" in caught.value.hint


def test_quotes_can_be_text(tmp_path: Path) -> None:
    path = written(tmp_path, 'title\tnote\n"a" b\t"c\n')
    assert list(read_table(path, delimiter="\t", quoted=False)) == [(2, {"title": '"a" b', "note": '"c'})]


CELL = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters='="\ue000'), max_size=8)


@settings(max_examples=50)
@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, table: list[tuple[str, str, str]], end: str
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=end).writerows([("a", "b", "c"), *table])
    path = written(tmp_path_factory.mktemp("tables"), text.getvalue())
    found = [tuple(cells.values()) for _, cells in sound(path)]
    assert found == [row for row in table if any(row)]


def test_the_delimiter_is_the_one_that_gives_the_columns(tmp_path: Path) -> None:
    start = head(written(tmp_path, 'Title;"Author; or editor";ISBN\na;b;c\n'))
    assert columns_of(start, ";") == ("title", "author; or editor", "isbn")
    assert delimiter_of(start, ("isbn", "title")) == ";"
    assert delimiter_of(start, ("isbn", "publisher")) is None
