"""The work done on each block of a dump: lines in, rows for the tables out. Pure; runs in worker processes."""

from __future__ import annotations

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from completist.catalog import decoding, keys, marks, names, trimming
from completist.catalog.digested import Digest, FactFields, Move, Row
from completist.catalog.isbn import pack
from completist.catalog.options import Options
from completist.catalog.referred import Referred
from completist.catalog.shapes import ABSENT, EditionLine, Ref, Role

if TYPE_CHECKING:
    from completist.catalog.keys import Table

COLUMNS: Final = 5
COVER_COLUMNS: Final = 4
SIDE: Final = 2**16  #: pixels
ALL: Final = Options()
RUN: Final = 10  #: bits; so many neighbouring works share a bucket, and are written side by side later
MAX_TITLE: Final = 300  #: characters of a title that search looks at
_YEAR = re.compile(r"(?<!\d)(1[0-9]{3}|20[0-9]{2})(?!\d)")
_MOVES: Final = frozenset({b"/type/redirect", b"/type/delete"})


class Digester:
    """Turns blocks of lines into rows.

    A partial load reads a dump in turns: ``turn`` is the table whose records are taken, ``wanted`` which of them. All
    that is no record is taken in the first turn, that of the editions.
    """

    def __init__(
        self,
        buckets: int = 1,
        options: Options = ALL,
        turn: str | None = None,
        wanted: Referred | None = None,
    ) -> None:
        self._turn = turn
        self._wanted = wanted
        self._buckets = buckets
        self._options = options
        self._narrow = options.partial
        self._encode = msgspec.msgpack.Encoder().encode
        self._reset()

    def _reset(self) -> None:
        self._rows: dict[Table, list[Row]] = {"ed": [], "wk": [], "au": []}
        self._isbns: list[int] = []
        self._marks: list[int] = []
        self._covers: list[int] = []
        self._facts: defaultdict[int, list[FactFields]] = defaultdict(list)
        self._names: list[Row] = []
        self._moves: list[tuple[int, int, int]] = []
        self._rejected: Counter[str] = Counter()
        self._works_named: list[int] = []
        self._authors_named: list[int] = []
        self._passed: set[str] = set()

    def digest(self, block: bytes) -> Digest:
        """Rows, ISBNs and facts of the lines in ``block``, and how many lines were left out, by reason."""
        self._reset()
        plain = block.isascii() and b"\0" not in block
        rest = self._usual(block) if plain else block
        for line in rest.split(b"\n"):
            if line and (reason := self._line(line, plain=plain)):
                self._rejected[reason] += 1
        facts = {bucket: self._encode(each) for bucket, each in self._facts.items()}
        rows: dict[str, list[Row]] = {table: each for table, each in self._rows.items() if each}
        isbns, marked, covers = (_words(each) for each in (self._isbns, self._marks, self._covers))
        return Digest(
            rows,
            isbns,
            marked,
            facts,
            self._names,
            self._moves,
            dict(self._rejected),
            covers,
            array("I", self._works_named).tobytes(),
            array("I", self._authors_named).tobytes(),
            sorted(self._passed),
        )

    def _usual(self, block: bytes) -> bytes:
        """Take in the lines that look as nearly all do; the others."""
        first = block[: block.find(b"\t") + 1]
        for type_ in sorted(_USUAL, key=first.__ne__):  # looking for the others in what is left takes no time
            table, usual, take = _USUAL[type_]
            if (self._turn is None or self._turn == table) and type_ in block:
                pieces = usual.split(block)
                numbers, revisions = map(int, pieces[1::4]), map(int, pieces[2::4])
                take(self, zip(numbers, revisions, pieces[3::4], strict=True))
                block = b"".join(pieces[::4])
        return block

    def _line(self, line: bytes, *, plain: bool) -> str:
        """Take one line in; the reason when it was not taken."""
        parts = line.split(b"\t", 4)
        if self._turn is not None and not self._in_turn(parts[0]):
            return ""
        if len(parts) != COLUMNS:
            return self._cover(parts) if parts[0].isdigit() else self._blank_or("columns", line)
        type_, key, revision, _modified, document = parts
        kept = _KEPT.get(type_)
        if kept is None and type_ not in _MOVES:
            return "other_type" if type_.startswith(b"/type/") else "type"
        if not plain and (reason := _unreadable(line)):
            return reason
        version = _VERSIONS.get(revision)
        if version is None:
            version = int(revision) if revision.isdigit() and len(revision) < keys.SAFE else 0
        try:
            if kept is None:
                return self._move(type_, key, version, document)
            take, digits, form = kept
            number = int(found) if (found := key[digits]).isdigit() and len(found) <= keys.SAFE else 0
            if not 0 < number <= keys.MAX_NUMBER or key != form % number:
                return "key"
        except ValueError:
            return "json"
        take(self, [(number, version, document)])
        return ""

    def _in_turn(self, type_: bytes) -> bool:
        kind = _USUAL.get(type_ + b"\t")
        if kind is None:
            return self._turn == "ed"
        if kind[0] != self._turn:
            self._passed.add(kind[0])
        return kind[0] == self._turn

    def _cover(self, parts: list[bytes]) -> str:
        """A line of the dump of covers: number, width, height, date."""
        if len(parts) != COVER_COLUMNS or not all(map(bytes.isdigit, parts[:3])):
            return "columns"
        number, width, height = map(int, parts[:3])
        if not (number < trimming.MAX_IMAGE and 0 < width < SIDE and 0 < height < SIDE):
            return "cover"
        self._covers.append(number << 32 | width << 16 | height)
        return ""

    @staticmethod
    def _blank_or(reason: str, line: bytes) -> str:
        return reason if line.strip() else ""

    def take_editions(self, records: Iterable[Row]) -> None:
        """Take editions in: what is kept of each, and where it is filed."""
        keep = self._rows["ed"].append
        decode, search, narrow = decoding.edition_line, self._options.search, self._narrow
        for number, revision, document in records:
            try:
                record, value = decode(document)
            except ValueError:
                self._rejected["json"] += 1
                continue
            if narrow and (reason := self._unwanted(record)):
                self._rejected[reason] += 1
                continue
            if narrow:
                self._refer(record.works, record.authors)
            keep((number, revision, value))
            self._file(number, record)
            if search and record.works:
                self._state(number, revision, record)

    def _refer(self, works: Sequence[Ref | str], authors: Sequence[Role | str]) -> None:
        """Note what a record that is kept refers to."""
        self._works_named += trimming.work_numbers(works)
        self._authors_named += trimming.author_numbers(authors)

    def _unasked(self, number: int) -> bool:
        """Whether nothing that is kept refers to a work or an author of this turn."""
        if self._wanted is None or number in self._wanted:
            return False
        self._rejected["unreferred"] += 1
        return True

    def _file(self, number: int, record: EditionLine) -> None:
        """File an edition under its numbers."""
        for text in record.isbn_13:
            if (place := pack(text)) is not None:
                self._isbns.append(place << 32 | number)
        for text in record.isbn_10:
            if (place := pack(text)) is not None:
                self._isbns.append(place << 32 | number)
        oclc = record.oclc_numbers or record.oclc
        if oclc or record.lccn or record.identifiers is not ABSENT:
            for place in marks.places(record.lccn, oclc, decoding.goodreads(record.identifiers)):
                self._marks.append(place << 32 | number)

    def _state(self, number: int, revision: int, record: EditionLine) -> None:
        """Say about an edition's works what it says."""
        title = record.title
        if record.title_prefix:
            title = trimming.full_title(record.title_prefix, title)
        date = record.publish_date
        year = _YEARS.get(date) or _year(date)
        authors = trimming.author_numbers(record.authors) if record.authors else ()
        for work in trimming.work_numbers(record.works):
            fact = (work, number, revision, title[:MAX_TITLE], record.subtitle[:MAX_TITLE], year, authors)
            self._facts[(work >> RUN) % self._buckets].append(fact)

    def _unwanted(self, record: EditionLine) -> str:
        if self._options.isbn_only and not (record.isbn_13 or record.isbn_10):
            return "no_isbn"
        wanted = self._options.languages
        if wanted and record.languages is not ABSENT:
            named = trimming.languages(decoding.languages(record.languages))
            if named and not any(each in wanted for each in named):
                return "language"
        return ""

    def take_works(self, records: Iterable[Row]) -> None:
        """Take works in, with what a search shows of them."""
        keep, search = self._rows["wk"].append, self._options.search
        for number, revision, document in records:
            if self._narrow and self._unasked(number):
                continue
            try:
                record, value = decoding.work_line(document)
            except ValueError:
                self._rejected["json"] += 1
                continue
            if self._narrow:
                self._refer((), record.authors)
            keep((number, revision, value))
            if search:
                title, subtitle = record.title[:MAX_TITLE], record.subtitle[:MAX_TITLE]
                authors = trimming.author_numbers(record.authors) if record.authors else ()
                fact = (number, 0, revision, title, subtitle, _year(record.first_publish_date), authors)
                self._facts[(number >> RUN) % self._buckets].append(fact)

    def take_authors(self, records: Iterable[Row]) -> None:
        """Take authors in, with the names that a search finds them by."""
        keep, search = self._rows["au"].append, self._options.search
        for number, revision, document in records:
            if self._narrow and self._unasked(number):
                continue
            try:
                record, value = decoding.author_line(document)
            except ValueError:
                self._rejected["json"] += 1
                continue
            keep((number, revision, value))
            if search:
                name = trimming.full_name(record.name, record.personal_name)
                self._names.append((number, revision, names.pack(name, record.alternate_names)))

    def _move(self, type_: bytes, key: bytes, revision: int, document: bytes) -> str:
        source = keys.parse(key.decode(errors="replace"))
        if source is None:
            return "other_type"  # a page, a list, a user: nothing the catalogue holds
        if type_ == b"/type/delete":
            self._moves.append(Move(keys.code(*source), revision, 0))
            return ""
        target = keys.parse(decoding.location(document))
        if target is None or target == source:
            return "target"
        self._moves.append(Move(keys.code(*source), revision, keys.code(*target)))
        return ""


