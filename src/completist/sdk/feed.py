"""Feeds: what a provider says that has changed on its side, day by day, so that only that is asked for again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date

from completist.sdk.provider import Http, Provider


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened to some records. A later change has a higher number."""

    number: int
    records: tuple[str, ...]  #: their ids, as matches and identifiers have them


@dataclass(frozen=True, slots=True)
class Part:
    """What of a day's changes is asked for. ``bots``: those of programs alone, or of people alone; None: all."""

    day: date
    kind: str
    bots: bool | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """The changes of one provider.

    ``changes`` gives a page of them, the newest first, from an offset on: one call, with ``page`` of them unless it is
    the last. No page begins behind ``deepest``. ``documents`` gives records as they are now, also those that were
    deleted or lead elsewhere, in the form in which the catalogue takes them in. Both raise `Refused`.
    """

    name: str
    label: str
    provider: Provider
    kinds: tuple[str, ...]  #: of changes, each of which is followed by itself
    schemes: frozenset[str]  #: of the identifiers that are ids of its records
    beginning: str  #: of all these ids
    page: int
    deepest: int
    changes: Callable[[Http, Part, int], Awaitable[Sequence[Change]]]
    documents: Callable[[Http, Sequence[str]], Awaitable[Sequence[bytes]]]
