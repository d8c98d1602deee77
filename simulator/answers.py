"""Answers: what a simulated provider sends back, ready for the wire."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

#: The time in seconds since the epoch.
Clock: TypeAlias = Callable[[], float]

#: An object of JSON.
Json: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """One reply. With ``hang`` nothing is ever sent."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    hang: bool = False


def answer(status: int, body: object, headers: Mapping[str, str] | None = None) -> Answer:
    """A reply with a JSON body."""
    return Answer(status, json.dumps(body, ensure_ascii=False).encode(), headers or {})
