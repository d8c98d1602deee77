"""How fast the loaded catalogue answers, and how often the work that is meant is among the answers."""

from __future__ import annotations

import json
import random
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.table import Measure

from completist.catalog import Snapshot, files, generations, isbn, open_catalogue, titles
from completist.catalog.postings import Postings
from completist.sdk.catalogue import Query

LOOKUPS = 5_000
BATCH = 1_000


def measure(root: Path, truth: Path, questions: int) -> list[Measure]:
    """Look-ups by ISBN, then searches for the titles in ``truth``, under ``root``."""
    catalogue = open_catalogue(root)
    chance = random.Random(3)
    asked = [json.loads(line) for line in truth.read_text(encoding="utf-8").splitlines()]
    chance.shuffle(asked)
    return [*_isbns(catalogue, root, chance), *_searches(catalogue, asked[:questions], chance)]


def _isbns(catalogue: Snapshot, root: Path, chance: random.Random) -> list[Measure]:
    asked = known(root, chance)
    for each in asked:
        catalogue.by_isbn([each])
    bare = sqlite3.connect(":memory:")
    nothing = _times(lambda _: bare.execute("SELECT 1").fetchone(), asked)
    bare.close()
    single = _times(lambda each: catalogue.by_isbn([each]), asked)
    batches = [_batched(catalogue, asked[start : start + BATCH]) for start in range(0, LOOKUPS, BATCH)]
    ratio, batch = sorted(batches)[len(batches) // 2]
    p95 = _at(single, 0.95)
    return [
        Measure("full view by ISBN, warm, p50", f"{_at(single, 0.5) * 1e6:.0f} us"),
        Measure("full view by ISBN, warm, p95", f"{p95 * 1e6:.0f} us", "<= 200 us", p95 <= 200e-6),
        Measure("the same against a bare `SELECT 1`, p50", f"{_at(single, 0.5) / _at(nothing, 0.5):.0f} x"),
        Measure(
            f"{BATCH:,} ISBNs in one call",
            f"{batch * 1e3:.0f} ms, {ratio:.2f} x single calls",
            "<= 0.7 x",
            ratio <= 0.7,
        ),
    ]


def _batched(catalogue: Snapshot, asked: Sequence[str]) -> tuple[float, float]:
    """What a batch takes against single calls for the same, one after the other; and in seconds."""
    begun = time.perf_counter()
    for each in asked:
        catalogue.by_isbn([each])
    between = time.perf_counter()
    catalogue.by_isbn(asked)
    batch = time.perf_counter() - between
    return batch / (between - begun), batch


def known(root: Path, chance: random.Random | None = None) -> list[str]:
    """ISBNs that the catalogue under ``root`` knows, drawn at random."""
    filed = Postings(generations.current(root) / files.ISBNS)
    stems = [str(isbn.BOOKLAND + place) for place in sorted({place for place, _ in filed.pairs()})]
    filed.close()
    return [
        stem + isbn.check_13(stem)
        for stem in (chance or random.Random(3)).sample(stems, min(LOOKUPS, len(stems)))
    ]


def _searches(catalogue: Snapshot, asked: Sequence[dict[str, Any]], chance: random.Random) -> list[Measure]:
    forms: dict[str, tuple[Callable[[dict[str, Any]], Query], float, float, float]] = {
        "as is": (lambda each: Query(each["title"], each["authors"][0]), 0.98, 0.95, 5e-3),
        "typo": (lambda each: Query(_slip(each["title"], chance), each["authors"][0]), 0.95, 0.93, 25e-3),
        "last, first": (lambda each: Query(each["title"], _turned(each["authors"][0])), 0.0, 0.0, 1.0),
        "no author": (lambda each: Query(each["title"]), 0.0, 0.0, 1.0),
    }
    found = []
    for name, (form, recall, top, limit) in forms.items():
        queries = [form(each) for each in asked]
        times, hits = [], []
        for query in queries:
            begun = time.perf_counter()
            hits.append(catalogue.search([query], 10)[0])
            times.append(time.perf_counter() - begun)
        wanted = [{key.rpartition("/")[2] for key in each["works"]} for each in asked]
        got = sum(
            any(hit.work in right for hit in some) for some, right in zip(hits, wanted, strict=True)
        ) / len(asked)
        first = sum(
            bool(some) and some[0].work in right for some, right in zip(hits, wanted, strict=True)
        ) / len(asked)
        p95 = _at(times, 0.95)
        figures = f"{got:.3f} / {first:.3f} / {_at(times, 0.5) * 1e3:.2f} ms / {p95 * 1e3:.2f} ms"
        bar = f">= {recall} / {top}, p95 <= {limit * 1e3:.0f} ms" if recall else ""
        ok = got >= recall and first >= top and p95 <= limit
        found.append(Measure(f"search, {name}: recall@10 / first / p50 / p95", figures, bar, ok))
    return found


def _slip(title: str, chance: random.Random) -> str:
    """Two letters of the longest word in the wrong order."""
    words = titles.without_suffix(title).split()
    longest = max(range(len(words)), key=lambda place: len(words[place]))
    word = words[longest]
    place = chance.randrange(1, max(2, len(word) - 1))
    words[longest] = word[:place] + word[place + 1 : place + 2] + word[place : place + 1] + word[place + 2 :]
    return " ".join(words)


def _turned(name: str) -> str:
    first, _, last = name.rpartition(" ")
    return f"{last}, {first}" if first else last


def _times(work: Callable[[str], object], each: Sequence[str]) -> list[float]:
    times = []
    for one in each:
        begun = time.perf_counter()
        work(one)
        times.append(time.perf_counter() - begun)
    return times


def _at(times: Sequence[float], share: float) -> float:
    return sorted(times)[int(len(times) * share)]
