"""Write the demo's catalogue and its Goodreads export from the tables in ``source/``.

    python3 demo/make.py [FOLDER]

Needs the standard library alone. The same tables give the same files; nothing here reads a clock. What the
files are and what is real in them stands in ``README.md`` beside this one.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any, TypeAlias
from zlib import crc32

Row: TypeAlias = dict[str, str]
Record: TypeAlias = dict[str, Any]

HERE = Path(__file__).resolve().parent
WHEN = "2026-10-31T00:00:00.000000"
STAMP = {"type": "/type/datetime", "value": WHEN}

#: The columns of a Goodreads export, in its order.
COLUMNS = (
    "Book Id",
    "Title",
    "Author",
    "Author l-f",
    "Additional Authors",
    "ISBN",
    "ISBN13",
    "My Rating",
    "Average Rating",
    "Publisher",
    "Binding",
    "Number of Pages",
    "Year Published",
    "Original Publication Year",
    "Date Read",
    "Date Added",
    "Bookshelves",
    "Bookshelves with positions",
    "Exclusive Shelf",
    "My Review",
    "Spoiler",
    "Private Notes",
    "Read Count",
    "Recommended For",
    "Recommended By",
    "Owned Copies",
    "Original Purchase Date",
    "Original Purchase Location",
    "Condition",
    "Condition Description",
    "BCID",
)


def table(name: str) -> list[Row]:
    """The rows of a table in ``source/``: tab-separated, a header line, no quoting."""
    head, *lines = (HERE / "source" / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    names = head.split("\t")
    return [dict(zip(names, line.split("\t"), strict=True)) for line in lines]


def several(cell: str) -> list[str]:
    """The parts of a cell that holds more than one thing."""
    return [part for part in cell.split("; ") if part]


def isbn10(isbn13: str) -> str:
    """The ISBN-10 for an ISBN-13; empty where none exists (prefix 979)."""
    if not isbn13.startswith("978"):
        return ""
    digits = isbn13[3:12]
    check = -sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), digits, strict=True)) % 11
    return digits + ("X" if check == 10 else str(check))  # noqa: PLR2004 - ISO 2108: ten is written X


def chance(key: str, one_in: int) -> int:
    """A number below ``one_in`` that looks drawn but depends on ``key`` alone."""
    return crc32(key.encode()) % one_in


def common(kind: str, key: str) -> Record:
    """What every record of the dump carries."""
    revision = 1 + chance(key, 9)
    return {
        "type": {"key": f"/type/{kind}"},
        "key": key,
        "revision": revision,
        "latest_revision": revision,
        "created": {"type": "/type/datetime", "value": "2009-10-15T11:34:21.437031"},
        "last_modified": STAMP,
    }


def filled(record: Record) -> Record:
    """The record without its empty values, as Open Library leaves them out."""
    return {name: value for name, value in record.items() if value not in ("", [], None)}


def author(row: Row) -> Record:
    """An author's record."""
    record = common("author", f"/authors/{row['key']}")
    record |= {
        "name": row["name"],
        "personal_name": row["name"],
        "alternate_names": several(row["other names"]),
    }
    record |= {"birth_date": row["born"], "death_date": row["died"]}
    return filled(record)


def work(row: Row) -> Record:
    """A work's record; a description comes as a bare string or as a typed text, as in the real dump."""
    record = common("work", f"/works/{row['key']}")
    role = {"key": "/type/author_role"}
    record |= {"title": row["title"], "subtitle": row["subtitle"]}
    record["authors"] = [
        {"type": role, "author": {"key": f"/authors/{key}"}} for key in several(row["authors"])
    ]
    record |= {"first_publish_date": row["first published"], "subjects": several(row["subjects"])}
    record["covers"] = [int(cover) for cover in several(row["covers"])]
    text = row["description"]
    record["description"] = (
        text[1:] if text.startswith("=") else text and {"type": "/type/text", "value": text}
    )
    return filled(record)


def edition(row: Row, authors: dict[str, str]) -> Record:
    """An edition's record: one in three names no author, and one in five has only the one or the other ISBN."""
    key = f"/books/{row['key']}"
    record = common("edition", key)
    record |= {
        "title": row["title"],
        "subtitle": row["subtitle"],
        "works": [{"key": f"/works/{row['work']}"}],
    }
    if chance(key, 3):
        record["authors"] = [{"key": f"/authors/{name}"} for name in several(authors[row["work"]])]
    short, long = isbn10(row["isbn13"]), row["isbn13"]
    draw = chance(f"isbn {key}", 5)
    record["isbn_10"] = [short] if short and draw != 1 else []
    record["isbn_13"] = [long] if long and (draw != 0 or not short) else []
    record["publishers"] = [row["publisher"]] if row["publisher"] else []
    record["publish_date"] = row["published"]
    record["number_of_pages"] = int(row["pages"]) if row["pages"] else None
    record["languages"] = [{"key": f"/languages/{code}"} for code in several(row["languages"])]
    record["physical_format"] = row["format"]
    record["covers"] = [int(cover) for cover in several(row["covers"])]
    record["series"] = several(row["series"])
    record["contributions"] = several(row["contributions"])
    record["identifiers"] = {"goodreads": [row["goodreads"]]} if row["goodreads"] else None
    return filled(record)


