"""Batches: how many runs a worker takes at once, so that neither claims nor look-ups are long."""

from __future__ import annotations

#: Runs in a worker's first claim, and in its largest: where look-ups are fast, what a claim costs is spread wider.
BATCH, LARGEST = 100, 500

#: Runs in a claim where live providers are asked: full requests are fewer.
ASKED = 1_000

#: Seconds that a batch should take at least, so that the next is not larger, and at most, so that it is not smaller.
BRISK, SLOW = 0.5, 5.0


def fitted(size: int, seconds: float) -> int:
    """The size of the next batch, after one that took so long."""
    if seconds < BRISK:
        return min(max(LARGEST, BATCH), size * 2)
    return max(1, size // 2) if seconds > SLOW else size
