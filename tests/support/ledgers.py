"""The ledger of a library of wines in the hands of a test: pipelines that move on, workers, runs as they stand."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import count
from typing import Any
from uuid import uuid4

from tests.support.cellars import Cellar, EmptyCatalogue
from tests.support.effects import rows
from tests.support.wines import WINES, Record, WineFinder

from completist.domain.pipeline import Freshness, Pipeline, StaleCause, input_digest
from completist.domain.run import DONE, Outcome
from completist.engine.claiming import Outside, Taken
from completist.engine.enriching import Worker
from completist.engine.judging import Reported
from completist.engine.reading import inputs, is_met
from completist.engine.viewing import ItemView
from completist.sdk import registry
from completist.store.freshness import read_freshness

FACTS = WINES.finders[0].pipeline

#: A pipeline that nobody here fills, which is there for the region.
GUIDE = Pipeline("wine-guide", "wine", "1", ("name",), ("region", "grapes"), goal="region")

_numbers = count(1)


def declare(facts: str = "1", guide: str | None = None) -> WineFinder:
    """Let the kind have these versions of its pipelines, without the guide unless it is named; its finder."""
    finder = WineFinder(replace(FACTS, version=facts))
    outside = () if guide is None else (replace(GUIDE, version=guide),)
    registry.plugins()["wine"] = replace(WINES, finders=(finder,), outside=outside)
    return finder


def hand(cellar: Cellar, name: str | None = None) -> Worker:
    """A worker of this process that nobody takes for dead."""
    name = name or f"hand {next(_numbers)}"
    return Worker(cellar.database, cellar.app.library_id, EmptyCatalogue(), cellar.tick, uuid4, name)


def desk(cellar: Cellar, who: str = "key 1") -> Outside:
    """The desk at which a worker outside stands."""
    return cellar.app.ledger.outside(who)


def found(taken: Taken, **values: Any) -> list[Reported]:  # noqa: ANN401 - data of fields
    """A report that each run of a claim found these values, a region if none are named."""
    assert taken.claim is not None
    said = values or {"region": "Mosel"}
    return [
        Reported(run.id, Outcome.FOUND, values={"name": taken.subjects[run.item_id].values["name"], **said})
        for run in taken.claim.runs
    ]


def wines(cellar: Cellar, names: int) -> list[int]:
    """Bring in so many wines that the finder knows, called "Wine 0" and so on; their ids."""
    for n in range(names):
        cellar.know(f"Wine {n}", Record(f"W{n}", {"region": f"Region {n}"}))
    cellar.bring(*({"id": str(n), "name": f"Wine {n}"} for n in range(names)))
    return [view.id for view in cellar.items()]


def standing(cellar: Cellar, pipeline: str = FACTS.name) -> list[tuple[int, str, str]]:
    """The runs of a pipeline as (item, version, state), in order."""
    runs = [run for run in rows(cellar.database, "runs") if run["pipeline"] == pipeline]
    return [
        (run["item_id"], run["version"], run["state"])
        for run in sorted(runs, key=lambda run: (run["item_id"], run["id"]))
    ]


def states(cellar: Cellar, pipeline: str = FACTS.name) -> list[str]:
    """The states of a pipeline's runs, in order of item."""
    return [state for *_, state in standing(cellar, pipeline)]


Standing = tuple[Freshness, StaleCause | None]

FRESH, MISSING = (Freshness.FRESH, None), (Freshness.MISSING, None)
OLD_CODE, OLD_DATA = (Freshness.STALE, StaleCause.CODE), (Freshness.STALE, StaleCause.DATA)


def check_freshness(cellar: Cellar, pipeline: Pipeline = FACTS) -> dict[int, Standing]:
    """How every wine stands: the library's own count has to agree with that `by_hand`."""
    expected = by_hand(cellar, pipeline)
    with cellar.database.read() as connection:
        told = read_freshness(connection, cellar.app.library_id, pipeline)
    assert {each.item_id: (each.freshness, each.cause) for each in told} == expected
    counted = cellar.app.ledger.freshness_summary(pipeline.name)
    assert {key: n for key, n in counted.items() if n} == Counter(expected.values())
    return expected


def by_hand(cellar: Cellar, pipeline: Pipeline) -> dict[int, Standing]:
    """How every wine stands, told from its runs and values in the words of the glossary."""
    every = [run for run in rows(cellar.database, "runs") if run["pipeline"] == pipeline.name]
    return {
        view.id: _stands(pipeline, view, [run for run in every if run["item_id"] == view.id])
        for view in cellar.items()
    }


def _stands(pipeline: Pipeline, view: ItemView, runs: list[dict[str, Any]]) -> Standing:
    pending = any(run["version"] == pipeline.version and run["settled_at"] is None for run in runs)
    if is_met(pipeline, view.said, view.locked) and not pending:
        return FRESH
    done = [run for run in runs if run["done_at"] is not None]
    if not done:
        return MISSING
    latest = max(done, key=lambda run: int(run["done_at"]))
    present = (pipeline.version, input_digest(pipeline, inputs(pipeline, view.said)))
    if (latest["version"], latest["input_digest"]) == present and latest["state"] in DONE and not pending:
        return FRESH
    return OLD_DATA if latest["version"] == pipeline.version else OLD_CODE
