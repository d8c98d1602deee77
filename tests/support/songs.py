"""Tracks for tests: an app over a database, a model that needs no weights, and the providers behind a simulator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from completist.app import App
from completist.domain.fields import Data
from completist.sdk.vectors import usable
from completist.settings import Settings
from completist.store.database import Database

if TYPE_CHECKING:
    from completist.sdk.vectors import Floats

NOW = 1_790_000_000_000
DIM = 32


class Bag:
    """An embedder that counts words into buckets: texts that share words are near. No stand-in outside of tests."""

    def __init__(self, name: str = "bag:1") -> None:
        self.id = name
        self.dim = DIM
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> Floats:
        self.asked += texts
        made = np.zeros((len(texts), DIM), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.casefold().split():
                made[row, int.from_bytes(blake2b(word.encode(), digest_size=4).digest()) % DIM] += 1
        return usable(made, len(texts), DIM)


def app_over(database: Database, folder: Path, *, embedder: Any = None, **settings: Any) -> App:  # noqa: ANN401 - settings are of any type
    """An app over an open database, with a model if one is given."""
    given = {"offline": True, "embedder": "off", "index": "exact", **settings}
    app = App(Settings(folder, str(database.engine.url), **given), lambda: NOW)
    app.__dict__["database"] = database
    if embedder is not None:
        app.semantic.__dict__["embedder"] = embedder
    return app


def isrc(n: int) -> str:
    return f"USRC1{n:07}"


def track(n: int, **more: Data) -> dict[str, Data]:
    """A track of which little is known."""
    return {
        "isrc": [isrc(n)],
        "title": f"Song number {n}",
        "artists": ["The Testers"],
        "album": "Tests",
        **more,
    }


def rows(app: App, pipeline: str | None = None) -> list[Mapping[str, Any]]:
    """The runs of a library, in order."""
    from tests.support.effects import rows as every  # noqa: PLC0415 - pulls in the store

    runs = [run for run in every(app.database, "runs") if pipeline in (None, run["pipeline"])]
    return sorted(runs, key=lambda run: int(run["id"]))


def states(app: App, pipeline: str) -> list[tuple[str, str]]:
    """(version, state) of a pipeline's runs, in order."""
    return [(run["version"], run["state"]) for run in rows(app, pipeline)]
