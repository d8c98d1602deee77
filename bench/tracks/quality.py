"""How well search finds what is meant: nDCG@10 of words, of meaning, and of both fused, over real lists of tracks."""

from __future__ import annotations

import math
import re
import tempfile
from pathlib import Path

from bench.table import Measure, show
from bench.tracks.queries import NAMES, QUERIES, THEMES

from completist.app import App, Wish
from completist.sdk.vectors import Narrow
from completist.settings import Settings

FILES = ("tunemymusic_369_rahul.csv", "most_streamed_2024_4600.csv")
AT = 10
RANKINGS = {"words": ("words",), "meaning": ("meaning",), "fused": ("words", "meaning")}


def measure(shared: Path, model: Path) -> None:
    """Print the figures. Takes the folder of real lists, and one with a model."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'library.db'}"
        settings = Settings(folder, url, offline=True, embedder=str(model), index="exact")
        with App(settings) as app:
            for each in FILES:
                app.import_file(shared / "music" / each)
            app.fill(Wish(kind="track"))
            scores = _scores(app)
    best = {part: max(scores[part]["words"], scores[part]["meaning"]) for part in scores}
    rows = [
        Measure(
            f"nDCG@{AT}, {part}, {ranking}",
            f"{score:.3f}",
            ">= both alone" if (ranking, part) == ("fused", "all") else "",
            score >= best[part],
        )
        for part, each in scores.items()
        for ranking, score in each.items()
    ]
    show(
        f"Search of {len(QUERIES)} queries over two real lists of tracks, from their titles, artists and albums",
        rows,
    )


def _scores(app: App) -> dict[str, dict[str, float]]:
    values = {view.id: view.data for view in app.items("track")}
    parts = {"themes": len(THEMES), "names": len(NAMES)}
    found: dict[str, dict[str, list[float]]] = {part: {r: [] for r in RANKINGS} for part in (*parts, "all")}
    for place, (query, field, pattern) in enumerate(QUERIES):
        said = {i: data.get(field) for i, data in values.items()}
        texts = {i: " | ".join(map(str, d)) if isinstance(d, list) else str(d or "") for i, d in said.items()}
        relevant = {i for i, text in texts.items() if re.search(pattern, text.casefold())}
        part = "themes" if place < parts["themes"] else "names"
        for ranking, by in RANKINGS.items():
            hits = [hit.view.id for hit in app.finding.find(query, Narrow(), AT, by=by).hits]
            score = _ndcg(hits, relevant)
            found[part][ranking].append(score)
            found["all"][ranking].append(score)
    return {part: {r: sum(each) / len(each) for r, each in by.items()} for part, by in found.items()}


def _ndcg(hits: list[int], relevant: set[int]) -> float:
    gain = sum(1 / math.log2(rank + 1) for rank, hit in enumerate(hits, 1) if hit in relevant)
    best = sum(1 / math.log2(rank + 1) for rank in range(1, min(AT, len(relevant)) + 1))
    return gain / best if best else 0.0
