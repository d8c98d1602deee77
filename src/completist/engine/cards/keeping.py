"""Keeping: the blocks of a commit as they are kept, so that later stages go on without reading it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from completist.sdk.cards import Block


@dataclass(frozen=True, slots=True)
class Kept:
    """A block as it was kept, with its lineage."""

    block_id: int
    block: Block


def packed(block: Block, block_id: int) -> dict[str, Any]:
    """A block as it is kept."""
    told = msgspec.to_builtins(block)
    return {"id": block_id, **{name: value for name, value in told.items() if value not in ("", None)}}


def unpacked(blocks: Sequence[Mapping[str, Any]]) -> list[Kept]:
    """Blocks as they were kept."""
    empty = {"title": "", "text": "", "path": ""}
    return [
        Kept(said["id"], msgspec.convert({**empty, **{k: v for k, v in said.items() if k != "id"}}, Block))
        for said in blocks
    ]
