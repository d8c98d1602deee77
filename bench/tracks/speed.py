"""How fast tracks are added, found by vectors and embedded, beside what the parts can do by themselves."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from bench.table import Measure, show

from completist.app import App
from completist.sdk.vectors import Point, point_id
from completist.semantic.embedders.onnx import BATCH, MODEL, OnnxEmbedder
from completist.settings import Settings

DIM = 384
QUERIES = 200


def _track(n: int) -> dict[str, object]:
    return {
        "isrc": [f"USRC1{n:07}"],
        "title": f"Song number {n}",
        "artists": [f"Artist {n % 300}"],
        "album": "Album",
    }


def adding(tracks: int = 10_000) -> None:
    """Additions in one call, and one by one, with every provider out of reach."""
    with tempfile.TemporaryDirectory() as name:
        url = f"sqlite:///{Path(name) / 'library.db'}"
        with App(Settings(Path(name), url, embedder="off", providers_at="http://127.0.0.1:1")) as app:
            app.adding.add_tracks([_track(0)], app.now())  # type: ignore[list-item]
            given = [_track(n) for n in range(1, tracks + 1)]
            wall, effort = time.perf_counter(), time.process_time()
            batch = app.adding.add_tracks(given, app.now())  # type: ignore[arg-type]
            wall, effort = time.perf_counter() - wall, time.process_time() - effort
            assert batch.scheduled == tracks
            alone = []
            for n in range(500):
                begun = time.perf_counter()
                app.adding.add_tracks([_track(10**6 + n)], app.now())  # type: ignore[list-item]
                alone.append((time.perf_counter() - begun) * 1000)
    late = sorted(alone)[int(len(alone) * 0.95)]
    show(
        f"Adding {tracks:,} tracks with their runs, every provider down",
        [
            Measure(
                "tracks a second of processor time",
                f"{tracks / effort:,.0f}",
                ">= 5,000",
                tracks / effort >= 5_000,
            ),
            Measure("tracks a second by the wall", f"{tracks / wall:,.0f}"),
            Measure("one track, p50", f"{statistics.median(alone):.1f} ms"),
            Measure("one track, p95", f"{late:.1f} ms", "< 20 ms", late < 20),
        ],
    )


def searching(count: int = 100_000) -> None:
    """The embedded index beside the engine's own call, in turns, and beside an exact search."""
    import qdrant_edge as edge  # noqa: PLC0415 - an extra

    from completist.semantic.indexes.edge import EdgeIndex  # noqa: PLC0415 - likewise

    chance = np.random.default_rng(0)
    centres = chance.normal(size=(400, 48)).astype(np.float32)
    spread = chance.normal(size=(48, DIM)).astype(np.float32)

    def some(n: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        inner = centres[chance.integers(0, 400, n)] + 0.35 * chance.normal(size=(n, 48)).astype(np.float32)
        made = (inner @ spread).astype(np.float32)
        return np.asarray(made / np.linalg.norm(made, axis=1)[:, None], dtype=np.float32)

    vectors, wanted = some(count), some(QUERIES)
    ids = [point_id("track", "isrc", f"USRC1{n:07}") for n in range(count)]
    with tempfile.TemporaryDirectory() as name:
        index = EdgeIndex(Path(name) / "edge", DIM)
        begun = time.perf_counter()
        for start in range(0, count, 5_000):
            rows = range(start, min(start + 5_000, count))
            index.upsert([Point(ids[n], vectors[n], {"item": n, "digest": "d"}) for n in rows])
        put = count / (time.perf_counter() - begun)
        begun = time.perf_counter()
        index.optimise()
        sorted_in = time.perf_counter() - begun
        shard = index._shard  # noqa: SLF001 - the engine by itself is what ours is measured beside

        def bare(row: int) -> set[str]:
            query = edge.Query.Nearest(wanted[row].tolist())
            return {
                str(hit.id)
                for hit in shard.query(edge.QueryRequest(limit=10, query=query, with_payload=True))
            }

        def ours(row: int) -> set[str]:
            return {hit.id for hit in index.query(wanted[row], 10)}

        took: dict[str, list[float]] = {"ours": [], "bare": []}
        found = []
        for row in range(QUERIES):
            calls = [("bare", bare), ("ours", ours)]
            for name_, call in calls if row % 2 else calls[::-1]:
                begun = time.perf_counter()
                hits = call(row)
                took[name_].append((time.perf_counter() - begun) * 1000)
            truth = {ids[n] for n in np.argpartition(-(vectors @ wanted[row]), 10)[:10]}
            found.append(len(hits & truth) / 10)
        looked = _median(
            lambda: index.exists([*ids[:500], *(point_id("track", "isrc", f"X{n}") for n in range(500))])
        )
        index.close()
    mine, theirs = statistics.median(took["ours"]), statistics.median(took["bare"])
    recall = statistics.mean(found)
    show(
        f"The embedded index with {count:,} vectors of {DIM}",
        [
            Measure(
                "query p50",
                f"{mine:.2f} ms, the engine by itself {theirs:.2f} ms",
                "<= 2x",
                mine <= 2 * theirs,
            ),
            Measure("recall@10 against exact", f"{recall:.4f}", ">= 0.99", recall >= 0.99),
            Measure("existence of 1,000 ids", f"{looked:.1f} ms", "<= 50 ms", looked <= 50),
            Measure("put in", f"{put:,.0f} a second, then {sorted_in:.0f} s to sort"),
        ],
    )


def embedding(model: Path, count: int = 600) -> None:
    """Our embedder beside onnxruntime by itself, on the same texts in the same batches, in turns."""
    import onnxruntime  # noqa: PLC0415 - an extra
    from tokenizers import Tokenizer  # noqa: PLC0415 - likewise

    texts = [
        f"“Song number {n}” by Artist {n % 50}, from the album “Album {n % 90}”, released {1960 + n % 60}."
        for n in range(count)
    ]
    ours = OnnxEmbedder(model, threads=1)
    ours.embed(texts[:BATCH])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(str(model / MODEL), options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    tokenizer.no_padding()
    ready = []
    encoded = sorted((each.ids for each in tokenizer.encode_batch(texts)), key=len)
    for start in range(0, count, BATCH):
        part = encoded[start : start + BATCH]
        width = max(map(len, part))
        tokens, mask = (
            np.zeros((len(part), width), dtype=np.int64),
            np.zeros((len(part), width), dtype=np.int64),
        )
        for row, ids in enumerate(part):
            tokens[row, : len(ids)], mask[row, : len(ids)] = ids, 1
        ready.append({"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros_like(tokens)})
    spent: dict[str, float] = {"ours": 0.0, "bare": 0.0}
    for _ in range(2):
        begun = time.process_time()
        for fed in ready:
            session.run(None, fed)
        spent["bare"] += time.process_time() - begun
        begun = time.process_time()
        ours.embed(texts)
        spent["ours"] += time.process_time() - begun
    share = spent["bare"] / spent["ours"]
    show(
        f"Embedding {count} descriptions on one core",
        [
            Measure("texts a second of processor time", f"{2 * count / spent['ours']:.0f}"),
            Measure("share of onnxruntime's own rate", f"{share:.0%}", ">= 85 %", share >= 0.85),
        ],
    )


def _median(call: Callable[[], object], times: int = 9) -> float:
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        call()
        took.append((time.perf_counter() - begun) * 1000)
    return statistics.median(took)
