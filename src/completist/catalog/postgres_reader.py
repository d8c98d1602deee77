"""Reading the catalogue from PostgreSQL: the same look-ups, each call from one generation as a whole."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Collection, Mapping, Sequence
from queue import Empty, LifoQueue
from typing import Any, Final, TypeAlias, TypeVar

import msgspec
import psycopg
import zstandard

from completist.catalog import generations, isbn, keys, marks, postgres, records, views
from completist.catalog.cards import Card
from completist.catalog.generations import About
from completist.catalog.keys import Table
from completist.catalog.postgres import BY, LIVE, MAX_LETTERS, Row
from completist.catalog.search import RETRIEVED, Searcher
from completist.domain.errors import CompletistError, Unavailable
from completist.sdk.catalogue import Edition, EditionView, Entity, Hit, Query

HOPS: Final = 8  #: redirects followed one after another; more would be a circle
TRIES: Final = 20  #: of one call, while generations change under it
MATCHING: Final = 2_000  #: works among which the best known ones are taken
SHORT: Final = 4  #: letters; shorter words are not searched by how they begin

#: A reader looks single rows up, whatever the planner thinks of a table that nobody analysed yet.
OPTIONS: Final = " ".join(
    f"-c {name}"
    for name in (
        "enable_seqscan=off",
        "jit=off",
        "plan_cache_mode=force_generic_plan",
        "default_transaction_read_only=on",
    )
)

_AT: Final = "t.k = ANY(CAST(%s AS bigint[]))"
# The id of the generation comes with every answer, an empty one included.
_ABOUT: Final = "SELECT a.id, a.about, d.name, d.v FROM {live}.about a LEFT JOIN {live}.dictionary d ON true"
_RECORDS: Final = "SELECT a.id, t.k, t.v FROM {live}.about a LEFT JOIN {live}.{table} t ON {at}"
_FILED: Final = (
    "SELECT a.id, t.k, t.ed, e.v FROM {live}.about a"
    " LEFT JOIN ({live}.{table} t LEFT JOIN {live}.ed e ON e.k = t.ed) ON {at} ORDER BY t.k, t.ed"
)
_MOVED: Final = "SELECT a.id, t.k, t.target FROM {live}.about a LEFT JOIN {live}.moved t ON {at}"
_FOUND: Final = (
    "SELECT a.id, t.k, t.v FROM {live}.about a LEFT JOIN LATERAL (SELECT k, p, v FROM ("
    "SELECT k, p, v FROM {live}.card WHERE words @@ CAST(%s AS tsquery) LIMIT {matching}"
    ") AS every ORDER BY p DESC, k LIMIT %s) t ON true"
)

T = TypeVar("T")
Unpack: TypeAlias = Callable[[bytes], bytes]
_card = msgspec.msgpack.Decoder(Card).decode


def _ours(text: str, table: str = "") -> Any:  # noqa: ANN401 - what psycopg takes as a query
    return text.format(live=LIVE, table=table, at=_AT, matching=MATCHING).encode()


class _Swapped(Exception):
    """Another generation was put in use since the call began."""


class _Line:
    """One connection, and what it takes to unpack the values of the generation that it read last."""

    def __init__(self, url: str) -> None:
        self.db = postgres.connect(url, OPTIONS)
        self.generation = ""
        self.unpack: dict[str, Unpack] = {}

    def turn(self) -> _Turn:
        """One call's view of the generation in use, or in use until a moment ago."""
        if not self.generation:
            rows = self.db.execute(_ours(_ABOUT)).fetchall()
            if not rows or msgspec.json.decode(rows[0][1], type=About).format != generations.FORMAT:
                raise postgres.nothing_there()
            self.unpack = {str(name): _unpacker(content) for _, _, name, content in rows}
            self.generation = str(rows[0][0])
        return _Turn(self)

    def forget(self) -> None:
        """Look again which generation is in use."""
        self.generation = ""


def _unpacker(dictionary: bytes) -> Unpack:
    learnt = zstandard.ZstdCompressionDict(dictionary) if dictionary else None
    return zstandard.ZstdDecompressor(dict_data=learnt).decompress