#: By type: how a record is taken, where the number stands in its key, and what its keys look like.
_KEPT: Final[dict[bytes, tuple[Callable[[Digester, Iterable[Row]], None], slice, bytes]]] = {
    b"/type/edition": (Digester.take_editions, slice(9, -1), b"/books/OL%dM"),
    b"/type/work": (Digester.take_works, slice(9, -1), b"/works/OL%dW"),
    b"/type/author": (Digester.take_authors, slice(11, -1), b"/authors/OL%dA"),
}


def _usual_line(kind: bytes, folder: bytes, letter: bytes) -> re.Pattern[bytes]:
    return re.compile(_LINE % (kind, folder, letter), re.MULTILINE)


_LINE: Final = rb"^/type/%b\t/%b/OL([1-9][0-9]{0,8})%b\t([0-9]{1,8})\t[^\t\n]*\t(\{.*\})$"
#: By type: what nearly every line looks like, and how such a one is taken.
_USUAL: Final[dict[bytes, tuple[Table, re.Pattern[bytes], Callable[[Digester, Iterable[Row]], None]]]] = {
    b"/type/edition\t": ("ed", _usual_line(b"edition", b"books", b"M"), Digester.take_editions),
    b"/type/work\t": ("wk", _usual_line(b"work", b"works", b"W"), Digester.take_works),
    b"/type/author\t": ("au", _usual_line(b"author", b"authors", b"A"), Digester.take_authors),
}
#: Revisions and years that nearly all records have, read already.
_VERSIONS: Final[dict[bytes, int]] = {b"%d" % number: number for number in range(1000)}
_YEARS: Final[dict[str, int]] = {str(year): year for year in range(1000, 2100)}


def _words(numbers: list[int]) -> bytes:
    return array("Q", numbers).tobytes()


def _unreadable(line: bytes) -> str:
    if b"\0" in line:
        return "nul"
    try:
        line.decode()
    except UnicodeDecodeError:
        return "encoding"
    return ""


def _year(text: str) -> int:
    if not text:
        return 0
    found = _YEAR.search(text)
    return int(found[1]) if found else 0
