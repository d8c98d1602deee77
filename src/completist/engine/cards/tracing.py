"""Tracing: what a commit wrote, put into the lineages of its repository, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from completist.domain.lineage import Trace, follow, moved
from completist.sdk.cards import Block, Parsed
from completist.store.database import Connection
from completist.store.flashcards import blocks
from completist.store.flashcards.blocks import Lineage


@dataclass(frozen=True, slots=True)
class Written:
    """A block that a commit wrote, and its lineage. ``current`` says that no later commit wrote it anew."""

    block: Block
    block_id: int
    current: bool = True


@dataclass(slots=True)
class Traced:
    """What a commit did: blocks that it wrote, and lineages that it ended."""

    written: list[Written] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)


class Lineages:
    """The lineages of one repository in the files that a batch of commits touches."""

    def __init__(self, connection: Connection, repository_id: int, parses: Iterable[Parsed]) -> None:
        self.connection = connection
        self.repository_id = repository_id
        paths: set[str] = set()
        keys: set[str] = set()
        for parsed in parses:
            paths.update(file.path for file in parsed.files)
            paths.update(file.before for file in parsed.files if file.before)
            paths.update(block.path for block in parsed.blocks)
            keys.update(block.key for block in parsed.blocks if block.key)
        held = blocks.read_lineages(connection, repository_id, sorted(paths), sorted(keys))
        self.held: dict[int, Lineage] = {each.id: each for each in held}
        self.at: dict[str, set[int]] = {}
        for each in held:
            self.at.setdefault(each.trace.path, set()).add(each.id)

    def take(self, item_id: int, parsed: Parsed, before: Sequence[int] = ()) -> Traced:
        """Put a commit in. ``before`` are the lineages that an earlier reading of it had found."""
        for file in parsed.files:
            if file.before:
                self._rename(file.before, file.path, item_id)
        traced = Traced()
        new, lost = self._files(item_id, parsed, traced)
        self._across(item_id, new, lost, traced)
        again = {each.block_id for each in traced.written}
        stale = [i for i in before if i in self.held and i not in again and self.held[i].item_id == item_id]
        traced.gone += [i for i in (*lost, *stale) if i not in traced.gone and self._ends(i, item_id)]
        self._end(traced.gone, item_id)
        return traced

    def _rename(self, before: str, path: str, item_id: int) -> None:
        for block_id in sorted(self.at.get(before, ())):
            lineage = self.held[block_id]
            if lineage.item_id <= item_id and lineage.gone_by is None:
                self._write(replace(lineage, trace=replace(lineage.trace, path=path)))

    def _files(self, item_id: int, parsed: Parsed, traced: Traced) -> tuple[list[Block], list[int]]:
        """Match each file's blocks with its lineages; what is new, and which lineages were not found again."""
        by_path: dict[str, list[Block]] = {file.path: [] for file in parsed.files}
        for block in parsed.blocks:
            by_path.setdefault(block.path, []).append(block)
        whole = {file.path for file in parsed.files if file.whole}
        new: list[Block] = []
        lost: list[int] = []
        for path, found in by_path.items():
            alive, ended = self._known(path, [block.key for block in found if block.key])
            given = follow([block.trace for block in found], alive)
            back = follow([b.trace for b, i in zip(found, given, strict=True) if i is None], ended)
            revived = iter(back)
            for block, known in zip(found, given, strict=True):
                block_id = known if known is not None else next(revived)
                if block_id is None:
                    new += [block] if block.touched else []
                else:
                    self._again(item_id, block, block_id, traced)
            if path in whole:
                here = {i for i, trace in alive if trace.path == path}
                lost += sorted(here - {i for i in given if i is not None})
        return new, lost

    def _known(
        self, path: str, keys: Sequence[str]
    ) -> tuple[list[tuple[int, Trace]], list[tuple[int, Trace]]]:
        ids = set(self.at.get(path, ()))
        ids.update(i for i, lineage in self.held.items() if lineage.trace.key and lineage.trace.key in keys)
        held = [self.held[i] for i in sorted(ids)]
        alive = [(each.id, each.trace) for each in held if each.gone_by is None]
        return alive, [(each.id, each.trace) for each in held if each.gone_by is not None]

    def _across(self, item_id: int, new: list[Block], lost: list[int], traced: Traced) -> None:
        """What went from file to file is no new block; the rest is."""
        given = moved([block.trace for block in new], [(i, self.held[i].trace) for i in lost])
        for block, known in zip(new, given, strict=True):
            if known is not None:
                lost.remove(known)
                self._again(item_id, block, known, traced)
                continue
            made = blocks.add_lineage(self.connection, self.repository_id, block.trace, item_id)
            self._hold(Lineage(made, block.trace, item_id, None))
            traced.written.append(Written(block, made))

    def _again(self, item_id: int, block: Block, block_id: int, traced: Traced) -> None:
        lineage = self.held[block_id]
        newest = max(lineage.item_id, lineage.gone_by or 0)
        if newest > item_id:
            if block.touched:
                traced.written.append(Written(block, block_id, current=False))
            return
        if not block.touched and lineage.trace == block.trace and lineage.gone_by is None:
            return
        self._write(Lineage(block_id, block.trace, item_id, None))
        traced.written.append(Written(block, block_id))

    def _ends(self, block_id: int, item_id: int) -> bool:
        lineage = self.held[block_id]
        return lineage.gone_by is None and lineage.item_id <= item_id

    def _write(self, lineage: Lineage) -> None:
        blocks.write_lineage(self.connection, lineage.id, lineage.trace, lineage.item_id)
        self._hold(lineage)

    def _end(self, gone: Sequence[int], item_id: int) -> None:
        blocks.end_lineages(self.connection, [(block_id, item_id) for block_id in gone])
        for block_id in gone:
            self.held[block_id] = replace(self.held[block_id], gone_by=item_id)

    def _hold(self, lineage: Lineage) -> None:
        before = self.held.get(lineage.id)
        if before is not None:
            self.at.get(before.trace.path, set()).discard(lineage.id)
        self.held[lineage.id] = lineage
        self.at.setdefault(lineage.trace.path, set()).add(lineage.id)
