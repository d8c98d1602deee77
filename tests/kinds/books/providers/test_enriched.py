from __future__ import annotations

import pytest

from completist.domain.enrichment import Enriched, Said
from completist.domain.fields import Data, Level
from completist.kinds.books.providers.enriched import EDITION, EDITIONS, WORK, WORKS
from completist.sdk.adapter import Question
from completist.sdk.enriched import packed, unpacked
from completist.sdk.entity import Entity
from completist.sdk.finder import Subject
from completist.sdk.provider import Record

ISBN = "9780441172719"


def _kept(entity: Entity, key: str, quality: int = 80, **fields: Data) -> Record:
    said = {name: Said(data, "me", 1) for name, data in fields.items()}
    return packed(entity, key, Enriched(said, ("me",), {"me": {"x": 1}}, 1, 2), "me", quality, 50)


def test_a_record_comes_out_as_it_was_put_in() -> None:
    kept = _kept(EDITION, ISBN, title="Dune", authors=["Frank Herbert"], pages=535)
    read = unpacked(kept)
    assert read.data == {"title": "Dune", "authors": ["Frank Herbert"], "pages": 535}
    assert (read.contributors, read.metadata, read.created_at, read.updated_at) == (
        ("me",),
        {"me": {"x": 1}},
        1,
        2,
    )
    assert (kept["level"], kept["quality"], kept["completeness"]) == ("edition", 80, 50)


@pytest.mark.parametrize("damaged", [{}, {"fields": 3}, {"fields": {"title": 3}}, {"contributors": {}}])
def test_a_damaged_record_says_nothing_and_breaks_nothing(damaged: Record) -> None:
    assert unpacked(damaged).data == {}
    (reading,) = EDITIONS.read(Question("isbn13", ISBN), [damaged])
    assert reading.candidate.fields == {"isbn13": [ISBN]}


def test_an_edition_is_certain_of_itself_and_bears_one_voice_whoever_told() -> None:
    kept = _kept(EDITION, ISBN, title="Dune", authors=["Frank Herbert"], pages=535, gender="none")
    (reading,) = EDITIONS.read(Question("isbn13", ISBN), [kept])
    candidate = reading.candidate
    assert (candidate.provider, candidate.level, candidate.title, candidate.byline) == (
        "enriched",
        Level.EDITION,
        "Dune",
        "Frank Herbert",
    )
    assert candidate.fields == {"isbn13": [ISBN], "title": "Dune", "authors": ["Frank Herbert"], "pages": 535}


def test_of_several_sizes_the_largest_cover_counts() -> None:
    sizes = {f"cover_{size}": f"https://example.org/{size}.jpg" for size in ("small", "large", "medium")}
    (reading,) = WORKS.read(Question("olid_work", "OL1W"), [_kept(WORK, "OL1W", 80, title="Dune", **sizes)])
    assert reading.candidate.fields["cover"] == "https://example.org/large.jpg"
    assert reading.candidate.level is Level.WORK


def test_a_better_record_is_surer() -> None:
    good, poor = (
        EDITIONS.read(Question("isbn13", ISBN), [_kept(EDITION, ISBN, quality, title="Dune")])[0].candidate
        for quality in (100, 20)
    )
    assert good.confidence == 1.0
    assert poor.confidence < 0.9


def test_a_record_of_another_type_is_not_mistaken() -> None:
    assert WORKS.read(Question("isbn13", ISBN), [_kept(EDITION, ISBN, title="Dune")]) == []


def test_a_book_is_looked_for_by_its_isbn_in_either_form_and_by_its_work() -> None:
    subject = Subject(1, {"isbn10": ["0441172717"], "olid_work": ["OL1W"], "title": "Dune"})
    assert EDITIONS.rounds(subject) == [[Question("isbn13", ISBN)]]
    assert WORKS.rounds(subject) == [[Question("olid_work", "OL1W")]]
    assert EDITIONS.rounds(Subject(1, {"title": "Dune"})) == []


@pytest.mark.parametrize(
    ("entity", "told", "key"),
    [
        (EDITION, "0-441-17271-7", ISBN),
        (EDITION, "ISBN 978 0 441 17271 9", ISBN),
        (WORK, "/works/OL893415W", "OL893415W"),
        (WORK, "https://openlibrary.org/works/ol893415w", "OL893415W"),
    ],
)
def test_keys_are_understood_in_any_form(entity: Entity, told: str, key: str) -> None:
    assert entity.read(told) == key


@pytest.mark.parametrize(
    ("entity", "told"),
    [(EDITION, "9780441172710"), (EDITION, "dune"), (WORK, "OL1M"), (WORK, "dune"), (WORK, "")],
)
def test_what_is_no_key_is_refused_with_a_reason(entity: Entity, told: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        entity.read(told)
