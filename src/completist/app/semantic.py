"""Search by meaning, as it is set up: which model makes vectors, where they are searched, who describes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

import structlog

from completist.domain.errors import ActionRequired, BadInput, Busy, Retryable
from completist.engine.voices import Voices
from completist.net.door import Door
from completist.sdk import registry
from completist.sdk.finder import Finder
from completist.sdk.provider import Provider, Reply, Request
from completist.sdk.vectors import Embedder, VectorIndex
from completist.settings import Settings
from completist.store.database import Database

if TYPE_CHECKING:
    from completist.engine.indexing import Shelf

#: The folder of the data folder with the model that is taken when none is named, and the one with indexes.
MODEL, INDEXES = Path("models") / "minilm", "index"
#: Environment variables with the keys of the operator's own servers.
EMBED_KEY, QDRANT_KEY, LLM_KEY = "EMBED_KEY", "QDRANT_KEY", "LLM_KEY"

_log = structlog.get_logger()


@dataclass
class Semantic:
    """The model and the indexes of a database, opened when they are first needed. Safe across threads."""

    settings: Settings
    database: Database
    door: Callable[[], Door | None]
    voices: Callable[[], Voices]
    now: Callable[[], int]
    _lock: RLock = field(default_factory=RLock)
    _indexes: dict[str, VectorIndex] = field(default_factory=dict)
    _noticed: set[int] = field(default_factory=set)

    @cached_property
    def embedder(self) -> Embedder:
        """The model.

        Raises:
            ActionRequired: None is set up.
            BadInput: The settings name something that is none.
        """
        named = self.settings.embedder
        if named == "off":
            raise ActionRequired("it is turned off in the settings.", hint="COMPLETIST_EMBEDDER")
        way, colon, rest = named.partition(":")
        if colon and way in ("openai", "tei"):
            from completist.semantic.embedders.remote import RemoteEmbedder  # noqa: PLC0415 - loaded when needed

            url, _, model = rest.partition("#")
            return RemoteEmbedder(self.send, way, url, model, os.environ.get(EMBED_KEY, ""))
        folder = Path(named) if named else self.settings.data / MODEL
        if not named and not folder.is_dir():
            raise ActionRequired("no model is set up.", hint="completist index model")
        from completist.semantic.embedders.onnx import OnnxEmbedder  # noqa: PLC0415 - likewise

        return OnnxEmbedder(folder, threads=max(1, (os.cpu_count() or 2) // 2))

    @property
    def is_set_up(self) -> bool:
        """Whether there is a model, as far as can be told without loading it."""
        try:
            return self.embedder is not None
        except (ActionRequired, BadInput):
            return False

    def finders(self, library_id: int) -> Mapping[str, Finder]:
        """The finders of the stages that take a model, an index, or somebody who describes; without them, none."""
        found: dict[str, Finder] = {**self._describers()}
        if not self.is_set_up:
            return found
        from completist.engine.embedding import EmbedFinder, notice_model  # noqa: PLC0415 - loads numpy
        from completist.engine.indexing import IndexFinder, spaces  # noqa: PLC0415 - likewise

        for plugin, space in spaces():
            embed, index = registry.pipeline(space.embed)[1], registry.pipeline(space.index)[1]
            try:
                shelf = self.shelf(library_id, plugin.kind.name)
            except (ActionRequired, Retryable) as error:
                _log.warning("no_search_by_meaning", code=error.code)
                continue
            with self._lock:
                if library_id not in self._noticed:
                    notice_model(self.database, library_id, space, self.embedder, self.now)
                    self._noticed.add(library_id)
            found[embed.name] = EmbedFinder(embed, space, self.embedder, self.database)
            found[index.name] = IndexFinder(index, shelf)
        return found

    def shelf(self, library_id: int, kind: str) -> Shelf:
        """A library's items of a kind with the index made of their vectors.

        Raises:
            ActionRequired: No model is set up, or the index takes something that is not installed.
            Retryable: The model or the index cannot be reached.
        """
        from completist.engine.indexing import Shelf, reconcile  # noqa: PLC0415 - loads numpy
        from completist.semantic.indexes.exact import ExactIndex  # noqa: PLC0415 - likewise

        plugin = registry.plugin(kind)
        if plugin.space is None:
            raise BadInput(f"{plugin.kind.plural.capitalize()} are not searched by meaning.")
        model = self.embedder.id
        name = f"{library_id}_{plugin.space.name}_{self._version(plugin.space.embed, model)}"
        with self._lock:
            shelf = Shelf(
                self.database, library_id, plugin, plugin.space, model, ExactIndex(1), self.voices()
            )
            fresh = name not in self._indexes
            if fresh:
                self._indexes[name] = self._open(name, shelf)
            shelf = replace(shelf, index=self._indexes[name])
            if fresh and self._indexes[name].count() == 0:
                reconcile(shelf)  # an index that was thrown away, or of another sort than before
        return shelf

    def collection(self, url: str, name: str, vector: str) -> VectorIndex:
        """Another program's collection on a Qdrant server, to be read. Raises BadInput when the address is none."""
        from completist.semantic.indexes.qdrant import QdrantIndex, server  # noqa: PLC0415 - loaded when needed

        server(url)
        return QdrantIndex(self.send, url, name, 0, os.environ.get(QDRANT_KEY, ""), vector=vector)

    def send(self, provider: Provider, request: Request) -> Reply:
        """One call through the door.

        Raises:
            ActionRequired: There is none: the library stays offline.
            Refused: There was no answer.
        """
        door = self.door()
        if door is None:
            raise ActionRequired("the library is offline.", hint="COMPLETIST_OFFLINE")
        return door.ask(lambda to: to(provider).send(request), urgent=True)

    def close(self) -> None:
        """Let go of the indexes."""
        with self._lock:
            for index in self._indexes.values():
                with suppress(Retryable):
                    index.close()
            self._indexes.clear()

    def _version(self, pipeline: str, model: str) -> str:
        """What a collection is called by: vectors of two models, or of two versions of the stage, are kept apart."""
        version = registry.pipeline(pipeline)[1].version.rpartition(".")[2]
        return blake2b(f"{version}\0{model}".encode(), digest_size=4).hexdigest()

    def _open(self, name: str, shelf: Shelf) -> VectorIndex:
        from completist.semantic.indexes.guarded import Guarded  # noqa: PLC0415 - loaded when needed

        chosen = self.settings.index
        if "://" in chosen:
            from completist.semantic.indexes.qdrant import QdrantIndex  # noqa: PLC0415 - likewise

            alias = f"completist_{shelf.library_id}_{shelf.space.name}"
            key = os.environ.get(QDRANT_KEY, "")
            return QdrantIndex(self.send, chosen, f"completist_{name}", self.embedder.dim, key, alias)
        if chosen not in ("", "exact", "edge"):
            raise BadInput(f"index takes exact, edge or the URL of a Qdrant server, not {chosen!r}.")
        if chosen == "edge" or (not chosen and find_spec("qdrant_edge") is not None):
            if find_spec("qdrant_edge") is None:
                raise ActionRequired(
                    "the index needs qdrant-edge-py.", hint="pip install 'completist[qdrant-edge]'"
                )
            from completist.semantic.indexes.edge import EdgeIndex  # noqa: PLC0415 - likewise

            try:
                return Guarded(EdgeIndex(self.settings.data / INDEXES / name, self.embedder.dim))
            except Busy:
                _log.info("index_elsewhere", library=shelf.library_id)  # whoever works on the library has it
        from completist.semantic.indexes.exact import ExactIndex  # noqa: PLC0415 - likewise

        return Guarded(ExactIndex(self.embedder.dim, (point for page in shelf.pages() for point in page)))

    def _describers(self) -> Mapping[str, Finder]:
        """Who describes in the place of a kind's own template."""
        if not self.settings.llm:
            return {}
        url, _, model = self.settings.llm.partition("#")
        key = os.environ.get(LLM_KEY, "")
        made = {}
        for plugin in registry.plugins().values():
            if plugin.describer is not None:
                finder = plugin.describer(self.send, url, model, key, self.settings.llm_tokens)
                made[finder.pipeline.name] = finder
        return made
