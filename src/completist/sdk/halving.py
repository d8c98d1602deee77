"""Halving: one request for many things, repeated in halves where its answer cannot be believed as it stands.

And paging: several such requests for more things than one has room for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from completist.domain.run import Outcome
from completist.sdk.provider import FINAL, STUMBLES, Record, Refused

K = TypeVar("K", bound=Hashable)

#: The records under each of some things, in one request; an empty list says that there surely are none.
Page: TypeAlias = Callable[[Sequence[K]], Awaitable[dict[K, list[Record]]]]

#: The codes of refusals that a smaller request may not meet.
TOO_MUCH = frozenset(
    {"timeout", "http_408", "http_413", "http_414", "http_504", "too_large", "graphql_too_much"}
)
AT_ONCE = 3  #: requests that are under way at once
SPLITS = 2  #: a request that is too much is halved twice; then the trouble is not its size


async def halved(
    page: Page[K], things: Sequence[K], key: Callable[[K], str], *, splits: int = SPLITS, doubt: bool = True
) -> dict[K, list[Record]]:
    """What ``page`` says of things, in halves where all of them at once are too much.

    That nothing at all is known of several is, unless ``doubt`` is off, believed only after each half of them has
    said the same: a source in trouble answers empty, too.

    Raises:
        Refused: Some were not answered; ``partial`` holds those that were, by their ``key``.
    """
    try:
        known = await page(things)
    except Refused as refused:
        if refused.code not in TOO_MUCH or not splits or len(things) == 1:
            raise
        return await _halves(page, things, key, splits - 1, doubt=doubt)
    if doubt and len(things) > 1 and not any(known.values()):
        return await _halves(page, things, key, splits, doubt=False)
    return known


async def paged(
    page: Page[K], things: Sequence[K], key: Callable[[K], str], size: int, *, doubt: bool = True
) -> dict[K, list[Record]]:
    """What ``page`` says of things, in even parts of at most ``size``, each as `halved` has it.

    One that is refused, or whose answer is stumbled over, does not keep the others from being asked, unless the
    provider wants to be left alone.

    Raises:
        Refused: Some were not answered; ``partial`` holds those that were, by their ``key``.
    """
    known: dict[K, list[Record]] = {}
    partial: dict[str, list[Record]] = {}
    refusals: list[Refused] = []
    places = asyncio.Semaphore(AT_ONCE)

    async def one(part: Sequence[K]) -> None:
        async with places:
            if any(refused.outcome in FINAL for refused in refusals):
                return
            try:
                known.update(await halved(page, part, key, doubt=doubt))
            except Refused as refused:
                refusals.append(refused)
                partial.update(refused.partial)
            except STUMBLES as error:
                refusals.append(Refused(Outcome.BAD_RESPONSE, code=type(error).__name__))

    calls = -(-len(things) // size)
    even = -(-len(things) // max(1, calls))
    await asyncio.gather(
        *(one(things[start : start + even]) for start in range(0, len(things), max(1, even)))
    )
    if refusals:
        worst = next((each for each in refusals if each.outcome in FINAL), refusals[0])
        told = {key(thing): records for thing, records in known.items()}
        raise Refused(worst.outcome, worst.after, worst.code, {**told, **partial})
    return known


async def in_two_steps(
    found: Awaitable[dict[K, list[Record]]],
    complete: Callable[[dict[K, list[Record]]], Awaitable[dict[K, list[Record]]]],
    things: Sequence[K],
    key: Callable[[K], str],
) -> dict[K, list[Record]]:
    """What is found first, and then made complete by further requests; until then it is no answer.

    Where some were not answered, the others are made complete all the same, unless the provider wants to be left
    alone.

    Raises:
        Refused: Some were not answered; ``partial`` holds those that are complete, by their ``key``.
    """
    trouble: Refused | None = None
    try:
        told = await found
    except Refused as refused:
        trouble = refused
        partial = {thing: refused.partial[key(thing)] for thing in things if key(thing) in refused.partial}
        told = {thing: each for thing, each in partial.items() if not each or refused.outcome not in FINAL}
    whole = await complete(told)
    if trouble is not None:
        complete_ones = {key(thing): each for thing, each in whole.items()}
        raise Refused(trouble.outcome, trouble.after, trouble.code, complete_ones)
    return whole


@dataclass(slots=True)
class Gathering:
    """What records name, fetched in steps: one that is refused does not cost what is complete without it."""

    missing: set[str] = field(default_factory=set)  #: what was not answered
    trouble: Refused | None = None

    async def take(
        self, ids: Iterable[str], fetch: Callable[[Sequence[str]], Awaitable[dict[str, Record]]]
    ) -> dict[str, Record]:
        """What ``fetch`` says under ids, as far as it was answered; it raises `Refused` as `paged` does."""
        wanted = [*dict.fromkeys(ids)]
        if self.trouble is not None and self.trouble.outcome in FINAL:
            self.missing.update(wanted)
            return {}
        try:
            return await fetch(wanted)
        except Refused as refused:
            self.trouble = refused
            self.missing.update(each for each in wanted if each not in refused.partial)
            return {each: told[0] for each, told in refused.partial.items() if told}

    def checked(
        self, whole: Mapping[K, list[Record]], needs: Mapping[K, Iterable[str]], key: Callable[[K], str]
    ) -> dict[K, list[Record]]:
        """The answers, if nothing is missing. ``needs`` are the ids that each is made of.

        Raises:
            Refused: Something is; ``partial`` holds those that need nothing of it.
        """
        if self.trouble is None:
            return {**whole}
        refused = self.trouble
        complete = {key(each): told for each, told in whole.items() if self.missing.isdisjoint(needs[each])}
        raise Refused(refused.outcome, refused.after, refused.code, complete)


def keeping(refused: Refused, known: Mapping[str, list[Record]]) -> Refused:
    """The refusal with what was known before it."""
    return Refused(refused.outcome, refused.after, refused.code, {**known, **refused.partial})


async def _halves(
    page: Page[K], things: Sequence[K], key: Callable[[K], str], splits: int, *, doubt: bool
) -> dict[K, list[Record]]:
    middle = len(things) // 2
    known = await halved(page, things[:middle], key, splits=splits, doubt=doubt)
    try:
        return known | await halved(page, things[middle:], key, splits=splits, doubt=doubt)
    except Refused as refused:
        raise keeping(refused, {key(thing): records for thing, records in known.items()}) from None
