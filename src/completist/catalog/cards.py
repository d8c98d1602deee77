"""Cards: what search shows of a work without reading its records."""

from __future__ import annotations

import msgspec


class Card(msgspec.Struct, array_like=True, gc=False):
    """What a hit shows of a work."""

    title: str
    subtitle: str
    other_titles: tuple[str, ...]
    authors: tuple[str, ...]
    year: int
    editions: int
    aliases: tuple[tuple[str, ...], ...] = ()  #: parallel to ``authors``; empty when none has any
