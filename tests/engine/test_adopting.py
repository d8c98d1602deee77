"""Taking over the vectors of a collection that another program has made: nothing is embedded twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from qdrant_client import models
from tests.support.qdrant import SmallQdrant, small_qdrant
from tests.support.songs import NOW, Bag, app_over, isrc, rows, track

from completist.app import App, Wish
from completist.domain.errors import BadInput, NotFound
from completist.domain.fields import Data
from completist.kinds.tracks.forerunner import VECTOR, seed_point_id
from completist.net.client import Client
from completist.net.door import Door
from completist.net.permits import ProcessPermits
from completist.sdk.vectors import Narrow, point_id
from completist.store.database import Database

if TYPE_CHECKING:
    from completist.sdk.vectors import Floats

TRACKS = 250  # more than one portion
_OPEN = Narrow()


@pytest.fixture
def embedder() -> Bag:
    return Bag()


@pytest.fixture
def app(database: Database, tmp_path: Path, embedder: Bag) -> Iterator[App]:
    app = app_over(database, tmp_path, embedder=embedder)
    door = Door(lambda: Client(ProcessPermits(lambda: 0), lambda: 0, local=["127.0.0.1"]))
    app.semantic.door = lambda: door
    yield app
    app.semantic.close()
    door.close()


@pytest.fixture
def server() -> Iterator[SmallQdrant]:
    with small_qdrant() as running:
        yield running


def text(n: int) -> str:
    return f"Song {n} is a ballad about the year {n}, sung by somebody who counts to {n * 7}."


def fill(server: SmallQdrant, count: int = TRACKS, *, of: Bag | None = None, **changed: Data) -> None:
    """A collection as the other program makes it: named vectors in half precision, points named by their ISRCs."""
    dim = (of or Bag()).dim
    size = models.VectorParams(size=dim, distance=models.Distance.COSINE, datatype=models.Datatype.FLOAT16)
    server.client.create_collection("tracks", {VECTOR: size})
    made = (of or Bag()).embed([text(n) for n in range(count)]).astype(np.float16).astype(np.float32)
    points = []
    for n in range(count):
        payload = {
            "isrc": isrc(n), "title": f"Song number {n}", "artist": "The Testers", "album": "Tests",
            "interpretation": text(n), "lyrics": None, "tempo": 90.0, **changed,
        }  # fmt: skip
        points.append(
            models.PointStruct(id=seed_point_id(isrc(n)), vector={VECTOR: made[n].tolist()}, payload=payload)
        )
    server.client.upsert("tracks", points)


def adopt(app: App, server: SmallQdrant) -> tuple[int, int, int, dict[str, int]]:
    found = app.finding.adopt(server.url, "tracks", lambda _done, _total: None, lambda: False)
    return found.points, found.created, found.taken, dict(found.left)


def test_an_existing_collection_is_taken_over_and_nothing_is_embedded_twice(
    app: App, server: SmallQdrant, embedder: Bag
) -> None:
    fill(server)
    app.adding.add_tracks([track(n) for n in range(5)], NOW)
    assert adopt(app, server) == (TRACKS, TRACKS - 5, TRACKS, {})
    assert len(embedder.asked) == 3  # to see whether the model is the same
    again = [
        each.outcome.value for each in app.adding.add_tracks([track(n) for n in range(TRACKS)], NOW).results
    ]
    assert set(again) == {"already_indexed"}
    app.fill(Wish(kind="track"))
    assert len(embedder.asked) == 3
    assert {state for _, state in {(r["id"], r["state"]) for r in rows(app, "track-embed")}} == {"filled"}
    assert app.finding.verify(lambda _done, _total: None).in_step
    index = app.semantic.shelf(app.library_id, "track").index
    assert index.count() == TRACKS
    assert index.exists([point_id("track", "isrc", isrc(7))])
    (hit, *_) = app.finding.find(text(7), narrow=_OPEN, by=["meaning"]).hits
    assert hit.view.data["isrc"] == [isrc(7)]
    assert adopt(app, server) == (TRACKS, 0, TRACKS, {})  # once more changes nothing


def test_a_document_put_into_the_index_by_hand_is_not_scheduled_again(
    app: App, server: SmallQdrant, embedder: Bag
) -> None:
    fill(server, 1)
    adopt(app, server)
    before = rows(app)
    (added,) = app.adding.add_tracks([track(0)], NOW).results
    assert (added.outcome.value, added.created) == ("already_indexed", False)
    assert rows(app) == before


def test_what_is_not_known_to_be_the_same_is_left(app: App, server: SmallQdrant, embedder: Bag) -> None:
    fill(server, 4)
    stray = models.PointStruct(
        id=seed_point_id("GBAYE0601498"), vector={VECTOR: [1.0] * embedder.dim}, payload={"isrc": isrc(9)}
    )
    zeros = models.PointStruct(
        id=seed_point_id(isrc(1)), vector={VECTOR: [0.0] * embedder.dim},
        payload={"isrc": isrc(1), "title": "Song number 1", "artist": "The Testers", "album": "Tests"},
    )  # fmt: skip
    server.client.upsert("tracks", [stray, zeros])
    (mine,) = app.adding.add_tracks([track(2)], NOW).results
    app.set(mine.item_id or 0, {"description": "What I hear in it is the sea, and nothing else at all."})
    assert adopt(app, server) == (5, 3, 2, {"not_recognised": 1, "no_vector": 1, "another_text": 1})
    assert (
        app.show(mine.item_id or 0).data["description"]
        == "What I hear in it is the sea, and nothing else at all."
    )
    app.fill(Wish(kind="track"))
    assert "What I hear in it is the sea, and nothing else at all." in embedder.asked
    assert app.finding.verify(lambda _done, _total: None).in_step


def test_vectors_of_another_model_are_refused(app: App, server: SmallQdrant) -> None:
    class Other(Bag):
        def embed(self, texts: Sequence[str]) -> Floats:
            return super().embed([each[::-1] for each in texts])

    fill(server, 3, of=Other())
    with pytest.raises(BadInput, match="not those that the model makes"):
        adopt(app, server)
    assert app.status().total == 0


def test_vectors_of_another_length_and_collections_that_are_not_there_are_refused(
    app: App, server: SmallQdrant
) -> None:
    with pytest.raises(NotFound):
        adopt(app, server)
    fill(server, 3)
    app.semantic.embedder.dim = 8  # type: ignore[misc]  # of another model
    with pytest.raises(BadInput, match="32 dimensions"):
        adopt(app, server)
