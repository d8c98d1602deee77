"""Tables in text files: rows by column name, with the lines they begin at, damage told apart from data."""

from __future__ import annotations

import csv
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from itertools import zip_longest
from pathlib import Path
from typing import Protocol, TypeAlias

from completist.domain.errors import BadInput
from completist.sdk.files import decode_head, open_text
from completist.sdk.source import Head, Refusal, Skipped

LONGEST_CELL = 4 * 1024 * 1024  #: characters
_END = "\ue000 end of table \ue000"  #: fed after the last line: swallowed by a cell whose quote never closes

#: The line (1-based) at which a row begins, and its cells by column name.
Row: TypeAlias = tuple[int, dict[str, str]]


class Reader(Protocol):
    """The part of `csv.reader` that matters here."""

    @property
    def line_num(self) -> int:
        """How many lines were read."""

    def __iter__(self) -> Iterator[list[str]]: ...


def column(name: str) -> str:
    """A column's name as it is compared: lower case, inner spaces single."""
    return " ".join(name.casefold().split())


def columns_of(head: Head, delimiter: str = ",") -> tuple[str, ...]:
    """The names of the columns of a table that begins with ``head``; empty for anything else."""
    lines = [line for line in decode_head(head).splitlines(keepends=True)[:20] if line.strip()]
    if not lines or "\0" in lines[0]:
        return ()
    try:
        return tuple(column(name) for name in next(csv.reader(lines, delimiter=delimiter)))
    except csv.Error:
        return ()


def delimiter_of(head: Head, names: Iterable[str]) -> str | None:
    """The delimiter by which a table has all the columns ``names``: comma, semicolon or tab; else None."""
    wanted = set(names)
    return next((each for each in ",;\t" if wanted <= set(columns_of(head, each))), None)


def lacking(head: Head, *sets: Iterable[str]) -> Refusal:
    """Which columns a table lacks to be of a format that is known by all columns of one of these sets."""
    wanted = [tuple(names) for names in sets]
    tables = [set(columns_of(head, each)) for each in ",;\t"]
    tried = [(names, [each for each in names if each not in there]) for names in wanted for there in tables]
    names, missing = min(tried, key=lambda each: len(each[1]))
    near = 1 - len(missing) / len(names) if names else 0.0
    return Refusal(f"no column {', '.join(map(repr, missing))}", near)


def read_table(
    path: Path, *, delimiter: str = ",", quoted: bool = True, needs: Iterable[str] = ()
) -> Generator[Row | Skipped]:
    """The rows of a table with a header, in order, in bounded memory.

    Columns are found by `column`; of two with one name the first counts. Cells lose the ``="..."`` that keeps
    spreadsheets from changing them. Blank rows are passed over. A row
    that lacks cells at its end is filled up when it reaches every column in ``needs`` that the table has
    (spreadsheets drop empty cells at the end); it is skipped otherwise, as is one with too many cells. With
    ``quoted`` false, quotes are text.

    Raises:
        BadInput: The file cannot be read as text (see `open_text`), has a cell of more than `LONGEST_CELL`
            characters, or is cut off inside a row; the line is named.
    """
    csv.field_size_limit(LONGEST_CELL)
    with closing(open_text(path)) as text:
        lines = _Lines(text)
        reader = csv.reader(
            lines, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
        )
        records = _records(path.name, reader)
        header = _unique(column(name) for name in next(records, (0, []))[1])
        fewest = max((header.index(name) + 1 for name in needs if name in header), default=1)
        yield from _rows(path.name, lines, records, header, fewest)


class _Lines:
    """The lines of a file as the csv module takes them, and whether the last one has its end."""

    def __init__(self, text: Iterator[str]) -> None:
        self._text = text
        self.whole = True

    def __iter__(self) -> Iterator[str]:
        for line in self._text:
            self.whole = line.endswith(("\n", "\r"))
            yield line
        yield _END


def _unique(names: Iterable[str]) -> list[str]:
    """The names with all but the first of each kind made unlike any other."""
    seen: dict[str, int] = {}
    out = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return out


def _records(name: str, reader: Reader) -> Iterator[tuple[int, list[str]]]:
    """The records that are not blank, each with the line it begins at."""
    rows = iter(reader)
    while True:
        begin = reader.line_num + 1
        try:
            cells = next(rows)
        except csv.Error as error:
            raise BadInput(
                f"{name}, line {begin}: {error}.", hint="A quote that is never closed is the usual cause."
            ) from None
        if cells == [_END]:
            return
        if cells and _END in cells[-1]:
            raise BadInput(
                f"{name}, line {begin}: the file ends inside a quoted cell; it seems to be cut off."
            )
        if cells:
            yield begin, cells


def _rows(
    name: str, lines: _Lines, records: Iterator[tuple[int, list[str]]], header: list[str], fewest: int
) -> Iterator[Row | Skipped]:
    width = len(header)
    filled = False  # whether the writer of this file leaves off empty cells at the end
    for begin, raw in records:
        cells = [c[2:-1] if c[:2] == '="' and c[-1] == '"' else c for c in raw]
        if not cells[0] and not any(cells):
            continue  # spreadsheets leave such rows behind
        if len(cells) == width:
            yield begin, dict(zip(header, cells, strict=True))
        elif len(cells) < width:
            if not (lines.whole or filled):
                raise BadInput(
                    f"{name}, line {begin}: the last row ends after {len(cells)} of {width} cells;"
                    " the file seems to be cut off."
                )
            if len(cells) < fewest:
                yield Skipped(begin, f"{len(cells)} cells where the header has {width}")
                continue
            filled = True
            yield begin, dict(zip_longest(header, cells, fillvalue=""))
        elif any(cell.strip() for cell in cells[width:]):
            yield Skipped(
                begin, f"{len(cells)} cells where the header has {width}; is a separator not quoted?"
            )
        else:
            yield begin, dict(zip(header, cells, strict=False))
