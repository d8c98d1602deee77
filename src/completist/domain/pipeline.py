"""Pipelines: which fields are filled for which kind, and when a result is out of date."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b

from completist.domain.fields import Data


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A way to fill fields of one kind.

    ``version`` changes whenever the same input may give another result. ``inputs`` are the fields it reads:
    an item whose inputs change is due again; nothing else makes it due.
    """

    name: str
    kind: str
    version: str
    inputs: tuple[str, ...]
    fills: tuple[str, ...]
    priority: int = 5  #: 1 (first) to 10


class Freshness(StrEnum):
    """Of an item in a pipeline."""

    MISSING = "missing"  #: never done
    FRESH = "fresh"  #: done with this version and this input
    STALE = "stale"  #: done, but the code or the data has moved on


def input_digest(pipeline: Pipeline, values: Mapping[str, Data]) -> str:
    """Sixteen hex digits that stand for what ``pipeline`` reads of an item: equal input, equal digest."""
    read = [values.get(name) for name in pipeline.inputs]
    text = json.dumps(read, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return blake2b(text.encode(), digest_size=8).hexdigest()
