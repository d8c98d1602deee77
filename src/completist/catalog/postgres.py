"""The catalogue on PostgreSQL, for sites with many servers: a generation's values in a schema of their own.

A generation is copied into a schema beside the one in use and put in its place by renaming both in one transaction,
so that readers see one or the other. The one before stays until the next is published.
"""

from __future__ import annotations

import re
import sqlite3
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec
import psycopg
from psycopg.sql import SQL, Identifier

from completist.catalog import files, generations, titles
from completist.catalog.cards import Card
from completist.catalog.generations import About
from completist.catalog.postings import Postings
from completist.domain.errors import ActionRequired, BadInput, Busy, CompletistError

#: Is told rows written so far, and all of them.
Told: TypeAlias = Callable[[int, int], None]
Row: TypeAlias = tuple[Any, ...]

LIVE, NEXT, BEFORE = "completist_catalogue", "completist_catalogue_next", "completist_catalogue_before"
TABLES: Final = ("ed", "wk", "au")
ANALYZED: Final = (*TABLES, "about", "dictionary", "moved", "isbn", "mark", "card")
BY: Final = "@"  #: before a word of an author's name, to tell it from one of a title
MAX_WORDS: Final = 500  #: of one work that are searched
MAX_LETTERS: Final = 100  #: of one word
STEP: Final = 10_000  #: rows between two words about how far it is

_TABLES: Final = """
CREATE TABLE {0}.about (id text NOT NULL, about bytea NOT NULL);
CREATE TABLE {0}.dictionary (name text NOT NULL, v bytea NOT NULL);
CREATE TABLE {0}.ed (k bigint NOT NULL, rev integer NOT NULL, v bytea NOT NULL);
CREATE TABLE {0}.wk (k bigint NOT NULL, rev integer NOT NULL, v bytea NOT NULL);
CREATE TABLE {0}.au (k bigint NOT NULL, rev integer NOT NULL, v bytea NOT NULL);
CREATE TABLE {0}.moved (k bigint NOT NULL, target bigint NOT NULL);
CREATE TABLE {0}.isbn (k bigint NOT NULL, ed bigint NOT NULL);
CREATE TABLE {0}.mark (k bigint NOT NULL, ed bigint NOT NULL);
CREATE TABLE {0}.card (k bigint NOT NULL, p integer NOT NULL, v bytea NOT NULL, words tsvector NOT NULL);
ALTER TABLE {0}.ed ALTER v SET STORAGE EXTERNAL; -- packed already
ALTER TABLE {0}.wk ALTER v SET STORAGE EXTERNAL;
ALTER TABLE {0}.au ALTER v SET STORAGE EXTERNAL;
ALTER TABLE {0}.card ALTER v SET STORAGE EXTERNAL;
"""
_INDEXES: Final = """
ALTER TABLE {0}.dictionary ADD PRIMARY KEY (name);
ALTER TABLE {0}.ed ADD PRIMARY KEY (k);
ALTER TABLE {0}.wk ADD PRIMARY KEY (k);
ALTER TABLE {0}.au ADD PRIMARY KEY (k);
ALTER TABLE {0}.moved ADD PRIMARY KEY (k);
ALTER TABLE {0}.isbn ADD PRIMARY KEY (k, ed);
ALTER TABLE {0}.mark ADD PRIMARY KEY (k, ed);
ALTER TABLE {0}.card ADD PRIMARY KEY (k);
CREATE INDEX ON {0}.card USING gin (words) WITH (fastupdate = off);
"""
_WORD: Final = re.compile(r"[^\W_]+")
_card = msgspec.msgpack.Decoder(Card).decode


def publish(directory: Path, url: str, told: Told = lambda _done, _total: None) -> bool:
    """Copy the generation in ``directory`` to the database at ``url`` and put it in use; False when it is already.

    Raises:
        BadInput: The database cannot be opened.
        Busy: Another process is publishing there.
        CompletistError: It could not be written; what is in use there stays.
    """
    about = generations.about(directory)
    with _opened(url) as db:
        if not _row(db, "SELECT pg_try_advisory_lock(hashtext(%s))", [LIVE])[0]:
            raise Busy("A catalogue is being published to this database already.")
        try:
            if _in_use(db) == about.generation:
                return False
            for schema in (NEXT, BEFORE):
                db.execute(SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(Identifier(schema)))
            db.execute(SQL("CREATE SCHEMA {}").format(Identifier(NEXT)))
            db.execute(_in(NEXT, _TABLES))
            _fill(db, directory, about, told)
            db.execute(_in(NEXT, _INDEXES))
            db.execute(_in(NEXT, "".join(f"ANALYZE {{0}}.{table};" for table in ANALYZED)))
            _swap(db)
        except psycopg.Error as error:
            reason = str(error).strip().partition("\n")[0]
            hint = "What is in use there is as it was; publish again."
            raise CompletistError(f"The catalogue could not be published: {reason}.", hint=hint) from error
        finally:
            _let_go(db)
    return True


def _let_go(db: psycopg.Connection[Row]) -> None:
    """Give the lock back at once: the server notices the end of a connection some time later."""
    with suppress(psycopg.Error):
        db.execute("SELECT pg_advisory_unlock_all()")


def generation_at(url: str) -> str | None:
    """The id of the generation in use in a database; None when there is none. Raises BadInput."""
    with _opened(url) as db:
        return _in_use(db)


