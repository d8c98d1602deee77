"""Making: works off the runs of commits, repository by repository, each batch settled in one transaction.

Reading happens outside any transaction; lineages and cards are written in the one in which the runs get their
results. A repository is worked on by one worker at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

from completist.domain.run import Claim
from completist.engine.asking import ask
from completist.engine.batches import fitted
from completist.engine.cards.keeping import Kept, packed, unpacked
from completist.engine.cards.models import Model
from completist.engine.cards.reading import PROVIDER, Read, Reading, finding
from completist.engine.cards.repositories import Shelf
from completist.engine.cards.tracing import Lineages, Traced
from completist.engine.cards.writing import BY_MODEL, Count, Writer
from completist.engine.enriching import FillReport, Worker
from completist.engine.patience import patiently
from completist.engine.settling import Batch, Settled, settle
from completist.sdk.cards import CardMaker
from completist.sdk.finder import NoFinder
from completist.sdk.registry import KindPlugin
from completist.store import events
from completist.store.database import Connection
from completist.store.flashcards import cards, repositories
from completist.store.flashcards.repositories import Parse

#: Commits of the first batch; later ones grow with what the machine can do.
BATCH = 50


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
            reading = Reading(self.worker, self.shelf, self.maker, self.model)
            reads, others = reading.read(claim, asked, kept, stack, job_id, stop)
            spent = (perf_counter() - begun) * 1000 / max(1, len(reads))
            done = {read.item_id for read in reads} | others.keys()
            part = replace(claim, runs=tuple(run for run in claim.runs if run.item_id in done))
            findings = {read.item_id: finding(read) for read in reads if read.broken is None}
            batch = Batch(part, asked, findings, others, spent, provider=PROVIDER)
            settled = patiently(lambda: self._settle(batch, reads, job_id))
        self.worker.held.discard(claim.id)
        return settled

    # --- settling -----------------------------------------------------------------------------------------

    def _settle(self, batch: Batch, reads: Sequence[Read], job_id: int | None) -> Settled:
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
        self, connection: Connection, repository_id: int, mine: Sequence[Read], now: int, made: Made
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
        self, connection: Connection, read: Read, lineages: Lineages, writer: Writer
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

    def _again(self, connection: Connection, read: Read, writer: Writer) -> list[dict[str, Any]]:
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
        self, writer: Writer, read: Read, sha: str, kept: Kept, held: Sequence[cards.Card]
    ) -> None:
        if self.model is not None:
            drafts = read.by_model.get(kept.block, ())
            writer.put(read.item_id, sha, kept.block_id, kept.block, drafts, held, BY_MODEL)

    @staticmethod
    def _current(connection: Connection, item_id: int, block_ids: Sequence[int]) -> set[int]:
        from completist.store.flashcards.blocks import written_by  # noqa: PLC0415 - beside its one use

        found = written_by(connection, block_ids)
        return {block_id for block_id, (writer, gone) in found.items() if writer == item_id and gone is None}

    def _row(self, read: Read, blocks: list[dict[str, Any]], metrics: dict[str, int]) -> Parse:
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


def _add(total: Made, part: Made) -> None:
    total.parsed += part.parsed
    total.blocks += part.blocks
    for name in ("added", "changed", "proposed", "retired", "doubted"):
        setattr(total.count, name, getattr(total.count, name) + getattr(part.count, name))
    for reason, counted in part.count.reasons.items():
        total.count.reasons[reason] = total.count.reasons.get(reason, 0) + counted
