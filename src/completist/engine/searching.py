"""Searching: items by words and by meaning. Both rank by themselves; their ranks are fused.

Reciprocal rank fusion: https://plg.uwaterloo.ca/~gvcormac/cormacksigir09-rrf.pdf. It needs no scores that could be
compared, which those of words and of meanings cannot. What words say weighs by the square of how much of the query they
are: one word out of four by chance is no reason to go before what is meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import log
from typing import TYPE_CHECKING

from completist.domain.errors import ActionRequired, NotFound, Retryable
from completist.engine.viewing import ItemView, view_items
from completist.engine.voices import DECLARED, Voices
from completist.sdk.registry import KindPlugin
from completist.sdk.vectors import Narrow, Space
from completist.store import items, texts, vectors
from completist.store.database import Connection, Database

if TYPE_CHECKING:
    from completist.engine.indexing import Shelf
    from completist.sdk.vectors import Embedder, Near

#: How deep each ranking is read for every hit that is wanted, and at least.
DEPTH, LEAST = 5, 100
#: What keeps the first rank from outweighing everything: the constant of the paper.
K = 60

WORDS, MEANING = "words", "meaning"


@dataclass(frozen=True, slots=True)
class Hit:
    """An item that was found: its place is that of its score, and ``ranks`` says who put it where."""

    view: ItemView
    score: float
    ranks: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to. Without search by meaning, ``why`` says so."""

    hits: tuple[Hit, ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Searcher:
    """Searches one library's items of one kind."""

    database: Database
    library_id: int
    plugin: KindPlugin
    space: Space
    voices: Voices = DECLARED

    def search(
        self,
        query: str,
        limit: int,
        narrow: Narrow = Narrow(),  # noqa: B008 - frozen
        *,
        shelf: Callable[[], tuple[Embedder, Shelf]] | None = None,
        by: Sequence[str] = (WORDS, MEANING),
    ) -> Found:
        """Items for a query, best first. ``shelf`` opens the model and the index; without, only words count."""
        depth = max(LEAST, limit * DEPTH)
        rankings: dict[str, dict[int, float]] = {}
        why = ""
        if WORDS in by:
            rankings[WORDS] = self._by_words(query, depth)
        if MEANING in by:
            near, why = self._by_meaning(query, depth, narrow, shelf)
            rankings[MEANING] = dict.fromkeys(near, 1.0)
        return Found(self._fused(rankings, limit, narrow), why)

    def similar(
        self,
        item_id: int,
        limit: int,
        shelf: Shelf,
        narrow: Narrow = Narrow(),  # noqa: B008 - frozen
    ) -> Found:
        """The items nearest to one.

        Raises:
            NotFound: The library has no such item of the kind.
            ActionRequired: It has no vector yet.
        """
        import numpy as np  # noqa: PLC0415 - takes 0.1 s to load

        with self.database.read() as connection:
            if items.kinds_of(connection, self.library_id, [item_id]).get(item_id) != self.plugin.kind.name:
                raise NotFound(f"There is no {self.plugin.kind.name} {item_id} in this library.")
            kept = vectors.read_vectors(connection, self.space.name, [item_id]).get(item_id)
        if kept is None or kept.data is None or kept.model != shelf.model:
            why = kept.reason if kept is not None and kept.reason else "not embedded yet"
            raise ActionRequired(
                f"Item {item_id} has no vector: {why}.",
                hint=f"completist fill --kind {self.plugin.kind.name}",
            )
        near = shelf.index.query(np.frombuffer(kept.data, dtype="<f4"), limit + 1, narrow)
        ranking = dict.fromkeys((each for each in _items(near) if each != item_id), 1.0)
        return Found(self._fused({MEANING: ranking}, limit, narrow))

    def _by_words(self, query: str, depth: int) -> dict[int, float]:
        """Those that are called so, then those with all words, then those with any; with how much each weighs."""
        with self.database.read() as connection:
            kind = self.plugin.kind.name
            strict = texts.search_words(connection, self.library_id, kind, query, depth)
            loose = texts.search_words(connection, self.library_id, kind, query, depth, every=False)
            found = list(dict.fromkeys([*strict, *loose]))[:depth]
            said = texts.read_texts(connection, found)
            asked = texts.telling_words(query) or texts.words_of(query)
            holding = texts.count_holding(connection, self.library_id, kind, asked)
            of = texts.count_texts(connection, self.library_id, kind)
        called = [item_id for item_id in found if is_called(query, said[item_id])]
        whole, part = dict.fromkeys([*called, *strict], 1.0), share_of(holding, of)
        weights = {i: whole.get(i) or part(said[i]) ** 2 for i in dict.fromkeys([*whole, *found])}
        return {item_id: weight for item_id, weight in weights.items() if item_id in said}

    def _by_meaning(
        self,
        query: str,
        depth: int,
        narrow: Narrow,
        shelf: Callable[[], tuple[Embedder, Shelf]] | None,
    ) -> tuple[list[int], str]:
        if shelf is None:
            return [], "Search by meaning is off: no model is set up."
        try:
            embedder, opened = shelf()
            near = opened.index.query(embedder.embed([query])[0], depth, narrow)
        except (ActionRequired, Retryable) as error:
            return [], f"Search by meaning is off: {error.message}"
        return list(_items(near)), ""

    def _fused(
        self, rankings: Mapping[str, Mapping[int, float]], limit: int, narrow: Narrow
    ) -> tuple[Hit, ...]:
        """Hits by the sum of weight / (K + rank) over rankings, each of which maps items to their weights in order."""
        ranks: dict[int, dict[str, int]] = {}
        scores: dict[int, float] = {}
        for who, ranking in rankings.items():
            for rank, (item_id, weight) in enumerate(ranking.items(), 1):
                ranks.setdefault(item_id, {})[who] = rank
                scores[item_id] = scores.get(item_id, 0.0) + weight / (K + rank)
        order = sorted(ranks, key=lambda item_id: (-scores[item_id], item_id))
        hits: list[Hit] = []
        with self.database.read() as connection:
            for start in range(0, len(order), LEAST):
                if len(hits) >= limit:
                    break
                part = order[start : start + LEAST]
                hits += [
                    Hit(view, round(scores[view.id], 6), ranks[view.id])
                    for view in self._views(connection, part)
                    if narrow.is_open or narrow.passes(self.space.payload(view.data))
                ]
        return tuple(hits[:limit])

    def _views(self, connection: Connection, ids: Sequence[int]) -> list[ItemView]:
        there = items.kinds_of(connection, self.library_id, ids)
        return view_items(connection, {i: there[i] for i in ids if i in there}, self.voices)


def is_called(query: str, said: texts.Words) -> bool:
    """Whether a query is all that an item's title says, or one of the names beside it."""
    wanted = texts.words_of(query)
    return any(texts.words_of(name) == wanted for name in (said.title, *said.names.split(",")))


def share_of(holding: Mapping[str, int], of: int) -> Callable[[texts.Words], float]:
    """How much of a query an item holds, from 0 to 1: the share of its words, of which the rare ones tell more.

    ``holding`` says how many of all ``of`` items hold each word.
    """
    telling = [(re.compile(rf"\b{re.escape(w)}"), log(1 + of / (1 + n))) for w, n in holding.items()]
    whole = sum(weight for _, weight in telling) or 1.0

    def share(said: texts.Words) -> float:
        text = f"{said.title}\n{said.names}\n{said.body}".casefold()
        return sum(weight for begins, weight in telling if begins.search(text)) / whole

    return share


def matched(query: str, view: ItemView) -> list[tuple[str, tuple[str, ...]]]:
    """Where an item holds words of a query: the label of the first field for each word, with the words."""
    left = list(dict.fromkeys(texts.telling_words(query)))
    found: list[tuple[str, tuple[str, ...]]] = []
    kind = view.kind
    for name in dict.fromkeys((kind.title, *((kind.byline,) if kind.byline else ()), *kind.searched)):
        value = view.values.get(name)
        if value is None or not left:
            continue
        data = value.data
        said = " ".join(map(str, data)) if isinstance(data, list) else str(data or "")
        held = texts.words_of(said)
        here = tuple(word for word in left if any(each.startswith(word) for each in held))
        if here:
            found.append((kind.by_name[name].label, here))
            left = [word for word in left if word not in here]
    return found


def _items(near: Iterable[Near]) -> Iterable[int]:
    """The items of hits, each once."""
    found = (each.payload.get("item") for each in near)
    return dict.fromkeys(item for item in found if isinstance(item, int))
