"""Choosing: which items a job is about. A selection is kept with the job and read again, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from completist.domain.errors import BadInput, NotFound
from completist.domain.pipeline import Freshness, Pipeline
from completist.domain.run import RunState
from completist.engine import selecting
from completist.engine.conditions import ALWAYS, When, holding
from completist.sdk.registry import KindPlugin
from completist.store import items, jobs
from completist.store.database import Connection, Database
from completist.store.freshness import read_freshness

Word = TypeVar("Word", bound=StrEnum)

#: Ids that a selection may name one by one.
MOST_IDS = 10_000

_STATES = frozenset(state.value for state in RunState)


@dataclass(frozen=True, slots=True)
class Selection:
    """Items by id, those of another job, or all that pass the filters; without anything, all.

    ``when`` says what has to hold for them, ``freshness`` how they stand in the pipeline, ``state`` how their run of
    ``job`` ended.
    """

    ids: tuple[int, ...] | None = None
    when: When = ALWAYS
    freshness: Freshness | None = None
    job: int | None = None
    state: RunState | None = None

    def said(self) -> dict[str, Any]:
        """As it is kept: the same selection, the same text."""
        if self.ids is not None:
            return {"ids": list(self.ids)}
        if self.job is not None:
            return {"job": self.job, **({"state": self.state.value} if self.state else {})}
        standing = {"freshness": self.freshness.value} if self.freshness else {}
        return {"filter": {**self.when.said(), **standing}}

    @property
    def redoes(self) -> bool:
        """Whether it is about items whose result counts no more, although their run is done."""
        return self.freshness is Freshness.STALE or self.when.older_than is not None

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Selection:
        """A selection as it was kept.

        Raises:
            BadInput: It names several ways to select, or things that are none.
        """
        known = {"ids", "filter", "job", "state", "all"}
        if unknown := said.keys() - known:
            raise BadInput(
                f"A selection has no {', '.join(sorted(unknown))}.", hint=f"It takes {_listed(known)}."
            )
        if sum(name in said for name in ("ids", "filter", "job", "all")) > 1:
            raise BadInput("A selection is one of ids, filter, job or all.")
        if "state" in said and "job" not in said:
            raise BadInput("state goes with job: it says how the items ended there.")
        if "ids" in said:
            return cls(ids=_ids(said["ids"]))
        if "job" in said:
            return cls(job=_whole("job", said["job"]), state=_one_of(RunState, "state", said.get("state")))
        return cls._filtered(said.get("filter") or {})

    @classmethod
    def _filtered(cls, chosen: Mapping[str, Any]) -> Selection:
        when = When.read({name: said for name, said in chosen.items() if name != "freshness"})
        return cls(when=when, freshness=_one_of(Freshness, "freshness", chosen.get("freshness")))


def _one_of(words: type[Word], name: str, said: object) -> Word | None:
    if said is None:
        return None
    try:
        return words(str(said))
    except ValueError:
        raise BadInput(f"{name} takes {_listed(words)}, not {said!r}.") from None


def _listed(words: Iterable[object]) -> str:
    return ", ".join(sorted(str(word) for word in words))


def _whole(name: str, said: object) -> int:
    if isinstance(said, bool) or not isinstance(said, int) or not 0 < said < 2**53:
        raise BadInput(f"{name} takes a whole number from 1 on.")
    return said


def _ids(said: object) -> tuple[int, ...]:
    if not isinstance(said, list) or not said:
        raise BadInput("ids takes a list with at least one item id.")
    if len(said) > MOST_IDS:
        raise BadInput(f"ids takes at most {MOST_IDS:,} item ids.", hint="Use a filter for more.")
    return tuple(sorted({_whole("ids", each) for each in said}))


def check(database: Database, library_id: int, pipeline: Pipeline, selection: Selection) -> None:
    """Make sure that what a selection names is there.

    Raises:
        NotFound: The library has no such item or job, or the kind no such wanted field.
        BadInput: An item is of another kind than the pipeline's.
    """
    selecting.check_wanted(pipeline.kind, selection.when.missing)
    with database.read() as connection:
        if selection.job is not None and jobs.read_job(connection, library_id, selection.job) is None:
            raise NotFound(f"There is no job {selection.job}.")
        kinds = items.kinds_of(connection, library_id, selection.ids or ())
    for item_id in selection.ids or ():
        if item_id not in kinds:
            raise selecting.no_item(item_id)
        if kinds[item_id] != pipeline.kind:
            raise BadInput(f"Item {item_id} is no {pipeline.kind}, and {pipeline.name} is for nothing else.")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A page of a selection: the items of it, and the id up to which was looked; None when nothing is left."""

    ids: Sequence[int]
    last: int | None


def choose(
    connection: Connection,
    library_id: int,
    plugin: KindPlugin,
    pipeline: Pipeline,
    selection: Selection,
    after: int,
    limit: int,
    now: int,
) -> Chosen:
    """The items of a selection among the next ``limit`` ones behind id ``after``.

    Paging goes over the id and never over what is still missing, which would not end where something fails.
    """
    if selection.job is not None:
        states = [selection.state.value] if selection.state else sorted(_STATES)
        page = jobs.items_in(connection, selection.job, states, after=after, limit=limit)
    elif selection.ids is not None:
        page = [item_id for item_id in selection.ids if item_id > after][:limit]
    if selection.job is not None or selection.ids is not None:
        there = items.kinds_of(connection, library_id, page)  # some may be gone by now
        return Chosen([i for i in page if there.get(i) == pipeline.kind], page[-1] if page else None)
    if selection.freshness is not None:
        standings = read_freshness(connection, library_id, pipeline, after=after, limit=limit)
        ids = [each.item_id for each in standings if each.freshness is selection.freshness]
        last = standings[-1].item_id if standings else None
    else:
        ids = [
            i
            for i, _ in items.page_items(connection, library_id, kind=pipeline.kind, after=after, limit=limit)
        ]
        last = ids[-1] if ids else None
    return Chosen(holding(connection, plugin, pipeline, ids, selection.when, now), last)


def count(
    database: Database,
    library_id: int,
    plugin: KindPlugin,
    pipeline: Pipeline,
    selection: Selection,
    clock: Callable[[], int],
) -> int:
    """How many items a selection holds at this moment."""
    after: int | None = 0
    counted = 0
    with database.read() as connection:
        now = database.moment(connection, clock)
        while after is not None:
            page = choose(connection, library_id, plugin, pipeline, selection, after, items.PAGE, now)
            counted += len(page.ids)
            after = page.last
    return counted
