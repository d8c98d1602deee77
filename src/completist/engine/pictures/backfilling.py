"""Backfilling: pictures for the items that have none, a page at a time; safe to repeat, and to call at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import structlog

from completist.domain.errors import BadInput, NotFound
from completist.domain.pipeline import input_digest
from completist.domain.run import RunState
from completist.engine.enriching import Worker
from completist.engine.reading import inputs
from completist.sdk.finder import Finder
from completist.sdk.registry import KindPlugin
from completist.store import fields, items, matches, run_states, runs
from completist.store.database import Connection

#: Items in one call: unless one says otherwise, and at most.
USUAL, MOST = 20, 50

#: The priority of what somebody asked for just now.
FIRST = 1

#: From which share of failures on somebody should look.
ALARMING = 0.1

#: Why a book cannot even be asked about, in the words of this API.
NOTHING_TO_ASK_WITH = "missing_title_author_isbn"

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Failure:
    """An item that has no picture afterwards, and why: a stable code."""

    item_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Backfilled:
    """What a call came to. ``processed`` items were looked up by it, ``updated`` ones got a picture."""

    processed: int = 0
    updated: int = 0
    failures: tuple[Failure, ...] = ()
    cursor: int | None = None  #: from where to go on; None when that was all


def backfill(
    worker: Worker,
    plugin: KindPlugin,
    finder: Finder,
    *,
    limit: int = USUAL,
    cursor: int = 0,
    ids: Sequence[int] | None = None,
) -> Backfilled:
    """Look up the next items without a picture, in order of id behind ``cursor``: all, or some.

    What has one, whoever named it, is left alone. Each item is in the hands of one caller at a time, so that two calls
    at once write nothing twice; what another has is not waited for.

    Raises:
        BadInput: The limit is out of range.
        NotFound: One of ``ids`` is none of this library's.
    """
    if not 1 <= limit <= MOST:
        raise BadInput(f"limit takes 1 to {MOST}, not {limit}.")
    begun = perf_counter()
    page, more = _page(worker, plugin, finder, limit, cursor, ids)
    processed: list[int] = []
    if page:
        _demand(worker, finder, page)
        patient = worker.in_one_turn()
        while claim := patient.claim(finder, limit, page):
            patient.work(plugin, finder, claim)
            processed += [run.item_id for run in claim.runs]
            page = [item_id for item_id in page if item_id not in processed]
            if not page:
                break
    updated, failures = _outcome(worker, finder, processed)
    told = Backfilled(len(processed), updated, tuple(failures), more)
    _tell(told, perf_counter() - begun)
    return told


def _page(
    worker: Worker, plugin: KindPlugin, finder: Finder, limit: int, cursor: int, ids: Sequence[int] | None
) -> tuple[list[int], int | None]:
    """The next items without a picture, and the id behind which there may be more."""
    name, kind = str(finder.pipeline.picture), plugin.kind.name
    with worker.database.read() as connection:
        if ids is None:
            found = items.page_items(
                connection, worker.library_id, kind=kind, missing=(name,), after=cursor, limit=limit + 1
            )
            lacking = [item_id for item_id, _ in found]
        else:
            kinds = items.kinds_of(connection, worker.library_id, sorted(set(ids)))
            for item_id in ids:
                if kinds.get(item_id) != kind:
                    raise NotFound(f"There is no {kind} {item_id} in this library.")
            lacking = [i for i in sorted(kinds) if i > cursor and not _has(connection, i, name)]
        locked = fields.read_locks(connection, lacking)
    page = [item_id for item_id in lacking[:limit] if name not in locked.get(item_id, ())]
    return page, lacking[limit - 1] if len(lacking) > limit else None


def _has(connection: Connection, item_id: int, name: str) -> bool:
    """Whether anybody says anything of an item's picture; a person, that there is none."""
    return bool(fields.read_values(connection, [item_id], names=[name])[item_id])


def _demand(worker: Worker, finder: Finder, page: Sequence[int]) -> None:
    """Make what nobody is finding out about due at once, whatever came of it before."""
    pipeline = finder.pipeline
    with worker.database.write() as connection:
        now = worker.database.moment(connection, worker.clock)
        there = items.hold_items(connection, page)
        said = fields.read_values(connection, there, names=list(pipeline.inputs))
        due = [(i, input_digest(pipeline, inputs(pipeline, said[i]))) for i in there]
        runs.supersede(connection, pipeline.name, pipeline.version, due, now)
        runs.demand(
            connection,
            worker.library_id,
            pipeline.name,
            pipeline.version,
            due,
            priority=FIRST,
            now=now,
            force=True,
        )
        runs.hasten(connection, pipeline.name, pipeline.version, there, now)


def _outcome(worker: Worker, finder: Finder, processed: Sequence[int]) -> tuple[int, list[Failure]]:
    name, pipeline = str(finder.pipeline.picture), finder.pipeline
    updated, failures = 0, []
    with worker.database.read() as connection:
        said = fields.read_values(connection, processed, names=[name])
        found = matches.read_matches(connection, processed)
        codes = run_states.codes_of(connection, pipeline.name, processed)
    for item_id in sorted(processed):
        if any(v.data for v in said[item_id]):
            updated += 1
            continue
        match = found.get(item_id, {}).get(pipeline.name)
        state, code = codes.get(item_id, ("", None))
        waiting = state in (RunState.WAITING.value, RunState.READY.value, RunState.FAILED.value)
        reason = (code if waiting else None) or (match.reasons[0] if match and match.reasons else "not_found")
        failures.append(Failure(item_id, _REASONS.get(reason.partition("@")[0], reason.partition("@")[0])))
    return updated, failures


_REASONS = {"no_title": NOTHING_TO_ASK_WITH, "no_picture": "not_found", "nothing_found": "not_found"}


def _tell(told: Backfilled, seconds: float) -> None:
    """One line for each call; what the items are called stands nowhere in it."""
    failures = len(told.failures)
    said = {
        "processed": told.processed, "updated": told.updated, "failures": failures, "duration": round(seconds, 3),
    }  # fmt: skip
    if failures > ALARMING * max(1, told.processed):
        _log.warning("cover_backfill", **said)
    else:
        _log.info("cover_backfill", **said)
