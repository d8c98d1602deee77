from __future__ import annotations

import pytest

from completist.kinds.books.series_statement import Series, statement, story_series


@pytest.mark.parametrize(
    ("text", "name", "position"),
    [
        ("Culture -- 3", "Culture", "3"),
        ("The Belgariad ; bk. 2", "The Belgariad", "2"),
        ("The Belgariad ; book 02.", "The Belgariad", "2"),
        ("Discworld #5", "Discworld", "5"),
        ("Discworld, #5", "Discworld", "5"),
        ("Discworld (5)", "Discworld", "5"),
        ("(Discworld ; 41)", "Discworld", "41"),
        ("The Wheel of Time, bk. 1", "The Wheel of Time", "1"),
        ("The Wheel of Time Vol. 1", "The Wheel of Time", "1"),
        ("The Stormlight Archive ; 2.5", "The Stormlight Archive", "2.5"),
        ("Earthsea series ; v. 1-3", "Earthsea", "1-3"),
        ("[The Edge chronicles ; no. 10]", "The Edge chronicles", "10"),
        ("Die drei ??? -- Bd. 4", "Die drei ???", "4"),
        ("Discworld", "Discworld", None),
        ("Area 51", "Area 51", None),
        ("The Series", "The Series", None),
    ],
)
def test_a_statement_is_taken_apart(text: str, name: str, position: str | None) -> None:
    assert statement(text) == Series(name, position)


@pytest.mark.parametrize("text", ["", "[]", "254", " ; 3"])
def test_a_statement_without_a_name_is_none(text: str) -> None:
    assert statement(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "[Penguin classics]",
        "Penguin classics ; 12",
        "Dover thrift editions",
        "Everyday handbook series, 254",
        "A Book Apart, No. 2",
        "Beginner books -- B-16.",
        "Tōyō bunko -- 201, 206",
        "Steven Spielberg digital Yiddish library -- no. 00247",
        "A little golden book",
    ],
)
def test_publishers_lists_are_no_series_of_the_story(text: str) -> None:
    assert story_series([], [text]) is None


def test_a_number_in_an_entry_of_its_own_belongs_to_the_name_before() -> None:
    assert story_series([], ["His Kathalu,", "v[2]"]) == Series("His Kathalu", "2")


def test_a_name_without_a_number_counts_only_when_the_work_gives_it() -> None:
    assert story_series([], ["Discworld"]) is None
    assert story_series(["Discworld"]) == Series("Discworld", None)
    assert story_series(["Penguin classics"]) is None


def test_a_numbered_statement_wins_and_the_works_comes_first() -> None:
    assert story_series(["Discworld"], ["Discworld ; 5"]) == Series("Discworld", "5")
    assert story_series(["Rincewind ; 3"], ["Discworld ; 5"]) == Series("Rincewind", "3")
    assert story_series([], ["Corgi SF", "Discworld ; 5"]) == Series("Discworld", "5")
