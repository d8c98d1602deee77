"""A kind from outside the project, in one file: wines, with two formats of file, a finder and a way out.

The tests of the engine use it so that they rest on no kind of the product; `tests.test_plugins` installs it.
What its finder knows is `KNOWN`, by name in lower case; a test may put its own there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from completist.domain.fields import Data, Level
from completist.domain.kind import Field, FieldType, Kind
from completist.domain.matching import Candidate, Distance, Match, Verdict
from completist.domain.pipeline import Pipeline
from completist.sdk.catalogue import Catalogue
from completist.sdk.files import head
from completist.sdk.finder import Finding, Related, Subject
from completist.sdk.registry import KindPlugin
from completist.sdk.source import Entry, Head, Layout, Skipped, Warn
from completist.sdk.tabular import columns_of, read_table

T = FieldType

WINE = Kind(
    name="wine",
    plural="wines",
    title="name",
    byline="maker",
    keys=("ean", "ref"),
    fields=(
        Field("name", T.TEXT, "Name", wanted=True, level=Level.WORK),
        Field("maker", T.TEXT, "Maker", level=Level.WORK),
        Field("region", T.TEXT, "Region", wanted=True, level=Level.WORK),
        Field("grapes", T.TEXTS, "Grapes", wanted=True, level=Level.WORK),
        Field("vintage", T.INTEGER, "Vintage", wanted=True, level=Level.EDITION),
        Field("ean", T.IDENTIFIER, "EAN", level=Level.EDITION),
        Field("ref", T.IDENTIFIER, "Reference", level=Level.EDITION),
        Field("stars", T.NUMBER, "Stars", personal=True),
        Field("notes", T.LONG_TEXT, "Notes", personal=True),
        Field("opened", T.INTEGER, "Bottles opened", personal=True, noticed=False),
    ),
)


def _whole(cell: str) -> Data:
    return int(cell) if cell.strip().isdecimal() else None


def _listed(cell: str) -> Data:
    return [part.strip() for part in cell.split(";") if part.strip()]


_READ = {
    "vintage": _whole,
    "opened": _whole,
    "stars": _whole,
    "grapes": _listed,
    "ean": _listed,
    "ref": _listed,
}


class Table:
    """A table of wines; its first column, ``<name> id``, holds the source's own id."""

    label = "Wines (CSV)"
    kind = WINE.name

    def __init__(self, name: str) -> None:
        self.name = name
        self.format = f"{name}-csv"

    def refuse(self, head: Head) -> str | None:
        return None if f"{self.name} id" in columns_of(head) else f"no column '{self.name} id'"

    def check(self, path: Path) -> int:
        head(path)
        return sum(1 for _ in read_table(path, needs=("name",)))

    def read(self, path: Path) -> Iterator[Entry | Skipped]:
        for each in read_table(path, needs=("name",)):
            yield each if isinstance(each, Skipped) else self._entry(*each)

    def _entry(self, row: int, cells: Mapping[str, str]) -> Entry | Skipped:
        values: dict[str, Data] = {
            name: _READ.get(name, str)(cell.strip()) or None
            for name, cell in cells.items()
            if name in WINE.by_name
        }
        if not values.get("name"):
            return Skipped(row, "no name")
        unread = bool(cells.get("vintage")) and values["vintage"] is None
        odd = (Warn(row, "vintage", "no year"),) if unread else ()
        doubtful = frozenset(name for name, data in values.items() if "\ufffd" in str(data))
        return Entry(row, cells[f"{self.name} id"], values, odd, doubtful)


CELLAR, SHOP = Table("cellar"), Table("shop")


@dataclass(frozen=True)
class Record:
    """What the world knows of a wine. ``sure`` says that the name alone makes it certain."""

    id: str
    fields: Mapping[str, Data]
    sure: bool = True
    level: Level = Level.EDITION
    makers: tuple[tuple[str, str], ...] = ()  #: (key, name)


KNOWN: dict[str, list[Record]] = {
    "riesling": [
        Record("W1", {"name": "Riesling", "region": "Mosel", "grapes": ["Riesling"], "vintage": 1999})
    ],
    "chianti": [
        Record("W2", {"region": "Tuscany", "vintage": 2001, "grapes": ["Sangiovese"]}, sure=False),
        Record("W3", {"region": "Elsewhere"}, sure=False),
    ],
}


@dataclass
class WineFinder:
    """Looks wines up by name. Whoever asks for a corked one breaks it."""

    pipeline: Pipeline = field(
        default=Pipeline("wine-facts", WINE.name, "1", ("name", "ean"), ("region", "grapes", "vintage"))
    )

    def find(self, subjects: Sequence[Subject], catalogue: Catalogue) -> list[Finding]:  # noqa: ARG002 - not asked
        return [self._find(subject) for subject in subjects]

    def _find(self, subject: Subject) -> Finding:
        name = str(subject.values.get("name") or "").casefold()
        if "corked" in name:
            raise ValueError(name)
        offered = [r for r in KNOWN.get(name, ()) if r.id not in subject.rejected]
        chosen = [r for r in offered if r.id == subject.accepted] or [r for r in offered if r.sure]
        if chosen:
            return self._finding(subject, Verdict.AUTO, "name", chosen[:1])
        if offered:
            return self._finding(subject, Verdict.REVIEW, "several", offered)
        return self._finding(subject, Verdict.NONE, "unknown", ())

    def _finding(self, subject: Subject, verdict: Verdict, why: str, records: Sequence[Record]) -> Finding:
        candidates = tuple(
            Candidate(
                "atlas",
                r.id,
                r.level,
                str(r.fields.get("name", "")),
                work=f"work of {r.id}",
                distance=Distance({} if r.sure else {"several": 0.2}),
                fields=r.fields,
            )
            for r in records
        )
        best = candidates[0] if candidates else None
        match = Match(
            verdict,
            (why,),
            best.level if best else None,
            best.record if best else None,
            best.distance.total if best else None,
        )
        brought = {
            r.id: tuple(
                Related("author", "maker", "olid_author", key, {"name": name}) for key, name in r.makers
            )
            for r in records
        }
        return Finding(subject.item_id, match, candidates, brought)


class LabelWriter:
    """Two columns, as a printer of labels takes them."""

    layout = Layout("labels", "Labels (CSV)", WINE.name, ("Label", "Region"))

    def row(self, values: Mapping[str, Data]) -> Sequence[str]:
        return [
            f"{values.get('name')} {values.get('vintage') or ''}".strip(),
            str(values.get("region") or ""),
        ]


def agree(mine: Mapping[str, Data], other: Mapping[str, Data]) -> bool:
    """Whether the names begin alike."""
    return str(mine.get("name"))[:3].casefold() == str(other.get("name"))[:3].casefold()


def vintage(data: Data) -> Data:
    """A year that can have grown grapes."""
    if isinstance(data, int) and not 1800 <= data <= 2100:
        raise ValueError(f"no vintage: {data}")
    return data


WINES = KindPlugin(
    kind=WINE,
    sources=(CELLAR, SHOP),
    finders=(WineFinder(),),
    writers=(LabelWriter(),),
    agree=agree,
    normalise={"vintage": vintage},
)
