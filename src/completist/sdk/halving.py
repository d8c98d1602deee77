"""Halving: one request for many things, repeated in halves where its answer cannot be believed as it stands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import TypeAlias, TypeVar

from completist.sdk.provider import Record, Refused

K = TypeVar("K", bound=Hashable)

#: The records under each of some things, in one request; an empty list says that there surely are none.
Page: TypeAlias = Callable[[Sequence[K]], Awaitable[dict[K, list[Record]]]]

#: The codes of refusals that a smaller request may not meet.
TOO_MUCH = frozenset(
    {"timeout", "http_408", "http_413", "http_414", "http_504", "too_large", "graphql_too_much"}
)
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
