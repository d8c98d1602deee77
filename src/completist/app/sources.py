"""Sources: the live providers as a person sees them, how each stands, and one real call to find out."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from math import ceil
from time import perf_counter
from typing import TYPE_CHECKING

from completist.app import providers
from completist.app.keyring import Keyring, masked
from completist.domain.breaker import State as Breaker
from completist.domain.budget import Rate
from completist.domain.errors import ActionRequired, NotFound
from completist.domain.pacing import Due, Needed, needed
from completist.domain.run import Outcome
from completist.engine.duties import all_libraries
from completist.engine.rerunning import pipelines
from completist.net.permits import SHARE
from completist.sdk import registry
from completist.sdk.adapter import AdapterPlan, Question
from completist.sdk.provider import Provider, Record, Refused
from completist.settings import Settings, keep
from completist.store import answers, budgets
from completist.store.budgets import Standing

if TYPE_CHECKING:
    from completist.app.opened import Opened


class State(StrEnum):
    """Whether a source is asked."""

    READY = "ready"
    OFFLINE = "offline"  #: by the settings, like all others
    OFF = "off"  #: by the settings
    NEEDS_KEY = "needs_key"
    PAUSED = "paused"  #: by a person
    BREAKER = "breaker"  #: left alone, because it is in trouble or turned us away
    RESTS = "rests"  #: it asked for that
    TRYING = "trying"  #: one call finds out whether it is well again


@dataclass(frozen=True, slots=True)
class Kept:
    """How many answers of a source are kept."""

    answers: int = 0
    unknown: int = 0  #: of these, that it knows nothing
    expired: int = 0


@dataclass(frozen=True, slots=True)
class SourceKey:
    """The key of a source, as far as it may be shown."""

    variable: str  #: that may hold it
    where: str  #: a person gets it
    shown: str  #: its end; empty when there is none
    from_environment: bool
    plan: str  #: that was paid for; empty: the first, or there are none
    plans: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A live provider. Times are milliseconds since the epoch; None where nothing is to tell."""

    name: str
    label: str
    pipelines: tuple[str, ...]
    state: State
    until: int | None  #: it is not asked
    because: Outcome | None  #: it is not
    key: SourceKey | None  #: None: it needs none
    rate: Rate  #: in force
    quota: int | None  #: calls a day
    left: int | None  #: of today's
    resets_at: int | None
    kept: Kept
    needed: Needed


@dataclass(frozen=True, slots=True)
class Trial:
    """What one real call came to. ``outcome`` is `FOUND` when all is well; ``code`` says more of what is not."""

    name: str
    label: str
    outcome: Outcome
    code: str
    status: int | None  #: of HTTP, as far as the code tells it
    seconds: float
    until: int | None = None  #: it is not asked again
    contact: bool = True  #: whether we say how the operator can be reached
    plans: tuple[str, ...] = ()


