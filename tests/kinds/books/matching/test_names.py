from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completist.kinds.books.matching.names import (
    Likeness,
    compare_authors,
    compare_names,
    compare_person,
    split_names,
)

EXACT, COMPATIBLE, SIMILAR = Likeness.EXACT, Likeness.COMPATIBLE, Likeness.SIMILAR
LOOSE, UNKNOWN, DIFFERENT = Likeness.LOOSE, Likeness.UNKNOWN, Likeness.DIFFERENT


@pytest.mark.parametrize(
    ("one", "two", "likeness"),
    [
        ("J.K. Rowling", "JK Rowling", EXACT),
        ("J.R.R. Tolkien", "Tolkien, J. R. R.", EXACT),
        ("Liu Cixin", "Cixin Liu", EXACT),
        ("刘慈欣", "Cixin Liu", EXACT),
        ("Guin, Ursula K. Le", "Ursula K. Le Guin", EXACT),
        ("Gabriel García Márquez", "Garcia Marquez, Gabriel", EXACT),
        ("Martin Luther King Jr.", "King, Martin Luther, Jr.", EXACT),
        ("DON DELILLO", "Don De Lillo", EXACT),
        ("Neil Gaiman (Author)", "Neil Gaiman", EXACT),
        ("Unknown", "Anonymous", EXACT),
        ("Ursula K. Le Guin", "Ursula LeGuin", COMPATIBLE),
        ("Robert A. Heinlein", "Robert Anson Heinlein", COMPATIBLE),
        ("J. Smith", "Jane Smith", COMPATIBLE),
        ("Fyodor Dostoevsky", "Фёдор Достоевский", SIMILAR),
        ("Anton Chekhov", "Anton Tchekhov", SIMILAR),
        ("Stephen King", "Steven King", SIMILAR),
        ("Jeff Deaver", "Jeffery Deaver", SIMILAR),
        ("Madeleine L'Engle", "Madeleine L Engle", EXACT),
        ("L.M. Montgomery", "Lucy Maud Montgomery", COMPATIBLE),
        ("D. R. Hofstadter", "Douglas R. Hofstadter", COMPATIBLE),
        ("Orson Scott Card", "O.S. Card", COMPATIBLE),
        ("Ben H. Winters", "Ben Winters", COMPATIBLE),
        ("J. W. von Goethe", "Johann Wolfgang von Goethe", COMPATIBLE),
        ("J. W. Goethe", "Johann Wolfgang von Goethe", SIMILAR),
        ("Jon Krakauer", "John Krakauer", SIMILAR),
        ("Ann Patchett", "Anne Patchett", SIMILAR),
        ("Tolkien", "J.R.R. Tolkien", LOOSE),
        ("Goethe", "Johann Wolfgang von Goethe", LOOSE),
        ("von Goethe", "Johann Wolfgang von Goethe", LOOSE),
        ("Stefan Zweig", "Stefanie Zweig", LOOSE),
        ("Judith Rich Harris", "Richard Harris", LOOSE),
        ("村上春樹", "Haruki Murakami", UNKNOWN),
        ("Unknown", "Jane Austen", UNKNOWN),
        ("John Smith", "Jane Smith", DIFFERENT),
        ("Brian Herbert", "Frank Herbert", DIFFERENT),
        ("Mary Smith", "Mark Smith", DIFFERENT),
        ("John Brady", "Joan Brady", DIFFERENT),
        ("Andy Straka", "Randy Straka", DIFFERENT),
        ("Homer", "Homer Hickam", DIFFERENT),
        ("Kathryn Sue Young", "Kathryn Travis Young", DIFFERENT),
        ("Kingsley Amis", "Martin Amis", DIFFERENT),
    ],
)
def test_two_names_are_compared(one: str, two: str, likeness: Likeness) -> None:
    assert compare_names(one, two) is likeness
    assert compare_names(two, one) is likeness


