"""The index and the vectors that it is made of: out of step after a crash, and in step again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.conftest import ROOT
from tests.support.songs import DIM, NOW, Bag, app_over, isrc, rows, track

from completist.app import App, Wish
from completist.domain.fields import Data
from completist.engine.indexing import Shelf
from completist.sdk.vectors import Point, point_id
from completist.store import vectors
from completist.store.database import Database, connect
from completist.store.vectors import Kept

TRACKS = 600

#: A process that puts all vectors into the index a few at a time, and says after each portion how far it is.
WRITER = """
import sys
from pathlib import Path
from completist.engine import indexing
from completist.store.database import connect
from tests.support.songs import Bag, app_over

indexing.PAGE = 10
app = app_over(connect(sys.argv[1]), Path(sys.argv[2]), embedder=Bag(), index="edge")
app.finding.rebuild(lambda done, total: print(done, flush=True), lambda: False)
"""


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Iterator[App]:
    app = app_over(database, tmp_path, embedder=Bag())
    yield app
    app.semantic.close()


def shelf(app: App) -> Shelf:
    return app.semantic.shelf(app.library_id, "track")


def stock(app: App, count: int) -> list[int]:
    """Tracks with vectors, without the stages that make them; their items."""
    made = app.adding.add_tracks([track(n) for n in range(count)], NOW).results
    ids = [each.item_id for each in made if each.item_id is not None]
    chance = np.random.default_rng(0).normal(size=(count, DIM)).astype("<f4")
    rows = chance / np.linalg.norm(chance, axis=1)[:, None]
    kept = [Kept(i, "bag:1", "1", f"d{i}", row.tobytes()) for i, row in zip(ids, rows, strict=True)]
    with app.database.write() as connection:
        vectors.write_vectors(connection, "text", kept)
    return ids


def nothing(_done: int, _total: int) -> None:
    pass


def test_what_is_embedded_is_in_the_index_under_the_id_of_its_isrc(app: App) -> None:
    (added,) = app.adding.add_tracks([track(1)], NOW).results
    app.fill(Wish(kind="track"))
    index = shelf(app).index
    assert index.exists([point_id("track", "isrc", isrc(1))])
    (point,) = index.scroll()
    assert (point.payload["item"], point.payload["artists"]) == (added.item_id, ["testers"])
    assert app.finding.verify(nothing).in_step


def test_an_index_that_is_out_of_step_is_told_and_mended(app: App) -> None:
    ids = stock(app, 20)
    index = shelf(app).index
    points = index.scroll("", 100)
    assert len(points) == 20  # made of the vectors when it was opened
    index.delete([points[0].id])
    index.upsert([Point(points[1].id, points[1].vector, {**points[1].payload, "digest": "old"})])
    index.upsert(
        [Point(point_id("track", "isrc", "USRC19999999"), points[2].vector, {"item": 10**9, "digest": "x"})]
    )
    index.upsert([Point(points[3].id, np.zeros(DIM, dtype=np.float32), points[3].payload)])
    found = app.finding.verify(nothing)
    assert (found.kept, found.held) == (len(ids), 20)
    assert (found.missing, found.stale, found.unusable) == ([points[0].id], [points[1].id], [points[3].id])
    assert len(found.orphans) == 1
    assert not app.finding.reconcile(nothing).in_step
    assert app.finding.verify(nothing).in_step
    assert index.count() == 20


def test_two_items_with_one_isrc_are_two_points(app: App) -> None:
    other: dict[str, Data] = {"title": "Quite another thing", "artists": ["Somebody Else"]}
    app.adding.add_tracks([track(1), {**track(1), **other}], NOW)
    app.fill(Wish(kind="track"))
    assert shelf(app).index.count() == 2
    assert app.finding.verify(nothing).in_step


def test_a_track_that_changes_is_embedded_and_indexed_again(app: App) -> None:
    (added,) = app.adding.add_tracks([track(1)], NOW).results
    app.fill(Wish(kind="track"))
    (before,) = shelf(app).index.scroll()
    app.set(
        added.item_id or 0, {"description": "A quiet waltz about the sea, for an old piano and one voice."}
    )
    app.fill(Wish(kind="track"))
    (after,) = shelf(app).index.scroll()
    assert (after.id, after.payload["digest"] != before.payload["digest"]) == (before.id, True)
    assert app.finding.verify(nothing).in_step


def test_sigkill_during_index_writes_loses_and_doubles_no_track(tmp_path: Path) -> None:
    pytest.importorskip("qdrant_edge", reason="no wheel of qdrant-edge-py for this machine")
    url = f"sqlite:///{tmp_path / 'library.db'}"
    with App(app_over(connect(url), tmp_path).settings, lambda: NOW) as first:
        ids = stock(first, TRACKS)
    command = [sys.executable, "-c", WRITER, url, str(tmp_path)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    for after in (30, 150):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env, cwd=ROOT) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if int(line) >= after:
                    process.send_signal(signal.SIGKILL)
                    break
        assert process.returncode == -signal.SIGKILL
    app = app_over(connect(url), tmp_path, embedder=Bag(), index="edge")
    found = app.finding.verify(nothing)
    assert (found.kept, found.held >= 150, len(found.missing)) == (TRACKS, True, TRACKS - found.held)
    assert (found.orphans, found.stale, found.unusable) == ([], [], [])
    app.finding.reconcile(nothing)
    assert app.finding.verify(nothing).in_step
    held = [point.payload["item"] for point in shelf(app).index.scroll("", TRACKS + 1)]
    assert sorted(map(int, map(str, held))) == ids
    app.semantic.close()
    app.database.close()


#: A process that fills a library, and says after each portion that stands in the index, and is not settled yet, so.
FILLER = """
import sys
from pathlib import Path
from completist.app import Wish
from completist.engine.indexing import IndexFinder
from completist.store.database import connect
from tests.support.songs import Bag, app_over

