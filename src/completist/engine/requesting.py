"""Requesting: jobs, from the request over their planning to their end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, TypeAlias
from uuid import UUID

from completist.domain.errors import BadInput, Conflict, NotFound
from completist.domain.fields import Value
from completist.domain.pipeline import Pipeline, input_digest
from completist.domain.run import DONE, SETTLED, RunState
from completist.engine.choosing import Selection, check, choose
from completist.engine.patience import patiently
from completist.engine.reading import inputs, is_met
from completist.sdk import registry
from completist.store import events, fields, items, jobs, run_states, runs
from completist.store.bell import ring
from completist.store.database import Connection, Database
from completist.store.database import hold as alone
from completist.store.encoding import to_json
from completist.store.jobs import Failure, Job

#: Items looked at in one transaction.
CHUNK = 500

#: The priority of a job's runs unless it says otherwise: before those that became due by themselves.
PRIORITY = 4

_PENDING = [state.value for state in RunState if state not in SETTLED]


@dataclass(frozen=True, slots=True)
class JobView:
    """A job with the progress of its runs by state, and the causes of what failed or waits."""

    job: Job
    progress: Mapping[str, int]
    failures: tuple[Failure, ...] = ()


def create(
    database: Database,
    library_id: int,
    pipeline: str,
    selection: Selection,
    *,
    now: int,
    fresh_id: Callable[[], UUID],
    priority: int = PRIORITY,
    force: bool = False,
    key: str | None = None,
) -> tuple[JobView, bool]:
    """Make a job, or find the one that the same request made and that is not over; whether it is new.

    Requests are the same that carry the same ``key``, or, without one, ask for the same. With ``force`` what is
    done is done again, and the job is always new unless it carries a key.

    Raises:
        NotFound: There is no such pipeline, item, kind, field or job.
        BadInput: The selection or the priority cannot be.
        Conflict: The key belongs to an open job that asks for something else.
    """
    make = prepare(
        database, library_id, pipeline, selection, fresh_id=fresh_id, priority=priority, force=force, key=key
    )
    while True:
        with database.write() as connection:
            made = make(connection, now)
        if made is not None:
            return made


#: Makes a job in a transaction, or finds the one of the same request; None when that was over at the same moment.
Make: TypeAlias = Callable[[Connection, int], tuple[JobView, bool] | None]


def prepare(
    database: Database,
    library_id: int,
    pipeline: str,
    selection: Selection,
    *,
    fresh_id: Callable[[], UUID],
    priority: int = PRIORITY,
    force: bool = False,
    key: str | None = None,
) -> Make:
    """Check a request as `create` does, so that its job can be made together with something else.

    Raises:
        NotFound: There is no such pipeline, item, kind, field or job.
        BadInput: The selection or the priority cannot be.
    """
    _, declared = registry.pipeline(pipeline)
    if not 1 <= priority <= 10:  # noqa: PLR2004 - as `Pipeline.priority` says
        raise BadInput(f"priority takes 1 (first) to 10, not {priority}.")
    check(database, library_id, declared, selection)
    options = {"priority": priority, "force": force}
    asked = {"pipeline": pipeline, "selection": selection.said(), "options": options}
    named = key or (str(fresh_id()) if force else _digest({**asked, "version": declared.version}))

    def make(connection: Connection, now: int) -> tuple[JobView, bool] | None:
        alone(connection, "jobs", library_id)
        job_id = jobs.open_job(
            connection, library_id, pipeline, declared.version, selection.said(), options, named, now
        )
        if job_id is not None:
            _tell(connection, library_id, "job.created", job_id, {"pipeline": pipeline}, now)
            return JobView(_there(jobs.read_job(connection, library_id, job_id), job_id), {}), True
        found = jobs.open_by_key(connection, library_id, named)
        if found is None:
            return None
        if (found.pipeline, found.selection, found.options) != (pipeline, selection.said(), options):
            raise Conflict(
                f"Job {found.id} carries this key and asks for something else.", hint="Use another key."
            )
        return JobView(found, jobs.count_progress(connection, found.id)), False

    return make


def plan(
    database: Database,
    library_id: int,
    job_id: int,
    clock: Callable[[], int],
    *,
    chunks: int | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> bool:
    """Find a job's runs, or make them, a chunk of items at a time; whether that is finished.

    Interrupted at any moment, the next call goes on behind the last chunk.
    """
    while not stop() and (chunks is None or chunks > 0):
        with database.write() as connection:
            if _plan_chunk(connection, library_id, job_id, database.moment(connection, clock)):
                return True
        chunks = None if chunks is None else chunks - 1
    return False


def _plan_chunk(connection: Connection, library_id: int, job_id: int, now: int) -> bool:
    job = jobs.read_job(connection, library_id, job_id, hold=True)
    if job is None or job.state != "planning":
        return True
    plugin, pipeline = registry.pipeline(job.pipeline)
    selection = Selection.read(job.selection)
    found = choose(connection, library_id, plugin, pipeline, selection, job.planned, CHUNK, now)
    if found.last is None:
        jobs.set_job_state(connection, job_id, "running")
        finish(connection, library_id, now)
        return True
    options = _with_force(job.options, selection)
    mine = _queue(connection, library_id, pipeline, found.ids, options, now)
    joined = jobs.join_runs(connection, job_id, mine)
    jobs.note_planned(connection, job_id, found.last, joined=joined, skipped=len(found.ids) - len(mine))
    ring(connection)
    return False


def _with_force(options: Mapping[str, Any], selection: Selection) -> Mapping[str, Any]:
    """What is stale, or too old, is not done, even if its run is: another version may have had its say since."""
    return {**options, "force": options["force"] or selection.redoes}


def _queue(
    connection: Connection,
    library_id: int,
    pipeline: Pipeline,
    ids: Sequence[int],
    options: Mapping[str, Any],
    now: int,
) -> list[int]:
    """Find or make the runs that a job of these options has for some items; those that are pending."""
    ids = items.hold_items(connection, ids)
    said = fields.read_values(connection, ids)
    locked = fields.read_locks(connection, ids)
    due = [
        (item_id, _input(pipeline, said[item_id]))
        for item_id in ids
        if not is_met(pipeline, said[item_id], locked.get(item_id, ()))
    ]
    runs.supersede(connection, pipeline.name, pipeline.version, due, now)
    held = runs.demand(
        connection,
        library_id,
        pipeline.name,
        pipeline.version,
        due,
        priority=options["priority"],
        now=now,
        force=options["force"],
    )
    return [run_id for run_id, state in held.values() if state not in SETTLED]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a job would come to: how many items its selection holds, and how many runs it would have."""

    items: int = 0
    runs: int = 0


