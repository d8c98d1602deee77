"""What every index of vectors promises (`completist.sdk.vectors.VectorIndex`), tried on each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from structlog.testing import capture_logs
from tests.support.loopback import Reply as LoopbackReply
from tests.support.loopback import serving
from tests.support.qdrant import small_qdrant

from completist.domain.errors import ActionRequired, Busy, CompletistError, Retryable
from completist.net.client import Client
from completist.net.door import Door
from completist.net.permits import ProcessPermits
from completist.sdk.provider import Provider, Reply, Request
from completist.sdk.vectors import Narrow, Point, VectorIndex, point_id
from completist.semantic.indexes.exact import ExactIndex
from completist.semantic.indexes.guarded import Guarded
from completist.semantic.indexes.qdrant import QdrantIndex

if TYPE_CHECKING:
    from completist.sdk.vectors import Floats

DIM = 16
Send = Callable[[Provider, Request], Reply]


@pytest.fixture
def send() -> Iterator[Send]:
    """One call through the door, as the app makes it."""
    door = Door(lambda: Client(ProcessPermits(lambda: 0), lambda: 0, local=["127.0.0.1"]))
    yield lambda provider, request: door.ask(lambda to: to(provider).send(request))
    door.close()


@pytest.fixture(params=["exact", "edge", "qdrant"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VectorIndex]:
    if request.param == "exact":
        yield Guarded(ExactIndex(DIM))
    elif request.param == "edge":
        pytest.importorskip("qdrant_edge", reason="no wheel of qdrant-edge-py for this machine")
        from completist.semantic.indexes.edge import EdgeIndex  # noqa: PLC0415 - see above

        edge = EdgeIndex(tmp_path / "edge", DIM)
        yield edge
        edge.close()
    else:
        send = request.getfixturevalue("send")
        with small_qdrant("secret") as server:
            yield QdrantIndex(send, server.url, "completist_1_text_abc", DIM, "secret", "completist_1_text")


def vector(n: int) -> Floats:
    made = np.random.default_rng(n).normal(size=DIM).astype(np.float32)
    return np.asarray(made / np.linalg.norm(made), dtype=np.float32)


def point(n: int, **payload: object) -> Point:
    said = {
        "item": n,
        "digest": "d",
        "artists": ["queen" if n % 2 else "abba"],
        "year": 1970 + n,
        "bpm": 60.0 + n,
    }
    return Point(point_id("track", "isrc", f"USRC1{n:07}"), vector(n), {**said, **payload})  # type: ignore[dict-item]


def test_the_nearest_come_first(index: VectorIndex) -> None:
    index.upsert([point(n) for n in range(50)])
    near = index.query(vector(7), 5)
    assert (near[0].payload["item"], round(near[0].score, 4)) == (7, 1.0)
    truth = sorted(range(50), key=lambda n: -float(vector(n) @ vector(7)))[:5]
    assert [each.payload["item"] for each in near] == truth
    assert [round(each.score, 4) for each in near] == [round(float(vector(n) @ vector(7)), 4) for n in truth]


def test_a_point_takes_the_place_of_its_former_self(index: VectorIndex) -> None:
    index.upsert([point(1), point(2)])
    index.upsert([Point(point(1).id, vector(99), {"item": 1, "digest": "new"})])
    assert index.count() == 2
    (first, *_) = index.query(vector(99), 1)
    assert (first.id, first.payload["digest"]) == (point(1).id, "new")


def test_points_exist_until_they_are_deleted(index: VectorIndex) -> None:
    assert index.exists([point(1).id]) == set()
    assert index.exists([]) == set()
    index.upsert([point(n) for n in range(5)])
    assert index.exists([point(n).id for n in range(10)]) == {point(n).id for n in range(5)}
    index.delete([point(1).id, point(9).id])
    index.delete([])
    assert index.exists([point(1).id, point(2).id]) == {point(2).id}
    assert index.count() == 4
    assert point(1).id not in {each.id for each in index.query(vector(1), 10)}


@pytest.mark.parametrize(
    ("narrow", "meant"),
    [
        (Narrow("queen"), lambda n: n % 2),
        (Narrow(years=(1980, 1984)), lambda n: 10 <= n <= 14),
        (Narrow(bpm=(None, 65.0)), lambda n: n <= 5),
        (Narrow(bpm=(90.0, None)), lambda n: n >= 30),
        (Narrow("abba", (1975, None), (None, 80.0)), lambda n: not n % 2 and 5 <= n <= 20),
        (Narrow("nobody"), lambda _n: False),
        (Narrow(key="a minor"), lambda n: n == 3),
    ],
    ids=["artist", "years", "slow", "fast", "all at once", "nobody", "key"],
)
def test_hits_are_narrowed(index: VectorIndex, narrow: Narrow, meant: Callable[[int], bool]) -> None:
    index.upsert([point(n, **({"key": "a minor"} if n == 3 else {})) for n in range(40)])
    found = {each.payload["item"] for each in index.query(vector(1), 40, narrow)}
    assert found == {n for n in range(40) if meant(n)}


def test_all_that_is_there_can_be_paged_through_in_order(index: VectorIndex) -> None:
    index.upsert([point(n) for n in range(25)])
    seen: list[Point] = []
    while page := index.scroll(seen[-1].id if seen else "", 10):
        assert len(page) <= 10
        seen += page
    assert [each.id for each in seen] == sorted(point(n).id for n in range(25))
    one = seen[0]
    assert np.allclose(one.vector, vector(int(str(one.payload["item"]))), atol=1e-5)


def test_an_empty_index_answers(index: VectorIndex) -> None:
    assert (index.scroll(), index.exists(["00000000-0000-0000-0000-000000000001"])) == ([], set())
    assert index.count() == 0
    index.upsert([point(1)])
    assert index.query(vector(1), 0) == []
    index.optimise()
    assert index.count() == 1


def test_the_id_of_a_point_is_the_same_everywhere() -> None:
    assert point_id("track", "isrc", "USRC17607839") == "3d473b5b-f1dc-501a-b78b-210e19a9cfcd"


def test_an_index_in_a_folder_is_there_again_and_belongs_to_one(tmp_path: Path) -> None:
    pytest.importorskip("qdrant_edge", reason="no wheel of qdrant-edge-py for this machine")
    from completist.semantic.indexes.edge import EdgeIndex  # noqa: PLC0415 - see above

    first = EdgeIndex(tmp_path / "edge", DIM)
    first.upsert([point(n) for n in range(10)])
    with pytest.raises(Busy):
        EdgeIndex(tmp_path / "edge", DIM)
    first.close()
    again = EdgeIndex(tmp_path / "edge", DIM)
    assert again.count() == 10
    again.close()
    other = EdgeIndex(tmp_path / "edge", DIM * 2)  # of another model: made anew
    assert other.count() == 0
    other.close()


def test_a_server_that_is_down_may_come_back(send: Send) -> None:
    index = QdrantIndex(send, "http://127.0.0.1:1", "c", DIM)
    with capture_logs() as logs, pytest.raises(Retryable) as told:
        index.upsert([point(1)])
    assert told.value.resting  # no fault of the points
    assert logs == [
        {
            "event": "qdrant_error",
            "log_level": "error",
            "result": "error",
            "error": "transient",
            "collection": "c",
        }
    ]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((500, {}, b'{"status": {"error": "no space"}}'), Retryable),
        ((403, {}, b'{"status": {"error": "Must provide an API key"}}'), ActionRequired),
        ((200, {"Content-Type": "application/json"}, b"{}"), Retryable),
    ],
    ids=["broken", "key", "no-result"],
)
def test_a_server_that_answers_with_an_error_is_told_of(
    send: Send, answer: LoopbackReply, error: type[CompletistError]
) -> None:
    with serving(lambda _seen: answer) as server, capture_logs() as logs, pytest.raises(error):
        QdrantIndex(send, server.url, "c", DIM).count()
    assert [(each["event"], each["result"], each["collection"]) for each in logs] == [
        ("qdrant_error", "error", "c")
    ]


def test_an_alias_leads_to_the_present_collection(send: Send) -> None:
    with small_qdrant() as server:
        for name in ("completist_1_text_old", "completist_1_text_new"):
            QdrantIndex(send, server.url, name, DIM, alias="completist_1_text").upsert([point(1)])
        (alias,) = server.client.get_aliases().aliases
        assert (alias.alias_name, alias.collection_name) == ("completist_1_text", "completist_1_text_new")
