from __future__ import annotations

import pytest

from completist.domain.fields import Data
from completist.kinds.books.providers.openlibrary.documents import bare
from completist.kinds.books.providers.openlibrary.records import (
    author_keys,
    carries,
    edition_record,
    offered,
    read_edition,
    read_work,
    work_record,
)
from completist.sdk.provider import Record


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ("/works/OL2W", "OL2W"), ("OL2W", "OL2W"), ({"key": "/authors/OL3A"}, "OL3A"), ("/works/OL2W/Emma", ""),
        ("OL0W", ""), ("OL2X", ""), ("ol2w", ""), (None, ""), (2, ""), ({"key": None}, ""),
    ],
)  # fmt: skip
def test_a_key_is_read_without_its_path(data: Data, key: str) -> None:
    assert bare(data) == key


@pytest.mark.parametrize(
    ("members", "field", "read"),
    [
        ({"title": "Emma", "title_prefix": "The "}, "title", "The Emma"),
        ({"description": "One."}, "description", "One."),
        ({"description": {"type": "/type/text", "value": "One."}}, "description", "One."),
        ({"description": {"value": None}}, "description", ""),
        ({"publish_date": 1999}, "publish_date", "1999"),
        ({"number_of_pages": "304"}, "number_of_pages", 304),
        ({"number_of_pages": -4}, "number_of_pages", None),
        ({"number_of_pages": 10**9}, "number_of_pages", None),
        ({"covers": [-1, None, 7, "8"]}, "covers", (7, 8)),
        ({"covers": 7}, "covers", ()),
        ({"languages": [{"key": "/languages/eng"}, {}, "fre"]}, "languages", ("eng",)),
        ({"publishers": "Penguin"}, "publishers", ("Penguin",)),
        ({"subjects": [{"type": "/type/text", "value": "Love"}, " "]}, "subjects", ("Love",)),
        ({"works": [{"key": "/works/OL2W"}, {"key": "/works/oops"}]}, "works", ("OL2W",)),
        ({"identifiers": {"goodreads": ["1", ""], "amazon": None}}, "identifiers", {"goodreads": ("1",)}),
    ],
)
def test_an_edition_s_members_are_read_in_whatever_shape_they_come(
    members: Record, field: str, read: object
) -> None:
    edition = read_edition({"key": "/books/OL1M", **members})
    assert edition is not None
    assert getattr(edition, field) == read


@pytest.mark.parametrize(
    "role",
    [
        {"author": {"key": "/authors/OL3A"}, "type": {"key": "/type/author_role"}},
        {"author": "/authors/OL3A"},
        {"key": "/authors/OL3A"},
    ],
)
def test_an_author_is_found_in_every_shape_of_a_role(role: Data) -> None:
    assert author_keys({"authors": [role, None, {}]}) == ["OL3A"]


def test_what_is_no_edition_or_work_is_read_as_nothing() -> None:
    assert read_edition({"key": "/works/OL2W"}) is None
    assert read_work({"key": "/books/OL1M"}) is None
    assert read_edition({}) is None
    assert offered({}) is None
    assert offered({"work": {"title": "Emma"}}) is None


def test_an_author_called_by_the_personal_name_alone_has_a_name() -> None:
    kept = work_record({"key": "/works/OL2W"}, [{"key": "/authors/OL3A", "personal_name": "Jane Austen"}])
    offer = offered(kept)
    assert offer is not None
    assert offer.candidate.fields["authors"] == ["Jane Austen"]


def test_an_edition_without_a_work_names_the_one_that_it_points_to() -> None:
    kept = edition_record({"key": "/books/OL1M", "title": "Emma", "works": [{"key": "/works/OL2W"}]}, {}, [])
    offer = offered(kept)
    assert offer is not None
    assert offer.candidate.work == "OL2W"


def test_an_isbn_is_carried_in_either_form() -> None:
    edition: Record = {"isbn_10": ["0-14-143958-0"], "isbn_13": ["9780140183528"]}
    assert carries(edition, "9780141439587")
    assert carries(edition, "9780140183528")
    assert not carries(edition, "9780000000002")
    assert not carries({"isbn_13": "no list"}, "9780141439587")
