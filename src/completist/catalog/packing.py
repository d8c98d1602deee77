"""Values made small: zstd with a dictionary trained on the first records of a dump.

Each table has a dictionary of its own, kept as a file beside the database. An empty file stands for none, as in
a dump too small to learn from. Training is deterministic: the same samples give the same bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import zstandard

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

LEVEL: Final = 3
DICTIONARY_SIZE: Final = 14 * 1024  #: so small that its tables stay in the nearest cache of a core
ENOUGH: Final = 200  #: records; fewer teach nothing
SEGMENT, STEP = 200, 8  # of the training, set so that it need not search for them


def train(samples: Sequence[bytes]) -> bytes:
    """A dictionary for values like ``samples``; empty when there are too few."""
    if len(samples) < ENOUGH:
        return b""
    try:
        found = zstandard.train_dictionary(DICTIONARY_SIZE, list(samples), k=SEGMENT, d=STEP)
    except zstandard.ZstdError:
        return b""
    return found.as_bytes()


class Packer:
    """Packs values of one table."""

    def __init__(self, dictionary: bytes) -> None:
        learnt = zstandard.ZstdCompressionDict(dictionary) if dictionary else None
        if learnt is not None:
            learnt.precompute_compress(LEVEL)
        self.pack = zstandard.ZstdCompressor(level=LEVEL, dict_data=learnt, write_dict_id=False).compress


class Unpacker:
    """Unpacks values of one table."""

    def __init__(self, dictionary: Path) -> None:
        content = dictionary.read_bytes()
        learnt = zstandard.ZstdCompressionDict(content) if content else None
        #: The value as it was before it was packed.
        self.unpack: Callable[[bytes], bytes] = zstandard.ZstdDecompressor(dict_data=learnt).decompress
