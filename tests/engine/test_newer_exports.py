"""Five exports of one person's real library, years apart, imported in the order of their dates."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.cellars import counts
from tests.support.crash import open_app

from completist.store.database import Database

SERIES = "series_mousereeve_*.csv"

#: Columns that move without anybody doing anything: Goodreads recounts them.
UNNOTICED = {"Average Rating", "Read Count", "Bookshelves with positions"}
#: Columns that librarians write: blank, they take nothing away. In all others a blank is the owner's word.
LIBRARIANS = {
    "Title", "Author", "Author l-f", "Additional Authors", "ISBN", "ISBN13", "Publisher", "Binding",
    "Number of Pages", "Year Published", "Original Publication Year",
}  # fmt: skip
#: Read from another column: the author's name turned round.
UNREAD = {"Author l-f"}


@dataclass
class Shelf:
    """The same library kept with nothing but the csv module: the cells that stand for each book."""

    cells: dict[str, dict[str, str]] = field(default_factory=dict)

    def take(self, path: Path) -> tuple[int, int, int, int]:
        """(added, updated, unchanged, skipped) of one export, by comparing texts."""
        added = updated = unchanged = 0
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                told = {
                    name: _plain(name, cell) for name, cell in row.items() if name not in UNNOTICED | UNREAD
                }
                stands = self.cells.setdefault(told["Book Id"], {})
                moved = {n: c for n, c in told.items() if c != stands.get(n) and (c or n not in LIBRARIANS)}
                if not stands:
                    added += 1
                elif moved:
                    updated += 1
                else:
                    unchanged += 1
                stands.update(moved)
        return added, updated, unchanged, 0


def _plain(name: str, cell: str) -> str:
    """The cell without ``="..."`` and accidental blanks, which a title keeps; 0 stars, copies, pages say nothing."""
    text = cell.removeprefix('="').removesuffix('"') if cell.startswith('="') else cell
    text = text.strip() if name == "Title" else " ".join(text.split())
    return "" if text == "0" else text


#: (added, updated, unchanged, skipped) of each export; the dates are those of the files. What the comments say of
#: single rows was counted by comparing the files' texts.
EXPECTED = {
    "2015-02-24": (96, 0, 0, 0),
    # All 96 are in the newer file. 52 rows were changed by Goodreads' librarians alone (25 titles, 17 page counts,
    # 14 lists of additional authors, 9 publishers ...), one by the owner, who dated a reading. Of the other 43, 42
    # differ in ratings and counts that nobody would notice, and one lost its additional authors: a librarian's
    # blank takes nothing away.
    "2017-12-11": (81, 53, 43, 0),
    # One book is gone from the owner's shelves and stays in the library: 176 shared rows. The owner dated five
    # readings, 58 rows were changed by librarians alone. 28 are the same text, 80 differ in what nobody notices,
    # five lost an ISBN or their additional authors, and keep them here.
    "2019-07-08": (68, 63, 113, 0),
    # Two are gone by now. No change of the owner's at all. Nine rows lost an ISBN or additional authors.
    "2019-12-16": (34, 26, 217, 0),
    # Four are gone. The owner changed three rows (two ratings, a reading, a shelf). One title lost a blank too many,
    # which is a change, for a title stands as it was written.
    "2020-10-28": (83, 54, 221, 0),
}


def test_every_export_adds_and_changes_what_the_texts_say(
    shared: Path, database: Database, tmp_path: Path
) -> None:
    shelf = Shelf()
    with open_app(tmp_path, database.engine.url.render_as_string(hide_password=False)) as app:
        for path in sorted((shared / "exports" / "goodreads").glob(SERIES)):
            day = path.name.split("_")[2]
            found = counts(app.import_file(path))
            assert found == EXPECTED[day] == shelf.take(path), day
            again = app.import_file(path)
            assert counts(again) == (0, 0, again.rows, 0), day
        assert len(shelf.cells) == 362
        titles = {view.values["goodreads"].data[0]: view.data["title"] for view in app.items("book")}  # type: ignore[index]
        assert titles == {book: row["Title"] for book, row in shelf.cells.items()}


def test_what_was_typed_after_the_first_export_survives_the_others(
    shared: Path, database: Database, tmp_path: Path
) -> None:
    files = sorted((shared / "exports" / "goodreads").glob(SERIES))
    shelves = []
    for path in files:
        shelves.append(Shelf())
        shelves[-1].take(path)
    # A book whose title, publisher or pages differ in the last export: what is typed would be overwritten there.
    first, last = shelves[0].cells, shelves[-1].cells
    book = next(b for b in first if b in last and first[b]["Title"] != last[b]["Title"])
    with open_app(tmp_path, database.engine.url.render_as_string(hide_password=False)) as app:
        app.import_file(files[0])
        item = next(v.id for v in app.items("book") if ("goodreads", book) in v.sources)
        app.set(item, {"title": "As I call it", "publisher": None, "rating": 4.5})
        app.lock(item, "pages")
        pages = app.show(item).data.get("pages")
        for path in files[1:]:
            app.import_file(path)
            data = app.show(item).data
            typed = (data["title"], data["publisher"], data["rating"], data.get("pages"))
            assert typed == ("As I call it", None, 4.5, pages), path.name
        app.give_up(item, ["title"])
        assert (
            app.show(item).data["title"] == last[book]["Title"]
        )  # the newest export has been heard all along
