"""Errands: what somebody asked for that takes longer than a page may, with how far each is and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Event, Lock, Thread
from typing import TypeAlias

import structlog

from completist.domain.errors import CompletistError

#: Is told how much of how much is done.
Telling: TypeAlias = Callable[[int, int], None]

#: Whether somebody wants it to stop.
Stop: TypeAlias = Callable[[], bool]

#: Does an errand until it is done, or is to stop; what came of it is the answer.
Do: TypeAlias = Callable[[Telling, Stop], object]

_log = structlog.get_logger()


class State(StrEnum):
    """How far an errand is."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"  #: by a person, or because the process ends; what was done stays
    FAILED = "failed"


@dataclass
class Errand:
    """One errand: of a library, or of all (None). ``outcome`` is what came of it, once it is done.

    ``before`` is what had come of it the last time.
    """

    name: str
    lane: str
    library_id: int | None
    begun_at: int
    done: int = 0
    total: int = 0
    state: State = State.RUNNING
    outcome: object = None
    before: object = None
    message: str = ""
    hint: str = ""
    ended_at: int | None = None
    stop: Event = field(default_factory=Event)


@dataclass
class Errands:
    """The errands of this process: of each lane one at a time, the latest of each name remembered."""

    clock: Callable[[], int]
    version: int = 0  #: moves on with whatever happens here
    _held: dict[tuple[str, int | None], Errand] = field(default_factory=dict)
    _threads: list[Thread] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def begin(self, name: str, lane: str, do: Do, library_id: int | None = None) -> tuple[Errand, bool]:
        """Begin an errand; or the one that is under way in its lane, and False."""
        with self._lock:
            for each in self._held.values():
                if each.lane == lane and each.library_id == library_id and each.state is State.RUNNING:
                    return each, False
            last = self._held.get((name, library_id))
            before = None if last is None else last.outcome or last.before
            errand = Errand(name, lane, library_id, self.clock(), before=before)
            self._held[name, library_id] = errand
            thread = Thread(target=self._run, args=(errand, do), name=name, daemon=True)
            self._threads = [*filter(Thread.is_alive, self._threads), thread]
            self.version += 1
        thread.start()
        return errand, True

    def of(self, library_id: int) -> dict[str, Errand]:
        """The latest errand of each name that is of a library, or of all."""
        return {name: errand for (name, own), errand in list(self._held.items()) if own in (None, library_id)}

    def finish(self) -> None:
        """Wait until all that was begun is over."""
        for thread in list(self._threads):
            thread.join()

    def end(self, seconds: float) -> None:
        """Stop what is under way; it has so long to come to an end."""
        for errand in list(self._held.values()):
            errand.stop.set()
        for thread in list(self._threads):
            thread.join(seconds)

    def _run(self, errand: Errand, do: Do) -> None:
        def told(done: int, total: int) -> None:
            errand.done, errand.total = done, total
            self.version += 1

        try:
            errand.outcome = do(told, errand.stop.is_set)
            errand.state = State.STOPPED if errand.stop.is_set() else State.DONE
        except CompletistError as error:
            errand.state, errand.message, errand.hint = State.FAILED, error.message, error.hint
            _log.warning("errand_failed", errand=errand.name, code=error.code)
        except Exception as error:  # noqa: BLE001 - a thread that ends silently would leave nobody the wiser
            errand.state = State.FAILED
            errand.message = "Something went wrong inside Completist; see the log."
            _log.error("errand_broke", errand=errand.name, error=type(error).__name__)
        finally:
            errand.ended_at = self.clock()
            self.version += 1
