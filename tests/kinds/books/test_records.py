from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from completist.domain.fields import is_empty
from completist.kinds.books.kind import BOOK
from completist.kinds.books.records import (
    author_names,
    binding,
    edition_fields,
    publisher,
    related_authors,
    work_fields,
)
from completist.sdk.catalogue import Author, Edition, EditionView, Work

SCOTT = Author(key="OL24638A", name="Walter Scott, Sir")
LANG = Author(key="OL18A", name="Andrew  Lang.")
LONG = "A disinherited knight comes home from the Crusade, in disguise, to a country at odds with itself."

WORK = Work(
    key="OL15W",
    title="Ivanhoe",
    authors=("OL24638A",),
    first_publish_date="1819",
    description="A tale of the Middle Ages.",
    subjects=("Knights and knighthood", "Protected DAISY", "Fiction"),
    covers=(-1, 77),
)
EDITION = Edition(
    key="OL7M",
    title="Ivanhoe /",
    subtitle="a romance :",
    works=("OL15W",),
    isbn_10=("0-14-043658-8", "0140436589"),
    isbn_13=("9780140436587",),
    publishers=("[s.n.]", "Penguin Books ,"),
    publish_date="July 1, 2000",
    number_of_pages=496,
    languages=("eng",),
    physical_format="[paperback] :",
    covers=(0, -1),
    series=("Penguin classics ; 12", "Waverley novels -- 5"),
    subjects=("fiction", "Great Britain -- History"),
    description=LONG,
    identifiers={
        "goodreads": ("6440", "not a number"),
        "librarything": ("3160",),
        "amazon": ("0140436588", "B000FC1PJI"),
        "google": ("abcDEF",),
    },
    lccn=("sa 64-9058", "61006603"),
    oclc=("ocm00259438", "(OCoLC)30877728", "junk"),
)


def view(edition: Edition = EDITION, work: Work | None = WORK, *authors: Author) -> EditionView:
    return EditionView(edition, work, authors)


def test_an_edition_with_its_work_fills_every_field_it_knows() -> None:
    assert edition_fields(view(EDITION, WORK, SCOTT, LANG)) == {
        "title": "Ivanhoe",
        "subtitle": "a romance",
        "authors": ["Walter Scott, Sir", "Andrew Lang"],
        "series": "Waverley novels",
        "series_position": "5",
        "isbn13": ["9780140436587"],
        "isbn10": ["0140436588"],
        "olid": ["OL7M"],
        "olid_work": ["OL15W"],
        "goodreads": ["6440"],
        "librarything": ["3160"],
        "asin": ["B000FC1PJI"],
        "google": ["abcDEF"],
        "lccn": ["sa64009058", "61006603"],
        "oclc": ["259438", "30877728"],
        "publisher": "Penguin Books",
        "published": "2000-07-01",
        "first_published": "1819",
        "pages": 496,
        "binding": "Paperback",
        "language": "en",
        "description": LONG,
        "subjects": ["Knights and knighthood", "Fiction", "Great Britain"],
        "cover": "https://covers.openlibrary.org/b/id/77-L.jpg",
    }


def test_a_work_alone_says_only_what_is_true_of_all_editions() -> None:
    fields = work_fields(msgspec.structs.replace(WORK, series=("Waverley novels",)), [SCOTT])
    assert fields == {
        "title": "Ivanhoe",
        "authors": ["Walter Scott, Sir"],
        "series": "Waverley novels",
        "olid_work": ["OL15W"],
        "first_published": "1819",
        "description": "A tale of the Middle Ages.",
        "subjects": ["Knights and knighthood", "Fiction"],
        "cover": "https://covers.openlibrary.org/b/id/77-L.jpg",
    }


def test_a_bare_edition_gives_its_key_and_nothing_empty() -> None:
    bare = Edition(key="OL9M", number_of_pages=0, publish_date="n.d.", covers=(-1,), languages=("und",))
    assert edition_fields(view(bare, None)) == {"olid": ["OL9M"]}


def test_an_edition_whose_work_is_not_in_the_catalogue_still_names_it() -> None:
    assert edition_fields(view(EDITION, None))["olid_work"] == ["OL15W"]


def test_isbns_with_a_wrong_check_digit_are_left_out() -> None:
    wrong = Edition(key="OL9M", isbn_13=("9780140436588",), isbn_10=("0140436589", "043965548X"))
    fields = edition_fields(view(wrong, None))
    assert fields["isbn13"] == ["9780439655484"]
    assert fields["isbn10"] == ["043965548X"]


def test_an_isbn_without_a_short_form_has_none() -> None:
    assert "isbn10" not in edition_fields(view(Edition(key="OL9M", isbn_13=("9791032305690",)), None))


def test_a_short_description_gives_way_to_the_longer_one() -> None:
    stub = Edition(key="OL9M", description="1st ed.")
    assert edition_fields(view(stub, WORK))["description"] == "A tale of the Middle Ages."
    assert edition_fields(view(stub, None))["description"] == "1st ed."


def test_a_work_first_published_after_its_own_edition_was_not() -> None:
    early = Edition(key="OL9M", publish_date="1815")
    fields = edition_fields(view(early, WORK))
    assert fields["published"] == "1815"
    assert "first_published" not in fields


def test_an_edition_in_several_languages_has_no_one_language() -> None:
    assert "language" not in edition_fields(view(Edition(key="OL9M", languages=("eng", "fre")), None))


def test_authors_become_items_of_their_own_in_order() -> None:
    first, second = related_authors([SCOTT, Author(key="OL3A"), LANG])
    assert (first.kind, first.relation, first.scheme) == ("author", "author", "olid_author")
    assert (first.value, first.fields, first.position) == ("OL24638A", {"name": "Walter Scott, Sir"}, 0)
    assert (second.value, second.fields, second.position) == ("OL18A", {"name": "Andrew Lang"}, 1)


def test_an_author_named_twice_stands_once() -> None:
    assert author_names([LANG, Author(key="OL4A", name="Andrew Lang")]) == ["Andrew Lang"]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("paperback", "Paperback"),
        ("Hardback", "Hardcover"),
        ("E-book", "ebook"),
        ("[sound recording] /", "Audiobook"),
        ("Leather bound", "Leather bound"),
        ("Unknown Binding", None),
        ("", None),
    ],
)
def test_bindings_are_called_by_their_usual_names(text: str, word: str | None) -> None:
    assert binding(text) == word


def test_the_first_real_publisher_counts() -> None:
    assert publisher(["[s.n.]", " Unknown ", "Simon &amp; Schuster,"]) == "Simon & Schuster"
    assert publisher(["s.n."]) is None


@given(
    st.builds(
        Edition,
        key=st.just("OL9M"),
        title=st.text(),
        publish_date=st.text(),
        physical_format=st.text(),
        series=st.tuples(st.text()),
        subjects=st.tuples(st.text()),
        description=st.text(),
        publishers=st.tuples(st.text()),
        lccn=st.tuples(st.text()),
        isbn_10=st.tuples(st.text()),
    )
)
def test_any_text_gives_fields_of_a_book_and_none_is_empty(edition: Edition) -> None:
    fields = edition_fields(view(edition, WORK, SCOTT))
    assert set(fields) <= set(BOOK.by_name)
    assert not any(is_empty(data) for data in fields.values())
