"""Making: works off the runs of commits, repository by repository, each batch settled in one transaction.

Reading happens outside any transaction; lineages and cards are written in the one in which the runs get their
results. A repository is worked on by one worker at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

import msgspec
import structlog

from completist.domain.errors import ActionRequired, CompletistError, Retryable
from completist.domain.fields import Data, Level
from completist.domain.matching import Candidate, Match, Verdict
from completist.domain.run import Claim, Outcome, Result, RunState
from completist.engine.asking import Asked, ask
from completist.engine.cards.models import Model
from completist.engine.cards.repositories import Shelf
from completist.engine.cards.tracing import Lineages, Traced
from completist.engine.cards.writing import BY_MODEL, Count, Writer
from completist.engine.claimers import is_gone
from completist.engine.enriching import FillReport, Worker, fitted
from completist.engine.patience import patiently
from completist.engine.settling import Batch, NoFinding, Settled, settle
from completist.sdk.cards import Block, Broken, CardMaker, Commit, Draft, Parsed
from completist.sdk.finder import Finding, NoFinder
from completist.sdk.registry import KindPlugin
from completist.store import events
from completist.store.database import Connection
from completist.store.flashcards import cards, locks, repositories
from completist.store.flashcards.repositories import Parse, Repository

#: Commits of the first batch; later ones grow with what the machine can do.
BATCH = 50

#: Milliseconds until a run whose repository somebody else works on is tried again.
BUSY_FOR = 2_000

PROVIDER = "rules"

_log = structlog.get_logger()


@dataclass(slots=True)
class _Read:
    """A commit as it was read, or as it is kept from before; and which stages have still to be gone through."""

    item_id: int
    commit: Commit
    repository: Repository
    kept: Parse | None = None
    parsed: Parsed | None = None
    broken: str | None = None
    drafts: dict[int, Sequence[Draft]] = field(default_factory=dict)
    by_model: dict[Block, Sequence[Draft]] = field(default_factory=dict)


@dataclass(slots=True)
class Made:
    """What making came to, in cards."""

    count: Count = field(default_factory=Count)
    parsed: int = 0  #: commits that were read anew
    blocks: int = 0


@dataclass(frozen=True, slots=True)
class Making:
    """Makes cards of the commits of one library."""

    worker: Worker
    shelf: Shelf
    plugin: KindPlugin
    maker: CardMaker
    model: Model | None = None  #: drafts beside the rules
    made: Made = field(default_factory=Made)

    def drain(
        self,
        report: FillReport,
        *,
        items: Sequence[int] | None = None,
        limit: int | None = None,
        job_id: int | None = None,
        stop: Callable[[], bool] = lambda: False,
        progress: Callable[[FillReport], None] = lambda _report: None,
    ) -> None:
        """Work off what is due, batch by batch, until nothing is due, ``limit`` or ``stop``."""
        size, left = BATCH, limit
        while not stop() and (left is None or left > 0):
            wanted = size if left is None else min(size, left)
            claim = self.worker.claim(NoFinder(self.maker.pipeline), wanted, items)
            if claim is None:
                return
            begun = perf_counter()
            settled = self._work(claim, job_id, stop)
            size = fitted(size, perf_counter() - begun)
            left = None if left is None else left - len(claim.runs)
            report.add(settled)
            progress(report)
            if settled.runs and settled.waiting == settled.runs:
                return  # somebody else has the repository: they are not asked for in a loop

    def _work(self, claim: Claim, job_id: int | None, stop: Callable[[], bool]) -> Settled:
        database = self.worker.database
        with database.read() as connection:
            asked = ask(connection, self.maker.pipeline, [run.item_id for run in claim.runs])
            kept = repositories.read_parses(connection, [run.item_id for run in claim.runs])
        with self.worker.beating(claim), ExitStack() as stack:
            begun = perf_counter()
            reads, others = self._read(claim, asked, kept, stack, job_id, stop)
            spent = (perf_counter() - begun) * 1000 / max(1, len(reads))
            done = {read.item_id for read in reads} | others.keys()
            part = replace(claim, runs=tuple(run for run in claim.runs if run.item_id in done))
            findings = {read.item_id: _finding(read) for read in reads if read.broken is None}
            batch = Batch(part, asked, findings, others, spent, provider=PROVIDER)
            settled = patiently(lambda: self._settle(batch, reads, job_id))
        self.worker.held.discard(claim.id)
        return settled

    # --- reading ------------------------------------------------------------------------------------------

    def _read(
        self,
        claim: Claim,
        asked: Asked,
        kept: Mapping[int, Parse],
        stack: ExitStack,
        job_id: int | None,
        stop: Callable[[], bool],
    ) -> tuple[list[_Read], dict[int, NoFinding]]:
        known = {each.id: each for each in self.shelf.all()}
        by_repository: dict[int, list[_Read]] = {}
        others: dict[int, NoFinding] = {}
        for run in sorted(claim.runs, key=lambda run: run.item_id):
            values = asked.subjects[run.item_id].values if run.item_id in asked.subjects else {}
            repository = known.get(_whole(values.get("repository_id")))
            if repository is None:
                others[run.item_id] = _failed("no_repository")
                continue
            read = _Read(run.item_id, _commit(values), repository, kept.get(run.item_id))
            by_repository.setdefault(repository.id, []).append(read)
        reads: list[_Read] = []
        for repository_id, mine in by_repository.items():
            lock = self._lock(claim, repository_id, job_id)
            if stack.enter_context(lock) is None:
                now = self.worker.clock()
                later = Result(RunState.WAITING, "repository_busy", now + BUSY_FOR, refund=True)
                others |= {each.item_id: NoFinding(Outcome.TRANSIENT, later) for each in mine}
                continue
            try:
                reads += self._of_repository(mine, others, stop)
            except CompletistError as error:
                others |= {each.item_id: _failed(error.code) for each in mine if each.item_id not in others}
        return reads, others

    def _lock(self, claim: Claim, repository_id: int, job_id: int | None) -> Any:  # noqa: ANN401 - a context manager
        database = self.worker.database
        with database.read() as connection:
            now = database.moment(connection, self.worker.clock)
            held = locks.holders(connection, now)
        dead = [each.holder for each in held.values() if is_gone(each.holder.partition("#")[0])]
        if dead:
            with database.write() as connection:
                locks.drop_dead(connection, dead)
        holder = f"{self.worker.name}#{claim.id}"
        return locks.repository_lock(database, repository_id, holder, job_id, self.worker.clock)

    def _of_repository(
        self, mine: Sequence[_Read], others: dict[int, NoFinding], stop: Callable[[], bool]
    ) -> list[_Read]:
        """Read what has to be read anew, and draft what has to be drafted anew."""
        stages = self.maker.stages
        done: list[_Read] = []
        anew: list[_Read] = []
        for read in mine:
            kept = read.kept
            same = kept is not None and (kept.parser, kept.cards, kept.render) == (
                stages.parser,
                stages.cards,
                stages.render,
            )
            if (
                kept is None or kept.parser != stages.parser or same
            ):  # what is up to date was asked for by force
                anew.append(read)
                continue
            if kept.cards != stages.cards:
                read.drafts = {b.block_id: self.maker.draft(b.block) for b in unpacked(kept.blocks)}
            done.append(read)
        for read in self._parsed(anew, stop):
            if read.broken is not None:
                others[read.item_id] = _failed(read.broken)
            elif read.parsed is not None:
                touched = [block for block in read.parsed.blocks if block.touched]
                read.drafts = {place: self.maker.draft(block) for place, block in enumerate(touched)}
                done.append(read)
        return self._asked(sorted(done, key=lambda read: read.item_id), others)

    def _asked(self, done: list[_Read], others: dict[int, NoFinding]) -> list[_Read]:
        """Ask the model about what is drafted anew. Where it rests, the commits wait for it."""
        if self.model is None:
            return done
        ready: list[_Read] = []
        for place, read in enumerate(done):
            blocks = [block for block in read.parsed.blocks if block.touched] if read.parsed else []
            if read.parsed is None and read.drafts and read.kept is not None:
                blocks = [each.block for each in unpacked(read.kept.blocks)]
            try:
                read.by_model = dict(zip(blocks, self.model.drafts(self.maker, blocks), strict=True))
            except (Retryable, ActionRequired) as error:
                after = int(getattr(error, "after", 0.0) * 1000) or BUSY_FOR * 30
                later = Result(RunState.WAITING, error.code, self.worker.clock() + after, refund=True)
                others |= {each.item_id: NoFinding(Outcome.TRANSIENT, later) for each in done[place:]}
                break
            ready.append(read)
        return ready

    def _parsed(self, anew: Sequence[_Read], stop: Callable[[], bool]) -> Iterator[_Read]:
        if not anew:
            return
        repository = anew[0].repository
        with self.maker.history(self.shelf.place(repository.id), self.shelf.rules(repository)) as history:
            answers = history.parse([read.commit for read in anew])
            for read, answer in zip(anew, answers, strict=False):
                if stop():
                    return  # the runs that are left go back with the claim
                if isinstance(answer, Broken):
                    read.broken = answer.reason
                else:
                    read.parsed = answer
                yield read

    # --- settling -----------------------------------------------------------------------------------------

    def _settle(self, batch: Batch, reads: Sequence[_Read], job_id: int | None) -> Settled:
        worker = self.worker
        with worker.database.write() as connection:
            now = worker.database.moment(connection, worker.clock)
            settled = settle(
                connection,
                worker.library_id,
                self.plugin,
                self.maker.pipeline,
                batch,
                now,
                worker.name,
                worker.voices,
            )
            kept = [read for read in reads if read.item_id in settled.kept]
            made = Made()
            for repository_id in sorted({read.repository.id for read in kept}):
                mine = [read for read in kept if read.repository.id == repository_id]
                self._write(connection, repository_id, mine, now, made)
            if kept:
                told = {"commits": len(kept), "added": made.count.added, "changed": made.count.changed}
                ref = f"pipeline:{self.maker.pipeline.name}"
                events.append_event(
                    connection, worker.library_id, "cards.made", ref, {**told, "job": job_id}, now
                )
        _add(self.made, made)
        return settled

    def _write(
        self, connection: Connection, repository_id: int, mine: Sequence[_Read], now: int, made: Made
    ) -> None:
        """Lineages, cards, and what was read, of one repository's commits in their order."""
        parses = [read.parsed for read in mine if read.parsed is not None]
        lineages = Lineages(connection, repository_id, parses) if parses else None
        worker = self.worker
        writer = Writer(
            connection, worker.library_id, repository_id, self.maker, worker.fresh_id, now, made.count
        )
        rows = []
        for read in mine:
            before = (made.count.added, made.count.changed, made.count.retired, made.count.doubted)
            if read.parsed is not None and lineages is not None:
                blocks = self._anew(connection, read, lineages, writer)
                made.parsed += 1
                made.blocks += len(blocks)
            else:
                blocks = self._again(connection, read, writer)
            after = (made.count.added, made.count.changed, made.count.retired, made.count.doubted)
            counted = dict(
                zip(("added", "changed", "retired", "doubted"), map(int.__sub__, after, before), strict=True)
            )
            rows.append(self._row(read, blocks, {"blocks": len(blocks), **counted}))
        repositories.write_parses(connection, rows, now)

    def _anew(
        self, connection: Connection, read: _Read, lineages: Lineages, writer: Writer
    ) -> list[dict[str, Any]]:
        parsed = read.parsed
        if parsed is None:
            raise RuntimeError("the commit was not read")
        before = [] if read.kept is None else [each.block_id for each in unpacked(read.kept.blocks)]
        traced: Traced = lineages.take(read.item_id, parsed, before)
        current = [each for each in traced.written if each.current]
        held: dict[int, list[cards.Card]] = {}
        for card in cards.of_blocks(connection, [*(each.block_id for each in current), *traced.gone]):
            held.setdefault(card.block_id, []).append(card)
        for each in current:
            drafts = self.maker.draft(each.block)
            mine = held.get(each.block_id, [])
            writer.put(read.item_id, parsed.sha, each.block_id, each.block, drafts, mine)
            self._put_asked(writer, read, parsed.sha, Kept(each.block_id, each.block), mine)
        writer.retire([card for block_id in traced.gone for card in held.get(block_id, ())])
        return [packed(each.block, each.block_id) for each in traced.written]

    def _again(self, connection: Connection, read: _Read, writer: Writer) -> list[dict[str, Any]]:
        """Go through the later stages alone, with what was read before."""
        kept = read.kept
        if kept is None:
            raise RuntimeError("nothing is kept of the commit")
        if read.drafts:
            known = unpacked(kept.blocks)
            current = self._current(connection, read.item_id, [each.block_id for each in known])
            held: dict[int, list[cards.Card]] = {}
            for card in cards.of_blocks(connection, sorted(current)):
                held.setdefault(card.block_id, []).append(card)
            for each in known:
                if each.block_id in current:
                    drafts = read.drafts[each.block_id]
                    mine = held.get(each.block_id, [])
                    writer.put(read.item_id, kept.sha, each.block_id, each.block, drafts, mine)
                    self._put_asked(writer, read, kept.sha, each, mine)
        else:
            writer.render_anew(cards.of_commits(connection, [read.item_id]))
        return [dict(block) for block in kept.blocks]

    def _put_asked(
        self, writer: Writer, read: _Read, sha: str, kept: Kept, held: Sequence[cards.Card]
    ) -> None:
        if self.model is not None:
            drafts = read.by_model.get(kept.block, ())
            writer.put(read.item_id, sha, kept.block_id, kept.block, drafts, held, BY_MODEL)

    @staticmethod
    def _current(connection: Connection, item_id: int, block_ids: Sequence[int]) -> set[int]:
        from completist.store.flashcards.blocks import written_by  # noqa: PLC0415 - beside its one use

        found = written_by(connection, block_ids)
        return {block_id for block_id, (writer, gone) in found.items() if writer == item_id and gone is None}

    def _row(self, read: _Read, blocks: list[dict[str, Any]], metrics: dict[str, int]) -> Parse:
        stages = self.maker.stages
        kept_reason = None if read.kept is None else read.kept.left_out
        left_out = read.parsed.left_out if read.parsed is not None else kept_reason
        return Parse(
            read.item_id,
            read.repository.id,
            read.commit.sha,
            stages.parser,
            stages.cards,
            stages.render,
            blocks,
            left_out,
            metrics,
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """A block as it was kept, with its lineage."""

    block_id: int
    block: Block


def packed(block: Block, block_id: int) -> dict[str, Any]:
    """A block as it is kept."""
    told = msgspec.to_builtins(block)
    return {"id": block_id, **{name: value for name, value in told.items() if value not in ("", None)}}


def unpacked(blocks: Sequence[Mapping[str, Any]]) -> list[Kept]:
    """Blocks as they were kept."""
    empty = {"title": "", "text": "", "path": ""}
    return [
        Kept(said["id"], msgspec.convert({**empty, **{k: v for k, v in said.items() if k != "id"}}, Block))
        for said in blocks
    ]


def _finding(read: _Read) -> Finding:
    """What is written about a commit itself."""
    fields: dict[str, Data] = {}
    if read.parsed is not None:
        suggested = [d for drafts in read.drafts.values() for d in drafts if not d.doubts]
        touched = sum(1 for block in read.parsed.blocks if block.touched)
        fields = {"cards": len(suggested), "blocks": touched, "left_out": read.parsed.left_out}
    elif read.kept is not None:
        drafted = [d for drafts in read.drafts.values() for d in drafts if not d.doubts]
        known = read.kept.metrics.get("added", 0)
        fields = {"cards": len(drafted) if read.drafts else known, "blocks": len(read.kept.blocks)}
        fields["left_out"] = read.kept.left_out
    reason = "left_out" if fields.get("left_out") else "made"
    candidate = Candidate(PROVIDER, read.commit.sha, Level.EDITION, read.commit.subject, fields=fields)
    match = Match(Verdict.AUTO, (reason,), Level.EDITION, read.commit.sha)
    return Finding(read.item_id, match, (candidate,))


def _failed(code: str) -> NoFinding:
    return NoFinding(Outcome.BAD_RESPONSE, Result(RunState.FAILED, code))


def _commit(values: Mapping[str, Data]) -> Commit:
    shas = values.get("git")
    sha = str(shas[0]) if isinstance(shas, list) and shas else ""
    return Commit(
        sha, str(values.get("subject") or ""), str(values.get("message") or ""), _whole(values.get("parents"))
    )


def _whole(data: Data) -> int:
    return data if isinstance(data, int) and not isinstance(data, bool) else 0


def _add(total: Made, part: Made) -> None:
    total.parsed += part.parsed
    total.blocks += part.blocks
    for name in ("added", "changed", "proposed", "retired", "doubted"):
        setattr(total.count, name, getattr(total.count, name) + getattr(part.count, name))
    for reason, counted in part.count.reasons.items():
        total.count.reasons[reason] = total.count.reasons.get(reason, 0) + counted
