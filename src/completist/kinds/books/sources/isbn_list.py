"""Plain lists of ISBNs: one to a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from completist.kinds.books.identifiers import isbn13
from completist.kinds.books.sources.drafts import Draft, Keys
from completist.sdk.files import decode_head, open_text
from completist.sdk.source import Entry, Head, Refusal, Skipped

_COMMENT = "#"
_LONGEST = 64  #: characters of a line that can be an ISBN with its label
_LOOK = 50  #: lines
_FORM = re.compile(r"(?:97[89][- ]?)?(?:\d[- ]?){9}[\dXx]", re.ASCII)  #: has the form of an ISBN


class IsbnList:
    """A list of ISBNs, one to a line; what follows ``#`` is a comment. The key of a line is its ISBN."""

    name = "isbn-list"
    format = "isbn-list"
    label = "list of ISBNs"
    kind = "book"

    def refuse(self, head: Head) -> str | None:
        """Half of the first lines at least must be ISBNs."""
        text = decode_head(head)
        lines = [line for line in map(_content, text.splitlines()[:_LOOK]) if line]
        good = sum(isbn13(line) is not None for line in lines)
        if good and 2 * good >= len(lines):
            return None
        mistyped = sum(isbn13(line) is None and bool(_FORM.fullmatch(line)) for line in lines)
        if mistyped and 2 * mistyped >= len(lines):
            return Refusal("most of its ISBNs have a wrong check digit", 1)
        return Refusal("its lines are not ISBNs", (good + mistyped) / max(1, len(lines)))

    def check(self, path: Path) -> int:
        """See `Source.check`."""
        with closing(open_text(path)) as lines:
            return sum(1 for line in lines if _content(line))

    def read(self, path: Path) -> Iterator[Entry | Skipped]:
        """See `Source.read`."""
        keys = Keys()
        with closing(open_text(path)) as lines:
            for row, line in enumerate(lines, 1):
                if text := _content(line):
                    yield _entry(row, text, keys)


def _content(line: str) -> str:
    return line.partition(_COMMENT)[0].strip(" \t\r\n,;\ufeff")


def _entry(row: int, text: str, keys: Keys) -> Entry | Skipped:
    draft = Draft(row)
    draft.isbn(draft.identify("isbn13", text) if len(text) <= _LONGEST else None)
    if skipped := draft.nameless():
        reason = draft.warnings[0].reason if draft.warnings else skipped.reason
        return Skipped(row, reason)
    key = keys.of(draft.values)
    if "#" in key:  # the running number of a row that is like an earlier one
        draft.warn("isbn13", "stands in an earlier line too, kept as another copy")
    return draft.entry(key)
