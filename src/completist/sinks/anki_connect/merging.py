"""Merging: what is ours, what a person made of it in Anki, and what both had in common, field by field."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from completist.domain.cards import Finished, as_kept, modified_at
from completist.sinks.apkg.note_types import TYPES

#: What stands for a part's text.
Digest = Callable[[str], str]

#: The fields of a note that a person may change, with our parts.
FIELDS: Mapping[str, str] = {"Front": "front", "Back": "back", "Text": "text", "Extra": "extra"}


@dataclass(frozen=True, slots=True)
class Given:
    """A card to be pushed. ``base`` are digests of what Anki was last given, ``pushed`` says that it was pushed."""

    card: Finished
    base: Mapping[str, str] = field(default_factory=dict)
    pushed: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a card: created, updated, unchanged, kept_yours, deleted_there, failed.

    ``kept`` names the parts in which a person's own text was left; ``base`` is what both sides now have in common.
    """

    uid: str
    outcome: str
    kept: tuple[str, ...] = ()
    base: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Theirs:
    """A note as it stands in Anki. ``reshaped`` says that a person gave its type other fields than ours."""

    note_id: int
    parts: Mapping[str, str]
    tags: tuple[str, ...]
    mod: int
    reshaped: bool = False


@dataclass(frozen=True, slots=True)
class Merged:
    """What has to be done about a card: a note to write, or nothing but what is told."""

    told: Told
    write: Finished | None = None
    theirs: Theirs | None = None


def read_note(said: Mapping[str, Any]) -> tuple[str, Theirs] | None:
    """A note of ours as AnkiConnect tells it, with its key; None for one that is gone or not ours."""
    fields = said.get("fields") or {}
    key = (fields.get("Key") or {}).get("value", "")
    if not key:
        return None
    parts = {part: str(fields[name]["value"]) for name, part in FIELDS.items() if name in fields}
    shape = tuple(sorted(fields, key=lambda name: int(fields[name]["order"])))
    return key, Theirs(
        int(said["noteId"]),
        parts,
        tuple(said.get("tags") or ()),
        int(said.get("mod") or 0),
        reshaped=shape not in _SHAPES,
    )


def merge(given: Given, theirs: Theirs | None, digest: Digest) -> Merged:
    """What has to be done about a card."""
    card = given.card
    ours = {part: plain(card.parts.get(part, "")) for part in _parts(card)}
    base = {part: digest(text) for part, text in ours.items()}
    if theirs is None:
        if given.pushed:
            return Merged(Told(card.uid, "deleted_there", base=given.base))
        if card.retired:
            return Merged(Told(card.uid, "unchanged", base=base))
        return Merged(Told(card.uid, "created", base=base), card)
    merged: dict[str, str] = {}
    kept: list[str] = []
    common: dict[str, str] = {}
    for part, text in ours.items():
        there = plain(theirs.parts.get(part, ""))
        if is_same(there, text) or given.base.get(part) == digest(there):
            merged[part], common[part] = text, base[part]
        else:
            merged[part] = there
            kept.append(part)
            common[part] = given.base.get(part, "")
    tagged = not card.retired or _RETIRED in theirs.tags
    changes = any(not is_same(theirs.parts.get(part, ""), text) for part, text in merged.items())
    if not changes and tagged:
        return Merged(
            Told(card.uid, "kept_yours" if kept else "unchanged", tuple(kept), common), theirs=theirs
        )
    whole = replace(
        card,
        parts={part: text for part, text in merged.items() if text},
        tags=tuple(dict.fromkeys((*theirs.tags, *card.tags))),
        modified=modified_at(max(theirs.mod, card.modified - 1), 0),
    )
    return Merged(Told(card.uid, "kept_yours" if kept else "updated", tuple(kept), common), whole, theirs)


def plain(text: str) -> str:
    """Text as Anki keeps it."""
    return unicodedata.normalize("NFC", text).strip()


def is_same(text: str, other: str) -> bool:
    """Whether two texts of a field are the same to whoever reads them."""
    return as_kept(text) == as_kept(other)


def _parts(card: Finished) -> Sequence[str]:
    names = TYPES[card.form].fields
    return [FIELDS[name] for name in names if name in FIELDS]


_RETIRED = "completist::retired"
_SHAPES = frozenset(kind.fields for kind in TYPES.values())
