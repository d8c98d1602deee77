"""The ledger of a library as its faces see it: jobs, pipelines, claims, schedules, events."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from completist.domain.errors import BadInput, NotFound
from completist.domain.kind import Kind
from completist.domain.pipeline import Freshness, Pipeline, StaleCause
from completist.engine import choosing, requesting, rerunning
from completist.engine.cards import reprocessing
from completist.engine.choosing import Selection
from completist.engine.chores import CHORES
from completist.engine.claiming import Outside
from completist.engine.duties import next_tick
from completist.engine.requesting import Foreseen, JobView
from completist.engine.rerunning import Fresh, Pending, PipelineView, Populated
from completist.engine.voices import DECLARED, Voices
from completist.sdk import registry
from completist.store import claims, events, jobs, runs, schedules
from completist.store.database import Database
from completist.store.events import Event
from completist.store.freshness import Standing
from completist.store.schedules import Schedule


@dataclass(frozen=True, slots=True)
class Ledger:
    """What there is to do in one library, and who does it."""

    database: Database
    library_id: int
    now: Callable[[], int]
    fresh_id: Callable[[], UUID]
    voices: Voices = DECLARED

    # --- jobs ---------------------------------------------------------------------------------------------

    def create_job(
        self,
        pipeline: str,
        selection: Mapping[str, Any] | None = None,
        *,
        priority: int = requesting.PRIORITY,
        force: bool = False,
        key: str | None = None,
        chunks: int | None = None,
    ) -> tuple[JobView, bool]:
        """Make a job, or find the open one of the same request; whether it is new.

        With ``chunks``, at most so many of `requesting.CHUNK` items are planned in this call, the rest by a worker.
        Raises NotFound, BadInput or Conflict, or ActionRequired where forcing belongs to dev mode.
        """
        chosen = Selection.read(selection or {})
        with self.database.read() as connection:
            reprocessing.check_redoing(connection, self.library_id, pipeline, chosen, force=force)
        view, new = requesting.create(
            self.database,
            self.library_id,
            pipeline,
            chosen,
            now=self.now(),
            fresh_id=self.fresh_id,
            priority=priority,
            force=force,
            key=key,
        )
        requesting.plan(self.database, self.library_id, view.job.id, self.now, chunks=chunks)
        return self.job(view.job.id), new

    def plan_job(
        self,
        job_id: int,
        *,
        stop: Callable[[], bool] = lambda: False,
        progress: Callable[[JobView], None] = lambda _view: None,
    ) -> JobView:
        """Plan what a job has left to plan, a chunk at a time; a worker goes on where this stops. Raises NotFound."""
        view = self.job(job_id)
        while view.job.state == "planning" and not stop():
            requesting.plan(self.database, self.library_id, job_id, self.now, chunks=1)
            view = self.job(job_id)
            progress(view)
        return view

    def foresee_job(
        self, pipeline: str, selection: Mapping[str, Any] | None = None, *, force: bool = False
    ) -> int:
        """How many runs `create_job` would find or make. Writes nothing. Raises NotFound or BadInput."""
        return self.weigh_job(pipeline, selection, force=force).runs

    def weigh_job(
        self, pipeline: str, selection: Mapping[str, Any] | None = None, *, force: bool = False
    ) -> Foreseen:
        """The same, with how many items are selected. Writes nothing. Raises NotFound or BadInput."""
        chosen = Selection.read(selection or {})
        return requesting.foresee(self.database, self.library_id, pipeline, chosen, self.now, force=force)

    def job(self, job_id: int) -> JobView:
        """A job with its progress and the causes of its failures. Raises NotFound."""
        with self.database.read() as connection:
            return requesting.show(connection, self.library_id, job_id)

    def jobs(self, *, state: str | None = None, before: int | None = None, limit: int = 20) -> list[JobView]:
        """The latest jobs below the id ``before``, with their progress."""
        with self.database.read() as connection:
            page = jobs.page_jobs(connection, self.library_id, state=state, before=before, limit=limit)
            return [
                JobView(
                    job, job.result if job.result is not None else jobs.count_progress(connection, job.id)
                )
                for job in page
            ]

    def cancel_job(self, job_id: int) -> JobView:
        """Call a job off. Raises NotFound or Conflict."""
        return requesting.cancel(self.database, self.library_id, job_id, self.now())

    def finish_jobs(self) -> list[int]:
        """End the jobs of which nothing is pending any more; their ids."""
        with self.database.write() as connection:
            now = self.database.moment(connection, self.now)
            return requesting.finish(connection, self.library_id, now)

    def retry_job(self, job_id: int) -> tuple[JobView, int]:
        """Make a job's failed runs ready again; how many. Raises NotFound or Conflict."""
        return requesting.retry(self.database, self.library_id, job_id, self.now())

    def count_selected(self, pipeline: str, selection: Mapping[str, Any] | None = None) -> int:
        """How many items a selection holds. Raises NotFound or BadInput."""
        plugin, declared = registry.pipeline(pipeline)
        chosen = Selection.read(selection or {})
        choosing.check(self.database, self.library_id, declared, chosen)
        return choosing.count(self.database, self.library_id, plugin, declared, chosen, self.now)

    def hold_job(self, job_id: int) -> tuple[JobView, int]:
        """Hold a job's runs back that no worker has begun; how many. Raises NotFound or Conflict."""
        return requesting.hold(self.database, self.library_id, job_id, self.now())

    def let_job_go(self, job_id: int) -> tuple[JobView, int]:
        """Let a job's runs go that are held back; how many. Raises NotFound or Conflict."""
        return requesting.let_go(self.database, self.library_id, job_id, self.now())

    def hold(self, run_ids: Sequence[int]) -> int:
        """Hold pending runs back until they are let go; how many."""
        with self.database.write() as connection:
            return runs.hold(connection, self.library_id, run_ids)

    def let_go(self, run_ids: Sequence[int]) -> int:
        """Let runs that are held back be ready again; how many."""
        with self.database.write() as connection:
            return runs.let_go(connection, self.library_id, run_ids, self.now())

    # --- pipelines ----------------------------------------------------------------------------------------

    def pipeline(self, name: str) -> tuple[Kind, Pipeline]:
        """A pipeline as it is declared, with the kind of item it is for. Raises NotFound."""
        plugin, declared = registry.pipeline(name)
        return plugin.kind, declared

    def pipelines(self, pending: Pending | None = None) -> list[PipelineView]:
        """Every pipeline as it stands in this library; ``pending`` is what `count_pending` said a moment ago."""
        return rerunning.pipelines(self.database, self.library_id, pending)

    def count_pending(self) -> Pending:
        """How many runs of each pipeline are pending."""
        return rerunning.count_pending(self.database, self.library_id)

    def pause(self, pipeline: str | None = None) -> bool:
        """Hand out nothing of a pipeline, or of any; False when it was paused before. Raises NotFound."""
        return rerunning.pause(self.database, self.library_id, pipeline, self.now())

    def resume(self, pipeline: str | None = None) -> bool:
        """Hand out runs again; False when it was not paused by that name. Raises NotFound."""
        return rerunning.resume(self.database, self.library_id, pipeline)

    def populate(self, pipeline: str, stop: Callable[[], bool] = lambda: False) -> Populated:
        """Make runs for the items that need one and have none; again, it makes none. Raises NotFound."""
        return rerunning.populate(self.database, self.library_id, pipeline, self.now, stop)

    def clean(self, pipeline: str) -> int:
        """Cancel pending runs of items that have what the pipeline is there for; how many. Raises NotFound."""
        return rerunning.clean(self.database, self.library_id, pipeline, self.now)

    def freshness(
        self,
        pipeline: str,
        *,
        ids: Sequence[int] | None = None,
        only: Freshness | None = None,
        after: int = 0,
        limit: int = 100,
    ) -> tuple[list[Standing], int | None]:
        """How items stand in a pipeline, and the id to go on behind. Raises NotFound or BadInput."""
        return rerunning.standings(
            self.database, self.library_id, pipeline, ids=ids, only=only, after=after, limit=limit
        )

    def freshness_summary(self, pipeline: str) -> dict[tuple[Freshness, StaleCause | None], int]:
        """How many items stand in each (freshness, cause). Raises NotFound."""
        return rerunning.summary(self.database, self.library_id, pipeline)

    def standings_of(self, item_id: int, kind: str) -> list[tuple[str, Standing]]:
        """How one item stands in each pipeline of its kind."""
        named = [name for name, (_, each) in sorted(registry.pipelines().items()) if each.kind == kind]
        found = [(name, self.freshness(name, ids=[item_id])[0]) for name in named]
        return [(name, each) for name, standings in found for each in standings]

    def fresh(self, pipeline: str) -> Fresh:
        """How many items are fresh, stale by cause, or were never done. Raises NotFound."""
        return rerunning.counted(self.database, self.library_id, pipeline)

    def rerun(
        self,
        pipeline: str,
        which: str,
        selection: Mapping[str, Any] | None = None,
        *,
        chunks: int | None = None,
    ) -> JobView:
        """Do again what is ``stale``, or with ``force`` whatever is selected, as a job. Raises NotFound, BadInput."""
        chosen = rerunning.selection(which, None if selection is None else Selection.read(selection))
        view, _ = self.create_job(
            pipeline,
            chosen.said(),
            force=which == "force",
            chunks=chunks,
        )
        return view

    def count_rerun(self, pipeline: str, which: str, selection: Mapping[str, Any] | None = None) -> int:
        """How many runs `rerun` would do again. Writes nothing. Raises NotFound or BadInput."""
        chosen = rerunning.selection(which, None if selection is None else Selection.read(selection))
        return self.foresee_job(pipeline, chosen.said(), force=which == "force")

    # --- outside workers ----------------------------------------------------------------------------------

    def outside(self, who: str) -> Outside:
        """The desk at which a worker outside claims and reports; ``who`` is its key."""
        return Outside(self.database, self.library_id, self.now, self.fresh_id, who, voices=self.voices)

    def reset_claims(self, pipeline: str, minutes: int) -> int:
        """Close the claims of a pipeline that are older than some minutes; how many runs came back. Raises NotFound."""
        registry.pipeline(pipeline)
        with self.database.write() as connection:
            now = self.database.moment(connection, self.now)
            return claims.release_old(connection, self.library_id, pipeline, now - minutes * 60_000, now)

    # --- schedules ----------------------------------------------------------------------------------------

    def schedule(
        self,
        name: str,
        cron: str,
        pipeline: str,
        selection: Mapping[str, Any] | None = None,
        *,
        zone: str = "UTC",
        priority: int = requesting.PRIORITY,
        force: bool = False,
    ) -> Schedule:
        """Make a job come round by itself, in place of a schedule of the same name.

        Raises NotFound or BadInput, or ActionRequired where forcing belongs to dev mode.
        """
        _, declared = registry.pipeline(pipeline)
        chosen = Selection.read(selection or {})
        choosing.check(self.database, self.library_id, declared, chosen)
        with self.database.read() as connection:
            reprocessing.check_redoing(connection, self.library_id, pipeline, chosen, force=force)
        options = {"priority": priority, "force": force}
        next_at = self._next(cron, zone)
        made = Schedule(self.library_id, name, cron, zone, next_at, pipeline, chosen.said(), options)
        with self.database.write() as connection:
            schedules.put_schedule(connection, made)
        return made

    def schedule_chore(self, name: str, chore: str, cron: str = "", *, zone: str = "UTC") -> Schedule:
        """Make a chore come round by itself, at its usual time unless another is given. Raises NotFound or BadInput."""
        declared = CHORES.get(chore)
        if declared is None:
            raise NotFound(f"There is no chore {chore!r}.", hint=f"Chores: {', '.join(CHORES)}.")
        at = cron or declared.cron
        made = Schedule(self.library_id, name, at, zone, self._next(at, zone), "", {}, {"chore": chore})
        with self.database.write() as connection:
            schedules.put_schedule(connection, made)
        return made

    def _next(self, cron: str, zone: str) -> int:
        try:
            return next_tick(cron, zone, self.now())
        except ValueError as error:
            raise BadInput(
                f"{cron!r} in {zone!r} is no time that comes.",
                hint='Five fields, minute hour day month weekday, such as "0 3 * * *"; a zone such as Europe/Oslo.',
            ) from error

    def schedules(self) -> list[Schedule]:
        """The schedules of this library by name."""
        with self.database.read() as connection:
            return schedules.read_schedules(connection, self.library_id)

    def switch_schedule(self, name: str, *, on: bool) -> Schedule:
        """Let a schedule come round, or let it rest. Raises NotFound."""
        found = self._scheduled(name)
        next_at = self._next(found.cron, found.zone) if on else None
        with self.database.write() as connection:
            schedules.switch_schedule(connection, self.library_id, name, next_at)
        return self._scheduled(name)

    def run_scheduled(self, name: str) -> tuple[JobView, bool]:
        """Make the job of a schedule now, beside its turns; whether it is new. Raises as `create_job`."""
        found = self._scheduled(name)
        if found.chore:
            raise BadInput(f"{name} is a chore: it has no job.")
        options = found.options
        return self.create_job(
            found.pipeline, found.selection, priority=options["priority"], force=options["force"], chunks=2
        )

    def _scheduled(self, name: str) -> Schedule:
        found = next((each for each in self.schedules() if each.name == name), None)
        if found is None:
            raise NotFound(f"There is no schedule {name!r}.", hint="completist schedules list")
        return found

    def unschedule(self, name: str) -> None:
        """Remove a schedule. Raises NotFound."""
        with self.database.write() as connection:
            if not schedules.drop_schedule(connection, self.library_id, name):
                raise NotFound(f"There is no schedule {name!r}.", hint="completist schedules list")

    # --- events -------------------------------------------------------------------------------------------

    def events(self, after: int, limit: int = 100) -> list[Event]:
        """What happened behind the number ``after``, in order."""
        with self.database.read() as connection:
            return events.events_after(connection, self.library_id, after, limit)

    def last_event(self) -> int:
        """The number of the latest event; 0 when nothing has happened yet."""
        with self.database.read() as connection:
            return events.last_event(connection, self.library_id)
