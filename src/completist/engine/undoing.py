"""Undoing: restores what stood before a change, a run or an import, unless it has moved on since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from completist.domain.errors import NotFound
from completist.domain.fields import Layer, Origin, Value
from completist.domain.run import RunState
from completist.engine import reviewing
from completist.engine.recording import Cause, Patch, record
from completist.sdk import registry
from completist.store import changes, fields, imports, items, matches, runs
from completist.store.changes import Change
from completist.store.database import Connection, Database
from completist.store.matches import Proposal

#: What `undo` without an argument may take back beside decisions: a person's own deeds.
DEEDS = ("type", "give_up")


@dataclass(slots=True)
class Undone:
    """What an undo came to. ``kept`` counts values left alone because they have changed since."""

    changes: int = 0
    values: int = 0
    kept: int = 0
    removed: int = 0  #: items that the undone import had brought in
    reopened: int = 0  #: proposals that wait again


def undo_last(database: Database, library_id: int, now: int) -> Undone:
    """Take back the latest thing a person did: a value typed or given up, a proposal accepted or rejected.

    Raises:
        NotFound: There is nothing to take back.
    """
    with database.write() as connection:
        change = changes.latest_change(connection, library_id, DEEDS)
        decided = matches.latest_decided(connection, library_id)
        if decided is not None and (change is None or decided[1] > change.at):
            return _undecide(connection, library_id, decided[0], now)
        if change is None:
            raise NotFound("There is nothing to undo.")
        return _Undo(connection, library_id, now).take_back([change])


def undo_change(database: Database, library_id: int, change_id: int, now: int) -> Undone:
    """Take back one change.

    Raises:
        NotFound: There is no such change, or it was undone before.
    """
    with database.write() as connection:
        found = changes.changes_by(connection, library_id, change_id=change_id)
        return _Undo(connection, library_id, now).take_back(_some(found, f"change {change_id}"))


def undo_run(database: Database, library_id: int, run_id: int, now: int) -> Undone:
    """Take back all that a run wrote.

    Raises:
        NotFound: There is no such run, or nothing of it is left to undo.
    """
    with database.write() as connection:
        found = changes.changes_by(connection, library_id, run_id=run_id)
        return _Undo(connection, library_id, now).take_back(_some(found, f"run {run_id}"))


def undo_import(database: Database, library_id: int, import_id: int, now: int) -> Undone:
    """Take back an import: what it changed, and the items it brought in unless a person has typed into them.

    Raises:
        NotFound: There is no such import, or nothing of it is left to undo.
    """
    total = Undone()
    below: int | None = None
    while True:
        with database.write() as connection:
            found = changes.changes_by(connection, library_id, import_id=import_id, after=below)
            if not found:
                if below is None:
                    raise NotFound(f"Of import {import_id} there is nothing to undo.")
                imports.finish_import(connection, import_id, {}, now, "undone")
                return total
            part = _Undo(connection, library_id, now).take_back(found)
        for name in ("changes", "values", "kept", "removed", "reopened"):
            setattr(total, name, getattr(total, name) + getattr(part, name))
        below = found[-1].id


def undo_decision(database: Database, library_id: int, proposal_id: int, now: int) -> Undone:
    """Take back what a person decided about a proposal: it waits again, and what accepting it wrote is gone.

    Raises:
        NotFound: There is no such proposal, or nobody has decided it.
    """
    with database.write() as connection:
        proposal = matches.read_proposal(connection, library_id, proposal_id)
        if proposal is None or proposal.state not in matches.DECIDED:
            raise NotFound(f"Of proposal {proposal_id} there is nothing to undo.")
        return _undecide(connection, library_id, proposal, now)


def _undecide(connection: Connection, library_id: int, proposal: Proposal, now: int) -> Undone:
    found: list[Change] = []
    if proposal.state == "accepted" and proposal.run_id is not None:
        of_run = changes.changes_by(connection, library_id, run_id=proposal.run_id)
        found = [c for c in of_run if c.action == "accept" and c.item_id == proposal.item_id]
    undone = _Undo(connection, library_id, now).take_back(found)
    if not undone.reopened:
        reviewing.reopen(connection, proposal, now)
        undone.reopened = 1
    return undone


def _some(found: list[Change], what: str) -> list[Change]:
    if not found:
        raise NotFound(
            f"Of {what} there is nothing to undo.", hint="completist show ID --history lists changes."
        )
    return found


class _Undo:
    def __init__(self, connection: Connection, library_id: int, now: int) -> None:
        self.connection = connection
        self.library_id = library_id
        self.now = now
        self.result = Undone()

    def take_back(self, found: Sequence[Change]) -> Undone:
        """Take changes back, newest first."""
        ids = sorted({change.item_id for change in found})
        kinds = items.kinds_of(self.connection, self.library_id, ids)
        standing = fields.read_values(self.connection, ids)
        created = [c for c in found if c.action == "create" and c.item_id in kinds]
        for change in found:
            if change.item_id in kinds and change.action != "create":
                self._restore(change, kinds[change.item_id], standing)
        self._remove(created, standing)
        self.result.changes += len(found)
        return self.result

    def _restore(self, change: Change, kind: str, standing: dict[int, list[Value]]) -> None:
        layers = {value.layer: value for value in standing[change.item_id]}
        values: list[Value] = []
        drops: list[Layer] = []
        for layer, before in change.before.items():
            if _said(layers.get(layer)) != _said(change.after.get(layer)):
                self.result.kept += 1  # it has moved on since
            elif before is None:
                drops.append(layer)
            else:
                values.append(before)
        patch = Patch(change.item_id, tuple(values), tuple(drops), change.run_id)
        cause = Cause("undo", change.origin, change.source)
        recorded = record(
            self.connection, self.library_id, registry.plugin(kind), [patch], cause, self.now, restore=True
        )
        by = recorded.changes[0] if recorded.changes else change.id
        changes.mark_undone(self.connection, [change.id], by)
        self.result.values += len(values) + len(drops)
        left = fields.read_values(self.connection, [change.item_id])[change.item_id]
        standing[change.item_id] = left
        if change.origin is Origin.IMPORT:
            speaks = any((v.origin, v.source) == (Origin.IMPORT, change.source) for v in left)
            items.forget_rows(self.connection, change.item_id, change.source, known=speaks)
        if change.run_id is not None:
            self._unsettle(change.run_id)

    def _unsettle(self, run_id: int) -> None:
        """A run whose values were taken back is not done; a proposal behind it waits again."""
        proposal = matches.decided_by_run(self.connection, self.library_id, run_id)
        if proposal is not None:
            reviewing.reopen(self.connection, proposal, self.now)
            self.result.reopened += 1
            return
        runs.set_state(self.connection, [run_id], RunState.CANCELLED, self.now, "undone")
        matches.drop_matches_of(self.connection, run_id)

    def _remove(self, created: Sequence[Change], standing: dict[int, list[Value]]) -> None:
        typed = {i for i, values in standing.items() if any(v.origin is Origin.USER for v in values)}
        shared = items.several_sources(self.connection, [c.item_id for c in created])
        gone = [c.item_id for c in created if c.item_id not in typed and c.item_id not in shared]
        self.result.kept += len(created) - len(gone)
        items.delete_items(self.connection, gone)
        changes.mark_undone(self.connection, [c.id for c in created if c.item_id in set(gone)], 0)
        self.result.removed += len(gone)


def _said(value: Value | None) -> object:
    return None if value is None else (value.data, value.record)
