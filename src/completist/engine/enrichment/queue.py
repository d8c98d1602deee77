"""The queue of the enrichment API: requests are worked off a few at a time, and none of them dies in silence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from random import Random
from threading import Event, Thread
from uuid import UUID

import structlog

from completist.domain.errors import Busy, Unavailable
from completist.domain.retry import REST, backoff
from completist.domain.run import Outcome
from completist.engine.claimers import is_gone
from completist.engine.enrichment.asking import Asking, Heard, Thing
from completist.engine.inquiry.hearing import Respondent
from completist.engine.patience import patiently
from completist.net.door import Door
from completist.sdk import registry
from completist.sdk.entity import Entity
from completist.sdk.provider import Refused
from completist.store import requests
from completist.store.database import Database
from completist.store.enrichment_log import ENRICH
from completist.store.requests import Request, Status

#: Requests that are worked on at once.
BATCH = 10

#: How long one provider may take over them, in milliseconds: the lease is renewed after each.
LEASE = 15 * 60_000

#: How often the queue is worked off where no worker is running, in seconds.
EVERY = 15 * 60

#: What a request says whose worker died with it.
LOST = "The process that worked on it is gone."

_SHUT = frozenset({Outcome.BLOCKED, Outcome.INVALID_KEY})

_log = structlog.get_logger()


@dataclass(slots=True)
class EnrichmentQueue:
    """Works off what is due, from whatever library it comes."""

    database: Database
    respondents: Mapping[str, Sequence[Respondent]]
    clock: Callable[[], int]
    fresh_id: Callable[[], UUID]
    name: str
    door: Callable[[], Door | None]
    chance: Random = field(default_factory=Random)
    _claim_id: str | None = None
    _thread: Thread | None = None
    _over: Event = field(default_factory=Event)

    def drain(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Work off everything that is due now; how many requests were worked on. None where nobody can be called."""
        done = 0
        while not stop() and (worked := self.work(stop)):
            done += worked
        return done

    def work(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Work on the next requests, at most `BATCH`; how many."""
        door = self.door()
        if door is None:
            return 0
        self.recover()
        claim_id = self._claim_id = str(self.fresh_id())
        taken = self._claim(claim_id)
        if not taken:
            return 0
        asking = Asking(self.database, door, self.clock)
        tries: dict[str, list[tuple[str, Heard]]] = {each.id: [] for each in taken}
        try:
            for name in dict.fromkeys(name for each in taken for name in each.open):
                if stop():
                    break
                self._ask(asking, claim_id, name, [each for each in taken if name in each.open], tries)
        finally:
            self._settle(claim_id, tries)
        return len(taken)

    def begin(self) -> None:
        """Work off what is due beside the caller, unless that is being done already."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = Thread(target=self._run, name="enrichment", daemon=True)
            self._thread.start()

    def watch(self, stop: Event) -> None:
        """Work off what is due every `EVERY` seconds until ``stop``, where no worker sees to it all the time."""
        while not stop.wait(EVERY):
            self._run()
        self._over.set()

    def end(self, seconds: float) -> None:
        """Take no further requests; what is under way has so long, then it goes back."""
        self._over.set()
        if self._thread is not None:
            self._thread.join(seconds)
            if self._thread.is_alive():
                self.give_back()

    def give_back(self) -> int:
        """Let others have what is being worked on; what is found for it later is kept all the same. How many."""
        claim_id = self._claim_id
        if claim_id is None:
            return 0

        def write() -> int:
            with self.database.write() as connection:
                back = requests.take_back(connection, [claim_id])
                for each in back:
                    requests.write_request(connection, replace(each, status=Status.PENDING, next_at=None))
                return len(back)

        return patiently(write)

    def recover(self) -> int:
        """Take back what others held that are gone, or are late beyond their lease; how many."""
        with self.database.read() as connection:
            held = requests.handed_out(connection)
            now = self.database.moment(connection, self.clock)
        lost = sorted({each.id for each in held if each.lease_until <= now or is_gone(each.claimer)})
        if not lost:
            return 0

        def write() -> int:
            with self.database.write() as connection:
                back = requests.take_back(connection, lost)
                now = self.database.moment(connection, self.clock)
                for each in back:
                    requests.write_request(connection, _tried_again(each, LOST, now, now))
                return len(back)

        return patiently(write)

    def _run(self) -> None:
        try:
            self.drain(self._over.is_set)
        except (Busy, Unavailable) as error:
            _log.warning("database_away", code=error.code)
        except Exception as error:  # noqa: BLE001 - a thread that ends silently would leave a queue that nobody works off
            _log.error("enrichment_broke", error=type(error).__name__)

    def _claim(self, claim_id: str) -> list[Request]:
        def write() -> list[Request]:
            with self.database.write() as connection:
                now = self.database.moment(connection, self.clock)
                return requests.claim_requests(
                    connection, claim_id, self.name, limit=BATCH, lease=LEASE, now=now
                )

        return patiently(write)

    def _ask(
        self,
        asking: Asking,
        claim_id: str,
        name: str,
        mine: Sequence[Request],
        tries: Mapping[str, list[tuple[str, Heard]]],
    ) -> None:
        """Let one provider say what it knows of some requests, and write down at once who has answered."""
        known = registry.entities()
        for request in mine:
            if request.entity_type not in known:
                tries[request.id].append(
                    (name, Heard(unaskable="No kind that is installed has such things."))
                )
        for pipeline, asked in _by_pipeline(known, mine).items():
            respondent = self._respondent(pipeline, name)
            if respondent is None:
                heard = dict.fromkeys(asked, Heard(unaskable="It is not asked about such things."))
            else:
                heard = self._heard(asking, respondent, asked)
            for thing, ids in asked.items():
                for request_id in ids:
                    tries[request_id].append((name, heard[thing]))
        self._note(claim_id, [each.id for each in mine], name, tries)

    @staticmethod
    def _heard(
        asking: Asking, respondent: Respondent, asked: Mapping[Thing, Sequence[str]]
    ) -> dict[Thing, Heard]:
        """What a provider says; whatever breaks on the way is a try that failed, and not the end of the queue."""
        try:
            return asking.ask(respondent, list(asked), ENRICH, asked)
        except (Busy, Unavailable):
            raise
        except Exception as error:  # noqa: BLE001 - recorded with the requests, which are tried again
            broken = Refused(Outcome.BAD_RESPONSE, code=type(error).__name__)
            return dict.fromkeys(asked, Heard(refused=broken))

    def _respondent(self, pipeline: str, name: str) -> Respondent | None:
        each = self.respondents.get(pipeline, ())
        return next((r for r in each if r.provider.name == name and not r.plan.local), None)

    def _note(
        self,
        claim_id: str,
        ids: Sequence[str],
        name: str,
        tries: Mapping[str, Sequence[tuple[str, Heard]]],
    ) -> None:
        def write() -> None:
            with self.database.write() as connection:
                now = self.database.moment(connection, self.clock)
                for request in requests.held(connection, claim_id, ids):
                    heard = tries[request.id][-1][1]
                    if heard.final:
                        requests.write_request(connection, _answered(request, name, heard))
                requests.extend(connection, claim_id, now + LEASE)

        patiently(write)

    def _settle(self, claim_id: str, tries: Mapping[str, Sequence[tuple[str, Heard]]]) -> None:
        """Write down what became of each request; what was not asked for want of time is due again at once."""

        def write() -> None:
            with self.database.write() as connection:
                now = self.database.moment(connection, self.clock)
                for request in requests.held(connection, claim_id, list(tries)):
                    requests.write_request(connection, self._settled(request, tries[request.id], now))

        with suppress(Busy, Unavailable):  # the lease will end, and they come back
            patiently(write)

    def _settled(self, request: Request, tries: Sequence[tuple[str, Heard]], now: int) -> Request:
        """How a request stands after its providers were asked."""
        error = "; ".join(f"{name}: {heard.error}" for name, heard in tries if heard.error) or None
        refused = [heard for _, heard in tries if heard.refused is not None]
        if not request.open:
            asked_now = {name for name, _ in tries}
            told = any(heard.final and not heard.unaskable for _, heard in tries)
            earlier = any(name not in asked_now for name in request.providers_attempted)
            status = Status.COMPLETED if told or earlier else Status.FAILED
            return replace(request, status=status, error_message=error, completed_at=now, next_at=None)
        if not refused:
            return replace(request, status=Status.PENDING, next_at=None)
        faulty = [heard for heard in refused if not heard.resting]
        due = min(self._next(request, heard, now) for heard in faulty or refused)
        if faulty:
            return _tried_again(request, error or "", now, due)
        return replace(request, status=Status.PENDING, next_at=due, error_message=error)

    def _next(self, request: Request, heard: Heard, now: int) -> int:
        """When a provider that did not answer may be asked again."""
        refused = heard.refused
        if refused is not None and refused.after is not None:
            return now + int(refused.after * 1000)
        if heard.resting or (refused is not None and refused.outcome in _SHUT):
            return now + int(REST * self.chance.uniform(1.0, 1.5))
        return now + backoff(request.retry_count + 1, self.chance)


def _by_pipeline(known: Mapping[str, Entity], asked: Iterable[Request]) -> dict[str, dict[Thing, list[str]]]:
    """What is asked about and by which requests, by the pipeline whose providers know of it."""
    found: dict[str, dict[Thing, list[str]]] = {}
    for request in asked:
        entity = known.get(request.entity_type)
        if entity is None:
            continue
        things = found.setdefault(entity.pipeline, {})
        things.setdefault(Thing(entity, request.entity_key), []).append(request.id)
    return found


def _answered(request: Request, name: str, heard: Heard) -> Request:
    attempted = tuple(dict.fromkeys((*request.providers_attempted, name)))
    succeeded = (*request.providers_succeeded, *((name,) if heard.known else ()))
    return replace(
        request, providers_attempted=attempted, providers_succeeded=tuple(dict.fromkeys(succeeded))
    )


def _tried_again(request: Request, error: str, now: int, due: int) -> Request:
    """A request that has used up one more try; the last one ends it, and well if anybody knew the thing."""
    tried = replace(request, retry_count=request.retry_count + 1, error_message=error or None)
    if tried.retry_count <= tried.max_retries:
        return replace(tried, status=Status.PENDING, next_at=due if due > now else None)
    status = Status.COMPLETED if tried.providers_succeeded else Status.FAILED
    return replace(tried, retry_count=tried.max_retries, status=status, completed_at=now, next_at=None)
