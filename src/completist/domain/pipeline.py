"""Pipelines: which fields are filled for which kind, and when a result is out of date."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import blake2b

from completist.domain.fields import Data

#: Milliseconds.
DAY = 86_400_000

#: The priority of runs that replace a result which was good until a moment ago: behind all that is missing.
RERUN_PRIORITY = 8


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A way to fill fields of one kind.

    ``version`` changes whenever the same input may give another result. ``inputs`` are the fields it reads:
    an item whose inputs change is due again; nothing else makes it due. ``goal`` names the field it is there for,
    if there is one above all: an item that has it, or has it locked, is not due at all. ``yields_to`` names a pipeline
    of the same kind that has the first word on an item, because it writes what this one reads; ``yields_wholly`` says
    that names are not asked for before that one is through, so that more is asked about at once. ``picture`` names the
    field whose pictures it looks for: it is not done before one was looked at, so it needs the way out. ``like``
    names the pipeline of whose providers it asks, and by whose decisions it goes: none, if it has its own. ``after``
    names the pipeline that comes before it: an item is not due here while it is under way there, or in one before that.
    ``alarm`` is how the log calls it that a run could not be done.
    """

    name: str
    kind: str
    version: str
    inputs: tuple[str, ...]
    fills: tuple[str, ...]
    priority: int = 5  #: 1 (first) to 10
    goal: str | None = None
    yields_to: str = ""
    yields_wholly: bool = False
    picture: str | None = None
    like: str | None = None
    ask_again: int = 90 * DAY  #: how long it is believed that nobody knows, in milliseconds
    after: str | None = None
    alarm: str = ""

    def behind(self, other: Pipeline) -> Pipeline:
        """The same as the stage behind another one: in its order of work, and out of date whenever that is.

        Its version begins with that of the stage before it.
        """
        return replace(self, after=other.name, version=f"{other.version}.{self.version}")


class Freshness(StrEnum):
    """Of an item in a pipeline."""

    MISSING = "missing"  #: never done
    FRESH = "fresh"  #: done with this version and this input
    STALE = "stale"  #: done, but the code or the data has moved on


class StaleCause(StrEnum):
    """Why an item is stale in a pipeline."""

    CODE = "code"  #: the pipeline has another version
    DATA = "data"  #: the item, or what the world knows of it, has changed; or somebody asked for it


_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def input_digest(pipeline: Pipeline, values: Mapping[str, Data]) -> str:
    """Sixteen hex digits that stand for what ``pipeline`` reads of an item: equal input, equal digest."""
    return digest_of([values.get(name) for name in pipeline.inputs])


def digest_of(read: Sequence[Data]) -> str:
    """The same of the data of a pipeline's inputs, in their order."""
    return blake2b(_JSON.encode(read).encode(), digest_size=8).hexdigest()
