"""Real records: the developer database of Open Library, and real titles in the form of a dump."""

from __future__ import annotations

import csv
from pathlib import Path

from completist.catalog import build, open_catalogue
from completist.sdk.catalogue import Author, Edition, Work


def test_the_developer_database(shared: Path, root: Path) -> None:
    report = build(root, [shared / "openlibrary" / "ol_dump_devdb.txt"])
    assert (report.editions, report.works, report.authors, dict(report.rejected)) == (68, 35, 34, {})
    found = open_catalogue(root).by_key(["/works/OL313321W", "OL2250A", "OL24218089M"])
    work, author, edition = found.values()
    assert isinstance(work, Work)
    assert (work.title, work.authors) == ("El castillo interior", ("OL2250A", "OL6860521A"))
    assert isinstance(author, Author)
    assert (author.name, author.birth_date) == ("Teresa of Avila", "1515")
    assert isinstance(edition, Edition)
    assert (edition.publishers, edition.oclc) == (("Bramhall House",), ("420517",))


def test_a_dump_of_real_titles(shared: Path, root: Path) -> None:
    folder = shared / "openlibrary" / "derived"
    report = build(root, sorted(folder.glob("*.gz")))
    assert (report.editions, report.works, report.authors, dict(report.rejected)) == (27353, 25363, 13958, {})
    catalogue = open_catalogue(root)
    with (folder / "truth.csv").open(encoding="utf-8", newline="") as file:
        keys = [row["edition"] for row in csv.DictReader(file)][:2000]
    editions = [each for each in catalogue.by_key(keys).values() if isinstance(each, Edition)]
    assert len(editions) == len(set(keys))
    isbns = [each for edition in editions for each in edition.isbn_13 + edition.isbn_10]
    assert len(isbns) > 1000
    assert catalogue.by_isbn(isbns).keys() == set(isbns)
