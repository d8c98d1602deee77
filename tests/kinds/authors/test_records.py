from __future__ import annotations

from completist.kinds.authors import AUTHOR, AuthorFinder
from completist.kinds.authors.records import author_fields, lifetime
from completist.sdk.catalogue import Author


def test_a_full_record_becomes_fields_of_the_kind() -> None:
    fields = author_fields(
        Author(
            key="OL22098A",
            name="Lewis Carroll [pseud.].",
            alternate_names=("Charles Lutwidge Dodgson", "Lewis Carroll", "Charles  Lutwidge Dodgson", ""),
            birth_date="January 27, 1832",
            death_date="14 January 1898",
            bio="Wrote *Alice*.\r\n\r\n([Source][1].)\r\n\r\n  [1]: http://example.org/life",
            photos=(-1, 6123456),
            remote_ids={
                "wikidata": "Q38082",
                "viaf": "66462036",
                "isni": "0000 0001 2137 136X",
                "goodreads": "8164",
                "imdb": "nm0140902",
            },
        )
    )
    assert fields == {
        "name": "Lewis Carroll",
        "alternate_names": ["Charles Lutwidge Dodgson"],
        "olid_author": ["OL22098A"],
        "birth_date": "1832-01-27",
        "death_date": "1898-01-14",
        "bio": "Wrote Alice.",
        "photo": "https://covers.openlibrary.org/a/id/6123456-L.jpg",
        "wikidata": ["Q38082"],
        "viaf": ["66462036"],
        "isni": ["000000012137136X"],
        "goodreads_author": ["8164"],
    }
    assert set(fields) <= set(AUTHOR.by_name)


def test_what_is_empty_or_malformed_is_left_out() -> None:
    author = Author(key="OL9A", name="G. V. Krishna Rao", birth_date="1914", death_date=".", photos=(0, -1))
    assert author_fields(author) == {
        "name": "G. V. Krishna Rao",
        "olid_author": ["OL9A"],
        "birth_date": "1914",
    }
    assert "wikidata" not in author_fields(Author(key="OL9A", remote_ids={"wikidata": "unknown"}))


def test_the_pipeline_fills_fields_that_the_kind_has() -> None:
    assert set(AuthorFinder.pipeline.fills) | set(AuthorFinder.pipeline.inputs) <= set(AUTHOR.by_name)


def test_lifetime_tells_namesakes_apart() -> None:
    assert lifetime({"birth_date": "1832-01-27", "death_date": "1898"}) == "1832-1898"
    assert lifetime({"birth_date": "1947"}) == "born 1947"
    assert lifetime({"death_date": "1898"}) == "died 1898"
    assert lifetime({}) == ""
