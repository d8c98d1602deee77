"""Patience: a write that had to give way to another is made again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from completist.domain.errors import Busy

T = TypeVar("T")

#: How often in all. Two writes that wait for each other are told apart by the database; the second try finds it free.
TRIES = 5


def patiently(write: Callable[[], T]) -> T:
    """The answer of ``write``, which is a transaction of its own and was rolled back each time it raised `Busy`."""
    for _ in range(TRIES - 1):
        try:
            return write()
        except Busy:
            continue
    return write()
