from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from tests.kinds.books.sources.formats import FIXTURES, detected, source

from completist.domain.errors import BadInput
from completist.kinds.books.sources import SOURCES
from completist.sdk.files import head
from completist.sdk.source import Entry

FORMATS = {
    "bookwyrm.csv": "bookwyrm-csv",
    "calibre.csv": "calibre-csv",
    "goodreads_24.csv": "goodreads-csv",
    "goodreads_31.csv": "goodreads-csv",
    "goodreads_33.csv": "goodreads-csv",
    "goodreads_raw_quotes.csv": "goodreads-csv",
    "goodreads_spreadsheet.csv": "goodreads-csv",
    "isbns.txt": "isbn-list",
    "librarything.json": "librarything-json",
    "librarything_mixed.tsv": "librarything-tsv",
    "openlibrary.csv": "openlibrary-csv",
    "openreads.csv": "openreads-csv",
    "opf2.opf": "opf",
    "opf3.opf": "opf",
    "storygraph.csv": "storygraph-csv",
    "table.csv": "csv",
}


@pytest.mark.parametrize(("name", "format_"), FORMATS.items())
def test_a_file_is_known_by_its_content_alone(tmp_path: Path, name: str, format_: str) -> None:
    path = tmp_path / "upload.bin"
    path.write_bytes((FIXTURES / name).read_bytes())
    assert detected(path) == format_


@pytest.mark.parametrize(("name", "format_"), FORMATS.items())
def test_gzip_changes_nothing(tmp_path: Path, name: str, format_: str) -> None:
    path = tmp_path / f"{name}.gz"
    path.write_bytes(gzip.compress((FIXTURES / name).read_bytes()))
    assert detected(path) == format_
    assert list(source(format_).read(path)) == list(source(format_).read(FIXTURES / name))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters_change_nothing(tmp_path: Path, encoding: str, delimiter: str) -> None:
    header = ["Book Id", "Title", "Author", "Exclusive Shelf"]
    path = tmp_path / "export.csv"
    rows = [header, ["1", "Les Mis\u00e9rables", "Victor Hugo", "read"]]
    path.write_bytes("".join(f"{delimiter.join(row)}\r\n" for row in rows).encode(encoding))
    assert detected(path) == "goodreads-csv"
    (entry,) = source("goodreads-csv").read(path)
    assert isinstance(entry, Entry)
    assert entry.values["title"] == "Les Mis\u00e9rables"
    assert not entry.doubtful


def test_every_source_says_why_it_refuses(tmp_path: Path) -> None:
    path = tmp_path / "poem.txt"
    path.write_text("Tyger Tyger, burning bright,\nIn the forests of the night;\n")
    refusals = [each.refuse(head(path)) for each in SOURCES]
    assert all(refusals)
    assert refusals[0] == "no column 'book id', 'title', 'author', 'exclusive shelf'"


def test_formats_have_names_of_their_own() -> None:
    assert len({each.format for each in SOURCES}) == len(SOURCES)
    assert {each.kind for each in SOURCES} == {"book"}


@pytest.mark.parametrize("each", SOURCES, ids=lambda each: each.format)
def test_forcing_a_format_on_another_file_is_refused_by_name(tmp_path: Path, each: object) -> None:
    path = tmp_path / "poem.txt"
    path.write_text("Tyger Tyger, burning bright,\nIn the forests of the night;\n")
    reader = source(each.format)  # type: ignore[attr-defined]
    if reader.format == "isbn-list":
        assert not [row for row in reader.read(path) if isinstance(row, Entry)]
        return
    with pytest.raises(BadInput, match=r"poem\.txt"):
        list(reader.read(path))
    with pytest.raises(BadInput, match=r"poem\.txt"):
        reader.check(path)
