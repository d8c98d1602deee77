"""calibre: the library's ``metadata.db``, read without ever writing beside it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from completist.domain.errors import BadInput
from completist.domain.fields import Data
from completist.kinds.books.languages import language
from completist.kinds.books.sources.calibre import date, people, position, stars, take_identifiers
from completist.kinds.books.sources.cells import said, single_spaced
from completist.kinds.books.sources.drafts import Draft
from completist.kinds.books.sources.prose import plain_text
from completist.sdk.files import head
from completist.sdk.source import Entry, Head, Refusal, Skipped

#: Versions of the schema whose tables are as read here. https://github.com/kovidgoyal/calibre, schema_upgrades.py
KNOWN_VERSIONS = range(18, 41)

_MAGIC = b"SQLite format 3\0"
_WAL = 2  #: in byte 18 of the header: https://www.sqlite.org/fileformat2.html#file_format_version_numbers
_PATIENCE = 1.0  #: seconds that a lock may last
_TABLES = frozenset(("books", "authors", "books_authors_link", "identifiers", "comments", "library_id"))

_BOOKS = """
SELECT b.uuid, b.title, b.timestamp, b.pubdate, b.series_index,
    (SELECT json_group_array(name) FROM (SELECT a.name FROM books_authors_link l JOIN authors a ON a.id = l.author
        WHERE l.book = b.id ORDER BY l.id)),
    (SELECT json_group_array(json_array(type, val)) FROM identifiers WHERE book = b.id),
    (SELECT json_group_array(name) FROM (SELECT t.name FROM books_tags_link l JOIN tags t ON t.id = l.tag
        WHERE l.book = b.id ORDER BY l.id)),
    (SELECT g.lang_code FROM books_languages_link l JOIN languages g ON g.id = l.lang_code
        WHERE l.book = b.id ORDER BY l.item_order, l.id LIMIT 1),
    (SELECT p.name FROM books_publishers_link l JOIN publishers p ON p.id = l.publisher WHERE l.book = b.id LIMIT 1),
    (SELECT s.name FROM books_series_link l JOIN series s ON s.id = l.series WHERE l.book = b.id LIMIT 1),
    (SELECT r.rating FROM books_ratings_link l JOIN ratings r ON r.id = l.rating WHERE l.book = b.id LIMIT 1),
    (SELECT text FROM comments WHERE book = b.id LIMIT 1)
FROM books b ORDER BY b.id
"""


class CalibreDb:
    """calibre library (``metadata.db``). The key of a book is its uuid; its row the running number."""

    name = "calibre"
    format = "calibre-db"
    label = "calibre library (metadata.db)"
    kind = "book"

    def refuse(self, head: Head) -> str | None:
        """A SQLite database with calibre's tables; a locked one is believed to be until it is read."""
        if not head.start.startswith(_MAGIC):
            return "no SQLite database"
        try:
            with _connect(head.path) as db:
                missing = _TABLES - {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
        except BadInput:
            return None
        return Refusal("a SQLite database, but not calibre's", 0.5) if missing else None

    def check(self, path: Path) -> int:
        """See `Source.check`."""
        with _connect(path) as db:
            _check_version(path, db)
            return sum(1 for _ in db.execute(_BOOKS))

    def read(self, path: Path) -> Iterator[Entry | Skipped]:
        """See `Source.read`."""
        with _connect(path) as db:
            _check_version(path, db)
            custom = [label for (label,) in db.execute("SELECT label FROM custom_columns ORDER BY id")]
            for row, record in enumerate(db.execute(_BOOKS), 1):
                draft = _draft(row, record)
                if row == 1 and custom:
                    columns = ", ".join(f"#{label}" for label in custom)
                    draft.warn("custom columns", f"not imported: {columns}")
                yield draft.entry(str(record[0]))


def _draft(row: int, record: tuple[object, ...]) -> Draft:
    (
        uuid,
        title,
        added,
        published,
        index,
        authors,
        identifiers,
        tags,
        tongue,
        publisher,
        series,
        rated,
        text,
    ) = record
    draft = Draft(row)
    draft.values = {
        "title": said(str(title or "")),
        "authors": _list(people(json.loads(str(authors)))),
        "publisher": single_spaced(str(publisher or "")),
        "published": date(str(published or "")) or None,
        "language": language(str(tongue)) if tongue else None,
        "series": single_spaced(str(series or "")),
        "series_position": position(str(index)) if series else None,
        "description": plain_text(str(text or "")),
        "rating": stars(float(str(rated or 0))),
        "shelves": _list(json.loads(str(tags))),
        "date_added": date(str(added or "")) or None,
        "calibre": [str(uuid)],
    }
    take_identifiers(draft, [(str(kind), str(value)) for kind, value in json.loads(str(identifiers))])
    return draft


def _list(texts: list[str]) -> list[Data] | None:
    return list(texts) or None


def _check_version(path: Path, db: sqlite3.Connection) -> None:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version not in KNOWN_VERSIONS:
        raise BadInput(
            f"{path.name}: the calibre database has version {version}; this program knows"
            f" {KNOWN_VERSIONS[0]} to {KNOWN_VERSIONS[-1]}.",
            hint="Export a catalogue as CSV from calibre and import that.",
        )


@contextmanager
def _connect(path: Path) -> Generator[sqlite3.Connection]:
    """A connection that cannot write; every failure of SQLite comes out as `BadInput`."""
    try:
        uri = f"file:{quote(str(path.resolve()))}?{_mode(path)}"
        with closing(sqlite3.connect(uri, uri=True, timeout=_PATIENCE)) as db:
            yield db
    except (sqlite3.Error, UnicodeDecodeError) as error:  # the latter from messages that quote damage
        locked = "locked" in str(error)
        reason = error if isinstance(error, sqlite3.Error) else "it is damaged"
        raise BadInput(
            f"{path.name}: the calibre database cannot be read: {reason}.",
            hint="Close calibre and try again." if locked else "",
        ) from error


def _mode(path: Path) -> str:
    """How to open without leaving a file behind: SQLite would write ``-wal`` and ``-shm`` beside a WAL database."""
    header = head(path).start
    if len(header) < 20 or header[18] != _WAL:  # noqa: PLR2004 (bytes of the header)
        return "mode=ro"
    wal = path.with_name(f"{path.name}-wal")
    if wal.exists() and wal.stat().st_size:
        raise BadInput(
            f"{path.name}: another program has changes of this database that are not in the file yet.",
            hint="Close calibre and try again.",
        )
    return "mode=ro&immutable=1"
