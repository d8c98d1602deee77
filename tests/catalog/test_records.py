from __future__ import annotations

import json

import msgspec
import pytest

from completist.catalog import records
from completist.sdk.catalogue import Author, Edition, Work

SPACES = [
    "",
    " ",
    "\t",
    "\n",
    "\r",
    "\x0b",
    "\x1c",
    "\x85",
    "\u00a0",
    "\u1680",
    "\u2003",
    "\u2028",
    "\u205f",
    "\u3000",
    "\0",
]


@pytest.mark.parametrize("space", SPACES, ids=ascii)
@pytest.mark.parametrize("text", ["Solaris", "Café «Solaris»", 'The "Solaris" \\ book', "日本"])
def test_white_space_at_the_ends_of_texts_is_not_told(space: str, text: str) -> None:
    stored = msgspec.json.encode({"title": f"{space}{text}", "publishers": [f"{text}{space}", space]})
    found = records.edition(7, stored)
    assert found.title == text
    assert found.publishers == (text,)


def test_white_space_within_a_text_stays() -> None:
    stored = msgspec.json.encode({"name": "Stanisław\u00a0Lem", "alternate_names": ["S. \\ Lem"]})
    found = records.author(7, stored)
    assert found.name == "Stanisław\u00a0Lem"
    assert found.alternate_names == ("S. \\ Lem",)


@pytest.mark.parametrize("text", ["London, ", "London: ", ", ", 'a "London", ', 'a "London": '])
def test_blanks_that_look_as_if_they_stood_between_parts_are_not_told(text: str) -> None:
    stored = json.dumps({"title": text, "publishers": [text, "Ace"], "series": ["one, two: three"]}).encode()
    found = records.edition(7, stored)
    assert found.title == text.strip()
    assert found.publishers == (text.strip(), "Ace")
    assert found.series == ("one, two: three",)


def test_each_field_of_a_record_is_told_in_its_place() -> None:
    edition = {
        "title_prefix": "The",
        "title": "Hobbit",
        "subtitle": "or There and Back Again",
        "works": [{"key": "/works/OL1W"}],
        "authors": [{"key": "/authors/OL2A"}],
        "by_statement": "J. R. R. Tolkien",
        "isbn_10": ["0618260307"],
        "isbn_13": ["9780547928227"],
        "publishers": ["Allen & Unwin"],
        "publish_date": "1937",
        "number_of_pages": 310,
        "languages": [{"key": "/languages/eng"}],
        "physical_format": "Hardcover",
        "covers": [14],
        "series": ["Middle-earth"],
        "subjects": ["Dragons"],
        "description": "A journey.",
        "identifiers": {"goodreads": ["5907"]},
        "lccn": ["37031234"],
        "oclc_numbers": ["1827184"],
    }
    assert records.edition(7, msgspec.json.encode(edition)) == Edition(
        key="OL7M",
        title="The Hobbit",
        subtitle="or There and Back Again",
        works=("OL1W",),
        authors=("OL2A",),
        by_statement="J. R. R. Tolkien",
        isbn_10=("0618260307",),
        isbn_13=("9780547928227",),
        publishers=("Allen & Unwin",),
        publish_date="1937",
        number_of_pages=310,
        languages=("eng",),
        physical_format="Hardcover",
        covers=(14,),
        series=("Middle-earth",),
        subjects=("Dragons",),
        description="A journey.",
        identifiers={"goodreads": ("5907",)},
        lccn=("37031234",),
        oclc=("1827184",),
    )
    work = {
        "title": "The Hobbit",
        "subtitle": "A tale",
        "authors": [{"author": {"key": "/authors/OL2A"}}],
        "first_publish_date": "21 September 1937",
        "description": {"value": "A journey."},
        "subjects": ["Dragons"],
        "covers": [15],
        "series": ["Middle-earth"],
    }
    assert records.work(8, msgspec.json.encode(work)) == Work(
        key="OL8W",
        title="The Hobbit",
        subtitle="A tale",
        authors=("OL2A",),
        first_publish_date="21 September 1937",
        description="A journey.",
        subjects=("Dragons",),
        covers=(15,),
        series=("Middle-earth",),
    )
    author = {
        "name": "J. R. R. Tolkien",
        "alternate_names": ["John Ronald Reuel Tolkien"],
        "birth_date": "3 January 1892",
        "death_date": "2 September 1973",
        "bio": "A philologist.",
        "photos": [16],
        "remote_ids": {"wikidata": "Q892"},
    }
    assert records.author(9, msgspec.json.encode(author)) == Author(
        key="OL9A",
        name="J. R. R. Tolkien",
        alternate_names=("John Ronald Reuel Tolkien",),
        birth_date="3 January 1892",
        death_date="2 September 1973",
        bio="A philologist.",
        photos=(16,),
        remote_ids={"wikidata": "Q892"},
    )
