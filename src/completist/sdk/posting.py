"""Posting: how a sink on the person's own machine is spoken to, without knowing how it is reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Posted:
    """What came back: a status and a body."""

    status: int
    body: bytes


class Post(Protocol):
    """Sends one body and waits for what comes back."""

    def __call__(self, body: bytes, *, patience: float) -> Posted:
        """Within ``patience`` seconds. Raises Retryable when nothing answers."""
        ...
