"""The ledger in the hands of workers outside that come, report, fall silent and die, beside a plain model of it.

The model knows runs, claims and jobs as the glossary tells them. After each step the ledger must agree with it to the
last run; and whatever has happened, in the end every wine is done under the pipeline as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
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
from tests.support import databases
from tests.support.cellars import Cellar
from tests.support.databases import content
from tests.support.effects import rows
from tests.support.ledgers import check_freshness
from tests.support.wines import WINES

from completist.domain.errors import Conflict, NotFound, Stale
from completist.domain.pipeline import RERUN_PRIORITY, Pipeline, input_digest
from completist.domain.retry import LONGEST, MAX_ATTEMPTS, REST
from completist.domain.run import DONE, NEVER, Outcome, RunState
from completist.engine import requesting
from completist.engine.judging import Reported
from completist.sdk import registry
from completist.store.claims import LOST, SUSPECT
from completist.store.database import Database, connect
from completist.store.runs import CALLED_OFF, ON_HOLD

#: As many as fit into a few seconds on each database.
EXAMPLES = 15

TIPS = Pipeline("wine-tips", "wine", "1", ("name",), ("grapes",))
NAMES = ("Riesling", "Rioja", "Chianti")

#: Milliseconds: leases, and how long nothing may happen. No sum of a few of these is a lease.
LEASES = (60_000, 1_800_000)
SILENCES = (40_000, 70_000, 2_000_000, 30_000_000, TIPS.ask_again)

READY, WAITING, CLAIMED = RunState.READY, RunState.WAITING, RunState.CLAIMED
FILLED, EMPTY, FAILED, CANCELLED = RunState.FILLED, RunState.EMPTY, RunState.FAILED, RunState.CANCELLED
PENDING = (READY, WAITING, CLAIMED)
REPORTS = (Outcome.FOUND, Outcome.NOT_FOUND, Outcome.RATE_LIMITED, Outcome.TRANSIENT)


@dataclass
class MRun:
    """A run as the model has it."""

    item: int
    version: str
    name: str
    priority: int
    run_at: int
    state: RunState = READY
    attempts: int = 0
    claim: str | None = None
    code: str | None = None
    done: bool = False
    tries: int = 0  #: attempts that are logged

    def renew(self, priority: int, now: int) -> None:
        """Make it due again."""
        self.state, self.attempts, self.code, self.run_at, self.priority = READY, 0, None, now, priority

    def give_way(self) -> None:
        """Another run stands in its place."""
        if self.state is EMPTY:
            self.run_at = NEVER
        elif self.state in (READY, WAITING):
            self.state, self.code = CANCELLED, "superseded"


@dataclass
class MJob:
    """A job as the model has it."""

    asked: tuple[Any, ...]
    runs: list[MRun] = field(default_factory=list)
    state: str = "running"
    result: Counter[str] | None = None

    @property
    def progress(self) -> Counter[str]:
        """Its runs by state."""
        return Counter(run.state.value for run in self.runs)


@contextmanager
def _emptied(postgres: Database | None, template: Path) -> Iterator[tuple[Database, Path]]:
    with TemporaryDirectory() as name:
        if postgres is not None:
            databases.empty(postgres)
            yield postgres, Path(name)
            return
        path = Path(name) / "library.db"
        path.write_bytes(template.read_bytes())
        database = connect(f"sqlite:///{path}")
        yield database, Path(name)
        database.close()


class Ledger(RuleBasedStateMachine):
    """Everything that may happen to the runs of a few wines."""

    template: Path
    postgres: Database | None = None

    def __init__(self) -> None:
        super().__init__()
        self._open = _emptied(self.postgres, self.template)
        database, folder = self._open.__enter__()
        self.cellar = Cellar(database, folder)
        self.ledger = self.cellar.app.ledger
        self.names: dict[int, str] = {}
        self.runs: list[MRun] = []
        self.leases: dict[str, int] = {}  #: of the open claims
        self.closed: list[str] = []
        self.jobs: dict[int, MJob] = {}
        self.paused = False
        self.pipeline = TIPS
        self._declare("1")

    def teardown(self) -> None:
        try:
            if self.names:
                self._work_everything_off()
        finally:
            self._open.__exit__(None, None, None)

    def _declare(self, version: str) -> None:
        self.pipeline = replace(TIPS, version=version)
        registry.plugins()["wine"] = replace(WINES, finders=(), outside=(self.pipeline,))

    # --- what happens -----------------------------------------------------------------------------------------

    @initialize(count=st.integers(1, 4))
    def begin(self, count: int) -> None:
        self._bring(count)

    @precondition(lambda self: len(self.names) < 7)
    @rule(count=st.integers(1, 2))
    def new_wines(self, count: int) -> None:
        self._bring(count)

    def _bring(self, count: int) -> None:
        first = len(self.names)
        named = [NAMES[n % len(NAMES)] for n in range(first, first + count)]
        self.cellar.bring(*({"id": str(n), "name": name} for n, name in enumerate(named, start=first)))
        new = [view.id for view in self.cellar.items()][first:]
        for item, name in zip(new, named, strict=True):
            self.names[item] = name
            self._enqueue(item, returned=True)

    @rule(data=st.data(), name=st.sampled_from(NAMES))
    def an_input_changes(self, data: st.DataObject, name: str) -> None:
        item = data.draw(st.sampled_from(sorted(self.names)))
        self.cellar.app.set(item, {"name": name})
        if self.names[item] != name:
            self.names[item] = name
            self._enqueue(item, returned=True)

    @rule(populate=st.booleans())
    def the_pipeline_moves_on(self, populate: bool) -> None:  # noqa: FBT001 - hypothesis names it
        self._declare(str(int(self.pipeline.version) + 1))
        if populate:
            self.populate()

    @rule()
    def populate(self) -> None:
        lacking = [i for i in self.names if (run := self._find(i)) is None or run.code == "superseded"]
        done = {run.item for run in self.runs if run.done}
        for item in sorted(lacking, key=done.__contains__):  # those that were never done come first
            priority = RERUN_PRIORITY if item in done else TIPS.priority
            self._enqueue(item, returned=False, priority=priority)
        assert self.ledger.populate(TIPS.name).created == len(lacking)
        assert self.ledger.populate(TIPS.name).created == 0

    @rule(
        limit=st.integers(1, 5),
        lease=st.sampled_from(LEASES),
        who=st.sampled_from(("key 1", "key 2")),
    )
    def take(self, limit: int, lease: int, who: str) -> None:
        taken = self.ledger.outside(who).take(TIPS.name, limit, lease)
        self._sweep()
        ready = [r for r in self.runs if r.state is READY and r.version == self.pipeline.version]
        suspect = [r for r in ready if r.attempts >= SUSPECT and r.code == LOST]
        innocent = [r for r in ready if r not in suspect]
        handed = [] if taken.claim is None else [self._run(run.id) for run in taken.claim.runs]
        if self.paused:
            assert not handed
        elif innocent:
            assert len(handed) == min(limit, len(innocent))
            assert all(run in innocent for run in handed)
            left = [run.priority for run in innocent if run not in handed]
            assert max(run.priority for run in handed) <= min(left, default=10)
        else:
            assert len(handed) == min(1, len(suspect))
            assert all(run in suspect for run in handed)
        assert taken.remaining == len(ready) - len(handed)
        if taken.claim is not None:
            self.leases[taken.claim.id] = taken.claim.lease_until
            for run, told in zip(handed, taken.claim.runs, strict=True):
                run.state, run.claim, run.attempts = CLAIMED, taken.claim.id, run.attempts + 1
                assert told.attempts == run.attempts <= MAX_ATTEMPTS
                assert dict(taken.subjects[told.item_id].values) == {"name": self.names[told.item_id]}
        self._finish()

    @precondition(lambda self: self.leases or self.closed)
    @rule(data=st.data(), keep=st.booleans(), others=st.booleans())
    def report(self, data: st.DataObject, keep: bool, others: bool) -> None:  # noqa: FBT001 - likewise
        claim = self._some_claim(data)
        numbers = {n: run for n, run in self._numbered() if run.claim == claim or (others and not run.claim)}
        chosen = data.draw(st.lists(st.sampled_from(sorted(numbers)), unique=True)) if numbers else []
        outcomes = [data.draw(st.sampled_from(REPORTS)) for _ in chosen]
        reports = [self._report(n, numbers[n], o) for n, o in zip(chosen, outcomes, strict=True)]
        stale = [n for n in chosen if claim not in self.leases or numbers[n].claim != claim]
        desk = self.ledger.outside("key 1")
        if stale:
            before = content(self.cellar.database, without=["tallies"])
            with pytest.raises(Stale) as refused:
                desk.complete(claim, reports, keep=keep)
            assert refused.value.runs == sorted(stale)
            assert content(self.cellar.database, without=["tallies"]) == before
            return
        settled = desk.complete(claim, reports, keep=keep)
        held = [run for run in self.runs if run.claim == claim]
        told = [numbers[n] for n in chosen]
        lost = [run for run in told if run.name != self.names[run.item]]
        for run, outcome in zip(told, outcomes, strict=True):
            self._settle(run, outcome)
        for run in told:
            if run in lost:
                self._enqueue(run.item, returned=False)
        assert (settled.runs, settled.lost) == (len(told) - len(lost), len(lost))
        assert settled.returned == (0 if keep or claim not in self.leases else len(held) - len(told))
        if not keep:
            self._close(claim)
        self._finish()

    def _report(self, number: int, run: MRun, outcome: Outcome) -> Reported:
        found = outcome is Outcome.FOUND
        return Reported(number, outcome, values={"name": run.name, "grapes": ["x"]} if found else {})

    def _settle(self, run: MRun, outcome: Outcome) -> None:
        run.claim = None
        if run.name != self.names[run.item]:
            run.state, run.code = CANCELLED, "superseded"
            return
        now, run.tries = self.cellar.at, run.tries + 1
        number = self.runs.index(run)
        if outcome is Outcome.FOUND:
            run.state, run.code, run.done = FILLED, None, True
        elif outcome is Outcome.NOT_FOUND:
            run.state, run.code, run.done = EMPTY, None, True
            run.run_at = self._run_at(number, now, TIPS.ask_again - 100, TIPS.ask_again)
        elif outcome is Outcome.RATE_LIMITED:
            run.state, run.code, run.attempts = WAITING, outcome.value, run.attempts - 1
            run.run_at = self._run_at(number, now, REST - 100, REST * 3 // 2)
        elif run.attempts >= MAX_ATTEMPTS:
            run.state, run.code = FAILED, outcome.value
        else:
            run.state, run.code = WAITING, outcome.value
            run.run_at = self._run_at(number, now, 14_000, LONGEST * 3 // 2)
        self._overtake(run)

    def _run_at(self, number: int, now: int, least: int, most: int) -> int:
        told: int = rows(self.cellar.database, "runs")[number]["run_at"]
        assert told == NEVER or least <= told - now <= most
        return told

    @precondition(lambda self: self.leases or self.closed)
    @rule(data=st.data(), lease=st.sampled_from(LEASES))
    def heartbeat(self, data: st.DataObject, lease: int) -> None:
        claim = self._some_claim(data)
        if claim not in self.leases:
            with pytest.raises(Conflict):
                self.ledger.outside("key 1").heartbeat(claim, lease)
            return
        beaten = self.ledger.outside("key 1").heartbeat(claim, lease)
        self.leases[claim] = beaten.lease_until
        held = [number for number, run in self._numbered() if run.claim == claim]
        assert [run.id for run in beaten.runs] == held

    @precondition(lambda self: self.leases or self.closed)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        claim = self._some_claim(data)
        held = sum(run.claim == claim for run in self.runs)
        assert self.ledger.outside("key 1").release(claim) == held
        self._close(claim)

    @rule(silence=st.sampled_from(SILENCES))
    def nothing_happens(self, silence: int) -> None:
        self.cellar.at += silence

    @rule(data=st.data(), force=st.booleans(), key=st.sampled_from((None, "key")), all_=st.booleans())
    def job(self, data: st.DataObject, force: bool, key: str | None, all_: bool) -> None:  # noqa: FBT001 - likewise
        chosen = None
        if not all_:
            chosen = tuple(sorted(data.draw(st.sets(st.sampled_from(sorted(self.names)), min_size=1))))
        asked = (chosen, force, key, None if key else self.pipeline.version)
        said = None if chosen is None else {"ids": list(chosen)}
        same = [j for j in self.jobs.values() if j.state == "running" and (j.asked[2:] == asked[2:])]
        same = same if key else [j for j in same if j.asked == asked and not force]
        if same and same[0].asked != asked:
            with pytest.raises(Conflict):
                self.ledger.create_job(TIPS.name, said, force=force, key=key)
            return
        view, new = self.ledger.create_job(TIPS.name, said, force=force, key=key)
        assert new == (not same)
        if new:
            self.jobs[view.job.id] = MJob(asked)
            self._plan(self.jobs[view.job.id], chosen, force=force)
            self._finish()
        assert self.jobs[view.job.id].progress == view.progress

    def _plan(self, job: MJob, chosen: tuple[int, ...] | None, *, force: bool) -> None:
        for item in sorted(self.names) if chosen is None else chosen:
            self._supersede(item)
            run = self._find(item)
            if run is None:
                run = self._make(item, requesting.PRIORITY)
            elif run.state not in PENDING and (force or run.state in (FAILED, CANCELLED)):
                run.renew(requesting.PRIORITY, self.cellar.at)
            elif run.state is READY:
                run.priority = min(run.priority, requesting.PRIORITY)
            if run.state in PENDING:
                job.runs.append(run)

    @precondition(lambda self: self.jobs)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.jobs)))
        job = self.jobs[number]
        if job.state != "running":
            with pytest.raises(Conflict):
                self.ledger.cancel_job(number)
            return
        self.ledger.cancel_job(number)
        others = [j for j in self.jobs.values() if j is not job and j.state == "running"]
        for run in job.runs:
            if run.state in PENDING and not any(run in other.runs for other in others):
                run.state, run.code, run.claim = CANCELLED, CALLED_OFF, None
        job.state, job.result = "cancelled", job.progress

    @precondition(lambda self: self.jobs)
    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.jobs)))
        job = self.jobs[number]
        failed = [r for r in job.runs if r.state is FAILED and r.version == self.pipeline.version]
        other = [j for j in self.jobs.values() if j is not job and j.state == "running"]
        force = job.asked[1] and not job.asked[2]
        if not failed or (
            not force and any(j.asked[2:] == job.asked[2:] and self._same(j, job) for j in other)
        ):
            with pytest.raises(Conflict):
                self.ledger.retry_job(number)
            return
        _, count = self.ledger.retry_job(number)
        assert count == len(failed)
        for run in failed:
            run.renew(requesting.PRIORITY, self.cellar.at)
        job.state, job.result = "running", None

    @staticmethod
    def _same(one: MJob, other: MJob) -> bool:
        return bool(one.asked[2]) or one.asked == other.asked

    @rule(data=st.data())
    def hold(self, data: st.DataObject) -> None:
        number, run = data.draw(st.sampled_from(self._numbered()))
        pending = run.state in (READY, WAITING)
        assert self.ledger.hold([number]) == pending
        if pending:
            run.state, run.run_at, run.code = WAITING, NEVER, ON_HOLD

    @rule(data=st.data())
    def let_go(self, data: st.DataObject) -> None:
        number, run = data.draw(st.sampled_from(self._numbered()))
        held = run.state is WAITING and run.code == ON_HOLD
        assert self.ledger.let_go([number]) == held
        if held:
            run.state, run.run_at, run.code = READY, self.cellar.at, None

    @rule(everything=st.booleans())
    def pause(self, everything: bool) -> None:  # noqa: FBT001 - likewise
        self.ledger.pause(None if everything else TIPS.name)
        self.paused = True

    @rule()
    def resume(self) -> None:
        self.ledger.resume()
        self.ledger.resume(TIPS.name)
        self.paused = False

    # --- the model ----------------------------------------------------------------------------------------------

    def _numbered(self) -> list[tuple[int, MRun]]:
        return list(zip([row["id"] for row in rows(self.cellar.database, "runs")], self.runs, strict=True))

    def _run(self, number: int) -> MRun:
        return dict(self._numbered())[number]

    def _some_claim(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from([*self.leases, *self.closed]))

    def _find(self, item: int) -> MRun | None:
        mine = (item, self.pipeline.version, self.names[item])
        return next((run for run in self.runs if (run.item, run.version, run.name) == mine), None)

    def _make(self, item: int, priority: int) -> MRun:
        self.runs.append(MRun(item, self.pipeline.version, self.names[item], priority, self.cellar.at))
        return self.runs[-1]

    def _supersede(self, item: int) -> None:
        for run in self.runs:
            if run.item == item and (run.version, run.name) != (self.pipeline.version, self.names[item]):
                run.give_way()

    def _enqueue(self, item: int, *, returned: bool, priority: int = TIPS.priority) -> None:
        self._supersede(item)
        run = self._find(item)
        if run is None:
            self._make(item, priority)
        elif run.code == "superseded" or (returned and run.state not in PENDING):
            run.renew(priority, self.cellar.at)

    def _overtake(self, run: MRun) -> None:
        later = self.runs[self.runs.index(run) + 1 :]
        if any(r.item == run.item and r.version != run.version and r.code != "superseded" for r in later):
            run.give_way()

    def _close(self, claim: str, *, lost: bool = False) -> None:
        if self.leases.pop(claim, None) is not None:
            self.closed.append(claim)
        for run in self.runs:
            if run.claim == claim:
                run.claim, run.state = None, READY
                if not lost:
                    run.attempts -= 1
                elif run.attempts >= MAX_ATTEMPTS:
                    run.state, run.code = FAILED, LOST
                else:
                    run.code = LOST
                self._overtake(run)

    def _sweep(self) -> None:
        """What comes before each claim: leases that are over, runs whose time has come."""
        for claim in [claim for claim, until in self.leases.items() if until <= self.cellar.at]:
            self._close(claim, lost=True)
        for run in self.runs:
            if run.state in (WAITING, EMPTY) and run.run_at <= self.cellar.at:
                run.attempts = 0 if run.state is EMPTY else run.attempts
                run.state = READY

    def _finish(self) -> None:
        for job in self.jobs.values():
            if job.state == "running" and not any(run.state in PENDING for run in job.runs):
                job.state, job.result = "done", job.progress

    # --- what stays true ----------------------------------------------------------------------------------------

    @invariant()
    def the_ledger_is_as_the_model(self) -> None:
        found = [
            (
                r["item_id"],
                r["version"],
                r["input_digest"],
                r["state"],
                r["attempts"],
                r["claim_id"],
                r["priority"],
            )
            for r in rows(self.cellar.database, "runs")
        ]
        assert found == [
            (
                r.item,
                r.version,
                input_digest(TIPS, {"name": r.name}),
                r.state,
                r.attempts,
                r.claim,
                r.priority,
            )
            for r in self.runs
        ]
        assert all(0 <= run.attempts <= MAX_ATTEMPTS for run in self.runs)
        logged = Counter(each["run_id"] for each in rows(self.cellar.database, "attempts"))
        assert logged == Counter({number: run.tries for number, run in self._numbered() if run.tries})

    @invariant()
    def a_run_is_held_by_one_open_claim(self) -> None:
        held = rows(self.cellar.database, "claims")
        assert {claim["id"] for claim in held if claim["closed_at"] is None} == set(self.leases)
        assert {run.claim for run in self.runs if run.claim} <= set(self.leases)

    @invariant()
    def no_wine_is_lost(self) -> None:
        for item in self.names:
            mine = [run for run in self.runs if run.item == item]
            assert any(run.state in (*PENDING, *DONE, FAILED) or run.code == CALLED_OFF for run in mine)

    @invariant()
    def freshness_is_told(self) -> None:
        check_freshness(self.cellar, self.pipeline)

    @invariant()
    def jobs_are_as_far_as_their_runs(self) -> None:
        for number, job in self.jobs.items():
            view = self.ledger.job(number)
            assert view.job.state == job.state
            assert view.progress == (job.progress if job.result is None else job.result)
            failed = Counter(run.state.value for run in job.runs if run.state in (FAILED, WAITING))
            assert sum(each.count for each in view.failures) == failed.total()

    def _work_everything_off(self) -> None:
        """In the end everything is done under the pipeline as it is."""
        for claim in list(self.leases):
            self._close(claim)
            self.ledger.outside("key 1").release(claim)
        self.resume()
        self.populate()
        self.ledger.let_go([number for number, _ in self._numbered()])
        desk = self.ledger.outside("key 1")
        self.cellar.at += 2 * LONGEST  # whatever waits has waited long enough
        while (taken := desk.take(TIPS.name, 5)).claim is not None:
            held = [(run.id, self._run(run.id)) for run in taken.claim.runs]
            reports = [self._report(number, run, Outcome.FOUND) for number, run in held]
            desk.complete(taken.claim.id, reports)
        assert not [run for run in rows(self.cellar.database, "runs") if run["state"] in PENDING]
        current = {
            (run["item_id"], run["input_digest"]): run
            for run in rows(self.cellar.database, "runs")
            if run["version"] == self.pipeline.version
        }
        for item, name in self.names.items():
            run = current[item, input_digest(TIPS, {"name": name})]
            assert run["state"] in (*DONE, FAILED) or run["error_code"] == CALLED_OFF
        assert {job.job.state for job in self.ledger.jobs(limit=100)} <= {"done", "cancelled"}


@pytest.mark.usefixtures("wine_kind")
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_whatever_happens_the_ledger_keeps_its_books(
    request: pytest.FixtureRequest, sqlite_template: Path, kind: str
) -> None:
    class Here(Ledger):
        template = sqlite_template
        postgres = request.getfixturevalue("postgres_library") if kind == "postgresql" else None

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_there_is_no_claim_that_was_never_handed_out(cellar: Cellar) -> None:
    desk = cellar.app.ledger.outside("key 1")
    for act in (
        lambda: desk.complete("none", []),
        lambda: desk.heartbeat("none"),
        lambda: desk.release("none"),
    ):
        with pytest.raises(NotFound):
            act()
