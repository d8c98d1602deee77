from __future__ import annotations

from completist.kinds.books import BOOK, BOOKS
from completist.sdk.registry import pipeline, plugin


def test_the_kind_is_found_through_its_entry_point() -> None:
    assert plugin("book") is BOOKS
    assert pipeline("book-metadata") == (BOOKS, BOOKS.finders[0].pipeline)
    assert pipeline("hardcover") == (BOOKS, BOOKS.outside[0])


def test_all_that_it_brings_speaks_of_books() -> None:
    assert BOOKS.sources
    assert BOOKS.writers
    kinds = [source.kind for source in BOOKS.sources] + [writer.layout.kind for writer in BOOKS.writers]
    assert set(kinds) == {BOOK.name}
    assert {each.pipeline.kind for each in BOOKS.finders} == {BOOK.name}


def test_formats_and_fields_have_names_of_their_own() -> None:
    formats = [source.format for source in BOOKS.sources]
    assert len(set(formats)) == len(formats)
    assert set(BOOKS.normalise) <= set(BOOK.by_name)


def test_the_pipeline_fills_and_reads_fields_that_the_kind_has_and_nothing_personal() -> None:
    pipeline = BOOKS.finders[0].pipeline
    assert set(pipeline.fills) | set(pipeline.inputs) <= set(BOOK.by_name)
    assert not any(BOOK.by_name[name].personal for name in pipeline.fills)
