"""Every file in the folder of real exports: its format, its entries and what is skipped of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.kinds.books.sources.formats import detected, source

from completist.domain.errors import BadInput
from completist.kinds.books.kind import BOOK
from completist.kinds.books.sources import SOURCES
from completist.sdk.files import head
from completist.sdk.source import Entry, Skipped

#: By path under ``exports``: the format, the number of entries, the rows that are skipped.
READABLE: dict[str, tuple[str, int, list[int]]] = {
    "bookwyrm/fixture_bookwyrm.csv": ("bookwyrm-csv", 3, []),
    "calibre/boneash_empty_metadata_v23.db": ("calibre-db", 0, []),
    "calibre/calibre_tests_metadata_v27.db": ("calibre-db", 3, []),
    "calibre/fixture_bookwyrm.csv": ("calibre-csv", 1, []),
    "calibre/opf_jelu_Die-Drei-3.opf": ("opf", 1, []),
    "calibre/opf_jelu_Panik-im-Paradies.opf": ("opf", 1, []),
    "goodreads/fixture_bookwyrm.csv": ("goodreads-csv", 3, []),
    "goodreads/fixture_jelu_goodreads1.csv": ("goodreads-csv", 10, []),
    "goodreads/fixture_jelu_goodreads_library_export_one_line.csv": ("goodreads-csv", 1, []),
    "goodreads/fixture_jelu_goodreads_library_export_one_line_modified.csv": ("goodreads-csv", 1, []),
    "goodreads/fixture_jelu_goodreads_library_export_one_line_modified_review.csv": ("goodreads-csv", 5, []),
    "goodreads/fixture_openlibrary.csv": ("goodreads-csv", 3, []),
    "goodreads/goodreads_112_babkin.csv": ("goodreads-csv", 112, []),
    "goodreads/goodreads_232_evilsocket.csv": ("goodreads-csv", 232, []),
    "goodreads/goodreads_326_drrodriguez.csv": ("goodreads-csv", 326, []),
    "goodreads/goodreads_32_econstudent.csv": ("goodreads-csv", 32, []),
    "goodreads/goodreads_358_mapmyreads_24col.csv": ("goodreads-csv", 358, []),
    "goodreads/goodreads_38_person3.csv": ("goodreads-csv", 38, []),
    "goodreads/goodreads_59_bookstats.csv": ("goodreads-csv", 59, []),
    "goodreads/goodreads_742_mcsiple.csv": ("goodreads-csv", 742, []),
    "goodreads/series_mousereeve_2015-02-24_034d83e.csv": ("goodreads-csv", 96, []),
    "goodreads/series_mousereeve_2017-12-11_64b5f50.csv": ("goodreads-csv", 177, []),
    "goodreads/series_mousereeve_2019-07-08_700062f.csv": ("goodreads-csv", 244, []),
    "goodreads/series_mousereeve_2019-12-16_05374ab.csv": ("goodreads-csv", 277, []),
    "goodreads/series_mousereeve_2020-10-28_3a2b555.csv": ("goodreads-csv", 358, []),
    "librarything/fixture_bookwyrm_latin1.tsv": ("librarything-tsv", 3, []),
    "librarything/lt_mousereeve_2014-11-30_497.json": ("librarything-json", 497, []),
    "librarything/lt_mousereeve_2016-04-27_433.json": ("librarything-json", 433, []),
    "librarything/lt_mousereeve_2019-06-25_474.json": ("librarything-json", 474, []),
    "librarything/lt_mousereeve_2019-12-16_221.json": ("librarything-json", 221, []),
    "lists/alexandria_2015.csv": ("csv", 48, []),
    "lists/alexandria_2023.csv": ("csv", 58, [45]),  # "Prince Harry, The Duke of Sussex", not quoted
    "lists/alexandria_combined_library_expanded.csv": ("csv", 774, []),
    "lists/alexandria_yr_title_auth_isbn13.csv": ("csv", 355, [96, 279, 307]),  # likewise
    "lists/generic_bookwyrm.csv": ("csv", 4, []),
    "lists/isbns_jelu.txt": ("isbn-list", 2, [3]),  # 123abc
    "openlibrary_readinglog/fixture_bookwyrm.csv": ("openlibrary-csv", 4, []),
    "openreads/openreads_bookwyrm.csv": ("openreads-csv", 4, []),
    "storygraph/fixture_bookwyrm.csv": ("storygraph-csv", 2, []),
    "storygraph/storygraph_mapmyreads_128.csv": ("storygraph-csv", 128, []),
}
DAMAGED = {"librarything/lt_mousereeve_2014-11-23_CORRUPT.json": ("librarything-json", "line 5530")}
UNKNOWN = {
    "other/tellico_collectorz_books.xml",
    "other/tellico_dnb-marcxml.xml",
    "other/tellico_douban_book_isbn.json",
    "other/tellico_onmyshelf-books.json",
    "other/tellico_opds-acquisition.xml",
    "other/tellico_test.bib",
    "other/tellico_test.ris",
}


@pytest.fixture
def exports(shared: Path) -> Path:
    return shared / "exports"


def test_every_file_in_the_folder_is_accounted_for(exports: Path) -> None:
    there = {
        str(Path(folder, name).relative_to(exports))
        for folder, _, names in os.walk(exports)
        for name in names
    }
    assert there == READABLE.keys() | DAMAGED.keys() | UNKNOWN


@pytest.mark.parametrize("name", READABLE)
def test_it_is_read(exports: Path, name: str) -> None:
    format_, count, skipped = READABLE[name]
    path = exports / name
    assert detected(path) == format_
    rows = list(source(format_).read(path))
    assert source(format_).check(path) == len(rows)
    assert [each.row for each in rows if isinstance(each, Skipped)] == skipped
    entries = [each for each in rows if isinstance(each, Entry)]
    assert len({each.key for each in entries}) == len(entries) == count
    assert all(set(each.values) <= set(BOOK.by_name) for each in entries)


@pytest.mark.parametrize("name", DAMAGED)
def test_it_is_refused_with_its_line(exports: Path, name: str) -> None:
    format_, line = DAMAGED[name]
    assert detected(exports / name) == format_
    with pytest.raises(BadInput, match=line):
        source(format_).check(exports / name)


@pytest.mark.parametrize("name", sorted(UNKNOWN))
def test_it_is_refused_by_every_source(exports: Path, name: str) -> None:
    assert all(each.refuse(head(exports / name)) for each in SOURCES)


def test_a_spreadsheet_has_taken_the_isbns_of_a_whole_table(shared: Path) -> None:
    entries = [
        each
        for each in source("csv").read(shared / "booklists" / "goodbooks10k_books.csv")
        if isinstance(each, Entry)
    ]
    assert len(entries) == 10_000
    # 9,300 ISBNs are there, mostly without their leading zeros, and no float stands for one.
    assert sum(bool(each.values["isbn13"]) for each in entries) >= 9_150
    assert len({str(each.values["isbn13"]) for each in entries if each.values["isbn13"]}) >= 9_150
