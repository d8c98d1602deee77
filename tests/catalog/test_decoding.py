"""Records in the shapes that real dumps hold beside the usual ones."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completist.catalog import decoding, records
from completist.catalog.shapes import AuthorRecord, EditionRecord, WorkRecord
from completist.sdk.catalogue import Author, Edition, Work


def edition(document: object) -> Edition:
    """As the record stands there, which must be the same as what loading keeps of it."""
    line = json.dumps(document).encode()
    found = records.edition(1, line)
    assert records.edition(1, decoding.edition_line(line)[1]) == found
    return found


def work(document: object) -> Work:
    line = json.dumps(document).encode()
    found = records.work(1, line)
    assert records.work(1, decoding.work_line(line)[1]) == found
    return found


def author(document: object) -> Author:
    line = json.dumps(document).encode()
    found = records.author(1, line)
    assert records.author(1, decoding.author_line(line)[1]) == found
    return found


@pytest.mark.parametrize("description", ["a tale", {"type": "/type/text", "value": "a tale"}])
def test_a_description_is_a_text_or_holds_one(description: object) -> None:
    assert edition({"description": description}).description == "a tale"
    assert work({"description": description}).description == "a tale"
    assert author({"bio": description}).bio == "a tale"


@pytest.mark.parametrize(
    "authors",
    [
        [{"key": "/authors/OL7A"}],
        [{"author": {"key": "/authors/OL7A"}, "type": {"key": "/type/author_role"}}],
        [{"author": "/authors/OL7A"}],
        ["/authors/OL7A"],
        [None, {"key": "/authors/OL7A"}, {}, {"key": "/authors/OL7A"}],
    ],
)
def test_authors_come_in_several_shapes(authors: object) -> None:
    assert edition({"authors": authors}).authors == ("OL7A",)
    assert work({"authors": authors}).authors == ("OL7A",)


def test_covers_that_are_none_go() -> None:
    assert edition({"covers": [-1, None, 12, 0, "13", 10**30]}).covers == (12, 13)
    assert work({"covers": [None, 5]}).covers == (5,)


@pytest.mark.parametrize(
    ("pages", "found"),
    [(272, 272), ("272", 272), (272.0, 272), (0, None), (-5, None), (10**30, None), ("xii", None)],
)
def test_junk_in_the_number_of_pages_goes(pages: object, found: int | None) -> None:
    assert edition({"number_of_pages": pages}).number_of_pages == found


def test_isbns_stand_in_their_own_list_in_plain_digits() -> None:
    found = edition(
        {"isbn_10": ["978-0-441-47812-5", "0-441-47812-3"], "isbn_13": ["080442957x", "9780441478126"]}
    )
    assert found.isbn_13 == ("9780441478125",)
    assert found.isbn_10 == ("0441478123", "080442957X")


def test_identifiers_are_lists_even_when_one_stands_alone() -> None:
    found = edition(
        {"identifiers": {"goodreads": ["1", 2], "librarything": "3", "amazon": [""], "wikidata": None}}
    )
    assert found.identifiers == {"goodreads": ("1", "2"), "librarything": ("3",)}


def test_nul_characters_are_not_served() -> None:
    found = edition(
        {"title": "Ti\0tle", "publishers": ["\0", "P\0"], "languages": [{"key": "/languages/eng"}]}
    )
    assert (found.title, found.publishers, found.languages) == ("Title", ("P",), ("eng",))


@pytest.mark.parametrize(
    "document",
    [
        {"title": " Dune\n"},
        {"subtitle": "a novel "},
        {"publishers": ["", " Ace", "  "]},
        {"subjects": ["Arrakis "]},
        {"identifiers": {"goodreads": [" 1 ", ""]}, "series": [""]},
    ],
)
def test_white_space_around_texts_and_empty_texts_go(document: dict[str, object]) -> None:
    for text in _texts(edition(document)):
        assert text == text.strip() != ""


def _texts(record: Edition) -> list[str]:
    lists = (record.publishers, record.subjects, record.series, *record.identifiers.values())
    texts = (text for text in (record.title, record.subtitle) if text)
    return [*texts, *(text for each in lists for text in each)]


def test_an_article_kept_apart_comes_back_to_its_title() -> None:
    assert edition({"title": "Hobbit", "title_prefix": "The "}).title == "The Hobbit"
    assert edition({"title_prefix": "The "}).title == "The"


def test_half_a_surrogate_pair_does_not_cost_the_record() -> None:
    line = b'{"title": "a\\ud800b", "publishers": ["c\\ud800d"]}'
    found = records.edition(1, decoding.edition_line(line)[1])
    assert (found.title, found.publishers) == ("a?b", ("c?d",))


def test_a_raw_tab_in_a_text_does_not_cost_the_record() -> None:
    assert decoding.decode(WorkRecord, b'{"title": "a\tb"}').title == "a\tb"


@pytest.mark.parametrize(
    "line", [b"", b"{", b"[1]", b"null", b'{"title": "cut', b'{"x":' + b"[" * 9999 + b"]" * 9999]
)
def test_what_is_no_object_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"Expecting|object|nested|Unterminated"):
        decoding.decode(EditionRecord, line)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["key", "author", "value"]), inner)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(EditionRecord.__struct_fields__), json_values))
def test_no_value_of_any_type_is_fatal_to_an_edition(document: dict[str, object]) -> None:
    assert edition(document).key == "OL1M"


@given(st.dictionaries(st.sampled_from(AuthorRecord.__struct_fields__), json_values))
def test_no_value_of_any_type_is_fatal_to_an_author(document: dict[str, object]) -> None:
    assert author(document).key == "OL1A"