class Sources:
    """The live providers of a database: one of them is the same for all its libraries."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    @cached_property
    def _plans(self) -> Mapping[str, Sequence[AdapterPlan]]:
        """By provider, in the order in which they are asked about what people import."""
        first = {
            plan.pipeline
            for plugin in registry.plugins().values()
            if plugin.readers
            for plan in plugin.adapters
        }
        every = providers.plans(self._opened.settings)
        found: dict[str, list[AdapterPlan]] = {
            plan.provider: [] for plan in sorted(every, key=lambda plan: plan.pipeline not in first)
        }
        for plan in every:
            found[plan.provider].append(plan)
        order = {name: rank for rank, name in enumerate(self._opened.settings.providers)}
        return dict(sorted(found.items(), key=lambda pair: order.get(pair[0], len(order))))

    @property
    def keyring(self) -> Keyring:
        """Their keys."""
        return Keyring(self._opened.settings.data)

    def plan(self, name: str) -> AdapterPlan:
        """What there is to know of a source. Raises NotFound."""
        return self._of(name)[0]

    def _of(self, name: str) -> Sequence[AdapterPlan]:
        try:
            return self._plans[name]
        except KeyError:
            raise NotFound(
                f"There is no source {name!r}.", hint=f"Sources: {', '.join(self._plans)}."
            ) from None

    # --- look ---------------------------------------------------------------------------------------------

    def all(self, due: Mapping[str, int] | None = None) -> list[Source]:
        """Every source in the order in which it is asked. Raises BadInput when its keys or its plan cannot be read.

        ``due`` is what `due` said a moment ago.
        """
        it = self._opened
        with it.database.read() as connection:
            now = it.database.moment(connection, it.now)
            standings = {each.provider: each for each in budgets.standings(connection, now)}
            kept = {name: Kept(*counts) for name, counts in answers.count_answers(connection, now).items()}
        work = self.due() if due is None else due
        return [
            self._source(plans, standings.get(name, Standing(name)), kept.get(name, Kept()), work)
            for name, plans in self._plans.items()
        ]

    def one(self, name: str) -> Source:
        """One of them. Raises NotFound."""
        self._of(name)
        return next(each for each in self.all() if each.name == name)

    def due(self) -> dict[str, int]:
        """How many runs of each pipeline are ready or wait, in all libraries."""
        it, found = self._opened, dict[str, int]()
        for library_id in all_libraries(it.database):
            for view in pipelines(it.database, library_id):
                name = view.pipeline.name
                found[name] = found.get(name, 0) + view.ready + view.waiting
        return found

    def _source(
        self, plans: Sequence[AdapterPlan], standing: Standing, kept: Kept, due: Mapping[str, int]
    ) -> Source:
        first = plans[0]
        provider = self._provider(first)
        state, until, because = self._state(first, standing)
        quota, left = standing.quota, standing.left
        if standing.rate is None and provider.budget.quota is not None:
            quota = left = provider.budget.quota.calls
        rate = standing.rate or provider.budget.rate
        work = [
            Due(due.get(plan.pipeline, 0), self._provider(plan).batch_size, plan.calls, plan.search)
            for plan in plans
        ]
        return Source(
            first.provider,
            first.label,
            tuple(plan.pipeline for plan in plans),
            state,
            until,
            because,
            self._key(first),
            rate,
            quota,
            left,
            standing.resets_at,
            kept,
            needed(work, rate, quota, left, SHARE),
        )

    def _provider(self, plan: AdapterPlan) -> Provider:
        return plan.make(self.keyring.key_of(plan)).provider

    def _key(self, plan: AdapterPlan) -> SourceKey | None:
        if not plan.secret:
            return None
        key = self.keyring.key_of(plan)
        from_environment = self.keyring.is_from_environment(plan)
        return SourceKey(plan.secret, plan.where, masked(key.secret), from_environment, key.plan, plan.plans)

    def _state(self, plan: AdapterPlan, standing: Standing) -> tuple[State, int | None, Outcome | None]:
        settings = self._opened.settings
        if settings.offline:
            return State.OFFLINE, None, None
        if plan.provider in settings.without:
            return State.OFF, None, None
        if plan.secret and not self.keyring.key_of(plan).secret:
            return State.NEEDS_KEY, None, None
        if standing.paused_at is not None:
            return State.PAUSED, None, None
        if standing.breaker is Breaker.OPEN:
            return State.BREAKER, standing.breaker_until, standing.opened_for
        if standing.rests_until is not None:
            return State.RESTS, standing.rests_until, standing.rests_for
        if standing.breaker is Breaker.HALF_OPEN:
            return State.TRYING, None, standing.opened_for
        return State.READY, None, None

    # --- change -------------------------------------------------------------------------------------------

    def pause(self, name: str) -> bool:
        """Let nobody call a source until it is resumed; False when it was paused before. Raises NotFound."""
        self._of(name)
        it = self._opened
        with it.database.write() as connection:
            return budgets.pause(connection, name, it.database.moment(connection, it.now))

    def resume(self, name: str) -> bool:
        """Let a source be called again, at once; False when nothing kept it from that. Raises NotFound."""
        self._of(name)
        it = self._opened
        with it.database.write() as connection:
            return budgets.resume(connection, name, it.database.moment(connection, it.now))

    def arrange(self, order: Sequence[str], without: Collection[str]) -> None:
        """Ask the sources in this order, and leave some out, from now on. Raises NotFound or ActionRequired."""
        for name in (*order, *without):
            self._of(name)
        if os.environ.get("COMPLETIST_PROVIDERS"):
            raise ActionRequired(
                "The environment says which sources are asked, and in which order.",
                hint="Take COMPLETIST_PROVIDERS out of the environment of the server.",
            )
        said = [*order, *(f"-{name}" for name in sorted(without))]
        settings = self._opened.settings
        keep(settings.data, "providers", ", ".join(said))
        self._rearranged(replace(settings, providers=tuple(order), without=frozenset(without)))

    def order(self) -> list[str]:
        """All sources in the order in which they are asked."""
        return list(self._plans)

    def keep_key(self, name: str, secret: str, chosen: str = "") -> None:
        """Keep the key of a source, and use it from now on. Raises NotFound or BadInput."""
        self.keyring.keep(self.plan(name), secret, chosen)
        self._rearranged(self._opened.settings)

    def forget_key(self, name: str) -> bool:
        """Forget the key kept of a source; False when none was. Raises NotFound."""
        forgotten = self.keyring.forget(self.plan(name))
        self._rearranged(self._opened.settings)
        return forgotten

    def _rearranged(self, settings: Settings) -> None:
        self._opened.rearrange(settings)
        self.__dict__.pop("_plans", None)

    def before(self, age: int) -> int:
        """The moment so many milliseconds ago, by the clock that answers go by."""
        it = self._opened
        with it.database.read() as connection:
            return it.database.moment(connection, it.now) - age

    def expired(self, before: int, name: str | None = None) -> int:
        """How many answers `forget_expired` would forget. Raises NotFound."""
        if name is not None:
            self._of(name)
        with self._opened.database.read() as connection:
            return answers.count_expired(connection, before, name)

    def forget_expired(
        self,
        before: int,
        name: str | None = None,
        told: Callable[[int], None] = lambda _removed: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> int:
        """Forget the answers that expired before a moment, of one source or of all; how many. Raises NotFound."""
        if name is not None:
            self._of(name)
        until, removed, gone = min(before, self.before(0)), 0, 1
        while gone and not stop():
            with self._opened.database.write() as connection:
                gone = answers.prune_answers(connection, until, name)
            removed += gone
            told(removed)
        return removed

    # --- test ---------------------------------------------------------------------------------------------

    def testable(self) -> list[str]:
        """The sources that may be asked at present, as far as settings and keys go."""
        kept_out = (State.OFFLINE, State.OFF, State.NEEDS_KEY)
        return [each.name for each in self.all() if each.state not in kept_out]

    def test(self, name: str) -> Trial:
        """Make one real call, as urgent as if a person waited for it, and say what it came to.

        Raises:
            NotFound: There is no such source.
            ActionRequired: It may not be called, by the settings or for want of a key.
        """
        plan, it = self.plan(name), self._opened
        source = self.one(name)
        door = it.door
        if door is None or source.state is State.OFFLINE:
            raise ActionRequired("The settings say to stay offline.", hint="COMPLETIST_OFFLINE=no")
        if source.state is State.OFF:
            raise ActionRequired(
                f"{plan.label} is turned off in the settings.", hint=f"Take -{name} out of providers."
            )
        if source.state is State.NEEDS_KEY:
            raise ActionRequired(
                f"{plan.label} needs a key, which you get at {plan.where}",
                hint=f"completist sources key {name}",
            )
        adapter = plan.make(self.keyring.key_of(plan))
        begun = perf_counter()

        def tested(outcome: Outcome, code: str = "", until: int | None = None) -> Trial:
            seconds = round(perf_counter() - begun, 3)
            contact = bool(it.settings.contact)
            return Trial(name, plan.label, outcome, code, _status(code), seconds, until, contact, plan.plans)

        try:
            told: Mapping[Question, list[Record]] = door.ask(
                lambda to: adapter.ask(to(adapter.provider), [plan.probe]), urgent=True
            )
        except Refused as refused:
            until = None if refused.after is None else it.now() + ceil(refused.after * 1000)
            return tested(refused.outcome, refused.code, until)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            return tested(Outcome.BAD_RESPONSE, type(error).__name__)
        return tested(Outcome.FOUND if any(told.values()) else Outcome.NOT_FOUND)


def _status(code: str) -> int | None:
    word, _, number = code.partition("_")
    return int(number) if word == "http" and number.isdecimal() else None


__all__ = ["Kept", "Needed", "Source", "SourceKey", "Sources", "State", "Trial"]
