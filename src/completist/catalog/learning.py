"""Dictionaries by which values are packed: each table's is trained on its first records, whoever packs them.

Workers pack the values of the tables that have a dictionary when their task is sent; what comes back unpacked is packed
here. So the bytes are the same, however many workers there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from completist.catalog.packing import Packer, train

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from completist.catalog.digested import Digest

LOOKAHEAD: Final = 4  #: digests that a dictionary learns from
SAMPLES: Final = 4000


class Learner:
    """Trains dictionaries, and packs what was digested before they were there."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._packers: dict[str, Packer] = {}
        self._held: list[tuple[Digest, Collection[str]]] = []
        self.dictionaries: dict[str, str] = {}  #: by table: path

    def packed(self, digest: Digest, ready: Collection[str]) -> Iterator[Digest]:
        """The digests so far in the order in which they came, packed; none while there is something to learn.

        ``ready`` are the tables whose values are packed already.
        """
        self._held.append((digest, ready))
        if self._unlearnt() and len(self._held) < LOOKAHEAD:
            return
        yield from self.rest()

    def rest(self) -> Iterator[Digest]:
        """The digests that are still held."""
        for table in self._unlearnt():
            values = [value for digest, _ in self._held for _, _, value in digest.rows.get(table, ())]
            path = self._directory / f"{table}.dict"
            path.write_bytes(train(values[:SAMPLES]))
            self.dictionaries[table] = str(path)
        for digest, ready in self._held:
            for table in sorted(digest.rows.keys() - set(ready)):
                pack = self._packer(table).pack
                rows = digest.rows[table]
                digest.rows[table] = [(number, revision, pack(value)) for number, revision, value in rows]
            yield digest
        self._held = []

    def _unlearnt(self) -> list[str]:
        return sorted({table for digest, _ in self._held for table in digest.rows} - self.dictionaries.keys())

    def _packer(self, table: str) -> Packer:
        if table not in self._packers:
            self._packers[table] = Packer((self._directory / f"{table}.dict").read_bytes())
        return self._packers[table]
