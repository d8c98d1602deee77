"""Pushing: packages through a running Anki. Whatever a person does in it meanwhile, nothing of theirs is lost.

A package that is imported keeps schedules and obeys modification times. It is stored as a file of media, imported from
there and taken away again, in parts of at most a megabyte: the add-on's upload takes quadratic time. A note whose type
has fields of a person's own is written field by field instead: an import would empty those.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from completist.domain.cards import Finished, Form
from completist.domain.errors import CompletistError
from completist.sinks.anki_connect.browsing import set_aside
from completist.sinks.anki_connect.calls import LONG, AnkiConnect, Refused
from completist.sinks.anki_connect.merging import (
    Digest,
    Given,
    Merged,
    Theirs,
    Told,
    is_same,
    merge,
    read_note,
)
from completist.sinks.apkg.collection import tags_of
from completist.sinks.apkg.note_types import TYPES
from completist.sinks.apkg.package import packages

#: The file that goes through Anki's folder of media; the line before its name keeps Anki from calling it unused.
PACKAGE = "_completist-cards.apkg"

#: Notes that are asked about at once.
NOTES = 500

_UNKNOWN = "unsupported action"
_NOT_TAKEN = "not_taken"


def push(
    anki: AnkiConnect,
    given: Sequence[Given],
    digest: Digest,
    note: Callable[[Sequence[Told]], None],
    *,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> list[Told]:
    """Bring cards into a running Anki; what became of each.

    ``note`` is told of each part as soon as it is in Anki and was read back. Killed between the two, the next call
    finds the cards there by their keys, and makes none twice.

    Raises:
        ActionRequired: Anki lets nobody in from here, or wants another key.
        Retryable: Nothing answers. What was pushed before was noted.
    """
    anki.probe()
    theirs = standing(anki)
    merged = [merge(each, theirs.get(each.card.uid), digest) for each in given]
    done = [each.told for each in merged if each.write is None]
    if done:
        note(done)
    told = list(done)
    for mine, body in _parcelled(merged):
        if stop():
            break
        outcome = _put(anki, mine, body)
        outcome = _once_more(anki, outcome, given, digest)
        note([each for each in outcome if each.outcome != "failed"])
        told += outcome
        progress(len(told), len(given))
    return told


def standing(anki: AnkiConnect) -> dict[str, Theirs]:
    """Our notes as they stand in Anki, by key."""
    ids = anki("findNotes", query="Key:_*")  # not by the note types' names, which a person may change
    found: dict[str, Theirs] = {}
    for some in _chunked(list(ids or ())):
        for said in anki("notesInfo", patience=LONG, notes=some):
            if said and (read := read_note(said)) is not None:
                found[read[0]] = read[1]
    return found


def _parcelled(merged: Sequence[Merged]) -> Iterator[tuple[Sequence[Merged], bytes]]:
    """What is to be written, in parts, each with its package; without one, what must not be imported."""
    writes = {each.told.uid: each for each in merged if each.write is not None}
    apart = [each for each in writes.values() if each.theirs is not None and each.theirs.reshaped]
    for each in apart:
        del writes[each.told.uid]
    for cards, body in packages([each.write for each in writes.values() if each.write is not None]):
        yield [writes[card.uid] for card in cards], body
    for some in _chunked(apart):
        yield some, b""


def _put(anki: AnkiConnect, mine: Sequence[Merged], body: bytes) -> list[Told]:
    changed = [each.theirs.note_id for each in mine if each.theirs is not None]
    try:
        if body:
            _import(anki, body, changed)
        else:
            with set_aside(anki, changed):
                _one_by_one(anki, mine)
    except Refused as error:
        if not body or _UNKNOWN not in error.said:
            return [_failed(each, error) for each in mine]
        with set_aside(anki, changed):
            _one_by_one(anki, mine)
    return _read_back(anki, mine)


def _once_more(
    anki: AnkiConnect, outcome: Sequence[Told], given: Sequence[Given], digest: Digest
) -> list[Told]:
    """What was written over at once, as by an editor that saves the text it held, is merged anew and put again."""
    lost = {each.uid for each in outcome if each.reason == _NOT_TAKEN}
    if not lost:
        return list(outcome)
    there = _read(anki, lost)
    again = [merge(each, there.get(each.card.uid), digest) for each in given if each.card.uid in lost]
    told = [each.told for each in again if each.write is None]
    for mine, body in _parcelled(again):
        told += _put(anki, mine, body)
    return [*(each for each in outcome if each.uid not in lost), *told]


def _import(anki: AnkiConnect, body: bytes, changed: Sequence[int]) -> None:
    name = anki.store(PACKAGE, body)
    try:
        folder = str(anki("getMediaDirPath"))
        separator = "\\" if "\\" in folder and "/" not in folder else "/"
        with set_aside(anki, changed):
            anki("importPackage", patience=LONG, path=f"{folder}{separator}{name}")
    finally:
        with suppress(CompletistError):  # it is written over by the next one
            anki("deleteMediaFile", filename=name)


def _read_back(anki: AnkiConnect, mine: Sequence[Merged]) -> list[Told]:
    """Believe nothing that was not read again."""
    there = _read(anki, {each.told.uid for each in mine})
    return [_judged(each, there.get(each.told.uid)) for each in mine]


def _read(anki: AnkiConnect, keys: Collection[str]) -> dict[str, Theirs]:
    """The notes of some keys as they stand in Anki."""
    there: dict[str, Theirs] = {}
    for some in _chunked(sorted(keys), 100):
        ids = anki("findNotes", query=" or ".join(f"Key:{key}" for key in some))
        for said in anki("notesInfo", patience=LONG, notes=ids):
            if said and (read := read_note(said)) is not None:
                there[read[0]] = read[1]
    return there


def _judged(each: Merged, there: Theirs | None) -> Told:
    if there is None:
        return replace(each.told, outcome="failed", reason="not_there")
    wanted = each.write.parts if each.write is not None else {}
    if all(is_same(there.parts.get(part, ""), text) for part, text in wanted.items()):
        return each.told
    return replace(each.told, outcome="failed", reason=_NOT_TAKEN)


def _failed(each: Merged, error: Refused) -> Told:
    return replace(each.told, outcome="failed", reason=error.said[:200])


# --- an AnkiConnect that cannot import packages ----------------------------------------------------------------


def _one_by_one(anki: AnkiConnect, mine: Sequence[Merged]) -> None:
    """Each note by itself; never `addNotes`, which takes all back when one of them fails."""
    new = [each.write for each in mine if each.write is not None and each.theirs is None]
    if new:
        _make_types(anki)
    for deck in sorted({card.deck for card in new}):
        anki("createDeck", deck=deck)
    for some in _chunked(new, 100):
        anki.several(
            [("addNote", {"note": _as_note(card)}) for card in some]
        )  # one that is there already is no error
    old = [(each.write, each.theirs) for each in mine if each.write is not None and each.theirs is not None]
    for some in _chunked(old, 100):
        actions: list[tuple[str, dict[str, Any]]] = []
        for card, theirs in some:
            note = {"id": theirs.note_id, "fields": _fields(card)}
            actions.append(("updateNoteFields", {"note": note}))
            missing = [tag for tag in tags_of(card) if tag not in theirs.tags]
            if missing:
                actions.append(("addTags", {"notes": [theirs.note_id], "tags": " ".join(missing)}))
        anki.several(actions)


def _make_types(anki: AnkiConnect) -> None:
    known = set(anki("modelNames"))
    for kind in TYPES.values():
        if kind.name in known:
            continue
        declared = kind.declared()
        anki(
            "createModel",
            modelName=kind.name,
            inOrderFields=list(kind.fields),
            css=declared["css"],
            isCloze=kind.form is Form.CLOZE,
            cardTemplates=[
                {"Name": each["name"], "Front": each["qfmt"], "Back": each["afmt"]}
                for each in declared["tmpls"]
            ],
        )


def _as_note(card: Finished) -> dict[str, Any]:
    return {
        "deckName": card.deck,
        "modelName": TYPES[card.form].name,
        "fields": _fields(card),
        "tags": tags_of(card),
        "options": {"allowDuplicate": False, "duplicateScope": "deck"},
    }


def _fields(card: Finished) -> dict[str, str]:
    kind = TYPES[card.form]
    return dict(zip(kind.fields, kind.row(card), strict=True))


def _chunked(values: Sequence[Any], size: int = NOTES) -> Iterator[Sequence[Any]]:
    for begin in range(0, len(values), size):
        yield values[begin : begin + size]
