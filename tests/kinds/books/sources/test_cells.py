from __future__ import annotations

import pytest

from completist.kinds.books.sources import cells


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jane   Austen", ["Jane Austen"]),
        ("A, B", ["A", "B"]),
        ("A. Downey, Jr., B", ["A. Downey, Jr.", "B"]),
    ],
)
def test_names(text: str, expected: list[str]) -> None:
    assert cells.names(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Austen, Jane", ["Jane Austen"]),
        ("Le Guin, Ursula K.", ["Ursula K. Le Guin"]),
        ("Jane Austen, Emily Bront\u00eb", ["Jane Austen", "Emily Bront\u00eb"]),
        ("Marx, Karl; Engels, Friedrich", ["Karl Marx", "Friedrich Engels"]),
        ("Karl Marx & Friedrich Engels", ["Karl Marx", "Friedrich Engels"]),
        ("Homer", ["Homer"]),
        (" ", None),
    ],
)
def test_author(text: str, expected: list[str] | None) -> None:
    assert cells.author(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Guin, Ursula K. Le", "Ursula K. Le Guin"),
        ("King, Martin Luther, Jr.", "Martin Luther King, Jr."),
        ("Downey, Jr.", "Downey, Jr."),
        ("Voltaire", "Voltaire"),
    ],
)
def test_direct(text: str, expected: str) -> None:
    assert cells.direct(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("0", None), ("4.25", 4.25), ("4,5", 4.5), ("5", 5.0), ("9", None), ("", None)]
)
def test_rating(text: str, expected: float | None) -> None:
    assert cells.rating(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192", 192),
        ("192.0", 192),
        ("590 p.", 590),
        ("590 ", 590),
        ("0", None),
        ("-3", None),
        ("xii, 200", None),
    ],
)
def test_whole(text: str, expected: int | None) -> None:
    assert cells.whole(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021/05/01-2021/06/02", "2021-05-01/2021-06-02"),
        ("2021-05-01,2021-06-02", "2021-05-01/2021-06-02"),
        ("2021-05-01,", "2021-05-01/.."),
        (",2021-06-02", "2021-06-02"),
        ("2021/05/01", "2021-05-01"),
        ("someday", None),
    ],
)
def test_span(text: str, expected: str | None) -> None:
    assert cells.span(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://covers.example/1.jpg", "https://covers.example/1.jpg"),
        ("//covers.example/1.jpg", "https://covers.example/1.jpg"),
        ("http://books.example/c?id=1&edge=curl&zoom=1", "https://books.example/c?id=1&zoom=1"),
        ("https://s.gr-assets.com/assets/nophoto/book/111x148.png", ""),
        ("https://openlibrary.org/images/icons/avatar_book.png", ""),
        ("http://images.amazon.com/images/P/0140275363.01.THUMBZZZ.jpg", ""),
        ("cover.jpg", None),
    ],
)
def test_cover_url(text: str, expected: str | None) -> None:
    assert cells.cover_url(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Want to Read", "to-read"), ("in_progress", "currently-reading"), ("dropped", "dropped"), ("", None)],
)
def test_shelf(text: str, expected: str | None) -> None:
    assert cells.shelf(text) == expected
