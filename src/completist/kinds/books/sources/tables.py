"""Sources whose file is a table with a header: what they share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import ClassVar

from completist.domain.errors import BadInput
from completist.kinds.books.sources.drafts import Columns, Draft, Keys, Plan, plan
from completist.sdk.files import head
from completist.sdk.source import Entry, Head, Skipped
from completist.sdk.tabular import Row, delimiter_of, lacking, read_table


class Table(ABC):
    """A source of books that reads a table; a format declares its columns and completes each row."""

    kind = "book"
    name: str
    format: str
    label: str
    #: The columns by which the format is known; a row that does not reach them is damaged.
    required: ClassVar[tuple[str, ...]]
    columns: ClassVar[Columns]
    #: Whether quotes mean something, or are text.
    quoted: ClassVar[bool] = True

    def refuse(self, head: Head) -> str | None:
        """Names the columns that are missing; see `Source.refuse`."""
        return lacking(head, self.required) if self.delimiter(head) is None else None

    def check(self, path: Path) -> int:
        """Reads the rows without understanding them; see `Source.check`."""
        return sum(1 for _ in self._rows(path))

    def read(self, path: Path) -> Iterator[Entry | Skipped]:
        """See `Source.read`."""
        keys = Keys()
        todo = None
        with closing(self._rows(path)) as rows:
            for each in rows:
                if isinstance(each, Skipped):
                    yield each
                    continue
                row, cells = each
                todo = todo or self.plan(cells)
                draft = Draft(row)
                draft.take(todo, cells)
                key = self.complete(draft, cells, keys)
                yield key if isinstance(key, Skipped) else draft.nameless() or draft.entry(key)

    def delimiter(self, head: Head) -> str | None:
        """The delimiter of a file of this format; None when it is of another."""
        return delimiter_of(head, self.required)

    def needs(self, head: Head) -> Iterable[str]:  # noqa: ARG002 (a format may ask the file)
        """The columns that every sound row of this file reaches."""
        return self.required

    def plan(self, present: Iterable[str]) -> Plan:
        """What to read from a file with the columns ``present``."""
        return plan(self.columns, present)

    @abstractmethod
    def complete(self, draft: Draft, cells: Mapping[str, str], keys: Keys) -> str | Skipped:
        """Fill in what takes more than one cell, and give the row's key, or why it is left out."""

    def _rows(self, path: Path) -> Generator[Row | Skipped]:
        start = head(path)
        delimiter = self.delimiter(start)
        if delimiter is None:
            raise BadInput(f"{path.name} is not a {self.label}: {self.refuse(start)}.")
        return read_table(path, delimiter=delimiter, quoted=self.quoted, needs=self.needs(start))
