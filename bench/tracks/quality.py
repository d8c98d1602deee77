"""How well search finds what is meant: nDCG@10 of words, of meaning, and of both fused, over real lists of tracks."""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bench.table import Measure, show
from bench.tracks.queries import LATER, NAMES, THEMES

from completist.app import App, Wish
from completist.domain.fields import Data
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
            ">= both alone" if ranking == "fused" and part in ("sixty", "later") else "",
            score >= best[part],
        )
        for part, each in scores.items()
        for ranking, score in each.items()
    ]
    show(
        "Search over two real lists of tracks, from their titles, artists and albums: sixty queries, half of them "
        f"themes and half names, and {len(LATER)} that were written when the way of fusing was settled",
        rows,
    )


def _scores(app: App) -> dict[str, dict[str, float]]:
    """NDCG by part and ranking; ``sixty`` is themes and names together."""
    values = {view.id: view.data for view in app.items("track")}
    parts: dict[str, list[tuple[str, tuple[tuple[str, str], ...]]]] = {
        "themes": [(query, (("title", pattern),)) for query, pattern in THEMES],
        "names": [(query, ((field, pattern),)) for query, field, pattern in NAMES],
        "later": [*LATER],
    }
    found: dict[str, dict[str, list[float]]] = {}
    for part, queries in parts.items():
        for query, wanted in queries:
            relevant = {i for i, data in values.items() if all(_fits(data, *each) for each in wanted)}
            for ranking, by in RANKINGS.items():
                hits = [hit.view.id for hit in app.finding.find(query, Narrow(), AT, by=by).hits]
                found.setdefault(part, {}).setdefault(ranking, []).append(_ndcg(hits, relevant))
    found["sixty"] = {ranking: [*found["themes"][ranking], *found["names"][ranking]] for ranking in RANKINGS}
    return {part: {r: sum(each) / len(each) for r, each in by.items()} for part, by in found.items()}


def _fits(data: Mapping[str, Data], field: str, pattern: str) -> bool:
    said = data.get(field)
    text = " | ".join(map(str, said)) if isinstance(said, list) else str(said or "")
    return re.search(pattern, text.casefold()) is not None


def _ndcg(hits: list[int], relevant: set[int]) -> float:
    gain = sum(1 / math.log2(rank + 1) for rank, hit in enumerate(hits, 1) if hit in relevant)
    best = sum(1 / math.log2(rank + 1) for rank in range(1, min(AT, len(relevant)) + 1))
    return gain / best if best else 0.0
