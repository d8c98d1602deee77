from __future__ import annotations

import pytest
from tests.support import dumps

from completist.catalog.digest import Digester
from completist.catalog.report import REASONS

GOOD = dumps.edition(1, "Dune", works=[2], authors=[3], isbn_13=["9780441478125"]).encode()


def rejected(line: bytes) -> dict[str, int]:
    """The reasons for one odd line between two good ones, which must come through."""
    found = Digester().digest(GOOD + b"\n" + line + b"\n" + GOOD)
    assert [row[0] for row in found.rows["ed"]] == [1, 1]
    return found.rejected


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"/type/edition\t/books/OL9M\t1\t{}", "columns"),
        (b"/type/edition /books/OL9M 1 2026 {}", "columns"),
        (b"nonsense", "columns"),
        (b"edition\t/books/OL9M\t1\t2026\t{}", "type"),
        (b"/type/page\t/about\t1\t2026\t{}", "other_type"),
        (b"/type/edition\t/works/OL9W\t1\t2026\t{}", "key"),
        (b"/type/edition\t/books/OL9X\t1\t2026\t{}", "key"),
        (b"/type/edition\t/books/OL1000000000000M\t1\t2026\t{}", "key"),
        (b"/type/edition\t/books/OL0M\t1\t2026\t{}", "key"),
        (b'/type/edition\t/books/OL9M\t1\t2026\t{"title": "cut', "json"),
        (b"/type/work\t/works/OL9W\t1\t2026\t[]", "json"),
        (b'/type/author\t/authors/OL9A\t1\t2026\t{"name": "\xff\xfe"}', "encoding"),
        (b'/type/author\t/authors/OL9A\t1\t2026\t{"name": "\0"}', "nul"),
        (b'/type/redirect\t/books/OL9M\t1\t2026\t{"location": "/about"}', "target"),
        (b"/type/redirect\t/books/OL9M\t1\t2026\t{}", "target"),
        (b'/type/redirect\t/books/OL9M\t1\t2026\t{"location": "/books/OL9M"}', "target"),
        (b"/type/delete\t/about\t1\t2026\t{}", "other_type"),
    ],
)
def test_every_kind_of_damage_is_counted_by_its_reason(line: bytes, reason: str) -> None:
    assert rejected(line) == {reason: 1}
    assert REASONS[reason]


def test_blank_lines_are_nothing() -> None:
    assert rejected(b"") == {}
    assert rejected(b"  \r") == {}


def test_lines_that_end_in_carriage_returns_are_whole() -> None:
    found = Digester().digest(GOOD + b"\r\n")
    assert [row[0] for row in found.rows["ed"]] == [1]


def test_the_key_of_the_column_counts() -> None:
    found = Digester().digest(b'/type/work\t/works/OL5W\t7\t2026\t{"key": "/works/OL6W", "title": "T"}')
    assert found.rows["wk"] == [(5, 7, b'{"title":"T"}')]


def test_a_revision_that_is_none_counts_as_the_first() -> None:
    found = Digester().digest(b"/type/work\t/works/OL5W\tnone\t2026\t{}")
    assert found.rows["wk"] == [(5, 0, b"{}")]