def foresee(
    database: Database,
    library_id: int,
    pipeline: str,
    selection: Selection,
    clock: Callable[[], int],
    *,
    force: bool = False,
) -> Foreseen:
    """What a job would come to, if it was planned at this moment. Writes nothing.

    Raises:
        NotFound: There is no such pipeline, item, kind, field or job.
        BadInput: The selection cannot be.
    """
    plugin, declared = registry.pipeline(pipeline)
    check(database, library_id, declared, selection)
    force = force or selection.redoes
    chosen = due = 0
    after: int | None = 0
    while after is not None:
        with database.read() as connection:
            now = database.moment(connection, clock)
            found = choose(connection, library_id, plugin, declared, selection, after, items.PAGE, now)
            after = found.last
            chosen += len(found.ids)
            due += _count_due(connection, declared, found.ids, force=force)
    return Foreseen(chosen, due)


def _count_due(connection: Connection, pipeline: Pipeline, ids: Sequence[int], *, force: bool) -> int:
    """How many pending runs `_queue` would find or make. Only what is done has to be compared with its input."""
    if pipeline.goal is not None:
        locked = fields.read_locks(connection, ids)
        has = fields.read_values(connection, ids, names=[pipeline.goal])
        ids = [each for each in ids if not is_met(pipeline, has[each], locked.get(each, ()))]
    if force or not ids:
        return len(ids)
    held = run_states.states_of(connection, pipeline.name, pipeline.version, ids)
    done = [each for each in ids if not DONE.isdisjoint(held.get(each, {}).values())]
    said = fields.read_values(connection, done, names=pipeline.inputs)
    stay = sum(held[each].get(_input(pipeline, said[each])) in DONE for each in done)
    return len(ids) - stay


def _input(pipeline: Pipeline, said: Sequence[Value]) -> str:
    return input_digest(pipeline, inputs(pipeline, said))


def show(connection: Connection, library_id: int, job_id: int) -> JobView:
    """A job with its progress and the causes of its failures.

    Raises:
        NotFound: The library has no such job.
    """
    job = _there(jobs.read_job(connection, library_id, job_id), job_id)
    progress = jobs.count_progress(connection, job_id) if job.result is None else job.result
    return JobView(job, progress, tuple(jobs.count_failures(connection, job_id)))