class _Turn:
    """One call: every statement of it has to be answered by the same generation."""

    def __init__(self, line: _Line) -> None:
        self._line = line
        self.generation = line.generation

    def ask(self, text: str, values: Sequence[object], table: str = "") -> list[Row]:
        """The rows behind the id of the generation; those of an empty answer are none."""
        rows = self._line.db.execute(_ours(text, table), values).fetchall()
        if not rows or rows[0][0] != self.generation:
            raise _Swapped
        return [tuple(row[1:]) for row in rows if row[1] is not None]

    def read(self, table: Table, number: int, packed: bytes) -> Entity:
        """The record in a packed value."""
        return records.READ[table](number, self._line.unpack[table](packed))

    def entities(self, table: Table, numbers: Collection[int]) -> dict[int, Entity]:
        """The records of many keys of one table, redirects followed; unknown ones are absent."""
        found = self._plain(table, numbers)
        where = {number: (table, number) for number in numbers if number not in found}
        for _ in range(HOPS):
            if not where:
                break
            moved: dict[int, int] = dict(self.ask(_MOVED, [[keys.code(*place) for place in where.values()]]))
            where = {
                number: keys.uncode(target)
                for number, place in where.items()
                if (target := moved.get(keys.code(*place)))
            }
            for other in {place[0] for place in where.values()}:
                held = self._plain(other, {place[1] for place in where.values() if place[0] == other})
                for number, place in list(where.items()):
                    if place[0] == other and place[1] in held:
                        found[number] = held[place[1]]
                        del where[number]
        return found

    def _plain(self, table: Table, numbers: Collection[int]) -> dict[int, Entity]:
        if not numbers:
            return {}
        rows = self.ask(_RECORDS, [list(numbers)], table)
        return {number: self.read(table, number, packed) for number, packed in rows}

    def by_key(self, names: Sequence[str]) -> dict[str, Entity]:
        """Records by key."""
        parsed = {name: place for name in names if (place := keys.parse(name)) is not None}
        by_table: dict[Table, set[int]] = {}
        for table, number in parsed.values():
            by_table.setdefault(table, set()).add(number)
        found = {table: self.entities(table, numbers) for table, numbers in by_table.items()}
        return {
            name: entity
            for name, (table, number) in parsed.items()
            if (entity := found[table].get(number)) is not None
        }

    def filed(
        self, table: str, places: Mapping[str, int], carries: Callable[[str, Edition], bool]
    ) -> dict[str, list[EditionView]]:
        """Full views of the editions filed at the place of each question that carry what was asked for."""
        rows = self.ask(_FILED, [list(set(places.values()))], table) if places else []
        editions = {
            number: self.read("ed", number, packed) for _, number, packed in rows if packed is not None
        }
        if given_up := {number for _, number, packed in rows if packed is None}:
            editions |= self.entities("ed", given_up)
        at: dict[int, list[Edition]] = {}
        for place, number, _ in rows:
            if isinstance(edition := editions.get(number), Edition):
                at.setdefault(place, []).append(edition)
        right: dict[str, list[Edition]] = {}
        for asked, place in places.items():
            each = {one.key: one for one in at.get(place, ()) if carries(asked, one)}
            if each:
                right[asked] = list(each.values())
        return views.assembled(right, self.by_key)


