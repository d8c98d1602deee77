"""Lines of an Open Library dump, made to order."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from pathlib import Path

STAMP = "2026-10-31T00:00:00.000000"


def line(kind: str, key: str, document: object, revision: int = 1) -> str:
    """One line: type, key, revision, time, JSON."""
    return f"/type/{kind}\t{key}\t{revision}\t{STAMP}\t{json.dumps(document)}"


def edition(number: int, title: str = "", revision: int = 1, **fields: object) -> str:
    """An edition; ``works`` and ``authors`` as numbers."""
    works, authors = fields.pop("works", ()), fields.pop("authors", ())
    assert isinstance(works, Iterable)
    assert isinstance(authors, Iterable)
    key = f"/books/OL{number}M"
    document: dict[str, object] = {"key": key, **({"title": title} if title else {}), **fields}
    document["works"] = [{"key": f"/works/OL{each}W"} for each in works]
    document["authors"] = [{"key": f"/authors/OL{each}A"} for each in authors]
    return line("edition", key, document, revision)


def work(number: int, title: str, revision: int = 1, **fields: object) -> str:
    """A work; ``authors`` as numbers."""
    authors = fields.pop("authors", ())
    assert isinstance(authors, Iterable)
    key = f"/works/OL{number}W"
    roles = [
        {"author": {"key": f"/authors/OL{each}A"}, "type": {"key": "/type/author_role"}} for each in authors
    ]
    return line("work", key, {"key": key, "title": title, "authors": roles, **fields}, revision)


def author(number: int, name: str, revision: int = 1, **fields: object) -> str:
    """An author."""
    key = f"/authors/OL{number}A"
    return line("author", key, {"key": key, "name": name, **fields}, revision)


def redirect(key: str, location: str, revision: int = 2) -> str:
    """A key that leads to another."""
    document = {"key": key, "location": location, "type": {"key": "/type/redirect"}}
    return line("redirect", key, document, revision)


def delete(key: str, revision: int = 2) -> str:
    """A key that was given up."""
    return line("delete", key, {"key": key, "type": {"key": "/type/delete"}}, revision)


def write(path: Path, lines: Iterable[str]) -> Path:
    """A dump file with these lines, compressed when its name says so."""
    content = "".join(f"{each}\n" for each in lines).encode()
    path.write_bytes(gzip.compress(content, 1) if path.suffix == ".gz" else content)
    return path


def shelf(count: int) -> list[str]:
    """A dump of ``count`` authors, works and editions that differ from one another, as one file."""
    lines = []
    for n in range(1, count + 1):
        stem = f"978{n:09}"
        check = -(sum(map(int, stem[::2])) + 3 * sum(map(int, stem[1::2]))) % 10
        title = f"{_WORDS[n % 7]} {_WORDS[n % 11]} {n}"
        lines += [
            author(n, f"{_WORDS[n % 5]} {_WORDS[n % 13]}son"),
            work(n, title, authors=[n], subjects=[_WORDS[n % 3]]),
            edition(
                n, title, works=[n], authors=[n], isbn_13=[f"{stem}{check}"], publish_date=str(1900 + n % 99)
            ),
        ]
    return lines


_WORDS = (
    *("River", "Garden", "Winter", "Letters", "Harbour", "Orchard", "Silence"),
    *("Meadow", "Lantern", "Voyage", "Marble", "Thistle", "Amber"),
)