def cancel(database: Database, library_id: int, job_id: int, now: int) -> JobView:
    """Call a job off: its pending runs end, those too that a worker holds, unless another open job wants them.

    Raises:
        NotFound: The library has no such job.
        Conflict: It is over.
    """

    def call_off() -> JobView:
        with database.write() as connection:
            job = _there(jobs.read_job(connection, library_id, job_id, hold=True), job_id)
            if job.state not in ("planning", "running"):
                raise Conflict(f"Job {job_id} is {job.state} already.")
            pending = jobs.only_of(connection, job_id, jobs.runs_in(connection, job_id, _PENDING))
            items.hold_items(connection, run_states.items_of(connection, pending))
            runs.call_off(connection, pending, now)
            jobs.set_job_state(connection, job_id, "cancelled", now)
            _tell(connection, library_id, "job.cancelled", job_id, {"pipeline": job.pipeline}, now)
            return show(connection, library_id, job_id)

    return patiently(call_off)


def retry(database: Database, library_id: int, job_id: int, now: int) -> tuple[JobView, int]:
    """Make a job's failed runs ready again; the job, which goes on if it was over, and how many runs.

    Raises:
        NotFound: The library has no such job.
        Conflict: Nothing of it failed, or the same request is open as another job.
    """
    with database.write() as connection:
        alone(connection, "jobs", library_id)  # or the same request is opened behind the look whether it is
        job = _there(jobs.read_job(connection, library_id, job_id, hold=True), job_id)
        _, pipeline = registry.pipeline(job.pipeline)
        failed = jobs.runs_in(connection, job_id, [RunState.FAILED.value], version=pipeline.version)
        if not failed:
            raise Conflict(
                f"Nothing of job {job_id} has failed under version {pipeline.version} of {job.pipeline}."
            )
        other = jobs.open_by_key(connection, library_id, job.idempotency_key)
        if other is not None and other.id != job_id:
            raise Conflict(f"The same request is open as job {other.id}.")
        runs.make_ready(connection, failed, now, job.options["priority"])
        if job.state != "planning":
            jobs.set_job_state(connection, job_id, "running")
        ring(connection)
        counted = {"pipeline": job.pipeline, "runs": len(failed)}
        _tell(connection, library_id, "job.retried", job_id, counted, now)
        return show(connection, library_id, job_id), len(failed)


def hold(database: Database, library_id: int, job_id: int, now: int) -> tuple[JobView, int]:
    """Hold a job's runs back that no worker has begun, until `let_go`; how many.

    Raises:
        NotFound: The library has no such job.
        Conflict: It is over.
    """
    with database.write() as connection:
        job = _open(connection, library_id, job_id)
        pending = jobs.runs_in(connection, job_id, [RunState.READY.value, RunState.WAITING.value])
        held = runs.hold(connection, library_id, pending)
        _tell(connection, library_id, "job.held", job_id, {"pipeline": job.pipeline, "runs": held}, now)
        return show(connection, library_id, job_id), held


def let_go(database: Database, library_id: int, job_id: int, now: int) -> tuple[JobView, int]:
    """Let a job's runs go that are held back; how many.

    Raises:
        NotFound: The library has no such job.
        Conflict: It is over.
    """
    with database.write() as connection:
        job = _open(connection, library_id, job_id)
        waiting = jobs.runs_in(connection, job_id, [RunState.WAITING.value])
        free = runs.let_go(connection, library_id, waiting, now)
        ring(connection)
        _tell(connection, library_id, "job.let_go", job_id, {"pipeline": job.pipeline, "runs": free}, now)
        return show(connection, library_id, job_id), free


def _open(connection: Connection, library_id: int, job_id: int) -> Job:
    job = _there(jobs.read_job(connection, library_id, job_id, hold=True), job_id)
    if job.state not in ("planning", "running"):
        raise Conflict(f"Job {job_id} is {job.state} already.")
    return job


def finish(connection: Connection, library_id: int, now: int) -> list[int]:
    """End the jobs of which nothing is pending any more, and tell; their ids."""
    over = jobs.finish_jobs(connection, library_id, now)
    for job_id in over:
        _tell(connection, library_id, "job.finished", job_id, jobs.count_progress(connection, job_id), now)
    return over


def _tell(
    connection: Connection, library_id: int, event: str, job_id: int, data: Mapping[str, Any], now: int
) -> None:
    events.append_event(connection, library_id, event, f"job:{job_id}", dict(data), now)


def _there(job: Job | None, job_id: int) -> Job:
    if job is None:
        raise NotFound(f"There is no job {job_id}.", hint="completist jobs list")
    return job


def _digest(asked: Mapping[str, Any]) -> str:
    return blake2b(to_json(asked).encode(), digest_size=16).hexdigest()