class PostgresCatalogue:
    """The catalogue in a database; keeps the promises of `completist.sdk.catalogue.Catalogue`.

    May be shared by threads: it has as many connections as there are calls at one time. Each call answers from one
    generation as a whole; one that was published meanwhile is taken up by the next call.

    Raises:
        BadInput: The database cannot be opened.
        ActionRequired: No catalogue was published there.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._idle: LifoQueue[_Line] = LifoQueue()
        weakref.finalize(self, _close, self._idle)
        self.generation()

    def generation(self) -> str:
        """The id of the generation that answers."""
        return str(self._call(lambda turn: turn.ask("SELECT id, id FROM {live}.about", []))[0][0])

    def about(self) -> About:
        """What the generation in use says about itself."""
        rows = self._call(lambda turn: turn.ask("SELECT id, about FROM {live}.about", []))
        return msgspec.json.decode(rows[0][0], type=About)

    def by_isbn(self, isbns: Sequence[str]) -> dict[str, list[EditionView]]:
        """Editions by ISBN, several with one ISBN in order of their keys. Keyed as asked."""
        plain = {asked: each for asked in isbns if (each := isbn.canonical(asked)) is not None}
        places = {asked: at for asked, each in plain.items() if (at := isbn.pack(each)) is not None}
        return self._call(
            lambda turn: turn.filed("isbn", places, lambda asked, one: views.carries(one, plain[asked]))
        )

    def by_number(self, numbers: Sequence[str]) -> dict[str, list[EditionView]]:
        """Editions by ``oclc:53090839``, ``lccn:79-6128`` or ``goodreads:18423``, like `by_isbn`."""
        parsed = {asked: each for asked in numbers if (each := marks.parse(asked)) is not None}
        places = {asked: marks.place(*each) for asked, each in parsed.items()}
        return self._call(
            lambda turn: turn.filed("mark", places, lambda asked, one: views.marked(one, parsed[asked]))
        )

    def by_key(self, keys: Sequence[str]) -> dict[str, Entity]:
        """Records by Open Library key, redirects followed: the record's own key says where it was found."""
        return self._call(lambda turn: turn.by_key(keys))

    def search(self, queries: Sequence[Query], limit: int = 10) -> list[list[Hit]]:
        """Works by noisy title and author, one list for each query in the order asked."""
        return self._call(lambda turn: [_Words(turn).search(query, limit) for query in queries])

    def close(self) -> None:
        """Close all connections that are not in use; a later call opens them again."""
        _close(self._idle)

    def _call(self, ask: Callable[[_Turn], T]) -> T:
        lost = 0
        for _ in range(TRIES):
            line = self._line()
            try:
                answer = ask(line.turn())
            except _Swapped:
                line.forget()
                self._idle.put(line)
            except psycopg.OperationalError as error:
                line.db.close()
                lost += 1
                if lost > 1:
                    raise _gone() from error
            except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
                self._idle.put(line)
                raise postgres.nothing_there() from error
            except BaseException:
                line.db.close()
                raise
            else:
                self._idle.put(line)
                return answer
        raise CompletistError("The catalogue changes faster than it can be read.")

    def _line(self) -> _Line:
        try:
            return self._idle.get_nowait()
        except Empty:
            return _Line(self._url)


def _gone() -> Unavailable:
    return Unavailable("The catalogue's database does not answer.", hint="Try again in a moment.")


def _close(idle: LifoQueue[_Line]) -> None:
    while not idle.empty():
        idle.get_nowait().db.close()


class _Words(Searcher):
    """The cascade of `search.Searcher` with what PostgreSQL's text search can do.

    There is no fuzzy step: words count as alike that begin alike, and one word of the title may be wrong.
    """

    def __init__(self, turn: _Turn) -> None:
        self._turn = turn
        self._held: dict[int, Card] = {}

    def close(self) -> None:
        """Nothing to close."""

    def _steps(self, asked: Any) -> Any:  # noqa: ANN401 - what the cascade asks with is each engine's own
        author = _any([f"{BY}{word}" for word in asked.author])
        variants = asked.variants
        if author:
            yield from (f"{_all(words)} & {author}" for words in variants)
        yield from (_all(words) for words in variants)
        if author and variants:
            yield f"{author} & {_any(variants[0])}"
        near = _near(list(dict.fromkeys(asked.main)))
        if author and near:
            yield f"{author} & {near}"
        if author:
            yield author
        if near:
            yield near

    def _retrieve(self, query: Any, limit: int) -> list[int]:  # noqa: ANN401 - likewise
        rows = self._turn.ask(_FOUND, [query, max(limit, RETRIEVED)])
        self._held |= {number: _card(packed) for number, packed in rows}
        return [number for number, _ in rows]

    def _read(self, numbers: list[int]) -> list[tuple[int, Card]]:
        return [(number, self._held[number]) for number in numbers]


def _near(words: Sequence[str]) -> str:
    """All words but one, each as it stands or by how it begins."""
    alike = [_beginning(word) for word in words]
    if len(alike) == 1:
        return alike[0]
    if len(alike) == 2:  # noqa: PLR2004 - of two, one alone would say too little
        return f"({alike[0]} & {alike[1]})"
    return _or([" & ".join(alike[:n] + alike[n + 1 :]) for n in range(len(alike))])


def _beginning(word: str) -> str:
    if len(word) < SHORT:
        return _quoted(word)
    return f"({_quoted(word)} | {_quoted(word[: max(3, len(word) // 2)])}:*)"


def _all(words: Sequence[str]) -> str:
    return " & ".join(_quoted(word) for word in dict.fromkeys(words))


def _any(words: Sequence[str]) -> str:
    return _or([_quoted(word) for word in dict.fromkeys(words)])


def _or(parts: Sequence[str]) -> str:
    return f"({' | '.join(f'({part})' for part in parts)})" if parts else ""


def _quoted(word: str) -> str:
    """A lexeme as a tsquery is written.

    https://www.postgresql.org/docs/current/datatype-textsearch.html
    """
    escaped = word[:MAX_LETTERS].replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