def line(record: Record) -> str:
    """A record as one line of the dump: five columns with tabs between."""
    columns = [record["type"]["key"], record["key"], str(record["revision"]), WHEN, json.dumps(record)]
    return "\t".join(columns)


def moved(kind: str, key: str, to: str = "") -> Record:
    """A record that was merged into another, or deleted."""
    record = common("redirect" if to else "delete", f"/{kind}/{key}")
    return record | ({"location": f"/{kind}/{to}"} if to else {})


def dumps() -> dict[str, list[str]]:
    """The lines of the three dump files by name, in the order of their keys; three of them are damaged."""
    works = table("works")
    authors_of = {row["key"]: row["authors"] for row in works}
    records = {
        "authors": [author(row) for row in table("authors")],
        "works": [work(row) for row in works],
        "editions": [edition(row, authors_of) for row in table("editions")],
    }
    records["authors"].append(moved("authors", "OL909000001A", to=works[0]["authors"]))
    records["works"].append(moved("works", "OL909000001W", to=works[0]["key"]))
    records["works"].append(moved("works", "OL909000002W"))
    records["editions"].append(moved("books", "OL909000001M"))
    files = {name: [line(record) for record in sorted(rows, key=by_key)] for name, rows in records.items()}
    damage(files)
    return files


def by_key(record: Record) -> str:
    """The order of a dump: by key, as text."""
    key: str = record["key"]
    return key


def damage(files: dict[str, list[str]]) -> None:
    """Add what real dumps contain too: a line without its last column, one with a column too many, one cut off."""
    editions, works = files["editions"], files["works"]
    editions.insert(20, editions[20].rsplit("\t", 1)[0])
    editions.insert(90, editions[90][: len(editions[90]) // 2])
    works.insert(50, works[50] + "\t{}")


def shelved(rows: list[Row]) -> list[str]:
    """For each row its shelves with their positions; the oldest book of a shelf stands first on it."""
    places: Counter[str] = Counter()
    texts = []
    for row in sorted(rows, key=lambda row: row["added"]):
        names = shelves(row)
        places.update(names)
        texts.append((row["book id"], ", ".join(f"{name} (#{places[name]})" for name in names)))
    found = dict(texts)
    return [found[row["book id"]] for row in rows]


def shelves(row: Row) -> list[str]:
    """The shelves that Goodreads prints: tags, then the exclusive shelf unless that is "read"."""
    tags = [tag for tag in row["tags"].split(", ") if tag]
    return tags if row["shelf"] == "read" else [*tags, row["shelf"]]


def last_first(name: str) -> str:
    """The author's name as Goodreads turns it round: by its last word, even where that is wrong."""
    words = name.split()
    if not words:
        return ""
    return f"{words[-1]}, {' '.join(words[:-1]) or words[-1]}"


def book(row: Row, positions: str) -> list[str]:
    """A row of the export, column by column."""
    return [
        row["book id"],
        row["title"],
        row["author"],
        last_first(row["author"]),
        row["additional authors"],
        f'="{row["isbn"]}"',
        f'="{row["isbn13"]}"',
        row["rating"],
        row["average"],
        row["publisher"],
        row["binding"],
        row["pages"],
        row["year"],
        row["original year"],
        row["read"],
        row["added"],
        ", ".join(shelves(row)),
        positions,
        row["shelf"],
        row["review"].replace("\\n", "\n"),
        "",
        row["private notes"],
        row["read count"],
        "",
        "",
        row["owned"],
        *[""] * 5,
    ]


def export() -> bytes:
    """The Goodreads export."""
    rows = table("library")
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(book(row, positions) for row, positions in zip(rows, shelved(rows), strict=True))
    return text.getvalue().encode()


def main(folder: Path) -> None:
    """Write all four files below ``folder``."""
    (folder / "catalogue").mkdir(parents=True, exist_ok=True)
    for name, lines in dumps().items():
        text = "".join(f"{each}\n" for each in lines).encode()
        packed = gzip.compress(text, compresslevel=9, mtime=0)
        (folder / "catalogue" / f"ol_dump_{name}.txt.gz").write_bytes(packed)
    (folder / "goodreads_library_export.csv").write_bytes(export())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else HERE)
