from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from completist.kinds.books.matching.titles import parse_title


@pytest.mark.parametrize(
    ("text", "title", "subtitle", "series", "position"),
    [
        ("Dune (Dune, #1)", "Dune", "", "Dune", "1"),
        ("Gideon the Ninth (The Locked Tomb #1)", "Gideon the Ninth", "", "The Locked Tomb", "1"),
        ("Edgedancer (The Stormlight Archive, #2.5)", "Edgedancer", "", "The Stormlight Archive", "2.5"),
        ("Warbreaker Prime (Warbreaker, #0.5)", "Warbreaker Prime", "", "Warbreaker", "0.5"),
        ("Shadow & Claw (The New Sun, #1-2)", "Shadow & Claw", "", "The New Sun", "1-2"),
        ("The Color of Magic (Discworld, #1; Rincewind #1)", "The Color of Magic", "", "Discworld", "1"),
        ("The Gunslinger (The Dark Tower, Book 1)", "The Gunslinger", "", "The Dark Tower", "1"),
        ("Attack of the Jack-O'-Lanterns (Goosebumps, 48)", "Attack of the Jack-O'-Lanterns", "", "Goosebumps", "48"),
        ("Pattern Recognition (Blue Ant)", "Pattern Recognition", "", "", ""),
        ("Dune (Dune Chronicles (Berkley Paperback))", "Dune", "", "", ""),
        ("Hobbit, The", "The Hobbit", "", "", ""),
        ("Sandman, The: The Wake - Book X", "The Sandman", "The Wake - Book X", "", ""),
        ("Moby-Dick; or, The Whale", "Moby-Dick", "The Whale", "", ""),
        ("10:04", "10:04", "", "", ""),
        ("Are You My Mother? A Comic Drama", "Are You My Mother?", "A Comic Drama", "", ""),
        ("Saga, Vol. 1", "Saga, Vol. 1", "", "", ""),
        ("The Sandman Book 3 Dream Country", "The Sandman Book 3", "Dream Country", "", ""),
        ("Iris: Book Four of The Lake", "Iris", "Book Four of The Lake", "The Lake", "4"),
        ("Lamb: Christ&#039;s Childhood Pal", "Lamb", "Christ's Childhood Pal", "", ""),
        ("(untitled)", "untitled", "", "", ""),
    ],
)  # fmt: skip
def test_a_title_is_taken_apart(text: str, title: str, subtitle: str, series: str, position: str) -> None:
    found = parse_title(text)
    assert (found.text, found.subtitle, found.series, found.position) == (title, subtitle, series, position)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Nineteen Eighty-Four", "1984"),
        ("Fables, Vol. 1: Legends in Exile", "Fables 1: Legends in Exile"),
        ("Henry IV, Part One", "Henry IV, Part I"),
        ("Gone Girl", "Gone Girl: A Novel"),
        ("Out on the Cutting Edge", "Out on the Cutting Edge: A Matthew Scudder Crime Novel"),
        ("The Design of Everyday Things", "Design of Everyday Things: Revised and Expanded Edition"),
        ("Campbell Biology, 9th Edition", "Campbell Biology (10th edition)"),
        ("Notes from Underground", "Notes from the Underground"),
        ("The Colour of Magic", "The Color of Magic"),
        ("Mocking Jay", "Mockingjay"),
        ("三体", "San Ti"),
    ],
)
def test_ways_to_write_one_title_have_one_key(one: str, two: str) -> None:
    assert parse_title(one).key == parse_title(two).key


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Dune", "Dune Messiah"),
        ("Henry IV, Part 1", "Henry IV, Part 2"),
        ("Ready Player One", "Ready Player Two"),
        ("Writer's Market 2004", "Writer's Market 2005"),
        ("?", "!"),
        ("A", "B"),
    ],
)
def test_different_titles_have_different_keys(one: str, two: str) -> None:
    assert parse_title(one).key != parse_title(two).key


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("Summary of Sapiens", {"summary"}),
        ("Atomic Habits Workbook", {"guide"}),
        ("The Hunger Games Trilogy Boxset (The Hunger Games, #1-3)", {"set"}),
        ("To Kill a Mockingbird (SparkNotes Literature Guide)", {"summary", "guide"}),
        ("Twilight: The Graphic Novel", {"adaptation"}),
        ("Moby Dick (Abridged)", {"abridged"}),
        ("Moby Dick (Unabridged)", set()),
        ("Heir to the Empire (Star Wars: The Thrawn Trilogy, #1)", set()),
        ("The Great Gatsby", set()),
    ],
)
def test_derived_works_are_marked(text: str, marks: set[str]) -> None:
    assert parse_title(text).marks == marks


def test_a_subtitle_given_apart_is_not_counted_twice() -> None:
    joined, apart = (
        parse_title("Range: Why Generalists Triumph"),
        parse_title("Range", "Why Generalists Triumph"),
    )
    both = parse_title("Range: Why Generalists Triumph", "Why Generalists Triumph")
    assert joined.key == apart.key == both.key


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Saga, Volume 3 (Saga #13-18)", "Saga 3"),
        ("The Sandman: World's End (The Sandman #8)", "World's End"),
        ("Range: Why Generalists Triumph", "Range: Why Generalists Triumph"),
    ],
)
def test_the_search_begins_with_the_likeliest_reading(text: str, first: str) -> None:
    assert parse_title(text).searched[0] == first


@given(st.text(min_size=1).filter(str.strip), st.text())
@example(":", "")
@example("[", "")
def test_any_title_has_a_key_and_something_to_search_for(title: str, subtitle: str) -> None:
    found = parse_title(title, subtitle)
    assert found.core
    assert found.core_key
    assert found.searched
