"""From facts to search documents: one per work, gathered from the work's record and all its editions."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from completist.catalog import files, keys, titles
from completist.catalog.cards import Card
from completist.catalog.digest import Fact
from completist.catalog.keys import Table
from completist.catalog.names import NAMELESS, NameReader, Names

MAX_TITLES: Final = 24  #: distinct titles of one work that are searched
MAX_SHOWN: Final = 12  #: of them, those that a hit carries
MAX_AUTHORS: Final = 12
HOPS: Final = 8  #: redirects followed one after another; more would be a circle


class Document(msgspec.Struct, gc=False):
    """What the search index holds of a work: number, weight, texts."""

    w: int
    p: float
    t: list[str]
    a: list[str]


class Batch(msgspec.Struct, array_like=True, gc=False):
    """Documents as JSON for the index, and cards by work for the database, both in the order of the works."""

    documents: list[str]
    cards: list[tuple[int, bytes]]


_facts = msgspec.msgpack.Decoder(list[Fact])
_json = msgspec.json.Encoder().encode
_pack = msgspec.msgpack.Encoder().encode


def spool(directory: Path, bucket: int) -> Path:
    """The file in which the facts of a bucket wait."""
    return directory / f"facts-{bucket:04}"


def batch(directory: Path, bucket: int, unfinished: Unfinished) -> Batch:
    """The documents of all works in one bucket, in order of their numbers."""
    moved, gone = unfinished.works, unfinished.editions
    gathered: dict[int, list[Fact]] = {}
    for chunk in chunks(spool(directory, bucket)):
        for fact in _facts.decode(chunk):
            if fact.work not in moved and fact.edition not in gone:
                gathered.setdefault(fact.work, []).append(fact)
    found = Batch([], [])
    for number in sorted(gathered):
        _append(found, number, _latest(gathered[number]), unfinished)
    return found


def chunks(path: Path) -> Iterator[bytes]:
    """The lists of facts in a spool, as they were written."""
    with path.open("rb") as file:
        while head := file.read(4):
            yield file.read(int.from_bytes(head, "little"))


def _latest(facts: list[Fact]) -> list[Fact]:
    """One fact for each record in order of their numbers, the work's own first: of several the latest revision."""
    if len(facts) == 1:
        return facts
    found: dict[int, Fact] = {}
    for fact in facts:
        known = found.get(fact.edition)
        if known is None or fact.revision >= known.revision:
            found[fact.edition] = fact
    return [found[each] for each in sorted(found)]


def _append(found: Batch, number: int, facts: list[Fact], unfinished: Unfinished) -> None:
    """Add the document of one work. The work's own title leads, else the first edition's."""
    lead = next((fact for fact in facts if fact.title.strip("\0 ")), None)
    if lead is None:
        return
    own = facts[0] if facts[0].edition == 0 else None
    editions = len(facts) - 1 if own is not None else len(facts)
    title, subtitle = _plain(lead.title), _plain(lead.subtitle)
    others = _others(facts, title, subtitle)
    authors = own.authors if own is not None and own.authors else _authors(facts)
    people = [unfinished.names(author) for author in authors[:MAX_AUTHORS]]
    year = (
        own.year
        if own is not None and own.year
        else min((fact.year for fact in facts if fact.year), default=0)
    )
    named = [each for each in people if each.name]
    shown = tuple([each.name for each in named])
    aliases = tuple([each.aliases for each in named]) if any(each.aliases for each in named) else ()
    card = Card(title, subtitle, others[:MAX_SHOWN], shown, year, editions, aliases)
    texts = [titles.fold(text) for text in (f"{title} {subtitle}" if subtitle else title, *others)]
    weight = 1.0 + math.log2(1 + editions) / 16
    document = Document(number, weight, texts, [text for each in people for text in each.texts])
    found.documents.append(_json(document).decode())
    found.cards.append((number, _pack(card)))


def _others(facts: list[Fact], title: str, subtitle: str) -> tuple[str, ...]:
    """The distinct titles beside the leading one, with their subtitles."""
    said = {_plain(f"{fact.title}: {fact.subtitle}" if fact.subtitle else fact.title): None for fact in facts}
    for known in ("", title, f"{title}: {subtitle}"):
        said.pop(known, None)
    return tuple(said)[:MAX_TITLES]


def _plain(text: str) -> str:
    return (text.replace("\0", "") if "\0" in text else text).strip()


def _authors(facts: list[Fact]) -> list[int]:
    return list(dict.fromkeys(author for fact in facts for author in fact.authors))


class Unfinished:
    """What is needed of an unfinished generation: names of authors, and the keys that were given up."""

    def __init__(self, directory: Path) -> None:
        self._db = sqlite3.connect(
            f"{(directory / files.RECORDS).resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False
        )
        self._reader = NameReader(directory)
        self.works = self._moved("wk")  #: given up
        self.editions = self._moved("ed")
        self._authors = dict(self._db.execute("SELECT k / 4, target FROM moved WHERE k % 4 = 1"))

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def _moved(self, table: Table) -> frozenset[int]:
        rows = self._db.execute("SELECT k / 4 FROM moved WHERE k % 4 = ?", (keys.code(table, 0),))
        return frozenset(number for (number,) in rows)

    def names(self, author: int) -> Names:
        """The names of an author, redirects followed; empty when unknown."""
        for _ in range(HOPS):
            target = self._authors.get(author)
            if target is None:
                return self._reader.of(author) or NAMELESS
            table, author = keys.uncode(target)
            if table != "au" or not author:
                return NAMELESS
        return NAMELESS
