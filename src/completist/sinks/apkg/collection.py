"""The collection in a package: a SQLite file of Anki's schema 11, which every version of Anki reads.

https://github.com/ankidroid/Anki-Android/wiki/Database-Structure
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from hashlib import sha1
from pathlib import Path
from typing import Any

from completist.domain.cards import Finished, Form, constant_id
from completist.sinks.apkg.note_types import CHANGED_AT, TYPES

_SCHEMA = """
CREATE TABLE col (id integer primary key, crt integer not null, mod integer not null, scm integer not null,
    ver integer not null, dty integer not null, usn integer not null, ls integer not null, conf text not null,
    models text not null, decks text not null, dconf text not null, tags text not null);
CREATE TABLE notes (id integer primary key, guid text not null, mid integer not null, mod integer not null,
    usn integer not null, tags text not null, flds text not null, sfld integer not null, csum integer not null,
    flags integer not null, data text not null);
CREATE TABLE cards (id integer primary key, nid integer not null, did integer not null, ord integer not null,
    mod integer not null, usn integer not null, type integer not null, queue integer not null, due integer not null,
    ivl integer not null, factor integer not null, reps integer not null, lapses integer not null,
    left integer not null, odue integer not null, odid integer not null, flags integer not null, data text not null);
CREATE TABLE revlog (id integer primary key, cid integer not null, usn integer not null, ease integer not null,
    ivl integer not null, lastIvl integer not null, factor integer not null, time integer not null,
    type integer not null);
CREATE TABLE graves (usn integer not null, oid integer not null, type integer not null);
CREATE INDEX ix_notes_usn on notes (usn);
CREATE INDEX ix_cards_usn on cards (usn);
CREATE INDEX ix_revlog_usn on revlog (usn);
CREATE INDEX ix_cards_nid on cards (nid);
CREATE INDEX ix_cards_sched on cards (did, queue, due);
CREATE INDEX ix_revlog_cid on revlog (cid);
CREATE INDEX ix_notes_csum on notes (csum);
"""
_CLOZE = re.compile(r"\{\{c(\d+)::")
_MARKUP = re.compile(r"<[^>]*>")

#: What a card carries whose source is gone.
RETIRED_TAG = "completist::retired"

_OPTIONS = {
    "1": {
        "id": 1,
        "name": "Default",
        "mod": 0,
        "usn": 0,
        "maxTaken": 60,
        "autoplay": True,
        "timer": 0,
        "replayq": True,
        "new": {
            "bury": False,
            "delays": [1, 10],
            "initialFactor": 2500,
            "ints": [1, 4, 7],
            "order": 1,
            "perDay": 20,
            "separate": True,
        },
        "lapse": {"delays": [10], "leechAction": 1, "leechFails": 8, "minInt": 1, "mult": 0},
        "rev": {
            "bury": False,
            "ease4": 1.3,
            "fuzz": 0.05,
            "ivlFct": 1,
            "maxIvl": 36500,
            "minSpace": 1,
            "perDay": 200,
        },
    }
}
_CONF = {
    "activeDecks": [1],
    "addToCur": True,
    "collapseTime": 1200,
    "curDeck": 1,
    "dueCounts": True,
    "estTimes": True,
    "newBury": True,
    "newSpread": 0,
    "nextPos": 1,
    "sortBackwards": False,
    "sortType": "noteFld",
    "timeLim": 0,
}


def write_collection(path: Path, cards: Sequence[Finished]) -> None:
    """Write cards as a collection of Anki's, in order of their uid: the same cards, the same bytes."""
    ordered = sorted(cards, key=lambda card: card.uid)
    decks = {card.deck for card in ordered}
    newest = max((card.modified for card in ordered), default=CHANGED_AT)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(_SCHEMA)
        connection.execute(
            "INSERT INTO col VALUES (1, ?, ?, ?, 11, 0, 0, 0, ?, ?, ?, ?, '{}')",
            (
                CHANGED_AT,
                newest * 1000,
                CHANGED_AT * 1000,
                _told(_CONF),
                _told({str(each.id): each.declared() for each in TYPES.values()}),
                _told(
                    {
                        "1": _deck(1, "Default"),
                        **{str(deck_id(name)): _deck(deck_id(name), name) for name in decks},
                    }
                ),
                _told(_OPTIONS),
            ),
        )
        note_id = CHANGED_AT * 1000
        card_id = note_id
        for due, card in enumerate(ordered, 1):
            note_id += 1
            _write_note(connection, note_id, card)
            for ord_ in _ords(card):
                card_id += 1
                connection.execute(
                    "INSERT INTO cards VALUES (?, ?, ?, ?, ?, -1, 0, 0, ?, 0, 0, 0, 0, 0, 0, 0, 0, '')",
                    (card_id, note_id, deck_id(card.deck), ord_, card.modified, due),
                )
        connection.commit()
        connection.execute("VACUUM")


def deck_id(name: str) -> int:
    """The same on every machine; Anki merges decks of one name anyway."""
    return constant_id(f"deck:{name}")


def tags_of(card: Finished) -> list[str]:
    """A card's tags as Anki takes them: without spaces."""
    own = (*card.tags, *((RETIRED_TAG,) if card.retired else ()))
    return sorted({re.sub(r"\s+", "-", tag.strip()) for tag in own if tag.strip()})


def _write_note(connection: sqlite3.Connection, note_id: int, card: Finished) -> None:
    kind = TYPES[card.form]
    row = kind.row(card)
    first = _MARKUP.sub("", row[0])
    checksum = int(sha1(first.encode(), usedforsecurity=False).hexdigest()[:8], 16)
    tags = tags_of(card)
    connection.execute(
        "INSERT INTO notes VALUES (?, ?, ?, ?, -1, ?, ?, ?, ?, 0, '')",
        (
            note_id,
            card.guid,
            kind.id,
            card.modified,
            f" {' '.join(tags)} " if tags else "",
            "\x1f".join(part.replace("\x1f", "") for part in row),
            first,
            checksum,
        ),
    )


def _ords(card: Finished) -> list[int]:
    if card.form is not Form.CLOZE:
        return [0]
    numbers = {int(number) for number in _CLOZE.findall(card.parts.get("text", ""))}
    return sorted(number - 1 for number in numbers if number > 0) or [0]


def _deck(number: int, name: str) -> dict[str, Any]:
    return {
        "id": number,
        "name": name,
        "mod": CHANGED_AT,
        "usn": -1,
        "desc": "",
        "dyn": 0,
        "conf": 1,
        "collapsed": False,
        "extendNew": 0,
        "extendRev": 0,
        "lrnToday": [0, 0],
        "newToday": [0, 0],
        "revToday": [0, 0],
        "timeToday": [0, 0],
    }


def _told(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
