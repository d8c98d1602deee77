"""Reading: what a batch of runs is about, out of the repositories or out of what is kept, with what is drafted of it.

All of it happens outside any transaction, under a lock for each repository.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from completist.domain.errors import ActionRequired, CompletistError, Retryable
from completist.domain.fields import Data, Level
from completist.domain.matching import Candidate, Match, Verdict
from completist.domain.run import Claim, Outcome, Result, RunState
from completist.engine.asking import Asked
from completist.engine.cards.keeping import unpacked
from completist.engine.cards.models import Model
from completist.engine.cards.repositories import Shelf
from completist.engine.claimers import is_gone
from completist.engine.enriching import Worker
from completist.engine.settling import NoFinding
from completist.sdk.cards import Block, Broken, CardMaker, Commit, Draft, Parsed
from completist.sdk.finder import Finding
from completist.store.flashcards import locks
from completist.store.flashcards.repositories import Parse, Repository

#: Milliseconds until a run whose repository somebody else works on is tried again.
BUSY_FOR = 2_000

PROVIDER = "rules"


@dataclass(slots=True)
class Read:
    """A commit as it was read, or as it is kept from before; and which stages have still to be gone through."""

    item_id: int
    commit: Commit
    repository: Repository
    kept: Parse | None = None
    parsed: Parsed | None = None
    broken: str | None = None
    drafts: dict[int, Sequence[Draft]] = field(default_factory=dict)
    by_model: dict[Block, Sequence[Draft]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """Reads commits for one worker."""

    worker: Worker
    shelf: Shelf
    maker: CardMaker
    model: Model | None = None

    def read(
        self,
        claim: Claim,
        asked: Asked,
        kept: Mapping[int, Parse],
        stack: ExitStack,
        job_id: int | None,
        stop: Callable[[], bool],
    ) -> tuple[list[Read], dict[int, NoFinding]]:
        """What was read of a batch, and what became of the rest; ``stack`` holds the locks of its repositories."""
        known = {each.id: each for each in self.shelf.all()}
        by_repository: dict[int, list[Read]] = {}
        others: dict[int, NoFinding] = {}
        for run in sorted(claim.runs, key=lambda run: run.item_id):
            values = asked.subjects[run.item_id].values if run.item_id in asked.subjects else {}
            repository = known.get(_whole(values.get("repository_id")))
            if repository is None:
                others[run.item_id] = _failed("no_repository")
                continue
            read = Read(run.item_id, _commit(values), repository, kept.get(run.item_id))
            by_repository.setdefault(repository.id, []).append(read)
        reads: list[Read] = []
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
        self, mine: Sequence[Read], others: dict[int, NoFinding], stop: Callable[[], bool]
    ) -> list[Read]:
        """Read what has to be read anew, and draft what has to be drafted anew."""
        stages = self.maker.stages
        done: list[Read] = []
        anew: list[Read] = []
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

    def _asked(self, done: list[Read], others: dict[int, NoFinding]) -> list[Read]:
        """Ask the model about what is drafted anew. Where it rests, the commits wait for it."""
        if self.model is None:
            return done
        ready: list[Read] = []
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

    def _parsed(self, anew: Sequence[Read], stop: Callable[[], bool]) -> Iterator[Read]:
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


def finding(read: Read) -> Finding:
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
