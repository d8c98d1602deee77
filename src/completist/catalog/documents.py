"""From facts to search documents: one per work, gathered from the work's record and all its editions."""

from __future__ import annotations

import math
import sqlite3
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec

from completist.catalog import files, keys, titles
from completist.catalog.cards import Card
from completist.catalog.digest import RUN, Fact
from completist.catalog.keys import Table
from completist.catalog.names import NAMELESS, NameReader, Names

MAX_TITLES: Final = 24  #: distinct titles of one work that are searched
MAX_SHOWN: Final = 12  #: of them, those that a hit carries
MAX_AUTHORS: Final = 12
REMEMBERED: Final = 20_000  #: authors whose names are kept at hand
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
    facts = [fact for chunk in chunks(spool(directory, bucket)) for fact in _facts.decode(chunk)]
    gone = unfinished.gone(facts)
    gathered: defaultdict[int, list[Fact]] = defaultdict(list)
    for fact in facts:
        gathered[fact.work].append(fact)
    found = Batch([], [])
    for number in sorted(gathered):
        if unfinished.moved(number):
            continue
        about = gathered[number]
        if gone:
            about = [fact for fact in about if fact.edition not in gone]
        _append(found, number, _latest(about), unfinished)
    return found


def strays(directory: Path, bucket: int, unfinished: Unfinished) -> dict[int, bytes]:
    """Facts of editions whose works were given up for others, by the bucket of the work it is now."""
    found: defaultdict[int, list[Fact]] = defaultdict(list)
    for chunk in chunks(spool(directory, bucket)):
        for fact in _facts.decode(chunk):
            target = unfinished.work_now(fact.work)
            if target and target != fact.work and fact.edition:
                fact.work = target
                found[unfinished.bucket(target)].append(fact)
    return {target: _pack(each) for target, each in found.items()}


def chunks(path: Path) -> Iterator[bytes]:
    """The lists of facts in a spool, as they were written."""
    if not path.exists():
        return  # no fact fell into this bucket
    with path.open("rb") as file:
        while head := file.read(4):
            yield file.read(int.from_bytes(head, "little"))


def _latest(facts: list[Fact]) -> list[Fact]:
    """One fact for each record in order of their numbers, the work's own first: of several the latest revision."""
    if len(facts) < 2:  # noqa: PLR2004  nothing to choose from
        return facts
    found = {fact.edition: fact for fact in facts}
    if len(found) < len(facts):
        for fact in facts:
            if fact.revision > found[fact.edition].revision:
                found[fact.edition] = fact
    return [found[each] for each in sorted(found)]


def _append(found: Batch, number: int, facts: list[Fact], unfinished: Unfinished) -> None:
    """Add the document of one work. The work's own title leads, else the first edition's."""
    said = _titles(facts)
    if not said:
        return
    (title, subtitle), *others = said
    own = facts[0] if facts[0].edition == 0 else None
    editions = len(facts) - 1 if own is not None else len(facts)
    authors = own.authors if own is not None and own.authors else _authors(facts)
    year = own.year if own is not None else 0
    if not year and (years := [fact.year for fact in facts if fact.year]):
        year = min(years)
    full = f"{title}: {subtitle}"
    shown = dict.fromkeys([f"{each}: {more}" if more else each for each, more in others])
    shown.pop(title, None)
    shown.pop(full, None)
    alternatives = tuple(shown)[:MAX_TITLES]
    people = [unfinished.names(author) for author in authors[:MAX_AUTHORS]]
    named = [each for each in people if each.name]
    aliases = tuple([each.aliases for each in named]) if any(each.aliases for each in named) else ()
    card = Card(
        title,
        subtitle,
        alternatives[:MAX_SHOWN],
        tuple([each.name for each in named]),
        year,
        editions,
        aliases,
    )
    texts = [titles.searched(f"{title} {subtitle}" if subtitle else title)]
    texts += [titles.searched(text) for text in alternatives]
    weight = 1.0 + math.log2(1 + editions) / 16
    document = Document(number, weight, texts, [text for each in people for text in each.texts])
    found.documents.append(_json(document).decode())
    found.cards.append((number, _pack(card)))


def _titles(facts: list[Fact]) -> list[tuple[str, str]]:
    """The distinct titles with their subtitles, in order."""
    pairs = dict.fromkeys([(fact.title, fact.subtitle) for fact in facts])
    found = [(_plain(title), _plain(subtitle)) for title, subtitle in pairs]
    return [pair for pair in found if pair[0]]


def _plain(text: str) -> str:
    return (text.replace("\0", "") if "\0" in text else text).strip()


def _authors(facts: list[Fact]) -> list[int]:
    return list(dict.fromkeys([author for fact in facts for author in fact.authors]))


class Unfinished:
    """What is needed of an unfinished generation: names of authors, and the keys that were given up."""

    def __init__(self, directory: Path, buckets: int) -> None:
        self._buckets = buckets
        self._reader = NameReader(directory)
        self._known: dict[int, Names] = {}
        uri = f"{(directory / files.RECORDS).resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as db:
            self._works = _Moves(db, "wk")
            self._editions = _Moves(db, "ed")
            self._authors = _Moves(db, "au")

    def close(self) -> None:
        """Close the file of names."""
        self._reader.close()

    def bucket(self, work: int) -> int:
        """The bucket in which the facts of a work lie."""
        return (work >> RUN) % self._buckets

    def moved(self, work: int) -> bool:
        """Whether a work was given up."""
        return work in self._works

    def gone(self, facts: list[Fact]) -> set[int]:
        """The editions in these facts that were given up."""
        given_up = self._editions
        return {fact.edition for fact in facts if fact.edition in given_up} if given_up else set()

    def work_now(self, work: int) -> int:
        """The work that counts now; 0 when one given up leads to none."""
        return self._works.follow(work)

    def names(self, author: int) -> Names:
        """The names of an author, redirects followed; empty when unknown."""
        known = self._known.get(author)
        if known is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            now = self._authors.follow(author)
            known = self._known[author] = (self._reader.of(now) if now else None) or NAMELESS
        return known


class _Moves:
    """The keys of one table that were given up: numbers in order, and where they lead (`keys.code`)."""

    def __init__(self, db: sqlite3.Connection, table: Table) -> None:
        self._place = keys.code(table, 0)
        rows = db.execute("SELECT k / 4, target FROM moved WHERE k % 4 = ? ORDER BY k", (self._place,))
        numbers, targets = array("I"), array("q")
        for number, target in rows:
            numbers.append(number)
            targets.append(target)
        self._order, self._targets = numbers, targets

    def __len__(self) -> int:
        return len(self._order)

    def __contains__(self, number: int) -> bool:
        order = self._order
        place = bisect_left(order, number)
        return place < len(order) and order[place] == number

    def follow(self, number: int) -> int:
        """The number that counts now: its own when it was not given up, 0 when it leads nowhere."""
        order = self._order
        for _ in range(HOPS):
            place = bisect_left(order, number)
            if place == len(order) or order[place] != number:
                return number
            target = self._targets[place]
            if not target or target % 4 != self._place:
                return 0
            number = target // 4
        return 0
