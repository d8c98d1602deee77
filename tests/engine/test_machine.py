"""A library in the hands of a person, of newer exports and of a source that changes its mind, beside a plain model.

The model keeps what was typed, what is locked, what was turned down and what the files said; whatever happens, the
library must agree with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.support import databases, effects, wines
from tests.support.cellars import Cellar, EmptyCatalogue
from tests.support.wines import WINES, Record

from completist.domain.errors import NotFound
from completist.domain.fields import Data, Level, Origin, is_empty
from completist.domain.pipeline import input_digest
from completist.domain.run import Claim
from completist.engine.enriching import LEASE, Worker
from completist.engine.reading import inputs
from completist.store import fields, run_states
from completist.store.database import Database, connect

#: As many as fit into a few seconds on each database.
EXAMPLES = 18

KEYS = ("1", "2", "3")
NAMES = ("Riesling", "Rioja", "Chianti")
FIELDS = ("name", "region", "vintage", "notes")
TEXTS = ("", "x", "y")
YEARS = ("", "1999", "2001")


@contextmanager
def _emptied(postgres: Database | None, template: Path) -> Iterator[tuple[Database, Path]]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        if postgres is not None:
            databases.empty(postgres)
            yield postgres, folder
            return
        path = folder / "library.db"
        path.write_bytes(template.read_bytes())
        database = connect(f"sqlite:///{path}")
        yield database, folder
        database.close()


def _listed(data: Data) -> list[Data]:
    return data if isinstance(data, list) else []


class Library(RuleBasedStateMachine):
    """Everything that may happen to a few wines."""

    template: Path
    postgres: Database | None = None

    def __init__(self) -> None:
        super().__init__()
        self._open = _emptied(self.postgres, self.template)
        database, folder = self._open.__enter__()
        self.cellar = Cellar(database, folder)
        self.app = self.cellar.app
        self.app.__dict__["catalogue"] = EmptyCatalogue()
        self.typed: dict[int, dict[str, Data]] = {}
        self.locked: dict[int, dict[str, list[Any]]] = {}
        self.rejected: dict[int, set[str]] = {}
        self.deeds: list[tuple[str, Any]] = []
        self.imports: list[int] = []
        self.claim: tuple[Worker, Claim] | None = None
        self.number = 0
        wines.KNOWN.clear()

    def teardown(self) -> None:
        self._open.__exit__(None, None, None)

    # --- what happens -----------------------------------------------------------------------------------------

    @initialize()
    def begin(self) -> None:
        self._bring([{"id": key, "name": name} for key, name in zip(KEYS, NAMES, strict=True)], "cellar")

    @rule(
        rows=st.dictionaries(
            st.sampled_from(KEYS),
            st.fixed_dictionaries(
                {"name": st.sampled_from(NAMES)},
                optional={
                    "region": st.sampled_from(TEXTS),
                    "vintage": st.sampled_from(YEARS),
                    "notes": st.sampled_from(TEXTS),
                    "ean": st.sampled_from(("", "1")),
                },
            ),
            min_size=1,
        ),
        source=st.sampled_from(("cellar", "shop")),
    )
    def newer_file(self, rows: dict[str, dict[str, str]], source: str) -> None:
        self._bring([{"id": key, **cells} for key, cells in rows.items()], source)

    def _bring(self, rows: list[dict[str, str]], source: str) -> None:
        report = self.cellar.bring(*rows, source=source)
        assert report.import_id is not None
        assert report.added + report.updated + report.unchanged == len(rows)
        self.imports.append(report.import_id)
        columns = {name for row in rows for name in row} - {"id"}
        for row in rows:
            view = self.cellar.item(row["id"], source)
            said = {v.field: v.data for v in view.said if (v.origin, v.source) == (Origin.IMPORT, source)}
            for name in columns - self.locked.get(view.id, {}).keys():
                cell = row.get(name, "")
                if cell:
                    assert said[name] == {"vintage": int(cell) if cell.isdecimal() else 0, "ean": [cell]}.get(
                        name, cell
                    )
                elif name == "notes":
                    assert name not in said, "a blank of the owner's clears"

    @rule(
        name=st.sampled_from(NAMES),
        offered=st.lists(
            st.builds(
                Record,
                st.sampled_from(("W1", "W2", "W3")),
                st.fixed_dictionaries(
                    {},
                    optional={
                        "region": st.sampled_from("ab"),
                        "vintage": st.sampled_from((1900, 1901)),
                        "notes": st.just("no"),
                    },
                ),
                sure=st.booleans(),
                level=st.sampled_from(Level),
            ),
            max_size=2,
            unique_by=lambda record: record.id,
        ),
    )
    def the_world_changes(self, name: str, offered: list[Record]) -> None:
        self.cellar.know(name, *offered)

    @rule(again=st.booleans())
    def fill(self, again: bool) -> None:  # noqa: FBT001 - hypothesis hands it in by name
        self.cellar.fill(again=again)
        if self.claim is None:
            with self.cellar.database.read() as connection:
                states = {state for _, state in run_states.count_runs(connection, self.app.library_id)}
            assert states <= {"filled", "empty", "review", "cancelled"}, states

    @precondition(lambda self: self.claim is None)
    @rule()
    def a_worker_claims(self) -> None:
        self.number += 1
        name = f"claim {self.number}"
        sign: Any = lambda: name  # noqa: E731 - stands for uuid4
        worker = Worker(
            self.cellar.database, self.app.library_id, EmptyCatalogue(), self.cellar.tick, sign, name
        )
        claim = worker.claim(WINES.finders[0], 10)
        self.claim = None if claim is None else (worker, claim)

    @precondition(lambda self: self.claim is not None)
    @rule(dead=st.booleans())
    def the_worker_ends(self, dead: bool) -> None:  # noqa: FBT001 - likewise
        assert self.claim is not None
        worker, claim = self.claim
        self.claim = None
        if dead:
            self.cellar.at += LEASE
        else:
            worker.work(WINES, WINES.finders[0], claim)

    @rule(data=st.data())
    def type(self, data: st.DataObject) -> None:
        item = self._item(data)
        name = data.draw(st.sampled_from(FIELDS))
        held = data.draw(st.sampled_from((None, 1950, 1951) if name == "vintage" else (None, *NAMES)))
        before = dict(self.typed.get(item, {}))
        if self.app.set(item, {name: held}).values:
            self.deeds.append(("typed", (item, before)))
        self.typed[item] = {**before, name: held}

    @rule(data=st.data())
    def give_up(self, data: st.DataObject) -> None:
        item = self._item(data)
        name = data.draw(st.sampled_from(FIELDS))
        before = dict(self.typed.get(item, {}))
        self.app.give_up(item, [name])
        if name in before:
            self.deeds.append(("typed", (item, before)))
            self.typed[item] = {n: held for n, held in before.items() if n != name}

    @rule(data=st.data(), name=st.sampled_from(FIELDS))
    def lock(self, data: st.DataObject, name: str) -> None:
        item = self._item(data)
        if self.app.lock(item, name):
            self.locked.setdefault(item, {})[name] = self._others(item, name)

    @precondition(lambda self: any(self.locked.values()))
    @rule(data=st.data())
    def unlock(self, data: st.DataObject) -> None:
        item, name = data.draw(st.sampled_from([(i, n) for i, names in self.locked.items() for n in names]))
        assert self.app.unlock(item, name)
        del self.locked[item][name]

    @precondition(lambda self: self.app.waiting())
    @rule(data=st.data(), accept=st.booleans())
    def decide(self, data: st.DataObject, accept: bool) -> None:  # noqa: FBT001 - likewise
        proposal = data.draw(st.sampled_from(list(self.app.proposals())))
        rejected = set(self.rejected.get(proposal.item_id, ()))
        if accept:
            self.app.accept(proposal.id)
        else:
            self.app.reject(proposal.id)
            records = {c.record for c in proposal.candidates}
            self.rejected[proposal.item_id] = rejected | records
            assert not {v.record for v in self.app.show(proposal.item_id).said} & records
        self.deeds.append(("decided", (proposal.item_id, rejected)))

    @rule()
    def undo(self) -> None:
        if not self.deeds:
            with pytest.raises(NotFound):
                self.app.undo()
            return
        undone = self.app.undo()
        what, (item, before) = self.deeds.pop()
        if what == "typed":
            self.typed[item] = before
        else:
            self.rejected[item] = before
            assert undone.reopened == 1

    @precondition(lambda self: self.imports)
    @rule(data=st.data())
    def undo_import(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(self.imports))
        standing = {view.id for view in self.cellar.items()}
        try:
            self.app.undo(import_=number)
        except NotFound:
            return
        gone = standing - {view.id for view in self.cellar.items()}
        assert not any(self.typed.get(item) or self.locked.get(item) for item in gone)
        for item in gone:
            self.rejected.pop(item, None)
        self.deeds = [deed for deed in self.deeds if deed[1][0] not in gone]
        for (
            item,
            names,
        ) in self.locked.items():  # asked for by name: what the import said goes even from there
            names.update({name: self._others(item, name) for name in names})

    @precondition(lambda self: self.cellar.items())
    @rule(data=st.data())
    def undo_a_machines_change(self, data: st.DataObject) -> None:
        item = self._item(data)
        told = [c for c in self.app.history(item) if c.action in ("fill", "import") and c.undone_by is None]
        if told:
            self.app.undo(change=data.draw(st.sampled_from(told)).id)
            names = self.locked.get(item, {})
            names.update({name: self._others(item, name) for name in names})

    # --- what stays true ----------------------------------------------------------------------------------------

    @invariant()
    def what_a_person_typed_stands(self) -> None:
        found = {
            v.id: {s.field: s.data for s in v.said if s.origin is Origin.USER} for v in self.cellar.items()
        }
        assert {i: typed for i, typed in found.items() if typed} == {i: t for i, t in self.typed.items() if t}

    @invariant()
    def what_is_locked_is_as_it_was(self) -> None:
        for item, names in self.locked.items():
            for name, said in names.items():
                assert self._others(item, name) == said

    @invariant()
    def what_was_rejected_is_not_offered(self) -> None:
        for proposal in self.app.proposals():
            assert not {c.record for c in proposal.candidates} & self.rejected.get(proposal.item_id, set())

    @invariant()
    def gaps_are_what_is_empty_and_open(self) -> None:
        views = self.cellar.items()
        counted: dict[str, int] = {field.name: 0 for field in WINES.kind.wanted}
        for view in views:
            for field in WINES.kind.wanted:
                shut = field.name in self.typed.get(view.id, {}) or field.name in self.locked.get(view.id, {})
                missing = not shut and is_empty(view.data.get(field.name))
                assert (field.name in view.gaps) == missing
                counted[field.name] += missing
        total, missing_by_kind = self.app.gaps()
        assert total == len(views)
        assert missing_by_kind.get("wine", counted) == counted

    @invariant()
    def scores_and_identifiers_are_those_of_what_counts(self) -> None:
        views = {view.id: view for view in self.cellar.items()}
        scores = {row["id"]: row["completeness"] for row in effects.rows(self.cellar.database, "items")}
        assert {i: score for i, score in scores.items() if i in views} == {
            view.id: view.completeness for view in views.values()
        }
        found = {
            (row["item_id"], row["scheme"], row["value"])
            for row in effects.rows(self.cellar.database, "identifiers")
        }
        assert {each for each in found if each[0] in views} == {
            (view.id, "ean", one) for view in views.values() for one in _listed(view.data.get("ean"))
        }

    @invariant()
    def every_item_has_a_run_for_its_input(self) -> None:
        pipeline = WINES.finders[0].pipeline
        with self.cellar.database.read() as connection:
            for view in self.cellar.items():
                digest = input_digest(pipeline, inputs(pipeline, view.said))
                (run,) = [r for r in run_states.runs_of(connection, view.id) if r.input_digest == digest]
                assert run.state.value != "cancelled" or self._undone(view.id)

    @invariant()
    def the_history_ends_where_the_item_stands(self) -> None:
        with self.cellar.database.read() as connection:
            for view in self.cellar.items():
                last: dict[Any, Any] = {}
                for change in self.app.history(view.id):
                    for layer, before in change.before.items():
                        assert layer not in last or last[layer] == before
                    last.update(change.after)
                standing = {v.layer: v for v in fields.read_values(connection, [view.id])[view.id]}
                assert {layer: standing.get(layer) for layer in last} == last

    @invariant()
    def everything_comes_out_again(self) -> None:
        views = self.cellar.items()
        told = [json.loads(line) for line in self.app.export("jsonl", "wine")]
        assert [each["id"] for each in told] == [view.id for view in views]
        assert [{n: f["value"] for n, f in each["fields"].items()} for each in told] == [
            v.data for v in views
        ]

    # --- looking ------------------------------------------------------------------------------------------------

    def _item(self, data: st.DataObject) -> int:
        views = self.cellar.items()
        if not views:
            self.begin()
            views = self.cellar.items()
        return data.draw(st.sampled_from([view.id for view in views]))

    def _others(self, item: int, name: str) -> list[Any]:
        said = [v for v in self.app.show(item).said if v.field == name and v.origin is not Origin.USER]
        return sorted(said, key=repr)

    def _undone(self, item: int) -> bool:
        return any(
            c.undone_by is not None and c.action in ("fill", "accept", "reject")
            for c in self.app.history(item)
        )


@pytest.mark.usefixtures("wine_kind")
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_whatever_happens_the_library_keeps_its_word(
    request: pytest.FixtureRequest, sqlite_template: Path, kind: str
) -> None:
    class Here(Library):
        template = sqlite_template
        postgres = request.getfixturevalue("postgres_library") if kind == "postgresql" else None

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
