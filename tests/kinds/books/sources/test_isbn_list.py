from __future__ import annotations

from pathlib import Path

from tests.kinds.books.sources.formats import Read, detected

from completist.kinds.books.sources.isbn_list import IsbnList
from completist.sdk.files import head
from completist.sdk.source import Entry, Skipped


def test_every_line_is_a_book_or_skipped_with_its_number(read: Read) -> None:
    found = read("isbns.txt", "isbn-list")
    assert [(each.row, each.key if isinstance(each, Entry) else each.reason) for each in found] == [
        (2, "isbn13:9780141439518"),
        (3, "isbn13:9780141439471"),
        (5, "not an identifier"),
        (6, "wrong check digit"),
        (7, "isbn13:9780141439518#2"),
    ]


def test_a_line_of_prose_is_no_isbn(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "list.txt"
    path.write_text("9780141439518\n" + "very " * 100 + "long\n")
    assert isinstance(read(path, "isbn-list")[1], Skipped)


def test_a_list_with_more_prose_than_isbns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("a note\nanother\nand more\n9780141439518\n")
    assert detected(path) is None


def test_a_list_of_mistyped_isbns_is_refused_for_what_is_wrong_with_it(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("9780141439519\n0-14-143951-4\na note\n")
    assert IsbnList().refuse(head(path)) == "most of its ISBNs have a wrong check digit"
    path.write_text("a note\nanother\n9780141439519\n")
    assert IsbnList().refuse(head(path)) == "its lines are not ISBNs"


def test_a_repeated_isbn_is_another_copy_and_told(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "list.txt"
    path.write_text("9780141439518\n0-14-143951-3\n")
    first, second = read(path, "isbn-list")
    assert isinstance(first, Entry)
    assert isinstance(second, Entry)
    assert (first.warnings, second.key) == ((), f"{first.key}#2")
    assert [(warn.row, warn.field) for warn in second.warnings] == [(2, "isbn13")]
