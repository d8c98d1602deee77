"""Ahead: while one batch is settled, helpers look up the next. Batches are settled in the order of their claims."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING

from completist.domain.run import Claim
from completist.engine.asking import Asked
from completist.engine.finding import Found, look_up
from completist.engine.helping import Helpers
from completist.engine.lanes import Room
from completist.sdk.finder import Finder, Subject
from completist.sdk.registry import KindPlugin

if TYPE_CHECKING:
    from completist.engine.enriching import FillReport, Worker


@dataclass(slots=True)
class _Held:
    """A batch under way."""

    claim: Claim
    asked: Asked
    future: Future[Found]
    beating: ExitStack
    found: Found | None = None  #: what was looked up here

    @property
    def is_over(self) -> bool:
        """Whether it is looked up."""
        return self.found is not None or self.future.done()


@dataclass(slots=True)
class Ahead:
    """One pipeline, worked off with helpers."""

    worker: Worker
    helpers: Helpers
    plugin: KindPlugin
    finder: Finder
    items: Sequence[int] | None
    room: Room
    stop: Callable[[], bool]
    fitted: Callable[[int, float], int]  #: the size of the batch after one that took so many seconds
    _held: deque[_Held] = field(default_factory=deque)

    def drain(self, size: int, report: FillReport, progress: Callable[[FillReport], None]) -> bool:
        """Batch by batch until nothing is due or ``stop``; whether anything was due. ``size`` is that of the first."""
        worked = False
        try:
            while len(self._held) <= self.helpers.count and self._take(size):
                pass
            while self._held:
                worked = True
                size = self._settle(size, report)
                progress(report)
            return worked
        finally:
            for each in self._held:  # after an error: who comes next takes them back
                each.beating.close()

    def _take(self, size: int) -> bool:
        """One more batch; whether there was any."""
        granted = 0 if self.stop() else self.room.take(size)
        claim = self.worker.claim(self.finder, granted, self.items) if granted else None
        self.room.give_back(granted - (0 if claim is None else len(claim.runs)))
        if claim is not None:
            self._hand_out(claim)
        return claim is not None

    def _hand_out(self, claim: Claim) -> None:
        asked = self.worker.asked(self.finder, claim)
        future = self.helpers.look_up(self.finder, list(asked.subjects.values()))
        beating = ExitStack()
        beating.enter_context(self.worker.beating(claim))
        self._held.append(_Held(claim, asked, future, beating))

    def _settle(self, size: int, report: FillReport) -> int:
        """Settle the oldest batch and take another in its place; the size of the next one."""
        found = self._wait()
        begun = perf_counter()
        granted = 0 if self.stop() else self.room.take(size)
        first = self._held[0]
        batch, failed = self.worker.batch(
            self.plugin, self.finder, first.claim, first.asked, found, self.stop
        )
        settled, claim = self.worker.record(
            self.plugin, self.finder, batch, failed, granted, self.items, self.stop
        )
        self._held.popleft().beating.close()
        self.room.give_back(granted - (0 if claim is None else len(claim.runs)))
        if claim is not None:
            self._hand_out(claim)
        report.add(settled)
        looking_up = found.spent * len(first.asked.subjects) / 1000
        return self.fitted(size, looking_up + perf_counter() - begun)

    def _wait(self) -> Found:
        """What was found for the oldest batch; until that is there, the youngest that nobody has begun is done here.

        What a helper had no answer to is looked up here, too: then it breaks here, and it is known how.
        """
        first = self._held[0]
        while not first.is_over:
            spare = next((each for each in reversed(self._held) if each.future.cancel()), None)
            if spare is None:
                break
            spare.found = self._look_up(list(spare.asked.subjects.values()))
        found = first.found or first.future.result()
        left = [each for each in first.asked.subjects.values() if each.item_id not in found.findings]
        if first.found is not None or not left:
            return found
        here = self._look_up(left)
        return Found(found.findings | here.findings, here.failed, max(found.spent, here.spent))

    def _look_up(self, subjects: Sequence[Subject]) -> Found:
        return look_up(self.finder, subjects, self.worker.catalogue)
