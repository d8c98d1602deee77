"""Pictures: what a kind knows of those of its items: on which servers they lie, and in which sizes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from completist.sdk.provider import Provider


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures of one field.

    ``galleries`` are the only servers that any is fetched from, each within its limits. ``sizes`` gives the addresses
    under which the same picture may be had, the largest first, the one it was given among them; none for what is known
    to stand for no picture. Pure.
    """

    field: str
    galleries: tuple[Provider, ...]
    sizes: Callable[[str], Sequence[str]]
