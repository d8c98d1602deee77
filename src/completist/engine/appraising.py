"""Appraising: how complete items are, told anew where the rules or whom to believe have changed.

What is written to an item is scored in the same transaction by `engine.recording`. This makes up for the rest: items
from before there were scores, and all of a library once its kinds weigh fields differently, or a person believes
other providers. Those decide, too, by which identifiers and words an item is found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from completist.domain.fields import Data, is_empty
from completist.domain.scoring import completeness, quality
from completist.engine.recording import counted, found_by, identifiers
from completist.engine.voices import Voices
from completist.sdk import registry
from completist.sdk.registry import KindPlugin
from completist.store import fields, items, libraries, scores, texts
from completist.store.database import Connection, Database

#: Items per transaction.
CHUNK = 500


def appraise(
    database: Database,
    library_id: int,
    voices: Voices,
    stop: Callable[[], bool] = lambda: False,
    *,
    most: int | None = None,
) -> int:
    """Score the items of a library that have no score by the present rules, at most so many; how many it was.

    Interrupted at any moment, the next call goes on. Where nothing is to be done, nothing is written.
    """
    adopt(database, library_id, voices)
    kinds = list(registry.plugins())
    with database.read() as connection:
        if not scores.is_any_unscored(connection, library_id, kinds):
            return 0
    after, done = 0, 0
    while not stop() and (most is None or done < most):
        with database.write() as connection:
            found = scores.unscored(connection, library_id, kinds, after=after, limit=CHUNK)
            if not found:
                break
            there = items.kinds_of(connection, library_id, items.hold_items(connection, found))
            for kind in sorted(set(there.values())):
                mine = [item_id for item_id, of in there.items() if of == kind]
                score_items(connection, library_id, registry.plugin(kind), mine, voices)
        after, done = found[-1], done + len(found)
    return done


def adopt(database: Database, library_id: int, voices: Voices) -> None:
    """Let the present rules hold for a library: what was scored by others has no score any more."""
    rules = voices.digest()
    with database.read() as connection:
        if libraries.scored_by(connection, library_id) == rules:
            return
    with database.write() as connection:
        before = libraries.scored_by(connection, library_id)
        if before not in (None, rules):
            scores.forget_scores(connection, library_id)
        libraries.note_scored_by(connection, library_id, rules)


def score_items(
    connection: Connection, library_id: int, plugin: KindPlugin, ids: Sequence[int], voices: Voices
) -> None:
    """Tell how complete items of one kind are, and by what they are found, inside the caller's transaction.

    The caller holds them.
    """
    said, locked = fields.read_values(connection, ids), fields.read_locks(connection, ids)
    trust = voices.of(plugin)
    counting = {item_id: counted(plugin, said[item_id], trust) for item_id in ids}
    fields.write_identifiers(
        connection, library_id, {item_id: identifiers(plugin, each) for item_id, each in counting.items()}
    )
    words = [found_by(plugin, item_id, said[item_id], trust) for item_id in ids]
    texts.write_texts(connection, library_id, plugin.kind.name, words)
    scores.score(
        connection,
        {
            item_id: completeness(plugin.kind, each, locked.get(item_id, ()))
            for item_id, each in counting.items()
        },
    )


def record_quality(plugin: KindPlugin, data: Mapping[str, Data]) -> float:
    """How good a provider's record is, 0 to 1, by what its kind takes: see `scoring.quality`."""
    return quality(plugin.kind, data, [name for name in data if not _is_sound(plugin, name, data[name])])


def _is_sound(plugin: KindPlugin, name: str, data: Data) -> bool:
    bring = plugin.normalise.get(name)
    if bring is None or is_empty(data):
        return True
    try:
        bring(data)
    except ValueError:
        return False
    return True