real = IndexFinder.find
def find(self, subjects, catalogue):
    found = real(self, subjects, catalogue)
    print(len(subjects), flush=True)
    return found
IndexFinder.find = find
app = app_over(connect(sys.argv[1]), Path(sys.argv[2]), embedder=Bag(), index="edge")
app.fill(Wish(kind="track"))
app.semantic.close()
"""


def test_sigkill_between_index_and_ledger_loses_and_doubles_no_track(tmp_path: Path) -> None:
    """What stood in the index and was not settled is done again, to the same points."""
    pytest.importorskip("qdrant_edge", reason="no wheel of qdrant-edge-py for this machine")
    url = f"sqlite:///{tmp_path / 'library.db'}"
    with App(app_over(connect(url), tmp_path).settings, lambda: NOW) as first:
        made = first.adding.add_tracks([track(n) for n in range(TRACKS)], NOW).results
    command = [sys.executable, "-c", FILLER, url, str(tmp_path)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    for portions in (1, 2):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env, cwd=ROOT) as process:
            assert process.stdout is not None
            for seen, _ in enumerate(process.stdout, 1):
                if seen >= portions:
                    process.send_signal(signal.SIGKILL)
                    break
        assert process.returncode == -signal.SIGKILL
    app = app_over(connect(url), tmp_path, embedder=Bag(), index="edge")
    before = app.finding.verify(nothing)
    assert (before.orphans, before.stale, before.unusable) == ([], [], [])
    assert 0 < before.held < TRACKS
    app.fill(Wish(kind="track"))
    assert app.finding.verify(nothing).in_step
    held = [int(str(point.payload["item"])) for point in shelf(app).index.scroll("", TRACKS + 1)]
    assert sorted(held) == [each.item_id for each in made]
    for stage in ("track-embed", "track-index"):
        done = [run["item_id"] for run in rows(app, stage) if run["state"] == "filled"]
        assert sorted(done) == sorted(held), stage
    app.semantic.close()
    app.database.close()
