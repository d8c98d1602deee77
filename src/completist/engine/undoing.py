"""Undoing: restores what stood before a change, a run or an import, unless it has moved on since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from completist.domain.errors import Conflict, NotFound
from completist.domain.fields import Layer, Origin, Value
from completist.domain.run import RunState
from completist.engine import reviewing
from completist.engine.recording import Cause, Patch, record
from completist.engine.voices import DECLARED, Voices
from completist.sdk import registry
from completist.store import changes, fields, imports, items, jobs, matches, runs
from completist.store.changes import Change
from completist.store.database import Connection, Database, hold


@dataclass(slots=True)
class Undone:
    """What an undo came to. ``kept`` counts values left alone because they have changed since."""

    changes: int = 0
    values: int = 0
    kept: int = 0
    removed: int = 0  #: items that the undone import had brought in
    reopened: int = 0  #: proposals that wait again

    def add(self, other: Undone) -> None:
        """Count another one in."""
        for name in ("changes", "values", "kept", "removed", "reopened"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


def undo_last(database: Database, library_id: int, now: int, voices: Voices = DECLARED) -> Undone:
    """Take back the latest thing a person did: a value typed or given up, a proposal accepted or rejected.

    Raises:
        NotFound: There is nothing to take back.
    """
    with database.write() as connection:
        hold(connection, "import", library_id)
        change = changes.latest_deed(connection, library_id)
        if change is None:
            raise NotFound("There is nothing to undo.")
        return _Undo(connection, library_id, now, voices).take_back([change])


def undo_change(
    database: Database, library_id: int, change_id: int, now: int, voices: Voices = DECLARED
) -> Undone:
    """Take back one change.

    Raises:
        NotFound: There is no such change, or it was undone before.
    """
    with database.write() as connection:
        hold(connection, "import", library_id)
        found = changes.changes_by(connection, library_id, change_id=change_id)
        return _Undo(connection, library_id, now, voices).take_back(_some(found, f"change {change_id}"))


def undo_run(database: Database, library_id: int, run_id: int, now: int, voices: Voices = DECLARED) -> Undone:
    """Take back all that a run wrote.

    Raises:
        NotFound: There is no such run, or nothing of it is left to undo.
    """
    with database.write() as connection:
        hold(connection, "import", library_id)
        found = changes.changes_by(connection, library_id, run_id=run_id)
        return _Undo(connection, library_id, now, voices).take_back(_some(found, f"run {run_id}"))


def undo_job(database: Database, library_id: int, job_id: int, now: int, voices: Voices = DECLARED) -> Undone:
    """Take back all that the runs of a job wrote while it was open, a page of runs at a time.

    Raises:
        NotFound: There is no such job, or nothing of it is left to undo.
        Conflict: It is not over yet.
    """
    total, below = Undone(), None
    while True:
        with database.write() as connection:
            hold(connection, "import", library_id)
            found, below = written(connection, library_id, job_id, below)
            if below is None:
                break
            total.add(_Undo(connection, library_id, now, voices).take_back(found))
    if not total.changes:
        raise NotFound(f"Of job {job_id} there is nothing to undo.")
    return total


def written(
    connection: Connection, library_id: int, job_id: int, below: int | None
) -> tuple[list[Change], int | None]:
    """What the next runs of a job below an id wrote that is not undone, and the id to go on below; None at the end.

    Raises:
        NotFound: There is no such job.
        Conflict: It is not over yet.
    """
    job = jobs.read_job(connection, library_id, job_id)
    if job is None:
        raise NotFound(f"There is no job {job_id}.")
    if job.finished_at is None:
        raise Conflict(f"Job {job_id} is not over yet.", hint=f"completist jobs cancel {job_id}")
    page = jobs.page_runs(connection, job_id, below=below)
    if not page:
        return [], None
    return changes.changes_of_runs(connection, library_id, page, job.created_at, job.finished_at), page[-1]


def undo_import(
    database: Database, library_id: int, import_id: int, now: int, voices: Voices = DECLARED
) -> Undone:
    """Take back an import: what it changed, and the items it brought in.

    An item stays if a person has typed into it or locked a field, if another source knows it, or if another import
    has changed it since.

    Raises:
        NotFound: There is no such import, or nothing of it is left to undo.
    """
    total = Undone()
    below: int | None = None
    while True:
        with database.write() as connection:
            hold(connection, "import", library_id)
            if below is None:  # first of all, so that nobody takes it up where it was if this is interrupted
                imports.undo_import(connection, import_id, now)
            found = changes.changes_by(connection, library_id, import_id=import_id, after=below)
            if not found and below is None:
                raise NotFound(f"Of import {import_id} there is nothing to undo.")
            if not found:
                return total
            part = _Undo(connection, library_id, now, voices).take_back(found)
        total.add(part)
        below = found[-1].id


def undo_decision(
    database: Database, library_id: int, proposal_id: int, now: int, voices: Voices = DECLARED
) -> Undone:
    """Take back what a person decided about a proposal: it waits again, and what accepting it wrote is gone.

    Raises:
        NotFound: There is no such proposal, or nobody has decided it.
    """
    with database.write() as connection:
        hold(connection, "import", library_id)
        proposal = matches.read_proposal(connection, library_id, proposal_id)
        if proposal is None or proposal.state not in matches.DECIDED:
            raise NotFound(f"Of proposal {proposal_id} there is nothing to undo.")
        found = changes.changes_by(connection, library_id, change_id=proposal.change_id)
        return _Undo(connection, library_id, now, voices).take_back(found)


def _some(found: list[Change], what: str) -> list[Change]:
    if not found:
        raise NotFound(
            f"Of {what} there is nothing to undo.", hint="completist show ID --history lists changes."
        )
    return found


class _Undo:
    def __init__(self, connection: Connection, library_id: int, now: int, voices: Voices) -> None:
        self.connection = connection
        self.library_id = library_id
        self.now = now
        self.voices = voices
        self.result = Undone()

    def take_back(self, found: Sequence[Change]) -> Undone:
        """Take changes back, newest first."""
        ids = sorted({change.item_id for change in found})
        items.hold_items(self.connection, ids)
        kinds = items.kinds_of(self.connection, self.library_id, ids)
        there = [change for change in found if change.item_id in kinds]
        for kind, batch in _batches([c for c in there if c.action != "create"], kinds):
            self._restore(kind, batch)
        self._remove([c for c in there if c.action == "create"])
        self.result.changes += len(found)
        return self.result

    def _restore(self, kind: str, batch: Sequence[Change]) -> None:
        """Take back one change of each of several items, all by the same voice."""
        ids = [change.item_id for change in batch]
        standing = fields.read_values(self.connection, ids)
        patches = [self._patch(change, standing[change.item_id]) for change in batch]
        cause = Cause("undo", batch[0].origin, batch[0].source)
        plugin = registry.plugin(kind)
        recorded = record(
            self.connection,
            self.library_id,
            plugin,
            patches,
            cause,
            self.now,
            voices=self.voices,
            restore=True,
        )
        changes.mark_each_undone(
            self.connection, [(c.id, by) for c, by in zip(batch, recorded.changes, strict=True)]
        )
        if cause.origin is Origin.IMPORT:
            self._forget(ids, cause.source)
        for change in batch:
            self._reopen(change)

    def _patch(self, change: Change, standing: Sequence[Value]) -> Patch:
        layers = {value.layer: value for value in standing}
        still = standing_still(change, layers)
        values = tuple(value for layer in still if (value := change.before[layer]) is not None)
        drops = tuple(layer for layer in still if change.before[layer] is None)
        self.result.values += len(still)
        self.result.kept += len(change.before) - len(still)  # they have moved on since
        return Patch(change.item_id, values, drops, change.run_id, always=True)

    def _forget(self, ids: Sequence[int], source: str) -> None:
        """Let rows of ``source`` count as changed when they come again; it knows no item of which it says nothing."""
        left = fields.read_values(self.connection, ids, origin=Origin.IMPORT)
        known = [item_id for item_id in ids if any(v.source == source for v in left[item_id])]
        items.forget_rows(self.connection, known, source, known=True)
        items.forget_rows(self.connection, sorted(set(ids) - set(known)), source, known=False)

    def _reopen(self, change: Change) -> None:
        proposal = matches.decided_by(self.connection, change.item_id, change.id) if change.run_id else None
        if proposal is not None:
            reviewing.reopen(self.connection, proposal, self.now)
            self.result.reopened += 1
        elif change.run_id is not None:
            self._unsettle(change.item_id, change.run_id)

    def _unsettle(self, item_id: int, run_id: int) -> None:
        """A run whose values were taken back is not done, and nothing waits because of it."""
        runs.set_state(self.connection, [run_id], RunState.CANCELLED, self.now, "undone")
        matches.drop_matches_of(self.connection, item_id, run_id)
        matches.withdraw_proposals_of(self.connection, item_id, run_id, self.now)

    def _remove(self, created: Sequence[Change]) -> None:
        ids = [c.item_id for c in created]
        kept = staying(self.connection, created)
        gone = [item_id for item_id in ids if item_id not in kept]
        self.result.kept += len(created) - len(gone)
        items.delete_items(self.connection, gone)
        changes.mark_undone(self.connection, [c.id for c in created if c.item_id in set(gone)], 0)
        self.result.removed += len(gone)


def staying(connection: Connection, created: Sequence[Change]) -> set[int]:
    """Which of the items that changes made stay: typed into, locked, known to others, changed by another import."""
    ids = [c.item_id for c in created]
    typed = fields.read_values(connection, ids, origin=Origin.USER)
    kept = {item_id for item_id, values in typed.items() if values}
    kept |= items.several_sources(connection, ids)
    kept |= fields.read_locks(connection, ids).keys()
    for import_id in {c.import_id for c in created}:
        kept |= changes.moved_by_imports(connection, ids, import_id)
    return kept


def standing_still(change: Change, layers: Mapping[Layer, Value]) -> list[Layer]:
    """The layers that hold what a change wrote there; the others have moved on since."""
    return [layer for layer in change.before if layers.get(layer) == change.after.get(layer)]


def _batches(found: Sequence[Change], kinds: Mapping[int, str]) -> Iterator[tuple[str, list[Change]]]:
    """Changes in batches of one kind and voice, none with two of one item, each item's own in the order given."""
    nth: dict[int, int] = {}
    batches: dict[tuple[int, str, Origin, str], list[Change]] = {}
    for change in found:
        nth[change.item_id] = nth.get(change.item_id, -1) + 1
        voice = (kinds[change.item_id], change.origin, change.source)
        batches.setdefault((nth[change.item_id], *voice), []).append(change)
    for (_, kind, *_), batch in sorted(batches.items(), key=lambda pair: pair[0]):
        yield kind, batch
