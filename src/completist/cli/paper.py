"""Paper: where answers are written. Aligned and coloured on a terminal, plain text through a pipe.

Standard output carries the answer, standard error everything said about it. A colour never stands alone: a word
or a hatch says the same.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeAlias

from completist.cli.failures import ReaderGone
from completist.cli.glyphs import columns as columns_of
from completist.cli.glyphs import harmless, visible
from completist.cli.layout import Column, fit

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

__all__ = ["BAR", "Cell", "Column", "Ink", "Paper", "Tone", "Wishes", "bar", "visible"]

BAR = 20  #: characters
#: Shown in a terminal that does not tell how wide it is.
_WIDTH = 80


class Tone(StrEnum):
    """What a colour means, with the colour."""

    FILLED = "#2a9180"  #: teal
    TYPED = "#5b7088"  #: slate
    UNCERTAIN = "#8a73d6"  #: violet
    NONE = "grey58"  #: no source has it
    GAP = "#d9962a"  #: amber
    RUNNING = "#3d83d3"  #: blue
    FAILED = "#cf4a6c"  #: rose
    STRONG = "bold"
    QUIET = "dim"


@dataclass(frozen=True, slots=True)
class Ink:
    """A piece of text with a meaning."""

    text: str
    tone: Tone


Cell: TypeAlias = "str | Ink | tuple[str | Ink, ...]"


class Wishes(Protocol):
    """What a person asked for about the answer."""

    json: bool
    quiet: bool
    color: str  #: auto, always or never


def bar(filled: int, total: int, width: int = BAR) -> tuple[Ink, Ink]:
    """A share as a bar: what is there in solid, the gap as a hatch. Neither ever vanishes by rounding."""
    solid = 0 if total == 0 else filled * width // total
    if 0 < filled < total:
        solid = min(max(solid, 1), width - 1)
    return (Ink("▓" * solid, Tone.FILLED), Ink("░" * (width - solid), Tone.GAP))


class Paper:
    """The two streams of one invocation."""

    def __init__(self, wishes: Wishes) -> None:
        self._wishes = wishes
        self.terminal = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"

    @cached_property
    def _console(self) -> Console | None:
        """Rich's console on a terminal, or where colours were asked for; else None, and text stays plain."""
        forced = self._wishes.color == "always"
        if not (self.terminal or forced):
            return None
        from rich.console import Console

        plain = self._wishes.color == "never" or ("NO_COLOR" in os.environ and not forced)
        return Console(
            file=sys.stdout, force_terminal=True, no_color=plain, highlight=False, markup=False, emoji=False
        )

    @property
    def width(self) -> int:
        """Columns of the terminal."""
        return self._console.width if self._console else _WIDTH

    def write(self, text: str) -> None:
        """Data as it is; to a terminal without what would command it."""
        try:
            sys.stdout.write(harmless(text) if self.terminal else text)
        except BrokenPipeError:
            raise ReaderGone from None

    def document(self, document: object) -> None:
        """One JSON document."""
        self.write(json.dumps(document, ensure_ascii=False, default=str) + "\n")

    def line(self, *parts: str | Ink, indent: int = 0) -> None:
        """One line of the answer for people; long ones wrap on a terminal."""
        if self._wishes.json:
            return
        if self._console is None:
            self.write(" " * indent + _plain(parts).rstrip() + "\n")
            return
        from rich.padding import Padding

        text = _text(parts)
        with _quiet_pipe():
            self._console.print(Padding(text, (0, 0, 0, indent), expand=False) if indent else text)

    def table(self, columns: Sequence[Column], rows: Iterable[Sequence[Cell]], indent: int = 2) -> None:
        """Rows in aligned columns, without lines between them."""
        if self._wishes.json:
            return
        rows = list(rows)
        if self._console is None:
            self._plain_table(columns, rows, indent)
        else:
            self._rich_table(self._console, columns, rows, indent)

    def say(self, text: str) -> None:
        """A message about the answer: to standard error, and not with ``--json`` or ``-q``."""
        if not (self._wishes.json or self._wishes.quiet):
            sys.stdout.flush()
            print(harmless(text), file=sys.stderr, flush=True)  # noqa: T201 - the place where messages are written

    def next(self, *commands: tuple[str, str]) -> None:
        """What to do next: (command, what it does) each."""
        width = max(len(command) for command, _ in commands)
        told = [f"  {command.ljust(width)}   {what}".rstrip() for command, what in commands]
        self.say("\n".join(["", "Next:", *told]))

    def _plain_table(self, columns: Sequence[Column], rows: Sequence[Sequence[Cell]], indent: int) -> None:
        heads = [[c.title for c in columns]] if any(c.title for c in columns) else []
        cells = [*heads, *([_plain(cell) for cell in row] for row in rows)]
        widths = [max((columns_of(row[i]) for row in cells), default=0) for i in range(len(columns))]
        for row in cells:
            padded = [
                _pad(text, width, right=column.right)
                for text, width, column in zip(row, widths, columns, strict=True)
            ]
            self.write((" " * indent + "  ".join(padded)).rstrip() + "\n")

    def _rich_table(
        self, console: Console, columns: Sequence[Column], rows: Sequence[Sequence[Cell]], indent: int
    ) -> None:
        from rich.cells import cell_len
        from rich.padding import Padding
        from rich.table import Table

        inked = [[_text(cell) for cell in row] for row in rows]
        needs = [
            max([cell_len(column.title), *(row[place].cell_len for row in inked)])
            for place, column in enumerate(columns)
        ]
        widths = fit(columns, needs, console.width - indent)

        table = Table(
            box=None,
            pad_edge=False,
            padding=(0, 2, 0, 0),
            show_header=any(c.title for c in columns),
            header_style="dim",
        )
        for column, width in zip(columns, widths, strict=True):
            if width:
                table.add_column(
                    column.title,
                    justify="right" if column.right else "left",
                    no_wrap=not column.wraps,
                    overflow="fold" if column.wraps else "ellipsis",
                    width=width,
                )
        for row in inked:
            table.add_row(*(text for text, width in zip(row, widths, strict=True) if width))
        with _quiet_pipe():
            console.print(Padding(table, (0, 0, 0, indent), expand=False))


class _quiet_pipe:  # noqa: N801 - reads as a word
    """Turns a closed pipe into `ReaderGone`."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and issubclass(kind, BrokenPipeError):
            raise ReaderGone from None


def _parts(cell: Cell) -> tuple[str | Ink, ...]:
    return cell if isinstance(cell, tuple) else (cell,)


def _plain(cell: Cell) -> str:
    return visible("".join(part.text if isinstance(part, Ink) else part for part in _parts(cell)))


def _text(cell: Cell) -> Text:
    from rich.text import Text

    text = Text()
    for part in _parts(cell):
        if isinstance(part, Ink):
            text.append(visible(part.text), style=part.tone.value)
        else:
            text.append(visible(part))
    return text


def _pad(text: str, width: int, *, right: bool) -> str:
    space = " " * (width - columns_of(text))
    return space + text if right else text + space