def _in_use(db: psycopg.Connection[Row]) -> str | None:
    if _row(db, "SELECT to_regclass(%s)", [f"{LIVE}.about"])[0] is None:
        return None
    id_, about = _row(db, SQL("SELECT id, about FROM {}.about").format(Identifier(LIVE)))
    return str(id_) if msgspec.json.decode(about, type=About).format == generations.FORMAT else None


def _swap(db: psycopg.Connection[Row]) -> None:
    rename = "ALTER SCHEMA {} RENAME TO {}"
    with db.transaction():
        if _row(db, "SELECT to_regnamespace(%s)", [LIVE])[0] is not None:
            db.execute(SQL(rename).format(Identifier(LIVE), Identifier(BEFORE)))
        db.execute(SQL(rename).format(Identifier(NEXT), Identifier(LIVE)))


def _fill(db: psycopg.Connection[Row], directory: Path, about: About, told: Told) -> None:
    with closing(files.open_finished(directory / files.RECORDS)) as source:
        total = sum(_count(source, table) for table in (*TABLES, "moved")) + about.documents
        progress = _Progress(told, total)
        for table in TABLES:
            rows = source.execute(f"SELECT k, rev, v FROM {table} ORDER BY k")  # noqa: S608 - names of our own
            _copy(db, table, ("int8", "int4", "bytea"), progress.over(rows))
        rows = source.execute("SELECT k, target FROM moved ORDER BY k")
        _copy(db, "moved", ("int8", "int8"), progress.over(rows))
    for table, name in (("isbn", files.ISBNS), ("mark", files.MARKS)):
        with closing(Postings(directory / name)) as postings:
            _copy(db, table, ("int8", "int8"), postings.pairs())
    with closing(files.open_finished(directory / files.CARDS)) as source:
        cards = progress.over(source.execute("SELECT k, v FROM card ORDER BY k"))
        _copy(db, "card", ("int8", "int4", "bytea", "bytea"), (_searched(*row) for row in cards))
    dictionaries = [(table, (directory / f"{table}.dict").read_bytes()) for table in TABLES]
    _copy(db, "dictionary", ("text", "bytea"), dictionaries)
    _copy(db, "about", ("text", "bytea"), [(about.generation, msgspec.json.encode(about))])


def _copy(db: psycopg.Connection[Row], table: str, types: Sequence[str], rows: Iterable[Row]) -> None:
    into = SQL("COPY {}.{} FROM STDIN (FORMAT BINARY)").format(Identifier(NEXT), Identifier(table))
    with db.cursor() as cursor, cursor.copy(into) as copy:
        copy.set_types(list(types))
        for row in rows:
            copy.write_row(row)


def _searched(number: int, packed: bytes) -> Row:
    """A row of the table of cards; the words in the form in which a tsvector travels.

    https://www.postgresql.org/docs/current/datatype-textsearch.html; the server sorts them.
    """
    card = _card(packed)
    shown = (f"{card.title} {card.subtitle}", *card.other_titles)
    people = (*card.authors, *(name for aliases in card.aliases for name in aliases))
    words = dict.fromkeys(word for text in shown for word in _WORD.findall(titles.searched(text)))
    words |= dict.fromkeys(f"{BY}{word}" for name in people for word in titles.words(name))
    lexemes = [word[:MAX_LETTERS].encode() + b"\0\0\0" for word in list(words)[:MAX_WORDS]]
    return (
        number,
        card.editions,
        packed,
        struct.pack("!i", len(set(lexemes))) + b"".join(sorted(set(lexemes))),
    )


class _Progress:
    def __init__(self, told: Told, total: int) -> None:
        self._told, self._total, self._done = told, total, 0

    def over(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The same rows, told of on their way."""
        for row in rows:
            yield row
            self._done += 1
            if self._done % STEP == 0 or self._done == self._total:
                self._told(self._done, self._total)


def _count(source: sqlite3.Connection, table: str) -> int:
    return int(source.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - names of our own


def _in(schema: str, text: str) -> bytes:
    return text.format(schema).encode()  # texts and names of this module


def _row(db: psycopg.Connection[Row], query: Any, values: Sequence[object] = ()) -> Row:  # noqa: ANN401 - psycopg's own
    found = db.execute(query, values).fetchone()
    return (None,) if found is None else found


@contextmanager
def _opened(url: str) -> Iterator[psycopg.Connection[Row]]:
    db = connect(url)
    try:
        yield db
    finally:
        db.close()


def connect(url: str, options: str = "") -> psycopg.Connection[Row]:
    """A connection on which each statement stands for itself.

    Raises:
        BadInput: The URL is none of PostgreSQL, or the server does not let us in.
    """
    if not url.startswith(("postgresql://", "postgres://")):
        raise BadInput("The catalogue's database is not given as postgresql://USER@HOST/NAME.")
    try:
        return psycopg.connect(url, autocommit=True, connect_timeout=10, options=options or None)
    except psycopg.Error as error:
        reason = str(error).strip().partition("\n")[0]
        raise BadInput(f"The catalogue's database cannot be opened: {reason}.") from error


def nothing_there() -> ActionRequired:
    """What is to be done where no generation was published yet."""
    hint = "completist catalog publish URL"
    return ActionRequired("No catalogue of this version is published in this database.", hint=hint)
