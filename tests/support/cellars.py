"""A library of wines in the hands of a test: what goes in, what was found, what stands there."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.support import wines
from tests.support.wines import Record

from completist.app import App, Wish
from completist.domain.fields import Data
from completist.engine.enriching import FillReport
from completist.engine.importing import ImportReport
from completist.engine.viewing import ItemView
from completist.sdk.catalogue import EditionView, Entity, Hit, Query
from completist.settings import Settings
from completist.store.database import Database


class EmptyCatalogue:
    """A catalogue that knows nothing; the finder of wines does not ask it."""

    def by_isbn(self, _isbns: Sequence[str]) -> dict[str, list[EditionView]]:
        return {}

    def by_key(self, _keys: Sequence[str]) -> dict[str, Entity]:
        return {}

    def search(self, queries: Sequence[Query], _limit: int = 10) -> list[list[Hit]]:
        return [[] for _ in queries]

    def generation(self) -> str:
        return "empty"


@dataclass
class Cellar:
    """An app over a test's database, with a clock that the test moves."""

    database: Database
    folder: Path
    at: int = 1000
    app: App = field(init=False)

    def __post_init__(self) -> None:
        self.app = App(Settings(self.folder, "unused", offline=True), now=self.tick)
        self.app.__dict__["database"] = self.database
        self.app.__dict__["catalogue"] = EmptyCatalogue()

    def tick(self) -> int:
        """Every look at the clock is a millisecond later."""
        self.at += 1
        return self.at

    def write(self, rows: Sequence[dict[str, str]], source: str = "cellar", name: str = "wines.csv") -> Path:
        """A file of ``source`` with these rows; ``id`` is the source's own id, all other cells are blank."""
        columns = [f"{source} id", *dict.fromkeys(key for row in rows for key in row if key != "id")]
        path = self.folder / name
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, columns, restval="")
            table.writeheader()
            table.writerows(
                {columns[0]: row["id"], **{k: v for k, v in row.items() if k != "id"}} for row in rows
            )
        return path

    def bring(self, *rows: dict[str, str], source: str = "cellar", dry_run: bool = False) -> ImportReport:
        """Import these rows."""
        return self.app.import_file(self.write(rows, source), f"{source}-csv", dry_run=dry_run)

    def know(self, name: str, *records: Record) -> None:
        """Let the finder know a wine."""
        wines.KNOWN[name.casefold()] = list(records)

    def fill(self, *, again: bool = False, limit: int | None = None) -> FillReport:
        """Work off all that is due."""
        return self.app.fill(Wish(again=again, limit=limit))

    def items(self) -> list[ItemView]:
        """All wines."""
        return list(self.app.items("wine"))

    def item(self, key: str, source: str = "cellar") -> ItemView:
        """The wine that ``source`` knows under ``key``."""
        (found,) = [view for view in self.items() if (source, key) in view.sources]
        return found

    def data(self, key: str, source: str = "cellar") -> dict[str, Data]:
        """What counts of a wine, by field."""
        return self.item(key, source).data


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    """(added, updated, unchanged, skipped)."""
    return (report.added, report.updated, report.unchanged, len(report.skipped))


def fills(report: FillReport) -> tuple[int, int, int, int]:
    """(filled, empty, review, failed)."""
    return (report.filled, report.empty, report.review, report.failed)
