"""Texts by which items are found: SQLite's FTS5, PostgreSQL's tsvector. One row for each item that is searched.

The row is plain on both databases. What makes it searchable is kept up by the database itself: triggers and a table of
FTS5 here, an index on an expression there. It also says where an item stands among the titles of its kind.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import combining, normalize

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Text,
    column,
    func,
    literal_column,
    select,
    table,
)

from completist.store.bulk import Row, insert_rows, is_among, statement
from completist.store.schema import search_texts

#: How much a word counts that stands in the title, in the names, and in the rest.
WEIGHTS = (8.0, 5.0, 1.0)

_SQLITE = """
SELECT f.rowid FROM search_words AS f JOIN search_texts AS t ON t.item_id = f.rowid
WHERE search_words MATCH :words AND t.library_id = :library AND t.kind = :kind
ORDER BY bm25(search_words, 8.0, 5.0, 1.0), f.rowid LIMIT :limit
"""
_POSTGRES = """
SELECT t.item_id FROM search_texts AS t, to_tsquery('simple', :words) AS q
WHERE t.library_id = :library AND t.kind = :kind AND completist_words(t.title, t.names, t.body) @@ q
ORDER BY ts_rank_cd('{0.1, 0.1, 0.6, 1.0}', completist_words(t.title, t.names, t.body), q, 1) DESC, t.item_id
LIMIT :limit
"""
_COUNT_SQLITE = """
SELECT count(*) FROM (
    SELECT 1 FROM search_words AS f JOIN search_texts AS t ON t.item_id = f.rowid
    WHERE search_words MATCH :words AND t.library_id = :library AND t.kind = :kind LIMIT :limit
)
"""
_COUNT_POSTGRES = """
SELECT count(*) FROM (
    SELECT 1 FROM search_texts AS t
    WHERE t.library_id = :library AND t.kind = :kind
    AND completist_words(t.title, t.names, t.body) @@ to_tsquery('simple', :words) LIMIT :limit
) AS found
"""
#: Beyond so many items a word is frequent, and nobody needs to know how frequent.
_FREQUENT = 2_000
_WORD = re.compile(r"\w+")
#: Scripts that put no space between words: each of their letters is taken for one.
_SPACELESS = re.compile(r"([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")
#: Articles that do not count where a title stands among others.
_ARTICLE = re.compile(r"(?:the|an?) (?=\w)")
#: Letters of a title that say where it stands.
_PLACED = 80

_fts = table("search_words", column("rowid", BigInteger), column("search_words", Text))
#: Words that say nothing by themselves where any word will do; where all have to be there, they count.
_LITTLE = frozenset({
    "a", "about", "after", "all", "am", "an", "and", "any", "are", "as", "at", "be", "been", "before", "being",
    "but", "by", "can", "could", "did", "do", "does", "for", "from", "had", "has", "have", "he", "her", "him",
    "his", "how", "i", "if", "in", "into", "is", "it", "its", "like", "me", "more", "most", "music", "my", "no",
    "not", "of", "on", "one", "or", "other", "our", "out", "over", "she", "so", "some", "somebody", "someone",
    "something", "song", "songs", "such", "than", "that", "the", "their", "them", "then", "there", "these", "they",
    "this", "those", "to", "too", "track", "tracks", "up", "us", "very", "was", "we", "were", "what", "when",
    "where", "which", "while", "who", "whom", "whose", "will", "with", "without", "would", "you", "your",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Words:
    """What an item is found by."""

    item_id: int
    title: str
    names: str
    body: str


def place(title: str) -> str:
    """Where a title stands among others: without case, accents, marks at its beginning, and a leading article."""
    folded = " ".join(_WORD.findall(plain(title).casefold()))
    return _ARTICLE.sub("", folded, 1)[:_PLACED] if _ARTICLE.match(folded) else folded[:_PLACED]


def _spaced(text: str) -> str:
    """Words apart that are written without a space between them."""
    return text if text.isascii() else _SPACELESS.sub(r" \1 ", plain(text))


def plain(text: str) -> str:
    """The text without accents, which only one of the databases sees to by itself."""
    if text.isascii():
        return text
    return "".join(char for char in normalize("NFKD", text) if not combining(char))


def write_texts(
    connection: Connection, library_id: int, kind: str, texts: Sequence[Words], *, fresh: bool = False
) -> None:
    """Put texts in the place of those that stood there; ``fresh`` says that nothing stands there."""
    rows: list[Row] = [
        (t.item_id, library_id, kind, _spaced(t.title), _spaced(t.names), _spaced(t.body), place(t.title))
        for t in texts
    ]
    if fresh:
        insert_rows(connection, search_texts, rows)
        return
    if rows:
        gone = is_among(connection, search_texts.c.item_id, [row[0] for row in rows])
        connection.execute(search_texts.delete().where(gone))
        insert_rows(connection, search_texts, rows)


def words_of(text: str) -> list[str]:
    """The words of a text as they are compared: without case and accents."""
    return _WORD.findall(_spaced(text).casefold())


def telling_words(query: str) -> list[str]:
    """Those words of a query that say something by themselves."""
    return [word for word in words_of(query) if word not in _LITTLE]


def search_words(
    connection: Connection, library_id: int, kind: str, query: str, limit: int, *, every: bool = True
) -> list[int]:
    """The items that hold the words of a query, best first: all of them, or ``every`` off, any.

    Words are compared without case and accents; the last letters may be missing.
    """
    words = words_of(query) if every else telling_words(query)
    if not words:
        return []
    if connection.dialect.name == "postgresql":
        asked, told = _POSTGRES, (" & " if every else " | ").join(f"{word}:*" for word in words)
    else:
        asked, told = _SQLITE, (" AND " if every else " OR ").join(f'"{word}"*' for word in words)
    bound = {"words": told, "library": library_id, "kind": kind, "limit": limit}
    return list(connection.execute(statement(asked), bound).scalars())


def count_holding(connection: Connection, library_id: int, kind: str, words: Sequence[str]) -> dict[str, int]:
    """How many items hold each word, or begin one with it; at most `_FREQUENT` are counted."""
    postgres = connection.dialect.name == "postgresql"
    asked = statement(_COUNT_POSTGRES if postgres else _COUNT_SQLITE)
    bound = {"library": library_id, "kind": kind, "limit": _FREQUENT}
    return {
        word: connection.execute(
            asked, {**bound, "words": f"{word}:*" if postgres else f'"{word}"*'}
        ).scalar_one()
        for word in dict.fromkeys(words)
    }


def read_texts(connection: Connection, ids: Sequence[int]) -> dict[int, Words]:
    """What each of ``ids`` is found by; items without a row are absent."""
    columns = (search_texts.c.item_id, search_texts.c.title, search_texts.c.names, search_texts.c.body)
    asked = select(*columns).where(is_among(connection, search_texts.c.item_id, ids))
    return {row[0]: Words(*row) for row in connection.execute(asked)}


@dataclass(frozen=True, slots=True)
class Named:
    """Where the items stand whose title and names hold some words, their ids there, and what is asked of them."""

    source: FromClause
    item_id: ColumnElement[int]
    leads_to: ColumnElement[
        int
    ]  #: the same, for what is joined: the words lead to it, never the other way round
    holds: ColumnElement[bool]


def named(connection: Connection, query: str) -> Named | None:
    """The items whose title and names hold all words of a query, the last letters of each may be missing.

    None where there are no words in it. On SQLite they come in the order of their ids without being sorted.
    """
    words = words_of(query)
    if not words:
        return None
    if connection.dialect.name == "postgresql":
        held = search_texts.c
        asked = func.to_tsquery(literal_column("'simple'::regconfig"), " & ".join(f"{w}:*AB" for w in words))
        vector = func.completist_words(held.title, held.names, held.body)
        return Named(search_texts, held.item_id, held.item_id, vector.op("@@")(asked))
    told = "{title names} : (" + " AND ".join(f'"{word}"*' for word in words) + ")"
    led = literal_column("+search_words.rowid", BigInteger)  # the plus keeps SQLite from asking for each item
    return Named(_fts, _fts.c.rowid, led, _fts.c.search_words.op("MATCH")(told))


def count_texts(connection: Connection, library_id: int, kind: str) -> int:
    """How many items can be found."""
    mine = select(func.count()).select_from(search_texts)
    return connection.execute(
        mine.where(search_texts.c.library_id == library_id, search_texts.c.kind == kind)
    ).scalar_one()
