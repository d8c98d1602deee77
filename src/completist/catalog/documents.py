"""From facts to search documents: one per work, gathered from the work's record and all its editions."""

from __future__ import annotations

import math
import sqlite3
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import Final

import msgspec

from completist.catalog import files, keys, titles
from completist.catalog.digest import RUN
from completist.catalog.digested import Fact, FactFields
from completist.catalog.keys import Table
from completist.catalog.names import NAMELESS, NameReader, Names

MAX_TITLES: Final = 24  #: distinct titles of one work that are searched
MAX_SHOWN: Final = 12  #: of them, those that a hit carries
MAX_AUTHORS: Final = 12
REMEMBERED: Final = 20_000  #: authors whose names are kept at hand
FEW: Final = 100_000  #: keys given up that are held in a form that is asked quickly
HOPS: Final = 8  #: redirects followed one after another; more would be a circle


class Document(msgspec.Struct, gc=False):
    """What the search index holds of a work: number, weight, titles and authors, each in a line of its own."""

    w: int
    p: float
    t: str
    a: str


class Batch(msgspec.Struct, array_like=True, gc=False):
    """Documents as JSON for the index, and cards by work for the database, both in the order of the works."""

    documents: list[str]
    cards: list[tuple[int, bytes]]


_facts = msgspec.msgpack.Decoder(list[Fact])
_fields = msgspec.msgpack.Decoder(list[FactFields]).decode
_WORK: Final = itemgetter(0)  #: of a fact
_json = msgspec.json.Encoder().encode
_pack = msgspec.msgpack.Encoder().encode


def spool(directory: Path, bucket: int) -> Path:
    """The file in which the facts of a bucket wait."""
    return directory / f"facts-{bucket:04}"


def batch(directory: Path, bucket: int, unfinished: Unfinished) -> Batch:
    """The documents of all works in one bucket, in order of their numbers."""
    facts: list[FactFields] = []
    for chunk in chunks(spool(directory, bucket)):
        facts += _fields(chunk)
    facts.sort()  # by work, then by edition, the work's own first, then by revision
    found = Batch([], [])
    gone, moved = unfinished.editions, unfinished.works
    for number, each in groupby(facts, _WORK):
        if number not in moved:
            latest = {fact[1]: fact for fact in each if fact[1] not in gone}
            if latest:
                _append(found, number, latest.values(), unfinished)
    return found


def strays(directory: Path, bucket: int, unfinished: Unfinished) -> dict[int, bytes]:
    """Facts of editions whose works were given up for others, by the bucket of the work it is now."""
    found: defaultdict[int, list[Fact]] = defaultdict(list)
    for chunk in chunks(spool(directory, bucket)):
        for fact in _facts.decode(chunk):
            if (
                fact.work in unfinished.works
                and fact.edition
                and (target := unfinished.works.follow(fact.work))
            ):
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


def _append(found: Batch, number: int, facts: Iterable[FactFields], unfinished: Unfinished) -> None:
    """Add the document of one work. The work's own title leads, else the first edition's."""
    _, numbers, _, main, below, years, people = zip(*facts, strict=True)
    said = _titles(dict.fromkeys(zip(main, below, strict=True)))
    if not said:
        return
    title, subtitle = said[0]
    alternatives = _alternatives(said) if len(said) > 1 else ()
    own = numbers[0] == 0
    authors = people[0] if own and people[0] else list(dict.fromkeys(chain.from_iterable(people)))
    year = years[0] if own and years[0] else min(filter(None, years), default=0)
    shown, aliases = [], []
    folded: list[str] = []
    for author in authors[:MAX_AUTHORS]:
        names = unfinished.known.get(author) or unfinished.names(author)
        folded += names.texts
        if names.name:
            shown.append(names.name)
            aliases.append(names.aliases)
    editions = len(numbers) - own
    others = aliases if any(aliases) else ()
    found.cards.append(
        (number, _pack((title, subtitle, alternatives[:MAX_SHOWN], shown, year, editions, others)))
    )
    texts = _searched([f"{title} {subtitle}" if subtitle else title, *alternatives])
    weight = _WEIGHTS[editions] if editions < len(_WEIGHTS) else _weight(editions)
    found.documents.append(_json(Document(number, weight, texts, "\n".join(folded))).decode())


def _weight(editions: int) -> float:
    """What a work's number of editions adds to how well it fits: a tie-break."""
    return 1.0 + math.log2(1 + editions) / 16


_WEIGHTS: Final = [_weight(editions) for editions in range(100)]  #: of nearly all works, worked out already


def _titles(said: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Titles with their subtitles, without those that are empty."""
    found = []
    for title, subtitle in said:
        plain, below = title.strip(), subtitle.strip()
        if "\0" in plain or "\0" in below:
            plain, below = plain.replace("\0", "").strip(), below.replace("\0", "").strip()
        if plain:
            found.append((plain, below))
    return found


def _alternatives(said: list[tuple[str, str]]) -> tuple[str, ...]:
    """All titles but the first, with their subtitles."""
    (title, subtitle), *others = said
    found = dict.fromkeys([f"{each}: {more}" if more else each for each, more in others])
    found.pop(title, None)
    found.pop(f"{title}: {subtitle}", None)
    return tuple(found)[:MAX_TITLES]


def _searched(texts: list[str]) -> str:
    """Texts as they are indexed, one in a line."""
    joined = "\n".join(texts)
    if joined.isascii():
        return titles.fold(joined)
    return "\n".join([titles.searched(text) for text in texts])


class Unfinished:
    """What is needed of an unfinished generation: names of authors, and the keys that were given up."""

    def __init__(self, directory: Path, buckets: int) -> None:
        self._buckets = buckets
        self._reader = NameReader(directory)
        self.known: dict[int, Names] = {}
        uri = f"{(directory / files.RECORDS).resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as db:
            self.works = Moves(db, "wk")
            self.editions = Moves(db, "ed")
            self.authors = Moves(db, "au")

    def close(self) -> None:
        """Close the file of names."""
        self._reader.close()

    def bucket(self, work: int) -> int:
        """The bucket in which the facts of a work lie."""
        return (work >> RUN) % self._buckets

    def names(self, author: int) -> Names:
        """The names of an author, redirects followed; empty when unknown."""
        known = self.known.get(author)
        if known is None:
            if len(self.known) >= REMEMBERED:
                self.known.clear()
            now = self.authors.follow(author)
            known = self.known[author] = (self._reader.of(now) if now else None) or NAMELESS
        return known


class Moves:
    """The keys of one table that were given up: numbers in order, and where they lead (`keys.code`)."""

    def __init__(self, db: sqlite3.Connection, table: Table) -> None:
        self._place = keys.code(table, 0)
        rows = db.execute("SELECT k / 4, target FROM moved WHERE k % 4 = ? ORDER BY k", (self._place,))
        numbers, targets = array("I"), array("q")
        for number, target in rows:
            numbers.append(number)
            targets.append(target)
        self._order, self._targets = numbers, targets
        #: All of them, when they are few: asked for every record of a dump.
        self._few = frozenset(numbers) if len(numbers) <= FEW else None

    def __contains__(self, number: int) -> bool:
        if self._few is not None:
            return number in self._few
        order = self._order
        place = bisect_left(order, number)
        return place < len(order) and order[place] == number

    def now(self) -> Iterator[tuple[int, int]]:
        """Each number that was given up, with the one that counts now, or 0."""
        return ((number, self.follow(number)) for number in self._order)

    def follow(self, number: int) -> int:
        """The number that counts now: its own when it was not given up, 0 when it leads nowhere."""
        if number not in self:
            return number
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
