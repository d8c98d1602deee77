"""Words: codes and data as people read them."""

from __future__ import annotations

from completist.cli import words


def test_an_unknown_reason_is_shown_as_it_is() -> None:
    assert words.reason("a_code_of_tomorrow") == "a_code_of_tomorrow"
    assert words.reasons(["title_exact", "a_code", "title_exact"]) == "same title · a_code"


def test_numbers_and_lists_as_sentences_have_them() -> None:
    assert words.counted(1, "book") == "1 book"
    assert words.counted(2000, "entry", "entries") == "2,000 entries"
    assert words.listed(["title", "author", "year"]) == "title, author and year"
    assert words.listed(["title"]) == "title"
    assert words.numbered([4, 9, 9, 17, 20, 21, 22]) == "rows 4, 9, 17, 20, 21, …"
    assert words.numbered([4]) == "row 4"


def test_data_is_one_line() -> None:
    assert words.data(["a", True, 3]) == "a; yes; 3"
    assert words.data("two\nlines") == "two lines"
    assert words.short("Pride and Prejudice", 10) == "Pride and…"