@pytest.mark.parametrize(
    ("mine", "others", "likeness"),
    [
        (["Neil Gaiman", "Terry Pratchett"], ["Terry Pratchett", "Neil Gaiman"], EXACT),
        (["Albert Camus", "Matthew Ward"], ["Albert Camus"], EXACT),
        (["Jane Austen"], ["Crystal S. Chan", "Jane Austen"], LOOSE),
        (["Translator Jones", "Leo Tolstoy"], ["Leo Tolstoy"], LOOSE),
        (["Jalal ad-Din ar-Rumi", "Coleman Barks"], ["Jelaluddin Balkhi", "Coleman Barks"], LOOSE),
        (["Leo Tolstoy", "Aylmer Maude"], ["Henry James"], DIFFERENT),
        (["Various"], ["Henry James"], UNKNOWN),
        ([], ["Henry James"], UNKNOWN),
    ],
)
def test_lists_of_authors_are_compared_by_their_first(
    mine: list[str], others: list[str], likeness: Likeness
) -> None:
    assert compare_authors(mine, others) is likeness


@given(st.text(min_size=1))
def test_a_name_is_never_another_than_itself(name: str) -> None:
    assert compare_names(name, name) in (EXACT, UNKNOWN)


@pytest.mark.parametrize(
    ("entry", "names"),
    [
        ("Lin-Manuel Miranda & Jeremy McCarter", ("Lin-Manuel Miranda", "Jeremy McCarter")),
        ("Neil Gaiman and Terry Pratchett", ("Neil Gaiman", "Terry Pratchett")),
        ("Gaiman, Neil; Pratchett, Terry", ("Gaiman, Neil", "Pratchett, Terry")),
        ("Strunk & White", ("Strunk & White",)),
        ("José Ortega y Gasset", ("José Ortega y Gasset",)),
    ],
)
def test_joined_names_are_split(entry: str, names: tuple[str, ...]) -> None:
    assert split_names([entry]) == names


@pytest.mark.parametrize(
    ("mine", "name", "aliases", "likeness"),
    [
        ("Plato", "Πλάτων", ["Plato", "Platon"], COMPATIBLE),
        ("Alexander Pushkin", "Пушкин", ["Aleksandr Pushkin", "Alexander Pushkin"], COMPATIBLE),
        ("夏目漱石", "Natsume Sōseki", ["夏目漱石"], COMPATIBLE),
        ("Natsume Soseki", "夏目漱石", ["Sōseki, Natsume"], COMPATIBLE),
        ("老舍", "She-yü Shu", ["老舍"], COMPATIBLE),
        ("Leo Tolstoy", "Lev Tolstoi", ["graf", "Tolstoy, Leo"], COMPATIBLE),
        ("M. Twain", "Samuel Clemens", ["M. Twain"], COMPATIBLE),
        ("Mark Twain", "Mark Twain", ["Charles Dickens"], EXACT),
        ("Alexandr Pushkin", "Пушкин", ["Aleksandr Pushkin"], LOOSE),
        ("Alexander Pushkin", "Пушкин, Александр", ["Alexander Pushkin"], COMPATIBLE),
        ("Twain", "Samuel Clemens", ["Twain", "Mark Twain"], LOOSE),
        ("Smith", "John Smith", ["Smith"], LOOSE),
        ("Homer", "\u038c\u03bc\u03b7\u03c1\u03bf\u03c2", ["Homer", "Homer ca. 8th cent. B.C."], COMPATIBLE),
        ("Homer", "Homer Hickam", ["Homer"], LOOSE),
        ("J. K.", "Ann Author", ["J. K."], LOOSE),
        ("Jane Smith", "John Smith", ["Smith", "J. Smyth"], LOOSE),
        ("Jane Smith", "John Smith", ["Smith", "Johnny"], DIFFERENT),
        ("Anonymous", "Ann Author", ["Anonymous"], UNKNOWN),
    ],
)
def test_another_name_counts_when_it_is_the_whole_name_asked_for(
    mine: str, name: str, aliases: list[str], likeness: Likeness
) -> None:
    assert compare_person(mine, name, aliases) is likeness
    assert compare_authors([mine], [name], [aliases]) is likeness


def test_other_names_belong_to_the_author_beside_them() -> None:
    others, aliases = ["Crystal S. Chan", "Πλάτων"], [[], ["Plato"]]
    assert compare_authors(["Plato"], others, aliases) is LOOSE
    assert compare_authors(["Plato"], others[::-1], aliases[::-1]) is COMPATIBLE
