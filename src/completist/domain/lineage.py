"""Lineage: which block of a file is which block of before, over edits, renames and moves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TypeAlias

#: From which likeness on two texts of one kind in one file are the same block.
ALIKE = 0.6

#: Pairs of blocks that are compared by likeness in one file; beyond, only names and labels tell.
MOST_PAIRS = 4000

#: Letters of each text that are compared.
_LOOKED_AT = 1500


@dataclass(frozen=True, slots=True)
class Trace:
    """What a block is recognised by. ``key`` is an id that the author wrote beside it."""

    path: str
    kind: str
    title: str
    text: str
    label: str = ""
    key: str = ""


_Mark: TypeAlias = tuple[str, ...]


def follow(found: Sequence[Trace], known: Sequence[tuple[int, Trace]]) -> list[int | None]:
    """For each block found the id of the block that it is, or None for a new one. No id is given twice.

    By the author's own id, else by kind and label, else by title, else by an equal text, else by the likest text of
    the same kind; all of it within one file, but for the author's id. ``known`` carries the paths of after a rename.
    """
    given: list[int | None] = [None] * len(found)
    free = dict(known)
    marks: tuple[Callable[[Trace], _Mark | None], ...] = (
        lambda t: (t.key,) if t.key else None,
        lambda t: (t.path, t.kind, t.label) if t.label else None,
        lambda t: (t.path, t.kind, _folded(t.title)) if t.title else None,
        lambda t: (t.path, t.kind, _folded(t.text)),
    )
    for mark in marks:
        _by_mark(found, given, free, mark)
    _by_likeness(found, given, free)
    return given


def moved(found: Sequence[Trace], gone: Sequence[tuple[int, Trace]]) -> list[int | None]:
    """Blocks that went from one file to another in one commit: the same kind and text, or kind and label."""
    given: list[int | None] = [None] * len(found)
    free = dict(gone)
    _by_mark(found, given, free, lambda t: (t.kind, t.label) if t.label else None)
    _by_mark(found, given, free, lambda t: (t.kind, _folded(t.text)))
    return given


def likeness(one: str, other: str) -> float:
    """How like two texts are, from 0 to 1, by the words that they share in order."""
    left, right = one[:_LOOKED_AT].split(), other[:_LOOKED_AT].split()
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    if matcher.real_quick_ratio() < ALIKE or matcher.quick_ratio() < ALIKE:
        return 0.0
    return matcher.ratio()


def _by_mark(
    found: Sequence[Trace],
    given: list[int | None],
    free: dict[int, Trace],
    mark: Callable[[Trace], _Mark | None],
) -> None:
    held: dict[_Mark, list[int]] = {}
    for block_id, trace in free.items():
        if (said := mark(trace)) is not None:
            held.setdefault(said, []).append(block_id)
    for place, trace in enumerate(found):
        said = mark(trace)
        if given[place] is None and said is not None and held.get(said):
            given[place] = block_id = held[said].pop(0)
            del free[block_id]


def _by_likeness(found: Sequence[Trace], given: list[int | None], free: dict[int, Trace]) -> None:
    left = [place for place, block_id in enumerate(given) if block_id is None]
    pairs = [
        (place, block_id)
        for place in left
        for block_id, trace in free.items()
        if (trace.path, trace.kind) == (found[place].path, found[place].kind)
    ]
    if len(pairs) > MOST_PAIRS:
        return
    scored = [
        (likeness(found[place].text, free[block_id].text), place, block_id) for place, block_id in pairs
    ]
    for score, place, block_id in _best_first(scored):
        if score >= ALIKE and given[place] is None and block_id in free:
            given[place] = block_id
            del free[block_id]


def _best_first(scored: Iterable[tuple[float, int, int]]) -> list[tuple[float, int, int]]:
    return sorted(scored, key=lambda each: (-each[0], each[1], each[2]))


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
